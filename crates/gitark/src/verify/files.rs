//! Release assets and attachments against what `.meta.git` says of them.

use tokio_util::sync::CancellationToken;

use super::RepositoryVerdict;
use crate::{
    cause, inspect,
    vault::{self, BareRepository, files::FileContent, key::Kind, state::State},
};

/// Checks every file that the newest version names: that it is there in full length, or with `full` all its bytes.
pub(super) async fn check(
    repository: &BareRepository,
    state: &State,
    full: bool,
    cancel: &CancellationToken,
    row: &mut RepositoryVerdict,
) -> Result<(), vault::Error> {
    if repository.kind() != Kind::Meta {
        return Ok(());
    }
    let (records, odd) = match inspect::file_records(repository, state).await {
        Ok(found) => found,
        Err(inspect::Error::Vault(vault::Error::Damaged(damage))) => {
            if !row.damage.contains(&damage) {
                row.damage.push(damage);
            }
            row.notes.push("release assets and attachments are not checked".into());
            return Ok(());
        }
        Err(inspect::Error::Vault(error)) => return Err(error),
        Err(error) => {
            row.notes.push(format!("release assets and attachments are not checked: {}", cause::chain(&error)));
            return Ok(());
        }
    };
    row.damage.extend(odd);
    for record in records.values() {
        if cancel.is_cancelled() {
            return Ok(());
        }
        let FileContent::Stored(stored) = &record.content else { continue };
        row.files += 1;
        match repository.check_file(stored, full).await {
            Err(vault::Error::Damaged(damage)) => row.damage.push(damage),
            checked => checked?,
        }
    }
    Ok(())
}
