//! What a `.meta.git` says of release assets and attachments, in the version of any backup.

use std::collections::{BTreeMap, HashMap};

use gix_object::Kind;

use super::{
    Error,
    files::Tree,
    revision::{self, missing, resolve},
};
use crate::vault::{
    BareRepository, Damage,
    files::{ASSETS, ATTACHMENTS, FileContent, FileRecord},
    object_reader::ObjectReader,
    state::State,
};

/// Documents that are read together.
const BATCH: usize = 256;

/// The records of the files that the version of `state` names, by their paths, and records that cannot be understood.
///
/// # Errors
/// Any [`Error`]; [`crate::vault::Error::Damaged`] for git objects that cannot be read.
pub(crate) async fn file_records(
    repository: &BareRepository,
    state: &State,
) -> Result<(BTreeMap<String, FileRecord>, Vec<Damage>), Error> {
    let (mut records, mut odd) = (BTreeMap::new(), Vec::new());
    each_document(repository, state, &[ASSETS, ATTACHMENTS], |path, content| {
        match serde_json::from_slice::<FileRecord>(&content) {
            Ok(record) if !matches!(&record.content, FileContent::Stored(stored) if !stored.is_sound()) => {
                records.insert(path, record);
            }
            _ => {
                let key = format!("{}: {path}", repository.bare());
                odd.push(Damage { key, problem: "it is no record of a file".into() });
            }
        }
    })
    .await?;
    Ok((records, odd))
}

/// Gives each document of the version of `state` in these directories at the top, or in all, with its path.
///
/// # Errors
/// As [`file_records`].
pub(crate) async fn each_document(
    repository: &BareRepository,
    state: &State,
    directories: &[&str],
    mut take: impl FnMut(String, Vec<u8>),
) -> Result<(), Error> {
    if state.live.refs.is_empty() {
        return Ok(());
    }
    let (packs, no_commits) = (revision::packs(repository, state).await?, HashMap::new());
    let mut reader = ObjectReader::new(repository.storage(), repository.bare(), &packs, &no_commits);
    let revision = resolve(repository, state, &mut reader, None).await?;
    let mut tree = Tree { repository, reader, revision };
    let mut files = Vec::new();
    let whole: &[&str] = if directories.is_empty() { &[""] } else { directories };
    for directory in whole {
        match tree.find(directory.as_bytes()).await {
            Ok((path, line)) => files.extend(tree.below(path, line.id).await?),
            Err(Error::NoSuchPath { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    files.retain(|file| file.kind == Kind::Blob);
    for batch in files.chunks(BATCH) {
        let ids: Vec<_> = batch.iter().map(|file| file.id).collect();
        for (file, object) in batch.iter().zip(tree.reader.objects(&ids).await?) {
            let object = object.filter(|object| object.kind == Kind::Blob);
            let object = object.ok_or_else(|| missing(repository, file.id))?;
            take(String::from_utf8_lossy(&file.path).into_owned(), object.content);
        }
    }
    Ok(())
}
