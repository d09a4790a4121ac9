//! Git LFS: the objects of repositories, the Batch API, and links to objects.
//!
//! Shapes: git-lfs' `docs/api/batch.md` and `docs/api/basic-transfers.md`; GitHub's words where they are known.

mod batch;
mod content;
mod download;
mod script;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use batch::answer as answer_batch;
pub(crate) use content::Content;
pub(crate) use download::{PATH as DOWNLOAD_PATH, answer as answer_download};
pub use script::{LfsQuota, LfsScript, lfs_pointer};

/// The LFS objects of all repositories.
#[derive(Debug, Default)]
pub(crate) struct Lfs {
    repositories: BTreeMap<u64, Objects>,
    /// Links handed out so far.
    links: u64,
    /// Links which are not valid any more, or never were.
    expired: BTreeSet<u64>,
    /// The most objects of a batch.
    pub(crate) batch_limit: Option<usize>,
}

/// The LFS objects of a repository.
#[derive(Debug, Default)]
struct Objects {
    objects: BTreeMap<String, Object>,
    quota: Option<LfsQuota>,
}

/// An object, or what is said in its place.
#[derive(Clone, Debug, Default)]
struct Object {
    /// Nothing once it was removed.
    content: Option<Content>,
    scripts: Vec<LfsScript>,
}

impl Lfs {
    fn objects(&mut self, repository: u64) -> &mut Objects {
        self.repositories.entry(repository).or_default()
    }

    fn object(&mut self, repository: u64, oid: &str) -> Option<&mut Object> {
        self.repositories.get_mut(&repository)?.objects.get_mut(oid)
    }

    /// A new link, valid or not.
    fn link(&mut self, valid: bool) -> u64 {
        self.links += 1;
        if !valid {
            self.expired.insert(self.links);
        }
        self.links
    }
}
