//! The JSON files of a backup of python-github-backup into a `.meta.git`, as a first backup would have written it.
//!
//! It remembers nothing of what was read: the next backup reads all, and finds what is gone upstream.

use std::path::Path;

use jiff::Timestamp;

use super::{
    Error, Problem, blocking, observed,
    python_github_backup::{Folder, Items, unread},
    repository::Importer,
};
use crate::{
    backup::{
        Reason,
        metadata::{MetadataWork, Unread},
        report::{Outcome, Work},
    },
    cause,
    git::pack::PackLimits,
    monitor::count,
    vault::{
        BareRepository,
        log::{Entry, PackRecord},
        metadata::{CommitText, Draft, MetadataState},
        repository::Commit,
        state::State,
    },
};

/// Files that cannot be understood and are named in warnings, at most. The report has all.
const MOST_NAMED: usize = 20;

impl Importer<'_> {
    /// Entry 1 of `repository`, with all that the files of `folder` say. When it is there already, they are compared.
    pub(super) async fn import_metadata(
        &self,
        repository: &BareRepository,
        folder: &Folder,
    ) -> Result<(Outcome, Work), Error> {
        let tip = repository.tip().await?;
        let state = repository.load(tip.head.as_ref()).await?;
        let known = match &state {
            None => MetadataState::default(),
            Some(state) => self.imported(repository, state).await?,
        };
        let spool = repository.storage().spool(&self.options.temporary)?;
        let mut draft = Draft::new(repository.clone(), known, spool.path())?;
        let mut items = self.read(folder, &mut draft).await?;
        match (&state, draft.changes() == (0, 0)) {
            (Some(_), true) | (None, false) => {}
            (Some(_), false) => return Err(Error::HasBackups(repository.bare().to_owned())),
            (None, true) => {
                let first = items.unread.first().map_or_else(|| "there are no files".into(), told);
                return Err(Error::of(&folder.named, Problem::Nothing(first)));
            }
        }
        let (mut metadata, mut work) = (MetadataWork::default(), Work { sequence: Some(1), ..Work::default() });
        if state.is_none() {
            self.vault.mark(repository.bare(), &self.identity.id, false).await?;
        }
        for attached in std::mem::take(&mut items.attached) {
            self.go_on()?;
            match self.import_attached(repository, &attached, &mut draft, state.is_some()).await {
                Ok(stored) => {
                    metadata.stored_files += u64::from(stored.is_some());
                    work.stored_bytes = work.stored_bytes.saturating_add(stored.unwrap_or_default());
                }
                Err(Error::Mirror { problem, .. }) => items.unread.push(unread(&attached.shown, &problem)),
                Err(error) => return Err(error),
            }
        }
        metadata.changed_files = draft.changes().0;
        let outcome = match state {
            Some(state) => {
                if !tip.is_current {
                    repository.publish(state, None).await?;
                }
                Outcome::Unchanged
            }
            None => {
                work.stored_bytes += self.commit(repository, draft, observed(items.newest), spool.path()).await?;
                Outcome::New
            }
        };
        work.warnings = items.left_out;
        work.warnings.extend(warnings_of(&items.unread));
        metadata.unread = items.unread;
        work.metadata = Some(metadata);
        Ok((outcome, work))
    }

    /// Puts what the JSON files of `folder` say into `draft`.
    async fn read(&self, folder: &Folder, draft: &mut Draft) -> Result<Items, Error> {
        let listed = folder.clone();
        let mut items = blocking(&folder.named, self.cancel, move |_| Ok(listed.items())).await?;
        loop {
            let read = move |interrupt: &_| {
                let batch = items.next(interrupt);
                Ok((items, batch))
            };
            let (read, batch) = blocking(&folder.named, self.cancel, read).await?;
            self.go_on()?;
            items = read;
            match batch {
                Some(batch) => drop(draft.put(batch).await?),
                None => return Ok(items),
            }
        }
    }

    /// Entry 1, of which nothing is remembered as read; the bytes that it took.
    async fn commit(
        &self,
        repository: &BareRepository,
        mut draft: Draft,
        observed: Timestamp,
        spool: &Path,
    ) -> Result<u64, Error> {
        let text = CommitText { parent: None, time: observed, message: self.message(draft.changes().0) };
        let limits = PackLimits { threads: 1, ..self.options.repack.limits };
        let stored = draft.store(text, limits, self.cancel, spool).await?;
        let mut entry = Entry { imported: true, ..Entry::after(self.run, self.identity, None, observed) };
        stored.fill(&mut entry, None);
        match repository.commit(None, &entry).await? {
            Commit::Done(state) => {
                repository.publish(*state, None).await?;
                Ok(entry.packs.iter().map(PackRecord::bytes).sum())
            }
            // Another run was faster.
            Commit::Superseded => Err(Error::HasBackups(repository.bare().to_owned())),
        }
    }

    /// What an earlier import of the repository stored; nothing else may be there.
    async fn imported(&self, repository: &BareRepository, state: &State) -> Result<MetadataState, Error> {
        match &state.metadata_state {
            Some(name) if self.is_import(repository, state).await? => Ok(repository.metadata_state(name).await?),
            _ => Err(Error::HasBackups(repository.bare().to_owned())),
        }
    }

    /// The message of the commit, which is the same each time, so that what was stopped stores nothing twice.
    fn message(&self, files: u64) -> String {
        let (name, files) = (&self.identity.name, count(files, "file"));
        format!("{name}: {files}\n\nImported by gitark from a backup of python-github-backup.")
    }
}

/// Why not all files could be imported, and the reason code.
pub(super) fn incomplete(metadata: &MetadataWork) -> Option<(Reason, String)> {
    let first = metadata.unread.first()?;
    let mut message = told(first);
    if let more @ 1.. = metadata.unread.len() - 1 {
        message.push_str(&format!("; and {more} more"));
    }
    Some((Reason::ImportIncomplete, message))
}

fn warnings_of(unread: &[Unread]) -> impl Iterator<Item = String> {
    let more = unread.len().checked_sub(MOST_NAMED).filter(|more| *more > 0);
    let more = more.map(|more| format!("and {} more that cannot be understood", count(more as u64, "file")));
    unread.iter().take(MOST_NAMED).map(told).chain(more)
}

fn told(unread: &Unread) -> String {
    cause::printable(&format!("{}: {}", unread.resource, unread.message))
}
