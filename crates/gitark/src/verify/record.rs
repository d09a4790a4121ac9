//! Noting damaged packs in the log: the next backup does not build on them.

use gix_hash::ObjectId;
use jiff::Timestamp;
use uuid::Uuid;

use super::RepositoryVerdict;
use crate::{
    cause,
    vault::{
        self, BareRepository, RunId,
        log::{Entry, Repair},
        repository::Commit,
        state::State,
    },
};

/// Adds an entry that names `damaged`. A vault that cannot be written gets a note in `row` instead.
pub(super) async fn record(
    repository: &BareRepository,
    run: &RunId,
    state: State,
    damaged: &[ObjectId],
    row: &mut RepositoryVerdict,
) {
    let entry = Entry {
        format: vault::FORMAT,
        sequence: state.sequence + 1,
        previous: Some(state.entry_sha256.clone()),
        write_id: Uuid::new_v4(),
        run_id: run.id.clone(),
        repository: state.repository.clone(),
        written: Timestamp::now(),
        observed: state.observed,
        partial: state.partial,
        head: state.head.clone(),
        refs_digest: state.refs_digest.clone(),
        changes: Vec::new(),
        lost: Vec::new(),
        parked: Vec::new(),
        packs: Vec::new(),
        repair: Some(Repair { damaged_packs: damaged.to_vec(), ..Repair::default() }),
        checkpoint: None,
    };
    let done = match repository.commit(Some(&state), &entry).await {
        Ok(Commit::Done(state)) => repository.publish(*state).await.map(drop),
        // A backup was faster; the next check notes it.
        Ok(Commit::Superseded) => Ok(()),
        Err(error) => Err(error),
    };
    row.notes.push(match done {
        Ok(()) => "the damage is noted in the log; backups do not build on it".into(),
        Err(error) => format!("the damage could not be noted in the log: {}", cause::chain(&error)),
    });
}
