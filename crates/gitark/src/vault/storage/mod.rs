//! The few verbs that a vault asks of an object store.
//!
//! Nothing here is more than S3 can do. The only atomic step is [`Storage::create`].

mod bucket;
mod client;
mod file;
mod incoming;
mod no_links;
mod reading;
mod s3;
mod upload;

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures::TryStreamExt as _;
use object_store::{
    Attribute, Attributes, GetOptions, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, PutPayload,
    RenameOptions, RenameTargetMode, coalesce_ranges, local::LocalFileSystem, memory::InMemory, path::Path as Key,
};

pub(super) use self::bucket::{Answer as BucketAnswer, Bucket};
pub(crate) use self::incoming::Incoming;
pub use self::{
    client::client_options,
    file::{LocalFile, LocalPack, hash as hash_file},
    s3::{Encryption, S3, StorageClass},
};
use super::{Error, error::is_missing, key};

/// Bytes between two wanted parts of an object that are read too rather than asked for apart: a request takes about
/// as long as these do.
const GAP_BYTES: u64 = 24 << 10;
/// The wait before a create is tried again; it doubles.
const CONFLICT_WAIT: Duration = Duration::from_millis(50);

/// How often a create is tried again when the store says "exists" of a key that is not there.
const CREATE_TRIES: usize = 4;

/// What became of a create-only put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The key holds our bytes now.
    New,
    /// The key held these other bytes before, and still does.
    Exists(Bytes),
}

/// Whether a store refused a create because of what is there, or, as S3 does with 409, of what another is writing there.
fn is_conflict(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. })
}

/// The wait before a create is tried for the `attempt`th time, from 0.
async fn wait_before(attempt: usize) {
    if attempt > 0 {
        tokio::time::sleep(CONFLICT_WAIT * (1 << attempt)).await;
    }
}

/// A store with the verbs of a vault. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    root: Option<PathBuf>,
    location: String,
    /// The storage class of what is large.
    bulk_class: Option<StorageClass>,
    /// The bucket of S3 that it is in.
    bucket: Option<Arc<Bucket>>,
}

impl Storage {
    /// A vault in a directory, which must exist. Every write is synced to the disk before it counts.
    ///
    /// # Errors
    /// [`Error::Store`] when the directory cannot be opened.
    pub fn local(directory: &Path) -> Result<Self, Error> {
        let location = directory.display().to_string();
        // The spool's paths are absolute: they must be seen to lie inside.
        let root = std::path::absolute(directory)
            .map_err(|source| Error::Io { doing: format!("find the directory {location}"), source })?;
        let store = LocalFileSystem::new_with_prefix(&root)
            .map_err(|error| Error::store("open the directory".into(), location.clone(), error))?
            .with_fsync(true);
        Ok(Self::new(Arc::new(store), Some(root), location))
    }

    /// A vault in memory, for tests.
    pub fn memory() -> Self {
        Self::new(Arc::new(InMemory::new()), None, "memory".into())
    }

    /// A vault in `store`; `root` is the directory that the store writes to, as an absolute path, when it is a disk.
    pub fn new(store: Arc<dyn ObjectStore>, root: Option<PathBuf>, location: String) -> Self {
        Self { store, root, location, bulk_class: None, bucket: None }
    }

    /// The same with another store in between, which may count, limit, or fail where a test wants it to.
    #[must_use]
    pub fn wrapped(self, wrap: impl FnOnce(Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore>) -> Self {
        Self { store: wrap(self.store), ..self }
    }

    /// The place as the user knows it.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The directory of a vault on a disk.
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// The bucket of S3 that the vault is in, to ask how it is set up.
    pub(in crate::vault) fn bucket(&self) -> Option<&Bucket> {
        self.bucket.as_deref()
    }

    fn key(key: &str) -> Result<Key, Error> {
        // Path::from would encode the `~` of our names; parse keeps every character.
        Key::parse(key).map_err(|_| Error::BadName { name: key.to_owned(), problem: "it cannot be part of a key" })
    }

    fn error(&self, doing: String) -> impl FnOnce(object_store::Error) -> Error + '_ {
        move |error| Error::store(doing, self.location.clone(), error)
    }

