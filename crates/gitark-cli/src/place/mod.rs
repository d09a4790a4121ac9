//! Where a vault is: a directory, or a URL of an object store with its settings in the query.

mod aws;
mod s3;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use bytes::Bytes;
use gitark::{
    backup::Reason,
    vault::{
        Storage, Vault,
        storage::{StorageClass, client_options},
    },
};
use object_store::{
    ObjectStore, RetryConfig, azure::MicrosoftAzureBuilder, gcp::GoogleCloudStorageBuilder, prefix::PrefixStore,
};
use url::Url;

pub(crate) use self::aws::config as aws_config;
use crate::exit::{Exit, Failure};

/// The settings that a URL may carry, by scheme.
const SETTINGS: [(&str, &[&str]); 3] = [
    ("s3", &["endpoint", "kms_key", "path_style", "profile", "region", "storage_class"]),
    ("gs", &[]),
    ("az", &["account", "endpoint"]),
];

/// Tries after the first, of a request that failed in a way that may pass (5xx, a reset, "slow down").
const RETRIES: usize = 8;

/// Where a vault is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A directory.
    Directory(PathBuf),
    /// `s3://`, `gs://` or `az://`.
    Bucket(Bucket),
}

/// A part of an object store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// As the user wrote it.
    text: String,
    scheme: String,
    /// The bucket, or Azure's container.
    name: String,
    /// What all keys begin with, without slashes at its ends.
    prefix: String,
    settings: BTreeMap<String, String>,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_known = |scheme: &str| SETTINGS.iter().any(|(name, _)| *name == scheme);
        let Some((scheme, _)) = text.split_once("://") else {
            return match text.split_once(':') {
                _ if text.is_empty() => Err("a directory or a URL is expected".into()),
                Some((scheme, _)) if is_known(&scheme.to_ascii_lowercase()) => {
                    let scheme = scheme.to_ascii_lowercase();
                    Err(format!("{scheme}://BUCKET/PREFIX is expected; for a directory of that name ./{text}"))
                }
                _ => Ok(Place::Directory(text.into())),
            };
        };
        let scheme = &*scheme.to_ascii_lowercase();
        let Some((_, known)) = SETTINGS.iter().find(|(name, _)| *name == scheme) else {
            return Err(format!("{scheme}:// is no store that gitark knows; a directory, s3://, gs:// or az://"));
        };
        let url = Url::parse(text).map_err(|error| format!("it is no URL: {error}"))?;
        let name = url.host_str().unwrap_or_default().to_owned();
        let is_more = url.port().is_some() || has_user(&url) || url.fragment().is_some();
        if name.is_empty() || is_more {
            return Err(format!("{scheme}://BUCKET/PREFIX is expected, with settings behind a '?'"));
        }
        let prefix = url.path().trim_matches('/').to_owned();
        if prefix.contains("//") || prefix.contains('%') {
            return Err("the prefix may not hold empty parts or characters that a URL must escape".into());
        }
        let mut settings = BTreeMap::new();
        for (key, value) in url.query_pairs() {
            if !known.contains(&&*key) {
                let known = if known.is_empty() { "none".into() } else { known.join(", ") };
                return Err(format!("{scheme}:// has no setting {key:?}; it has: {known}"));
            }
            check_setting(&key, &value).map_err(|problem| format!("{key}={value}: {problem}"))?;
            settings.insert(key.into_owned(), value.into_owned());
        }
        Ok(Place::Bucket(Bucket { text: text.to_owned(), scheme: scheme.to_owned(), name, prefix, settings }))
    }
}

fn check_setting(key: &str, value: &str) -> Result<(), String> {
    // They become parts of addresses and of headers.
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("a value without spaces is expected".into());
    }
    match (key, value) {
        ("path_style", "true" | "false") => Ok(()),
        ("path_style", _) => Err("it is true or false".into()),
        ("storage_class", class) => class.parse::<StorageClass>().map(drop),
        // The place is shown in messages and reports.
        ("endpoint", url) if Url::parse(url).is_ok_and(|url| has_user(&url)) => {
            Err("an endpoint without user and password is expected".into())
        }
        _ => Ok(()),
    }
}

fn has_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Directory(path) => path.display().fmt(f),
            Place::Bucket(bucket) => bucket.text.fmt(f),
        }
    }
}

impl Place {
    /// Opens the vault for reading; `argument` is what named it.
    pub(crate) async fn open(&self, argument: &str) -> Result<Vault, Failure> {
        if let Place::Directory(path) = self
            && !path.is_dir()
        {
            return Err(Failure::new(Exit::Failed, format!("{self} is not a directory; check {argument}")));
        }
        Ok(Vault::open(self.storage().await?).await?)
    }

