//! `--refetch`: the repair. Everything is fetched again, next to what is there, and what is damaged is replaced.
//!
//! What can be read of the log and the packs is kept, so that lost references survive. A damaged pack is given up only
//! when nothing that is published needs it any more.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use gix_hash::ObjectId;

use super::{
    Error,
    changes::changes,
    fetch_new::{fetch_new, record},
    job::{Job, Look},
    report::{Outcome, Work},
};
use crate::{
    git::{
        self,
        closure::{Trust, closure_of},
        pack::IndexedPack,
        refs::{self, Head, RefValue, Refs},
    },
    vault::{
        self,
        head::HeadDocument,
        key,
        log::{Checkpoint, PackRecord, Repair},
        packs::{EXTENSIONS, SpooledPack},
        repository::{Commit, Salvage},
        state::State,
        storage::hash_file,
        views,
    },
};

/// Repairs one bare repository; `None` when another run committed first.
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
    let spool = job.repository.storage().spool(job.temporary)?;
    let fetched = fetch_new(job, &look.discovery, &look.upstream, None, spool.path()).await?;

    let mut packs = examine_packs(job, &salvage, &mut work).await?;
    job.vault.mark(job.repository.bare(), job.identity.id, true).await?;
    if let Some(pack) = &fetched.pack {
        store_over(job, pack).await?;
        packs.damaged.retain(|known| known.id != pack.record.id);
        packs.whole.retain(|known| known.id != pack.record.id);
        packs.whole.push(pack.record.clone());
    }
    let mut lost = lost_refs(job, &salvage, &look).await?;
    let needs_damaged = place_lost(job, &salvage, &mut packs, &mut lost, &mut work).await?;
    let lost = lost.refs;

    let mut entry = job.entry(salvage.state.as_ref(), &look);
    entry.sequence = salvage.newest + 1;
    entry.previous = salvage.newest_sha256.clone();
    entry.observed = salvage.observed.map_or(entry.observed, |observed| entry.observed.max(observed));
    if let Some(state) = &salvage.state {
        let found = changes(state, &look.upstream, entry.sequence, None).await?;
        found.count(&mut work);
        entry.changes = found.changes;
    }
    entry.lost = lost
        .iter()
        .filter(|(name, _)| !salvage.state.as_ref().is_some_and(|state| state.live.lost.contains_key(*name)))
        .map(|(name, value)| vault::log::NamedRef { name: name.clone(), value: *value })
        .collect();
    entry.packs = fetched.pack.iter().map(|pack| pack.record.clone()).collect();
    let damaged_before = salvage.state.as_ref().map(|state| state.live.damaged_packs.clone()).unwrap_or_default();
    let given_up: Vec<ObjectId> =
        if needs_damaged { Vec::new() } else { packs.damaged.iter().map(|pack| pack.id).collect() };
    let still_damaged: Vec<ObjectId> =
        if needs_damaged { packs.damaged.iter().map(|pack| pack.id).collect() } else { Vec::new() };
    let repaired = damaged_before.iter().chain(&given_up).filter(|id| !still_damaged.contains(id));
    entry.repair = Some(Repair {
        damaged_packs: still_damaged.clone(),
        damaged_entries: salvage.damaged.iter().map(|(sequence, _)| *sequence).collect(),
        repaired_packs: repaired.copied().collect::<BTreeSet<_>>().into_iter().collect(),
    });
    let given_up_before = salvage.state.iter().flat_map(|state| &state.live.given_up).copied();
    let mut all_given_up: Vec<ObjectId> = given_up_before.chain(given_up.iter().copied()).collect();
    all_given_up.retain(|id| !packs.whole.iter().any(|pack| pack.id == *id));
    let mut live_packs = packs.whole;
    if needs_damaged {
        live_packs.splice(0..0, packs.damaged);
    }
    entry.checkpoint = Some(Checkpoint {
        refs: look.upstream.refs.clone(),
        lost,
        packs: live_packs,
        damaged_packs: still_damaged.clone(),
        given_up: all_given_up,
    });
    fetched.count(&mut work);

    if job.cancel.is_cancelled() {
        return Err(git::Error::Cancelled.into());
    }
    let Commit::Done(state) = job.repository.commit(salvage.state.as_ref(), &entry).await? else {
        return Ok(None);
    };
    work.sequence = Some(state.sequence);
    job.repository.mend_config().await?;
    let state = job.repository.publish(*state).await?;
    // Read again: another repair may have stored a pack of the same name meanwhile.
    delete_given_up(job, &state, &job.repository.list_packs().await?, &mut work).await;
    let outcome = if still_damaged.is_empty() { Outcome::Changed } else { Outcome::Damaged };
    Ok(Some((outcome, work)))
}

