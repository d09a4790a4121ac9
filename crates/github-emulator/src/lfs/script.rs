//! What tests set up: objects, and what goes wrong with them.

use axum::body::Bytes;

use super::{Content, Object};
use crate::github::GitHub;
use crate::repository::Repository;

/// Something about an object which is not as it should be.
#[derive(Clone, Debug)]
pub enum LfsScript {
    /// The Batch API answers with an error for this object.
    Error {
        /// The code, as 404, 410 or 422.
        code: u16,
        /// The words.
        message: String,
    },
    /// Other bytes than those which belong to the oid are sent.
    WrongBytes(Vec<u8>),
    /// The Batch API says that the object has another size.
    WrongSize(u64),
    /// The link leads there.
    Href(String),
    /// The link is a redirect to there, with the status given.
    RedirectTo {
        /// The status.
        status: u16,
        /// The `Location` header.
        location: String,
    },
    /// The header of the download action has this too.
    Header(String, String),
    /// The next so many links are not valid.
    ExpiredLinks {
        /// How many.
        times: u32,
        /// Whether the Batch API says so with `expires_in`; else it says an hour.
        told: bool,
    },
    /// The action tells this `expires_in`, in seconds.
    ExpiresIn(i64),
    /// The action tells this `expires_at` and no `expires_in`.
    ExpiresAt(String),
    /// Ranges are ignored: every answer begins at the first byte.
    IgnoresRange,
    /// The Batch API leaves the object out of its answer.
    LeftOut,
    /// The Batch API has no action for the object, as if all was there already.
    WithoutAction,
}

/// How the Batch API says that the quota is used up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LfsQuota {
    /// 403 for the whole request.
    Forbidden,
    /// 429 for the whole request.
    TooMany,
    /// Status 509 of git-lfs' specification, for the whole request.
    Bandwidth,
    /// 403 for each object.
    PerObject,
}

/// The content of a pointer file.
pub fn lfs_pointer(oid: &str, size: u64) -> String {
    format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n")
}

impl Repository {
    /// Adds an LFS object: its oid. No pointer file is committed.
    pub fn add_lfs_object(&self, bytes: &[u8]) -> String {
        self.add_lfs(Content::Bytes(Bytes::copy_from_slice(bytes)))
    }

    /// Adds an LFS object of so many made-up bytes, which take no memory: its oid.
    pub fn add_made_up_lfs_object(&self, length: u64, seed: u64) -> String {
        self.add_lfs(Content::MadeUp { length, seed })
    }

    fn add_lfs(&self, content: Content) -> String {
        let oid = content.oid();
        let object = Object { content: Some(content), scripts: Vec::new() };
        self.github().state().lfs.objects(self.id()).objects.insert(oid.clone(), object);
        oid
    }

    /// Removes an LFS object; the Batch API does not know it any more.
    pub fn remove_lfs_object(&self, oid: &str) {
        self.github().state().lfs.objects(self.id()).objects.remove(oid);
    }

    /// Lets something be wrong with an LFS object, which need not be there.
    pub fn script_lfs_object(&self, oid: &str, script: LfsScript) {
        let mut state = self.github().state();
        state.lfs.objects(self.id()).objects.entry(oid.to_owned()).or_default().scripts.push(script);
    }

    /// Takes back all that is wrong with an LFS object.
    pub fn clear_lfs_scripts(&self, oid: &str) {
        if let Some(object) = self.github().state().lfs.object(self.id(), oid) {
            object.scripts.clear();
        }
    }

    /// Lets the data quota of LFS be used up, or be there again.
    pub fn set_lfs_quota(&self, used_up: Option<LfsQuota>) {
        self.github().state().lfs.objects(self.id()).quota = used_up;
    }
}

impl GitHub {
    /// The most objects of a batch; more are answered with 413. GitHub's own limit is not known.
    pub fn set_lfs_batch_limit(&self, limit: Option<usize>) {
        self.state().lfs.batch_limit = limit;
    }
}
