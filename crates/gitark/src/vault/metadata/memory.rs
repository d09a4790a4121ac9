//! What resources remember beyond the newest commit, where nothing changed that would be worth one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::vault::{BareRepository, Error, FORMAT, document, key, state::State};

/// It may be deleted at any time, and holds only on top of the state object that it names.
#[derive(Debug, Serialize, Deserialize)]
struct Memory {
    format: u32,
    state: String,
    resources: BTreeMap<String, Value>,
}

/// What full readings saw, in the form that their readers give it. It may be deleted at any time, and holds only where the
/// log has the entry that it names.
#[derive(Debug, Serialize, Deserialize)]
struct TrailsDocument<T> {
    format: u32,
    sequence: u64,
    entry_sha256: String,
    trails: T,
}

impl BareRepository {
    /// What full readings saw, whose files are in the log up to `state`; nothing when that is not known.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn trails<T: DeserializeOwned + Default>(&self, state: &State) -> Result<T, Error> {
        let key = key::trails(self.bare());
        let found = self.storage().read(&key).await?;
        let Some(found) = found.and_then(|bytes| document::decode::<TrailsDocument<T>>(&key, &bytes).ok()) else {
            return Ok(T::default());
        };
        let sha256 = match found.sequence {
            newest if newest == state.sequence => Some(state.entry_sha256.clone()),
            older if older < state.sequence => match self.entry(older).await {
                Err(Error::Damaged(_)) => None,
                entry => entry?.map(|(_, sha256, _)| sha256),
            },
            _ => None,
        };
        Ok(if sha256 == Some(found.entry_sha256) { found.trails } else { T::default() })
    }

    /// Remembers what full readings saw, whose files are in the log up to `state`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn remember_trails<T: Serialize>(&self, state: &State, trails: &T) -> Result<(), Error> {
        let (sequence, entry_sha256) = (state.sequence, state.entry_sha256.clone());
        let document = TrailsDocument { format: FORMAT, sequence, entry_sha256, trails };
        self.storage().replace(&key::trails(self.bare()), document::encode(&document)).await
    }

    /// What resources remember on top of the state object `state`, if that is more than it says itself.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn metadata_memory(&self, state: &str) -> Result<Option<BTreeMap<String, Value>>, Error> {
        let key = key::metadata_memory(self.bare());
        let found = self.storage().read(&key).await?;
        let memory = found.and_then(|bytes| document::decode::<Memory>(&key, &bytes).ok());
        Ok(memory.filter(|memory| memory.state == state).map(|memory| memory.resources))
    }

    /// Remembers `resources` on top of the state object of `state`.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn remember_metadata(&self, state: &State, resources: &BTreeMap<String, Value>) -> Result<(), Error> {
        let Some(name) = &state.metadata_state else { return Ok(()) };
        let memory = Memory { format: FORMAT, state: name.clone(), resources: resources.clone() };
        self.storage().replace(&key::metadata_memory(self.bare()), document::encode(&memory)).await
    }
}