/// Deletes what is left of packs that a repair replaced. What cannot be deleted is told, and tried again another time.
pub(super) async fn delete_given_up(job: &Job<'_>, state: &State, listing: &BTreeMap<String, u64>, work: &mut Work) {
    let is_there =
        |id: &&ObjectId| EXTENSIONS.iter().any(|extension| listing.contains_key(&key::pack_file(id, extension)));
    let is_live = |id: &ObjectId| state.live.packs.iter().any(|pack| pack.id == *id);
    let left: Vec<ObjectId> = state.live.given_up.iter().filter(is_there).filter(|id| !is_live(id)).copied().collect();
    if let Err(error) = job.repository.delete_packs(&left).await {
        let text = format!("packs that a repair replaced could not be deleted: {}", crate::cause::chain(&error));
        job.warn(work, text);
    }
}

/// The packs of a repository, told apart by reading every byte.
struct Packs {
    whole: Vec<PackRecord>,
    damaged: Vec<PackRecord>,
    /// Those of `whole` that no readable entry names.
    unnamed: BTreeSet<ObjectId>,
}

/// Old tips that upstream no longer names.
struct Lost {
    refs: Refs,
    /// Those that only the views still show.
    from_view: BTreeSet<String>,
}

async fn examine_packs(job: &Job<'_>, salvage: &Salvage, work: &mut Work) -> Result<Packs, Error> {
    let listing = job.repository.list_packs().await?;
    let mut packs = Packs { whole: Vec::new(), damaged: Vec::new(), unnamed: BTreeSet::new() };
    let live: Vec<ObjectId> =
        salvage.state.iter().flat_map(|state| state.live.packs.iter().map(|pack| pack.id)).collect();
    let given_up: Vec<ObjectId> = salvage.state.iter().flat_map(|state| state.live.given_up.clone()).collect();
    for known in &salvage.ever.packs {
        // What is not live was dropped or given up by a repair, unless entries are missing that may have had it.
        let is_there = EXTENSIONS.iter().any(|extension| listing.contains_key(&key::pack_file(&known.id, extension)));
        if !live.contains(&known.id) && (salvage.damaged.is_empty() || given_up.contains(&known.id) || !is_there) {
            continue;
        }
        match job.repository.check_pack_bytes(known, job.temporary).await {
            Ok(_) => {
                packs.whole.push(known.clone());
                job.repository.store_keep(&known.id, true).await?;
            }
            Err(vault::Error::Damaged(damage)) if damage.key.ends_with(".idx") && reindex(job, known).await? => {
                job.warn(work, format!("damaged: {damage}; it is made again from its pack"));
                packs.whole.push(known.clone());
                job.repository.store_keep(&known.id, true).await?;
            }
            Err(vault::Error::Damaged(damage)) => {
                job.warn(work, format!("damaged: {damage}"));
                packs.damaged.push(known.clone());
            }
            Err(error) => return Err(error.into()),
        }
    }
    // A damaged log entry may have been the only one to name a pack.
    if !salvage.damaged.is_empty() {
        for record in unnamed_packs(job, &listing, &salvage.ever.packs).await? {
            packs.unnamed.insert(record.id);
            packs.whole.push(record);
        }
    }
    Ok(packs)
}

