//! What can go wrong with a file.

use crate::{github, http::Cut};

/// Why a file could not be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// GitHub, before it leads elsewhere.
    #[error(transparent)]
    GitHub(#[from] github::Error),
    /// Where it led to answers with a status.
    #[error("{url} answers {status}")]
    Status {
        /// Where.
        url: String,
        /// The status.
        status: u16,
    },
    /// The signed link does not work, or not any more: another may.
    #[error("the link that GitHub gave is refused ({0})")]
    Expired(u16),
    /// The connection failed, broke off or stalled.
    #[error("cannot read {url}")]
    Network {
        /// What was asked.
        url: String,
        /// What the HTTP client says.
        #[source]
        source: reqwest::Error,
    },
    /// The bytes ended early.
    #[error("only {received} of {expected} bytes came")]
    Short {
        /// Bytes that came.
        received: u64,
        /// Bytes that there are.
        expected: u64,
    },
    /// The end of it is missing, and nobody said how long it is.
    #[error("it is cut off: what came does not end as a zip archive does")]
    Cut,
    /// It is another file than a moment ago.
    #[error("it changed while it was read")]
    Changed,
    /// Its bytes are not what GitHub says of them.
    #[error("{0}")]
    Mismatch(String),
    /// It is larger than was asked for.
    #[error("it has {} and more than --max-file-size", crate::monitor::bytes(*.0))]
    TooLarge(u64),
    /// A redirect leads where GitHub has no business.
    #[error("it redirects to {0}")]
    Unsafe(String),
    /// The answer is not understood.
    #[error("{0}")]
    Protocol(String),
}

impl Error {
    /// That the bytes from `url` stopped coming.
    pub(crate) fn cut(url: impl Into<String>, cut: Cut) -> Self {
        match cut {
            Cut::Cancelled => github::Error::Cancelled.into(),
            Cut::Broken(source) => Error::Network { url: url.into(), source },
        }
    }

    /// Whether the same may succeed a moment later.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Error::GitHub(error) => error.is_transient(),
            Error::Status { status, .. } => *status >= 500 || matches!(status, 408 | 429),
            Error::Network { .. } | Error::Short { .. } | Error::Cut | Error::Changed => true,
            _ => false,
        }
    }

    /// Whether all other files would fail in the same way.
    pub(crate) fn is_of_all(&self) -> bool {
        use github::Error::*;
        matches!(self, Error::GitHub(Cancelled | RateLimited { .. } | Unauthorized { .. } | AppRefused { .. }))
    }
}
