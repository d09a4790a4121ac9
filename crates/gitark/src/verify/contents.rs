//! Packs against the log, and objects against each other.

use std::collections::{BTreeSet, HashMap, HashSet};

use gix_hash::ObjectId;

use super::{Options, RepositoryVerdict};
use crate::{
    git::{
        self,
        closure::{Trust, closure},
        pack::PackLimits,
    },
    vault::{
        self, BareRepository, Damage, key, log::PackRecord, object_reader::ObjectReader, packs::KEEP, state::State,
    },
};

/// Checks the live packs; returns those that are damaged.
pub(super) async fn check(
    repository: &BareRepository,
    state: &State,
    options: &Options,
    limits: PackLimits,
    row: &mut RepositoryVerdict,
) -> Result<BTreeSet<ObjectId>, vault::Error> {
    let packs = &state.live.packs;
    row.packs = packs.len() as u64;
    let listing = repository.list_packs().await?;
    let mut damaged = BTreeSet::new();
    for (id, damage) in repository.missing_or_cut(packs, &listing) {
        damaged.insert(id);
        row.damage.push(damage);
    }
    for pack in packs {
        let keep = key::pack(repository.bare(), &pack.id, "keep");
        let found = repository.storage().read(&keep).await?;
        if found.is_some_and(|found| found.len() == KEEP.len() && found != KEEP.as_bytes()) {
            damaged.insert(pack.id);
            row.damage.push(Damage { key: keep, problem: "its content is not what gitark writes".into() });
        }
    }
    if options.full {
        full(repository, state, options, limits, &mut damaged, row).await?;
    }
    for id in state.live.damaged_packs.iter().filter(|id| !damaged.contains(*id)) {
        let key = key::pack(repository.bare(), id, "pack");
        row.damage.push(Damage { key, problem: "an earlier check found it damaged".into() });
    }
    Ok(damaged)
}

/// Reads and decodes every pack, and looks for what objects and references name.
async fn full(
    repository: &BareRepository,
    state: &State,
    options: &Options,
    limits: PackLimits,
    damaged: &mut BTreeSet<ObjectId>,
    row: &mut RepositoryVerdict,
) -> Result<(), vault::Error> {
    let mut needed: HashSet<ObjectId> = state.tips().map(|value| value.oid).collect();
    let mut whole: Vec<PackRecord> = Vec::new();
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
        let checked = tokio::task::spawn_blocking(move || {
            let bundle = git::pack::open(files.pack.path(), files.index.path())?;
            closure(&bundle, Trust::Nothing, false, limits)
        });
        match checked.await.unwrap_or_else(|panic| Err(git::Error::BadPack(panic.to_string()))) {
            Ok(found) => {
                needed.extend(found.missing);
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