/// Makes a pack's index again, when the pack itself is as it was; the log proves that it is the same index.
async fn reindex(job: &Job<'_>, known: &PackRecord) -> Result<bool, Error> {
    let storage = job.repository.storage();
    let pack_key = key::pack(job.repository.bare(), &known.id, "pack");
    let pack = match storage.local_file(&pack_key, job.temporary).await {
        Ok(pack) => pack,
        Err(vault::Error::Damaged(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    if hash_file(pack.path()).await?.0 != known.pack_sha256 {
        return Ok(false);
    }
    let spool = storage.spool(job.temporary)?;
    let indexed = match git::pack::index_file(pack.path(), spool.path(), job.limits, job.cancel).await {
        Ok(Some(indexed)) => indexed,
        // Only what the pack itself is guilty of makes it useless.
        Ok(None) | Err(git::Error::BadPack(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let made = record(&indexed).await?;
    if made.index_sha256 != known.index_sha256 {
        return Ok(false);
    }
    let index_key = key::pack(job.repository.bare(), &known.id, "idx");
    storage.store_file(&index_key, &indexed.index_path, known.index_bytes, true).await?;
    Ok(true)
}

/// Packs that lie in the vault, are whole, and that no readable entry names.
async fn unnamed_packs(
    job: &Job<'_>,
    listing: &BTreeMap<String, u64>,
    named: &[PackRecord],
) -> Result<Vec<PackRecord>, Error> {
    let mut found = Vec::new();
    for name in listing.keys() {
        let id = name.strip_prefix("pack-").and_then(|rest| rest.strip_suffix(".pack"));
        let Some(id) = id.and_then(|id| ObjectId::from_hex(id.as_bytes()).ok()) else { continue };
        if named.iter().any(|pack| pack.id == id) || !listing.contains_key(&format!("pack-{id}.idx")) {
            continue;
        }
        let storage = job.repository.storage();
        let pack = storage.local_file(&key::pack(job.repository.bare(), &id, "pack"), job.temporary).await?;
        let index = storage.local_file(&key::pack(job.repository.bare(), &id, "idx"), job.temporary).await?;
        let checked = closure_of(pack.path(), index.path(), Trust::Nothing, false, job.limits, job.cancel).await;
        let bundle = match checked {
            Ok((bundle, _)) => Some(bundle),
            Err(git::Error::BadPack(_)) => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(bundle) = bundle {
            let objects = u64::from(bundle.index.num_objects());
            let (pack_path, index_path) = (pack.path().to_owned(), index.path().to_owned());
            found.push(record(&IndexedPack { id, objects, pack_path, index_path }).await?);
        }
    }
    Ok(found)
}

/// Stores the new pack; files of the same name that differ are damaged and are replaced.
async fn store_over(job: &Job<'_>, pack: &SpooledPack) -> Result<(), Error> {
    let is_whole = job.repository.check_pack_bytes(&pack.record, job.temporary).await;
    let replace = match is_whole {
        Ok(_) => false,
        Err(vault::Error::Damaged(_)) => true,
        Err(error) => return Err(error.into()),
    };
    job.repository.store_pack(pack, replace).await?;
    Ok(())
}

/// Every old tip that the vault knows and upstream no longer names.
async fn lost_refs(job: &Job<'_>, salvage: &Salvage, look: &Look) -> Result<Lost, Error> {
    let sequence = salvage.newest + 1;
    let mut lost = salvage.ever.lost.clone();
    let mut from_view = BTreeSet::new();
    let is_gone = |name: &str, value: &RefValue| look.upstream.refs.get(name) != Some(value) && refs::is_valid(name);
    for (name, value) in salvage.state.iter().flat_map(|state| &state.live.refs) {
        if is_gone(name, value) {
            lost.insert(refs::lost_name(&sequence.to_string(), name), *value);
        }
    }
    if let Some(Head::Detached(oid)) = salvage.state.as_ref().map(|state| &state.head)
        && !look.upstream.tips().contains(oid)
    {
        lost.insert(refs::lost_head_name(sequence), RefValue { oid: *oid, peeled: None });
    }
    // The view may show what a damaged entry said. Its names are kept apart: they may be files where the state has
    // directories, and other values of the same names.
    if !salvage.damaged.is_empty()
        && let Some(view) = job.repository.storage().read(&format!("{}/packed-refs", job.repository.bare())).await?
    {
        for (name, value) in views::parse_packed_refs(&String::from_utf8_lossy(&view)) {
            if lost.values().any(|known| *known == value) {
                continue;
            }
            let kept_as = if name.starts_with(refs::LOST) && !lost.contains_key(&name) {
                name
            } else if is_gone(&name, &value) {
                refs::lost_name(&format!("{sequence}-view"), &name)
            } else {
                continue;
            };
            from_view.insert(kept_as.clone());
            lost.insert(kept_as, value);
        }
    }
    Ok(Lost { refs: lost, from_view })
}

/// Leaves those lost references that can be published; true when damaged packs are still needed for some of them.
async fn place_lost(
    job: &Job<'_>,
    salvage: &Salvage,
    packs: &mut Packs,
    lost: &mut Lost,
    work: &mut Work,
) -> Result<bool, Error> {
    loop {
        let mut needed: HashSet<ObjectId> = lost.refs.values().map(|value| value.oid).collect();
        // With a whole log and whole packs, every tip rests on what was proven when it came.
        if !packs.damaged.is_empty() || !salvage.damaged.is_empty() {
            for pack in &packs.whole {
                needed.extend(links_out_of(job, pack).await?);
            }
        }
        let absent = absent(job, &packs.whole, needed).await?;
        let Some(example) = absent.iter().min() else {
            return Ok(false);
        };
        if !packs.damaged.is_empty() {
            let text = format!(
                "{} objects of old history are only in damaged packs ({example} among them); upstream no longer has \
                 them. Copy the packs from another copy of the vault over the damaged ones and repeat",
                absent.len()
            );
            job.warn(work, text);
            return Ok(true);
        }
        if packs.unnamed.is_empty() && lost.from_view.is_empty() {
            // A pack whose objects lead to what is nowhere cannot be published, and neither can tips that rest on it.
            // Its file stays where it is.
            let mut kept = Vec::new();
            for pack in std::mem::take(&mut packs.whole) {
                if links_out_of(job, &pack).await?.is_disjoint(&absent) {
                    kept.push(pack);
                } else {
                    job.warn(work, format!("pack {} builds on history that is gone; it is no longer used", pack.id));
                }
            }
            packs.whole = kept;
            for (name, value) in lost.refs.extract_if(.., |_, value| absent.contains(&value.oid)) {
                job.warn(work, format!("{name} ({}) is lost for good: no pack in the vault holds it", value.oid));
            }
            continue;
        }
        // What only damaged entries named cannot be proven whole: it is neither published nor built upon.
        for name in std::mem::take(&mut lost.from_view) {
            job.warn(work, format!("{name} is not kept: its history is not whole in the vault"));
            lost.refs.remove(&name);
        }
        let unnamed = std::mem::take(&mut packs.unnamed);
        packs.whole.retain(|pack| !unnamed.contains(&pack.id));
    }
}

/// Objects that a whole pack's objects name and the pack does not hold.
async fn links_out_of(job: &Job<'_>, pack: &PackRecord) -> Result<HashSet<ObjectId>, Error> {
    let files = job.repository.check_pack_bytes(pack, job.temporary).await?;
    let (pack, index) = (files.pack.path(), files.index.path());
    let (_, found) = closure_of(pack, index, Trust::JustIndexed, false, job.limits, job.cancel).await?;
    Ok(found.missing)
}

async fn absent(job: &Job<'_>, packs: &[PackRecord], ids: HashSet<ObjectId>) -> Result<HashSet<ObjectId>, Error> {
    let no_commits = std::collections::HashMap::new();
    let storage = job.repository.storage();
    let mut reader = vault::object_reader::ObjectReader::new(storage, job.repository.bare(), packs, &no_commits);
    Ok(reader.missing(ids).await?)
}
