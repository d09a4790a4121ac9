//! The content of Git LFS pointers against the log.

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use super::{Options, RepositoryVerdict};
use crate::{
    git::lfs::{Absence, Oid},
    monitor::count,
    vault::{self, BareRepository, Damage, state::State},
};

/// Checks presence and lengths of the objects that the log names, with `full` every byte. Those that are damaged, with
/// the bytes that they should have.
pub(super) async fn check(
    repository: &BareRepository,
    state: &State,
    options: &Options,
    cancel: &CancellationToken,
    row: &mut RepositoryVerdict,
) -> Result<BTreeMap<Oid, u64>, vault::Error> {
    let live = &state.live;
    let mut damaged = BTreeMap::new();
    if !live.lfs.is_empty() {
        damaged = repository.damaged_lfs(live).await?;
    }
    row.lfs_objects = live.lfs.len() as u64;
    for (oid, size) in live.lfs.iter().filter(|_| options.full) {
        if cancel.is_cancelled() {
            row.unreachable = Some("the check was interrupted".into());
            break;
        }
        if damaged.contains_key(oid) {
            continue;
        }
        match repository.check_lfs_object(oid, *size).await {
            Ok(()) => {}
            Err(vault::Error::Damaged(damage)) => drop(damaged.insert(*oid, damage)),
            Err(error) => return Err(error),
        }
    }
    row.damage.extend(damaged.values().cloned());
    let mut missing: BTreeMap<Absence, u64> = BTreeMap::new();
    for (oid, object) in &live.lfs_missing {
        match object.reason {
            Absence::Damaged => {
                let problem = "an earlier check found it damaged; the next backup asks for it again".to_owned();
                row.damage.push(Damage { key: repository.lfs_key(oid), problem });
            }
            reason => *missing.entry(reason).or_default() += 1,
        }
    }
    for (reason, number) in missing {
        let is = if number == 1 { "is" } else { "are" };
        row.notes.push(format!("{} {is} not stored: {}", count(number, "LFS object"), reason.words()));
    }
    Ok(damaged.keys().filter_map(|oid| Some((*oid, *live.lfs.get(oid)?))).collect())
}
