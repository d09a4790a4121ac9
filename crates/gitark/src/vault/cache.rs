//! What runs remember of a host to ask less. It may be deleted at any time. What it says of the vault is not believed;
//! what it says of upstream spares a full look for a while.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Error, Vault, document, key};
use crate::{cause, identity::RepositoryId};

/// What is remembered of the repositories of one host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct HostCache {
    /// Format number.
    format: u32,
    /// By GitHub's id.
    repositories: BTreeMap<String, CachedRepository>,
    /// How many repositories a source had, by its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sources: BTreeMap<String, usize>,
}

/// What is remembered of one repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CachedRepository {
    /// The folder of its claim. `head.json` there names the id, so that a folder that is wrong is found out.
    pub(crate) folder: String,
    /// GitHub says that it has a wiki, but there was none, and the vault has no backup of one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) no_wiki: bool,
    /// When all that is around the code was last read in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) metadata_read: Option<Timestamp>,
    /// Of a gist, what its listing said when all that is around its files was last read well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) metadata_look: Option<String>,
    /// The last full look at upstream that ended well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) look: Option<CachedLook>,
}

/// A full look at upstream that ended with all of it in this vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CachedLook {
    /// What a fast look had said a moment before.
    pub(crate) fast: String,
    /// When.
    pub(crate) time: Timestamp,
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
        if after.repositories == before.repositories && after.sources == before.sources {
            return Ok(());
        }
        let mut merged = self.host_cache(host_folder).await?;
        merged.format = super::FORMAT;
        for (id, repository) in after.repositories {
            if before.repositories.get(&id) != Some(&repository) {
                merged.repositories.insert(id, repository);
            }
        }
        merged.sources.extend(after.sources);
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

    /// The host's folder.
    pub(crate) fn host_folder(&self) -> &'a str {
        self.host_folder
    }

    pub(crate) fn get(&self, id: &RepositoryId) -> Option<CachedRepository> {
        self.lock().repositories.get(&id.to_string()).cloned()
    }

    /// Remembers the folder, and whether there is no wiki. The last look stays.
    pub(crate) fn set(&self, id: &RepositoryId, folder: &str, no_wiki: bool) {
        let mut cache = self.lock();
        let known = cache.repositories.entry(id.to_string()).or_insert_with(|| CachedRepository {
            folder: String::new(),
            no_wiki,
            metadata_read: None,
            metadata_look: None,
            look: None,
        });
        folder.clone_into(&mut known.folder);
        known.no_wiki = no_wiki;
    }

    /// Remembers a full look, or that the last one ended badly.
    pub(crate) fn set_look(&self, id: &RepositoryId, look: Option<CachedLook>) {
        if let Some(known) = self.lock().repositories.get_mut(&id.to_string()) {
            known.look = look;
        }
    }

    /// Remembers that all that is around the code was read in full.
    pub(crate) fn set_metadata_read(&self, id: &RepositoryId, time: Timestamp) {
        if let Some(known) = self.lock().repositories.get_mut(&id.to_string()) {
            known.metadata_read = Some(time);
        }
    }

    /// Remembers what a gist's listing said when all that is around its files was read, or that it is to be read again.
    pub(crate) fn set_metadata_look(&self, id: &RepositoryId, look: Option<String>) {
        if let Some(known) = self.lock().repositories.get_mut(&id.to_string()) {
            known.metadata_look = look;
        }
    }

    /// Remembers how many repositories a source has: how many it had the last time.
    pub(crate) fn set_source(&self, name: &str, repositories: usize) -> Option<usize> {
        self.lock().sources.insert(name.to_owned(), repositories)
    }

    /// What was learned since it was read.
    pub(crate) fn learned(&self) -> BTreeMap<String, CachedRepository> {
        let mut learned = self.lock().repositories.clone();
        learned.retain(|id, repository| self.before.repositories.get(id) != Some(repository));
        learned
    }

    /// Takes over what a worker learned. The last look stays, which it cannot judge.
    pub(crate) fn learn(&self, learned: BTreeMap<String, CachedRepository>) {
        let mut cache = self.lock();
        for (id, repository) in learned {
            let look = cache.repositories.get(&id).and_then(|known| known.look.clone());
            cache.repositories.insert(id, CachedRepository { look, ..repository });
        }
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
