//! Release assets and attachments that lie beside the JSON files.

use super::{Error, Problem, files, python_github_backup::Attached, repository::Importer};
use crate::{
    backup::metadata::content,
    vault::{
        BareRepository,
        files::{FileContent, FileRecord, StoredFile},
        metadata::Draft,
    },
};

impl Importer<'_> {
    /// Stores a file and puts its record into the draft; its bytes, none when it is not there. With `is_again`, an earlier
    /// import did it, and nothing is stored.
    ///
    /// # Errors
    /// [`Error::Mirror`] for what concerns this file alone.
    pub(super) async fn import_attached(
        &self,
        repository: &BareRepository,
        attached: &Attached,
        draft: &mut Draft,
        is_again: bool,
    ) -> Result<Option<u64>, Error> {
        let problem = |problem| Error::of(&attached.path, problem);
        let found = files::file(&attached.path).map_err(|_| problem(Problem::Link))?;
        let Some(size) = found.map(|found| found.len()) else { return Ok(None) };
        let wanted = &attached.wanted;
        if wanted.size.is_some_and(|expected| expected != size) {
            return Err(problem(Problem::Unlike("its size is not the one that GitHub says")));
        }
        if is_again || draft.contains(&attached.record).await? {
            return Ok(None);
        }
        // An import that was stopped left it, or something else did: no record names it.
        let is_there = repository.storage().length(&repository.file_key(&wanted.file)).await?.is_some();
        let temporary = &self.options.temporary;
        let mut incoming = repository.receive_file(&wanted.file, size, temporary, is_there).await?;
        let poured = files::pour(&attached.path, &attached.path, size, &mut incoming).await;
        let sha256 = incoming.sha256();
        let checked = poured.and_then(|is_whole| match &wanted.sha256 {
            _ if !is_whole => Err(problem(Problem::Changed)),
            Some(expected) if *expected != sha256 => {
                Err(problem(Problem::Unlike("its SHA-256 is not the one that GitHub says")))
            }
            _ => Ok(()),
        });
        if let Err(error) = checked {
            incoming.discard().await;
            return Err(error);
        }
        incoming.finish().await?;
        let stored = StoredFile { file: wanted.file.clone(), size, sha256 };
        let (url, found_in) = (wanted.url.clone(), wanted.found_in.clone());
        let record = FileRecord { url, found_in, content: FileContent::Stored(stored) };
        let value = serde_json::to_value(record).unwrap_or_default();
        draft.put(vec![(attached.record.clone(), content(value))]).await?;
        Ok(Some(size))
    }
}
