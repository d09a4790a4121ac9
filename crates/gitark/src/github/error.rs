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
        /// GitHub's clock then.
        clock: Option<jiff::Timestamp>,
    },
    /// 401 for a GitHub App: the key is not one of its keys, or the id is another app's.
    #[error("GitHub refused the GitHub App's key (401) at {url}; check that app id and key belong together")]
    AppRefused {
        /// What was asked.
        url: String,
    },
    /// The organisation wants the token to be authorised for its single sign-on.
    #[error("the organisation at {url} wants single sign-on: authorise the token for it in GitHub's settings")]
    SingleSignOn {
        /// What was asked.
        url: String,
    },
    /// The app is not installed where it should be asked.
    #[error("the GitHub App is not installed {}", account.as_ref().map_or("anywhere".into(), |name| format!("at {name}")))]
    NotInstalled {
        /// The login or installation that was asked for.
        account: Option<String>,
    },
    /// There is no token, and what was asked for needs one.
    #[error("a token is needed to list what is your own; set GITHUB_TOKEN, or name an OWNER or OWNER/REPO")]
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
    #[error("GitHub's rate limit is used up ({url}) until {reset}; run again then, or allow a longer --max-wait")]
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
        /// The permission that a fine-grained token needs, where GitHub says it.
        needed: Option<String>,
    },
    /// GraphQL answered with an error in place of data.
    #[error("GitHub refused the query at {url}: {message}")]
    Query {
        /// What was asked.
        url: String,
        /// GitHub's word for it, as `FORBIDDEN`; none when the query failed, as when it took too long.
        kind: Option<String>,
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
    /// The answer ends in the middle.
    #[error("GitHub's answer at {url} is cut off")]
    CutOff {
        /// What was asked.
        url: String,
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
            Error::Network { .. } | Error::CutOff { .. } => true,
            Error::Status { status, .. } => *status >= 500 || *status == 429,
            _ => false,
        }
    }
}
