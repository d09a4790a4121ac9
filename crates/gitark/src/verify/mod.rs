//! Proving that a vault holds what its logs say.
//!
//! The quick check reads claims, logs and views, and compares the lengths of packs. The full one reads every byte,
//! decodes every object, and checks that all that objects name is there. Damage is data here, not an error; a store
//! that cannot be reached is neither.

mod contents;
mod files;
mod lfs;
mod record;
mod views;

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{
    cause,
    git::pack::PackLimits,
    identity::RepositoryId,
    monitor::{Details, Ending, Event, Monitor, also, count},
    vault::{
        self, BareRepository, Damage, RunId, Vault,
        key::{self, Kind},
        lookup::Found,
        metadata,
    },
};

/// How thoroughly to look.
#[derive(Clone, Debug)]
pub struct Options {
    /// Read and decode everything.
    pub full: bool,
    /// Note damaged packs in the log, so that no backup builds on them, and write damaged views anew from the log.
    pub record: bool,
    /// Where packs are copied when the vault is not a disk.
    pub temporary: PathBuf,
    /// The largest object that is accepted, in bytes.
    pub object_bytes: usize,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyReport {
    /// One row for each bare repository that was looked at.
    pub repositories: Vec<RepositoryVerdict>,
    /// Damage to what belongs to no repository.
    pub damage: Vec<Damage>,
    /// Whether the check was cancelled before its end.
    pub cancelled: bool,
}

/// What was found in one bare repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryVerdict {
    /// `OWNER/REPO`, or `OWNER/REPO.wiki`.
    pub repository: String,
    /// Where it is in the vault.
    pub path: String,
    /// Log entries read.
    pub entries: u64,
    /// Packs checked.
    pub packs: u64,
    /// Objects decoded; 0 for the quick check.
    pub objects: u64,
    /// LFS objects checked.
    #[serde(default, skip_serializing_if = "crate::vault::document::is_zero")]
    pub lfs_objects: u64,
    /// Release assets and attachments checked.
    #[serde(default, skip_serializing_if = "crate::vault::document::is_zero")]
    pub files: u64,
    /// Everything that is not as it was written.
    pub damage: Vec<Damage>,
    /// Whether all that was found is mended already.
    #[serde(default)]
    pub is_mended: bool,
    /// What is no damage, but good to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why it could not be checked to the end: the store failed. This says nothing about damage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreachable: Option<String>,
}

impl VerifyReport {
    /// Whether anything is damaged.
    pub fn has_damage(&self) -> bool {
        !self.damage.is_empty() || self.repositories.iter().any(|row| !row.damage.is_empty())
    }

    /// Whether something could not be checked.
    pub fn has_unreachable(&self) -> bool {
        self.repositories.iter().any(|row| row.unreachable.is_some())
    }
}

/// Checks the repositories named `names` (`OWNER/REPO`), or all.
///
/// # Errors
/// [`vault::Error`] when the vault cannot be listed, or a name is not in it ([`vault::Error::NoSuchRepository`]).
pub async fn verify(
    vault: &Vault,
    names: &[String],
    options: &Options,
    monitor: Arc<dyn Monitor>,
    cancel: &CancellationToken,
) -> Result<VerifyReport, vault::Error> {
    let mut report = VerifyReport::default();
    let chosen = if names.is_empty() {
        let (all, damage) = vault.repositories().await?;
        report.damage = damage;
        report.damage.extend(unclaimed(vault, &all).await?);
        if options.full {
            report.damage.extend(run_records(vault).await?);
        }
        all
    } else {
        vault.chosen(names).await?
    };
    monitor.event(Event::Listed { repositories: chosen.len() });
    let run = RunId::new(Timestamp::now());
    let checker = Checker {
        vault,
        options,
        run: &run,
        limits: PackLimits { threads: 0, object_bytes: options.object_bytes },
        cancel,
    };
    for found in &chosen {
        for kind in found.kinds().iter().copied() {
            if cancel.is_cancelled() {
                report.cancelled = true;
                return Ok(report);
            }
            let label = found.label(kind);
            monitor.event(Event::Began { repository: label.clone() });
            let row = checker.bare(found, kind, &label).await;
            // An interrupt in the middle of the last row is one too.
            report.cancelled = cancel.is_cancelled();
            let Some(row) = row else {
                monitor.event(Event::NothingThere { repository: label });
                continue;
            };
            let ending = match (row.damage.is_empty(), &row.unreachable) {
                (false, _) => Ending::Damaged,
                (true, Some(_)) if report.cancelled => Ending::Cancelled,
                (true, Some(_)) => Ending::Failed,
                (true, None) => Ending::Good,
            };
            let details = Details::default();
            monitor.event(Event::Ended { repository: label, summary: summary(&row), ending, details });
            report.repositories.push(row);
        }
    }
    Ok(report)
}

/// A row in a few words.
pub fn summary(row: &RepositoryVerdict) -> String {
    match (row.damage.as_slice(), &row.unreachable) {
        ([first], _) => format!("damaged: {first}"),
        ([first, rest @ ..], _) => format!("damaged: {first} (and {} more)", rest.len()),
        (_, Some(problem)) => format!("could not be checked: {problem}"),
        _ => {
            let depth = if row.objects > 0 { count(row.objects, "object") } else { "lengths only".into() };
            let also = also(row.lfs_objects, "LFS object") + &also(row.files, "file");
            format!("whole: {}, {}{also}, {depth}", count(row.entries, "entry"), count(row.packs, "pack"))
        }
    }
}

