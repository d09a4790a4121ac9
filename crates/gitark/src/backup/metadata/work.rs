//! What a pass over the metadata of a repository did, for the report.

use serde::{Deserialize, Serialize};

use crate::backup::{Reason, report::Shrunk};

/// What a backup of a `.meta.git` did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataWork {
    /// Files that are new or changed.
    pub changed_files: u64,
    /// Files that are gone upstream; history keeps them.
    pub removed_files: u64,
    /// Resources that the token may not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_permitted: Vec<NotPermitted>,
    /// Resources that could not be read, or not to their end. What was read of them is kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// Of what there is far less than at the last full check.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shrunk: Vec<Shrunk>,
    /// Release assets and attachments that are in the vault from now on.
    #[serde(default, skip_serializing_if = "crate::vault::document::is_zero")]
    pub stored_files: u64,
    /// Those that could not be had and will not be tomorrow: their records say why.
    #[serde(default, skip_serializing_if = "crate::vault::document::is_zero")]
    pub missing_files: u64,
    /// Those that could not be had this time. The next run tries again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_files: Vec<FailedFile>,
}

/// A release asset or attachment that could not be had this time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedFile {
    /// Its address.
    pub url: String,
    /// Why.
    pub reason: Reason,
    /// Why, in words.
    pub message: String,
}

/// A resource that the token may not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotPermitted {
    /// Its name.
    pub resource: String,
    /// The permission that a token needs for it.
    pub needed: String,
}

/// A resource that could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Its name.
    pub resource: String,
    /// Why.
    pub reason: Reason,
    /// Why, in words.
    pub message: String,
}

impl MetadataWork {
    /// Why it is not all there, and the reason code.
    pub fn failure(&self) -> Option<(Reason, String)> {
        let Some(first) = self.unread.first() else { return self.failure_of_files() };
        let mut message = format!("{}: {}", first.resource, first.message);
        if let more @ 1.. = self.unread.len() - 1 {
            message.push_str(&format!("; and {more} more resources"));
        }
        message.push_str("; what was read is kept, and the next run goes on from there");
        Some((first.reason, message))
    }

    /// What became of release assets and attachments, to stand behind something else.
    pub(crate) fn attached(&self) -> String {
        match (self.stored_files, self.missing_files) {
            (0, 0) => String::new(),
            (1, 0) => ", 1 asset or attachment".into(),
            (stored, 0) => format!(", {stored} assets and attachments"),
            (stored, missing) => format!(", {stored} assets and attachments ({missing} not to be had)"),
        }
    }

    fn failure_of_files(&self) -> Option<(Reason, String)> {
        let first = self.failed_files.first()?;
        let mut message = format!("{}: {}", first.url, first.message);
        if let more @ 1.. = self.failed_files.len() - 1 {
            message.push_str(&format!("; and {more} more files"));
        }
        message.push_str("; the rest is kept, and the next run tries again");
        Some((first.reason, message))
    }

    pub(super) fn has_failed(&self, url: &str) -> bool {
        self.failed_files.iter().any(|failed| failed.url == url)
    }
}
