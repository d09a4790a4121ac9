//! Existing mirrors become the first backups of their repositories, without another fetch.
//!
//! [`plan`] finds out which repository each mirror belongs to and writes nothing; [`import`] does the rest. A mirror is
//! only read: `mirror` tells whether it can be used, `references` and `objects` say what is in it, `pack` makes one
//! checked pack of it, and `repository` writes that to the vault as a first backup does.

mod error;
mod files;
mod lfs;
mod mirror;
mod objects;
mod origin;
mod pack;
mod references;
mod repository;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

pub use self::error::{Error, Problem};
use self::{mirror::Mirror, origin::Origin};
use crate::{
    backup::{
        Reason,
        report::{Outcome, RepositoryReport, RunReport, Work},
    },
    cause,
    git::repack::RepackOptions,
    github::{self, GitHub},
    identity::RepositoryId,
    interrupt::Interrupt,
    monitor::{Ending, Event, Monitor},
    vault::{
        RunId, Storage, Vault,
        cache::Known,
        key::{self, Kind},
        log::Identity,
    },
};

/// A bare mirror on this machine's disk, and what the caller knows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// What `git clone --mirror` made.
    pub directory: PathBuf,
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

/// Mirrors, and the repositories that they belong to.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The vault's top folder.
    host: String,
    /// What was asked for, in words.
    sources: Vec<String>,
    planned: Vec<Planned>,
    /// What cannot be imported: the directory and why.
    failures: Vec<(String, Reason, String)>,
}

/// A mirror that can be read, and its repository.
#[derive(Clone, Debug)]
struct Planned {
    mirror: Mirror,
    identity: Identity,
}

/// Looks which repository each of `sources` is a mirror of. Nothing is written. `github` is asked for ids that are not
/// given; its host, or `host` when there is one, names the vault's top folder. A mirror that cannot be used is noted
/// when there are others.
///
/// # Errors
/// The failure of the only source, a refused token, or a host that cannot be a folder.
pub async fn plan(github: &GitHub, host: Option<&str>, sources: &[Source]) -> Result<Plan, Error> {
    let mut plan = Plan {
        host: key::host_folder(host.unwrap_or(github.host()))?,
        sources: sources.iter().map(|source| shown(&source.directory)).collect(),
        planned: Vec::new(),
        failures: Vec::new(),
    };
    for source in sources {
        match identify(github, host, source).await {
            Ok(planned) => plan.planned.push(planned),
            Err(error) => match error.reason() {
                Reason::Unauthorized | Reason::Cancelled => return Err(error),
                _ if sources.len() < 2 => return Err(error),
                reason => {
                    // The row is called by the directory already.
                    let text = match &error {
                        Error::Mirror { problem, .. } => cause::chain(problem),
                        error => cause::chain(error),
                    };
                    plan.failures.push((shown(&source.directory), reason, text));
                }
            },
        }
    }
    Ok(plan)
}

/// Imports what `plan` names into the vault in `storage`, one after the other. One bad mirror never stops the rest.
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
    let known = Known::read(&vault, &plan.host).await?;
    let mut rows = Vec::with_capacity(plan.planned.len());
    for planned in &plan.planned {
        let importer = repository::Importer { vault: &vault, run: &run, host: &plan.host, options, planned, cancel };
        let identity = &planned.identity;
        let mut row = row(identity.name.clone(), Some(identity.id.clone()), identity.kind);
        monitor.event(Event::Began { repository: row.label() });
        match importer.import(&mut row.path, &known).await {
            Ok((outcome, work)) => (row.outcome, row.work) = (outcome, work),
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

/// Opens a mirror and finds out whose it is.
async fn identify(github: &GitHub, host: Option<&str>, source: &Source) -> Result<Planned, Error> {
    let directory = source.directory.clone();
    let cancel = CancellationToken::new();
    let mirror = blocking(&source.directory, &cancel, move |_| Mirror::open(&directory)).await?;
    let problem = |problem| Error::of(&source.directory, problem);
    let origin = mirror.origin.as_deref().and_then(Origin::parse);
    let (name, kind) = match (&source.name, &origin) {
        (Some(name), origin) => {
            let (plain, is_wiki) = match name.strip_suffix(Kind::Wiki.infix()) {
                Some(plain) => (plain.to_owned(), true),
                None => (name.clone(), origin.as_ref().is_some_and(|origin| origin.kind == Kind::Wiki)),
            };
            (plain, if is_wiki { Kind::Wiki } else { Kind::Code })
        }
        (None, Some(origin)) => {
            let hosts: Vec<&str> = host.into_iter().chain([github.host()]).collect();
            if !hosts.iter().any(|host| origin.is_on(host)) {
                let expected = github.host().to_owned();
                return Err(problem(Problem::AnotherHost { found: origin.host.clone(), expected }));
            }
            (origin.name.clone(), origin.kind)
        }
        (None, None) => return Err(problem(Problem::NoName(mirror.origin.as_deref().map(origin::shown)))),
    };
    let (owner, repository) = key::split_full_name(&name)?;
    let (id, name) = match source.id {
        Some(id) => (RepositoryId::from(id), name),
        None => {
            let asked = github::Source::Repository(owner.to_owned(), repository.to_owned());
            let found = github.repositories(&asked).await.map_err(|error| match error {
                source @ github::Error::GoneOrForbidden { .. } => Error::Gone { source },
                error => crate::backup::Error::from(error).into(),
            })?;
            let found = found.found.into_iter().next().ok_or(crate::backup::Error::Empty)?;
            (found.id, found.full_name)
        }
    };
    key::split_full_name(&name)?;
    Ok(Planned { mirror, identity: Identity { id, name, kind: source.kind.unwrap_or(kind) } })
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

/// Tells how a mirror ended.
fn ended(row: RepositoryReport, monitor: &dyn Monitor) -> RepositoryReport {
    let ending = match row.reason {
        Some(Reason::Cancelled) => Ending::Cancelled,
        Some(_) => Ending::Failed,
        None if row.outcome == Outcome::Unchanged => Ending::Unchanged,
        None => Ending::Good,
    };
    let details = row.details();
    monitor.event(Event::Ended { repository: row.label(), summary: row.summary(), ending, details });
    row
}

/// A directory in words that confuse neither a terminal nor a report.
fn shown(directory: &Path) -> String {
    cause::printable(&directory.display().to_string())
}

/// Does work that reads the mirror's files on a thread that may block. The flag tells it to stop.
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
