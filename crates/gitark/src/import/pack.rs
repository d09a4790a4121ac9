//! One pack of all that a mirror has, proven whole before anything is built on it.

use std::{
    collections::{BTreeSet, HashSet},
    path::Path,
};

use gix_hash::ObjectId;
use tokio_util::sync::CancellationToken;

use super::{Error, Options, Problem, blocking, mirror::Mirror, objects::Objects, references::References};
use crate::{
    git::{
        self,
        closure::{Closure, Trust, closure_of},
        lfs::Pointer,
        pack::{self, IndexedPack},
        refs::{RefValue, Refs},
        repack::repack,
    },
    vault::packs::SpooledPack,
};

/// A mirror's pack, and its references with what tags lead to.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) pack: Option<SpooledPack>,
    pub(super) refs: Refs,
    /// The LFS pointers in the pack.
    pub(super) pointers: BTreeSet<Pointer>,
    pub(super) warnings: Vec<String>,
}

/// Makes one pack in `spool` of the objects of `mirror`, in which everything is that `references` need.
pub(super) async fn checked_pack(
    mirror: &Mirror,
    references: &References,
    spool: &Path,
    options: &Options,
    cancel: &CancellationToken,
) -> Result<Checked, Error> {
    if references.tips().next().is_none() {
        return Ok(Checked::default());
    }
    // After the references: git writes objects first.
    let objects = list(mirror, cancel).await?;
    let done = pack_of(mirror, &objects, references, spool, options, cancel).await;
    match done {
        Ok((pack, refs, pointers)) => Ok(Checked { pack: Some(pack), refs, pointers, warnings: objects.warnings }),
        Err(Error::Mirror { problem, .. }) if !cancel.is_cancelled() => {
            // What fails because a file went away is no damage.
            let problem = if list(mirror, cancel).await? == objects { problem } else { Problem::Changed };
            Err(Error::of(&mirror.named, problem))
        }
        Err(error) => Err(error),
    }
}

async fn list(mirror: &Mirror, cancel: &CancellationToken) -> Result<Objects, Error> {
    let directory = mirror.directory.clone();
    blocking(&mirror.named, cancel, move |interrupt| Objects::list(&directory, interrupt)).await
}

async fn pack_of(
    mirror: &Mirror,
    objects: &Objects,
    references: &References,
    spool: &Path,
    options: &Options,
    cancel: &CancellationToken,
) -> Result<(SpooledPack, Refs, BTreeSet<Pointer>), Error> {
    let failed = |error: git::Error| match cancel.is_cancelled() {
        true => Error::cancelled(),
        false => Error::of(&mirror.named, error.into()),
    };
    let missing = |missing: &HashSet<ObjectId>| match missing.iter().min() {
        None => Ok(()),
        Some(example) => Err(Problem::Incomplete { missing: missing.len(), example: *example }),
    };
    let indexed = indexed(objects, spool, options, cancel).await.map_err(failed)?;
    let Some(indexed) = indexed else {
        let tips = references.tips().collect();
        missing(&tips).map_err(|problem| Error::of(&mirror.named, problem))?;
        return Err(Error::of(&mirror.named, Problem::Changed));
    };
    let (pack_path, index_path) = (&indexed.pack_path, &indexed.index_path);
    // Digests are made while the objects are looked at.
    let (checked, pack) = tokio::join!(
        closure_of(pack_path, index_path, Trust::JustIndexed, false, options.repack.limits, cancel),
        SpooledPack::of(&indexed)
    );
    let (bundle, mut closure) = checked.map_err(failed)?;
    closure.missing.extend(references.tips().filter(|tip| bundle.index.lookup(tip).is_none()));
    missing(&closure.missing).map_err(|problem| Error::of(&mirror.named, problem))?;
    Ok((pack?, peeled(references, &closure), closure.pointers))
}

/// The mirror's only pack as it is, or one of all packs and loose objects.
async fn indexed(
    objects: &Objects,
    spool: &Path,
    options: &Options,
    cancel: &CancellationToken,
) -> Result<Option<IndexedPack>, git::Error> {
    if let ([(pack_path, _)], []) = (&objects.input.packs[..], &objects.input.loose[..]) {
        let directory = tempfile::tempdir_in(spool)
            .map_err(|source| git::Error::io(format!("make a directory in {}", spool.display()), source))?;
        match pack::index_file(pack_path, directory.path(), options.repack.limits, cancel).await {
            // It may have deltas that are not stored as gitark stores them; else this names what is damaged.
            Err(git::Error::BadPack(_)) if !cancel.is_cancelled() => {}
            indexed => {
                // The spool goes away with all that is in it.
                let _ = directory.keep();
                return indexed;
            }
        }
    }
    repack(objects.input.clone(), spool, options.repack, cancel).await
}

/// The references with what their tags lead to in the end, by the tags themselves.
fn peeled(references: &References, closure: &Closure) -> Refs {
    let value = |oid: &ObjectId| RefValue { oid: *oid, peeled: closure.peel(oid) };
    references.refs.iter().map(|(name, oid)| (name.clone(), value(oid))).collect()
}
