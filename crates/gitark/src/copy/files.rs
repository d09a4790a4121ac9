//! Release assets and attachments, before the log that names them.

use tokio_util::sync::CancellationToken;

use super::{CopiedRepository, Error, Options};
use crate::{
    inspect,
    vault::{self, BareRepository, files::FileContent, key::Kind, state::State},
};

/// Copies the files that the version of `state` names and `to` lacks.
pub(super) async fn copy(
    from: &BareRepository,
    to: &BareRepository,
    state: &State,
    options: &Options,
    cancel: &CancellationToken,
    row: &mut CopiedRepository,
) -> Result<(), Error> {
    if from.kind() != Kind::Meta {
        return Ok(());
    }
    let (records, odd) = match inspect::file_records(from, state).await {
        Ok(found) => found,
        Err(inspect::Error::Vault(error)) => return Err(error.into()),
        Err(error) => return Err(vault::Error::damaged(from.bare(), crate::cause::chain(&error)).into()),
    };
    if let Some(damage) = odd.into_iter().next() {
        return Err(vault::Error::Damaged(damage).into());
    }
    for record in records.values() {
        let FileContent::Stored(stored) = &record.content else { continue };
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        if to.copy_file_from(from, stored, &options.temporary).await? {
            row.files += 1;
            row.bytes = row.bytes.saturating_add(stored.size);
        }
    }
    Ok(())
}