    /// Puts `bytes` at `key` unless something is there.
    ///
    /// A lost reply (done, but answered with an error) counts as [`Created::New`], because the bytes of every document
    /// name their writer. A conflict reply with nothing written (S3's 409) is tried again.
    ///
    /// # Errors
    /// [`Error::Store`]; then it is not known whether the bytes are there.
    pub async fn create(&self, key: &str, bytes: Bytes) -> Result<Created, Error> {
        let path = Self::key(key)?;
        let mut last = None;
        for attempt in 0..CREATE_TRIES {
            wait_before(attempt).await;
            let refused = match self.put_new(&path, bytes.clone()).await {
                Ok(()) => return Ok(Created::New),
                Err(error) => error,
            };
            let conflict = is_conflict(&refused);
            match self.read(key).await {
                Ok(Some(found)) if found == bytes => return Ok(Created::New),
                Ok(Some(found)) if conflict => return Ok(Created::Exists(found)),
                Ok(None) if conflict => last = Some(refused),
                _ => return Err(self.error(format!("write {key}"))(refused)),
            }
        }
        let source = last.unwrap_or(object_store::Error::NotImplemented {
            operation: "create".into(),
            implementer: self.location.clone(),
        });
        Err(self.error(format!("write {key}"))(source))
    }

    /// One create-only put, on a disk without hard links by a rename.
    async fn put_new(&self, path: &Key, bytes: Bytes) -> object_store::Result<()> {
        let put = self.store.put_opts(path, PutPayload::from_bytes(bytes.clone()), PutMode::Create.into()).await;
        match (put, &self.root) {
            (Err(error), Some(root)) if no_links::are_missing(&error) => no_links::create(root, path, bytes).await,
            (put, _) => put.map(drop),
        }
    }