    /// The vault, if there is one.
    pub(crate) async fn find_vault(&self) -> Result<Option<Vault>, Failure> {
        if self.missing_directory().is_some() {
            return Ok(None);
        }
        match Vault::open(self.storage().await?).await {
            Err(gitark::vault::Error::NotAVault { .. }) => Ok(None),
            vault => Ok(Some(vault?)),
        }
    }

    /// The directory, when it is one that is not there yet.
    pub(crate) fn missing_directory(&self) -> Option<&Path> {
        match self {
            Place::Directory(path) if !path.exists() => Some(path),
            _ => None,
        }
    }

    /// The store for a vault that may not be there yet; a directory is made. `argument` is what named it.
    pub(crate) async fn storage_to_write(&self, argument: &str) -> Result<Storage, Failure> {
        if let Place::Directory(path) = self {
            std::fs::create_dir_all(path).map_err(|error| {
                let message = format!("cannot make the vault's directory {self}: {error}; check {argument}");
                Failure::new(Exit::Failed, message).because(Reason::Store)
            })?;
        }
        self.storage().await
    }

    /// The bucket of S3 that it is in, if it is in one.
    pub(crate) fn s3_bucket(&self) -> Option<&str> {
        match self {
            Place::Bucket(bucket) if bucket.scheme == "s3" => Some(&bucket.name),
            _ => None,
        }
    }

    /// Where `key` of it is for programs that know no gitark: bucket and key, or the path.
    pub(crate) fn address(&self, key: &str) -> (Option<String>, String) {
        match self {
            Place::Directory(path) => (None, path.join(key).display().to_string()),
            Place::Bucket(Bucket { name, prefix, .. }) if prefix.is_empty() => (Some(name.clone()), key.to_owned()),
            Place::Bucket(Bucket { name, prefix, .. }) => (Some(name.clone()), format!("{prefix}/{key}")),
        }
    }

    /// Puts `bytes` at the place itself: a file, or an object. `argument` is what named it.
    pub(crate) async fn put(&self, bytes: Bytes, argument: &str) -> Result<(), Failure> {
        let unusable = |problem: String| Failure::new(Exit::Failed, problem).because(Reason::Store);
        let bucket = match self {
            Place::Directory(path) => {
                let written = std::fs::write(path, bytes);
                return written.map_err(|error| unusable(format!("cannot write {self}: {error}; check {argument}")));
            }
            Place::Bucket(bucket) => bucket,
        };
        let (prefix, name) = bucket.prefix.rsplit_once('/').unwrap_or(("", &bucket.prefix));
        if name.is_empty() {
            return Err(Failure::new(Exit::Usage, format!("{argument}: {self} has no key, only a bucket")));
        }
        let folder = Bucket { prefix: prefix.to_owned(), ..bucket.clone() };
        Ok(folder.storage().await?.replace(name, bytes).await?)
    }

    /// Whether one of the two is, or lies in, the other.
    pub(crate) fn overlaps(&self, other: &Place) -> bool {
        match (self, other) {
            (Place::Directory(one), Place::Directory(other)) => {
                let (one, other) = (resolved(one), resolved(other));
                one.starts_with(&other) || other.starts_with(&one)
            }
            (Place::Bucket(one), Place::Bucket(other)) => one.overlaps(other),
            _ => false,
        }
    }

    /// The store as it is.
    pub(crate) async fn storage(&self) -> Result<Storage, Failure> {
        match self {
            Place::Directory(path) => Ok(Storage::local(path)?),
            Place::Bucket(bucket) => bucket.storage().await,
        }
    }
}

/// The vault of a run that many workers share: it is in one.
pub(crate) fn one_vault(places: &[Place]) -> Result<&Place, Failure> {
    match places {
        [place] => Ok(place),
        places => {
            let message =
                format!("one vault is expected, not {}; bring others up to date with gitark copy", places.len());
            Err(Failure::new(Exit::Usage, message))
        }
    }
}

/// The path without links and dots, as far as it is there.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for there in path.ancestors() {
        if let (Ok(resolved), Ok(rest)) = (there.canonicalize(), path.strip_prefix(there)) {
            return resolved.join(rest);
        }
    }
    path
}

fn retry() -> RetryConfig {
    RetryConfig { max_retries: RETRIES, ..RetryConfig::default() }
}

