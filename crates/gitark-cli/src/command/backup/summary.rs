//! What a run did: one line where nothing is new, else a small table; what failed, by reason; what shrank.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use gitark::{
    backup::{
        Reason,
        report::{Look, Outcome, RunReport, Work},
    },
    monitor::count,
};
use serde_json::json;

use super::advice;
use crate::{
    arguments::Talk,
    output,
    terminal::{Level, Record, red, shorten},
};

/// Reasons and sources that are named, at most.
const MOST_NAMED: usize = 5;

/// A run that ended.
pub(in crate::command) struct Summary<'a> {
    pub(in crate::command) report: &'a RunReport,
    /// How long it took.
    pub(in crate::command) time: Duration,
    /// Where to, if that is to be said.
    pub(in crate::command) vault: Option<&'a str>,
    /// Whether people must be told which vault it is.
    pub(in crate::command) of_several: bool,
}

/// How many rows ended in which way.
struct Counts {
    unchanged: usize,
    fast: usize,
    changed: usize,
    new: usize,
    damaged: usize,
    failed: usize,
    interrupted: usize,
    deadline: usize,
}

impl Summary<'_> {
    /// Says it on stderr. What failed was said when it did.
    pub(in crate::command) fn say(&self, talk: Talk) {
        if !talk.quiet {
            self.record().say(&self.lines().join("\n"));
        }
    }

    fn counts(&self) -> Counts {
        let report = self.report;
        let of = |reason| report.repositories.iter().filter(|row| row.reason == Some(reason)).count();
        let (interrupted, deadline) = (of(Reason::Cancelled), of(Reason::Deadline));
        Counts {
            unchanged: report.count(Outcome::Unchanged),
            fast: report.repositories.iter().filter(|row| row.is_good() && row.work.look == Look::Fast).count(),
            changed: report.count(Outcome::Changed),
            new: report.count(Outcome::New),
            damaged: report.count(Outcome::Damaged),
            failed: report.count(Outcome::Failed).saturating_sub(interrupted + deadline),
            interrupted,
            deadline,
        }
    }

    fn sum(&self, part: fn(&Work) -> u64) -> u64 {
        self.report.repositories.iter().map(|row| part(&row.work)).sum()
    }

    fn lines(&self) -> Vec<String> {
        let counts = self.counts();
        let labels: Vec<String> = self.report.repositories.iter().map(|row| row.label()).collect();
        let which = self.vault.filter(|_| self.of_several).map(|vault| format!("{vault}: ")).unwrap_or_default();
        let head = format!("{which}{}", output::repositories(labels.iter().map(String::as_str)));
        let is_plain = counts.unchanged == labels.len()
            && !self.report.has_shrunk()
            && !self.report.is_incomplete()
            && self.report.archives.is_none();
        if is_plain && labels.is_empty() {
            return vec![format!("{head}: nothing to do")];
        }
        let fast = match counts.fast {
            0 => None,
            fast if fast == counts.unchanged => Some("all by a fast look".to_owned()),
            fast => Some(format!("{fast} by a fast look")),
        };
        if is_plain {
            let fast = fast.map(|fast| format!(" ({fast})")).unwrap_or_default();
            return vec![format!("{head}: {} unchanged{fast} in {}", counts.unchanged, self.time())];
        }
        let mut lines = vec![head];
        lines.extend(self.table(&counts, fast.unwrap_or_default()));
        lines.extend(self.reasons());
        lines.extend(self.not_permitted());
        lines.extend(self.shrunk());
        lines
    }

    /// What the token may not read, by the permission that it lacks.
    fn not_permitted(&self) -> Vec<String> {
        let mut lacking: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let metadata = self.report.repositories.iter().filter_map(|row| row.work.metadata.as_ref());
        for refused in metadata.flat_map(|metadata| &metadata.not_permitted) {
            lacking.entry(&refused.needed).or_default().insert(&refused.resource);
        }
        if lacking.is_empty() {
            return Vec::new();
        }
        let named = lacking.iter().take(MOST_NAMED).map(|(needed, resources)| {
            let resources: Vec<&str> = resources.iter().copied().collect();
            format!("  {:<25}  {}", shorten(needed, 25), shorten(&resources.join(", "), 50))
        });
        let mut lines = vec!["Left out, as the token lacks the permission:".to_owned()];
        lines.extend(named);
        lines.extend(and_more(lacking.len()));
        lines
    }

    fn table(&self, counts: &Counts, fast: String) -> Vec<String> {
        let number = |number: usize| if number > 0 { number.to_string() } else { String::new() };
        let bytes = |bytes: u64| if bytes > 0 { output::bytes(bytes) } else { String::new() };
        let left = match (counts.interrupted, counts.deadline) {
            (0, _) => "left at the deadline",
            (_, 0) => "interrupted",
            _ => "left at the deadline, or interrupted",
        };
        let lfs = match (self.sum(|work| work.lfs_stored), self.sum(|work| work.lfs_missing)) {
            (0, 0) => String::new(),
            (stored, 0) => count(stored, "object"),
            (stored, missing) => format!("{}, {missing} not there", count(stored, "object")),
        };
        let archives = self.archives();
        let rows = [
            ("new", number(counts.new), String::new()),
            ("changed", number(counts.changed), String::new()),
            ("unchanged", number(counts.unchanged), fast),
            ("DAMAGED", number(counts.damaged), String::new()),
            ("FAILED", number(counts.failed), String::new()),
            ("not done", number(counts.interrupted + counts.deadline), left.into()),
            ("received", bytes(self.sum(|work| work.received_bytes)), String::new()),
            ("stored", bytes(self.sum(|work| work.stored_bytes)), String::new()),
            ("LFS", lfs, String::new()),
            ("archives", archives.0, archives.1),
            ("old tips", number(self.sum(|work| work.lost_refs) as usize), "kept of what GitHub forgot".into()),
            ("time", self.time(), String::new()),
        ];
        let rows = rows.into_iter().filter(|(_, value, _)| !value.is_empty());
        rows.map(|(label, value, note)| {
            let painted = if label.starts_with(char::is_uppercase) { red(label) } else { label.to_owned() };
            let gap = " ".repeat(9 - label.len());
            format!("  {painted}{gap}  {value:>8}  {note}").trim_end().to_owned()
        })
        .collect()
    }

    /// How many zip archives are there, and what is special about them.
    fn archives(&self) -> (String, String) {
        let Some(archives) = &self.report.archives else { return Default::default() };
        let failed = (archives.failed.len(), "failed");
        let notes =
            [(archives.there as usize, "there before"), failed, (archives.left as usize, "left at the deadline")];
        let notes: Vec<String> =
            notes.iter().filter(|(rows, _)| *rows > 0).map(|(rows, note)| format!("{rows} {note}")).collect();
        (archives.stored.to_string(), notes.join(", "))
    }

    /// Each reason, how many rows it has, and what to do; the most common first.
    fn by_reason(&self) -> Vec<(Reason, usize)> {
        let mut found: Vec<(Reason, usize)> = Vec::new();
        for row in self.report.repositories.iter().filter(|row| !row.is_good()) {
            let Some(reason) = row.reason.filter(|reason| !matches!(reason, Reason::Cancelled | Reason::Deadline))
            else {
                continue;
            };
            match found.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, rows)) => *rows += 1,
                None => found.push((reason, 1)),
            }
        }
        found.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
        found
    }

    fn reasons(&self) -> Vec<String> {
        let found = self.by_reason();
        let mut lines = Vec::new();
        if !found.is_empty() {
            lines.push("By reason, and what to do:".to_owned());
        }
        lines.extend(
            found
                .iter()
                .take(MOST_NAMED)
                .map(|(reason, rows)| format!("  {:<17}  {rows:>5}  {}", reason.code(), advice(*reason))),
        );
        lines.extend(and_more(found.len()));
        lines
    }

    fn shrunk(&self) -> Vec<String> {
        let sources = self.report.shrunk.iter();
        let sources = sources.map(|one| (one.source.clone(), one.before, count(one.now, "repository")));
        let rows = self.report.repositories.iter().filter_map(|row| {
            let before = row.work.shrunk_from?;
            Some((row.label(), before, count(row.work.refs.unwrap_or_default(), "reference")))
        });
        let metadata = self.report.repositories.iter().filter_map(|row| row.work.metadata.as_ref());
        let metadata = metadata.flat_map(|done| &done.shrunk);
        let metadata = metadata.map(|one| (one.source.clone(), one.before, one.now.to_string()));
        let all: Vec<(String, u64, String)> = sources.chain(rows).chain(metadata).collect();
        let mut lines = Vec::new();
        if !all.is_empty() {
            lines.push("Shrank since the last run; were they deleted, or may the token see less?".to_owned());
        }
        let named = all.iter().take(MOST_NAMED);
        lines.extend(named.map(|(name, before, now)| format!("  {}: from {before} to {now}", shorten(name, 45))));
        lines.extend(and_more(all.len()));
        lines
    }

    fn time(&self) -> String {
        match self.time.as_secs() {
            0..10 => format!("{:.1}s", self.time.as_secs_f64()),
            _ => output::duration(self.time),
        }
    }

    /// The same for other programs.
    fn record(&self) -> Record {
        let counts = self.counts();
        let level = match counts {
            Counts { damaged: 0, failed: 0, .. } if self.report.has_shrunk() || self.report.is_incomplete() => {
                Level::Warn
            }
            Counts { damaged: 0, failed: 0, interrupted: 0, deadline: 0, .. } => Level::Info,
            Counts { damaged: 0, failed: 0, .. } => Level::Warn,
            _ => Level::Error,
        };
        let by_reason = self
            .by_reason()
            .into_iter()
            .map(|(reason, rows)| json!({"reason": reason.code(), "count": rows, "what_to_do": advice(reason)}));
        Record::new(level, "summary")
            .with_some("vault", self.vault)
            .with("rows", self.report.repositories.len())
            .with("unchanged", counts.unchanged)
            .with("fast_looks", counts.fast)
            .with("changed", counts.changed)
            .with("new", counts.new)
            .with("damaged", counts.damaged)
            .with("failed", counts.failed)
            .with("not_done", counts.interrupted + counts.deadline)
            .with("received_bytes", self.sum(|work| work.received_bytes))
            .with("stored_bytes", self.sum(|work| work.stored_bytes))
            .with("lfs_stored", self.sum(|work| work.lfs_stored))
            .with("lfs_missing", self.sum(|work| work.lfs_missing))
            .with("old_tips_kept", self.sum(|work| work.lost_refs))
            .with("duration_seconds", self.time.as_secs_f64())
            .with("reasons", by_reason.collect::<Vec<_>>())
            .with("shrunk", json!(self.report.shrunk))
    }
}

fn and_more(all: usize) -> Option<String> {
    all.checked_sub(MOST_NAMED).filter(|more| *more > 0).map(|more| format!("  and {more} more; the report has all"))
}
