//! A vault, or some of its repositories, copied into another place: a second store, another region, a disk.
//!
//! The copy is a vault of its own with the same identity. Of each repository first the packs go over, then the log,
//! then the views, so that a copy that is stopped is whole as far as it goes, and the next one goes on from there.

mod files;
mod repository;

use std::{path::PathBuf, sync::Arc};

use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    cause,
    monitor::{Details, Ending, Event, Monitor, also, bytes, count},
    vault::{self, BareRepository, Created, RunId, Storage, Vault, key, lookup::Found},
};

/// How to copy.
#[derive(Clone, Debug)]
pub struct Options {
    /// Repositories at once.
    pub concurrency: usize,
    /// Where packs are spooled when neither vault is a disk.
    pub temporary: PathBuf,
}

/// Why nothing could be copied, or one repository not.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// One of the vaults.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// The target is another vault.
    #[error("{location} is vault {found}, not a copy of {expected}; name an empty place or an older copy")]
    AnotherVault {
        /// The target.
        location: String,
        /// Its identity.
        found: Uuid,
        /// The source's.
        expected: Uuid,
    },
    /// Both vaults were backed up to since they were equal.
    #[error("{key} differs between the two vaults: backups went into both; copy to an empty place instead")]
    Diverged {
        /// The first key that differs.
        key: String,
    },
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyReport {
    /// One row for each bare repository.
    pub repositories: Vec<CopiedRepository>,
    /// Run reports that were copied.
    pub run_records: u64,
    /// Whether the copy was cancelled before its end.
    pub cancelled: bool,
}

/// What was copied of one bare repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopiedRepository {
    /// `OWNER/REPO`, or `OWNER/REPO.wiki`.
    pub repository: String,
    /// Where it is in both vaults.
    pub path: String,
    /// Packs that were copied.
    pub packs: u64,
    /// LFS objects that were copied.
    #[serde(default)]
    pub lfs_objects: u64,
    /// Log entries that were copied.
    pub entries: u64,
    /// Release assets and attachments that were copied.
    #[serde(default, skip_serializing_if = "crate::vault::document::is_zero")]
    pub files: u64,
    /// Bytes of packs, indexes, LFS objects and files that were copied.
    pub bytes: u64,
    /// The newest entry of the copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// Why it could not be copied to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Whether that is because something is damaged.
    #[serde(default)]
    pub damaged: bool,
}

impl CopiedRepository {
    /// The row in a few words.
    pub fn summary(&self) -> String {
        match (&self.problem, self.packs, self.entries + self.files) {
            (Some(problem), ..) => problem.clone(),
            (None, 0, 0) if self.lfs_objects == 0 => "already there".into(),
            (None, packs, _) => {
                let also = also(self.lfs_objects, "LFS object") + &also(self.files, "file");
                let (packs, entries) = (count(packs, "pack"), count(self.entries, "entry"));
                format!("{packs}, {entries}{also}, {}", bytes(self.bytes))
            }
        }
    }
}

