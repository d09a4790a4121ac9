//! A large file into an object store, in parts.

use std::{path::Path, time::SystemTime};

use bytes::Bytes;
use object_store::{Attributes, MultipartUpload, ObjectStore, PutMultipartOptions, path::Path as Key};
use tokio::{
    fs::File,
    io::AsyncReadExt as _,
    sync::{Semaphore, SemaphorePermit},
    task::JoinSet,
};

/// Bytes of one part. S3 wants at least 5 MiB, and files up to this size go up in one put.
pub(super) const PART_BYTES: u64 = 8 << 20;
/// The most parts that S3 takes of one file.
const MAXIMUM_PARTS: u64 = 10_000;
/// Parts in memory, in the whole process: what all uploads together may hold is this times [`PART_BYTES`].
static PARTS_IN_MEMORY: Semaphore = Semaphore::const_new(6);

/// Why an upload failed.
pub(super) enum Failure {
    /// The file could not be read.
    File(std::io::Error),
    /// The store refused or failed.
    Store(object_store::Error),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::File(error)
    }
}

impl From<object_store::Error> for Failure {
    fn from(error: object_store::Error) -> Self {
        Failure::Store(error)
    }
}

/// Bytes of each part but the last one, of an object of `length` bytes.
pub(super) fn part_bytes(length: u64) -> u64 {
    PART_BYTES.max(length.div_ceil(MAXIMUM_PARTS))
}

/// Room for one part in memory.
pub(super) async fn room() -> SemaphorePermit<'static> {
    match PARTS_IN_MEMORY.acquire().await {
        Ok(permit) => permit,
        // Nobody closes it.
        Err(_) => std::future::pending().await,
    }
}

/// A file on its way up. It must stay as it is until all of it was read.
struct Source {
    file: File,
    length: u64,
    modified: Option<SystemTime>,
}

impl Source {
    async fn open(path: &Path, length: u64) -> std::io::Result<Self> {
        let file = File::open(path).await?;
        let modified = file.metadata().await?.modified().ok();
        let source = Self { file, length, modified };
        source.is_as_it_was().await.map(|()| source)
    }

    async fn is_as_it_was(&self) -> std::io::Result<()> {
        let now = self.file.metadata().await?;
        if now.len() != self.length || now.modified().ok() != self.modified {
            return Err(std::io::Error::other("the file changed while it was uploaded"));
        }
        Ok(())
    }

    /// The next `length` bytes.
    async fn read(&mut self, length: u64) -> std::io::Result<Bytes> {
        let mut part = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
        (&mut self.file).take(length).read_to_end(&mut part).await?;
        if part.len() as u64 == length { Ok(part.into()) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// All of the file at `path`, of `length` bytes.
pub(super) async fn whole(path: &Path, length: u64) -> std::io::Result<Bytes> {
    let mut source = Source::open(path, length).await?;
    let bytes = source.read(length).await?;
    source.is_as_it_was().await.map(|()| bytes)
}

/// Puts the file at `path`, of `length` bytes, at `key`: over what is there, when all of it has arrived and not
/// before. A failed upload is aborted: its parts would be kept and paid for.
pub(super) async fn in_parts(
    store: &dyn ObjectStore,
    key: &Key,
    path: &Path,
    length: u64,
    attributes: Attributes,
) -> Result<(), Failure> {
    let mut source = Source::open(path, length).await?;
    let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
    let mut upload = store.put_multipart_opts(key, options).await?;
    let mut under_way = JoinSet::new();
    let sent = send(upload.as_mut(), &mut source, &mut under_way).await;
    let done = match sent {
        Ok(()) => upload.complete().await.map(drop).map_err(Failure::Store),
        Err(failure) => Err(failure),
    };
    if done.is_err() {
        // A part that arrives behind the abort would stay.
        under_way.shutdown().await;
        let _ = upload.abort().await;
    }
    done
}

async fn send(
    upload: &mut dyn MultipartUpload,
    source: &mut Source,
    under_way: &mut JoinSet<object_store::Result<()>>,
) -> Result<(), Failure> {
    let part_bytes = part_bytes(source.length);
    let mut left = source.length;
    while left > 0 {
        let permit = room().await;
        while let Some(ended) = under_way.try_join_next() {
            flatten(ended)?;
        }
        let part = source.read(left.min(part_bytes)).await?;
        left -= part.len() as u64;
        let part = upload.put_part(part.into());
        // A task of its own: a part that waits for this loop, which waits for room, would wait for ever.
        under_way.spawn(async move {
            let put = part.await;
            drop(permit);
            put
        });
    }
    while let Some(ended) = under_way.join_next().await {
        flatten(ended)?;
    }
    source.is_as_it_was().await.map_err(Failure::File)
}

fn flatten(ended: Result<object_store::Result<()>, tokio::task::JoinError>) -> Result<(), Failure> {
    match ended {
        Ok(put) => put.map_err(Failure::Store),
        Err(panic) => Err(Failure::File(std::io::Error::other(panic))),
    }
}
