//! What reports tell of each repository.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::{
    Options, RepositoryStatus, State,
    listings::{Listings, Unlisted},
    reports::{Report, Row},
};
use crate::vault::{key, lookup::Found};

/// What was seen of one bare repository so far, newest first.
#[derive(Debug, Default)]
struct Seen {
    label: String,
    path: Option<String>,
    checked: Option<Timestamp>,
    failed: Option<(Timestamp, Option<String>, Option<String>)>,
    /// Whether the newest row is a failure.
    fails: bool,
    is_damaged: bool,
    /// What reports that are newer than the newest with a row of it say; none before there is one.
    unlisted: Option<Unlisted>,
}

impl Seen {
    fn take(&mut self, row: Row, started: Timestamp) {
        let is_newest = self.checked.is_none() && self.failed.is_none();
        if is_newest {
            self.fails = row.has_failed();
            self.is_damaged |= row.outcome == "damaged" || row.reason.as_deref() == Some("damaged_vault");
        }
        match row.has_failed() {
            true if self.failed.is_none() => self.failed = Some((started, row.reason, row.message)),
            false if self.checked.is_none() => self.checked = Some(started),
            _ => {}
        }
    }
}

/// What was seen of every bare repository.
pub(super) struct Known {
    /// The code of the claimed repositories, and the data of accounts, in the order in which they were found.
    codes: Vec<Seen>,
    /// Their places by key and by name.
    by_path: HashMap<String, usize>,
    by_name: HashMap<String, usize>,
    /// Wikis, and what is not in the vault, by label.
    others: BTreeMap<String, Seen>,
    listings: Listings,
}

impl Known {
    pub(super) fn new(found: &[Found]) -> Self {
        let path = |found: &Found| key::bare(&found.claim.folder, found.main_kind());
        let codes = found.iter().map(|found| Seen {
            label: found.name.clone(),
            path: Some(path(found)),
            is_damaged: found.head.as_ref().is_some_and(|head| head.damaged),
            ..Seen::default()
        });
        let names = found.iter().enumerate().map(|(at, found)| (found.name.to_lowercase(), at));
        Self {
            codes: codes.collect(),
            by_path: found.iter().enumerate().map(|(at, found)| (path(found), at)).collect(),
            by_name: names.collect(),
            others: BTreeMap::new(),
            listings: Listings::default(),
        }
    }

    /// Whether older reports can tell nothing more.
    pub(super) fn all_seen(&self) -> bool {
        let is_seen = |seen: &Seen| seen.checked.is_some() && !seen.unlisted.as_ref().is_some_and(Unlisted::is_open);
        self.codes.iter().all(is_seen) && !self.codes.is_empty()
    }

    /// The places of repositories that no report had so far.
    pub(super) fn unseen(&self) -> Vec<usize> {
        (0..self.codes.len()).filter(|at| self.codes[*at].unlisted.is_none()).collect()
    }

    /// Notes that a report which is older than all others has the repository at this place.
    pub(super) fn note_older(&mut self, at: usize, report: &Report) {
        self.codes[at].unlisted = Some(self.listings.unlisted(report));
    }

    /// Notes which repositories a report lists, looked at or not.
    fn note_listing(&mut self, report: &Report) {
        for unlisted in self.codes.iter_mut().filter_map(|seen| seen.unlisted.as_mut()) {
            unlisted.compare(report);
        }
        for row in report.repositories.iter().filter(|row| row.is_main()) {
            if let Some(at) = row.path.as_ref().and_then(|path| self.by_path.get(path)) {
                self.codes[*at].unlisted.get_or_insert_with(|| self.listings.unlisted(report));
            }
        }
        self.listings.add(report);
    }

    pub(super) fn take(&mut self, report: Report, is_recent: bool) {
        self.note_listing(&report);
        let started = report.run.started;
        for row in report.repositories.into_iter().filter(Row::is_looked_at) {
            let code = match &row.path {
                Some(path) => self.by_path.get(path),
                None => self.by_name.get(&row.repository.to_lowercase()),
            };
            match code {
                Some(at) if row.is_main() => self.codes[*at].take(row, started),
                // What is in the vault no more, or not yet: of interest while it is fresh.
                None if row.is_main() && !is_recent => {}
                _ => {
                    let label = row.kind.label(&row.repository);
                    let seen = self.others.entry(label.to_lowercase()).or_default();
                    if seen.label.is_empty() {
                        (seen.label, seen.path) = (label, row.path.clone());
                    }
                    seen.take(row, started);
                }
            }
        }
    }

    pub(super) fn finish(self, found: &[Found], options: &Options) -> Vec<RepositoryStatus> {
        let row = |seen: Seen, checked: Option<Timestamp>, may_be_stale: bool| {
            let is_stale = checked.is_none_or(|checked| options.now.duration_since(checked) > options.max_age);
            let gone_since = seen.unlisted.as_ref().and_then(Unlisted::gone_since);
            let state = match (seen.is_damaged, seen.fails) {
                (true, _) => State::Damaged,
                _ if gone_since.is_some() => State::Gone,
                (_, true) => State::Failing,
                _ if is_stale && may_be_stale => State::Stale,
                _ => State::Good,
            };
            let (failed, reason, message) =
                seen.failed.map_or((None, None, None), |(at, reason, message)| (Some(at), reason, message));
            RepositoryStatus {
                repository: seen.label,
                path: seen.path,
                state,
                checked,
                failed,
                reason,
                message,
                gone_since,
            }
        };
        let mut rows = Vec::with_capacity(found.len() + self.others.len());
        for (seen, found) in self.codes.into_iter().zip(found) {
            // An entry is a look at upstream too, whatever became of the run's report.
            let observed = found.head.as_ref().map(|head| head.observed);
            let checked = seen.checked.max(observed);
            rows.push(row(seen, checked, true));
        }
        // A wiki that is switched off has no rows any more; its repository tells whether runs go on.
        for seen in self.others.into_values() {
            let checked = seen.checked;
            rows.push(row(seen, checked, false));
        }
        rows.sort_by_key(|row| row.repository.to_lowercase());
        rows
    }
}