/// Copies the repositories named `names` (`OWNER/REPO`), or all and the records of runs, from `source` into `target`,
/// which is empty or an older copy.
///
/// # Errors
/// [`Error::AnotherVault`], or the failure of a vault as a whole. That of one repository is in its row.
pub async fn copy(
    source: &Vault,
    target: Storage,
    names: &[String],
    options: &Options,
    monitor: Arc<dyn Monitor>,
    cancel: &CancellationToken,
) -> Result<CopyReport, Error> {
    // First: for a wrong name no copy is begun.
    let chosen = source.chosen(names).await?;
    match Vault::open(target.clone()).await {
        // Before anything is written there.
        Ok(there) => must_be_copy(source, &there)?,
        Err(vault::Error::NotAVault { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let run = RunId::new(Timestamp::now());
    let target = Vault::open_or_begin_copy(target, &run, source.document()).await?;
    must_be_copy(source, &target)?;
    monitor.event(Event::Listed { repositories: chosen.len() });
    let mut report = CopyReport::default();
    let copier = Copier { source, target: &target, options, monitor: &monitor, cancel };
    // Futures do nothing until they are polled. (A closure over references would make this future not `Send`.)
    let mut work = Vec::with_capacity(chosen.len());
    for found in &chosen {
        work.push(copier.repository(found));
    }
    let mut rows = stream::iter(work).buffered(options.concurrency.max(1));
    while let Some(copied) = rows.next().await {
        report.repositories.extend(copied);
    }
    report.cancelled = cancel.is_cancelled();
    if names.is_empty() && !report.cancelled {
        report.run_records = run_records(source, &target).await?;
    }
    Ok(report)
}

fn must_be_copy(source: &Vault, target: &Vault) -> Result<(), Error> {
    let (found, expected) = (target.document().vault_id, source.document().vault_id);
    if found == expected {
        return Ok(());
    }
    Err(Error::AnotherVault { location: target.storage().location().to_owned(), found, expected })
}

/// Copies the records of runs, which are written once.
async fn run_records(source: &Vault, target: &Vault) -> Result<u64, Error> {
    let there: std::collections::BTreeMap<_, _> = target.storage().list(key::RUNS).await?.into_iter().collect();
    let mut copied = 0;
    for (key, length) in source.storage().list(key::RUNS).await? {
        if there.get(&key) == Some(&length) {
            continue;
        }
        let Some(bytes) = source.storage().read(&key).await? else { continue };
        vault::document::check(&key, &bytes)?;
        if target.storage().create(&key, bytes).await? == Created::New {
            copied += 1;
        }
    }
    Ok(copied)
}

struct Copier<'a> {
    source: &'a Vault,
    target: &'a Vault,
    options: &'a Options,
    monitor: &'a Arc<dyn Monitor>,
    cancel: &'a CancellationToken,
}

impl Copier<'_> {
    /// Copies a repository's code and wiki.
    async fn repository(&self, found: &Found) -> Vec<CopiedRepository> {
        let mut rows = Vec::new();
        for kind in found.kinds().iter().copied() {
            if self.cancel.is_cancelled() {
                break;
            }
            let label = found.label(kind);
            let from = self.source.repository(&found.claim.folder, kind);
            let to = self.target.repository(&found.claim.folder, kind);
            let row = CopiedRepository {
                repository: label.clone(),
                path: from.bare().to_owned(),
                ..CopiedRepository::default()
            };
            self.monitor.event(Event::Began { repository: label.clone() });
            if let Some(row) = self.bare(found, &from, &to, row).await {
                let ending = match (&row.problem, row.damaged) {
                    (None, _) if row.packs + row.entries + row.lfs_objects + row.files == 0 => Ending::Unchanged,
                    (None, _) => Ending::Good,
                    (Some(_), true) => Ending::Damaged,
                    (Some(_), false) if self.cancel.is_cancelled() => Ending::Cancelled,
                    (Some(_), false) => Ending::Failed,
                };
                let details = Details { stored_bytes: Some(row.bytes), ..Details::default() };
                self.monitor.event(Event::Ended { repository: label, summary: row.summary(), ending, details });
                rows.push(row);
            } else {
                self.monitor.event(Event::NothingThere { repository: label });
            }
        }
        rows
    }

    /// Copies one bare repository; `None` when there is none.
    async fn bare(
        &self,
        found: &Found,
        from: &BareRepository,
        to: &BareRepository,
        mut row: CopiedRepository,
    ) -> Option<CopiedRepository> {
        match repository::copy(self.target, found, from, to, self.options, self.cancel, &mut row).await {
            Ok(true) => Some(row),
            Ok(false) => None,
            Err(error) => {
                row.damaged = matches!(error, Error::Vault(vault::Error::Damaged(_)));
                row.problem = Some(cause::chain(&error));
                Some(row)
            }
        }
    }
}
