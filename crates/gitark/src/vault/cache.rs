//! What runs remember of a host to ask less. It may be deleted at any time, and nothing is believed because it says so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Error, Vault, document, key};

/// What is remembered of the repositories of one host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCache {
    /// Format number.
    pub format: u32,
    /// By GitHub's numeric id.
    pub repositories: BTreeMap<u64, CachedRepository>,
}

/// What is remembered of one repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CachedRepository {
    /// The folder of its claim. `head.json` there names the id, so that a folder that is wrong is found out.
    pub folder: String,
    /// GitHub says that it has a wiki, but there was none, and the vault has no backup of one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_wiki: bool,
}

impl Vault {
    /// What is remembered of a host; nothing when it cannot be read.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn cache(&self, host_folder: &str) -> Result<HostCache, Error> {
        let key = key::host_cache(host_folder);
        let found = self.storage().read(&key).await?;
        Ok(found.and_then(|bytes| document::decode(&key, &bytes).ok()).unwrap_or_default())
    }

    /// Remembers what a run learned: `after`, where it differs from `before`, on top of what other runs wrote meanwhile.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn remember(&self, host_folder: &str, before: &HostCache, after: HostCache) -> Result<(), Error> {
        if after.repositories == before.repositories {
            return Ok(());
        }
        let mut merged = self.cache(host_folder).await?;
        merged.format = super::FORMAT;
        for (id, repository) in after.repositories {
            if before.repositories.get(&id) != Some(&repository) {
                merged.repositories.insert(id, repository);
            }
        }
        self.storage().replace(&key::host_cache(host_folder), document::encode(&merged)).await
    }
}
