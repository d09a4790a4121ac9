//! Packs on their way out of the vault: hashed while they are copied, and synced.

use std::{
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::Error;
use crate::{
    digest,
    vault::{self, BareRepository, key, log::PackRecord},
};

/// Copies a pack and its index into `directory`.
pub(super) async fn pack(repository: &BareRepository, pack: &PackRecord, directory: &Path) -> Result<(), Error> {
    let files = [("pack", pack.pack_bytes, &pack.pack_sha256), ("idx", pack.index_bytes, &pack.index_sha256)];
    for (extension, length, sha256) in files {
        let key = key::pack(repository.bare(), &pack.id, extension);
        let source = repository.storage().local_file(&key, directory).await?;
        let target = directory.join(key::pack_file(&pack.id, extension));
        let (from, to) = (source.path().to_owned(), target.clone());
        let copied = tokio::task::spawn_blocking(move || copy_hashed(&from, &to)).await;
        let copied = copied.unwrap_or_else(|panic| Err(std::io::Error::other(panic)));
        let (actual, bytes) = copied.map_err(|source| Error::io("copy a pack to", &target, source))?;
        if actual != *sha256 || bytes != length {
            return Err(vault::Error::damaged(key, "its bytes do not match the log").into());
        }
    }
    Ok(())
}

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

fn copy_hashed(from: &Path, to: &Path) -> std::io::Result<(String, u64)> {
    let mut source = std::fs::File::open(from)?;
    let mut target = std::fs::File::create(to)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 18];
    loop {
        let count = source.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hash.update(&buffer[..count]);
        target.write_all(&buffer[..count])?;
        bytes += count as u64;
    }
    target.sync_all()?;
    Ok((digest::hex(&hash.finalize()), bytes))
}

/// Syncs the directories of a finished tree, and the small files of its git directory.
pub(super) async fn sync_tree(root: &Path) -> Result<(), Error> {
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
pub(super) fn sync_directory(path: &Path) -> std::io::Result<()> {
    std::fs::File::open(path)?.sync_all()
}
