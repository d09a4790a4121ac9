//! The LFS objects of a bare repository, at git-lfs' own place: `lfs/objects/aa/bb/<sha256>`.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::{
    BareRepository, Damage, Error, key,
    log::Checkpoint,
    storage::{Incoming, LocalFile, hash_file},
};
use crate::git::lfs::{Absence, Oid};

/// Up to so many objects are looked for one by one; more by one listing of all.
const FEW: usize = 64;

/// What a backup did with LFS objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LfsChange {
    /// Objects that are stored from now on, with their bytes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stored: BTreeMap<Oid, u64>,
    /// Objects that pointers name and that could not be had.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub missing: BTreeMap<Oid, MissingLfs>,
}

/// An LFS object that is not in the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingLfs {
    /// Its bytes, as the pointer says.
    pub size: u64,
    /// Why.
    pub reason: Absence,
}

impl LfsChange {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.stored.is_empty() && self.missing.is_empty()
    }

    /// Brings `live` up to date.
    pub(crate) fn apply(&self, live: &mut Checkpoint) {
        for (oid, size) in &self.stored {
            live.lfs.insert(*oid, *size);
            live.lfs_missing.remove(oid);
        }
        for (oid, missing) in &self.missing {
            live.lfs.remove(oid);
            live.lfs_missing.insert(*oid, *missing);
        }
    }
}

impl BareRepository {
    /// Where the object is.
    pub fn lfs_key(&self, oid: &Oid) -> String {
        key::lfs_object(self.bare(), oid)
    }

    /// The lengths of those of `objects` that are there.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(crate) async fn lfs_lengths(
        &self,
        objects: impl ExactSizeIterator<Item = Oid>,
    ) -> Result<HashMap<Oid, u64>, Error> {
        let mut found = HashMap::new();
        if objects.len() > FEW {
            for (key, length) in self.storage().list(&key::lfs_objects(self.bare())).await? {
                found.extend(key.rsplit('/').next().and_then(Oid::from_hex).map(|oid| (oid, length)));
            }
            return Ok(found);
        }
        for oid in objects {
            found.extend(self.storage().length(&self.lfs_key(&oid)).await?.map(|length| (oid, length)));
        }
        Ok(found)
    }

    /// Missing objects and wrong lengths among those that `live` has.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(crate) async fn damaged_lfs(&self, live: &Checkpoint) -> Result<BTreeMap<Oid, Damage>, Error> {
        let there = self.lfs_lengths(live.lfs.keys().copied()).await?;
        let judge = |(oid, size): (&Oid, &u64)| {
            let problem = match there.get(oid) {
                Some(length) if length == size => return None,
                Some(length) => format!("it has {length} bytes instead of {size}"),
                None => "it is missing".to_owned(),
            };
            Some((*oid, Damage { key: self.lfs_key(oid), problem }))
        };
        Ok(live.lfs.iter().filter_map(judge).collect())
    }

    /// Reads an object and compares it with its name.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Store`].
    pub(crate) async fn check_lfs_object(&self, oid: &Oid, size: u64) -> Result<(), Error> {
        let key = self.lfs_key(oid);
        let (sha256, length) = self.storage().digest(&key).await?;
        must_be(key, oid, size, &sha256, length)
    }

    /// Copies an object to the local file `target`, durably, comparing it with its name on the way.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Store`], [`Error::Io`].
    pub(crate) async fn copy_lfs_out(&self, oid: &Oid, size: u64, target: &Path) -> Result<(), Error> {
        let key = self.lfs_key(oid);
        let (sha256, length) = self.storage().copy_out(&key, target).await?;
        must_be(key, oid, size, &sha256, length)
    }

    /// An object as a local file, compared with its name: the vault's own on a disk, else a copy in `temporary`.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Store`], [`Error::Io`].
    pub(crate) async fn local_lfs(&self, oid: &Oid, size: u64, temporary: &Path) -> Result<LocalFile, Error> {
        let key = self.lfs_key(oid);
        let file = self.storage().local_file(&key, temporary).await?;
        let (sha256, length) = hash_file(file.path()).await?;
        must_be(key, oid, size, &sha256, length).map(|()| file)
    }

    /// Begins to store an object of `size` bytes. With `replace`, what is there is known to be damaged.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) async fn receive_lfs(
        &self,
        oid: &Oid,
        size: u64,
        temporary: &Path,
        replace: bool,
    ) -> Result<Incoming, Error> {
        self.storage().receive(&self.lfs_key(oid), size, temporary, replace).await
    }

    /// Copies an object from another place into this one.
    ///
    /// # Errors
    /// [`Error::Damaged`] for the original, [`Error::Store`], [`Error::Io`].
    pub(crate) async fn copy_lfs_from(
        &self,
        from: &BareRepository,
        oid: &Oid,
        size: u64,
        temporary: &Path,
    ) -> Result<(), Error> {
        let spool = self.storage().spool(temporary)?;
        let copied = spool.path().join("object");
        from.copy_lfs_out(oid, size, &copied).await?;
        self.storage().store_file(&self.lfs_key(oid), &copied, size, false).await
    }
}

fn must_be(key: String, oid: &Oid, size: u64, sha256: &str, length: u64) -> Result<(), Error> {
    match length == size && *sha256 == oid.to_string() {
        true => Ok(()),
        false => Err(Error::damaged(key, "its bytes do not match its name")),
    }
}
