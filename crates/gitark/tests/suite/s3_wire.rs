//! What goes to an S3 server and what comes back, to the byte: headers, refusals, answers that break off.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use gitark::{
    cause,
    vault::{
        Created, Error, Storage, Vault,
        storage::{Encryption, S3, StorageClass},
    },
};
use tokio::sync::Notify;

use crate::support::{Answer, Asked, CannedS3, empty_bucket, error_body};

/// Nine megabytes: two parts.
const LARGE: usize = 9 << 20;
/// Parts of all uploads together that may be in memory: docs/s3.md says so.
const PARTS_IN_MEMORY: usize = 6;

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), bytes).expect("written");
    file
}

/// Writes one thing of each kind that a vault has.
async fn write_all_kinds(storage: &Storage) {
    let (small, large) = (file(b"small"), file(&vec![b'x'; LARGE]));
    storage.create("a/hello.git/gitark/log/00000001.json", "{}".into()).await.expect("created");
    storage.create("a/hello.git/objects/pack/pack-1.keep", "kept".into()).await.expect("created");
    storage.replace("a/hello.git/packed-refs", "refs".into()).await.expect("replaced");
    for (name, file, length) in
        [("1.pack", &small, 5), ("1.idx", &small, 5), ("2.pack", &large, LARGE), ("2.idx", &large, LARGE)]
    {
        let key = format!("a/hello.git/objects/pack/pack-{name}");
        storage.store_file(&key, file.path(), length as u64, false).await.expect("stored");
    }
}

