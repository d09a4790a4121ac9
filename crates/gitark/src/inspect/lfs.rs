//! The content that a pointer of Git LFS stands for.

use std::path::Path;

use super::Error;
use crate::{
    git::lfs::Pointer,
    vault::{self, BareRepository, storage::LocalFile},
};

/// The content of `pointer` as a file, whose bytes were compared with their name: the vault's own on a disk, else a
/// copy in `temporary`.
///
/// # Errors
/// [`Error::NoLfsContent`] when the vault does not have it, else [`Error::Vault`].
pub async fn content(repository: &BareRepository, pointer: &Pointer, temporary: &Path) -> Result<LocalFile, Error> {
    let key = repository.lfs_key(&pointer.oid);
    if repository.storage().length(&key).await?.is_none() {
        let state = repository.load(None).await?;
        let known = state.as_ref().and_then(|state| state.live.lfs_missing.get(&pointer.oid));
        if state.as_ref().is_some_and(|state| state.live.lfs.contains_key(&pointer.oid)) {
            return Err(vault::Error::damaged(key, "it is missing").into());
        }
        let why = known.map_or("no backup asked for it", |missing| missing.reason.words());
        return Err(Error::NoLfsContent { oid: pointer.oid, why });
    }
    Ok(repository.local_lfs(&pointer.oid, pointer.size, temporary).await?)
}
