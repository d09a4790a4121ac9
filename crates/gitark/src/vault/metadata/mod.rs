//! The files of a `.meta.git`, written without reading its git objects.
//!
//! A commit needs trees, and trees name everything beside what changed. What they name is kept beside the packs: a small
//! state object, which the log names, says which files stand at the top and which lists hold the others. Only the lists
//! that a change touches are read and written.

mod build;
mod check;
mod draft;
mod memory;
mod place;
mod stored;

use std::collections::BTreeMap;

use bytes::Bytes;
use gix_hash::ObjectId;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub(crate) use self::check::check;
pub use self::{build::CommitText, draft::Draft, stored::Stored};
use super::{BareRepository, Error, document, key};
use crate::git::refs::hex_id;

/// What a backup of metadata goes on from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataState {
    /// Format number.
    pub format: u32,
    /// The blobs of the files at the top, by name.
    #[serde(with = "hex_id::map")]
    pub files: BTreeMap<String, ObjectId>,
    /// The directories, by shelf: `releases`, `issues/012`.
    pub shelves: BTreeMap<String, Shelf>,
    /// What each resource remembers of the last time: how far it was read, and `ETag`s.
    pub resources: BTreeMap<String, serde_json::Value>,
}

/// A directory of files, or of a thousand numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelf {
    /// Its tree.
    #[serde(with = "hex_id")]
    pub tree: ObjectId,
    /// The name of its [`List`].
    pub list: String,
}

/// What stands on a shelf or in a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    /// Format number.
    pub format: u32,
    /// The shelf.
    pub shelf: String,
    /// Blobs by the path below the shelf.
    #[serde(with = "hex_id::map", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, ObjectId>,
    /// Trees by number, of a shelf that has a part for each hundred.
    #[serde(with = "hex_id::map", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, ObjectId>,
    /// The names of the lists of its parts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, String>,
}

impl BareRepository {
    /// The state object called `name`.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Store`].
    pub async fn metadata_state(&self, name: &str) -> Result<MetadataState, Error> {
        self.state_object(name).await
    }

    /// The list called `name`.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Store`].
    pub async fn metadata_list(&self, name: &str) -> Result<List, Error> {
        self.state_object(name).await
    }

    async fn state_object<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        let key = key::state_object(self.bare(), name);
        let Some(bytes) = self.storage().read(&key).await? else {
            return Err(Error::damaged(key, "it is missing"));
        };
        match document::decode_with_digest(&key, &bytes)? {
            (_, sha256) if sha256 != name => Err(Error::damaged(key, "its content is that of another name")),
            (value, _) => Ok(value),
        }
    }

    /// Stores a state object or list under the name of its content. What is there under that name and has another content
    /// is damaged, and of no use to anyone: it is written anew.
    ///
    /// # Errors
    /// [`Error::Store`].
    async fn store_state_object(&self, name: &str, bytes: Bytes) -> Result<(), Error> {
        let key = key::state_object(self.bare(), name);
        match self.storage().create(&key, bytes.clone()).await? {
            super::Created::New => Ok(()),
            super::Created::Exists(_) => self.storage().replace(&key, bytes).await,
        }
    }
}
