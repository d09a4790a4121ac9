//! Files beside the repositories: release assets and attachments, in `files/` of the repository's folder.
//!
//! They are written once. What `.meta.git` says of one is a small JSON file of its own ([`FileRecord`]): its address, and
//! where its bytes are or why they could not be had.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{BareRepository, Error, key, storage::Incoming};
use crate::{digest::hex, metadata_path::directory};

/// The directory of a `.meta.git` that has the records of release assets.
pub const ASSETS: &str = "release-assets";
/// The directory of a `.meta.git` that has the records of attachments.
pub const ATTACHMENTS: &str = "attachments";
/// Records of attachments are spread over so many folders.
const FOLDERS: u64 = 10_000;
/// Longest name that a file keeps.
const LONGEST_NAME: usize = 100;

/// What `.meta.git` says of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Its address.
    pub url: String,
    /// The file of `.meta.git` that first named it.
    pub found_in: String,
    /// Its bytes in the vault, or why they are not there.
    #[serde(flatten)]
    pub content: FileContent,
}

/// The bytes of a file, or why there are none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FileContent {
    /// They are in the vault.
    Stored(StoredFile),
    /// They could not be had.
    Missing {
        /// Why.
        missing: Missing,
        /// In words.
        message: String,
    },
}

/// The bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StoredFile {
    /// Where they are, below the repository's folder: `files/assets/7/hello.zip`.
    pub file: String,
    /// How many.
    pub size: u64,
    /// Their SHA-256 in hex.
    pub sha256: String,
}

/// Why a file could not be had, and will not be tomorrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// 404 or 410: it is gone, or the token may not see it.
    NotFound,
    /// 401, 403 or 451.
    Forbidden,
    /// GitHub does not give it, with another status.
    Refused,
    /// It is larger than was asked for.
    TooLarge,
    /// Its address leads to this machine or into its network.
    UnsafeAddress,
}

impl Missing {
    /// Why, in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Missing::NotFound => "not found",
            Missing::Forbidden => "forbidden",
            Missing::Refused => "refused",
            Missing::TooLarge => "left out for its size",
            Missing::UnsafeAddress => "behind an unsafe address",
        }
    }
}

impl StoredFile {
    /// Whether it can be one of this vault: nothing that a record says leads out of `files/`.
    pub fn is_sound(&self) -> bool {
        let is_plain = |name: &str| key::file_name(name) == name;
        let mut parts = self.file.split('/');
        parts.next() == Some(key::FILES)
            && matches!(parts.next(), Some(key::ASSET_FILES | key::ATTACHMENT_FILES))
            && parts.next().is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            && parts.next().is_some_and(is_plain)
            && parts.next().is_none()
    }
}

/// Where the record of a release asset is in `.meta.git`.
pub fn asset_record(id: u64) -> String {
    format!("{ASSETS}/{id}.json")
}

/// Where the bytes of a release asset go, below the repository's folder.
pub fn asset_file(id: u64, name: &str) -> String {
    format!("{}/{}/{id}/{}", key::FILES, key::ASSET_FILES, key::file_name(&shortened(name)))
}

/// Where the record of an attachment is in `.meta.git`: spread over folders, so that one more rewrites little.
pub fn attachment_record(url: &str) -> String {
    let hash = Sha256::digest(url.as_bytes());
    let number = hash.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) % FOLDERS;
    format!("{}/{}.json", directory(ATTACHMENTS, number), short(&hash))
}

/// Where the bytes of an attachment go, below the repository's folder.
pub fn attachment_file(url: &str) -> String {
    let name = url.rsplit('/').next().unwrap_or_default();
    let hash = short(&Sha256::digest(url.as_bytes()));
    format!("{}/{}/{hash}/{}", key::FILES, key::ATTACHMENT_FILES, key::file_name(&shortened(name)))
}

fn short(hash: &[u8]) -> String {
    hex(hash).chars().take(40).collect()
}

/// A name that is not too long, with its ending.
fn shortened(name: &str) -> String {
    let cut = name.chars().count().saturating_sub(LONGEST_NAME);
    name.chars().skip(cut).collect()
}

impl BareRepository {
    /// The key of a file of this repository.
    pub fn file_key(&self, file: &str) -> String {
        let folder = self.bare().rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{folder}/{file}")
    }

