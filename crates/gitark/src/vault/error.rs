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

/// What a store says, short: of an answer in XML only its code and message, else without the words about the request.
#[derive(Debug)]
pub struct StoreFailure(pub Box<object_store::Error>);

impl std::fmt::Display for StoreFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = crate::cause::chain(&self.0);
        match (tag(&text, "Code"), tag(&text, "Message")) {
            (Some(code), Some(message)) => write!(f, "{code}: {message}"),
            (Some(code), None) => f.write_str(code),
            _ if text.contains("client error (Connect)") => {
                write!(f, "it cannot be reached; check the network and the endpoint ({})", brief(&text))
            }
            _ => f.write_str(brief(&text)),
        }
    }
}

/// Without the words about the request: what was asked and where is said already.
fn brief(text: &str) -> &str {
    let (_, said) =
        text.split_once(" - ").filter(|(asked, _)| asked.contains("Error performing ")).unwrap_or(("", text));
    said.trim_end_matches([' ', ':'])
}

/// The content of the first element `name` of an answer in XML.
pub(super) fn tag<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(content, _)| content)
}

/// What a store's refusal means. S3 says most of it in a code, and the kind of the error depends on the request: a
/// listing that is forbidden is no [`object_store::Error::PermissionDenied`].
///
/// Codes: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Forbidden,
    UnknownCaller,
    NoBucket,
    AnotherRegion,
    Other,
}

impl Meaning {
    const CODES: [(&str, Meaning); 13] = [
        ("AccessDenied", Meaning::Forbidden),
        ("AllAccessDisabled", Meaning::Forbidden),
        ("SignatureDoesNotMatch", Meaning::UnknownCaller),
        ("InvalidAccessKeyId", Meaning::UnknownCaller),
        ("ExpiredToken", Meaning::UnknownCaller),
        ("InvalidToken", Meaning::UnknownCaller),
        ("NoSuchBucket", Meaning::NoBucket),
        // Azure's.
        ("AuthenticationFailed", Meaning::UnknownCaller),
        ("ContainerNotFound", Meaning::NoBucket),
        ("PermanentRedirect", Meaning::AnotherRegion),
        ("AuthorizationHeaderMalformed", Meaning::AnotherRegion),
        ("IllegalLocationConstraintException", Meaning::AnotherRegion),
        // Not a refusal, but the words of a clock that is off, which no right can mend.
        ("RequestTimeTooSkewed", Meaning::Other),
    ];

    fn of(error: &object_store::Error) -> Self {
        let text = crate::cause::chain(error);
        if let Some(code) = tag(&text, "Code")
            && let Some((_, meaning)) = Self::CODES.iter().find(|(known, _)| *known == code)
        {
            return *meaning;
        }
        match error {
            object_store::Error::PermissionDenied { .. } => Meaning::Forbidden,
            object_store::Error::Unauthenticated { .. } => Meaning::UnknownCaller,
            // A redirect that does not say where to: S3's, for a bucket of another region.
            _ if text.contains("redirect without LOCATION") => Meaning::AnotherRegion,
            _ => Meaning::Other,
        }
    }
}

/// Whether the store says that there is no such object. A bucket that is not there is another matter: what lies in it
/// is not damaged.
pub(super) fn is_missing(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::NotFound { .. }) && Meaning::of(error) != Meaning::NoBucket
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
    /// There is no such bucket, or the credentials may not know of it.
    #[error("cannot {doing} in {location}: there is no such bucket; check its name, or make it")]
    NoBucket {
        /// A verb phrase with the key.
        doing: String,
        /// Where the vault is.
        location: String,
        /// What the store says.
        #[source]
        source: StoreFailure,
    },
    /// The bucket is in another region than the one that was asked.
    #[error(
        "cannot {doing} in {location}: the bucket is in another region; name it in the URL (?region=…) or in AWS_REGION"
    )]
    AnotherRegion {
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
    /// The log of a repository has no such entry.
    #[error("{path} has no backup at {at}; `gitark log` shows what there is")]
    NoSuchBackup {
        /// The bare repository's key.
        path: String,
        /// What was asked for.
        at: String,
    },
    /// Other writers were faster too many times in a row.
    #[error("other runs keep writing {0}; try again when they have ended")]
    Contended(String),
}

impl Error {
    /// What a store's failure means to the caller.
    pub(super) fn store(doing: String, location: String, error: object_store::Error) -> Self {
        let meaning = Meaning::of(&error);
        let source = StoreFailure(Box::new(error));
        match meaning {
            Meaning::Forbidden => Error::Forbidden { doing, location, source },
            Meaning::UnknownCaller => Error::Unauthenticated { doing, location, source },
            Meaning::NoBucket => Error::NoBucket { doing, location, source },
            Meaning::AnotherRegion => Error::AnotherRegion { doing, location, source },
            Meaning::Other => Error::Store { doing, location, source },
        }
    }

    /// The damage of `key`, as an error.
    pub fn damaged(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Error::Damaged(Damage { key: key.into(), problem: problem.into() })
    }
}
