//! What can go wrong with the API.

/// A failure of GitHub's API.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// 401: the token is wrong or has ended.
    #[error("GitHub refused the token (401) at {url}; make a new one, or check GITHUB_TOKEN, GH_TOKEN or --token-file")]
    Unauthorized {
        /// What was asked.
        url: String,
    },
    /// There is no token, and what was asked for needs one.
    #[error("a token is needed to list your own repositories; set GITHUB_TOKEN, or name an OWNER or OWNER/REPO")]
    TokenNeeded,
    /// 404 for an account.
    #[error("there is no account {name} on {host}, or this token may not see it")]
    NoSuchAccount {
        /// The login.
        name: String,
        /// The API's host.
        host: String,
    },
    /// 404, 403 or 451 for a repository: gone, or not visible. GitHub does not say which.
    #[error("{name} is gone, or this token may not see it ({status})")]
    GoneOrForbidden {
        /// `OWNER/REPO`.
        name: String,
        /// The HTTP status.
        status: u16,
    },
    /// The rate limit is used up.
    #[error("GitHub's rate limit is used up ({url}); it starts anew at {reset}")]
    RateLimited {
        /// What was asked.
        url: String,
        /// When, as GitHub says it.
        reset: String,
    },
    /// Any other status.
    #[error("GitHub answered {status} at {url}: {message}")]
    Status {
        /// What was asked.
        url: String,
        /// The HTTP status.
        status: u16,
        /// GitHub's words.
        message: String,
    },
    /// The connection failed, broke off or stalled.
    #[error("cannot reach GitHub at {url}")]
    Network {
        /// What was asked.
        url: String,
        /// What the HTTP client says.
        #[source]
        source: reqwest::Error,
    },
    /// The answer is not what the API documents.
    #[error("GitHub's answer at {url} is not understood: {problem}")]
    Answer {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The address of the API cannot be used.
    #[error("{0:?} cannot be the address of an API; https://HOST/api/v3 is expected")]
    BadUrl(String),
    /// The run was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// Whether the same request may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Network { .. } => true,
            Error::Status { status, .. } => *status >= 500 || *status == 429,
            _ => false,
        }
    }
}
