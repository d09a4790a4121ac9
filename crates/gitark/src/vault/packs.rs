//! Packs in a bare repository: put there, listed, and checked against the log.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use gix_hash::ObjectId;

use super::{BareRepository, Damage, Error, key, log::PackRecord, state::State, storage::hash_file};
use crate::git::pack::IndexedPack;

/// The extensions of a pack's files, in the order in which they are written: git leaves a pack with a `.keep` alone,
/// and finds one only by its `.idx`.
pub const EXTENSIONS: [&str; 3] = ["keep", "pack", "idx"];

/// The content of every `.keep`.
pub const KEEP: &str = "Kept by gitark: the log names this pack.\n";

/// A checked pack on its way into the vault.
#[derive(Clone, Debug)]
pub struct SpooledPack {
    /// What the log will say of it.
    pub record: PackRecord,
    /// Where the `.pack` lies.
    pub pack_path: PathBuf,
    /// Where the `.idx` lies.
    pub index_path: PathBuf,
}

impl SpooledPack {
    /// The pack in these files, with what the log will say of it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub async fn of(indexed: &IndexedPack) -> Result<Self, Error> {
        let (pack_sha256, pack_bytes) = hash_file(&indexed.pack_path).await?;
        let (index_sha256, index_bytes) = hash_file(&indexed.index_path).await?;
        let (id, objects) = (indexed.id, indexed.objects);
        let record = PackRecord { id, objects, pack_bytes, pack_sha256, index_bytes, index_sha256 };
        Ok(Self { record, pack_path: indexed.pack_path.clone(), index_path: indexed.index_path.clone() })
    }
}

impl BareRepository {
    /// Stores `.keep`, pack and index, in this order. With `repair`, files that are there and differ are replaced.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Io`], or [`Error::Damaged`] when a file of another length is there.
    pub async fn store_pack(&self, pack: &SpooledPack, repair: bool) -> Result<(), Error> {
        let record = &pack.record;
        self.store_keep(&record.id, repair).await?;
        let files = [("pack", &pack.pack_path, record.pack_bytes), ("idx", &pack.index_path, record.index_bytes)];
        for (extension, path, length) in files {
            self.storage().store_file(&key::pack(self.bare(), &record.id, extension), path, length, repair).await?;
        }
        Ok(())
    }

    /// The same of a pack whose files may be there already, whole or not: they are replaced where they differ.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Io`].
    pub(crate) async fn store_pack_over(&self, pack: &SpooledPack, temporary: &Path) -> Result<(), Error> {
        let differs = match self.check_pack_bytes(&pack.record, temporary).await {
            Ok(_) => false,
            Err(Error::Damaged(_)) => true,
            Err(error) => return Err(error),
        };
        self.store_pack(pack, differs).await
    }

