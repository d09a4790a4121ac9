//! Packs against the log, and objects against each other.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use gix_hash::ObjectId;
use tokio_util::sync::CancellationToken;

use super::{Options, RepositoryVerdict, lfs};
use crate::{
    git::{
        self,
        closure::{Trust, closure_of},
        lfs::Oid,
        pack::PackLimits,
    },
    monitor::count,
    vault::{
        self, BareRepository, Damage, key, log::PackRecord, object_reader::ObjectReader, packs::KEEP, state::State,
    },
};

/// Packs with something wrong.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Nothing may be built on these.
    pub(super) damaged: BTreeSet<ObjectId>,
    /// These lack only their `.keep`, which can be put back.
    pub(super) without_keep: Vec<ObjectId>,
    /// LFS objects that are damaged, with the bytes that they should have.
    pub(super) lfs: BTreeMap<Oid, u64>,
}

/// Checks the live packs.
pub(super) async fn check(
    repository: &BareRepository,
    state: &State,
    options: &Options,
    limits: PackLimits,
    cancel: &CancellationToken,
    row: &mut RepositoryVerdict,
) -> Result<Found, vault::Error> {
    let packs = &state.live.packs;
    row.packs = packs.len() as u64;
    let listing = repository.list_packs().await?;
    let mut damaged = BTreeSet::new();
    let mut without_keep = Vec::new();
    for (id, damage) in repository.missing_or_cut(packs, &listing) {
        // A .keep holds nothing but its presence.
        if damage.key.ends_with(".keep") {
            without_keep.push(id);
        } else {
            damaged.insert(id);
        }
        row.damage.push(damage);
    }
    for pack in packs {
        let keep = key::pack(repository.bare(), &pack.id, "keep");
        let found = repository.storage().read(&keep).await?;
        if found.is_some_and(|found| found.len() == KEEP.len() && found != KEEP.as_bytes()) {
            without_keep.push(pack.id);
            row.damage.push(Damage { key: keep, problem: "its content is not what gitark writes".into() });
        }
    }
    if options.full {
        full(repository, state, options, limits, cancel, &mut damaged, row).await?;
    }
    for id in state.live.given_up.iter().filter(|id| listing.contains_key(&key::pack_file(id, "pack"))) {
        row.notes.push(format!(
            "pack {id} was replaced by a repair and is still there; the next backup with news deletes it"
        ));
    }
    let waiting =
        state.live.replaced.iter().filter(|pack| listing.contains_key(&key::pack_file(&pack.id, "pack"))).count();
    if waiting > 0 {
        let packs = count(waiting as u64, "pack");
        row.notes.push(format!("{packs} that `gitark compact` replaced are still there; its next run deletes them"));
    }
    for id in state.live.damaged_packs.iter().filter(|id| !damaged.contains(*id)) {
        let key = key::pack(repository.bare(), id, "pack");
        row.damage.push(Damage { key, problem: "an earlier check found it damaged".into() });
    }
    let lfs = lfs::check(repository, state, options, cancel, row).await?;
    Ok(Found { damaged, without_keep, lfs })
}

/// Reads and decodes every pack, and looks for what objects and references name.
async fn full(
    repository: &BareRepository,
    state: &State,
    options: &Options,
    limits: PackLimits,
    cancel: &CancellationToken,
    damaged: &mut BTreeSet<ObjectId>,
    row: &mut RepositoryVerdict,
) -> Result<(), vault::Error> {
    let mut needed: HashSet<ObjectId> = state.tips().map(|value| value.oid).collect();
    let mut whole: Vec<PackRecord> = Vec::new();
    let mut unknown: BTreeSet<Oid> = BTreeSet::new();
    for pack in &state.live.packs {
        let files = match repository.check_pack_bytes(pack, &options.temporary).await {
            Ok(files) => files,
            Err(vault::Error::Damaged(damage)) => {
                damaged.insert(pack.id);
                if !row.damage.iter().any(|known| known.key == damage.key) {
                    row.damage.push(damage);
                }
                continue;
            }
            Err(error) => return Err(error),
        };
        let (pack_path, index_path) = (files.pack.path(), files.index.path());
        match closure_of(pack_path, index_path, Trust::Nothing, false, limits, cancel).await {
            Err(git::Error::Cancelled) => {
                row.unreachable = Some("the check was interrupted".into());
                return Ok(());
            }
            Ok((_, found)) => {
                needed.extend(found.missing);
                let live = &state.live;
                let is_known = |oid: &Oid| live.lfs.contains_key(oid) || live.lfs_missing.contains_key(oid);
                unknown.extend(found.pointers.iter().map(|pointer| pointer.oid).filter(|oid| !is_known(oid)));
                row.objects += pack.objects;
                whole.push(pack.clone());
            }
            Err(error) => {
                damaged.insert(pack.id);
                row.damage
                    .push(Damage { key: key::pack(repository.bare(), &pack.id, "pack"), problem: error.to_string() });
            }
        }
    }
    if !unknown.is_empty() {
        let pointers = count(unknown.len() as u64, "LFS object");
        row.notes.push(format!("{pointers} that older backups did not look for; --refetch asks for them"));
    }
    let no_commits = HashMap::new();
    let mut reader = ObjectReader::new(repository.storage(), repository.bare(), &whole, &no_commits);
    let missing = reader.missing(needed).await?;
    // What a damaged pack held is missing with it: that was told already.
    if let (Some(example), true) = (missing.iter().min(), whole.len() == state.live.packs.len()) {
        let problem = format!("{} objects are in no pack, {example} among them", missing.len());
        row.damage.push(Damage { key: repository.bare().to_owned(), problem });
    }
    Ok(())
}
