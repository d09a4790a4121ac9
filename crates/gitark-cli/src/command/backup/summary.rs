//! What a run did, on one line.

use gitark::{
    backup::{
        Reason,
        report::{Outcome, RunReport, Work},
    },
    monitor::count,
};

use crate::output;

/// The last line: what was done.
pub(in crate::command) fn summary(report: &RunReport) -> String {
    let rows = &report.repositories;
    let labels: Vec<String> = rows.iter().map(|row| row.label()).collect();
    let mut text = output::repositories(labels.iter().map(String::as_str));
    let left = rows.iter().filter(|row| matches!(row.reason, Some(Reason::Cancelled | Reason::Deadline))).count();
    let parts: Vec<String> = [
        (report.count(Outcome::New), "new"),
        (report.count(Outcome::Changed), "changed"),
        (report.count(Outcome::Unchanged), "unchanged"),
        (report.count(Outcome::Damaged), "DAMAGED"),
        (report.count(Outcome::Failed).saturating_sub(left), "FAILED"),
        (left, "not done"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    if parts.is_empty() {
        text.push_str(": nothing to do");
        return text;
    }
    let sum = |part: fn(&Work) -> u64| rows.iter().map(|row| part(&row.work)).sum::<u64>();
    text.push_str(&format!(": {}; {} stored", parts.join(", "), output::bytes(sum(|work| work.stored_bytes))));
    let lost = sum(|work| work.lost_refs);
    if lost > 0 {
        text.push_str(&format!(", {} kept", count(lost, "old tip")));
    }
    text
}
