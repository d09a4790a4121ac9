//! Giving a repository back as it was: a plain git repository on this machine's disk, made without a `git` binary.

mod checkout;
mod disk;
mod packs;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::{
    git::refs::{Head, Refs, upstream_name},
    interrupt::Interrupt,
    vault::{self, BareRepository, lookup::At, views},
};

/// How to give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// A bare repository instead of a working copy.
    pub bare: bool,
    /// Which backup.
    pub at: At,
}

/// What was given back.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Restored {
    /// Where it is now.
    pub directory: PathBuf,
    /// The log's entry.
    pub sequence: u64,
    /// The server's clock at that backup.
    pub observed: Timestamp,
    /// `OWNER/REPO` as it was called then.
    pub name: String,
    /// Number of references.
    pub refs: usize,
    /// Number of objects.
    pub objects: u64,
    /// Bytes of packs and indexes.
    pub bytes: u64,
    /// Files in the working copy; 0 for a bare repository.
    pub files: usize,
}

/// Why nothing was given back. The directory is as it was before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The vault.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// Something is in the way.
    #[error("{} exists and is not empty; name another directory", .0.display())]
    NotEmpty(PathBuf),
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
}

impl Error {
    pub(crate) fn io(doing: impl Into<String>, path: &Path, source: std::io::Error) -> Self {
        Error::Io { doing: format!("{} {}", doing.into(), path.display()), source }
    }
}

/// Gives `repository` back in `directory`, which must not exist or be empty. Every byte is checked against the log on
/// its way and synced; a failure leaves nothing behind.
///
/// # Errors
/// Any [`Error`]; [`vault::Error::Damaged`] names what is damaged.
pub async fn restore(
    repository: &BareRepository,
    directory: &Path,
    options: Options,
    cancel: &CancellationToken,
) -> Result<Restored, Error> {
    let target = target(directory)?;
    let state = repository.state_of(options.at).await?;
    let parent = target.parent().unwrap_or(&target);
    std::fs::create_dir_all(parent).map_err(|source| Error::io("make", parent, source))?;
    let staging = tempfile::Builder::new().prefix(".gitark-restore-").tempdir_in(parent);
    let staging = staging.map_err(|source| Error::io("make a directory in", parent, source))?;
    let root = staging.path().join("repository");
    let git_dir = if options.bare { root.clone() } else { root.join(".git") };

    let refs: Refs = state.live.refs.iter().map(|(name, value)| (upstream_name(name), *value)).collect();
    let head = match &state.head {
        Head::Symbolic(target) => Head::Symbolic(upstream_name(target)),
        detached => detached.clone(),
    };
    write_skeleton(&git_dir, &refs, &head, options.bare)?;
    let packs = packs::copy(repository, &state, &git_dir, cancel).await?;
    let tip = head.tip(&refs);
    let files = match (options.bare, tip) {
        (false, Some(_)) => {
            let interrupt = Interrupt::watch(cancel);
            let (root, flag) = (root.clone(), interrupt.flag());
            let work = tokio::task::spawn_blocking(move || checkout::checkout(&root, &flag));
            let done = work.await.unwrap_or_else(|panic| Err(Error::Checkout(panic.to_string())));
            if cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            done?
        }
        _ => 0,
    };
    disk::sync_tree(&root).await?;
    // An empty directory that the user made may stay; rename replaces it.
    std::fs::rename(&root, &target).map_err(|source| Error::io("move the repository to", &target, source))?;
    disk::sync_directory(parent).map_err(|source| Error::io("sync", parent, source))?;
    Ok(Restored {
        directory: directory.to_owned(),
        sequence: state.sequence,
        observed: state.observed,
        name: state.repository.name.clone(),
        refs: refs.len(),
        objects: packs.iter().map(|pack| pack.objects).sum(),
        bytes: packs.iter().map(|pack| pack.pack_bytes + pack.index_bytes).sum(),
        files,
    })
}

/// Where the repository goes: an absolute path at which there is nothing, or an empty directory.
fn target(directory: &Path) -> Result<PathBuf, Error> {
    let absolute = std::path::absolute(directory).map_err(|source| Error::io("find", directory, source))?;
    let is_free = match std::fs::symlink_metadata(&absolute) {
        Ok(found) if found.is_dir() => std::fs::read_dir(&absolute).is_ok_and(|mut entries| entries.next().is_none()),
        Ok(_) => false,
        Err(_) => true,
    };
    if is_free && absolute.file_name().is_some() { Ok(absolute) } else { Err(Error::NotEmpty(directory.to_owned())) }
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
