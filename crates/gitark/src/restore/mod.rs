//! Giving a repository back as it was, on this machine's disk and without a `git` binary: as a plain git repository, a
//! bundle, or the files of one version.

mod all;
mod archive;
mod bundle;
mod checkout;
mod disk;
mod files;
mod format;
mod lfs;
mod packs;
mod target;

use std::path::{Path, PathBuf};

use gix_hash::ObjectId;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

pub(crate) use packs::copy as copy_packs;
pub(crate) use target::{free, settle, staging};

pub use all::{AllOptions, AllReport, AllRow, Ended, restore_all};
pub use files::RestoredFiles;
pub use format::{Format, beside_path};
pub use lfs::RestoredLfs;

use crate::{
    git::{
        self,
        refs::{Head, Refs, hex_id, upstream_name},
    },
    inspect::{self, Revision},
    interrupt::Interrupt,
    vault::{
        self, BareRepository,
        key::{self, Kind},
        log::PackRecord,
        lookup::At,
        state::State,
        views,
    },
};

/// How to give back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// In which form.
    pub format: Format,
    /// Which backup.
    pub at: At,
    /// Which version goes into an archive: a branch, tag, full reference name, or object id; `HEAD` when none is named.
    /// Other forms have all versions.
    pub reference: Option<String>,
    /// With metadata, the release assets and attachments that it names.
    pub files: bool,
}

impl Options {
    /// All of it, or `HEAD`.
    pub fn new(format: Format, at: At) -> Self {
        Self { format, at, reference: None, files: true }
    }
}

/// What was given back.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Restored {
    /// Where it is now.
    pub path: PathBuf,
    /// In which form.
    pub format: Format,
    /// The log's entry.
    pub sequence: u64,
    /// The server's clock at that backup.
    pub observed: Timestamp,
    /// `OWNER/REPO` as it was called then.
    pub name: String,
    /// The commit whose files an archive has.
    #[serde(with = "hex_id::optional", skip_serializing_if = "Option::is_none")]
    pub commit: Option<ObjectId>,
    /// Number of references; 0 for an archive.
    pub refs: usize,
    /// Number of objects; 0 for an archive.
    pub objects: u64,
    /// Bytes of packs and indexes, or of the file.
    pub bytes: u64,
    /// Files in the working copy or the archive, links and submodules among them.
    pub files: usize,
    /// Content of Git LFS; only directories have any.
    #[serde(skip_serializing_if = "RestoredLfs::is_nothing")]
    pub lfs: RestoredLfs,
    /// Release assets and attachments, where the metadata names any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attached: Option<RestoredFiles>,
}

/// Why nothing was given back. The disk is as it was before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The vault.
    #[error(transparent)]
    Vault(vault::Error),
    /// The version that was asked for.
    #[error(transparent)]
    Version(inspect::Error),
    /// Something is in the way of a directory.
    #[error("{} exists and is not empty; name another directory", .0.display())]
    NotEmpty(PathBuf),
    /// Something is in the way of a file.
    #[error("{} exists; name another file", .0.display())]
    Exists(PathBuf),
    /// A bundle of nothing is none.
    #[error("{path} is empty at entry {entry}: there is no reference for a bundle; try --format bare")]
    Empty {
        /// The bare repository's key.
        path: String,
        /// The log's entry.
        entry: u64,
    },
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The target's disk failed.
    #[error("cannot {doing}")]
    Io {
        /// A verb phrase with the path.
        doing: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// The working copy could not be made.
    #[error("the history is whole, but its files cannot be checked out ({0}); try --bare")]
    Checkout(String),
    /// The archive could not be made.
    #[error("the history is whole, but its files cannot go into an archive ({0}); try --format bundle")]
    Archive(String),
    /// The packs could not be joined.
    #[error("the packs cannot be joined")]
    Join(#[source] git::Error),
}

impl From<vault::Error> for Error {
    fn from(error: vault::Error) -> Self {
        Error::Vault(error)
    }
}

impl From<inspect::Error> for Error {
    fn from(error: inspect::Error) -> Self {
        match error {
            inspect::Error::Vault(error) => Error::Vault(error),
            error => Error::Version(error),
        }
    }
}

impl From<git::Error> for Error {
    fn from(error: git::Error) -> Self {
        match error {
            git::Error::Cancelled => Error::Cancelled,
            error => Error::Join(error),
        }
    }
}

impl Error {
    pub(crate) fn io(doing: impl Into<String>, path: &Path, source: std::io::Error) -> Self {
        Error::Io { doing: format!("{} {}", doing.into(), path.display()), source }
    }

    /// Whether there was nothing at that backup to give back in this form.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Error::Empty { .. } | Error::Version(inspect::Error::Unborn { .. }))
    }
}

