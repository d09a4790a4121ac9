//! Whole objects read as files or streams, however large: what is not held in memory.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use object_store::GetOptions;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt as _;

use super::{
    super::{Error, error::is_missing},
    LocalFile, Storage, file, hash_file,
};

impl Storage {
    /// The object as a file: the vault's own on a disk, else a copy in `temporary`.
    ///
    /// # Errors
    /// [`Error::Damaged`] when there is none, else [`Error::Store`] or [`Error::Io`].
    pub async fn local_file(&self, key: &str, temporary: &Path) -> Result<LocalFile, Error> {
        if let Some(path) = self.own_file(key).await? {
            return Ok(LocalFile { path, _guard: None });
        }
        let io = |source| Error::Io { doing: format!("make a file in {}", temporary.display()), source };
        let guard = tempfile::NamedTempFile::new_in(temporary).map_err(io)?.into_temp_path();
        self.copy_out(key, &guard).await?;
        Ok(LocalFile { path: guard.to_path_buf(), _guard: Some(guard) })
    }

    /// Copies an object to the local file `target`, durably; SHA-256 in hex and length in bytes of what was copied.
    ///
    /// # Errors
    /// [`Error::Damaged`] when there is none, else [`Error::Store`] or [`Error::Io`].
    pub async fn copy_out(&self, key: &str, target: &Path) -> Result<(String, u64), Error> {
        let io = |source| Error::Io { doing: format!("copy {key} to {}", target.display()), source };
        if let Some(path) = self.own_file(key).await? {
            return file::copy(&path, target).await.map_err(io);
        }
        let mut body = self.body(key).await?;
        let mut file = tokio::fs::File::create(target).await.map_err(io)?;
        let (mut hash, mut length) = (Sha256::new(), 0);
        while let Some(chunk) = body.next().await {
            let chunk = chunk?;
            hash.update(&chunk);
            length += chunk.len() as u64;
            file.write_all(&chunk).await.map_err(io)?;
        }
        file.sync_all().await.map_err(io)?;
        Ok((crate::digest::hex(&hash.finalize()), length))
    }

    /// SHA-256 in hex and length in bytes of an object.
    ///
    /// # Errors
    /// [`Error::Damaged`] when there is none, else [`Error::Store`] or [`Error::Io`].
    pub async fn digest(&self, key: &str) -> Result<(String, u64), Error> {
        if let Some(path) = self.own_file(key).await? {
            return hash_file(&path).await;
        }
        let mut body = self.body(key).await?;
        let (mut hash, mut length) = (Sha256::new(), 0);
        while let Some(chunk) = body.next().await {
            let chunk = chunk?;
            hash.update(&chunk);
            length += chunk.len() as u64;
        }
        Ok((crate::digest::hex(&hash.finalize()), length))
    }

    /// The bytes of an object as they come from the store. An error on the way is an [`Error::Store`].
    ///
    /// # Errors
    /// [`Error::Damaged`] when there is none, else [`Error::Store`].
    pub(crate) async fn body(&self, key: &str) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        let found = match self.store.get_opts(&Self::key(key)?, GetOptions::default()).await {
            Ok(found) => found,
            Err(error) if is_missing(&error) => return Err(Error::damaged(key, "it is missing")),
            Err(error) => return Err(self.error(format!("read {key}"))(error)),
        };
        let (doing, location) = (format!("read {key}"), self.location.clone());
        Ok(found.into_stream().map_err(move |error| Error::store(doing.clone(), location.clone(), error)).boxed())
    }

    /// The path of an object of a vault on a disk; `None` when the vault is not on one.
    ///
    /// # Errors
    /// [`Error::Damaged`] when there is no such object, else [`Error::Store`].
    async fn own_file(&self, key: &str) -> Result<Option<PathBuf>, Error> {
        let Some(root) = &self.root else { return Ok(None) };
        match self.length(key).await? {
            Some(_) => Ok(Some(root.join(key))),
            None => Err(Error::damaged(key, "it is missing")),
        }
    }
}
