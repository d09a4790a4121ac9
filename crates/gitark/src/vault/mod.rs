//! Everything that is written to storage, so that the format can be audited in one place.
//!
//! A vault is a tree of plain bare git repositories in an object store, each with a write-once log that is the truth
//! about it (`docs/format.md`). The only atomic step used is the create-only put, which every store has.

pub(crate) mod cache;
pub mod claim;
pub mod document;
mod error;
pub mod files;
mod former_names;
pub mod head;
pub mod inspect;
pub mod key;
pub mod lfs;
pub mod log;
pub mod lookup;
pub mod metadata;
pub mod nearby;
pub mod object_reader;
pub mod packs;
pub mod repository;
pub mod run_record;
pub mod state;
pub mod storage;
pub mod views;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use error::{Damage, Error};
pub use repository::BareRepository;
pub use run_record::RunId;
pub use storage::{Created, Storage};

/// The format that this gitark reads and writes.
pub const FORMAT: u32 = 1;

/// The content of `vault.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultDocument {
    /// Format number; a reader refuses a number that it does not know.
    pub format: u32,
    /// Identity of this vault.
    pub vault_id: Uuid,
    /// When it was made.
    pub created: Timestamp,
}

/// A vault that exists and has a format that this gitark knows.
#[derive(Clone, Debug)]
pub struct Vault {
    storage: Storage,
    document: VaultDocument,
}

impl Vault {
    /// Opens a vault for reading.
    ///
    /// # Errors
    /// [`Error::NotAVault`] without a `vault.json`, [`Error::NewerFormat`], [`Error::Damaged`], or the store's failure.
    pub async fn open(storage: Storage) -> Result<Self, Error> {
        let Some(bytes) = storage.read(key::VAULT).await? else {
            return Err(Error::NotAVault { location: storage.location().to_owned() });
        };
        let document = document::decode(key::VAULT, &bytes).map_err(|error| match error {
            Error::NewerFormat { format, .. } => Error::NewerFormat { location: storage.location().to_owned(), format },
            error => error,
        })?;
        Ok(Self { storage, document })
    }

    /// Opens the vault for the writes of `run`, or makes `vault.json` in an empty place.
    ///
    /// Before anything is written, the run's start record proves that the store keeps create-only puts; with
    /// `allow_overwriting` the proof may fail.
    ///
    /// # Errors
    /// As [`Vault::open`], [`Error::NotAVault`] for a directory that holds other things, [`Error::NoCreateOnly`].
    pub async fn open_or_create(storage: Storage, run: &RunId, allow_overwriting: bool) -> Result<Self, Error> {
        let new = VaultDocument { format: FORMAT, vault_id: Uuid::new_v4(), created: run.started };
        Self::open_or_put(storage, run, allow_overwriting, &new).await
    }

    /// Opens the vault for a copy of the one that `original` describes, or begins a copy in an empty place.
    ///
    /// # Errors
    /// As [`Vault::open_or_create`].
    pub async fn open_or_begin_copy(storage: Storage, run: &RunId, original: &VaultDocument) -> Result<Self, Error> {
        Self::open_or_put(storage, run, false, original).await
    }

    async fn open_or_put(
        storage: Storage,
        run: &RunId,
        allow_overwriting: bool,
        new: &VaultDocument,
    ) -> Result<Self, Error> {
        let found = match Self::open(storage.clone()).await {
            Ok(vault) => Some(vault),
            Err(Error::NotAVault { location }) => {
                let (names, keys) = storage.list_level("").await?;
                // A run that was stopped before vault.json leaves its start record.
                if names.iter().chain(&keys).any(|name| !is_harmless(name)) {
                    // Another first run may have made it since we looked.
                    match Self::open(storage.clone()).await {
                        Err(Error::NotAVault { .. }) => return Err(Error::OtherThings { location }),
                        result => Some(result?),
                    }
                } else {
                    None
                }
            }
            Err(error) => return Err(error),
        };
        match run_record::probe_create_only(&storage, run).await {
            Err(Error::NoCreateOnly { .. }) if allow_overwriting => {}
            result => result?,
        }
        if let Some(vault) = found {
            return Ok(vault);
        }
        storage.create(key::VAULT, document::encode(new)).await?;
        Self::open(storage).await
    }

    /// Where the bytes are.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// What `vault.json` says.
    pub fn document(&self) -> &VaultDocument {
        &self.document
    }

    /// The bare repository `kind` in `folder` (e.g. `github.com/octocat/hello`), which may not exist yet.
    pub fn repository(&self, folder: &str, kind: key::Kind) -> BareRepository {
        BareRepository::new(self.storage.clone(), folder, kind)
    }
}

/// What a place may hold and still be empty: the leavings of a run that was stopped early, and of file systems.
fn is_harmless(name: &str) -> bool {
    const OF_FILE_SYSTEMS: [&str; 7] =
        ["lost+found", ".DS_Store", ".Spotlight-V100", ".Trashes", ".fseventsd", ".snapshot", ".zfs"];
    name == key::RUNS || name == key::CACHE || OF_FILE_SYSTEMS.contains(&name)
}
