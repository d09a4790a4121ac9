//! Jobs: several backups in one file, and which of them run.

use std::path::PathBuf;

use clap::Args;

use super::{
    Run,
    file::File,
    layer::Entry,
    sections::{Job, Sections},
    setting::Setting,
    value::Value,
};
use crate::arguments::Command;

/// Which jobs of `gitark.toml` to run.
#[derive(Args, Clone, Debug)]
pub(crate) struct Jobs {
    /// Run this job of gitark.toml; may be given more than once
    #[arg(id = "job", long = "job", value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// The job that this run is.
    #[arg(skip)]
    pub(crate) current: Option<CurrentJob>,
}

/// The job that a run is.
#[derive(Clone, Debug)]
pub(crate) struct CurrentJob {
    pub(crate) name: String,
    pub(crate) report: SharedReport,
}

/// Whether jobs of one call write their reports to one file. It holds a line for each then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SharedReport {
    No,
    /// The file begins with this one.
    First,
    /// It is added to the file.
    More,
}

/// The jobs that run.
pub(super) struct Chosen<'a> {
    /// None: no job, only the command line.
    pub(super) jobs: Vec<Option<&'a Job>>,
    /// Nobody named them.
    pub(super) is_all: bool,
}

/// Those that are named, else all of the file, unless the command has no jobs or sources are given.
pub(super) fn choose<'a>(
    settings: &[Setting],
    given: &[&Vec<Entry>],
    file: Option<&File>,
    sections: Option<&'a Sections>,
) -> Result<Chosen<'a>, String> {
    let none = Chosen { jobs: vec![None], is_all: false };
    let find = |id: &str| given.iter().flat_map(|layer| layer.iter()).find(|entry| entry.id == id);
    let is_given = |one: &Setting| find(one.id.as_str()).is_some_and(|entry| entry.value.is_set());
    if !settings.iter().any(|one| one.id == "job") {
        return Ok(none);
    }
    if let Some(Value::Words(names)) = find("job").map(|entry| &entry.value) {
        let (Some(file), Some(sections)) = (file, sections) else {
            return Err("--job needs a gitark.toml with jobs; `gitark config example` shows one".into());
        };
        let names = names.iter().map(|name| name.to_string_lossy());
        let jobs = names.map(|name| sections.job(&name, &file.path).map(Some)).collect::<Result<_, _>>()?;
        return Ok(Chosen { jobs, is_all: false });
    }
    match sections {
        // Who says which repositories are meant, means no job.
        Some(sections) if !sections.jobs.is_empty() && !settings.iter().any(|one| one.is_source && is_given(one)) => {
            Ok(Chosen { jobs: sections.jobs.iter().map(Some).collect(), is_all: true })
        }
        _ => Ok(none),
    }
}

/// Tells each backup which job it is, and whether another one writes to the same report.
pub(super) fn share_reports(runs: &mut [Run]) {
    let reports: Vec<Option<PathBuf>> = runs
        .iter()
        .map(|run| match &run.arguments.command {
            Command::Backup(backup) => backup.report.clone(),
            _ => None,
        })
        .collect();
    for (index, run) in runs.iter_mut().enumerate() {
        let (Some(name), Command::Backup(backup)) = (&run.job, &mut run.arguments.command) else { continue };
        let same =
            |(other, path): (usize, &Option<PathBuf>)| (path.is_some() && *path == reports[index]).then_some(other);
        let sharing: Vec<usize> = reports.iter().enumerate().filter_map(same).collect();
        let report = match sharing.first() {
            Some(_) if sharing.len() < 2 => SharedReport::No,
            Some(first) if *first == index => SharedReport::First,
            Some(_) => SharedReport::More,
            None => SharedReport::No,
        };
        backup.jobs.current = Some(CurrentJob { name: name.clone(), report });
    }
}
