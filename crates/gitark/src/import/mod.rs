//! Backups that others made become the first backups of their repositories, without another fetch.
//!
//! [`plan()`] finds out which repository each belongs to and writes nothing; [`import`] does the rest. A mirror is
//! only read: `mirror` tells whether it can be used, `references` and `objects` say what is in it, `pack` makes one
//! checked pack of it, and `repository` writes that to the vault as a first backup does. `python_github_backup` reads
//! what that tool wrote, and `metadata` makes a `.meta.git` of its JSON files.

mod attached;
mod error;
mod files;
mod lfs;
mod metadata;
mod mirror;
mod objects;
mod origin;
mod pack;
mod plan;
mod python_github_backup;
mod references;
mod repository;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::SystemTime,
};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

pub use self::{
    error::{Error, Problem},
    plan::plan,
};
use self::{mirror::Mirror, python_github_backup::Folder};
use crate::{
    backup::{
        Reason,
        report::{Outcome, RepositoryReport, RunReport, Work},
    },
    cause,
    git::repack::RepackOptions,
    identity::RepositoryId,
    interrupt::Interrupt,
    monitor::{Ending, Event, Monitor},
    vault::{RunId, Storage, Vault, cache::Known, key::Kind, log::Identity},
};

/// What can be imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// What `git clone --mirror` made.
    #[default]
    Mirror,
    /// What python-github-backup made: its output directory, or the folder of one repository in it.
    PythonGithubBackup,
}

/// A backup on this machine's disk, and what the caller knows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Where it is.
    pub directory: PathBuf,
    /// Who made it.
    pub form: Form,
    /// `OWNER/REPO`; that of the mirror's origin when absent.
    pub name: Option<String>,
    /// GitHub's id; GitHub is asked when absent.
    pub id: Option<u64>,
    /// Code or wiki; what name and origin say when absent.
    pub kind: Option<Kind>,
}

/// How to import.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where packs are spooled when the vault is not a disk.
    pub temporary: PathBuf,
    /// How many packs become one.
    pub repack: RepackOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self { temporary: std::env::temp_dir(), repack: RepackOptions::default() }
    }
}

/// What is to be imported, and the repositories that it belongs to.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The vault's top folder.
    host: String,
    /// What was asked for, in words.
    sources: Vec<String>,
    planned: Vec<Planned>,
    /// What cannot be imported: the directory and why.
    failures: Vec<(String, Reason, String)>,
    /// What is told before: the directory and what is to be said of it.
    warnings: Vec<(String, String)>,
}

/// Something that can be read, and its repository.
#[derive(Clone, Debug)]
struct Planned {
    content: Content,
    identity: Identity,
}

/// What becomes one bare repository.
#[derive(Clone, Debug)]
enum Content {
    Mirror(Mirror),
    /// The JSON files of a folder.
    Metadata(Folder),
}

/// Imports what `plan` names into the vault in `storage`, one after the other. A bad one never stops the rest.
///
/// # Errors
/// Only what concerns the run as a whole: the vault cannot be opened, or its report cannot be written.
pub async fn import(
    plan: &Plan,
    storage: Storage,
    options: &Options,
    monitor: Arc<dyn Monitor>,
    cancel: &CancellationToken,
) -> Result<RunReport, Error> {
    let run = RunId::new(Timestamp::now());
    let vault = Vault::open_or_create(storage, &run, false).await?;
    monitor.event(Event::Listed { repositories: plan.planned.len() + plan.failures.len() });
    for (repository, text) in plan.warnings.iter().cloned() {
        monitor.event(Event::Warning { repository, text });
    }
    let known = Known::read(&vault, &plan.host).await?;
    let mut rows = Vec::with_capacity(plan.planned.len());
    for planned in &plan.planned {
        let identity = &planned.identity;
        let importer = repository::Importer { vault: &vault, run: &run, host: &plan.host, options, identity, cancel };
        let mut row = row(identity.name.clone(), Some(identity.id.clone()), identity.kind);
        monitor.event(Event::Began { repository: row.label() });
        match importer.import(&planned.content, &mut row.path, &known).await {
            Ok((outcome, work)) => {
                (row.reason, row.message) = work.metadata.as_ref().and_then(metadata::incomplete).unzip();
                (row.outcome, row.work) = (outcome, work);
            }
            Err(error) => (row.reason, row.message) = (Some(error.reason()), Some(cause::chain(&error))),
        }
        for text in &row.work.warnings {
            monitor.event(Event::Warning { repository: row.label(), text: text.clone() });
        }
        rows.push(ended(row, &*monitor));
    }
    known.keep().await;
    for (directory, reason, message) in &plan.failures {
        let failed = row(directory.clone(), None, Kind::Code);
        let failed = RepositoryReport { reason: Some(*reason), message: Some(message.clone()), ..failed };
        rows.push(ended(failed, &*monitor));
    }
    let report = RunReport {
        sources: plan.sources.clone(),
        cancelled: cancel.is_cancelled(),
        repositories: rows,
        ..RunReport::new(&vault, run)
    };
    Ok(report.store(&vault).await?)
}

/// A row that says "failed" until it is known better.
fn row(repository: String, id: Option<RepositoryId>, kind: Kind) -> RepositoryReport {
    RepositoryReport {
        repository,
        id,
        kind,
        path: None,
        outcome: Outcome::Failed,
        reason: None,
        message: None,
        work: Work::default(),
    }
}

/// Tells how one ended.
fn ended(row: RepositoryReport, monitor: &dyn Monitor) -> RepositoryReport {
    let ending = match row.outcome {
        Outcome::Failed if row.reason == Some(Reason::Cancelled) => Ending::Cancelled,
        Outcome::Failed => Ending::Failed,
        Outcome::Unchanged => Ending::Unchanged,
        _ => Ending::Good,
    };
    let details = row.details();
    monitor.event(Event::Ended { repository: row.label(), summary: row.summary(), ending, details });
    row
}

/// The time of an entry whose newest file was written at `written`: in whole seconds, and never later than now.
fn observed(written: Option<SystemTime>) -> Timestamp {
    let now = Timestamp::now();
    let written = written.and_then(|time| Timestamp::try_from(time).ok()).map_or(now, |time| time.min(now));
    Timestamp::from_second(written.as_second()).unwrap_or(written)
}

/// A directory in words that confuse neither a terminal nor a report.
fn shown(directory: &Path) -> String {
    cause::printable(&directory.display().to_string())
}

/// Does work that reads files of `directory` on a thread that may block. The flag tells it to stop.
async fn blocking<T: Send + 'static>(
    directory: &Path,
    cancel: &CancellationToken,
    work: impl FnOnce(&AtomicBool) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Error> {
    let interrupt = Interrupt::watch(cancel);
    let flag = interrupt.flag();
    let done = tokio::task::spawn_blocking(move || work(&flag)).await;
    let done = done.unwrap_or_else(|panic| Err(Problem::io("read it", std::io::Error::other(panic))));
    done.map_err(|problem| Error::of(directory, problem))
}
