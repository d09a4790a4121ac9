//! Which packs an entry needs: its own, and those that a repair put in the place of damaged ones since.

use std::{collections::HashSet, path::Path};

use gix_hash::ObjectId;
use tokio_util::sync::CancellationToken;

use super::{Error, disk};
use crate::{
    git::{links, refs::Head},
    vault::{self, BareRepository, log::PackRecord, state::State},
};

/// Copies the packs that hold the history of `state` into the git directory `git_dir`, and returns them.
///
/// A pack that is damaged, or that is gone because newer packs hold the same objects, is left out. Then the newest
/// entry's packs are copied too, and unless `compact` explains all that is missing, the history is walked from end to
/// end before it is given back.
pub(crate) async fn copy(
    repository: &BareRepository,
    state: &State,
    git_dir: &Path,
    cancel: &CancellationToken,
) -> Result<Vec<PackRecord>, Error> {
    let directory = git_dir.join("objects/pack");
    let mut copied = Vec::new();
    let Some(damage) = copy_whole(repository, &state.live.packs, &directory, &mut copied, cancel).await? else {
        return Ok(copied);
    };
    let detached = match &state.head {
        Head::Detached(oid) => Some(*oid),
        Head::Symbolic(_) => None,
    };
    let tips: Vec<ObjectId> = state.live.refs.values().map(|value| value.oid).chain(detached).collect();
    let mut looked_at = state.sequence;
    loop {
        let newest = match repository.load(None).await {
            // What is damaged after the wanted entry does not concern it.
            Ok(None) | Err(vault::Error::Damaged(_)) => None,
            newest => newest?,
        };
        if let Some(newest) = &newest {
            let all_there =
                copy_whole(repository, &newest.live.packs, &directory, &mut copied, cancel).await?.is_none();
            let is_there = |pack: &PackRecord| copied.iter().any(|known| known.id == pack.id);
            let is_replaced = |pack: &PackRecord| newest.live.replaced.iter().any(|replaced| replaced.id == pack.id);
            // What `compact` put in their place holds all that they held: that was checked when it was made.
            if all_there && state.live.packs.iter().all(|pack| is_there(pack) || is_replaced(pack)) {
                return Ok(copied);
            }
        }
        let (git_dir, tips) = (git_dir.to_owned(), tips.clone());
        let walk = tokio::task::spawn_blocking(move || is_whole(&git_dir, tips));
        if walk.await.unwrap_or_else(|panic| Err(Error::Checkout(panic.to_string())))? {
            return Ok(copied);
        }
        // Packs may have been compacted away while they were read.
        match newest {
            Some(newest) if newest.sequence > looked_at => looked_at = newest.sequence,
            _ => return Err(vault::Error::Damaged(damage).into()),
        }
    }
}

/// Copies those of `packs` that are whole and were not copied yet; the last damage that was met.
async fn copy_whole(
    repository: &BareRepository,
    packs: &[PackRecord],
    directory: &Path,
    copied: &mut Vec<PackRecord>,
    cancel: &CancellationToken,
) -> Result<Option<vault::Damage>, Error> {
    let mut met = None;
    for pack in packs {
        if copied.iter().any(|known| known.id == pack.id) {
            continue;
        }
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        match repository.copy_pack_out(pack, directory).await {
            Ok(_) => copied.push(pack.clone()),
            Err(vault::Error::Damaged(damage)) => {
                disk::forget(pack, directory)?;
                met = Some(damage);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(met)
}

/// Whether every object that `tips` lead to is in the repository at `git_dir`.
fn is_whole(git_dir: &Path, tips: Vec<ObjectId>) -> Result<bool, Error> {
    let odd = |error: &dyn std::fmt::Display| Error::Checkout(error.to_string().replace('\n', " "));
    let mut repository = gix::open_opts(git_dir, gix::open::Options::isolated()).map_err(|error| odd(&error))?;
    // What upstream's refs/replace hide must be there all the same.
    repository.objects.ignore_replacements = true;
    let mut seen: HashSet<ObjectId> = tips.iter().copied().collect();
    let mut todo = tips;
    while let Some(id) = todo.pop() {
        // An object that cannot be decoded is as good as missing.
        let Ok(Some(object)) = repository.try_find_object(id) else {
            return Ok(false);
        };
        let mut blobs_are_there = true;
        links::each_link(object.kind, &object.data, |id, expected| {
            if seen.insert(id.to_owned()) {
                match expected {
                    links::Expected::Blob => blobs_are_there &= repository.has_object(id),
                    _ => todo.push(id.to_owned()),
                }
            }
        });
        if !blobs_are_there {
            return Ok(false);
        }
    }
    Ok(true)
}
