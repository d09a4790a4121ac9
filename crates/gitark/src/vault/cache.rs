//! What runs remember of a host to ask less. It may be deleted at any time, and nothing is believed because it says so.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::{Error, Vault, document, key};
use crate::cause;

/// What is remembered of the repositories of one host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct HostCache {
    /// Format number.
    format: u32,
    /// By GitHub's numeric id.
    repositories: BTreeMap<u64, CachedRepository>,
}

/// What is remembered of one repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CachedRepository {
    /// The folder of its claim. `head.json` there names the id, so that a folder that is wrong is found out.
    pub(crate) folder: String,
    /// GitHub says that it has a wiki, but there was none, and the vault has no backup of one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) no_wiki: bool,
}

impl Vault {
    /// What is remembered of a host; nothing when it cannot be read.
    ///
    /// # Errors
    /// [`Error::Store`].
    async fn host_cache(&self, host_folder: &str) -> Result<HostCache, Error> {
        let key = key::host_cache(host_folder);
        let found = self.storage().read(&key).await?;
        Ok(found.and_then(|bytes| document::decode(&key, &bytes).ok()).unwrap_or_default())
    }

    /// Remembers what a run learned: `after`, where it differs from `before`, on top of what other runs wrote meanwhile.
    ///
    /// # Errors
    /// [`Error::Store`].
    async fn remember(&self, host_folder: &str, before: &HostCache, after: HostCache) -> Result<(), Error> {
        if after.repositories == before.repositories {
            return Ok(());
        }
        let mut merged = self.host_cache(host_folder).await?;
        merged.format = super::FORMAT;
        for (id, repository) in after.repositories {
            if before.repositories.get(&id) != Some(&repository) {
                merged.repositories.insert(id, repository);
            }
        }
        self.storage().replace(&key::host_cache(host_folder), document::encode(&merged)).await
    }
}

/// The cache of one host, and what a run learned since it was read.
pub(crate) struct Known<'a> {
    vault: &'a Vault,
    host_folder: &'a str,
    before: HostCache,
    now: Mutex<HostCache>,
}

impl<'a> Known<'a> {
    /// Reads the cache.
    pub(crate) async fn read(vault: &'a Vault, host_folder: &'a str) -> Result<Self, Error> {
        let before = vault.host_cache(host_folder).await?;
        let now = Mutex::new(before.clone());
        Ok(Self { vault, host_folder, before, now })
    }

    pub(crate) fn get(&self, id: u64) -> Option<CachedRepository> {
        self.lock().repositories.get(&id).cloned()
    }

    pub(crate) fn set(&self, id: u64, folder: &str, no_wiki: bool) {
        self.lock().repositories.insert(id, CachedRepository { folder: folder.to_owned(), no_wiki });
    }

    /// Writes the cache if anything was learned. What cannot be remembered is asked again another time.
    pub(crate) async fn keep(&self) {
        let now = self.lock().clone();
        if let Err(error) = self.vault.remember(self.host_folder, &self.before, now).await {
            tracing::warn!("{}", cause::chain(&error));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HostCache> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