    /// Whether one of `packs`, which are in the log now and were superseded in `before`, was deleted by another run
    /// that did not know yet that it came again.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub(crate) async fn has_lost(&self, before: &State, packs: &[PackRecord]) -> Result<bool, Error> {
        let again: Vec<PackRecord> = packs.iter().filter(|pack| before.is_superseded(&pack.id)).cloned().collect();
        Ok(!again.is_empty() && !self.missing_or_cut(&again, &self.list_packs().await?).is_empty())
    }

    /// Puts a pack's `.keep` in place; with `repair`, over one with other content.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn store_keep(&self, pack: &ObjectId, repair: bool) -> Result<(), Error> {
        let key = key::pack(self.bare(), pack, "keep");
        match self.storage().create(&key, KEEP.into()).await? {
            super::Created::Exists(_) if repair => self.storage().replace(&key, KEEP.into()).await,
            _ => Ok(()),
        }
    }

    /// The pack files that are there, by name (`pack-<id>.pack`), with their lengths in bytes.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list_packs(&self) -> Result<BTreeMap<String, u64>, Error> {
        let prefix = key::packs(self.bare());
        let files = self.storage().list(&prefix).await?;
        let name = |key: String| key.rsplit('/').next().unwrap_or_default().to_owned();
        Ok(files.into_iter().map(|(key, length)| (name(key), length)).collect())
    }

    /// What a listing of the pack folder tells of damage to `packs`: missing files and wrong lengths.
    pub fn missing_or_cut(&self, packs: &[PackRecord], listing: &BTreeMap<String, u64>) -> Vec<(ObjectId, Damage)> {
        let mut found = Vec::new();
        for pack in packs {
            let expected = [KEEP.len() as u64, pack.pack_bytes, pack.index_bytes];
            for (extension, length) in EXTENSIONS.into_iter().zip(expected) {
                let key = key::pack(self.bare(), &pack.id, extension);
                let problem = match listing.get(&key::pack_file(&pack.id, extension)) {
                    None => "it is missing".to_owned(),
                    Some(actual) if *actual != length => format!("it has {actual} bytes instead of {length}"),
                    Some(_) => continue,
                };
                found.push((pack.id, Damage { key, problem }));
            }
        }
        found
    }

    /// Copies a pack and its index into `directory`, durably, comparing them with the log on their way.
    ///
    /// # Errors
    /// [`Error::Damaged`] with the file's key, [`Error::Store`], [`Error::Io`].
    pub async fn copy_pack_out(&self, pack: &PackRecord, directory: &Path) -> Result<SpooledPack, Error> {
        let path = |extension| directory.join(key::pack_file(&pack.id, extension));
        let copied = SpooledPack { record: pack.clone(), pack_path: path("pack"), index_path: path("idx") };
        let files = [
            ("pack", &copied.pack_path, pack.pack_bytes, &pack.pack_sha256),
            ("idx", &copied.index_path, pack.index_bytes, &pack.index_sha256),
        ];
        for (extension, target, length, sha256) in files {
            let key = key::pack(self.bare(), &pack.id, extension);
            let (actual, bytes) = self.storage().copy_out(&key, target).await?;
            if actual != *sha256 || bytes != length {
                return Err(Error::damaged(key, "its bytes do not match the log"));
            }
        }
        Ok(copied)
    }

    /// Compares a pack's bytes with the digests in the log; in `temporary` a copy is made when the vault is no disk.
    ///
    /// # Errors
    /// [`Error::Damaged`] with the file's key, [`Error::Store`], [`Error::Io`].
    pub async fn check_pack_bytes(
        &self,
        pack: &PackRecord,
        temporary: &Path,
    ) -> Result<super::storage::LocalPack, Error> {
        let pack_key = key::pack(self.bare(), &pack.id, "pack");
        let index_key = key::pack(self.bare(), &pack.id, "idx");
        let pack_file = self.storage().local_file(&pack_key, temporary).await?;
        let index_file = self.storage().local_file(&index_key, temporary).await?;
        for (key, file, expected) in
            [(pack_key, &pack_file, &pack.pack_sha256), (index_key, &index_file, &pack.index_sha256)]
        {
            let (actual, _) = super::storage::hash_file(file.path()).await?;
            if actual != *expected {
                return Err(Error::damaged(key, "its bytes do not match the log"));
            }
        }
        Ok(super::storage::LocalPack { pack: pack_file, index: index_file })
    }

    /// Deletes the files of packs that `state`, and whatever came after it, say are superseded; how many those are.
    ///
    /// # Errors
    /// [`Error::Store`], e.g. without the right to delete; [`Error::Damaged`] when one was live again when it was gone.
    pub(crate) async fn delete_packs(&self, state: &State, packs: &[ObjectId]) -> Result<u64, Error> {
        let (mut newer, mut deleted) = (None, Vec::new());
        for pack in packs {
            // A backup that fetched everything may have brought the same pack again.
            newer = self.newer_than(newer.as_ref().unwrap_or(state)).await?.or(newer);
            if !newer.as_ref().unwrap_or(state).is_superseded(pack) {
                continue;
            }
            // The index first: git then no longer looks for the pack.
            for extension in ["idx", "pack", "keep"] {
                self.storage().delete(&key::pack(self.bare(), pack, extension)).await?;
            }
            deleted.push(*pack);
        }
        // No store deletes on a condition: what came again between the last look and the deletion is told.
        newer = self.newer_than(newer.as_ref().unwrap_or(state)).await?.or(newer);
        let live = newer.iter().flat_map(|state| &state.live.packs);
        match live.map(|pack| pack.id).find(|id| deleted.contains(id)) {
            Some(id) => Err(Error::damaged(
                key::pack(self.bare(), &id, "pack"),
                "it was deleted while a backup brought it again",
            )),
            None => Ok(deleted.len() as u64),
        }
    }
}
