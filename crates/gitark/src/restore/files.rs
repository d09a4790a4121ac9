//! Release assets and attachments, in the directory `files` of the metadata that names them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{Error, target};
use crate::{
    inspect,
    vault::{
        self, BareRepository,
        files::{FileContent, StoredFile},
        key::{self, Kind},
        state::State,
    },
};

/// Release assets and attachments that were given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestoredFiles {
    /// The directory.
    pub path: PathBuf,
    /// How many.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Files that GitHub did not give when they were asked for: their records say why.
    pub missing: usize,
}

/// Copies the files that `repository` names in `state` below `directory`, in the folders that they have in the vault:
/// `files/assets/<id>/<name>`, `files/attachments/<hash>/<name>`. Every byte is checked on its way.
pub(super) async fn copy(
    repository: &BareRepository,
    state: &State,
    directory: &Path,
    cancel: &CancellationToken,
) -> Result<Option<RestoredFiles>, Error> {
    if repository.kind() != Kind::Meta {
        return Ok(None);
    }
    let (records, odd) = inspect::file_records(repository, state).await?;
    if let Some(damage) = odd.into_iter().next() {
        return Err(vault::Error::Damaged(damage).into());
    }
    let mut stored: BTreeMap<&str, &StoredFile> = BTreeMap::new();
    let mut missing = 0;
    for record in records.values() {
        match &record.content {
            FileContent::Stored(file) => drop(stored.insert(&file.file, file)),
            FileContent::Missing { .. } => missing += 1,
        }
    }
    let mut bytes: u64 = 0;
    for file in stored.values() {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        // A record that names something outside was refused.
        let copied = directory.join(&file.file);
        let folder = copied.parent().unwrap_or(directory);
        std::fs::create_dir_all(folder).map_err(|source| Error::io("make", folder, source))?;
        repository.copy_file_out(file, &copied).await?;
        bytes = bytes.saturating_add(file.size);
    }
    let path = directory.join(key::FILES);
    Ok((stored.len() + missing > 0).then_some(RestoredFiles { path, files: stored.len(), bytes, missing }))
}

/// The same beside a file: in the directory `FILE.files`.
pub(super) async fn beside(
    repository: &BareRepository,
    state: &State,
    file: &Path,
    cancel: &CancellationToken,
) -> Result<Option<RestoredFiles>, Error> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".files");
    let path = file.with_file_name(name);
    let target = target::free(&path, super::Format::Bare)?;
    let staging = target::staging(&target)?;
    let Some(restored) = copy(repository, state, staging.path(), cancel).await? else { return Ok(None) };
    if restored.files > 0 {
        target::settle(&restored.path, &target).await?;
    }
    Ok(Some(RestoredFiles { path, ..restored }))
}
