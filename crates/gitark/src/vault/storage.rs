//! The few verbs that a vault asks of an object store.
//!
//! Nothing here is more than S3 can do. The only atomic step is [`Storage::create`].

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::{
    GetOptions, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload, RenameOptions, RenameTargetMode, WriteMultipart,
    local::LocalFileSystem, memory::InMemory, path::Path as Key,
};
use tokio::io::AsyncReadExt as _;

use super::{Error, key};

/// Bytes of one part of an upload. S3 wants at least 5 MiB and at most 10,000 parts.
const PART_BYTES: usize = 8 << 20;
/// Parts of one upload that are under way at once.
const PARTS_AT_ONCE: usize = 4;
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

/// A store with the verbs of a vault. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    root: Option<PathBuf>,
    location: String,
}

/// A file of the vault on a local disk, downloaded when the vault is not one.
#[derive(Debug)]
pub struct LocalFile {
    path: PathBuf,
    _guard: Option<tempfile::TempPath>,
}

impl LocalFile {
    /// Where the bytes can be read as long as this value lives.
    pub fn path(&self) -> &Path {
        &self.path
    }
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
            .map_err(|source| Error::Store { doing: "open the directory".into(), location: location.clone(), source })?
            .with_fsync(true);
        Ok(Self::new(Arc::new(store), Some(root), location))
    }

    /// A vault in memory, for tests.
    pub fn memory() -> Self {
        Self::new(Arc::new(InMemory::new()), None, "memory".into())
    }

    /// A vault in `store`; `root` is the directory that the store writes to, as an absolute path, when it is a disk.
    pub fn new(store: Arc<dyn ObjectStore>, root: Option<PathBuf>, location: String) -> Self {
        Self { store, root, location }
    }

    /// The place as the user knows it.
    pub fn location(&self) -> &str {
        &self.location
    }

    /// The directory of a vault on a disk.
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    fn key(key: &str) -> Result<Key, Error> {
        // Path::from would encode the `~` of our names; parse keeps every character.
        Key::parse(key).map_err(|_| Error::BadName { name: key.to_owned(), problem: "it cannot be part of a key" })
    }

    fn error(&self, doing: String) -> impl FnOnce(object_store::Error) -> Error + '_ {
        move |source| Error::Store { doing, location: self.location.clone(), source }
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
        for _ in 0..CREATE_TRIES {
            let put = self.store.put_opts(&path, PutPayload::from_bytes(bytes.clone()), PutMode::Create.into()).await;
            let refused = match put {
                Ok(_) => return Ok(Created::New),
                Err(error) => error,
            };
            let conflict =
                matches!(refused, object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. });
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
                Err(object_store::Error::NotFound { .. }) => Ok(None),
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
        let parts = match self.store.get_ranges(&Self::key(key)?, ranges).await {
            Ok(parts) => parts,
            Err(object_store::Error::NotFound { .. }) => return Err(Error::damaged(key, "it is missing")),
            Err(error) => {
                let end = ranges.iter().map(|range| range.end).max().unwrap_or(0);
                return match self.length(key).await? {
                    Some(length) if length >= end => Err(self.error(format!("read a part of {key}"))(error)),
                    _ => Err(Error::damaged(key, "it is too short")),
                };
            }
        };
        let whole = parts.iter().zip(ranges).all(|(part, range)| part.len() as u64 == range.end - range.start);
        if whole { Ok(parts) } else { Err(Error::damaged(key, "it is too short")) }
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
            Err(object_store::Error::NotFound { .. }) => Ok(None),
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
        let there = self.length(key).await?;
        match there {
            Some(found) if found == length && !repair => return Ok(()),
            Some(_) if !repair => return Err(Error::damaged(key, "a file of another length is there")),
            _ => {}
        }
        let Some(root) = self.root.as_deref() else {
            return self.upload(key, &target, path).await;
        };
        let inside = path.strip_prefix(root).map_err(|_| Error::Io {
            doing: format!("rename {} into {}", path.display(), self.location),
            source: std::io::ErrorKind::CrossesDevices.into(),
        })?;
        settle_file(path).await?;
        let source = Self::key(&inside.to_string_lossy().replace('\\', "/"))?;
        let target_mode = if repair { RenameTargetMode::Overwrite } else { RenameTargetMode::Create };
        let options = RenameOptions { target_mode, ..RenameOptions::default() };
        match self.store.rename_opts(&source, &target, options).await {
            Ok(()) => Ok(()),
            // Another writer with the same pack, or a reply that was lost. A repair must see its own success: what
            // was there before has the right length too.
            Err(_) if !repair && self.length(key).await? == Some(length) => Ok(()),
            Err(error) => Err(self.error(format!("write {key}"))(error)),
        }
    }

    async fn upload(&self, key: &str, target: &Key, path: &Path) -> Result<(), Error> {
        let io = |source| Error::Io { doing: format!("read {}", path.display()), source };
        let mut file = tokio::fs::File::open(path).await.map_err(io)?;
        let upload = self.store.put_multipart(target).await.map_err(self.error(format!("write {key}")))?;
        let mut writer = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        loop {
            let mut part = Vec::with_capacity(PART_BYTES);
            let read = (&mut file).take(PART_BYTES as u64).read_to_end(&mut part).await.map_err(io);
            let room = writer.wait_for_capacity(PARTS_AT_ONCE).await.map_err(self.error(format!("write {key}")));
            if let Err(error) = read.and(room) {
                // Parts of an upload that never ends would be kept and paid for.
                let _ = writer.abort().await;
                return Err(error);
            }
            if part.is_empty() {
                break;
            }
            writer.put(part.into());
        }
        writer.finish().await.map(drop).map_err(self.error(format!("write {key}")))
    }

    /// The object as a file: the vault's own on a disk, else a copy in `temporary`.
    ///
    /// # Errors
    /// [`Error::Damaged`] when there is none, else [`Error::Store`] or [`Error::Io`].
    pub async fn local_file(&self, key: &str, temporary: &Path) -> Result<LocalFile, Error> {
        if let Some(root) = &self.root {
            if self.length(key).await?.is_none() {
                return Err(Error::damaged(key, "it is missing"));
            }
            return Ok(LocalFile { path: root.join(key), _guard: None });
        }
        let found = match self.store.get_opts(&Self::key(key)?, GetOptions::default()).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Err(Error::damaged(key, "it is missing")),
            Err(error) => return Err(self.error(format!("read {key}"))(error)),
        };
        let io = |source| Error::Io { doing: format!("write a copy of {key} in {}", temporary.display()), source };
        let (file, guard) = tempfile::NamedTempFile::new_in(temporary).map_err(io)?.into_parts();
        let mut file = tokio::fs::File::from_std(file);
        let mut body = found.into_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(self.error(format!("read {key}")))?;
            tokio::io::AsyncWriteExt::write_all(&mut file, &chunk).await.map_err(io)?;
        }
        tokio::io::AsyncWriteExt::flush(&mut file).await.map_err(io)?;
        Ok(LocalFile { path: guard.to_path_buf(), _guard: Some(guard) })
    }

    /// Deletes an object; one that is not there is no failure. Only `--refetch`, after its replacement is stored and
    /// logged, and the spool's cleaning may.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn delete(&self, key: &str) -> Result<(), Error> {
        match self.store.delete(&Self::key(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
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

/// Gives a spooled file the permissions of any new file (the spool's are for the owner alone), and syncs it.
async fn settle_file(path: &Path) -> Result<(), Error> {
    let owned = path.to_owned();
    let settled = tokio::task::spawn_blocking(move || {
        let example = owned.with_extension("permissions");
        let permissions = std::fs::File::create(&example)?.metadata()?.permissions();
        std::fs::remove_file(&example)?;
        std::fs::set_permissions(&owned, permissions)?;
        std::fs::File::open(&owned)?.sync_all()
    });
    let settled = settled.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    settled.map_err(|source| Error::Io { doing: format!("sync {}", path.display()), source })
}

/// A pack and its index as local files.
#[derive(Debug)]
pub struct LocalPack {
    /// The `.pack`.
    pub pack: LocalFile,
    /// The `.idx`.
    pub index: LocalFile,
}

/// SHA-256 in hex and length in bytes of a file.
///
/// # Errors
/// [`Error::Io`].
pub async fn hash_file(path: &Path) -> Result<(String, u64), Error> {
    use sha2::Digest as _;
    let owned = path.to_owned();
    let hashed = tokio::task::spawn_blocking(move || {
        use std::io::Read as _;
        let mut file = std::fs::File::open(&owned)?;
        let (mut hash, mut length) = (sha2::Sha256::new(), 0);
        let mut buffer = vec![0; 1 << 18];
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                return Ok((crate::digest::hex(&hash.finalize()), length));
            }
            hash.update(&buffer[..count]);
            length += count as u64;
        }
    });
    let hashed = hashed.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    hashed.map_err(|source| Error::Io { doing: format!("read {}", path.display()), source })
}
