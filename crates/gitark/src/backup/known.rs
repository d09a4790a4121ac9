//! What this run and runs before it remember of the repositories of a host, so that less is asked.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{
    cause,
    vault::{
        Error, Vault,
        cache::{CachedRepository, HostCache},
    },
};

/// The vault's cache for one host, and what was learned since it was read.
pub(super) struct Known<'a> {
    vault: &'a Vault,
    host_folder: &'a str,
    before: HostCache,
    now: Mutex<HostCache>,
}

impl<'a> Known<'a> {
    /// Reads the cache.
    pub(super) async fn read(vault: &'a Vault, host_folder: &'a str) -> Result<Self, Error> {
        let before = vault.cache(host_folder).await?;
        let now = Mutex::new(before.clone());
        Ok(Self { vault, host_folder, before, now })
    }

    pub(super) fn get(&self, id: u64) -> Option<CachedRepository> {
        self.lock().repositories.get(&id).cloned()
    }

    pub(super) fn set(&self, id: u64, folder: &str, no_wiki: bool) {
        self.lock().repositories.insert(id, CachedRepository { folder: folder.to_owned(), no_wiki });
    }

    /// Writes the cache if anything was learned. What cannot be remembered is asked again another time.
    pub(super) async fn keep(&self) {
        let now = self.lock().clone();
        if let Err(error) = self.vault.remember(self.host_folder, &self.before, now).await {
            tracing::warn!("{}", cause::chain(&error));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HostCache> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
