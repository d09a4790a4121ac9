//! One bare repository: join, check, store, log, show; and only then delete what was replaced long enough ago.

use gix_hash::ObjectId;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{CompactedRepository, Error, Options, choose::choose, prune::prune};
use crate::{
    git,
    git::repack::{RepackInput, repack},
    vault::{
        self, BareRepository, RunId,
        log::{Compaction, Entry, PackRecord, ReplacedPack},
        packs::SpooledPack,
        repository::Commit,
        state::State,
    },
};

/// How often the entry is tried on top of what other runs commit meanwhile.
const TRIES: usize = 8;

/// False when there is no backup.
pub(super) async fn compact(
    repository: &BareRepository,
    run: &RunId,
    options: &Options,
    cancel: &CancellationToken,
    row: &mut CompactedRepository,
) -> Result<bool, Error> {
    let Some(mut state) = repository.load(repository.tip().await?.head.as_ref()).await? else {
        return Ok(false);
    };
    (row.packs_before, row.bytes_before) = size(&state);
    if state.is_damaged() {
        return Err(Error::KnownDamage(repository.bare().to_owned()));
    }
    let chosen = choose(&state.live.packs, options.all);
    if !chosen.is_empty() {
        state = join(repository, run, state, &chosen, options, cancel).await?;
        row.sequence = Some(state.sequence);
    }
    (row.packs, row.bytes) = size(&state);
    prune(repository, &state, options, row).await?;
    Ok(true)
}

/// Number of live packs, and bytes with their indexes.
fn size(state: &State) -> (u64, u64) {
    (state.live.packs.len() as u64, PackRecord::bytes_of(&state.live.packs))
}

/// Joins the packs `chosen` into one; the state in which it stands for them.
async fn join(
    repository: &BareRepository,
    run: &RunId,
    mut state: State,
    chosen: &[ObjectId],
    options: &Options,
    cancel: &CancellationToken,
) -> Result<State, Error> {
    let spool = repository.storage().spool(&options.temporary)?;
    let joined = joined_pack(repository, &state, chosen, spool.path(), options, cancel).await?;
    if cancel.is_cancelled() {
        return Err(git::Error::Cancelled.into());
    }
    match state.is_superseded(&joined.record.id) {
        true => repository.store_pack_over(&joined, &options.temporary).await?,
        false => repository.store_pack(&joined, false).await?,
    }
    for _ in 0..TRIES {
        let is_live = |id: &ObjectId| state.live.packs.iter().any(|pack| pack.id == *id);
        if !chosen.iter().all(is_live) || state.is_damaged() {
            // Another run compacted or repaired meanwhile; what was stored here is part of nothing.
            return Err(vault::Error::Contended(repository.bare().to_owned()).into());
        }
        match repository.commit(Some(&state), &entry(run, &state, chosen, &joined.record)).await? {
            Commit::Done(state) => return Ok(repository.publish(*state, None).await?),
            // A backup was faster: the same on top of what that one wrote.
            Commit::Superseded => match repository.load(None).await? {
                Some(newer) => state = newer,
                None => break,
            },
        }
    }
    Err(vault::Error::Contended(repository.bare().to_owned()).into())
}

/// One pack with all objects of the packs `chosen`, each of which is compared with the log first.
async fn joined_pack(
    repository: &BareRepository,
    state: &State,
    chosen: &[ObjectId],
    spool: &std::path::Path,
    options: &Options,
    cancel: &CancellationToken,
) -> Result<SpooledPack, Error> {
    let mut files = Vec::new();
    for pack in state.live.packs.iter().filter(|pack| chosen.contains(&pack.id)) {
        if cancel.is_cancelled() {
            return Err(git::Error::Cancelled.into());
        }
        files.push(repository.check_pack_bytes(pack, spool).await?);
    }
    let packs = files.iter().map(|file| (file.pack.path().to_owned(), file.index.path().to_owned())).collect();
    let input = RepackInput { packs, ..RepackInput::default() };
    let nothing = || git::Error::BadPack("packs with objects became one without".into());
    let indexed = repack(input, spool, options.repack, cancel).await?.ok_or_else(nothing)?;
    Ok(SpooledPack::of(&indexed).await?)
}

/// An entry on top of `state` that says nothing but that `joined` stands for `chosen`.
fn entry(run: &RunId, state: &State, chosen: &[ObjectId], joined: &PackRecord) -> Entry {
    let mut live = state.live.clone();
    // Joining may make a pack that was there before, byte by byte.
    let replaced: Vec<ObjectId> = chosen.iter().filter(|id| **id != joined.id).copied().collect();
    let since = Timestamp::now();
    live.packs.retain(|pack| !chosen.contains(&pack.id) && pack.id != joined.id);
    live.packs.push(joined.clone());
    live.replaced.retain(|pack| pack.id != joined.id && !replaced.contains(&pack.id));
    live.replaced.extend(replaced.iter().map(|id| ReplacedPack { id: *id, by: joined.id, since }));
    live.given_up.retain(|id| *id != joined.id);
    Entry {
        packs: vec![joined.clone()],
        compaction: Some(Compaction { replaced }),
        checkpoint: Some(live),
        ..state.note(run)
    }
}
