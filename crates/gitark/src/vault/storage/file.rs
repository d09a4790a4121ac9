//! Files of this machine on their way into a vault or out of it.

use std::{
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use crate::{digest, vault::Error};

/// A file of the vault on a local disk, downloaded when the vault is not one.
#[derive(Debug)]
pub struct LocalFile {
    pub(super) path: PathBuf,
    pub(super) _guard: Option<tempfile::TempPath>,
}

impl LocalFile {
    /// Where the bytes can be read as long as this value lives.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A pack and its index as local files.
#[derive(Debug)]
pub struct LocalPack {
    /// The `.pack`.
    pub pack: LocalFile,
    /// The `.idx`.
    pub index: LocalFile,
}

/// Gives a spooled file of `length` bytes the permissions of any new file (the spool's are for the owner alone), and
/// syncs it.
pub(super) async fn settle(path: &Path, length: u64) -> Result<(), Error> {
    let owned = path.to_owned();
    let settled = tokio::task::spawn_blocking(move || {
        let example = owned.with_extension("permissions");
        let permissions = std::fs::File::create(&example)?.metadata()?.permissions();
        std::fs::remove_file(&example)?;
        std::fs::set_permissions(&owned, permissions)?;
        let file = std::fs::File::open(&owned)?;
        if file.metadata()?.len() != length {
            return Err(std::io::Error::other("it has another length than it was indexed with"));
        }
        file.sync_all()
    });
    let settled = settled.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    settled.map_err(|source| Error::Io { doing: format!("sync {}", path.display()), source })
}

/// Copies a file, durably; SHA-256 in hex and length in bytes of what was copied.
pub(super) async fn copy(from: &Path, to: &Path) -> std::io::Result<(String, u64)> {
    let (from, to) = (from.to_owned(), to.to_owned());
    let copied = tokio::task::spawn_blocking(move || {
        let mut target = std::fs::File::create(to)?;
        let copied = read_hashed(&from, |chunk| target.write_all(chunk))?;
        target.sync_all()?;
        Ok(copied)
    });
    copied.await.unwrap_or_else(|panic| Err(std::io::Error::other(panic)))
}

/// SHA-256 in hex and length in bytes of a file.
///
/// # Errors
/// [`Error::Io`].
pub async fn hash(path: &Path) -> Result<(String, u64), Error> {
    let owned = path.to_owned();
    let hashed = tokio::task::spawn_blocking(move || read_hashed(&owned, |_| Ok(())));
    let hashed = hashed.await.unwrap_or_else(|panic| Err(std::io::Error::other(panic)));
    hashed.map_err(|source| Error::Io { doing: format!("read {}", path.display()), source })
}

fn read_hashed(path: &Path, mut chunk: impl FnMut(&[u8]) -> std::io::Result<()>) -> std::io::Result<(String, u64)> {
    let mut file = std::fs::File::open(path)?;
    let (mut hash, mut length) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 18];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((digest::hex(&hash.finalize()), length));
        }
        hash.update(&buffer[..count]);
        chunk(&buffer[..count])?;
        length += count as u64;
    }
}
