//! `--refetch`: the repair. Everything is fetched again, next to what is there, and what is damaged is replaced.
//!
//! What can be read of the log and the packs is kept, so that lost references survive. A damaged pack is given up only
//! when nothing that is published needs it any more.

mod lost;
mod packs;

use std::collections::BTreeSet;

use gix_hash::ObjectId;
pub(super) use packs::delete_given_up;

use self::{
    lost::{Lost, lost_refs, place_lost},
    packs::{Packs, examine_packs},
};
use super::{
    Error, Reason,
    changes::changes,
    fetch_new::fetch_new,
    job::{Job, Look},
    lfs,
    report::{Outcome, Work},
};
use crate::{
    git,
    vault::{
        head::HeadDocument,
        log::{Checkpoint, Entry, NamedRef, Repair},
        repository::{Commit, Salvage},
    },
};

/// Repairs one bare repository; `None` when another run committed first, or deleted what came again: start over.
pub(super) async fn refetch(job: &Job<'_>, head: Option<&HeadDocument>) -> Result<Option<(Outcome, Work)>, Error> {
    let mut work = Work::default();
    let salvage = job.repository.salvage(head).await?;
    for (_, damage) in &salvage.damaged {
        job.warn(&mut work, format!("damaged: {damage}"));
    }
    let known = salvage.state.as_ref().map(|state| &state.repository).or(head.map(|head| &head.repository));
    if let Some(known) = known {
        job.check_identity(known)?;
    }
    let look = job.look().await?;
    let spool = job.repository.storage().spool(&job.options.temporary)?;
    let fetched = fetch_new(job, &look.discovery, &look.upstream, None, spool.path()).await?;

    let mut packs = examine_packs(job, &salvage, &mut work).await?;
    job.vault.mark(job.repository.bare(), &job.identity.id, true).await?;
    if let Some(pack) = &fetched.pack {
        job.repository.store_pack_over(pack, &job.options.temporary).await?;
        packs.replace(&pack.record);
    }
    let (known_lfs, lfs_change) =
        lfs::bring_again(job, &look.discovery, &salvage, &fetched.pointers, &mut work).await?;
    let mut lost = lost_refs(job, &salvage, &look).await?;
    let needs_damaged = place_lost(job, &salvage, &mut packs, &mut lost, &mut work).await?;

    let mut entry = entry(job, &salvage, &look, packs, lost, needs_damaged);
    if let Some(live) = &mut entry.checkpoint {
        (live.lfs, live.lfs_missing) = (known_lfs.lfs, known_lfs.lfs_missing);
    }
    entry.lfs = lfs_change;
    if let Some(state) = &salvage.state {
        let found = changes(state, &look.upstream, entry.sequence, None).await?;
        found.count(&mut work);
        entry.changes = found.changes;
    }
    work.lost_refs = entry.lost.len() as u64;
    entry.packs = fetched.pack.iter().map(|pack| pack.record.clone()).collect();
    fetched.count(&mut work);

    if job.cancel.is_cancelled() {
        return Err(git::Error::Cancelled.into());
    }
    let Commit::Done(state) = job.repository.commit(salvage.state.as_ref(), &entry).await? else {
        return Ok(None);
    };
    if let Some(before) = &salvage.state
        && job.repository.has_lost(before, &entry.packs).await?
    {
        return Ok(None);
    }
    work.sequence = Some(state.sequence);
    job.repository.mend_config().await?;
    let state = job.repository.publish(*state, None).await?;
    // By what is newest now: another repair may have stored a pack of the same name meanwhile.
    delete_given_up(job, &state, &job.repository.list_packs().await?, &mut work).await;
    let is_damaged = state.is_damaged() || work.lfs_reason == Some(Reason::DamagedVault);
    let outcome = if is_damaged { Outcome::Damaged } else { Outcome::Changed };
    Ok(Some((outcome, work)))
}

/// The entry of the repair: a checkpoint of all that is whole. Damaged packs stay in it only where they are needed.
fn entry(job: &Job<'_>, salvage: &Salvage, look: &Look, packs: Packs, lost: Lost, needs_damaged: bool) -> Entry {
    let before = salvage.state.as_ref().map(|state| state.live.clone()).unwrap_or_default();
    let ids: Vec<ObjectId> = packs.damaged.iter().map(|pack| pack.id).collect();
    let (damaged_packs, replaced) = if needs_damaged { (ids, Vec::new()) } else { (Vec::new(), ids) };
    let repaired: BTreeSet<ObjectId> =
        before.damaged_packs.iter().chain(&replaced).filter(|id| !damaged_packs.contains(id)).copied().collect();
    let mut given_up = [before.given_up, replaced].concat();
    given_up.retain(|id| !packs.whole.iter().any(|pack| pack.id == *id));
    let mut live = packs.whole;
    if needs_damaged {
        live.splice(0..0, packs.damaged);
    }
    let new_lost = lost.refs.iter().filter(|(name, _)| !before.lost.contains_key(*name));
    let mut entry = job.entry(salvage.state.as_ref(), look);
    entry.sequence = salvage.newest + 1;
    entry.previous = salvage.newest_sha256.clone();
    entry.observed = salvage.observed.map_or(entry.observed, |observed| entry.observed.max(observed));
    entry.lost = new_lost.map(|(name, value)| NamedRef { name: name.clone(), value: *value }).collect();
    entry.repair = Some(Repair {
        damaged_packs: damaged_packs.clone(),
        damaged_entries: salvage.damaged.iter().map(|(sequence, _)| *sequence).collect(),
        repaired_packs: repaired.into_iter().collect(),
    });
    let mut replaced = before.replaced;
    replaced.retain(|replaced| !live.iter().any(|pack| pack.id == replaced.id));
    let refs = look.upstream.refs.clone();
    entry.checkpoint = Some(Checkpoint {
        refs,
        lost: lost.refs,
        packs: live,
        damaged_packs,
        given_up,
        replaced,
        ..Checkpoint::default()
    });
    entry
}
