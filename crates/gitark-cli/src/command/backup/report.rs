//! The report of a run: for `--report` and `--json`.

use std::path::Path;

use gitark::{backup::Reason, github::Source, vault};
use jiff::Timestamp;
use serde::Serialize;

use super::Backup;
use crate::{
    exit::{Exit, Failure},
    output,
};

/// The report of a run that failed as a whole, in the form of one that did not: a report of an earlier run must not be
/// taken for this one's.
#[derive(Serialize)]
pub(super) struct FailedRun<'a> {
    format: u32,
    finished: Timestamp,
    gitark_version: &'static str,
    sources: Vec<String>,
    cancelled: bool,
    reason: Option<Reason>,
    message: &'a str,
    /// None: it did not come to that.
    repositories: [(); 0],
}

impl<'a> FailedRun<'a> {
    pub(super) fn new(arguments: &Backup, failure: &'a Failure) -> Self {
        Self {
            format: vault::FORMAT,
            finished: Timestamp::now(),
            gitark_version: env!("CARGO_PKG_VERSION"),
            sources: arguments.sources.iter().filter_map(name).collect(),
            cancelled: failure.exit == Exit::Interrupted,
            reason: failure.reason,
            message: &failure.message,
            repositories: [],
        }
    }
}

/// Writes the report to where it was asked for.
pub(super) fn write(arguments: &Backup, report: &impl Serialize) -> Result<(), Failure> {
    let cannot = |path: &Path, problem: &dyn std::fmt::Display| {
        Failure::new(Exit::Failed, format!("cannot write the report to {}: {problem}", path.display()))
    };
    if arguments.json {
        output::unless_unread(output::json(&mut std::io::stdout().lock(), report))?;
    }
    if let Some(path) = &arguments.report {
        let text = serde_json::to_string_pretty(report).map_err(|error| cannot(path, &error))?;
        std::fs::write(path, text + "\n").map_err(|error| cannot(path, &error))?;
    }
    Ok(())
}

fn name(source: &Source) -> Option<String> {
    match source {
        Source::Mine => None,
        Source::Account(login) => Some(login.clone()),
        Source::Repository(owner, name) => Some(format!("{owner}/{name}")),
    }
}
