//! What can go wrong between a git server and a checked pack.

use std::{io, time::Duration};

use gix_hash::ObjectId;

use crate::http::Cut;

/// A failure of the git wire or of what came over it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// 401: credentials that the server does not know.
    #[error("{url} refused the credentials (401); check the token")]
    Unauthorized {
        /// What was asked.
        url: String,
    },
    /// 404 or 403, or 401 without a token: gone, renamed without a redirect, or not visible. GitHub does not say which.
    #[error("{url} is gone, or not visible with these credentials ({status})")]
    GoneOrForbidden {
        /// What was asked.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// 451: blocked for legal reasons.
    #[error("{url} is blocked for legal reasons (451)")]
    LegalBlock {
        /// What was asked.
        url: String,
    },
    /// Any other HTTP status than success.
    #[error("{url} answered {status}")]
    Status {
        /// What was asked.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The pause that the server asks for.
        retry_after: Option<Duration>,
    },
    /// The connection failed, broke off or stalled.
    #[error("cannot {doing}")]
    Network {
        /// What was being done.
        doing: String,
        /// What the HTTP client says.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer is not git's protocol version 2, or ended early.
    #[error("the server's answer is not understood: {0}")]
    Protocol(String),
    /// Two things that the server says cannot both be true.
    #[error("the server contradicts itself: {0}")]
    Contradiction(String),
    /// The server said, inside the protocol, that it failed.
    #[error("the server says: {0}")]
    Remote(String),
    /// The repository uses an object format other than SHA-1.
    #[error("the repository uses the object format {0}; only sha1 can be backed up")]
    ObjectFormat(String),
    /// Upstream is a shallow clone: its history is cut off, so it cannot be proven whole.
    #[error("the upstream repository is shallow: its history is cut off there")]
    Shallow,
    /// A reference that git itself would not accept, or two of which one is a directory of the other.
    #[error("the server advertises the impossible reference {0:?}")]
    BadReference(String),
    /// The pack is damaged or hostile.
    #[error("the pack cannot be used: {0}")]
    BadPack(String),
    /// The pack, or an object in it, is larger than what is accepted.
    #[error("the pack or an object in it is too large; an object may have {}", crate::monitor::bytes(*limit))]
    TooLarge {
        /// The largest object that is accepted, in bytes.
        limit: u64,
    },
    /// One stored object is damaged or hostile.
    #[error("object {id} in {place} cannot be used: {problem}")]
    BadObject {
        /// Its name.
        id: ObjectId,
        /// The file that it is read from.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Objects that the new history needs are neither in the pack nor in the backup.
    #[error("the pack is not complete: {count} objects are missing, {example} among them")]
    Incomplete {
        /// How many.
        count: usize,
        /// One of them.
        example: ObjectId,
    },
    /// The local disk (the spool) failed.
    #[error("cannot {doing}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// What the caller can do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recourse {
    /// Try the same again after a pause.
    Retry,
    /// Try again with fewer promises about what we have.
    FewerHaves,
    /// Nothing: a person has to act.
    None,
}

impl Error {
    /// What the caller can do.
    pub fn recourse(&self) -> Recourse {
        match self {
            Error::Network { .. } | Error::Protocol(_) => Recourse::Retry,
            Error::Status { status, .. } if *status >= 500 || *status == 429 => Recourse::Retry,
            // It moved since it was looked at; another look goes where it is now.
            Error::Status { status: 300..400, .. } => Recourse::Retry,
            Error::Remote(_) | Error::Incomplete { .. } | Error::BadPack(_) => Recourse::FewerHaves,
            _ => Recourse::None,
        }
    }

    /// A network failure while `doing` something.
    pub(crate) fn network(
        doing: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Error::Network { doing: doing.into(), source: source.into() }
    }

    /// That the bytes of an answer stopped coming while `doing` something.
    pub(crate) fn cut(doing: impl Into<String>, cut: Cut) -> Self {
        match cut {
            Cut::Cancelled => Error::Cancelled,
            Cut::Broken(error) => Self::network(doing, error),
        }
    }

    /// A failure of the local disk while `doing` something.
    pub(crate) fn io(doing: impl Into<String>, source: io::Error) -> Self {
        Error::Io { doing: doing.into(), source }
    }
}
