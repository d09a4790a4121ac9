//! Why a backup failed, and the reason codes of the report.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    git, github,
    identity::RepositoryId,
    monitor::bytes as size,
    vault::{self, log::Identity},
};

/// What to do about a repository that this worker cannot do.
const LARGER_WORKER: &str =
    "back it up once where there is more time and disk: a container task, or gitark backup OWNER/REPO on any machine";

/// A failure of one repository, or of the whole run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The git server, or what it sent.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// The API.
    #[error(transparent)]
    GitHub(#[from] github::Error),
    /// The listing is empty, which is seldom what is meant.
    #[error("there is no repository to back up; if that is right, say --allow-empty")]
    Empty,
    /// No repository is left of those that are listed.
    #[error("of {repositories} listed repositories none is meant; `gitark plan` says why, or say --allow-empty")]
    AllLeftOut {
        /// How many are listed.
        repositories: usize,
    },
    /// The vault has no such run that workers share.
    #[error("{location} has no run {run} that workers share; `gitark fleet list` begins one")]
    NoSuchRun {
        /// What was said.
        run: String,
        /// The vault.
        location: String,
    },
    /// The time to begin anything was over.
    #[error("left at the deadline; the next run begins with what is not backed up")]
    Deadline,
    /// This worker has no room or no time for the first pack.
    #[error(
        "its first pack has about {}, and this worker has room and time for {}; {LARGER_WORKER}",
        size(*.bytes),
        size(*.most)
    )]
    TooLargeForWorker {
        /// Its size, as GitHub counts it.
        bytes: u64,
        /// What this worker can do.
        most: u64,
    },
    /// It had most of this worker's time, and was not done at the end of it.
    #[error("it was not done after {} minutes, when this worker's time was over; {LARGER_WORKER}", .minutes)]
    OutOfTime {
        /// How long it had.
        minutes: u64,
    },
    /// The place where packs wait is full.
    #[error("the place where packs wait is full ({0}); {LARGER_WORKER}")]
    NoRoom(String),
    /// The name's other holder owns the vault's folder, or the log belongs to another repository.
    #[error("{bare} holds the repository with id {found}, not {expected}")]
    AnotherRepository {
        /// The bare repository's key.
        bare: String,
        /// The id in the vault.
        found: RepositoryId,
        /// Our id.
        expected: RepositoryId,
    },
}

/// Why a repository is not backed up, as a word for scripts. `docs/reasons.md` says what to do about each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// 404 or 403: gone, renamed, or not visible to the token.
    GoneOrForbidden,
    /// 451.
    LegalBlock,
    /// The token is wrong.
    Unauthorized,
    /// The API's rate limit is used up.
    RateLimited,
    /// GitHub disabled the repository.
    Disabled,
    /// The organisation wants single sign-on.
    SignOnNeeded,
    /// No failure: the repository has no references yet.
    Empty,
    /// The run's time was over before this repository was begun.
    Deadline,
    /// The upstream repository is a shallow clone.
    ShallowUpstream,
    /// Upstream uses another object format than SHA-1.
    ObjectFormat,
    /// Upstream's pack holds an object that is too large.
    TooLarge,
    /// Upstream's pack is damaged, hostile, or lacks objects.
    DamagedPack,
    /// Upstream advertises references that git would not accept.
    BadReference,
    /// GitHub gave a name that cannot be stored safely.
    BadName,
    /// The connection failed, stalled, or the server failed.
    Network,
    /// Release assets or attachments could not be had this time.
    FilesIncomplete,
    /// The server's answer is not understood.
    Protocol,
    /// The vault's store or this machine's disk failed.
    Store,
    /// What is in the vault is damaged.
    DamagedVault,
    /// No failure of the repository: the data quota of its LFS objects is used up.
    LfsQuota,
    /// No failure of the repository: some of its LFS objects could not be had.
    LfsIncomplete,
    /// The run was cancelled before this repository was done.
    Cancelled,
    /// A directory to import is no mirror that can be read.
    UnusableMirror,
    /// A repository to import has backups.
    AlreadyBackedUp,
    /// No failure of the repository: some files of a backup to import could not be understood.
    ImportIncomplete,
    /// This worker has not enough disk or time for the repository.
    NeedsLargerWorker,
    /// A worker was given the repository and left no result.
    WorkerLost,
    /// A secret that a reference names cannot be read, or is malformed.
    BadSecret,
}

impl Reason {
    /// Whether it concerns all that a repository has, so that nothing else of it need be asked for.
    pub(super) fn is_of_all(self) -> bool {
        use Reason::*;
        matches!(
            self,
            GoneOrForbidden | LegalBlock | Unauthorized | SignOnNeeded | RateLimited | Disabled | Cancelled | Deadline
        )
    }

    /// The word, as reports have it.
    pub fn code(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(word)) => word,
            _ => String::new(),
        }
    }
}

impl Error {
    /// Refuses to build on the log of `bare` when it belongs to another repository.
    pub(crate) fn check_identity(bare: &str, found: &Identity, expected: &Identity) -> Result<(), Self> {
        if found.id == expected.id && found.kind == expected.kind {
            return Ok(());
        }
        let (bare, found, expected) = (bare.to_owned(), found.id.clone(), expected.id.clone());
        Err(Error::AnotherRepository { bare, found, expected })
    }

