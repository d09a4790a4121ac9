//! What is around the code of a repository or the files of a gist, and accounts' own data, in a run.

use jiff::Timestamp;

use super::{
    Check,
    metadata::MetadataJob,
    one::{Context, due, printable, since},
    report::{Look, Outcome, RepositoryReport, Work},
};
use crate::{
    github::{
        Account, Repository,
        resources::{Reader, Resource, Scope},
    },
    identity::RepositoryId,
    vault::{
        cache::Known,
        key::{self, Kind},
        log::Identity,
    },
};

/// What is read for one `.meta.git`.
struct Around<'a> {
    identity: Identity,
    folder: &'a str,
    reader: Reader,
    resources: Vec<&'static Resource>,
    known: &'a Known<'a>,
}

impl Context<'_> {
    /// Backs up what is around the code of a repository or the files of a gist; none when none of it is meant.
    pub(super) async fn around(&self, folder: &str, repository: &Repository) -> Option<RepositoryReport> {
        let (known, identity) = (self.known(repository), self.identity(repository, Kind::Meta));
        let scope = if repository.gist.is_some() { Scope::Gist } else { Scope::Repository };
        let resources = scope.among(&self.options.resources);
        if resources.is_empty() {
            return None;
        }
        // What was read under the listing that says the same need not be asked for again.
        let look = repository.listed_look().filter(|_| repository.gist.is_some()).map(|listed| {
            let names: Vec<&str> = resources.iter().map(|resource| resource.name).collect();
            format!("{listed} {}", names.join(","))
        });
        let before = known.get(&repository.id).and_then(|known| known.metadata_look);
        if look.is_some() && look == before && !self.is_due(known, &repository.id) {
            let path = self.vault.repository(folder, Kind::Meta).bare().to_owned();
            let work = Work { look: Look::Fast, ..Work::default() };
            return Some(self.row(&identity, false, Some(path), Ok((Outcome::Unchanged, work))));
        }
        let reader = self.github.reader(repository);
        let row = self.metadata(Around { identity, folder, reader, resources, known }).await;
        known.set_metadata_look(&repository.id, look.filter(|_| row.is_good()));
        Some(row)
    }

    /// Backs up an account's own data; none when none of them are meant.
    pub(super) async fn account(&self, account: &Account) -> Option<RepositoryReport> {
        let resources: Vec<_> =
            account.scopes().iter().flat_map(|scope| scope.among(&self.options.resources)).collect();
        if resources.is_empty() {
            return None;
        }
        let name = printable(&key::account_name(&account.login));
        let identity = Identity { id: account.identity(), name, kind: Kind::Meta };
        if let Some(error) = self.not_begun() {
            return Some(self.ended(self.row(&identity, false, None, Err(error))));
        }
        let known = &self.known;
        let row = match self.folder(known, &identity.id, &identity.name).await {
            Ok((folder, _)) => {
                let reader = self.github.account_reader(account);
                self.metadata(Around { identity, folder: &folder, reader, resources, known }).await
            }
            Err(error) => self.row(&identity, false, None, Err(error.into())),
        };
        Some(self.ended(row))
    }

    /// Whether all of it is to be read again.
    fn is_due(&self, known: &Known<'_>, id: &RepositoryId) -> bool {
        let read = known.get(id).and_then(|known| known.metadata_read);
        self.options.refetch
            || self.options.check == Check::Full
            || read.is_none_or(|read| since(read) >= due(id, self.options))
    }

    async fn metadata(&self, around: Around<'_>) -> RepositoryReport {
        let Around { identity, folder, reader, resources, known } = around;
        let repository = self.vault.repository(folder, Kind::Meta);
        let path = repository.bare().to_owned();
        let begun = Timestamp::now();
        let is_full = self.is_due(known, &identity.id);
        let job = MetadataJob {
            vault: self.vault,
            run: self.run,
            repository,
            identity: identity.clone(),
            reader,
            resources,
            options: self.options,
            is_full,
            cancel: self.cancel,
            monitor: self.monitor.clone(),
        };
        let row = self.row(&identity, false, Some(path), job.sync().await);
        if is_full && row.is_good() {
            known.set_metadata_read(&identity.id, begun);
        }
        row
    }
}
