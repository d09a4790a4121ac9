//! Noting damaged packs in the log, so that no backup builds on them, and mending views, which are made from the log.

use std::collections::BTreeMap;

use gix_hash::ObjectId;

use crate::{
    cause,
    git::lfs::{Absence, Oid},
    vault::{
        self, BareRepository, RunId,
        lfs::{LfsChange, MissingLfs},
        log::{Entry, Repair},
        repository::Commit,
        run_record,
        state::State,
    },
};

/// What is to be noted.
#[derive(Clone, Copy)]
pub(super) struct Damaged<'a> {
    pub(super) packs: &'a [ObjectId],
    /// With the bytes that they should have.
    pub(super) lfs: &'a BTreeMap<Oid, u64>,
}

/// How often the note is tried on top of what other runs commit meanwhile.
const TRIES: usize = 5;

/// Puts `.keep` files back and writes the views anew, after an entry that names `damaged` if there are any. What was
/// done, or why it could not be, in words.
pub(super) async fn record(
    repository: &BareRepository,
    run: &RunId,
    state: State,
    damaged: Damaged<'_>,
    without_keep: &[ObjectId],
) -> Result<String, String> {
    match try_record(repository, run, state, damaged, without_keep).await {
        Ok(()) if damaged.packs.is_empty() && !damaged.lfs.is_empty() => {
            Ok("the damage is noted in the log; the next backup asks for the LFS objects again".into())
        }
        Ok(()) if damaged.packs.is_empty() => Ok("what can be made from the log is written anew".into()),
        Ok(()) => Ok("the damage is noted in the log; backups do not build on it".into()),
        Err(error) => Err(format!("the vault could not be written to note or mend it: {}", cause::chain(&error))),
    }
}

async fn try_record(
    repository: &BareRepository,
    run: &RunId,
    mut state: State,
    damaged: Damaged<'_>,
    without_keep: &[ObjectId],
) -> Result<(), vault::Error> {
    // Like every run that writes, this one proves the store first.
    run_record::probe_create_only(repository.storage(), run).await?;
    for id in without_keep {
        repository.store_keep(id, true).await?;
    }
    repository.mend_config().await?;
    for _ in 0..TRIES {
        let is_live = |id: &&ObjectId| state.live.packs.iter().any(|pack| pack.id == **id);
        let is_noted = |id: &&ObjectId| state.live.damaged_packs.contains(id);
        let new: Vec<ObjectId> = damaged.packs.iter().filter(is_live).filter(|id| !is_noted(id)).copied().collect();
        let lfs = damaged.lfs.iter().filter(|(oid, _)| state.live.lfs.contains_key(*oid));
        let missing = |size: &u64| MissingLfs { size: *size, reason: Absence::Damaged };
        let lfs = LfsChange { missing: lfs.map(|(oid, size)| (*oid, missing(size))).collect(), ..LfsChange::default() };
        if new.is_empty() && lfs.is_empty() {
            return repository.publish(state, None).await.map(drop);
        }
        let repair = Repair { damaged_packs: new, ..Repair::default() };
        let repair = (repair != Repair::default()).then_some(repair);
        let note = Entry { repair, lfs, ..state.note(run) };
        match repository.commit(Some(&state), &note).await? {
            Commit::Done(state) => return repository.publish(*state, None).await.map(drop),
            // A backup was faster: note it on top of what that one wrote.
            Commit::Superseded => match repository.load(None).await? {
                Some(newer) => state = newer,
                None => break,
            },
        }
    }
    Err(vault::Error::Contended(repository.bare().to_owned()))
}
