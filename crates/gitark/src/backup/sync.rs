//! One bare repository, brought up to date.

use std::collections::BTreeSet;

use gix_hash::ObjectId;

use super::{
    Error, Reason,
    changes::{Changes, changes},
    fetch_new::fetch_new,
    job::{Job, Look},
    lfs, refetch,
    report::{Outcome, Work},
};
use crate::{
    git,
    monitor::count,
    vault::{
        self, Damage, key,
        log::{Entry, Repair},
        object_reader::ObjectReader,
        repository::{Commit, Tip},
        state::{self, State},
    },
};

/// How often a repository is started over because another run committed first, or upstream changed meanwhile.
const RESTARTS: usize = 8;

/// Brings one bare repository up to date. `tip` is what the vault says of it, if that was read a moment ago.
///
/// # Errors
/// Any [`Error`]; what was backed up before is as it was then.
pub(super) async fn sync(job: &Job<'_>, tip: Option<Tip>) -> Result<(Outcome, Work), Error> {
    let (mut last, mut tip) = (None, tip);
    for _ in 0..RESTARTS {
        match sync_once(job, tip.take()).await {
            Ok(Some(done)) => return Ok(done),
            Ok(None) => last = None,
            // A want that is gone since the listing: list again.
            Err(Error::Git(git::Error::Remote(text))) if text.contains("not our ref") => {
                last = Some(Error::Git(git::Error::Remote(text)));
            }
            Err(error) => return Err(error),
        }
    }
    Err(last.unwrap_or_else(|| vault::Error::Contended(job.repository.bare().to_owned()).into()))
}

/// `None`: another run was faster, start over.
async fn sync_once(job: &Job<'_>, tip: Option<Tip>) -> Result<Option<(Outcome, Work)>, Error> {
    let tip = match tip {
        Some(tip) => tip,
        None => job.repository.tip().await?,
    };
    if job.options.refetch && (tip.head.is_some() || !job.repository.sequences().await?.is_empty()) {
        return refetch::refetch(job, tip.head.as_ref()).await;
    }
    let mut state = if tip.is_current { None } else { job.repository.load(tip.head.as_ref()).await? };
    let look = job.look().await?;
    if let (true, Some(head)) = (tip.is_current, &tip.head) {
        job.check_identity(&head.repository)?;
        let is_same = head.refs_digest == look.digest && head.repository == job.identity && !head.partial;
        if is_same && (head.lfs_missing == 0 || !job.options.lfs) {
            return Ok(Some(unchanged(&look, head.sequence, head.damaged)));
        }
        state = job.repository.load_shown(head).await?;
        if state.as_ref().is_none_or(|state| state.sequence != head.sequence) {
            return Ok(None);
        }
    }
    let Some(state) = state else {
        return first(job, &look).await;
    };
    job.check_identity(&state.repository)?;
    if state.refs_digest == look.digest && state.repository == job.identity && !state.partial {
        // The log has it all; the views of a run that was stopped do not.
        let is_shown = tip.is_current;
        let state = if is_shown { state } else { job.repository.publish(state, None).await? };
        return missing_lfs(job, &look, state).await;
    }
    next(job, &look, state, tip.is_current).await
}

/// Nothing is new but perhaps LFS objects that were missing.
async fn missing_lfs(job: &Job<'_>, look: &Look, state: State) -> Result<Option<(Outcome, Work)>, Error> {
    let (outcome, mut work) = unchanged(look, state.sequence, state.is_damaged());
    if !job.options.lfs || state.live.lfs_missing.is_empty() {
        return Ok(Some((outcome, work)));
    }
    let change = lfs::bring(job, &look.discovery, &state.live, &BTreeSet::new(), &mut work).await?;
    let outcome = match work.lfs_reason {
        Some(Reason::DamagedVault) => Outcome::Damaged,
        _ if outcome == Outcome::Unchanged && !change.stored.is_empty() => Outcome::Changed,
        _ => outcome,
    };
    if change.is_empty() {
        return Ok(Some((outcome, work)));
    }
    let mut entry = job.entry(Some(&state), look);
    entry.lfs = change;
    if state.wants_checkpoint() {
        entry.checkpoint = Some(state::apply(state.live.clone(), &entry));
    }
    commit(job, Some(&state), true, &entry, Vec::new(), (outcome, work)).await
}

fn unchanged(look: &Look, sequence: u64, damaged: bool) -> (Outcome, Work) {
    let outcome = if damaged { Outcome::Damaged } else { Outcome::Unchanged };
    (outcome, Work { sequence: Some(sequence), ..work(look) })
}

/// What any backup after this look can tell.
fn work(look: &Look) -> Work {
    Work { refs: Some(look.upstream.refs.len() as u64), ..Work::default() }
}

/// The first backup: everything, and a checkpoint.
async fn first(job: &Job<'_>, look: &Look) -> Result<Option<(Outcome, Work)>, Error> {
    if let Some(most) = job.options.max_first_fetch_bytes.filter(|most| job.upstream_bytes > *most) {
        return Err(Error::TooLargeForWorker { bytes: job.upstream_bytes, most });
    }
    let spool = job.repository.storage().spool(&job.options.temporary)?;
    let fetched = fetch_new(job, &look.discovery, &look.upstream, None, spool.path()).await?;
    job.vault.mark(job.repository.bare(), &job.identity.id, job.options.refetch).await?;
    let mut entry = job.entry(None, look);
    let mut work = Work { changed_refs: look.upstream.refs.len() as u64, ..work(look) };
    let mut live = vault::log::Checkpoint { refs: look.upstream.refs.clone(), ..Default::default() };
    if let Some(pack) = &fetched.pack {
        job.repository.store_pack(pack, job.options.refetch).await?;
        entry.packs.push(pack.record.clone());
        live.packs.push(pack.record.clone());
    }
    entry.lfs = lfs::bring(job, &look.discovery, &live, &fetched.pointers, &mut work).await?;
    entry.lfs.apply(&mut live);
    entry.checkpoint = Some(live);
    let nearby = fetched.count(&mut work);
    commit(job, None, false, &entry, nearby, (Outcome::New, work)).await
}

