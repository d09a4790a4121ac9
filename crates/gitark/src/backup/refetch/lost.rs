//! Old tips under repair: found wherever the vault still names them, and published only where they are whole.

use std::collections::{BTreeSet, HashMap, HashSet};

use gix_hash::ObjectId;

use super::packs::Packs;
use crate::{
    backup::{
        Error,
        job::{Job, Look},
        report::Work,
    },
    git::{
        closure::{Trust, closure_of},
        refs::{self, Head, RefValue, Refs},
    },
    vault::{log::PackRecord, object_reader::ObjectReader, repository::Salvage, views},
};

/// Old tips that upstream no longer names.
pub(super) struct Lost {
    pub(super) refs: Refs,
    /// Those that only the views still show.
    from_view: BTreeSet<String>,
}

/// Every old tip that the vault knows and upstream no longer names.
pub(super) async fn lost_refs(job: &Job<'_>, salvage: &Salvage, look: &Look) -> Result<Lost, Error> {
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
pub(super) async fn place_lost(
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
    let files = job.repository.check_pack_bytes(pack, &job.options.temporary).await?;
    let (pack, index) = (files.pack.path(), files.index.path());
    let (_, found) = closure_of(pack, index, Trust::JustIndexed, false, job.limits, job.cancel).await?;
    Ok(found.missing)
}

/// Which of `ids` are in none of `packs`.
async fn absent(job: &Job<'_>, packs: &[PackRecord], ids: HashSet<ObjectId>) -> Result<HashSet<ObjectId>, Error> {
    let no_commits = HashMap::new();
    let storage = job.repository.storage();
    let mut reader = ObjectReader::new(storage, job.repository.bare(), packs, &no_commits);
    Ok(reader.missing(ids).await?)
}
