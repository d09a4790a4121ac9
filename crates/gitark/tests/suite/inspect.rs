//! What a look at a vault's place finds: in stores that fail, and in buckets as S3 describes them.

use gitark::{
    finding::{Finding, Verdict},
    vault::{
        Storage,
        inspect::{Options, inspect},
    },
};

use crate::support::{Answer, Asked, CannedS3, Ground, Plan, empty_bucket};

async fn look(storage: &Storage) -> Vec<Finding> {
    let mut found = Vec::new();
    inspect(storage, &Options { read_only: false }, &mut |finding| found.push(finding)).await;
    found
}

/// Asserts that a check ended so, and that what was found or advised holds these words.
#[track_caller]
fn has(found: &[Finding], check: &str, result: Verdict, words: &[&str]) {
    let fits = |finding: &&Finding| {
        let text = format!("{} {}", finding.found, finding.advice.as_deref().unwrap_or_default());
        finding.check == check && finding.result == result && words.iter().all(|word| text.contains(word))
    };
    assert!(found.iter().any(|finding| fits(&finding)), "no {check} {result:?} with {words:?} in {found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_overwrites_fails_or_forbids_is_told() {
    let ground = Ground::disk();
    let found = look(&ground.faulty(Plan::Overwrite).0).await;
    has(&found, "create-only", Verdict::Problem, &["replaces the first", "--allow-overwriting-store"]);
    let found = look(&ground.faulty(Plan::ForbidDelete).0).await;
    has(&found, "delete", Verdict::Ok, &["not allowed, nor needed", "compact"]);
    let found = look(&ground.faulty(Plan::Unreachable).0).await;
    has(&found, "vault", Verdict::Problem, &[]);
    has(&found, "create-only", Verdict::Skipped, &["cannot be used"]);
    has(&found, "read and list", Verdict::Skipped, &[]);
    let found = look(&Storage::memory()).await;
    has(&found, "bucket", Verdict::Skipped, &["S3 alone"]);
}

/// What a bucket says when it is asked how it is set up.
async fn bucket(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> (Vec<Finding>, Vec<Asked>) {
    let server = CannedS3::answering(move |asked| {
        let is_setting = asked.method == "GET" && asked.path == "/canned/" && !asked.query.contains("list-type");
        if is_setting { answer(asked.query.trim_end_matches('=')) } else { empty_bucket(asked) }
    })
    .await;
    let found = look(&server.storage()).await;
    (found, server.asked())
}

fn xml(name: &str, content: &str) -> Answer {
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    Answer::new(200, format!("{head}\n<{name} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{content}</{name}>"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_set_up_well_is_said_to_be() {
    let (found, asked) = bucket(|setting| match setting {
        "versioning" => xml("VersioningConfiguration", "<Status>Enabled</Status>"),
        "object-lock" => xml(
            "ObjectLockConfiguration",
            "<ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode>\
             <Days>30</Days></DefaultRetention></Rule>",
        ),
        "encryption" => xml(
            "ServerSideEncryptionConfiguration",
            "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>k\
             </KMSMasterKeyID></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule>",
        ),
        "policyStatus" => xml("PolicyStatus", "<IsPublic>FALSE</IsPublic>"),
        "publicAccessBlock" => xml(
            "PublicAccessBlockConfiguration",
            "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true\
             </BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>",
        ),
        _ => xml(
            "LifecycleConfiguration",
            "<Rule><ID>a</ID><Filter/><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>7\
             </DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule><Rule><ID>b</ID><Filter><Prefix>logs/\
             </Prefix></Filter><Status>Enabled</Status><Expiration><Days>9</Days></Expiration></Rule>",
        ),
    })
    .await;
    has(&found, "versioning", Verdict::Ok, &["on"]);
    has(&found, "object lock", Verdict::Ok, &["compliance", "30 days", "compact"]);
    has(&found, "encryption", Verdict::Ok, &["KMS"]);
    has(&found, "public access", Verdict::Ok, &["all of it is blocked"]);
    has(&found, "lifecycle", Verdict::Ok, &["incomplete uploads are aborted"]);
    for asked in asked {
        let signed = asked.header("authorization").is_some_and(|value| value.contains("/eu-central-1/s3/aws4_request"));
        assert!(signed, "{asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bucket_lacks_is_told_with_what_it_means() {
    let (found, _) = bucket(|setting| match setting {
        "versioning" => xml("VersioningConfiguration", "<Status>Suspended</Status>"),
        "object-lock" => Answer::error(404, "ObjectLockConfigurationNotFoundError"),
        "encryption" => Answer::error(404, "ServerSideEncryptionConfigurationNotFoundError"),
        "policyStatus" => xml("PolicyStatus", "<IsPublic>true</IsPublic>"),
        "publicAccessBlock" => Answer::error(404, "NoSuchPublicAccessBlockConfiguration"),
        _ => Answer::error(404, "NoSuchLifecycleConfiguration"),
    })
    .await;
    has(&found, "versioning", Verdict::Warning, &["suspended", "turn versioning on"]);
    has(&found, "object lock", Verdict::Ok, &["off"]);
    has(&found, "encryption", Verdict::Warning, &["kms_key"]);
    has(&found, "public access", Verdict::Problem, &["public", "block all public access"]);
    has(&found, "lifecycle", Verdict::Warning, &["incomplete uploads", "7 days"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_delete_or_freeze_a_vault_are_problems() {
    let (found, _) = bucket(|setting| match setting {
        "lifecycle" => xml(
            "LifecycleConfiguration",
            "<Rule><ID>old</ID><Prefix/><Status>Enabled</Status><Expiration><Days>365</Days></Expiration></Rule>\
             <Rule><ID>cold</ID><Filter><And><Prefix>vault/</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And>\
             </Filter><Status>Enabled</Status><Transition><Days>30</Days><StorageClass>DEEP_ARCHIVE</StorageClass>\
             </Transition></Rule><Rule><ID>off</ID><Status>Disabled</Status><AbortIncompleteMultipartUpload>\
             <DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>",
        ),
        _ => Answer::error(501, "NotImplemented"),
    })
    .await;
    has(&found, "lifecycle", Verdict::Problem, &["\"old\"", "deletes"]);
    has(&found, "lifecycle", Verdict::Problem, &["\"cold\"", "DEEP_ARCHIVE"]);
    has(&found, "lifecycle", Verdict::Warning, &["incomplete uploads"]);
    has(&found, "versioning", Verdict::Skipped, &["does not tell", "NotImplemented"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_may_not_be_read_are_skipped_and_no_problem() {
    let (found, _) = bucket(|_| Answer::error(403, "AccessDenied")).await;
    for (check, right) in [
        ("versioning", "s3:GetBucketVersioning"),
        ("object lock", "s3:GetBucketObjectLockConfiguration"),
        ("encryption", "s3:GetEncryptionConfiguration"),
        ("public access", "s3:GetBucketPolicyStatus"),
        ("public block", "s3:GetBucketPublicAccessBlock"),
        ("lifecycle", "s3:GetLifecycleConfiguration"),
    ] {
        has(&found, check, Verdict::Skipped, &["may not read the bucket's", right]);
    }
    let (found, _) = bucket(|_| Answer::new(200, "<html>not XML")).await;
    has(&found, "versioning", Verdict::Skipped, &["not understood"]);
}
