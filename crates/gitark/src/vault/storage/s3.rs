//! A vault in a bucket of S3, or of a server that speaks its protocol.

use std::{str::FromStr, sync::Arc};

use object_store::{
    RetryConfig,
    aws::{AmazonS3Builder, AwsCredentialProvider, Checksum},
    prefix::PrefixStore,
};

use url::Url;

use super::{Bucket, Storage, client_options};
use crate::vault::Error;

/// How to reach a bucket, and how things are kept in it.
#[derive(Clone, Debug)]
pub struct S3 {
    /// The place as the user knows it, e.g. `s3://backups/github`.
    pub location: String,
    /// The bucket's name.
    pub bucket: String,
    /// What all keys begin with; empty for the whole bucket.
    pub prefix: String,
    /// The region, e.g. `eu-central-1`.
    pub region: String,
    /// The server, when it is not AWS, e.g. `https://s3.example.com`.
    pub endpoint: Option<String>,
    /// Whether the bucket is the path's first part and not the host's.
    pub path_style: bool,
    /// How the server encrypts; the bucket's own setting when absent.
    pub encryption: Option<Encryption>,
    /// The class of packs and LFS objects; everything else is small, read often, and always of the bucket's own class.
    pub storage_class: Option<StorageClass>,
    /// Who we are.
    pub credentials: AwsCredentialProvider,
    /// Tries after the first, of a request that failed in a way that may pass.
    pub retries: usize,
}

/// Encryption on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// SSE-KMS with this key, and with a bucket key, which spares almost all calls of KMS.
    Kms {
        /// The key's id or ARN.
        key: String,
    },
}

/// The storage classes that can be read at once. A backup that needs hours to thaw, and cannot be compared with
/// upstream meanwhile, is none.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageClass {
    /// `STANDARD`.
    Standard,
    /// `STANDARD_IA`: cheaper to keep, dearer to read, at least 30 days.
    StandardInfrequentAccess,
    /// `ONEZONE_IA`: the same in a single zone.
    OneZoneInfrequentAccess,
    /// `INTELLIGENT_TIERING`: S3 chooses; its archive tiers must stay off.
    IntelligentTiering,
    /// `GLACIER_IR`: still read at once, at least 90 days.
    GlacierInstantRetrieval,
}

impl StorageClass {
    const ALL: [(&'static str, StorageClass); 5] = [
        ("STANDARD", StorageClass::Standard),
        ("STANDARD_IA", StorageClass::StandardInfrequentAccess),
        ("ONEZONE_IA", StorageClass::OneZoneInfrequentAccess),
        ("INTELLIGENT_TIERING", StorageClass::IntelligentTiering),
        ("GLACIER_IR", StorageClass::GlacierInstantRetrieval),
    ];

    /// As S3 spells it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, class)| *class == self).map_or("STANDARD", |(name, _)| name)
    }
}

impl FromStr for StorageClass {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.to_ascii_uppercase();
        if let Some((_, class)) = Self::ALL.iter().find(|(name, _)| *name == wanted) {
            return Ok(*class);
        }
        let known: Vec<_> = Self::ALL.iter().map(|(name, _)| *name).collect();
        let why = match wanted.as_str() {
            "GLACIER" | "DEEP_ARCHIVE" => "cannot be read at once",
            _ => "is no storage class of S3",
        };
        Err(format!("{text} {why}; one of {}", known.join(", ")))
    }
}

