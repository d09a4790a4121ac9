//! An object that comes from outside piece by piece, on its way to a key that is named by its content: nothing is
//! visible until the caller has seen all of it and says that it is right.

use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use object_store::{Attribute, Attributes, MultipartUpload, PutMultipartOptions, path::Path as Key};
use sha2::{Digest as _, Sha256};
use tokio::{
    fs::File,
    io::{AsyncWriteExt as _, BufWriter},
    sync::SemaphorePermit,
    task::JoinSet,
};

use super::{Storage, upload};
use crate::{
    digest,
    vault::{Error, key},
};

/// An object that is being received. On a disk it grows in the spool; to an object store it goes in parts as it comes.
pub(crate) struct Incoming {
    storage: Storage,
    key: String,
    expected: u64,
    replace: bool,
    hash: Sha256,
    received: u64,
    sink: Sink,
}

enum Sink {
    File { file: BufWriter<File>, path: PathBuf, _spool: tempfile::TempDir },
    Parts(Box<Parts>),
}

/// What goes to an object store: one put when it is small, else parts.
struct Parts {
    target: Key,
    attributes: Attributes,
    part_bytes: usize,
    buffer: BytesMut,
    /// For what is in the buffer.
    room: Option<SemaphorePermit<'static>>,
    upload: Option<Box<dyn MultipartUpload>>,
    under_way: JoinSet<object_store::Result<()>>,
}

impl Storage {
    /// Begins to receive an object of `length` bytes for `key`. With `replace`, what is there is known to be damaged.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(crate) async fn receive(
        &self,
        key: &str,
        length: u64,
        temporary: &Path,
        replace: bool,
    ) -> Result<Incoming, Error> {
        let target = Self::key(key)?;
        let sink = if self.root.is_some() {
            let spool = self.spool(temporary)?;
            let path = spool.path().join("incoming");
            let file = File::create(&path).await.map_err(|source| Error::Io { doing: doing(&path), source })?;
            Sink::File { file: BufWriter::with_capacity(1 << 18, file), path, _spool: spool }
        } else {
            let mut attributes = Attributes::new();
            if let (Some(class), true) = (self.bulk_class, key::is_bulk(key)) {
                attributes.insert(Attribute::StorageClass, class.name().into());
            }
            Sink::Parts(Box::new(Parts {
                target,
                attributes,
                part_bytes: usize::try_from(upload::part_bytes(length)).unwrap_or(usize::MAX),
                buffer: BytesMut::new(),
                room: None,
                upload: None,
                under_way: JoinSet::new(),
            }))
        };
        let (storage, key) = (self.clone(), key.to_owned());
        Ok(Incoming { storage, key, expected: length, replace, hash: Sha256::new(), received: 0, sink })
    }
}

fn doing(path: &Path) -> String {
    format!("write {}", path.display())
}

impl Incoming {
    /// Bytes that came so far.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// SHA-256 of what came so far, in hex.
    pub(crate) fn sha256(&self) -> String {
        digest::hex(&self.hash.clone().finalize())
    }

    /// Takes the bytes that come next.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Io`].
    pub(crate) async fn write(&mut self, chunk: &Bytes) -> Result<(), Error> {
        self.hash.update(chunk);
        self.received += chunk.len() as u64;
        match &mut self.sink {
            Sink::File { file, path, .. } => {
                file.write_all(chunk).await.map_err(|source| Error::Io { doing: doing(path), source })
            }
            Sink::Parts(parts) => {
                let is_last = self.received >= self.expected;
                let done = parts.write(&self.storage, chunk, is_last).await;
                done.map_err(self.storage.error(format!("write {}", self.key)))
            }
        }
    }

    /// Makes the object visible. "Already there" means present with equal length.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Io`], or [`Error::Damaged`] when another length is there.
    pub(crate) async fn finish(self) -> Result<(), Error> {
        let Self { storage, key, received, replace, sink, .. } = self;
        match sink {
            Sink::File { mut file, path, _spool } => {
                file.flush().await.map_err(|source| Error::Io { doing: doing(&path), source })?;
                drop(file);
                storage.store_file(&key, &path, received, replace).await
            }
            Sink::Parts(mut parts) => match parts.finish(&storage, replace).await {
                Ok(()) => Ok(()),
                Err(error) => {
                    parts.discard().await;
                    match storage.is_done(&key, received, replace).await? {
                        true => Ok(()),
                        false => Err(storage.error(format!("write {key}"))(error)),
                    }
                }
            },
        }
    }

    /// Gives up what came: parts of an upload would be kept and paid for.
    pub(crate) async fn discard(self) {
        if let Sink::Parts(mut parts) = self.sink {
            parts.discard().await;
        }
    }
}

impl Parts {
    async fn write(&mut self, storage: &Storage, chunk: &Bytes, is_last: bool) -> object_store::Result<()> {
        let mut rest = chunk.clone();
        while !rest.is_empty() {
            if self.room.is_none() {
                self.room = Some(upload::room().await);
            }
            let taken = rest.split_to(rest.len().min(self.part_bytes - self.buffer.len()));
            self.buffer.extend_from_slice(&taken);
            // The end of what fits into one put is left for that.
            let may_be_all = is_last && rest.is_empty() && self.upload.is_none();
            if self.buffer.len() >= self.part_bytes && !may_be_all {
                self.send(storage).await?;
            }
        }
        Ok(())
    }

    /// Sends what is in the buffer as a part.
    async fn send(&mut self, storage: &Storage) -> object_store::Result<()> {
        while let Some(ended) = self.under_way.try_join_next() {
            flatten(ended)?;
        }
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => {
                let attributes = self.attributes.clone();
                let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
                none.insert(storage.store.put_multipart_opts(&self.target, options).await?)
            }
        };
        let (part, room) = (upload.put_part(self.buffer.split().freeze().into()), self.room.take());
        self.under_way.spawn(async move {
            let put = part.await;
            drop(room);
            put
        });
        Ok(())
    }

    async fn finish(&mut self, storage: &Storage, replace: bool) -> object_store::Result<()> {
        if self.upload.is_none() {
            let bytes = self.buffer.split().freeze();
            return storage.put_bulk(&self.target, bytes, replace, self.attributes.clone()).await;
        }
        if !self.buffer.is_empty() {
            self.send(storage).await?;
        }
        while let Some(ended) = self.under_way.join_next().await {
            flatten(ended)?;
        }
        match &mut self.upload {
            Some(upload) => upload.complete().await.map(drop),
            None => Ok(()),
        }
    }

    async fn discard(&mut self) {
        // A part that arrives behind the abort would stay.
        self.under_way.shutdown().await;
        if let Some(mut upload) = self.upload.take() {
            let _ = upload.abort().await;
        }
    }
}

fn flatten(ended: Result<object_store::Result<()>, tokio::task::JoinError>) -> object_store::Result<()> {
    ended.unwrap_or_else(|panic| Err(object_store::Error::Generic { store: "upload", source: panic.into() }))
}
