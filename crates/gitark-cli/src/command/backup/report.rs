//! The report of a run: for `--report` and `--json`.

use std::{io::Write as _, path::Path};

use gitark::{
    backup::{Reason, report::RunReport},
    vault,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Backup, vaults::Ended};
use crate::{
    exit::{Exit, Failure},
    output,
    settings::SharedReport,
};

/// The report of a run that failed as a whole, in the form of one that did not: a report of an earlier run must not be
/// taken for this one's.
#[derive(Serialize)]
struct FailedRun<'a> {
    format: u32,
    finished: Timestamp,
    gitark_version: &'static str,
    vault: &'a str,
    sources: Vec<String>,
    cancelled: bool,
    reason: Option<Reason>,
    message: &'a str,
    /// None: it did not come to that.
    repositories: [(); 0],
}

impl<'a> FailedRun<'a> {
    fn new(arguments: &Backup, vault: &'a str, failure: &'a Failure) -> Self {
        Self {
            format: vault::FORMAT,
            finished: Timestamp::now(),
            gitark_version: env!("CARGO_PKG_VERSION"),
            vault,
            sources: arguments.sources.all().iter().map(ToString::to_string).collect(),
            cancelled: failure.exit == Exit::Interrupted,
            reason: failure.reason,
            message: &failure.message,
            repositories: [],
        }
    }
}

/// The report of a run, and the vault that it is of.
#[derive(Serialize)]
struct InVault<'a> {
    vault: &'a str,
    #[serde(flatten)]
    report: &'a RunReport,
}

/// Writes the reports to where they were asked for: a line each on stdout, one document in a file, an array when there
/// are several vaults.
pub(super) fn write(arguments: &Backup, ended: &[Ended]) -> Result<(), Failure> {
    let document = |one: &Ended| match &one.result {
        Ok(report) => serde_json::to_value(InVault { vault: &one.vault, report }),
        Err(failure) => serde_json::to_value(FailedRun::new(arguments, &one.vault, failure)),
    };
    let documents: Result<Vec<Value>, _> = ended.iter().map(document).collect();
    put(arguments, documents.map_err(|error| Failure::new(Exit::Failed, format!("cannot make the report: {error}")))?)
}

/// Writes the reports of a run that failed before any vault was opened.
pub(super) fn write_failure(arguments: &Backup, failure: &Failure) -> Result<(), Failure> {
    let mut vaults: Vec<String> = arguments.to.iter().map(ToString::to_string).collect();
    if vaults.is_empty() {
        // The secret that names it could not be read.
        vaults.push(String::new());
    }
    let document = |vault: &String| serde_json::to_value(FailedRun::new(arguments, vault, failure)).unwrap_or_default();
    put(arguments, vaults.iter().map(document).collect())
}

fn put(arguments: &Backup, mut documents: Vec<Value>) -> Result<(), Failure> {
    let cannot = |path: &Path, problem: &dyn std::fmt::Display| {
        Failure::new(Exit::Failed, format!("cannot write the report to {}: {problem}", path.display()))
    };
    let current = arguments.jobs.current.as_ref();
    if let Some(job) = current {
        documents.iter_mut().for_each(|document| document["job"] = job.name.as_str().into());
    }
    if arguments.json {
        for document in &documents {
            output::unless_unread(output::json(&mut std::io::stdout().lock(), document))?;
        }
    }
    let Some(path) = &arguments.report else { return Ok(()) };
    let text = match current.map_or(SharedReport::No, |job| job.report) {
        SharedReport::No if documents.len() == 1 => format!("{:#}\n", documents.swap_remove(0)),
        SharedReport::No => format!("{:#}\n", Value::Array(documents)),
        SharedReport::First | SharedReport::More => documents.iter().map(|document| format!("{document}\n")).collect(),
    };
    let written = match current.map(|job| job.report) {
        Some(SharedReport::More) => append(path, &text),
        _ => std::fs::write(path, text),
    };
    written.map_err(|error| cannot(path, &error))
}

fn append(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::OpenOptions::new().append(true).create(true).open(path)?.write_all(text.as_bytes())
}
