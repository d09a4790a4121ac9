//! The packs of a repository under repair: told apart, made whole, replaced, deleted.

use std::collections::{BTreeMap, BTreeSet};

use gix_hash::ObjectId;

use crate::{
    backup::{Error, job::Job, report::Work},
    git::{
        self,
        closure::{Trust, closure_of},
        pack::IndexedPack,
    },
    vault::{
        self, key,
        log::PackRecord,
        packs::{EXTENSIONS, SpooledPack},
        repository::Salvage,
        state::State,
        storage::hash_file,
    },
};

/// The packs of a repository, told apart by reading every byte.
pub(super) struct Packs {
    pub(super) whole: Vec<PackRecord>,
    pub(super) damaged: Vec<PackRecord>,
    /// Those of `whole` that no readable entry names.
    pub(super) unnamed: BTreeSet<ObjectId>,
}

impl Packs {
    /// Puts a new pack in the place of one of the same name, damaged or whole.
    pub(super) fn replace(&mut self, new: &PackRecord) {
        self.damaged.retain(|known| known.id != new.id);
        self.whole.retain(|known| known.id != new.id);
        self.unnamed.remove(&new.id);
        self.whole.push(new.clone());
    }
}

/// Reads every pack that is live, or may have been by an entry that cannot be read.
pub(super) async fn examine_packs(job: &Job<'_>, salvage: &Salvage, work: &mut Work) -> Result<Packs, Error> {
    let listing = job.repository.list_packs().await?;
    let mut packs = Packs { whole: Vec::new(), damaged: Vec::new(), unnamed: BTreeSet::new() };
    let live: Vec<ObjectId> =
        salvage.state.iter().flat_map(|state| state.live.packs.iter().map(|pack| pack.id)).collect();
    let state = salvage.state.as_ref();
    let is_superseded = |id: &ObjectId| state.is_some_and(|state| state.is_superseded(id));
    let is_replaced =
        |id: &ObjectId| state.is_some_and(|state| state.live.replaced.iter().any(|replaced| replaced.id == *id));
    // What is not live was given up by a repair or replaced by `compact`, unless entries are missing that may have had
    // it. What `compact` replaced and did not delete yet is whole, and may have what is damaged now.
    let is_there =
        |id: &ObjectId| EXTENSIONS.iter().any(|extension| listing.contains_key(&key::pack_file(id, extension)));
    let may_be_live =
        |id: &ObjectId| live.contains(id) || !salvage.damaged.is_empty() && !is_superseded(id) && is_there(id);
    for known in salvage.ever.packs.iter().filter(|known| may_be_live(&known.id)) {
        examine(job, known, &mut packs, work).await?;
    }
    if !packs.damaged.is_empty() {
        for known in salvage.ever.packs.iter().filter(|known| is_replaced(&known.id) && is_there(&known.id)) {
            let damaged = packs.damaged.len();
            examine(job, known, &mut packs, work).await?;
            // Nothing needs it: it was replaced.
            packs.damaged.truncate(damaged);
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

/// Reads one pack and tells the whole from the damaged.
async fn examine(job: &Job<'_>, known: &PackRecord, packs: &mut Packs, work: &mut Work) -> Result<(), Error> {
    match job.repository.check_pack_bytes(known, &job.options.temporary).await {
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
    Ok(())
}

/// Makes a pack's index again, when the pack itself is as it was; the log proves that it is the same index.
async fn reindex(job: &Job<'_>, known: &PackRecord) -> Result<bool, Error> {
    let storage = job.repository.storage();
    let pack_key = key::pack(job.repository.bare(), &known.id, "pack");
    let pack = match storage.local_file(&pack_key, &job.options.temporary).await {
        Ok(pack) => pack,
        Err(vault::Error::Damaged(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    if hash_file(pack.path()).await?.0 != known.pack_sha256 {
        return Ok(false);
    }
    let spool = storage.spool(&job.options.temporary)?;
    let indexed = match git::pack::index_file(pack.path(), spool.path(), job.limits, job.cancel).await {
        Ok(Some(indexed)) => indexed,
        // Only what the pack itself is guilty of makes it useless.
        Ok(None) | Err(git::Error::BadPack(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let made = SpooledPack::of(&indexed).await?.record;
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
        let Some(id) = key::pack_id(name).filter(|id| *name == key::pack_file(id, "pack")) else { continue };
        if named.iter().any(|pack| pack.id == id) || !listing.contains_key(&key::pack_file(&id, "idx")) {
            continue;
        }
        let storage = job.repository.storage();
        let pack = storage.local_file(&key::pack(job.repository.bare(), &id, "pack"), &job.options.temporary).await?;
        let index = storage.local_file(&key::pack(job.repository.bare(), &id, "idx"), &job.options.temporary).await?;
        let checked = closure_of(pack.path(), index.path(), Trust::Nothing, false, job.limits, job.cancel).await;
        let bundle = match checked {
            Ok((bundle, _)) => Some(bundle),
            Err(git::Error::BadPack(_)) => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(bundle) = bundle {
            let objects = u64::from(bundle.index.num_objects());
            let (pack_path, index_path) = (pack.path().to_owned(), index.path().to_owned());
            found.push(SpooledPack::of(&IndexedPack { id, objects, pack_path, index_path }).await?.record);
        }
    }
    Ok(found)
}

/// Deletes what is left of packs that a repair replaced. What cannot be deleted is told, and tried again another time.
pub(in crate::backup) async fn delete_given_up(
    job: &Job<'_>,
    state: &State,
    listing: &BTreeMap<String, u64>,
    work: &mut Work,
) {
    let is_there =
        |id: &&ObjectId| EXTENSIONS.iter().any(|extension| listing.contains_key(&key::pack_file(id, extension)));
    let is_live = |id: &ObjectId| state.live.packs.iter().any(|pack| pack.id == *id);
    let left: Vec<ObjectId> = state.live.given_up.iter().filter(is_there).filter(|id| !is_live(id)).copied().collect();
    if let Err(error) = job.repository.delete_packs(state, &left).await {
        let text = format!("packs that a repair replaced could not be deleted: {}", crate::cause::chain(&error));
        job.warn(work, text);
    }
}
