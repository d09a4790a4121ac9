//! Deleting packs that were replaced, when nobody can still be reading them.

use std::collections::BTreeSet;

use gix_hash::ObjectId;
use jiff::{SignedDuration, Timestamp};

use super::{CompactedRepository, Error, Options};
use crate::{
    cause,
    vault::{self, BareRepository, key, log::PackRecord, packs::EXTENSIONS, state::State},
};

/// Deletes packs whose grace is over, or lists them in `row`.
pub(super) async fn prune(
    repository: &BareRepository,
    state: &State,
    options: &Options,
    row: &mut CompactedRepository,
) -> Result<(), Error> {
    if state.live.replaced.is_empty() {
        return Ok(());
    }
    let listing = repository.list_packs().await?;
    let files = |id: &ObjectId| {
        // In the order to delete them: without the index git no longer looks for the pack.
        let keys = EXTENSIONS.iter().rev().filter(|extension| listing.contains_key(&key::pack_file(id, extension)));
        keys.map(|extension| key::pack(repository.bare(), id, extension)).collect::<Vec<_>>()
    };
    let grace = SignedDuration::try_from(options.grace).unwrap_or(SignedDuration::MAX);
    let now = Timestamp::now();
    let mut over = Vec::new();
    for replaced in state.live.replaced.iter().filter(|replaced| !files(&replaced.id).is_empty()) {
        let until = replaced.since.saturating_add(grace).unwrap_or(Timestamp::MAX);
        if until <= now {
            over.push(replaced.id);
        } else {
            row.waiting_packs += 1;
            row.waiting_until = row.waiting_until.max(Some(until));
        }
    }
    if over.is_empty() {
        return Ok(());
    }
    // What stands for them must be there, and whole as far as is known.
    if state.is_damaged() {
        return Err(Error::KnownDamage(repository.bare().to_owned()));
    }
    if let Some((_, damage)) = repository.missing_or_cut(&state.live.packs, &listing).into_iter().next() {
        return Err(vault::Error::Damaged(damage).into());
    }
    // They were whole when they were made; after them nothing else has these objects.
    let spool = repository.storage().spool(&options.temporary)?;
    for pack in standing_for(state, &over) {
        repository.check_pack_bytes(pack, spool.path()).await?;
    }
    let deleted = match options.delete {
        true => match repository.delete_packs(state, &over).await {
            Err(error @ vault::Error::Damaged(_)) => return Err(error.into()),
            deleted => deleted.map_err(|error| cause::chain(&error)),
        },
        false => Err("not asked to".into()),
    };
    match deleted {
        Ok(deleted) => row.deleted_packs = deleted,
        Err(problem) => {
            let left = repository.list_packs().await?;
            let is_left = |key: &String| left.contains_key(key.rsplit('/').next().unwrap_or_default());
            row.prunable = over.iter().flat_map(files).filter(is_left).collect();
            row.not_deleted = Some(problem);
        }
    }
    Ok(())
}

/// The live packs that hold the objects of the replaced packs `over`.
fn standing_for<'a>(state: &'a State, over: &[ObjectId]) -> Vec<&'a PackRecord> {
    let live = &state.live;
    let mut standing = BTreeSet::new();
    for id in over {
        let mut id = *id;
        // A pack that replaced others may have been replaced in turn; the bound is for a log that says nonsense.
        for _ in 0..=live.replaced.len() {
            match live.replaced.iter().find(|replaced| replaced.id == id) {
                Some(replaced) => id = replaced.by,
                None => break,
            }
        }
        standing.insert(id);
    }
    let known: Vec<_> = live.packs.iter().filter(|pack| standing.contains(&pack.id)).collect();
    // What cannot be traced may be in any.
    if known.len() == standing.len() { known } else { live.packs.iter().collect() }
}
