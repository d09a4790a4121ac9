//! How a bucket of S3 is set up, and what that means for a backup.
//!
//! Source: the pages of `GetBucketVersioning`, `GetBucketEncryption`, `GetObjectLockConfiguration`,
//! `GetPublicAccessBlock`, `GetBucketPolicyStatus` and `GetBucketLifecycleConfiguration` in the API reference of S3.

use serde::{Deserialize, de::DeserializeOwned};

use super::lifecycle;
use crate::{
    cause,
    finding::About,
    vault::storage::{Bucket, BucketAnswer},
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VersioningConfiguration {
    status: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServerSideEncryptionConfiguration {
    #[serde(default)]
    rule: Vec<EncryptionRule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EncryptionRule {
    apply_server_side_encryption_by_default: Option<EncryptionDefault>,
}

#[derive(Deserialize)]
struct EncryptionDefault {
    #[serde(rename = "SSEAlgorithm")]
    algorithm: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ObjectLockConfiguration {
    object_lock_enabled: Option<String>,
    rule: Option<LockRule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LockRule {
    default_retention: Option<Retention>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Retention {
    mode: String,
    days: Option<u32>,
    years: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PublicAccessBlockConfiguration {
    block_public_acls: bool,
    ignore_public_acls: bool,
    block_public_policy: bool,
    restrict_public_buckets: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyStatus {
    is_public: String,
}

/// What was asked for.
pub(super) enum Told<T> {
    /// It is set so.
    Set(T),
    /// It is not set.
    NotSet,
    /// It is not told; that was said.
    Not,
}

/// Looks at all settings.
pub(super) async fn look(bucket: &Bucket, about: &mut About<'_, '_>) {
    versioning(bucket, about).await;
    object_lock(bucket, about).await;
    encryption(bucket, about).await;
    public_access(bucket, about).await;
    lifecycle::look(bucket, about).await;
}

/// Asks for one setting. `check` is what it is called, `right` what is needed to read it, `unset` the codes of S3 that
/// say that it is not set.
pub(super) async fn ask<T: DeserializeOwned>(
    bucket: &Bucket,
    subresource: &str,
    check: &str,
    right: &str,
    unset: &str,
    about: &mut About<'_, '_>,
) -> Told<T> {
    let BucketAnswer { status, body } = match bucket.ask(subresource).await {
        Ok(answer) => answer,
        Err(error) => {
            about.skipped(
                check,
                format!("the bucket's {subresource} cannot be asked for: {}", cause::chain(&*error)),
                None,
            );
            return Told::Not;
        }
    };
    let code = crate::vault::error::tag(&body, "Code").unwrap_or_default();
    match status {
        200 => match quick_xml::de::from_str(&body) {
            Ok(set) => Told::Set(set),
            Err(_) => {
                about.skipped(check, format!("the answer about the bucket's {subresource} is not understood"), None);
                Told::Not
            }
        },
        401 | 403 => {
            let found = format!("may not read the bucket's {subresource}");
            about.skipped(check, found, Some(&format!("to have it looked at, allow {right}")));
            Told::Not
        }
        _ if code == unset => Told::NotSet,
        _ => {
            about.skipped(
                check,
                format!("the server does not tell the bucket's {subresource} ({status} {code})"),
                None,
            );
            Told::Not
        }
    }
}

async fn versioning(bucket: &Bucket, about: &mut About<'_, '_>) {
    let check = "versioning";
    let told = ask(bucket, "versioning", check, "s3:GetBucketVersioning", "", about).await;
    let Told::Set(VersioningConfiguration { status }) = told else { return };
    let advice = "turn versioning on (docs/s3.md)";
    match status.as_deref() {
        Some("Enabled") => about.ok(check, "on: what is overwritten or deleted can be had back"),
        Some(_) => about.warning(check, "suspended: what is overwritten or deleted from now on is gone", advice),
        None => about.warning(check, "off: what is overwritten or deleted, by whomever, is gone", advice),
    }
}

async fn object_lock(bucket: &Bucket, about: &mut About<'_, '_>) {
    let check = "object lock";
    let right = "s3:GetBucketObjectLockConfiguration";
    let unset = "ObjectLockConfigurationNotFoundError";
    let told: Told<ObjectLockConfiguration> = ask(bucket, "object-lock", check, right, unset, about).await;
    let none = "off: who has the right to delete can delete the backup";
    match told {
        Told::Not => {}
        Told::NotSet => about.ok(check, none),
        Told::Set(lock) if lock.object_lock_enabled.as_deref() != Some("Enabled") => about.ok(check, none),
        Told::Set(lock) => match lock.rule.and_then(|rule| rule.default_retention) {
            None => about.ok(check, "on, with no default time: objects are not held unless something else asks"),
            Some(retention) => {
                let time = match (retention.days, retention.years) {
                    (Some(days), _) => format!("{days} days"),
                    (_, Some(years)) => format!("{years} years"),
                    _ => "some time".into(),
                };
                let mode = retention.mode.to_ascii_lowercase();
                about.ok(check, format!("on, {mode}: nothing can be deleted for {time}, by compact neither"));
            }
        },
    }
}

async fn encryption(bucket: &Bucket, about: &mut About<'_, '_>) {
    let check = "encryption";
    let right = "s3:GetEncryptionConfiguration";
    let unset = "ServerSideEncryptionConfigurationNotFoundError";
    let told: Told<ServerSideEncryptionConfiguration> = ask(bucket, "encryption", check, right, unset, about).await;
    let algorithm = match told {
        Told::Not => return,
        Told::NotSet => None,
        Told::Set(set) => set
            .rule
            .into_iter()
            .find_map(|rule| rule.apply_server_side_encryption_by_default)
            .map(|rule| rule.algorithm),
    };
    match algorithm.as_deref() {
        None => about.warning(
            check,
            "the bucket has no encryption of its own",
            "turn it on, or give the vault's URL a ?kms_key=…",
        ),
        Some("AES256") => about.ok(check, "by keys of the store (SSE-S3)"),
        Some(algorithm) if algorithm.starts_with("aws:kms") => {
            about.ok(check, "by a KMS key: without a right to the key no backup can be read");
        }
        Some(algorithm) => about.ok(check, algorithm),
    }
}

async fn public_access(bucket: &Bucket, about: &mut About<'_, '_>) {
    let check = "public access";
    let right = "s3:GetBucketPolicyStatus";
    let told: Told<PolicyStatus> = ask(bucket, "policyStatus", check, right, "NoSuchBucketPolicy", about).await;
    let is_public = match told {
        Told::Not => None,
        Told::NotSet => Some(false),
        Told::Set(status) => Some(status.is_public.eq_ignore_ascii_case("true")),
    };
    let right = "s3:GetBucketPublicAccessBlock";
    let unset = "NoSuchPublicAccessBlockConfiguration";
    let told: Told<PublicAccessBlockConfiguration> =
        ask(bucket, "publicAccessBlock", "public block", right, unset, about).await;
    let block = match told {
        Told::Not => None,
        Told::NotSet => Some(PublicAccessBlockConfiguration::default()),
        Told::Set(block) => Some(block),
    };
    let is_blocked = block.as_ref().is_some_and(|block| {
        block.block_public_acls
            && block.ignore_public_acls
            && block.block_public_policy
            && block.restrict_public_buckets
    });
    let is_restricted = block.as_ref().is_some_and(|block| block.restrict_public_buckets);
    let advice = "block all public access of the bucket (docs/s3.md)";
    match (is_public, block) {
        (Some(true), _) if !is_restricted => {
            about.problem(check, "the bucket's policy is public: anyone may get at the backup", advice);
        }
        (_, Some(_)) if is_blocked => about.ok(check, "all of it is blocked"),
        (_, Some(_)) => about.warning(check, "not all of it is blocked: a policy or ACL could make it public", advice),
        (Some(_), None) => about.ok(check, "the bucket's policy is not public"),
        (None, None) => {}
    }
}
