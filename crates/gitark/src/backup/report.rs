//! What a run did, for people, scripts and the vault.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Reason, archives::ArchivesReport, metadata::MetadataWork};
use crate::{
    identity::RepositoryId,
    monitor::{Details, bytes, count},
    vault::{
        self, RunId, Vault,
        key::{self, Kind},
    },
};

/// The report of a run: `--report FILE`, and `runs/…json` in the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReport {
    /// Format number.
    pub format: u32,
    /// The run.
    pub run: RunId,
    /// When it ended.
    pub finished: Timestamp,
    /// The gitark that ran.
    pub gitark_version: String,
    /// The vault.
    pub vault_id: Uuid,
    /// What was asked for, e.g. `octocat`; empty for the token's own.
    pub sources: Vec<String>,
    /// The filters on what was listed, each in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<String>,
    /// Sources that have far fewer repositories than the last time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shrunk: Vec<Shrunk>,
    /// The zip archives, if any were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archives: Option<ArchivesReport>,
    /// Whether the run was cancelled.
    pub cancelled: bool,
    /// One row for each bare repository that was looked at or should have been.
    pub repositories: Vec<RepositoryReport>,
}

/// A source that has far fewer repositories than the last time, which may be a fault of its listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shrunk {
    /// What was asked for.
    pub source: String,
    /// Repositories the last time.
    pub before: u64,
    /// Repositories now.
    pub now: u64,
}

impl std::fmt::Display for Shrunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { before, now, .. } = self;
        write!(
            f,
            "shrank from {before} to {}: were they deleted, or may the token see less?",
            count(*now, "repository")
        )
    }
}

/// How upstream was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// All references were read.
    #[default]
    Full,
    /// GitHub's API says that nothing has moved since the last full look.
    Fast,
}

impl Look {
    fn is_full(&self) -> bool {
        *self == Look::Full
    }
}

/// What became of one bare repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryReport {
    /// `OWNER/REPO` in GitHub's spelling.
    pub repository: String,
    /// GitHub's id; absent for a repository that GitHub did not show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RepositoryId>,
    /// Code or wiki.
    pub kind: Kind,
    /// Where it is in the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it failed, or what is special about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The failure in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What was done.
    #[serde(flatten)]
    pub work: Work,
}

/// What a backup of one bare repository did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The newest entry of its log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// How upstream was looked at; full when absent.
    #[serde(default, skip_serializing_if = "Look::is_full")]
    pub look: Look,
    /// References that upstream has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refs: Option<u64>,
    /// References that upstream had before, where it has far fewer now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shrunk_from: Option<u64>,
    /// References that are new, changed or gone.
    pub changed_refs: u64,
    /// Branches and tags that were rewritten or moved, pull requests apart.
    pub forced_refs: u64,
    /// Pull requests whose head was rewritten, which is daily life.
    pub forced_pulls: u64,
    /// References that are gone upstream.
    pub deleted_refs: u64,
    /// Old tips that are kept from now on.
    pub lost_refs: u64,
    /// Bytes of packs and LFS objects received.
    pub received_bytes: u64,
    /// Bytes of new packs, indexes and LFS objects in the vault.
    pub stored_bytes: u64,
    /// LFS objects that are stored from now on.
    #[serde(default, skip_serializing_if = "crate::vault::document::is_zero")]
    pub lfs_stored: u64,
    /// LFS objects that were asked for and could not be had, or are too large.
    #[serde(default, skip_serializing_if = "crate::vault::document::is_zero")]
    pub lfs_missing: u64,
    /// Why not all LFS objects could be had, where that is no matter of course; the row's reason.
    #[serde(skip)]
    pub lfs_reason: Option<Reason>,
    /// Of a `.meta.git`: what changed, and what could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<MetadataWork>,
    /// Things that are odd and were kept all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// How a backup of one bare repository ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is new in the vault.
    New,
    /// Something changed and is stored.
    Changed,
    /// The vault already had all.
    Unchanged,
    /// It is stored, but something that was stored before is damaged.
    Damaged,
    /// It could not be backed up; what was stored before is as it was.
    Failed,
}

/// How a run ended, as an exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is durably stored.
    Done,
    /// Nothing could be backed up.
    Failed,
    /// Some repositories could not be backed up.
    Partial,
    /// Something stored before is damaged.
    DamageFound,
    /// The run was cancelled.
    Interrupted,
}

impl Verdict {
    /// How work on these rows ended.
    pub fn of(rows: &[RepositoryReport], cancelled: bool) -> Self {
        let failed = rows.iter().filter(|row| row.outcome == Outcome::Failed).count();
        let left = rows.iter().filter(|row| row.reason == Some(Reason::Deadline)).count();
        let is_damaged =
            |row: &RepositoryReport| row.outcome == Outcome::Damaged || row.reason == Some(Reason::DamagedVault);
        if cancelled {
            Verdict::Interrupted
        } else if rows.iter().any(is_damaged) {
            Verdict::DamageFound
        } else if failed == 0 {
            let is_partial = rows.iter().any(|row| row.is_incomplete() || row.has_shrunk());
            if is_partial { Verdict::Partial } else { Verdict::Done }
        } else if failed == rows.len() && left == 0 {
            Verdict::Failed
        } else {
            Verdict::Partial
        }
    }
}

