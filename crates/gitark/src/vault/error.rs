//! What can go wrong with a vault, by what the caller can do about it.

use std::io;

/// One thing in a vault that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Damage {
    /// The key that is damaged or missing.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.key, self.problem)
    }
}

/// What a store says, short: of an answer in XML only its code and message.
#[derive(Debug)]
pub struct StoreFailure(pub object_store::Error);

impl std::fmt::Display for StoreFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = crate::cause::chain(&self.0);
        let tag = |name: &str| {
            let (_, rest) = text.split_once(&format!("<{name}>"))?;
            rest.split_once(&format!("</{name}>")).map(|(content, _)| content)
        };
        match (tag("Code"), tag("Message")) {
            (Some(code), Some(message)) => write!(f, "{code}: {message}"),
            (Some(code), None) => f.write_str(code),
            _ => f.write_str(&text),
        }
    }
}

impl std::error::Error for StoreFailure {}

/// A failure of the vault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no `vault.json`.
    #[error("{location} is not a gitark vault (no vault.json); check the path")]
    NotAVault {
        /// Where it was looked for.
        location: String,
    },
    /// Other things lie where a new vault would go.
    #[error("{location} holds other things and no vault.json; name an empty place for a new vault")]
    OtherThings {
        /// Where the vault would go.
        location: String,
    },
    /// The vault was written by a newer gitark.
    #[error("{location} has format {format}, this gitark knows up to {}; update gitark", super::FORMAT)]
    NewerFormat {
        /// Where the vault is.
        location: String,
        /// Its format number.
        format: u64,
    },
    /// What is stored is not what was written.
    #[error("damaged: {0}")]
    Damaged(Damage),
    /// The store answered a second create of the same key as if it were the first.
    #[error(
        "{location} ignores create-only puts, so two runs could overwrite each other; use another store, or --allow-overwriting-store if only one run at a time can ever write"
    )]
    NoCreateOnly {
        /// Where the vault is.
        location: String,
    },
    /// The store failed or cannot be reached. Whether a write was done is not known.
    #[error("cannot {doing} in {location}")]
    Store {
        /// A verb phrase with the key.
        doing: String,
        /// Where the vault is.
        location: String,
        /// What the store says.
        #[source]
        source: StoreFailure,
    },
    /// The store knows us and refuses. Without the right to list, S3 answers so for what is not there, too.
    #[error(
        "cannot {doing} in {location}: the store forbids it; give these credentials the rights to list, read and put (on S3: s3:ListBucket, s3:GetObject, s3:PutObject)"
    )]
    Forbidden {
        /// A verb phrase with the key.
        doing: String,
        /// Where the vault is.
        location: String,
        /// What the store says.
        #[source]
        source: StoreFailure,
    },
    /// The store does not know us.
    #[error("cannot {doing} in {location}: the store does not accept these credentials")]
    Unauthenticated {
        /// A verb phrase with the key.
        doing: String,
        /// Where the vault is.
        location: String,
        /// What the store says.
        #[source]
        source: StoreFailure,
    },
    /// A local file (the spool) failed.
    #[error("cannot {doing}")]
    Io {
        /// A verb phrase with the path.
        doing: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A name that cannot be stored safely.
    #[error("{name:?} cannot be used as a name: {problem}")]
    BadName {
        /// The name.
        name: String,
        /// Why it is refused.
        problem: &'static str,
    },
    /// No repository of this name is in the vault.
    #[error("{name} is not in this vault; `gitark list` shows what is")]
    NoSuchRepository {
        /// The name.
        name: String,
    },
    /// Other writers were faster too many times in a row.
    #[error("other runs keep writing {0}; try again when they have ended")]
    Contended(String),
}

impl Error {
    /// What a store's failure means to the caller.
    pub(super) fn store(doing: String, location: String, error: object_store::Error) -> Self {
        /// The codes of S3 for a caller that it does not know. They come with 403, as a lack of rights does.
        const UNKNOWN_CALLER: [&str; 4] =
            ["SignatureDoesNotMatch", "InvalidAccessKeyId", "ExpiredToken", "InvalidToken"];
        let source = StoreFailure(error);
        match source.0 {
            object_store::Error::PermissionDenied { .. } => {
                let text = source.to_string();
                if UNKNOWN_CALLER.iter().any(|code| text.contains(code)) {
                    return Error::Unauthenticated { doing, location, source };
                }
                Error::Forbidden { doing, location, source }
            }
            object_store::Error::Unauthenticated { .. } => Error::Unauthenticated { doing, location, source },
            _ => Error::Store { doing, location, source },
        }
    }

    /// The damage of `key`, as an error.
    pub fn damaged(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Error::Damaged(Damage { key: key.into(), problem: problem.into() })
    }
}