/// Folders that have a marker or a log, and no claim that leads to them.
async fn unclaimed(vault: &Vault, claimed: &[Found]) -> Result<Vec<Damage>, vault::Error> {
    let mut damage = Vec::new();
    for host in vault.hosts().await? {
        for folder in vault.folders(&host).await? {
            if claimed.iter().any(|found| found.claim.folder == folder) {
                continue;
            }
            // A marker alone is what a run leaves that was stopped early, or lost a race for the name.
            if !vault.repository(&folder, Kind::main_of(&folder)).sequences().await?.is_empty() {
                damage.push(Damage { key: folder, problem: "it has backups, but no claim leads to it".into() });
            }
        }
    }
    Ok(damage)
}

/// Reports and start records of runs that are not as they were written.
async fn run_records(vault: &Vault) -> Result<Vec<Damage>, vault::Error> {
    let mut damage = Vec::new();
    for (key, _) in vault.storage().list(key::RUNS).await? {
        if key.ends_with(&format!("/{}", key::ITEMS)) {
            continue;
        }
        let Some(bytes) = vault.storage().read(&key).await? else { continue };
        if let Err(vault::Error::Damaged(found)) = vault::document::check(&key, &bytes) {
            damage.push(found);
        }
    }
    Ok(damage)
}

struct Checker<'a> {
    vault: &'a Vault,
    options: &'a Options,
    run: &'a RunId,
    limits: PackLimits,
    cancel: &'a CancellationToken,
}

impl Checker<'_> {
    /// `None` when there is nothing of this kind.
    async fn bare(&self, found: &Found, kind: Kind, label: &str) -> Option<RepositoryVerdict> {
        let repository = self.vault.repository(&found.claim.folder, kind);
        let row = self.verdict(&repository, found, label).await?;
        // What looks like damage may be what another run replaced while it was read: the log tells.
        let is_overtaken = !row.damage.is_empty()
            && matches!(repository.entry(row.entries + 1).await, Ok(Some((next, ..))) if next.run_id != self.run.id);
        if is_overtaken { self.verdict(&repository, found, label).await } else { Some(row) }
    }

    async fn verdict(&self, repository: &BareRepository, found: &Found, label: &str) -> Option<RepositoryVerdict> {
        let mut row = RepositoryVerdict {
            repository: label.to_owned(),
            path: repository.bare().to_owned(),
            ..RepositoryVerdict::default()
        };
        match self.check(repository, &found.claim.repository_id, &mut row).await {
            Ok(true) => Some(row),
            Ok(false) if repository.kind() != found.main_kind() => None,
            Ok(false) => {
                row.notes.push("it was never backed up to the end".into());
                Some(row)
            }
            Err(vault::Error::Damaged(damage)) => {
                row.damage.push(damage);
                Some(row)
            }
            Err(error) => {
                row.unreachable = Some(cause::chain(&error));
                Some(row)
            }
        }
    }

    /// False when there is no log.
    async fn check(
        &self,
        repository: &BareRepository,
        id: &RepositoryId,
        row: &mut RepositoryVerdict,
    ) -> Result<bool, vault::Error> {
        let head = repository.tip().await?.head;
        let salvage = repository.salvage(head.as_ref()).await?;
        row.entries = salvage.newest;
        if salvage.newest == 0 {
            return Ok(false);
        }
        row.damage.extend(salvage.damaged.iter().map(|(_, damage)| damage.clone()));
        match self.vault.check_marker(repository.bare(), id).await {
            Err(vault::Error::Damaged(damage)) => row.damage.push(damage),
            checked => checked?,
        }
        let newest_is_whole = salvage.newest_sha256.is_some();
        let Some(state) = salvage.state else {
            row.notes.push("no entry can be read, so its packs are not checked".into());
            return Ok(true);
        };
        if state.repository.id != *id {
            let problem = format!("it belongs to repository {}, the claim says {id}", state.repository.id);
            row.damage.push(Damage { key: key::log_entry(repository.bare(), state.sequence), problem });
        }
        let mut views_damage = 0;
        if newest_is_whole {
            let views = views::check(repository, head.as_ref(), &state).await?;
            row.notes.extend(views.notes);
            views_damage = views.damage.len();
            row.damage.extend(views.damage);
        } else {
            row.notes
                .push(format!("the packs of entry {} are checked; those of later entries are not", state.sequence));
        }
        row.damage.extend(metadata::check(repository, &state).await?);
        files::check(repository, &state, self.options.full, self.cancel, row).await?;
        let found = contents::check(repository, &state, self.options, self.limits, self.cancel, row).await?;
        let is_noted = |id: &gix_hash::ObjectId| state.live.damaged_packs.contains(id);
        let new: Vec<_> = found.damaged.iter().filter(|id| !is_noted(id)).copied().collect();
        if newest_is_whole
            && self.options.record
            && (views_damage > 0 || !new.is_empty() || !found.without_keep.is_empty() || !found.lfs.is_empty())
        {
            let beyond_mending = !(found.damaged.is_empty() && found.lfs.is_empty())
                || row.damage.len() > views_damage + found.without_keep.len();
            let damaged = record::Damaged { packs: &new, lfs: &found.lfs };
            let note = record::record(repository, self.run, state, damaged, &found.without_keep).await;
            row.is_mended = note.is_ok() && !beyond_mending;
            row.notes.push(note.unwrap_or_else(|problem| problem));
        }
        Ok(true)
    }
}
