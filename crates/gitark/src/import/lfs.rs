//! The content of Git LFS pointers that a mirror has at git-lfs' own place.

use std::collections::BTreeSet;

use tokio_util::sync::CancellationToken;

use super::{Error, Options, files, mirror::Mirror};
use crate::{
    backup::report::Work,
    git::lfs::{Absence, Pointer},
    vault::{
        BareRepository, key,
        lfs::{LfsChange, MissingLfs},
    },
};

/// Stores what the mirror has of `pointers`. What it lacks, or has in another form, is for the next backup to get.
pub(super) async fn store(
    repository: &BareRepository,
    mirror: &Mirror,
    pointers: &BTreeSet<Pointer>,
    options: &Options,
    cancel: &CancellationToken,
    work: &mut Work,
) -> Result<LfsChange, Error> {
    let mut change = LfsChange::default();
    if pointers.is_empty() {
        return Ok(change);
    }
    for folder in ["lfs", "lfs/objects"] {
        files::directory(&mirror.directory.join(folder)).map_err(|problem| Error::of(&mirror.named, problem))?;
    }
    for pointer in pointers {
        if cancel.is_cancelled() {
            return Err(Error::cancelled());
        }
        if store_one(repository, mirror, pointer, options).await? {
            change.stored.insert(pointer.oid, pointer.size);
            work.lfs_stored += 1;
            work.stored_bytes = work.stored_bytes.saturating_add(pointer.size);
        } else {
            change.missing.insert(pointer.oid, MissingLfs { size: pointer.size, reason: Absence::NotAsked });
        }
    }
    // Two pointers may name one object and say different sizes.
    change.missing.retain(|oid, _| !change.stored.contains_key(oid));
    Ok(change)
}

/// False when it is not there, or is not what the pointer says.
async fn store_one(
    repository: &BareRepository,
    mirror: &Mirror,
    pointer: &Pointer,
    options: &Options,
) -> Result<bool, Error> {
    let Pointer { oid, size, .. } = *pointer;
    let path = mirror.directory.join("lfs/objects").join(key::lfs_path(&oid));
    let found = files::file(&path).map_err(|problem| Error::of(&mirror.named, problem))?;
    if found.is_none_or(|found| found.len() != size) {
        return Ok(false);
    }
    let there = repository.lfs_lengths([oid].into_iter()).await?;
    let is_cut = there.get(&oid).is_some_and(|length| *length != size);
    let mut incoming = repository.receive_lfs(&oid, size, &options.temporary, is_cut).await?;
    let is_whole = files::pour(&path, &mirror.named, size, &mut incoming).await?;
    if !is_whole || incoming.sha256() != oid.to_string() {
        incoming.discard().await;
        return Ok(false);
    }
    incoming.finish().await?;
    Ok(true)
}
