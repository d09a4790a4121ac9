//! Faults on the wire.

use std::time::Duration;

use github_emulator::{Emulator, Fault, FaultKind, GitHub, RequestClass};
use tokio::io::AsyncReadExt;

use crate::client::{End, get, git_error, receive, send};

/// A repository whose advertisement is the body to spoil.
async fn emulator() -> (Emulator, String) {
    let github = GitHub::new();
    let repository = github.create_repository("mona/hello");
    repository.commit("main", &[("file", "1\n")], "One");
    let emulator = Emulator::start(github).await.unwrap();
    let url = format!("{}/mona/hello.git/info/refs?service=git-upload-pack", emulator.url());
    (emulator, url)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_replaces_the_answer_so_many_times() {
    let (emulator, _) = emulator().await;
    let kind = FaultKind::Status {
        status: 403,
        headers: vec![("Retry-After".to_owned(), "7".to_owned()), ("X-RateLimit-Remaining".to_owned(), "0".to_owned())],
        body: "{}".to_owned(),
    };
    let fault = Fault::new(kind).on(RequestClass::Api).path("/repos/").times(1);
    emulator.github().add_fault(fault);
    let url = format!("{}/repos/mona/hello", emulator.url());
    let other = format!("{}/users/mona", emulator.url());

    assert_eq!(get(&other, &[]).await.status, 200);
    let answer = get(&url, &[]).await;
    assert_eq!((answer.status, answer.text().as_str()), (403, "{}"));
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
    assert_eq!(answer.header("x-ratelimit-limit"), Some("60"));
    assert_eq!(get(&url, &[]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_cut_shortened_or_flipped() {
    let (emulator, url) = emulator().await;
    let whole = get(&url, &[]).await;
    assert_eq!(whole.end, End::Whole);
    let spoiled = async |kind| {
        let fault = Fault::new(kind).on(RequestClass::InfoRefs);
        emulator.github().add_fault(fault);
        let answer = get(&url, &[]).await;
        emulator.github().clear_faults();
        assert_eq!(answer.status, 200);
        (answer.body, answer.end)
    };

    for bytes in [0, 40, 50] {
        let part = whole.body[..bytes].to_vec();
        let after_bytes = bytes as u64;
        let reset = spoiled(FaultKind::Reset { after_bytes }).await;
        assert_eq!(reset, (part.clone(), End::Cut));
        let truncated = spoiled(FaultKind::Truncate { after_bytes }).await;
        assert_eq!(truncated, (part, End::Whole));
    }

    let (flipped, end) = spoiled(FaultKind::FlipByte { at_byte: 36 }).await;
    let mut expected = whole.body.clone();
    expected[36] ^= 1;
    assert_eq!((flipped, end), (expected, End::Whole));

    let (chunk_bytes, pause) = (7, Duration::ZERO);
    let slow = spoiled(FaultKind::Slow { chunk_bytes, pause }).await;
    assert_eq!(slow, (whole.body.clone(), End::Whole));
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_keeps_the_content_type() {
    let (emulator, url) = emulator().await;
    let body = b"<html>".to_vec();
    emulator.github().add_fault(Fault::new(FaultKind::Garbage { body: body.clone() }));
    let answer = get(&url, &[]).await;
    assert_eq!((answer.status, answer.body), (200, body.clone()));
    let answer = get(&format!("{}/users/mona", emulator.url()), &[]).await;
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!((answer.status, answer.body), (200, body));
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_lead_in_circles_or_elsewhere() {
    let (emulator, url) = emulator().await;
    let location = "http://127.0.0.1:1/elsewhere".to_owned();
    let elsewhere = FaultKind::RedirectTo { location: location.clone() };
    emulator.github().add_fault(Fault::new(elsewhere).times(1));
    emulator.github().add_fault(Fault::new(FaultKind::RedirectLoop));

    let answer = get(&url, &[]).await;
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("location"), Some(location.as_str()));
    let answer = get(&url, &[]).await;
    assert_eq!(answer.status, 302);
    assert_eq!(answer.header("location"), Some(url.as_str()));

    let directory = tempfile::tempdir().unwrap();
    let url = format!("{}/mona/hello.git", emulator.url());
    git_error(directory.path(), &["ls-remote", &url]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_answer_ends_with_the_server() {
    let (emulator, url) = emulator().await;
    let whole = get(&url, &[]).await;
    let hang = FaultKind::Hang { after_bytes: 20 };
    emulator.github().add_fault(Fault::new(hang));
    let mut connection = send(&url, "GET", &[], b"").await;
    let mut received = Vec::new();
    while !received.windows(20).any(|bytes| bytes == &whole.body[..20]) {
        connection.read_buf(&mut received).await.unwrap();
        assert!(received.len() < 10_000);
    }
    let requests = emulator.github().requests();
    assert_eq!(requests.last().unwrap().sent_bytes, 20);

    // Nothing more comes, not even the end of the body.
    emulator.stop().await;
    let mut rest = Vec::new();
    let _ = connection.read_to_end(&mut rest).await;
    assert!(!rest.ends_with(b"0\r\n\r\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_pack_fails_a_clone() {
    let (emulator, _) = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let url = format!("{}/mona/hello.git", emulator.url());
    for kind in [
        FaultKind::Reset { after_bytes: 100 },
        FaultKind::Truncate { after_bytes: 100 },
        FaultKind::FlipByte { at_byte: 150 },
    ] {
        emulator.github().clear_faults();
        emulator.github().add_fault(Fault::new(kind).on(RequestClass::Fetch));
        git_error(directory.path(), &["clone", "--quiet", &url, "clone"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_go_while_an_answer_hangs() {
    let (emulator, url) = emulator().await;
    let hang = FaultKind::Hang { after_bytes: 0 };
    emulator.github().add_fault(Fault::new(hang).times(1));
    let mut connection = send(&url, "GET", &[], b"").await;
    connection.read_u8().await.unwrap();
    drop(connection);
    let answer = receive(send(&url, "GET", &[], b"").await).await;
    assert_eq!(answer.status, 200);
}
