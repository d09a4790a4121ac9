//! One bare repository into the vault, in the order of a first backup: claim, marker, pack, log entry, views.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{
    Content, Error, Options, blocking, lfs,
    mirror::Mirror,
    pack::{Checked, checked_pack},
    references::References,
};
use crate::{
    backup::{
        self,
        report::{Outcome, Work},
    },
    git::refs::{self, PARKED},
    vault::{
        BareRepository, RunId, Vault,
        cache::Known,
        key::Kind,
        log::{Checkpoint, Entry, Identity},
        repository::Commit,
        state::State,
    },
};

/// One bare repository and where it goes.
pub(super) struct Importer<'a> {
    pub(super) vault: &'a Vault,
    pub(super) run: &'a RunId,
    pub(super) host: &'a str,
    pub(super) options: &'a Options,
    pub(super) identity: &'a Identity,
    pub(super) cancel: &'a CancellationToken,
}

impl Importer<'_> {
    /// Imports it. `path` becomes its place in the vault, once that is known.
    pub(super) async fn import(
        &self,
        content: &Content,
        path: &mut Option<String>,
        known: &Known<'_>,
    ) -> Result<(Outcome, Work), Error> {
        self.go_on()?;
        let identity = self.identity;
        let claim = self.vault.claim_folder(self.host, &identity.id, &identity.name, Timestamp::now(), false).await?;
        let repository = self.vault.repository(&claim.folder, identity.kind);
        *path = Some(repository.bare().to_owned());
        let done = match content {
            Content::Mirror(mirror) => self.import_mirror(&repository, mirror).await?,
            Content::Metadata(folder) => self.import_metadata(&repository, folder).await?,
        };
        let no_wiki = identity.kind != Kind::Wiki && known.get(&identity.id).is_some_and(|known| known.no_wiki);
        known.set(&identity.id, &claim.folder, no_wiki);
        Ok(done)
    }

    async fn import_mirror(&self, repository: &BareRepository, mirror: &Mirror) -> Result<(Outcome, Work), Error> {
        let read = mirror.clone();
        let references =
            blocking(&mirror.named, self.cancel, move |interrupt| References::read(&read, interrupt)).await?;
        match repository.load(repository.tip().await?.head.as_ref()).await? {
            Some(state) => self.again(repository, state, &references).await,
            None => self.first(repository, mirror, references).await,
        }
    }

    pub(super) fn go_on(&self) -> Result<(), Error> {
        if self.cancel.is_cancelled() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Entry 1, with everything.
    async fn first(
        &self,
        repository: &BareRepository,
        mirror: &Mirror,
        references: References,
    ) -> Result<(Outcome, Work), Error> {
        let spool = repository.storage().spool(&self.options.temporary)?;
        let checked = checked_pack(mirror, &references, spool.path(), self.options, self.cancel).await?;
        self.go_on()?;
        self.vault.mark(repository.bare(), &self.identity.id, false).await?;
        let mut work = Work { changed_refs: checked.refs.len() as u64, sequence: Some(1), ..Work::default() };
        if let Some(pack) = &checked.pack {
            repository.store_pack(pack, false).await?;
            work.stored_bytes = pack.record.bytes();
        }
        let mut entry = self.entry(&references, &checked);
        entry.lfs = lfs::store(repository, mirror, &checked.pointers, self.options, self.cancel, &mut work).await?;
        if let Some(live) = &mut entry.checkpoint {
            entry.lfs.apply(live);
        }
        work.warnings.extend(checked.warnings);
        match repository.commit(None, &entry).await? {
            Commit::Done(state) => {
                repository.publish(*state, None).await?;
                Ok((Outcome::New, work))
            }
            // Another run was faster.
            Commit::Superseded => Err(Error::HasBackups(repository.bare().to_owned())),
        }
    }

    fn entry(&self, references: &References, checked: &Checked) -> Entry {
        let packs: Vec<_> = checked.pack.iter().map(|pack| pack.record.clone()).collect();
        Entry {
            imported: true,
            head: references.head.clone(),
            refs_digest: refs::digest(&checked.refs, &references.head),
            parked: checked.refs.keys().filter(|name| name.starts_with(PARKED)).cloned().collect(),
            packs: packs.clone(),
            checkpoint: Some(Checkpoint { refs: checked.refs.clone(), packs, ..Checkpoint::default() }),
            ..Entry::after(self.run, self.identity, None, references.observed)
        }
    }

    /// The repository has backups: that is fine if it is this very import, which an earlier run may not have finished.
    async fn again(
        &self,
        repository: &BareRepository,
        state: State,
        references: &References,
    ) -> Result<(Outcome, Work), Error> {
        let is_import = self.is_import(repository, &state).await?;
        let refs = state.live.refs.iter().map(|(name, value)| (name, &value.oid));
        if !(is_import && state.head == references.head && refs.eq(&references.refs)) {
            return Err(Error::HasBackups(repository.bare().to_owned()));
        }
        if !repository.tip().await?.is_current {
            repository.publish(state, None).await?;
        }
        Ok((Outcome::Unchanged, Work { sequence: Some(1), ..Work::default() }))
    }

    /// Whether an import, and nothing since, made the repository what it is.
    pub(super) async fn is_import(&self, repository: &BareRepository, state: &State) -> Result<bool, Error> {
        backup::Error::check_identity(repository.bare(), &state.repository, self.identity)?;
        Ok(match state.sequence {
            1 => repository.entry(1).await?.is_some_and(|(entry, ..)| entry.imported),
            _ => false,
        })
    }
}