    /// Begins to store a file of `length` bytes. With `replace`, what is there is known to be damaged.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) async fn receive_file(
        &self,
        file: &str,
        length: u64,
        temporary: &Path,
        replace: bool,
    ) -> Result<Incoming, Error> {
        self.storage().receive(&self.file_key(file), length, temporary, replace).await
    }

    /// Whether a file is there in full length; with `full` every byte of it is read.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it is not as it was written, [`Error::Store`].
    pub(crate) async fn check_file(&self, file: &StoredFile, full: bool) -> Result<(), Error> {
        let key = self.file_key(&file.file);
        match self.storage().length(&key).await? {
            None => return Err(Error::damaged(key, "it is missing")),
            Some(length) if length != file.size => {
                return Err(Error::damaged(key, format!("it has {length} bytes instead of {}", file.size)));
            }
            Some(_) if !full => return Ok(()),
            Some(_) => {}
        }
        let (sha256, length) = self.storage().digest(&key).await?;
        must_be(key, file, &sha256, length)
    }

    /// Copies a file to the local `target`, durably, comparing it with its record on the way.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Store`], [`Error::Io`].
    pub(crate) async fn copy_file_out(&self, file: &StoredFile, target: &Path) -> Result<(), Error> {
        let key = self.file_key(&file.file);
        let (sha256, length) = self.storage().copy_out(&key, target).await?;
        must_be(key, file, &sha256, length)
    }

    /// Copies a file from the same repository in another place, without keeping it on this machine's disk; false when it
    /// is there.
    ///
    /// # Errors
    /// [`Error::Damaged`] for the original, [`Error::Store`], [`Error::Io`].
    pub(crate) async fn copy_file_from(
        &self,
        from: &BareRepository,
        file: &StoredFile,
        temporary: &Path,
    ) -> Result<bool, Error> {
        use futures::StreamExt as _;
        if self.storage().length(&self.file_key(&file.file)).await? == Some(file.size) {
            return Ok(false);
        }
        let key = from.file_key(&file.file);
        let mut body = from.storage().body(&key).await?;
        let mut incoming = self.receive_file(&file.file, file.size, temporary, false).await?;
        while let Some(chunk) = body.next().await {
            let taken = match chunk {
                Ok(chunk) => incoming.write(&chunk).await,
                Err(error) => Err(error),
            };
            if let Err(error) = taken {
                incoming.discard().await;
                return Err(error);
            }
        }
        match must_be(key, file, &incoming.sha256(), incoming.received()) {
            Ok(()) => incoming.finish().await.map(|()| true),
            Err(error) => {
                incoming.discard().await;
                Err(error)
            }
        }
    }
}

fn must_be(key: String, file: &StoredFile, sha256: &str, length: u64) -> Result<(), Error> {
    match length == file.size && sha256 == file.sha256 {
        true => Ok(()),
        false => Err(Error::damaged(key, "its bytes are not those that were stored")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_their_names_as_far_as_every_disk_can_hold_them() {
        assert_eq!(asset_file(7, "hello-1.0.zip"), "files/assets/7/hello-1.0.zip");
        assert_eq!(asset_file(7, "../../x"), "files/assets/7/_.._x");
        assert_eq!(asset_file(7, "a b:c\u{e9}#1"), "files/assets/7/a_b_c__1");
        assert_eq!(asset_file(7, ""), "files/assets/7/file");
        assert_eq!(asset_file(7, "aux.txt"), "files/assets/7/aux~.txt");
        let long = asset_file(7, &format!("{}.tar.gz", "x".repeat(500)));
        assert!(long.len() < 130 && long.ends_with("x.tar.gz"), "{long}");
        let file = attachment_file("https://github.com/user-attachments/files/1/log.txt");
        assert!(file.starts_with("files/attachments/") && file.ends_with("/log.txt"), "{file}");
        for file in [asset_file(1, "con"), asset_file(1, "...."), asset_file(9, "A.zip"), file, attachment_file("x")] {
            let stored = StoredFile { file, size: 1, sha256: String::new() };
            assert!(stored.is_sound(), "{stored:?}");
        }
    }

    #[test]
    fn a_record_that_leads_elsewhere_is_not_sound() {
        for file in [
            "",
            "files",
            "files/assets/7",
            "files/assets/7/../x",
            "files/assets/../x/y",
            "hello.git/HEAD",
            "files/assets/7/a/b",
            "/files/assets/7/a",
            "files/other/7/a",
            "files/assets//a",
        ] {
            let stored = StoredFile { file: file.into(), size: 1, sha256: String::new() };
            assert!(!stored.is_sound(), "{file}");
        }
    }
}
