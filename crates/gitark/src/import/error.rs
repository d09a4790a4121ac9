//! Why a mirror is not imported.

use std::path::{Path, PathBuf};

use gix_hash::ObjectId;

use crate::{
    backup::{self, Reason},
    git, github,
    monitor::count,
    vault,
};

/// A failure of one mirror, or of the whole run. Nothing that was stored before has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What a first backup could have met too, the vault's failures among it.
    #[error(transparent)]
    Backup(#[from] backup::Error),
    /// The mirror.
    #[error("{}: {problem}", directory.display())]
    Mirror {
        /// Where it is.
        directory: PathBuf,
        /// What is wrong with it.
        #[source]
        problem: Problem,
    },
    /// GitHub does not show the repository.
    #[error("{source}; if it is gone for good, give the id that it had: --id N")]
    Gone {
        /// What GitHub says.
        #[source]
        source: github::Error,
    },
    /// The repository has backups.
    #[error("{0} has backups already, and an import is the first one; `gitark backup` brings it up to date")]
    HasBackups(String),
}

/// Why a directory cannot be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It is nothing that git made.
    #[error("it is no bare git repository; name what `git clone --mirror` made")]
    NotGit,
    /// It has a working copy.
    #[error("it is a working copy, which lacks much of what upstream has; import one made with `git clone --mirror`")]
    WorkingCopy,
    /// Its branches are another repository's remote branches.
    #[error("its branches are below refs/remotes, so it is no mirror; import one made with `git clone --mirror`")]
    RemoteBranches,
    /// Its history is cut off.
    #[error("it is a shallow clone; complete it with `git fetch --unshallow` first")]
    Shallow,
    /// Objects were left out of it.
    #[error("it is a partial clone, which lacks objects; import one made with `git clone --mirror` and no --filter")]
    Partial,
    /// It uses something that gitark does not know.
    #[error("it uses {0}, which gitark cannot read; import a `git clone --mirror` of it, made with git's defaults")]
    Extension(String),
    /// Its configuration cannot be read.
    #[error("its config cannot be read ({0}); mend it, or import a `git clone --mirror` of it")]
    Config(String),
    /// Something in it is a symbolic link or a device.
    #[error("{} in it is no plain file or directory, and links are not followed; import a `git clone --mirror` of it", .0.display())]
    NotPlain(PathBuf),
    /// Alternates lead too far.
    #[error("its alternates lead to more than {0} directories; import a `git clone --mirror` of it")]
    Alternates(usize),
    /// A reference that git would not accept, or cannot read.
    #[error("its reference {0:?} is broken; mend or delete it, then import again")]
    BadReference(String),
    /// Objects that its references need are missing.
    #[error(
        "{} missing, {example} among them; `git fsck` in it tells more, and if no reference needs them, `git repack -ad` drops what does", count(*missing as u64, "object")
    )]
    Incomplete {
        /// How many.
        missing: usize,
        /// One of them.
        example: ObjectId,
    },
    /// Something wrote to it.
    #[error("it changes while it is read; import it again when no fetch or gc is at work in it")]
    Changed,
    /// Nothing says which repository it is.
    #[error("{}; say which repository it is: --name OWNER/REPO", match .0 {
        Some(origin) => format!("its origin {origin} names no repository of a GitHub"),
        None => "it has no remote.origin.url".into(),
    })]
    NoName(Option<String>),
    /// It comes from somewhere else.
    #[error("it comes from {found}, not from {expected}; name its API with --api-url, or the repository with --name")]
    AnotherHost {
        /// The host of its origin.
        found: String,
        /// The host that is asked.
        expected: String,
    },
    /// Its objects.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// It is nothing that python-github-backup made.
    #[error(
        "it is no output directory of python-github-backup: there are no repositories in it; name what --output-directory \
         named, or the folder of one repository in it"
    )]
    NoOutput,
    /// There are several repositories where one is meant.
    #[error("--name and --id tell of one repository and {0} are here; name the folder of that one")]
    Several(usize),
    /// A symbolic link, or nothing that holds files.
    #[error("it is no plain file or directory, and links are not followed; put what it leads to in its place")]
    Link,
    /// A file of JSON that is none.
    #[error("it is no JSON")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but not what that tool writes.
    #[error("{0}")]
    Unlike(&'static str),
    /// Nothing in a folder can be understood.
    #[error("nothing around the code can be read: {0}")]
    Nothing(String),
    /// The disk.
    #[error("cannot {doing}")]
    Io {
        /// A verb phrase.
        doing: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
}

impl From<vault::Error> for Error {
    fn from(error: vault::Error) -> Self {
        backup::Error::from(error).into()
    }
}

impl Error {
    pub(super) fn of(directory: &Path, problem: Problem) -> Self {
        Error::Mirror { directory: directory.to_owned(), problem }
    }

    /// It was cancelled.
    pub(super) fn cancelled() -> Self {
        backup::Error::from(git::Error::Cancelled).into()
    }

    /// The reason code.
    pub fn reason(&self) -> Reason {
        match self {
            Error::Backup(error) => error.reason(),
            Error::Gone { .. } => Reason::GoneOrForbidden,
            Error::HasBackups(_) => Reason::AlreadyBackedUp,
            Error::Mirror { problem, .. } => problem.reason(),
        }
    }

    /// Whether other options would help.
    pub fn is_usage(&self) -> bool {
        let Error::Mirror { problem, .. } = self else { return false };
        matches!(problem, Problem::NoName(_) | Problem::AnotherHost { .. } | Problem::Several(_))
    }
}

impl Problem {
    /// The reason code.
    pub(super) fn reason(&self) -> Reason {
        match self {
            Problem::Shallow => Reason::ShallowUpstream,
            Problem::BadReference(_) => Reason::BadReference,
            Problem::Incomplete { .. } => Reason::DamagedPack,
            Problem::Git(error) => backup::Error::git_reason(error),
            Problem::Io { .. } => Reason::Store,
            Problem::Nothing(_) => Reason::ImportIncomplete,
            _ => Reason::UnusableMirror,
        }
    }

    pub(super) fn io(doing: impl Into<String>, source: std::io::Error) -> Self {
        Problem::Io { doing: doing.into(), source }
    }
}
