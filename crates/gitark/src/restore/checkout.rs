//! The working copy of `HEAD`, with the safeguards of gix against paths that would leave it.

use std::{path::Path, sync::atomic::AtomicBool};

use super::{Error, lfs};

/// Checks out `HEAD` of the repository at `root/.git`; returns the number of files. `interrupt` stops it.
pub(super) fn checkout(root: &Path, interrupt: &AtomicBool) -> Result<usize, Error> {
    let failed = |error: gix::Error| Error::Checkout(crate::cause::chain(&error));
    let odd = |error: &dyn std::fmt::Display| Error::Checkout(error.to_string().replace('\n', " "));
    // Isolated: no configuration of this machine or user decides what comes back.
    let repository = gix::open_opts(root, gix::open::Options::isolated()).map_err(|error| odd(&error))?;
    let object = repository.head_id().map_err(|error| odd(&error))?.object().map_err(|error| odd(&error))?;
    let object = object.peel_tags_to_end().map_err(|error| odd(&error))?;
    if object.kind != gix_object::Kind::Commit {
        // HEAD names a tree or a blob: there is nothing to check out.
        return Ok(0);
    }
    let tree = object.peel_to_tree().map_err(|error| odd(&error))?.id;
    let index = repository.index_from_tree(&tree);
    let mut index =
        index.map_err(|error| Error::Checkout(crate::cause::chain(&error).trim_end_matches(": Validation").into()))?;
    let mut options = repository
        .checkout_options(gix::worktree::stack::state::attributes::Source::IdMapping)
        .map_err(|error| odd(&error))?;
    options.destination_is_initially_empty = true;
    let objects = repository.objects.clone().into_arc().map_err(|error| odd(&error))?;
    let outcome = gix::worktree::state::checkout(
        &mut index,
        root,
        objects,
        &gix::progress::Discard,
        &gix::progress::Discard,
        interrupt,
        options,
    )
    .map_err(failed)?;
    if let Some(collision) = outcome.collisions.first() {
        return Err(Error::Checkout(format!("{} exists twice on this file system", collision.path)));
    }
    if let Some(error) = outcome.errors.first() {
        return Err(Error::Checkout(format!("{}: {}", error.path, error.error)));
    }
    lfs::smudge(&repository, root, &mut index, interrupt)?;
    index.write(gix::index::write::Options::default()).map_err(|error| odd(&error))?;
    Ok(outcome.files_updated)
}
