//! Why the content of a pointer could not be had.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{cause, git};

/// Why the content of a pointer is not in a backup, as the log says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absence {
    /// The server does not have it (404, 410), or has no LFS at all.
    Gone,
    /// The server does not take the pointer for one (422), or refuses this object in another way.
    Refused,
    /// The credentials may not read it (401, 403).
    Forbidden,
    /// The data quota is used up.
    Quota,
    /// It is larger than what the user wants.
    TooLarge,
    /// Nobody asked for it yet: it was left out, or came with an import.
    NotAsked,
    /// The time of the run was over.
    Deadline,
    /// What came is not what the pointer says.
    Mismatch,
    /// The server led to an address that must not be asked.
    UnsafeAddress,
    /// The connection or the server failed.
    Network,
    /// The server's answer is not understood.
    Protocol,
    /// It was stored, and is damaged.
    Damaged,
}

impl Absence {
    /// Whether a run with such an object must not say that all went well.
    pub fn is_failure(self) -> bool {
        !matches!(self, Absence::Gone | Absence::Refused | Absence::TooLarge | Absence::NotAsked)
    }

    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Absence::Gone => "not on the server",
            Absence::Refused => "refused by the server",
            Absence::Forbidden => "not readable with these credentials",
            Absence::Quota => "over the data quota",
            Absence::TooLarge => "too large",
            Absence::NotAsked => "not asked for yet",
            Absence::Deadline => "left at the deadline",
            Absence::Mismatch => "not what the pointers say",
            Absence::UnsafeAddress => "at an address that is not safe",
            Absence::Network => "not received",
            Absence::Protocol => "not offered in a way that is understood",
            Absence::Damaged => "damaged",
        }
    }
}

/// Why a request for LFS objects, or for one of them, failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The wire.
    #[error(transparent)]
    Wire(#[from] git::Error),
    /// The server said no to one object.
    #[error("the server says {code}: {message}")]
    Object {
        /// As an HTTP status.
        code: u16,
        /// The server's words.
        message: String,
    },
    /// The server has no LFS for this repository.
    #[error("the server has no Git LFS for this repository ({0})")]
    NoLfs(u16),
    /// The credentials may not read objects.
    #[error("LFS objects are not readable with these credentials ({status}: {message})")]
    Forbidden {
        /// The HTTP status.
        status: u16,
        /// The server's words.
        message: String,
    },
    /// The data quota is used up.
    #[error("the data quota is used up: {0}")]
    Quota(String),
    /// A link does not work any more.
    #[error("the link does not work any more ({0})")]
    Expired(u16),
    /// An address that must not be asked.
    #[error("the server leads to {0}")]
    UnsafeAddress(String),
    /// The object ended early.
    #[error("it ended after {received} of {expected} bytes")]
    Short {
        /// Bytes that came.
        received: u64,
        /// Bytes that the pointer says.
        expected: u64,
    },
    /// The bytes are not those of the pointer.
    #[error("{0}")]
    Mismatch(String),
}

impl Error {
    /// The word for the log.
    pub fn absence(&self) -> Absence {
        match self {
            Error::Wire(git::Error::Protocol(_) | git::Error::Contradiction(_)) => Absence::Protocol,
            Error::Wire(_) => Absence::Network,
            Error::Object { code: 404 | 410, .. } | Error::NoLfs(_) => Absence::Gone,
            Error::Object { code: 401 | 403, .. } | Error::Forbidden { .. } | Error::Expired(_) => Absence::Forbidden,
            Error::Object { code: 500.., .. } => Absence::Network,
            Error::Object { .. } => Absence::Refused,
            Error::Quota(_) => Absence::Quota,
            Error::UnsafeAddress(_) => Absence::UnsafeAddress,
            Error::Short { .. } | Error::Mismatch(_) => Absence::Mismatch,
        }
    }

    /// Whether the same may succeed a moment later.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Error::Wire(error) => error.recourse() == git::Recourse::Retry,
            Error::Object { code, .. } => *code == 429 || *code >= 500,
            Error::Short { .. } => true,
            _ => false,
        }
    }

    /// The pause that the server asks for.
    pub(crate) fn asked_pause(&self) -> Option<Duration> {
        match self {
            Error::Wire(git::Error::Status { retry_after, .. }) => *retry_after,
            _ => None,
        }
    }

    /// What the server says of one object: its words are shown, so they are bounded.
    pub(super) fn object(code: u16, message: &str) -> Self {
        match is_quota(code, message) {
            true => Error::Quota(shown(message)),
            false => Error::Object { code, message: shown(message) },
        }
    }
}

/// Whether a refusal is about the quota. GitHub says so in words; git-lfs' specification has a status.
pub(super) fn is_quota(status: u16, message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let says = ["quota", "lfs budget", "bandwidth"].iter().any(|word| message.contains(word));
    status == 509 || (matches!(status, 402 | 403 | 413 | 429 | 507) && says)
}

/// A server's words as they may be shown.
pub(super) fn shown(message: &str) -> String {
    cause::printable(message).chars().take(200).collect()
}
