//! One bare repository, from one vault into another.

use std::collections::HashSet;

use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::{CopiedRepository, Error, Options, files};
use crate::vault::{
    self, BareRepository, Created, Vault, document,
    key::{self, Kind},
    lookup::Found,
    packs::{EXTENSIONS, KEEP},
    state::State,
};

/// How often the newest entry is looked at again because its packs were compacted away meanwhile.
const TRIES: usize = 3;

/// Copies what `to` lacks; false when `from` has no backup.
pub(super) async fn copy(
    target: &Vault,
    found: &Found,
    from: &BareRepository,
    to: &BareRepository,
    options: &Options,
    cancel: &CancellationToken,
    row: &mut CopiedRepository,
) -> Result<bool, Error> {
    let Some(mut state) = from.load(from.tip().await?.head.as_ref()).await? else {
        return Ok(false);
    };
    target.copy_claim(&found.claim, to.bare()).await?;
    for attempt in 1.. {
        match packs(from, to, &state, options, cancel, row).await {
            Err(Error::Vault(vault::Error::Damaged(_))) if attempt < TRIES => match from.load(None).await? {
                Some(newer) if newer.sequence > state.sequence => state = newer,
                _ => return packs(from, to, &state, options, cancel, row).await.map(|()| true),
            },
            copied => {
                copied?;
                break;
            }
        }
    }
    files::copy(from, to, &state, options, cancel, row).await?;
    state_objects(from, to, cancel).await?;
    log(from, to, state.sequence, cancel, row).await?;
    if let Some(state) = to.load(None).await? {
        row.sequence = Some(state.sequence);
        let shown = to.tip().await?;
        if !(shown.is_current && shown.head.is_some_and(|head| head.sequence == state.sequence)) {
            to.publish(state, None).await?;
        }
    }
    Ok(true)
}

/// Copies the live packs, then LFS objects.
async fn packs(
    from: &BareRepository,
    to: &BareRepository,
    state: &State,
    options: &Options,
    cancel: &CancellationToken,
    row: &mut CopiedRepository,
) -> Result<(), Error> {
    let there = to.list_packs().await?;
    for pack in &state.live.packs {
        let lengths = [KEEP.len() as u64, pack.pack_bytes, pack.index_bytes];
        let is_there = |(extension, length)| there.get(&key::pack_file(&pack.id, extension)) == Some(&length);
        if EXTENSIONS.into_iter().zip(lengths).all(is_there) {
            continue;
        }
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        if row.packs == 0 {
            must_be_older(from, to, state.sequence).await?;
        }
        let spool = to.storage().spool(&options.temporary)?;
        let spooled = from.copy_pack_out(pack, spool.path()).await?;
        to.store_pack(&spooled, false).await?;
        row.packs += 1;
        row.bytes = row.bytes.saturating_add(pack.bytes());
    }
    lfs_objects(from, to, state, options, cancel, row).await
}

/// Copies the LFS objects that the log names.
async fn lfs_objects(
    from: &BareRepository,
    to: &BareRepository,
    state: &State,
    options: &Options,
    cancel: &CancellationToken,
    row: &mut CopiedRepository,
) -> Result<(), Error> {
    let all = &state.live.lfs;
    if all.is_empty() {
        return Ok(());
    }
    let there = to.lfs_lengths(all.keys().copied()).await?;
    for (oid, size) in all.iter().filter(|(oid, size)| there.get(*oid) != Some(*size)) {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        if row.packs + row.lfs_objects == 0 {
            must_be_older(from, to, state.sequence).await?;
        }
        to.copy_lfs_from(from, oid, *size, &options.temporary).await?;
        row.lfs_objects += 1;
        row.bytes = row.bytes.saturating_add(*size);
    }
    Ok(())
}

/// Copies the state objects and lists of a `.meta.git`, which are named by their content.
async fn state_objects(from: &BareRepository, to: &BareRepository, cancel: &CancellationToken) -> Result<(), Error> {
    if from.kind() != Kind::Meta {
        return Ok(());
    }
    let there = to.storage().list(&key::state_objects(to.bare())).await?;
    let there: HashSet<&str> = there.iter().filter_map(|(key, _)| key.rsplit('/').next()).collect();
    for (key, _) in from.storage().list(&key::state_objects(from.bare())).await? {
        let name = key.rsplit('/').next().unwrap_or_default();
        if there.contains(name) {
            continue;
        }
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let bytes = read(from, &key).await?;
        let target = format!("{}/{name}", key::state_objects(to.bare()));
        to.storage().create(&target, bytes).await?;
    }
    Ok(())
}

/// Refuses a target with backups of its own before packs go there that it would never name.
async fn must_be_older(from: &BareRepository, to: &BareRepository, newest: u64) -> Result<(), Error> {
    let there = to.sequences().await?;
    let Some(common) = there.into_iter().rev().find(|number| *number <= newest) else { return Ok(()) };
    let key = key::log_entry(from.bare(), common);
    match (read(from, &key).await, read(to, &key).await) {
        (Ok(one), Ok(other)) if one != other => Err(Error::Diverged { key }),
        // What is damaged may be repaired by a later entry.
        _ => Ok(()),
    }
}

/// Copies the entries up to `newest`, oldest first and byte by byte.
async fn log(
    from: &BareRepository,
    to: &BareRepository,
    newest: u64,
    cancel: &CancellationToken,
    row: &mut CopiedRepository,
) -> Result<(), Error> {
    let there = to.sequences().await?;
    // The newest entry that both have names, by its digest, all that came before.
    let common = there.iter().rev().copied().find(|number| *number <= newest);
    let is_continuous = there.iter().zip(1..).all(|(found, expected)| *found == expected);
    let first = common.filter(|_| is_continuous).unwrap_or(1);
    for sequence in first..=newest {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let key = key::log_entry(from.bare(), sequence);
        let bytes = match read(from, &key).await {
            Err(vault::Error::Damaged(damage)) => {
                // A later entry may stand for what cannot be read.
                let unrepaired = from.salvage(None).await?.damaged;
                match unrepaired.iter().any(|(number, _)| *number == sequence) {
                    true => return Err(vault::Error::Damaged(damage).into()),
                    false => continue,
                }
            }
            read => read?,
        };
        match to.storage().create(&key, bytes.clone()).await? {
            Created::New => row.entries += u64::from(!there.contains(&sequence)),
            Created::Exists(_) => return Err(Error::Diverged { key }),
        }
    }
    Ok(())
}

async fn read(from: &BareRepository, key: &str) -> Result<Bytes, vault::Error> {
    let Some(bytes) = from.storage().read(key).await? else {
        return Err(vault::Error::damaged(key, "it is missing"));
    };
    document::check(key, &bytes)?;
    Ok(bytes)
}
