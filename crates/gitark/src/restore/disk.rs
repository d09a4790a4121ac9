//! The target's disk: what is given back is synced before it takes its place.

use std::path::{Path, PathBuf};

use super::Error;
use crate::vault::{key, log::PackRecord};

/// Removes what was copied of a pack that turned out to be damaged.
pub(super) fn forget(pack: &PackRecord, directory: &Path) -> Result<(), Error> {
    for extension in ["idx", "pack"] {
        let path = directory.join(key::pack_file(&pack.id, extension));
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io("remove", &path, error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Syncs the directories of a finished tree, and the small files of its git directory.
pub(crate) async fn sync_tree(root: &Path) -> Result<(), Error> {
    let owned: PathBuf = root.to_owned();
    let synced = tokio::task::spawn_blocking(move || sync_below(&owned)).await;
    let synced = synced.unwrap_or_else(|panic| Err(std::io::Error::other(panic)));
    synced.map_err(|source| Error::io("sync", root, source))
}

fn sync_below(path: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            sync_below(&entry.path())?;
        } else if kind.is_file() {
            std::fs::File::open(entry.path())?.sync_all()?;
        }
    }
    sync_directory(path)
}

/// Makes the names in a directory durable.
pub(crate) fn sync_directory(path: &Path) -> std::io::Result<()> {
    std::fs::File::open(path)?.sync_all()
}