impl RepositoryReport {
    /// The row of a repository that could not be begun.
    pub(crate) fn failed(repository: String, id: Option<RepositoryId>, reason: Reason, message: String) -> Self {
        Self {
            repository,
            id,
            kind: Kind::Code,
            path: None,
            outcome: Outcome::Failed,
            reason: Some(reason),
            message: Some(message),
            work: Work::default(),
        }
    }

    /// What rows are sorted by.
    pub(crate) fn order(&self) -> (String, Kind) {
        (self.repository.to_lowercase(), self.kind)
    }

    /// Whether all of it is in the vault, undamaged.
    pub fn is_good(&self) -> bool {
        matches!(self.outcome, Outcome::New | Outcome::Changed | Outcome::Unchanged) && !self.is_incomplete()
    }

    /// Whether it is stored, but not all of its LFS objects or of the files to import are.
    pub fn is_incomplete(&self) -> bool {
        matches!(self.reason, Some(Reason::LfsQuota | Reason::LfsIncomplete | Reason::ImportIncomplete))
            && self.outcome != Outcome::Failed
    }

    /// Whether there is far less of it upstream than the last time.
    fn has_shrunk(&self) -> bool {
        let metadata = self.work.metadata.as_ref();
        self.work.shrunk_from.is_some() || metadata.is_some_and(|done| !done.shrunk.is_empty())
    }

    /// How people know it: `OWNER/REPO`, `OWNER/REPO.wiki`, `OWNER/~account`.
    pub fn label(&self) -> String {
        self.kind.label(&self.repository)
    }

    /// What a log says of it besides.
    pub(crate) fn details(&self) -> Details {
        Details {
            reason: self.reason.map(Reason::code),
            received_bytes: Some(self.work.received_bytes),
            stored_bytes: Some(self.work.stored_bytes),
        }
    }

    /// The row in a few words.
    pub fn summary(&self) -> String {
        let work = &self.work;
        match (self.outcome, &self.message) {
            (Outcome::Failed | Outcome::Damaged, Some(message)) => message.clone(),
            (Outcome::New, _) if let Some(metadata) = &work.metadata => {
                let (files, attached) = (count(metadata.changed_files, "file"), metadata.attached());
                format!("new, {files}{attached}, {}", bytes(work.stored_bytes))
            }
            (Outcome::New, _) => format!("new, {}, {}", count(work.changed_refs, "ref"), bytes(work.stored_bytes)),
            (Outcome::Unchanged, _) => "unchanged".into(),
            (Outcome::Changed, _) if let Some(metadata) = &work.metadata => {
                let mut text = count(metadata.changed_files, "file");
                if metadata.removed_files > 0 {
                    text.push_str(&format!(", {} removed", metadata.removed_files));
                }
                format!("{text}{}, {}", metadata.attached(), bytes(work.stored_bytes))
            }
            _ => {
                let mut text = format!("{} changed, {}", count(work.changed_refs, "ref"), bytes(work.stored_bytes));
                if work.lost_refs > 0 {
                    text.push_str(&format!(", {} kept", count(work.lost_refs, "old tip")));
                }
                text
            }
        }
    }
}

impl RunReport {
    /// The report of a run that ends now, with nothing in it.
    pub(crate) fn new(vault: &Vault, run: RunId) -> Self {
        Self {
            format: vault::FORMAT,
            run,
            finished: Timestamp::now(),
            gitark_version: env!("CARGO_PKG_VERSION").into(),
            vault_id: vault.document().vault_id,
            sources: Vec::new(),
            filters: Vec::new(),
            shrunk: Vec::new(),
            archives: None,
            cancelled: false,
            repositories: Vec::new(),
        }
    }

    /// Puts it into the vault.
    ///
    /// # Errors
    /// [`vault::Error::Store`].
    pub(crate) async fn store(self, vault: &Vault) -> Result<Self, vault::Error> {
        vault.store_run_report(&self.run, &self).await?;
        Ok(self)
    }

    /// Its key in the vault.
    pub fn key(&self) -> String {
        key::run_report(self.run.started, &self.run.id)
    }

    /// The rows with this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.repositories.iter().filter(|row| row.outcome == outcome).count()
    }

    /// Whether there is far less upstream than the last time.
    pub fn has_shrunk(&self) -> bool {
        !self.shrunk.is_empty() || self.repositories.iter().any(RepositoryReport::has_shrunk)
    }

    /// Whether something is stored, but not all that belongs to it.
    pub fn is_incomplete(&self) -> bool {
        self.repositories.iter().any(RepositoryReport::is_incomplete)
    }

    /// Whether not all zip archives that were asked for are there.
    fn lacks_archives(&self) -> bool {
        self.archives.as_ref().is_some_and(|archives| archives.left > 0 || !archives.failed.is_empty())
    }

    /// How the run ended.
    pub fn verdict(&self) -> Verdict {
        match Verdict::of(&self.repositories, self.cancelled) {
            Verdict::Done if self.has_shrunk() || self.lacks_archives() => Verdict::Partial,
            verdict => verdict,
        }
    }
}
