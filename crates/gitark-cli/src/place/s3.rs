//! `s3://`: region, endpoint and credentials where the AWS tools look for them.

use std::sync::Arc;

use gitark::vault::{
    Storage,
    storage::{Encryption, S3},
};

use super::{Bucket, RETRIES, aws};
use crate::exit::Failure;

/// A store for `s3://BUCKET/PREFIX?…`.
pub(super) async fn storage(bucket: &Bucket) -> Result<Storage, Failure> {
    let endpoint = bucket.setting("endpoint").map(str::to_owned).or_else(aws::s3_endpoint);
    // A server of one's own seldom cares, but the signature names one.
    let default_region = endpoint.is_some().then_some("us-east-1");
    let config = aws::config(bucket.setting("profile"), default_region).await;
    let endpoint = endpoint.or_else(|| config.endpoint_url().map(str::to_owned));
    let region = bucket.setting("region").map(str::to_owned).or_else(|| config.region().map(ToString::to_string));
    let region =
        region.ok_or_else(|| bucket.unusable("no region is known; set AWS_REGION, or add ?region=… to the URL"))?;
    let path_style = bucket.setting("path_style").map_or(endpoint.is_some(), |value| value == "true");
    let credentials = aws::Credentials::of(&config, bucket.setting("profile"));
    let credentials = credentials.ok_or_else(|| bucket.unusable("no AWS credentials are configured"))?;
    // Asked for at once: a request that fails for want of them says less.
    credentials.get().await.map_err(|problem| bucket.unusable(&problem))?;
    let settings = S3 {
        location: bucket.text.clone(),
        bucket: bucket.name.clone(),
        prefix: bucket.prefix.clone(),
        region,
        endpoint,
        path_style,
        encryption: bucket.setting("kms_key").map(|key| Encryption::Kms { key: key.to_owned() }),
        storage_class: bucket.setting("storage_class").and_then(|class| class.parse().ok()),
        credentials: Arc::new(credentials),
        retries: RETRIES,
    };
    Ok(Storage::s3(settings)?)
}
