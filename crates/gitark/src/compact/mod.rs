//! Many small packs become few.
//!
//! Every backup with news adds a pack, with changed files whole. `compact` joins packs and stores versions of a file as
//! deltas of each other again. The new pack is checked, stored and in the log before any old one goes, and old ones
//! stay for a while after that: who reads by an older look at the vault still finds them.

mod choose;
mod prune;
mod repository;

use std::{path::PathBuf, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{
    cause, git,
    git::repack::RepackOptions,
    monitor::{Details, Ending, Event, Monitor, bytes, count},
    vault::{self, RunId, Vault, run_record},
};

/// How to compact.
#[derive(Clone, Debug)]
pub struct Options {
    /// Join all packs of a repository, large ones too.
    pub all: bool,
    /// How long packs that were replaced stay. Longer than any reader's work takes.
    pub grace: Duration,
    /// Delete replaced packs whose grace is over; otherwise they are only listed.
    pub delete: bool,
    /// Where packs are joined when the vault is not a disk.
    pub temporary: PathBuf,
    /// How hard to look for deltas.
    pub repack: RepackOptions,
}

/// Why a repository could not be compacted. What it holds is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The vault.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// A pack cannot be read, or the new one is not what it should be.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// Nothing is built on a repository with damage.
    #[error("{0} has packs that are known to be damaged; repair it first with `gitark backup --refetch`")]
    KnownDamage(String),
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompactReport {
    /// One row for each bare repository.
    pub repositories: Vec<CompactedRepository>,
    /// Whether it was cancelled before its end.
    pub cancelled: bool,
}

/// What became of one bare repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompactedRepository {
    /// `OWNER/REPO`, or `OWNER/REPO.wiki`.
    pub repository: String,
    /// Where it is in the vault.
    pub path: String,
    /// Live packs before.
    pub packs_before: u64,
    /// Live packs now.
    pub packs: u64,
    /// Bytes of live packs and indexes before.
    pub bytes_before: u64,
    /// Bytes of live packs and indexes now.
    pub bytes: u64,
    /// The log entry that says so, when packs were joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// Replaced packs that were deleted.
    pub deleted_packs: u64,
    /// Replaced packs that stay until their grace is over.
    pub waiting_packs: u64,
    /// When the last of those may go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_until: Option<Timestamp>,
    /// Keys that may be deleted and were not: without the right to, or on request. A pruning role may delete them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prunable: Vec<String>,
    /// Why packs that may be deleted are still there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_deleted: Option<String>,
    /// Why it could not be compacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Whether that is because something is damaged.
    #[serde(default)]
    pub damaged: bool,
}

impl CompactedRepository {
    /// The row in a few words.
    pub fn summary(&self) -> String {
        if let Some(problem) = &self.problem {
            return problem.clone();
        }
        let mut text = match self.sequence {
            Some(_) => format!(
                "{} became {}, {} became {}",
                count(self.packs_before, "pack"),
                self.packs,
                bytes(self.bytes_before),
                bytes(self.bytes)
            ),
            None => format!("nothing to join, {}", count(self.packs, "pack")),
        };
        if self.deleted_packs > 0 {
            text.push_str(&format!(", {} deleted", count(self.deleted_packs, "old pack")));
        }
        if self.waiting_packs > 0 {
            text.push_str(&format!(", {} still there", count(self.waiting_packs, "old pack")));
        }
        text
    }
}

/// Compacts the repositories named `names` (`OWNER/REPO`), or all.
///
/// # Errors
/// [`vault::Error`] when the vault cannot be listed or written, or a name is not in it. The failure of one repository
/// is in its row.
pub async fn compact(
    vault: &Vault,
    names: &[String],
    options: &Options,
    monitor: Arc<dyn Monitor>,
    cancel: &CancellationToken,
) -> Result<CompactReport, vault::Error> {
    let chosen = vault.chosen(names).await?;
    let run = RunId::new(Timestamp::now());
    // Like every run that writes, this one proves the store first.
    run_record::probe_create_only(vault.storage(), &run).await?;
    monitor.event(Event::Listed { repositories: chosen.len() });
    let mut report = CompactReport::default();
    for found in &chosen {
        for kind in found.kinds().iter().copied() {
            report.cancelled = cancel.is_cancelled();
            if report.cancelled {
                return Ok(report);
            }
            let repository = vault.repository(&found.claim.folder, kind);
            let label = found.label(kind);
            let mut row = CompactedRepository {
                repository: label.clone(),
                path: repository.bare().to_owned(),
                ..CompactedRepository::default()
            };
            monitor.event(Event::Began { repository: label.clone() });
            let done = repository::compact(&repository, &run, options, cancel, &mut row).await;
            let ending = match done {
                Ok(false) => {
                    monitor.event(Event::NothingThere { repository: label });
                    continue;
                }
                Ok(true) if row.sequence.is_none() && row.deleted_packs == 0 => Ending::Unchanged,
                Ok(true) => Ending::Good,
                Err(Error::Git(git::Error::Cancelled)) => {
                    report.cancelled = true;
                    return Ok(report);
                }
                Err(error) => {
                    row.damaged = is_damage(&error);
                    row.problem = Some(cause::chain(&error));
                    if row.damaged { Ending::Damaged } else { Ending::Failed }
                }
            };
            let details = Details::default();
            monitor.event(Event::Ended { repository: label, summary: row.summary(), ending, details });
            report.repositories.push(row);
        }
    }
    Ok(report)
}

fn is_damage(error: &Error) -> bool {
    match error {
        Error::Vault(error) => matches!(error, vault::Error::Damaged(_)),
        Error::Git(error) => !matches!(error, git::Error::Io { .. }),
        Error::KnownDamage(_) => true,
    }
}
