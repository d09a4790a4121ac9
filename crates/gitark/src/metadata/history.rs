//! When something was last there.

use jiff::Timestamp;

use super::{Error, Snapshot, Thing, thing};
use crate::{
    inspect,
    vault::{self, BareRepository, lookup::At},
};

/// Backups that are looked at: each costs a handful of reads.
const MOST: usize = 100;

/// The newest backup before `snapshot` that has `thing`, else the newest of all when that has it: the entry and the
/// server's clock. Only so many backups are looked at.
pub(super) async fn seen(
    repository: &BareRepository,
    snapshot: &Snapshot,
    thing: &Thing,
) -> Result<Option<(u64, Timestamp)>, Error> {
    let mut numbers = repository.sequences().await?;
    numbers.reverse();
    let newest = numbers.first().copied().filter(|newest| *newest > snapshot.entry());
    let older = numbers.into_iter().filter(|number| *number < snapshot.entry());
    // What is the same tree is not looked at twice.
    let mut last = snapshot.root;
    for number in older.take(MOST).chain(newest) {
        let before = match Snapshot::open(repository, At::Number(number)).await {
            Ok(before) => before,
            // Whether it matters is not decided here.
            Err(Error::Inspect(inspect::Error::Vault(vault::Error::Damaged(_)) | inspect::Error::Unborn { .. })) => {
                continue;
            }
            Err(error) => return Err(error),
        };
        if std::mem::replace(&mut last, before.root) != before.root
            && thing::find(&mut before.files(), thing).await?.is_some()
        {
            return Ok(Some((number, before.observed())));
        }
    }
    Ok(None)
}