    /// The reason code.
    pub fn reason(&self) -> Reason {
        match self {
            Error::Git(error) => Self::git_reason(error),
            Error::Vault(vault::Error::Damaged(_)) | Error::AnotherRepository { .. } => Reason::DamagedVault,
            Error::Vault(vault::Error::BadName { .. }) => Reason::BadName,
            Error::Vault(_) => Reason::Store,
            Error::GitHub(error) => match error {
                github::Error::Unauthorized { .. } | github::Error::AppRefused { .. } | github::Error::TokenNeeded => {
                    Reason::Unauthorized
                }
                github::Error::GoneOrForbidden { status: 451, .. } => Reason::LegalBlock,
                github::Error::NoSuchAccount { .. } | github::Error::GoneOrForbidden { .. } => Reason::GoneOrForbidden,
                github::Error::RateLimited { .. } => Reason::RateLimited,
                github::Error::Answer { .. } | github::Error::Query { .. } | github::Error::BadUrl(_) => {
                    Reason::Protocol
                }
                github::Error::SingleSignOn { .. } => Reason::SignOnNeeded,
                github::Error::NotInstalled { .. } => Reason::GoneOrForbidden,
                github::Error::Status { .. } | github::Error::Network { .. } | github::Error::CutOff { .. } => {
                    Reason::Network
                }
                github::Error::Cancelled => Reason::Cancelled,
            },
            Error::Empty | Error::AllLeftOut { .. } => Reason::GoneOrForbidden,
            Error::Deadline => Reason::Deadline,
            Error::TooLargeForWorker { .. } | Error::OutOfTime { .. } | Error::NoRoom(_) => Reason::NeedsLargerWorker,
            Error::NoSuchRun { .. } => Reason::Store,
        }
    }

    /// The reason code of a failure of git, or of what it sent.
    pub(crate) fn git_reason(error: &git::Error) -> Reason {
        match error {
            git::Error::Unauthorized { .. } => Reason::Unauthorized,
            git::Error::GoneOrForbidden { .. } => Reason::GoneOrForbidden,
            git::Error::LegalBlock { .. } => Reason::LegalBlock,
            git::Error::Status { status: 429, .. } => Reason::RateLimited,
            git::Error::Status { .. } | git::Error::Network { .. } => Reason::Network,
            git::Error::Protocol(_) | git::Error::Remote(_) | git::Error::Contradiction(_) => Reason::Protocol,
            git::Error::ObjectFormat(_) => Reason::ObjectFormat,
            git::Error::Shallow => Reason::ShallowUpstream,
            git::Error::BadReference(_) => Reason::BadReference,
            git::Error::BadPack(_) | git::Error::BadObject { .. } | git::Error::Incomplete { .. } => {
                Reason::DamagedPack
            }
            git::Error::TooLarge { .. } => Reason::TooLarge,
            git::Error::Io { .. } => Reason::Store,
            git::Error::Cancelled => Reason::Cancelled,
        }
    }

    /// The pause that the server asks for before another try.
    pub(crate) fn asked_pause(&self) -> Option<Duration> {
        match self {
            Error::Git(git::Error::Status { retry_after, .. }) => *retry_after,
            _ => None,
        }
    }

    /// That a repository was not done when the time was over: it `had` so much of `all`.
    pub(crate) fn out_of_time(had: Duration, all: Duration) -> Self {
        match had > all / 2 {
            true => Error::OutOfTime { minutes: had.as_secs() / 60 },
            false => Error::Deadline,
        }
    }

    /// What it is where the vault is no disk, so that packs wait on a disk of the worker's own.
    pub(crate) fn of_own_disk(self) -> Self {
        let full = match &self {
            Error::Git(git::Error::Io { source, .. }) | Error::Vault(vault::Error::Io { source, .. }) => {
                matches!(source.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
            }
            _ => false,
        };
        if full { Error::NoRoom(crate::cause::chain(&self)) } else { self }
    }

    /// Whether the same may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Error::Git(error) if error.recourse() == git::Recourse::Retry)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, ErrorKind};

    use super::*;

    #[test]
    fn a_repository_that_had_most_of_the_time_needs_a_larger_worker() {
        let reason = |had, all| Error::out_of_time(Duration::from_secs(had), Duration::from_secs(all)).reason();
        assert_eq!(reason(700, 800), Reason::NeedsLargerWorker);
        assert_eq!(reason(401, 800), Reason::NeedsLargerWorker);
        assert_eq!(reason(400, 800), Reason::Deadline);
        assert_eq!(reason(1, 800), Reason::Deadline);
        let text = Error::out_of_time(Duration::from_secs(700), Duration::from_secs(800)).to_string();
        assert!(text.contains("11 minutes") && text.contains("gitark backup"), "{text}");
    }

    #[test]
    fn a_full_disk_of_the_workers_own_is_no_failure_of_the_store() {
        let git = |kind| Error::from(git::Error::Io { doing: "write a pack".into(), source: io::Error::from(kind) });
        let vault =
            |kind| Error::from(vault::Error::Io { doing: "write a file".into(), source: io::Error::from(kind) });
        for full in [git(ErrorKind::StorageFull), vault(ErrorKind::StorageFull), git(ErrorKind::QuotaExceeded)] {
            assert_eq!(full.reason(), Reason::Store, "where the vault is on that disk");
            assert_eq!(full.of_own_disk().reason(), Reason::NeedsLargerWorker);
        }
        assert_eq!(git(ErrorKind::PermissionDenied).of_own_disk().reason(), Reason::Store);
    }
}
