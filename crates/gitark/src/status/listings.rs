//! What later runs listed, and so which repositories are gone upstream.
//!
//! Reports are read newest first. A repository that a report does not have, though that run listed the same sources
//! through the same filters as an older one that has it, is gone. Where the filters are others it may be the work of
//! another job; but when the older filters were never used again, they were changed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::reports::Report;

/// What a run listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Listing {
    sources: Vec<String>,
    filters: Vec<String>,
}

impl Listing {
    fn of(report: &Report) -> Self {
        Self { sources: report.sources.clone(), filters: report.filters.clone() }
    }

    /// Whether all that is listed by `other` is listed here, as far as filters let it through.
    fn holds(&self, other: &Self) -> bool {
        !other.sources.is_empty() && other.sources.iter().all(|source| self.sources.contains(source))
    }
}

/// The whole listings of the reports so far, each with the oldest run that had it.
#[derive(Debug, Default)]
pub(super) struct Listings(BTreeMap<Listing, Timestamp>);

/// That newer runs do not list a repository any more.
#[derive(Clone, Debug, Default)]
pub(super) struct Unlisted {
    /// The first of them.
    since: Option<Timestamp>,
    /// Whether the filters are the same: then it is gone.
    is_gone: bool,
    /// Other filters, which may be another job's: gone by those that no report that is older uses.
    others: Vec<(Listing, Timestamp)>,
}

impl Listings {
    /// What newer reports say of a repository that is in `report`, and in none of them.
    pub(super) fn unlisted(&self, report: &Report) -> Unlisted {
        let own = Listing::of(report);
        let newer = self.0.iter().filter(|(newer, _)| newer.holds(&own));
        let (same, others): (Vec<_>, Vec<_>) = newer.partition(|(newer, _)| newer.filters == own.filters);
        Unlisted {
            since: same.iter().map(|(_, since)| **since).min(),
            is_gone: !same.is_empty(),
            others: others.into_iter().map(|(listing, since)| (listing.clone(), *since)).collect(),
        }
    }

    /// Adds a report that is older than all before.
    pub(super) fn add(&mut self, report: &Report) {
        if report.is_whole() {
            self.0.insert(Listing::of(report), report.run.started);
        }
    }
}

impl Unlisted {
    /// Whether older reports may still tell more.
    pub(super) fn is_open(&self) -> bool {
        !self.is_gone && !self.others.is_empty()
    }

    /// Looks at a report that is older than the one with the repository: filters that it uses are another job's.
    pub(super) fn compare(&mut self, older: &Report) {
        let older = Listing::of(older);
        self.others.retain(|(listing, _)| *listing != older);
    }

    /// Since when the repository is gone; none when it is not.
    pub(super) fn gone_since(&self) -> Option<Timestamp> {
        self.since.or_else(|| self.others.iter().map(|(_, since)| *since).min())
    }
}
