//! What a pass over the metadata of a repository did, for the report.

use serde::{Deserialize, Serialize};

use crate::backup::Reason;

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
        let first = self.unread.first()?;
        let mut message = format!("{}: {}", first.resource, first.message);
        if let more @ 1.. = self.unread.len() - 1 {
            message.push_str(&format!("; and {more} more resources"));
        }
        message.push_str("; what was read is kept, and the next run goes on from there");
        Some((first.reason, message))
    }
}