/// Gives `repository` back at `path`, where there must be nothing, or for a directory an empty one. Every byte is
/// checked against the log on its way and synced; a failure leaves nothing behind. While it is at work, a file takes
/// the room of the packs beside it, too.
///
/// # Errors
/// Any [`Error`]; [`vault::Error::Damaged`] names what is damaged.
pub async fn restore(
    repository: &BareRepository,
    path: &Path,
    options: &Options,
    cancel: &CancellationToken,
) -> Result<Restored, Error> {
    let format = options.format;
    let target = target::free(path, format)?;
    let state = repository.state_of(options.at).await?;
    let revision = match format.is_archive() {
        true => Some(inspect::revision(repository, &state, options.reference.as_deref()).await?),
        false => None,
    };
    if format == Format::Bundle && state.live.refs.is_empty() {
        return Err(Error::Empty { path: repository.bare().to_owned(), entry: state.sequence });
    }
    let staging = target::staging(&target)?;
    let root = staging.path().join("repository");
    let git_dir = if format == Format::Checkout { root.join(".git") } else { root.clone() };
    let refs: Refs = state.live.refs.iter().map(|(name, value)| (upstream_name(name), *value)).collect();
    let head = match &state.head {
        Head::Symbolic(target) => Head::Symbolic(upstream_name(target)),
        detached => detached.clone(),
    };
    write_skeleton(&git_dir, &refs, &head, format != Format::Checkout)?;
    let packs = packs::copy(repository, &state, &git_dir, cancel).await?;
    let mut restored = Restored {
        path: path.to_owned(),
        format,
        sequence: state.sequence,
        observed: state.observed,
        name: state.repository.name.clone(),
        commit: revision.as_ref().and_then(|revision| revision.commit),
        refs: if format.is_archive() { 0 } else { refs.len() },
        objects: if format.is_archive() {
            0
        } else {
            packs.iter().map(|pack| pack.objects).fold(0, u64::saturating_add)
        },
        bytes: PackRecord::bytes_of(&packs),
        files: 0,
        lfs: RestoredLfs::default(),
        attached: None,
    };
    if format.is_directory() {
        restored.lfs = lfs::copy(repository, &state, &git_dir, cancel).await?;
        if format == Format::Checkout && head.tip(&refs).is_some() {
            let root = root.clone();
            restored.files = blocking(cancel, move |interrupt| checkout::checkout(&root, interrupt)).await?;
        }
        if options.files {
            restored.attached = attach(repository, &state, &root, &git_dir, path, cancel).await?;
        }
        target::settle(&root, &target).await?;
        return Ok(restored);
    }
    if options.files && repository.kind() == Kind::Meta {
        restored.attached = files::beside(repository, &state, path, cancel).await?;
    }
    let file = target::Unfinished::beside(&target)?;
    let out = file.writer()?;
    match revision {
        Some(revision) => {
            let plan = plan(&state, git_dir, revision, format);
            restored.files = blocking(cancel, move |interrupt| archive::write(&plan, out, interrupt)).await?;
        }
        None => bundle::write(&refs, &head, &packs, &git_dir.join("objects/pack"), out, cancel).await?,
    }
    restored.bytes = file.finish()?;
    Ok(restored)
}

/// Puts release assets and attachments into the directory `files` of what is given back, which git leaves alone.
async fn attach(
    repository: &BareRepository,
    state: &State,
    root: &Path,
    git_dir: &Path,
    path: &Path,
    cancel: &CancellationToken,
) -> Result<Option<RestoredFiles>, Error> {
    let Some(attached) = files::copy(repository, state, root, cancel).await? else { return Ok(None) };
    let exclude = git_dir.join("info/exclude");
    std::fs::write(&exclude, format!("/{}/\n", key::FILES)).map_err(|source| Error::io("write", &exclude, source))?;
    Ok(Some(RestoredFiles { path: path.join(key::FILES), ..attached }))
}

/// Does what takes long on a thread of its own, which sees when it is to stop.
async fn blocking(
    cancel: &CancellationToken,
    work: impl FnOnce(&std::sync::atomic::AtomicBool) -> Result<usize, Error> + Send + 'static,
) -> Result<usize, Error> {
    let interrupt = Interrupt::watch(cancel);
    let flag = interrupt.flag();
    let done = tokio::task::spawn_blocking(move || work(&flag)).await;
    if cancel.is_cancelled() {
        return Err(Error::Cancelled);
    }
    done.unwrap_or_else(|panic| Err(Error::Checkout(panic.to_string())))
}

/// An archive's one folder is called as the repository and the version: `hello-6dcb09b5b5`.
fn plan(state: &State, git_dir: PathBuf, revision: Revision, format: Format) -> archive::Plan {
    let label = state.repository.label();
    let name = label.rsplit('/').next().unwrap_or_default().trim_start_matches('~');
    let version = revision.commit.unwrap_or(revision.tree).to_hex_with_len(10).to_string();
    archive::Plan {
        git_dir,
        prefix: format!("{name}-{version}"),
        seconds: revision.seconds.unwrap_or_else(|| state.observed.as_second()),
        revision,
        format,
    }
}

fn write_skeleton(git_dir: &Path, refs: &Refs, head: &Head, bare: bool) -> Result<(), Error> {
    for below in ["objects/pack", "objects/info", "refs/heads", "refs/tags", "info"] {
        let path = git_dir.join(below);
        std::fs::create_dir_all(&path).map_err(|source| Error::io("make", &path, source))?;
    }
    let config = format!("[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = {bare}\n");
    for (name, content) in [("config", config), ("packed-refs", views::packed_refs(refs)), ("HEAD", head.to_file())] {
        let path = git_dir.join(name);
        std::fs::write(&path, content).map_err(|source| Error::io("write", &path, source))?;
    }
    Ok(())
}
