//! Objects that the next backup of a repository will ask for, so that it finds them by one small read.
//!
//! A new tree names again what did not change in it. Each of those objects must be in an earlier pack, and to find them
//! one by one in the index of a large pack means to read most of it: their names are spread evenly. But nearly all of
//! them are what the last trees named. This is a hint that may be deleted at any time; it counts only on top of the log
//! entry that it names, and holds only what was found in a pack or came with one.

use std::collections::HashSet;

use gix_hash::ObjectId;
use serde::{Deserialize, Serialize};

use super::{BareRepository, Error, document, key, state::State};
use crate::git::refs::hex_id;

/// The most names that are remembered: some 160 KB, read and written by each backup with news.
pub const MAXIMUM: usize = 4_000;

#[derive(Debug, Serialize, Deserialize)]
struct Nearby {
    format: u32,
    /// The entry on top of which this holds.
    entry_sha256: String,
    #[serde(with = "hex_id::list")]
    objects: Vec<ObjectId>,
}

impl BareRepository {
    /// Whether reading by range costs a request each, so that the hint is worth its own.
    pub fn is_remote(&self) -> bool {
        self.storage().root().is_none()
    }

    /// Objects that are known to be in the packs of `state`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn nearby(&self, state: &State) -> Result<HashSet<ObjectId>, Error> {
        let key = key::nearby(self.bare());
        let found = self.storage().read(&key).await?;
        let nearby = found.and_then(|bytes| document::decode::<Nearby>(&key, &bytes).ok());
        let nearby = nearby.filter(|nearby| nearby.entry_sha256 == state.entry_sha256);
        Ok(nearby.map(|nearby| nearby.objects.into_iter().collect()).unwrap_or_default())
    }

    /// Remembers `objects`, which are in the packs of `state`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn remember_nearby(&self, state: &State, objects: Vec<ObjectId>) -> Result<(), Error> {
        let nearby = Nearby { format: super::FORMAT, entry_sha256: state.entry_sha256.clone(), objects };
        self.storage().replace(&key::nearby(self.bare()), document::encode(&nearby)).await
    }
}
