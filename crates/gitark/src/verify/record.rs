//! Noting damaged packs in the log, so that no backup builds on them, and mending views, which are made from the log.

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
        run_record,
        state::State,
    },
};

/// Writes the views anew, after an entry that names `damaged` if there are any. A vault that cannot be written gets a
/// note in `row` instead.
pub(super) async fn record(
    repository: &BareRepository,
    run: &RunId,
    state: State,
    damaged: &[ObjectId],
    row: &mut RepositoryVerdict,
) {
    let done = try_record(repository, run, state, damaged).await;
    row.notes.push(match done {
        Ok(()) if damaged.is_empty() => "what plain git reads is written anew from the log".into(),
        Ok(()) => "the damage is noted in the log; backups do not build on it".into(),
        Err(error) => format!("the vault could not be written to note or mend it: {}", cause::chain(&error)),
    });
}

async fn try_record(
    repository: &BareRepository,
    run: &RunId,
    state: State,
    damaged: &[ObjectId],
) -> Result<(), vault::Error> {
    // Like every run that writes, this one proves the store first.
    run_record::probe_create_only(repository.storage(), run).await?;
    if damaged.is_empty() {
        repository.mend_config().await?;
        return repository.publish(state).await.map(drop);
    }
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
    match repository.commit(Some(&state), &entry).await? {
        Commit::Done(state) => repository.publish(*state).await.map(drop),
        // A backup was faster; the next check notes it.
        Commit::Superseded => Ok(()),
    }
}