/// The requests that put bytes.
fn puts(asked: Vec<Asked>) -> Vec<Asked> {
    asked.into_iter().filter(|asked| asked.method == "PUT").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_put_and_every_part_carries_a_checksum() {
    let server = CannedS3::answering(empty_bucket).await;
    write_all_kinds(&server.storage()).await;
    let puts = puts(server.asked());
    assert_eq!(puts.iter().filter(|put| put.is_part()).count(), 4);
    assert_eq!(puts.len(), 9);
    for put in &puts {
        // 32 bytes in base64.
        assert_eq!(put.header("x-amz-checksum-sha256").map(str::len), Some(44), "{put:?}");
    }
    let begins = server.asked().into_iter().filter(|asked| asked.query.contains("uploads="));
    let algorithms: Vec<_> = begins.map(|asked| asked.header("x-amz-checksum-algorithm").map(str::to_owned)).collect();
    assert_eq!(algorithms, [Some("SHA256".to_owned()), Some("SHA256".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_once_put_is_conditional_and_every_request_is_signed() {
    let server = CannedS3::answering(empty_bucket).await;
    write_all_kinds(&server.storage()).await;
    for asked in server.asked() {
        let signed = asked.header("authorization").is_some_and(|value| value.contains("/eu-central-1/s3/aws4_request"));
        assert!(signed, "{asked:?}");
        assert!(asked.path.starts_with("/canned/vault/a/hello.git/"), "{asked:?}");
        let is_view = asked.path.ends_with("/packed-refs");
        if asked.method == "PUT" && !asked.is_part() {
            assert_eq!(asked.header("if-none-match"), (!is_view).then_some("*"), "{asked:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn encryption_goes_with_every_object_and_the_class_with_packs_alone() {
    let server = CannedS3::answering(empty_bucket).await;
    let settings = S3 {
        encryption: Some(Encryption::Kms { key: "alias/backup".into() }),
        storage_class: Some(StorageClass::GlacierInstantRetrieval),
        ..server.settings()
    };
    write_all_kinds(&Storage::s3(settings).expect("a store")).await;
    let makes = |asked: &Asked| (asked.method == "PUT" && !asked.is_part()) || asked.query.contains("uploads=");
    let makers: Vec<_> = server.asked().into_iter().filter(makes).collect();
    assert_eq!(makers.len(), 7);
    for maker in makers {
        assert_eq!(maker.header("x-amz-server-side-encryption"), Some("aws:kms"), "{maker:?}");
        assert_eq!(maker.header("x-amz-server-side-encryption-aws-kms-key-id"), Some("alias/backup"), "{maker:?}");
        assert_eq!(maker.header("x-amz-server-side-encryption-bucket-key-enabled"), Some("true"), "{maker:?}");
        let class = maker.path.ends_with(".pack").then_some("GLACIER_IR");
        assert_eq!(maker.header("x-amz-storage-class"), class, "{maker:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_uploads_of_a_process_together_hold_few_parts_in_memory() {
    let (held, most, full) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let go_on = Arc::new(Notify::new());
    let server = {
        let (held, most, full, go_on) = (held.clone(), most.clone(), full.clone(), go_on.clone());
        CannedS3::start(move |asked| {
            let (held, most, full, go_on) = (held.clone(), most.clone(), full.clone(), go_on.clone());
            Box::pin(async move {
                if asked.is_part() {
                    let now = held.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(now, Ordering::SeqCst);
                    if now == PARTS_IN_MEMORY {
                        full.notify_one();
                    }
                    go_on.notified().await;
                    held.fetch_sub(1, Ordering::SeqCst);
                    // The next one.
                    go_on.notify_one();
                }
                empty_bucket(&asked)
            })
        })
        .await
    };
    // Two times five parts, while six may be there.
    let length = 40 << 20;
    let large = file(&vec![b'x'; length]);
    let storage = server.storage();
    let uploads = ["1", "2"].map(|name| {
        let (storage, path) = (storage.clone(), large.path().to_owned());
        let key = format!("a/hello.git/objects/pack/pack-{name}.pack");
        tokio::spawn(async move { storage.store_file(&key, &path, length as u64, false).await })
    });
    full.notified().await;
    // The server answers no part now, and many other requests: time enough for a seventh part to come.
    for _ in 0..200 {
        storage.length("a/hello.git/HEAD").await.expect("an answer");
    }
    go_on.notify_one();
    for upload in uploads {
        upload.await.expect("a task").expect("stored");
    }
    assert_eq!(most.load(Ordering::SeqCst), PARTS_IN_MEMORY);
    assert_eq!(puts(server.asked()).len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_read_on_from_there() {
    let body = vec![b'x'; 100_000];
    type Breaks = fn(Answer) -> Answer;
    for breaks in [(|answer| answer.closed_after(40_000)) as Breaks, |answer| answer.reset_after(40_000)] {
        let whole = body.clone();
        let first = breaks(Answer::new(200, body.clone()).with("ETag", "\"e\""));
        let server = CannedS3::answering(move |asked| {
            let Some(range) = asked.header("range") else { return first.clone() };
            // A reset may throw away what was sent before it.
            let start: usize = range.trim_start_matches("bytes=").split('-').next().unwrap().parse().unwrap();
            let content_range = format!("bytes {start}-99999/100000");
            Answer::new(206, &whole[start..]).with("ETag", "\"e\"").with("Content-Range", content_range)
        })
        .await;
        let read = server.storage().read("a/hello.git/packed-refs").await.expect("read on").expect("there");
        assert!(read == body);
        assert_eq!(server.asked().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_always_breaks_off_is_a_failure_of_the_store_and_no_damage() {
    type Breaks = fn(Answer) -> Answer;
    for breaks in [(|answer| answer.closed_after(10)) as Breaks, |answer| answer.reset_after(10)] {
        let server = CannedS3::answering(move |asked| match (asked.method.as_str(), asked.header("range")) {
            ("HEAD", _) => Answer::new(200, vec![b'x'; 100]),
            (_, None) => breaks(Answer::new(200, vec![b'x'; 100]).with("ETag", "\"e\"")),
            (_, Some(range)) => {
                let range = range.replace('=', " ") + "/100";
                let (start, end) = range["bytes ".len()..].trim_end_matches("/100").split_once('-').unwrap();
                let length = end.parse::<usize>().unwrap() + 1 - start.parse::<usize>().unwrap();
                breaks(Answer::new(206, vec![b'x'; length]).with("ETag", "\"e\"").with("Content-Range", range))
            }
        })
        .await;
        let storage = server.storage();
        let temporary = tempfile::tempdir().expect("a directory");
        let answers = [
            storage.read("key").await.map(drop),
            storage.read_ranges("key", &[0..30, 40..80]).await.map(drop),
            storage.local_file("key", temporary.path()).await.map(drop),
        ];
        for (at, answer) in answers.iter().enumerate() {
            assert!(matches!(answer, Err(Error::Store { .. })), "{at}: {answer:?}");
        }
        assert_eq!(std::fs::read_dir(temporary.path()).expect("a directory").count(), 0, "half a copy is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_busy_is_asked_again() {
    let large = file(&vec![b'x'; LARGE]);
    for (status, code) in [(503, "SlowDown"), (500, "InternalError"), (429, "TooManyRequests")] {
        let busy = || Answer::error(status, code);
        let server = CannedS3::in_turn([busy()]).await;
        assert_eq!(server.storage().read("key").await.expect("none"), None, "{code}");
        let server = CannedS3::in_turn([busy()]).await;
        assert_eq!(server.storage().create("key", "x".into()).await.expect("created"), Created::New, "{code}");
        let server = CannedS3::in_turn([busy()]).await;
        assert_eq!(server.storage().list("").await.expect("a listing"), [], "{code}");
        // The look, the beginning, one part, the end.
        let refused = AtomicUsize::new(0);
        let server = CannedS3::answering(move |asked| {
            let (first, second) = (asked.is_part(), asked.is_completion());
            let bit = usize::from(first) | usize::from(second) << 1;
            match bit != 0 && refused.fetch_or(bit, Ordering::SeqCst) & bit == 0 {
                true => Answer::error(status, code),
                false => empty_bucket(asked),
            }
        })
        .await;
        server.storage().store_file("a.pack", large.path(), LARGE as u64, false).await.expect("stored");
        assert_eq!(server.asked().iter().filter(|asked| asked.is_part()).count(), 3, "{code}");
        assert_eq!(server.asked().iter().filter(|asked| asked.is_completion()).count(), 2, "{code}");

        // For ever: the failure of the store, by its own words.
        let server = CannedS3::answering(move |_| Answer::error(status, code)).await;
        let error = server.storage().read("key").await.expect_err("busy");
        assert!(matches!(error, Error::Store { .. }) && cause::chain(&error).contains(code), "{error:?}");
        assert_eq!(server.asked().len(), 2, "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_of_two_writers_is_tried_again() {
    let conflict = || Answer::error(409, "ConditionalRequestConflict");
    let missing = || Answer::error(404, "NoSuchKey");
    let server = CannedS3::in_turn([conflict(), missing()]).await;
    assert_eq!(server.storage().create("key", "x".into()).await.expect("created"), Created::New);
    let asked = server.asked();
    assert_eq!(asked.iter().map(|asked| asked.method.as_str()).collect::<Vec<_>>(), ["PUT", "GET", "PUT"]);

    let small = file(b"small");
    let server = CannedS3::in_turn([conflict()]).await;
    server.storage().store_file("a.idx", small.path(), 5, false).await.expect("stored");
    assert_eq!(puts(server.asked()).len(), 2);

    // For ever: an end, and no claim that it is done.
    let server =
        CannedS3::answering(move |asked| if asked.method == "PUT" { conflict() } else { empty_bucket(asked) }).await;
    let error = server.storage().create("key", "x".into()).await.expect_err("conflicts");
    assert!(matches!(error, Error::Store { .. }) && cause::chain(&error).contains("Conflict"), "{error:?}");
    let error = server.storage().store_file("a.idx", small.path(), 5, false).await.expect_err("conflicts");
    assert!(matches!(error, Error::Store { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_in_the_body_of_a_success_is_an_error() {
    let large = file(&vec![b'x'; LARGE]);
    // S3 answers 200 at once when an upload in parts is to be completed, and may find an error later.
    for (code, is_tried_again) in [("InternalError", true), ("AccessDenied", false)] {
        let server = CannedS3::answering(move |asked| {
            if asked.is_completion() { Answer::new(200, error_body(code)) } else { empty_bucket(asked) }
        })
        .await;
        let error = server.storage().store_file("a.pack", large.path(), LARGE as u64, false).await.expect_err(code);
        assert!(!matches!(error, Error::Damaged(_)), "{error:?}");
        let asked = server.asked();
        let completions = asked.iter().filter(|asked| asked.is_completion()).count();
        assert_eq!(completions, 1 + usize::from(is_tried_again), "{code}");
        let aborts = asked.iter().filter(|asked| asked.method == "DELETE" && asked.query == "uploadId=1").count();
        assert_eq!(aborts, 1, "{code}");
    }
    let failed = std::sync::atomic::AtomicBool::new(false);
    let server =
        CannedS3::answering(move |asked| match asked.is_completion() && !failed.swap(true, Ordering::SeqCst) {
            true => Answer::new(200, error_body("InternalError")),
            false => empty_bucket(asked),
        })
        .await;
    server.storage().store_file("a.pack", large.path(), LARGE as u64, false).await.expect("the second time");
}

/// The failures of every verb on a server that always answers so.
async fn failures(answer: Answer) -> Vec<Error> {
    // The answer to HEAD has no body, so nothing in it tells more than the status.
    let server = CannedS3::answering(move |_| answer.clone()).await;
    let storage = server.storage();
    let small = file(b"small");
    let answers = [
        Vault::open(storage.clone()).await.map(drop),
        storage.read("key").await.map(drop),
        storage.read_range("key", 0..5).await.map(drop),
        storage.list("runs").await.map(drop),
        storage.list_level("").await.map(drop),
        storage.create("key", "x".into()).await.map(drop),
        storage.replace("key", "x".into()).await,
        storage.store_file("a.idx", small.path(), 5, false).await,
        storage.delete("key").await,
    ];
    answers.into_iter().map(|answer| answer.expect_err("refused")).collect()
}

/// What a user reads must be one line, and say this.
#[track_caller]
fn assert_line(error: &Error, words: &[&str]) {
    let line = cause::chain(error);
    assert!(!line.contains('\n') && !line.contains('<'), "{line}");
    for word in words {
        assert!(line.contains(word), "{line:?} lacks {word:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_that_is_missing_is_named() {
    // Without s3:ListBucket, S3 answers so for every key that is not there.
    for error in failures(Answer::error(403, "AccessDenied")).await {
        assert!(matches!(error, Error::Forbidden { .. }), "{error:?}");
        assert_line(&error, &["s3:ListBucket", "s3://canned/vault", "Words about AccessDenied"]);
    }
    let server = CannedS3::answering(|_| Answer::new(403, "")).await;
    let error = server.storage().length("key").await.expect_err("refused");
    assert_line(&error, &["s3:ListBucket", "look for key"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_are_not_known_are_said_to_be() {
    for code in ["SignatureDoesNotMatch", "InvalidAccessKeyId", "ExpiredToken"] {
        for error in failures(Answer::error(403, code)).await {
            assert!(matches!(error, Error::Unauthenticated { .. }), "{error:?}");
            assert_line(&error, &["credentials", code]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_region_is_said_to_be() {
    let redirect = Answer::error(301, "PermanentRedirect").with("x-amz-bucket-region", "eu-west-1");
    for answer in [redirect, Answer::error(400, "AuthorizationHeaderMalformed")] {
        for error in failures(answer).await {
            assert!(matches!(error, Error::AnotherRegion { .. }), "{error:?}");
            assert_line(&error, &["region", "AWS_REGION"]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_is_not_there_is_no_damage_and_no_empty_place() {
    for error in failures(Answer::error(404, "NoSuchBucket")).await {
        assert!(matches!(error, Error::NoBucket { .. }), "{error:?}");
        assert_line(&error, &["no such bucket", "s3://canned/vault"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_said_to_be() {
    let server = CannedS3::answering(empty_bucket).await;
    let settings = S3 { retries: 0, ..server.settings() };
    drop(server);
    let error = Storage::s3(settings).expect("a store").read("key").await.expect_err("nobody answers");
    assert!(matches!(error, Error::Store { .. }), "{error:?}");
    assert_line(&error, &["read key", "s3://canned/vault", "cannot be reached", "endpoint"]);
}
