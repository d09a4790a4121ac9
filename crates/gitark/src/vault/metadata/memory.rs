//! What resources remember beyond the newest commit, where nothing changed that would be worth one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::vault::{BareRepository, Error, FORMAT, document, key, state::State};

/// It may be deleted at any time, and holds only on top of the state object that it names.
#[derive(Debug, Serialize, Deserialize)]
struct Memory {
    format: u32,
    state: String,
    resources: BTreeMap<String, Value>,
}

impl BareRepository {
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

    /// Remembers `resources`, unless that is what is known already.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Damaged`].
    pub async fn remember_metadata(&self, state: &State, resources: &BTreeMap<String, Value>) -> Result<(), Error> {
        let Some(name) = &state.metadata_state else { return Ok(()) };
        let known = match self.metadata_memory(name).await? {
            Some(known) => known,
            None => self.metadata_state(name).await?.resources,
        };
        if known == *resources {
            return Ok(());
        }
        let memory = Memory { format: FORMAT, state: name.clone(), resources: resources.clone() };
        self.storage().replace(&key::metadata_memory(self.bare()), document::encode(&memory)).await
    }
}
