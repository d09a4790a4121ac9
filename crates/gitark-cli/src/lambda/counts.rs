//! How many repositories ended in which way. A repository counts once, by the worst of its rows.

use std::collections::BTreeMap;

use gitark::backup::{
    Reason,
    report::{Outcome, RepositoryReport, RunReport},
};
use serde::Serialize;

use crate::exit::Exit;

/// How many repositories ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) new: usize,
    pub(super) changed: usize,
    pub(super) unchanged: usize,
    pub(super) failed: usize,
    #[serde(skip)]
    pub(super) damaged: usize,
    /// Left for the next invocation.
    #[serde(skip)]
    pub(super) left: usize,
}

impl Counts {
    /// Of a report.
    pub(super) fn of(report: &RunReport) -> Self {
        let mut worst: BTreeMap<String, &RepositoryReport> = BTreeMap::new();
        for row in &report.repositories {
            let known = worst.entry(row.repository.to_lowercase()).or_insert(row);
            if weight(row) > weight(known) {
                *known = row;
            }
        }
        let mut counts = Self::default();
        for row in worst.values() {
            match row.outcome {
                _ if is_left(row) => counts.left += 1,
                Outcome::New => counts.new += 1,
                Outcome::Changed => counts.changed += 1,
                Outcome::Unchanged => counts.unchanged += 1,
                Outcome::Failed => counts.failed += 1,
                Outcome::Damaged => counts.damaged += 1,
            }
        }
        counts
    }
}

/// Whether the next invocation can do it.
fn is_left(row: &RepositoryReport) -> bool {
    matches!(row.reason, Some(Reason::Deadline | Reason::Cancelled))
}

/// The worst weighs most; of failures, those that another invocation would not mend.
fn weight(row: &RepositoryReport) -> u8 {
    match row.outcome {
        Outcome::Unchanged => 0,
        Outcome::Changed => 1,
        Outcome::New => 2,
        Outcome::Failed if is_left(row) => 3,
        Outcome::Failed => 4,
        Outcome::Damaged => 5,
    }
}

/// The worst of the rows of one repository.
pub(super) fn worst(rows: &[RepositoryReport]) -> Option<&RepositoryReport> {
    // Of equal ones the first: the code.
    rows.iter().rev().max_by_key(|row| weight(row))
}

/// The word for an outcome.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::New => "new",
        Outcome::Changed => "changed",
        Outcome::Unchanged => "unchanged",
        Outcome::Damaged => "damaged",
        Outcome::Failed => "failed",
    }
}

/// The word for how work ended.
pub(super) fn verdict(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "done",
        Exit::Partial => "partial",
        Exit::Damage => "damage",
        _ => "failed",
    }
}