impl Storage {
    /// A vault in a bucket. Nothing is asked yet.
    ///
    /// Every put carries a SHA-256 checksum: S3 checks it, and a bucket with Object Lock refuses puts without one.
    ///
    /// # Errors
    /// [`Error::Store`] when the settings cannot be used.
    pub fn s3(settings: S3) -> Result<Self, Error> {
        let location = settings.location;
        let failed = |error| Error::store("use these settings of S3".into(), location.clone(), error);
        let endpoint = settings.endpoint.map(|endpoint| address(&endpoint, &settings.bucket, settings.path_style));
        let endpoint = endpoint
            .transpose()
            .map_err(|problem| failed(object_store::Error::Generic { store: "S3", source: problem.into() }))?;
        let plain = endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_virtual_hosted_style_request(!settings.path_style)
            .with_credentials(settings.credentials.clone())
            .with_checksum_algorithm(Checksum::SHA256)
            .with_client_options(client_options(plain))
            .with_retry(RetryConfig { max_retries: settings.retries, ..RetryConfig::default() });
        if let Some(endpoint) = &endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        // Where object_store asks: it does not tell.
        let (bucket, region) = (&settings.bucket, &settings.region);
        let bucket_address = match (endpoint, settings.path_style) {
            (Some(endpoint), true) => format!("{endpoint}/{bucket}"),
            (Some(endpoint), false) => endpoint,
            (None, true) => format!("https://s3.{region}.amazonaws.com/{bucket}"),
            (None, false) => format!("https://{bucket}.s3.{region}.amazonaws.com"),
        };
        let bucket = Bucket {
            address: bucket_address,
            prefix: settings.prefix.clone(),
            region: settings.region.clone(),
            credentials: settings.credentials,
            client: client_options(plain),
        };
        if let Some(Encryption::Kms { key }) = settings.encryption {
            builder = builder.with_sse_kms_encryption(key).with_bucket_key(true);
        }
        let store = builder.build().map_err(failed)?;
        let store = PrefixStore::new(store, settings.prefix);
        let mut storage = Self::new(Arc::new(store), None, location);
        storage.bulk_class = settings.storage_class;
        storage.bucket = Some(Arc::new(bucket));
        Ok(storage)
    }
}

/// Where requests for `bucket` go: to the endpoint, with the bucket before its host unless the path has it.
fn address(endpoint: &str, bucket: &str, path_style: bool) -> Result<String, String> {
    let bad = || format!("the endpoint {endpoint} is not of the form https://HOST or http://HOST:PORT");
    let mut url = Url::parse(endpoint).map_err(|_| bad())?;
    let host = url.host_str().unwrap_or_default().to_owned();
    if !["http", "https"].contains(&url.scheme()) || host.is_empty() || url.query().is_some() {
        return Err(bad());
    }
    if !path_style && !host.starts_with(&format!("{bucket}.")) {
        url.set_host(Some(&format!("{bucket}.{host}"))).map_err(|error| {
            format!("{host} cannot have the bucket's name before it ({error}); set path_style=true")
        })?;
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_a_url_and_gets_the_bucket_where_it_belongs() {
        let on = |endpoint, path_style| address(endpoint, "backups", path_style);
        assert_eq!(on("http://127.0.0.1:9000/", true).as_deref(), Ok("http://127.0.0.1:9000"));
        assert_eq!(on("https://s3.example.com/api/", true).as_deref(), Ok("https://s3.example.com/api"));
        assert_eq!(on("https://s3.example.com", false).as_deref(), Ok("https://backups.s3.example.com"));
        assert_eq!(on("https://backups.s3.example.com", false).as_deref(), Ok("https://backups.s3.example.com"));
        for bad in
            ["127.0.0.1:9000", "localhost:9000", "s3.example.com", "ftp://s3.example.com", "http://", "http://x?y"]
        {
            let problem = on(bad, true).expect_err(bad);
            assert!(problem.contains("https://HOST"), "{problem}");
        }
        assert!(on("http://127.0.0.1:9000", false).expect_err("no room").contains("path_style=true"));
    }

    #[test]
    fn a_class_that_must_be_thawed_is_refused() {
        assert_eq!("standard_ia".parse(), Ok(StorageClass::StandardInfrequentAccess));
        assert_eq!("GLACIER_IR".parse::<StorageClass>().map(StorageClass::name), Ok("GLACIER_IR"));
        for class in ["GLACIER", "DEEP_ARCHIVE", "deep_archive"] {
            let problem = class.parse::<StorageClass>().expect_err("refused");
            assert!(problem.contains("cannot be read at once"), "{problem}");
        }
        assert!("FAST".parse::<StorageClass>().expect_err("refused").contains("STANDARD_IA"));
    }
}