/// A later backup: what is new, on top of what is there.
///
/// `is_shown` tells that the views are known to show `state`.
async fn next(job: &Job<'_>, look: &Look, state: State, is_shown: bool) -> Result<Option<(Outcome, Work)>, Error> {
    let mut work = work(look);
    let (before, now) = (state.live.refs.len() as u64, look.upstream.refs.len() as u64);
    if job.options.has_shrunk(before, now) {
        work.shrunk_from = Some(before);
        let text = format!("shrank from {before} to {}; the old tips are kept", count(now, "reference"));
        job.warn(&mut work, text);
    }
    let mut damage = find_damage(job, &state, &mut work).await?;
    let mut is_trusted = damage.is_empty() && !state.is_damaged();
    let spool = job.repository.storage().spool(&job.options.temporary)?;
    let mut fetched = None;
    if is_trusted {
        match fetch_new(job, &look.discovery, &look.upstream, Some(&state), spool.path()).await {
            Ok(done) => fetched = Some(done),
            Err(Error::Vault(vault::Error::Damaged(found))) if key::pack_id(&found.key).is_some() => {
                damage.extend(key::pack_id(&found.key).map(|id| (id, found)));
                is_trusted = false;
            }
            Err(error) => return Err(error),
        }
    }
    for (_, damage) in &damage {
        job.warn(&mut work, format!("damaged: {damage}; everything is fetched again"));
    }
    let fetched = match fetched {
        Some(fetched) => fetched,
        None => fetch_new(job, &look.discovery, &look.upstream, None, spool.path()).await?,
    };
    let mut entry = job.entry(Some(&state), look);
    let found = {
        let storage = job.repository.storage();
        let reader = ObjectReader::new(storage, job.repository.bare(), &state.live.packs, &fetched.commits);
        changes(&state, &look.upstream, entry.sequence, is_trusted.then_some(reader)).await?
    };
    found.count(&mut work);
    let Changes { changes, lost } = found;
    (entry.changes, entry.lost) = (changes, lost);
    let mut repair = Repair { damaged_packs: damage.iter().map(|(id, _)| *id).collect(), ..Repair::default() };
    repair.damaged_packs.dedup();
    if let Some(pack) = &fetched.pack {
        // A pack that is damaged in the vault may come again under the same name.
        let id = pack.record.id;
        let replaces = repair.damaged_packs.contains(&id) || state.live.damaged_packs.contains(&id);
        if state.is_superseded(&id) {
            // What is left of it may be damaged.
            job.repository.store_pack_over(pack, &job.options.temporary).await?;
        } else {
            job.repository.store_pack(pack, replaces).await?;
        }
        entry.packs.push(pack.record.clone());
        if replaces {
            repair.damaged_packs.retain(|damaged| *damaged != id);
            repair.repaired_packs.push(id);
        }
    }
    entry.repair = (repair != Repair::default()).then_some(repair);
    entry.lfs = lfs::bring(job, &look.discovery, &state.live, &fetched.pointers, &mut work).await?;
    if state.wants_checkpoint() {
        entry.checkpoint = Some(state::apply(state.live.clone(), &entry));
    }
    let nearby = fetched.count(&mut work);
    let is_damaged = !is_trusted || work.lfs_reason == Some(Reason::DamagedVault);
    let outcome = if is_damaged { Outcome::Damaged } else { Outcome::Changed };
    commit(job, Some(&state), is_shown, &entry, nearby, (outcome, work)).await
}

/// Missing and cut packs, by one listing. Flipped bytes are for `verify` to find, which leaves its findings in the log.
/// A `.keep` holds nothing but its presence, so it is put back here.
async fn find_damage(job: &Job<'_>, state: &State, work: &mut Work) -> Result<Vec<(ObjectId, Damage)>, Error> {
    let listing = job.repository.list_packs().await?;
    refetch::delete_given_up(job, state, &listing, work).await;
    let mut damaged = Vec::new();
    for (id, damage) in job.repository.missing_or_cut(&state.live.packs, &listing) {
        if damage.key.ends_with(".keep") {
            job.repository.store_keep(&id, true).await?;
            job.warn(work, format!("{damage}; it is put back"));
        } else if !state.live.damaged_packs.contains(&id) {
            damaged.push((id, damage));
        }
    }
    Ok(damaged)
}

/// Commits the entry and shows it to plain git; `None` when another run committed first.
async fn commit(
    job: &Job<'_>,
    before: Option<&State>,
    is_shown: bool,
    entry: &Entry,
    nearby: Vec<ObjectId>,
    (outcome, mut work): (Outcome, Work),
) -> Result<Option<(Outcome, Work)>, Error> {
    match job.repository.commit(before, entry).await? {
        Commit::Superseded => Ok(None),
        Commit::Done(state) => {
            if let Some(before) = before
                && job.repository.has_lost(before, &entry.packs).await?
            {
                return refetch::refetch(job, None).await;
            }
            work.sequence = Some(state.sequence);
            if !nearby.is_empty()
                && let Err(error) = job.repository.remember_nearby(&state, nearby).await
            {
                // What is not remembered is looked up.
                tracing::debug!("{}", crate::cause::chain(&error));
            }
            job.repository.publish(*state, before.filter(|_| is_shown)).await?;
            Ok(Some((outcome, work)))
        }
    }
}
