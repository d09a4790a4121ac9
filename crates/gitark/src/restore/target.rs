//! Where it goes: a path at which there is nothing yet, until what goes there is whole.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{Error, Format, disk};

/// What work in progress beside the target is called.
const STAGING: &str = ".gitark-restore-";

/// `path` as an absolute one. There must be nothing, or for a directory an empty one.
pub(crate) fn free(path: &Path, format: Format) -> Result<PathBuf, Error> {
    let absolute = std::path::absolute(path).map_err(|source| Error::io("find", path, source))?;
    let is_free = match std::fs::symlink_metadata(&absolute) {
        Ok(found) if found.is_dir() && format.is_directory() => {
            std::fs::read_dir(&absolute).is_ok_and(|mut entries| entries.next().is_none())
        }
        Ok(_) => false,
        Err(_) => true,
    };
    match (is_free && absolute.file_name().is_some(), format.is_directory()) {
        (true, _) => Ok(absolute),
        (false, true) => Err(Error::NotEmpty(path.to_owned())),
        (false, false) => Err(Error::Exists(path.to_owned())),
    }
}

/// A directory beside `target` for what is not whole yet, which goes away with the value. The way there is made.
pub(crate) fn staging(target: &Path) -> Result<TempDir, Error> {
    let parent = target.parent().unwrap_or(target);
    std::fs::create_dir_all(parent).map_err(|source| Error::io("make", parent, source))?;
    let staging = tempfile::Builder::new().prefix(STAGING).tempdir_in(parent);
    staging.map_err(|source| Error::io("make a directory in", parent, source))
}

/// Makes the directory `root` durable, and lets it be `target`.
pub(crate) async fn settle(root: &Path, target: &Path) -> Result<(), Error> {
    disk::sync_tree(root).await?;
    // An empty directory that the user made may stay; rename replaces it.
    std::fs::rename(root, target).map_err(|source| Error::io("move the directory to", target, source))?;
    let parent = target.parent().unwrap_or(target);
    disk::sync_directory(parent).map_err(|source| Error::io("sync", parent, source))
}

/// A file that is being written beside its target, under another name. It goes away unless it is finished.
pub(super) struct Unfinished {
    file: tempfile::NamedTempFile,
    target: PathBuf,
}

impl Unfinished {
    pub(super) fn beside(target: &Path) -> Result<Self, Error> {
        let parent = target.parent().unwrap_or(target);
        let mut builder = tempfile::Builder::new();
        builder.prefix(STAGING);
        #[cfg(unix)]
        // As any new file: the caller's umask decides.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let file = builder.tempfile_in(parent).map_err(|source| Error::io("make a file in", parent, source))?;
        Ok(Self { file, target: target.to_owned() })
    }

    /// The file, for a thread that writes.
    pub(super) fn writer(&self) -> Result<File, Error> {
        self.file.as_file().try_clone().map_err(|source| Error::io("write", &self.target, source))
    }

    /// Makes the file durable and gives it its name, unless something has it by now; its length in bytes.
    pub(super) fn finish(self) -> Result<u64, Error> {
        let io = |doing: &'static str| {
            let target = self.target.clone();
            move |source| Error::io(doing, &target, source)
        };
        self.file.as_file().sync_all().map_err(io("sync"))?;
        let length = self.file.as_file().metadata().map_err(io("look at"))?.len();
        self.file.into_temp_path().persist_noclobber(&self.target).map_err(|error| match error.error.kind() {
            std::io::ErrorKind::AlreadyExists => Error::Exists(self.target.clone()),
            _ => Error::io("move the file to", &self.target, error.error),
        })?;
        let parent = self.target.parent().unwrap_or(&self.target);
        disk::sync_directory(parent).map_err(|source| Error::io("sync", parent, source))?;
        Ok(length)
    }
}
