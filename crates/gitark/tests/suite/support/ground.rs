//! The kinds of store that a vault may lie in, each with the same few verbs for tests.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::{StreamExt as _, TryStreamExt as _};
use gitark::vault::{Storage, storage::S3};
use object_store::{
    StaticCredentialProvider,
    aws::{AwsCredential, AwsCredentialProvider},
    local::LocalFileSystem,
};
use tempfile::TempDir;

use super::{FaultyStore, Plan, SeaweedFs, seaweedfs};

/// A kind of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Disk,
    Memory,
    SeaweedFs,
}

/// An empty place for one vault; it goes away with the value.
pub(crate) struct Ground {
    kind: Kind,
    storage: Storage,
    directory: TempDir,
    prefix: String,
}

impl Ground {
    /// `None` when this machine has no such store.
    pub(crate) fn new(kind: Kind) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a directory");
        let prefix = SeaweedFs::prefix();
        let storage = match kind {
            Kind::Disk => {
                // Not synced: no machine goes down here.
                let store = LocalFileSystem::new_with_prefix(directory.path()).expect("a directory");
                Storage::new(Arc::new(store), Some(directory.path().to_owned()), "a disk".into())
            }
            Kind::Memory => Storage::memory(),
            Kind::SeaweedFs => on_seaweedfs(SeaweedFs::shared()?, &prefix),
        };
        Some(Self { kind, storage, directory, prefix })
    }

    pub(crate) fn disk() -> Self {
        Self::new(Kind::Disk).expect("always there")
    }

    pub(crate) fn memory() -> Self {
        Self::new(Kind::Memory).expect("always there")
    }

    /// `None` on a machine without SeaweedFS.
    pub(crate) fn bucket() -> Option<Self> {
        Self::new(Kind::SeaweedFs)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// What all keys begin with, in a bucket.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(crate) fn storage(&self) -> Storage {
        self.storage.clone()
    }

    /// The same place through a store that fails as planned.
    pub(crate) fn faulty(&self, plan: Plan) -> (Storage, FaultyStore) {
        let mut between = None;
        let storage = self.storage().wrapped(|inner| {
            let faulty = FaultyStore::new(inner, plan);
            between = Some(faulty.clone());
            Arc::new(faulty)
        });
        (storage, between.expect("wrapped"))
    }

    /// Another place of the same kind that holds the same.
    pub(crate) async fn copy(&self) -> Self {
        let copy = Self::new(self.kind).expect("it was there before");
        let keys = self.storage.list("").await.expect("a listing");
        let copied = futures::stream::iter(keys).map(Ok).try_for_each_concurrent(8, |(key, _)| {
            let (from, to) = (self.storage(), copy.storage());
            async move { to.replace(&key, from.read(&key).await?.expect("there")).await }
        });
        copied.await.expect("a copy");
        copy
    }

    /// The same as files, for git to judge: the vault itself on a disk, else a copy.
    pub(crate) async fn files(&self) -> Files {
        if self.kind == Kind::Disk {
            return Files { path: self.directory.path().to_owned(), _copy: None };
        }
        Self::files_of(&self.storage).await
    }

    /// All of a store, as files.
    pub(crate) async fn files_of(storage: &Storage) -> Files {
        let copy = tempfile::tempdir().expect("a directory");
        for (key, _) in storage.list("").await.expect("a listing") {
            let path = copy.path().join(&key);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
            std::fs::write(path, storage.read(&key).await.expect("a read").expect("there")).expect("written");
        }
        Files { path: copy.path().to_owned(), _copy: Some(copy) }
    }

    /// A directory for what is on its way into the vault, as a backup has it.
    pub(crate) fn spool(&self) -> TempDir {
        self.storage.spool(&std::env::temp_dir()).expect("a spool")
    }

    /// How many uploads in parts were begun here and neither completed nor aborted; `None` when nothing can tell.
    pub(crate) fn unfinished_uploads(&self) -> Option<usize> {
        if self.kind != Kind::SeaweedFs {
            return None;
        }
        let prefix = format!("{}/", self.prefix);
        let arguments = ["s3api", "list-multipart-uploads", "--bucket", seaweedfs::BUCKET, "--prefix", &prefix];
        let listed = SeaweedFs::shared()?.aws(&arguments)?;
        let answer: serde_json::Value =
            if listed.is_empty() { serde_json::json!({}) } else { serde_json::from_str(&listed).expect("JSON") };
        Some(answer["Uploads"].as_array().map_or(0, Vec::len))
    }
}

/// A vault as files.
pub(crate) struct Files {
    path: PathBuf,
    _copy: Option<TempDir>,
}

impl Files {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Credentials for a server of tests.
pub(crate) fn credentials(key: &str, secret: &str) -> AwsCredentialProvider {
    let credential = AwsCredential { key_id: key.into(), secret_key: secret.into(), token: None };
    Arc::new(StaticCredentialProvider::new(credential))
}

fn on_seaweedfs(server: &SeaweedFs, prefix: &str) -> Storage {
    let settings = S3 {
        location: format!("s3://{}/{prefix}", seaweedfs::BUCKET),
        bucket: seaweedfs::BUCKET.into(),
        prefix: prefix.into(),
        region: "us-east-1".into(),
        endpoint: Some(server.endpoint().into()),
        path_style: true,
        encryption: None,
        storage_class: None,
        credentials: credentials(seaweedfs::KEY, seaweedfs::SECRET),
        retries: 3,
    };
    Storage::s3(settings).expect("a store")
}