impl Bucket {
    async fn storage(&self) -> Result<Storage, Failure> {
        match self.scheme.as_str() {
            "s3" => s3::storage(self).await,
            "gs" => {
                let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(&self.name);
                self.with(builder.with_client_options(client_options(false)).with_retry(retry()).build())
            }
            _ => {
                let mut builder = MicrosoftAzureBuilder::from_env().with_container_name(&self.name);
                if let Some(account) = self.setting("account") {
                    builder = builder.with_account(account);
                }
                if let Some(endpoint) = self.setting("endpoint") {
                    builder = builder.with_endpoint(endpoint.to_owned());
                }
                let plain = self.setting("endpoint").is_some_and(|endpoint| endpoint.starts_with("http:"));
                self.with(builder.with_client_options(client_options(plain)).with_retry(retry()).build())
            }
        }
    }

    /// Whether one of the two prefixes is, or lies in, the other. Region, credentials and the like do not make it
    /// another place.
    fn overlaps(&self, other: &Self) -> bool {
        let server = |bucket: &Self| ["endpoint", "account"].map(|name| bucket.setting(name).map(str::to_owned));
        let lies_in = |one: &Self, other: &Self| {
            let rest = one.prefix.strip_prefix(&other.prefix);
            other.prefix.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        (&self.scheme, &self.name, server(self)) == (&other.scheme, &other.name, server(other))
            && (lies_in(self, other) || lies_in(other, self))
    }

    fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    fn with(&self, store: object_store::Result<impl ObjectStore>) -> Result<Storage, Failure> {
        let store = store.map_err(|error| self.unusable(&error.to_string()))?;
        Ok(Storage::new(Arc::new(PrefixStore::new(store, self.prefix.as_str())), None, self.text.clone()))
    }

    fn unusable(&self, problem: &str) -> Failure {
        let problem = gitark::cause::printable(problem);
        Failure::new(Exit::Failed, format!("cannot use {}: {problem}", self.text)).because(Reason::Store)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(text: &str) -> Bucket {
        match text.parse() {
            Ok(Place::Bucket(bucket)) => bucket,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_url_names_bucket_prefix_and_settings() {
        let found = bucket("s3://backups/github/all/?region=eu-central-1&endpoint=http://127.0.0.1:9000");
        assert_eq!((found.name.as_str(), found.prefix.as_str()), ("backups", "github/all"));
        assert_eq!(found.setting("endpoint"), Some("http://127.0.0.1:9000"));
        assert_eq!(bucket("gs://backups").prefix, "");
        assert_eq!("./vault".parse(), Ok(Place::Directory("./vault".into())));
    }

    #[test]
    fn places_that_overlap_are_known_however_they_are_written() {
        let overlaps = |one: &str, other: &str| {
            let place = |text: &str| text.parse::<Place>().expect("a place");
            assert_eq!(place(one).overlaps(&place(other)), place(other).overlaps(&place(one)));
            place(one).overlaps(&place(other))
        };
        for (one, other) in [
            ("vault", "./vault/"),
            ("vault", "vault/there/not/yet"),
            ("s3://b/x", "s3://b/x/?region=eu-central-1"),
            ("s3://b/x", "S3://b/x/y?profile=other"),
            ("s3://b", "s3://b/x"),
        ] {
            assert!(overlaps(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("vault", "vault2"),
            ("s3://b/x", "s3://b/xy"),
            ("s3://b/x", "s3://c/x"),
            ("s3://b/x", "gs://b/x"),
            ("s3://b/x", "s3://b/x?endpoint=http://127.0.0.1:9000"),
            ("az://b/x?account=one", "az://b/x?account=two"),
            ("b/x", "s3://b/x"),
        ] {
            assert!(!overlaps(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        for (text, problem) in [
            ("ftp://x/y", "ftp:// is no store"),
            ("https://bucket.s3.amazonaws.com/x", "https:// is no store"),
            ("s3://", "BUCKET"),
            ("s3:/bucket/x", "s3://BUCKET/PREFIX"),
            ("gs:bucket", "gs://BUCKET/PREFIX"),
            ("s3://key:secret@bucket/x", "BUCKET"),
            ("s3://:secret@bucket/x", "BUCKET"),
            ("s3://bucket/x?endpoint=https://user:secret@host", "without user and password"),
            ("s3://bucket/x?regoin=a", "region"),
            ("s3://bucket/x?region=", "without spaces"),
            ("s3://bucket/x?kms_key=a%0Ab", "without spaces"),
            ("s3://bucket/x?path_style=maybe", "true or false"),
            ("s3://bucket/x?storage_class=DEEP_ARCHIVE", "cannot be read at once"),
            ("gs://bucket?region=x", "it has: none"),
            ("s3://bucket/a//b", "empty parts"),
            ("", "is expected"),
        ] {
            let found = text.parse::<Place>().expect_err(text);
            assert!(found.contains(problem), "{text}: {found}");
        }
    }
}