    /// Whether a create-only put of other bytes at `key`, where something is, is refused.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn refuses_to_overwrite(&self, key: &str, other: Bytes) -> Result<bool, Error> {
        match self.put_new(&Self::key(key)?, other).await {
            Ok(()) => Ok(false),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => Ok(true),
            Err(error) => Err(self.error(format!("write {key}"))(error)),
        }
    }

    /// Puts `bytes` at `key`, over what is there. For views only.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn replace(&self, key: &str, bytes: Bytes) -> Result<(), Error> {
        let path = Self::key(key)?;
        let put = self.store.put_opts(&path, PutPayload::from_bytes(bytes), PutMode::Overwrite.into());
        put.await.map(drop).map_err(self.error(format!("write {key}")))
    }

    /// The whole object, or `None` when there is none.
    ///
    /// # Errors
    /// [`Error::Store`] for anything but "not found".
    pub async fn read(&self, key: &str) -> Result<Option<Bytes>, Error> {
        let read = async {
            match self.store.get_opts(&Self::key(key)?, GetOptions::default()).await {
                Ok(found) => found.bytes().await.map(Some).map_err(self.error(format!("read {key}"))),
                Err(error) if is_missing(&error) => Ok(None),
                Err(error) => Err(self.error(format!("read {key}"))(error)),
            }
        };
        read.await
    }

    /// Parts of an object.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the object is missing or shorter, [`Error::Store`] for the rest.
    pub async fn read_ranges(&self, key: &str, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, Error> {
        let path = Self::key(key)?;
        let read = match self.root {
            Some(_) => self.store.get_ranges(&path, ranges).await,
            None => coalesce_ranges(ranges, |range| self.get_whole_range(&path, range), GAP_BYTES).await,
        };
        let parts = match read {
            Ok(parts) => parts,
            Err(error) if is_missing(&error) => return Err(Error::damaged(key, "it is missing")),
            Err(error) => {
                let end = ranges.iter().map(|range| range.end).max().unwrap_or(0);
                return match self.length(key).await {
                    Ok(Some(length)) if length < end => Err(Error::damaged(key, "it is too short")),
                    // No word of its length, or a good one: the store failed, and said how the first time.
                    _ => Err(self.error(format!("read a part of {key}"))(error)),
                };
            }
        };
        let whole = parts.iter().zip(ranges).all(|(part, range)| part.len() as u64 == range.end - range.start);
        if whole { Ok(parts) } else { Err(Error::damaged(key, "it is too short")) }
    }

    /// A part of an object, or an error when it ends before: `coalesce_ranges` does not survive less than it asked for.
    async fn get_whole_range(&self, path: &Key, range: Range<u64>) -> object_store::Result<Bytes> {
        let length = range.end.saturating_sub(range.start);
        let part = self.store.get_range(path, range).await?;
        if part.len() as u64 == length {
            return Ok(part);
        }
        let source = format!("{} bytes instead of {length}", part.len()).into();
        Err(object_store::Error::Generic { store: "range", source })
    }

    /// One part of an object.
    ///
    /// # Errors
    /// As [`Storage::read_ranges`].
    pub async fn read_range(&self, key: &str, range: Range<u64>) -> Result<Bytes, Error> {
        let parts = self.read_ranges(key, std::slice::from_ref(&range)).await?;
        Ok(parts.into_iter().next().unwrap_or_default())
    }

    /// The length of an object in bytes, or `None` when there is none.
    ///
    /// # Errors
    /// [`Error::Store`] for anything but "not found".
    pub async fn length(&self, key: &str) -> Result<Option<u64>, Error> {
        match self.store.head(&Self::key(key)?).await {
            Ok(found) => Ok(Some(found.size)),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.error(format!("look for {key}"))(error)),
        }
    }

    /// When an object was last written by the store's clock, in seconds since 1970; `None` when there is none.
    ///
    /// # Errors
    /// [`Error::Store`] for anything but "not found".
    pub async fn written(&self, key: &str) -> Result<Option<i64>, Error> {
        match self.store.head(&Self::key(key)?).await {
            Ok(found) => Ok(Some(found.last_modified.timestamp())),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.error(format!("look for {key}"))(error)),
        }
    }

    /// All keys below `prefix`, with lengths, sorted.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(&self, prefix: &str) -> Result<Vec<(String, u64)>, Error> {
        let prefix_key = Self::key(prefix)?;
        let prefix_key = (!prefix.is_empty()).then_some(&prefix_key);
        let listed = self.store.list(prefix_key).map_ok(|found| (found.location.to_string(), found.size));
        let mut keys: Vec<_> = listed.try_collect().await.map_err(self.error(format!("list {prefix}/")))?;
        keys.sort();
        Ok(keys)
    }

    /// The names directly below `prefix`: folders and objects apart, without the prefix, sorted.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list_level(&self, prefix: &str) -> Result<(Vec<String>, Vec<String>), Error> {
        let prefix_key = Self::key(prefix)?;
        let prefix_key = (!prefix.is_empty()).then_some(&prefix_key);
        let level = self.store.list_with_delimiter(prefix_key).await.map_err(self.error(format!("list {prefix}/")))?;
        let name = |key: &Key| key.filename().unwrap_or_default().to_owned();
        let mut folders: Vec<_> = level.common_prefixes.iter().map(name).collect();
        let mut objects: Vec<_> = level.objects.iter().map(|found| name(&found.location)).collect();
        folders.sort();
        objects.sort();
        Ok((folders, objects))
    }

    /// Stores the file at `path`, of `length` bytes, at `key`, which is named by content.
    ///
    /// On a disk the file must lie in the vault's spool and is renamed. "Already there" means present with equal
    /// length, unless `repair` says that what is there is known to be damaged: then it is replaced.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Io`], or [`Error::Damaged`] when another length is there.
    pub async fn store_file(&self, key: &str, path: &Path, length: u64, repair: bool) -> Result<(), Error> {
        let target = Self::key(key)?;
        let Some(root) = self.root.as_deref() else {
            return self.upload(key, &target, path, length, repair).await;
        };
        if !repair && self.is_there(key, length).await? {
            return Ok(());
        }
        let inside = path.strip_prefix(root).map_err(|_| Error::Io {
            doing: format!("rename {} into {}", path.display(), self.location),
            source: std::io::ErrorKind::CrossesDevices.into(),
        })?;
        file::settle(path, length).await?;
        let source = Self::key(&inside.to_string_lossy().replace('\\', "/"))?;
        let target_mode = if repair { RenameTargetMode::Overwrite } else { RenameTargetMode::Create };
        let options = RenameOptions { target_mode, ..RenameOptions::default() };
        let renamed = match self.store.rename_opts(&source, &target, options).await {
            Err(error) if !repair && no_links::are_missing(&error) => no_links::rename(root, &source, &target).await,
            renamed => renamed,
        };
        match renamed {
            Ok(()) => Ok(()),
            Err(_) if self.is_done(key, length, repair).await? => Ok(()),
            Err(error) => Err(self.error(format!("write {key}"))(error)),
        }
    }

    /// Stores a file on an object store: a small one by one create-only put, a large one in parts, which no store can
    /// make create-only.
    async fn upload(&self, key: &str, target: &Key, path: &Path, length: u64, repair: bool) -> Result<(), Error> {
        let mut attributes = Attributes::new();
        if let (Some(class), true) = (self.bulk_class, key::is_bulk(key)) {
            attributes.insert(Attribute::StorageClass, class.name().into());
        }
        let failed = |failure| match failure {
            upload::Failure::File(source) => Error::Io { doing: format!("read {}", path.display()), source },
            upload::Failure::Store(source) => self.error(format!("write {key}"))(source),
        };
        if length > upload::PART_BYTES {
            if !repair && self.is_there(key, length).await? {
                return Ok(());
            }
            return match upload::in_parts(&self.store, target, path, length, attributes).await {
                Ok(()) => Ok(()),
                Err(upload::Failure::Store(_)) if self.is_done(key, length, repair).await? => Ok(()),
                Err(failure) => Err(failed(failure)),
            };
        }
        let _room = upload::room().await;
        let bytes = upload::whole(path, length).await.map_err(|error| failed(error.into()))?;
        match self.put_bulk(target, bytes, repair, attributes).await {
            Ok(()) => Ok(()),
            Err(_) if self.is_done(key, length, repair).await? => Ok(()),
            Err(error) => Err(failed(error.into())),
        }
    }

    /// One put of something that is named by its content. What is there has the same content: then it is no failure.
    async fn put_bulk(
        &self,
        target: &Key,
        bytes: Bytes,
        replace: bool,
        attributes: Attributes,
    ) -> object_store::Result<()> {
        let mode = if replace { PutMode::Overwrite } else { PutMode::Create };
        let mut attempt = 0;
        loop {
            wait_before(attempt).await;
            attempt += 1;
            let options = PutOptions { mode: mode.clone(), attributes: attributes.clone(), ..PutOptions::default() };
            match self.store.put_opts(target, bytes.clone().into(), options).await {
                Ok(_) => return Ok(()),
                // S3's 409 of a put that another one overtakes: what that one wrote is there now, or nothing is.
                Err(error) if is_conflict(&error) && attempt < CREATE_TRIES => {
                    if self.store.head(target).await.is_ok() {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether an object of this length is at `key`.
    ///
    /// # Errors
    /// [`Error::Damaged`] when one of another length is.
    async fn is_there(&self, key: &str, length: u64) -> Result<bool, Error> {
        match self.length(key).await? {
            None => Ok(false),
            Some(found) if found == length => Ok(true),
            Some(_) => Err(Error::damaged(key, "a file of another length is there")),
        }
    }

    /// Whether a write that failed is done all the same: another writer had the same pack, or the reply was lost. A
    /// repair must see its own success: what was there before has the right length too.
    ///
    /// # Errors
    /// [`Error::Damaged`] when a file of another length is there. A store that fails here too has nothing new to say.
    async fn is_done(&self, key: &str, length: u64, repair: bool) -> Result<bool, Error> {
        if repair {
            return Ok(false);
        }
        match self.is_there(key, length).await {
            Err(error @ Error::Damaged(_)) => Err(error),
            answer => Ok(answer.unwrap_or(false)),
        }
    }

    /// Deletes an object; one that is not there is no failure. Only `--refetch`, after its replacement is stored and
    /// logged, and the spool's cleaning may.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn delete(&self, key: &str) -> Result<(), Error> {
        match self.store.delete(&Self::key(key)?).await {
            Ok(()) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(self.error(format!("delete {key}"))(error)),
        }
    }

    /// A directory for one pack on its way into the vault: in the vault's own file system when it is a disk, so that
    /// the pack is renamed and not copied, else in `temporary`. It goes away with the value.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn spool(&self, temporary: &Path) -> Result<tempfile::TempDir, Error> {
        let parent = match &self.root {
            Some(root) => root.join(key::SPOOL),
            None => temporary.to_owned(),
        };
        let io = |source| Error::Io { doing: format!("make a directory in {}", parent.display()), source };
        std::fs::create_dir_all(&parent).map_err(io)?;
        tempfile::Builder::new().prefix("gitark-").tempdir_in(&parent).map_err(io)
    }
}
