//! Files that come in pieces, wrong, or not at all.

use std::collections::BTreeSet;

use gitark::backup::{Reason, report::Outcome};
use github_emulator::{Fault, FaultKind, RequestClass};

use super::{Upstream, back_up, bytes, options, record, records, row, stored};
use crate::support::{World, run};

/// A world with one asset of some size.
async fn one_asset(size: usize) -> (World, github_emulator::Repository, u64, Vec<u8>) {
    let (world, repository) = World::with_repository().await;
    let release = repository.create_release("v1.0");
    let content: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
    let asset = repository.upload_asset(release, "hello.bin", content.clone());
    (world, repository, asset, content)
}

/// Only what the host of files is asked for: the redirect before it is GitHub's.
fn on_files_host() -> &'static str {
    "/github-production-release-asset/"
}

#[tokio::test]
async fn a_file_that_breaks_off_is_gone_on_with() {
    let (world, _, asset, content) = one_asset(1_000_000).await;
    let world = world.with_retries(3);
    for kind in [FaultKind::Reset { after_bytes: 300_000 }, FaultKind::Truncate { after_bytes: 200_000 }] {
        world.upstream.add_fault(Fault::new(kind).path(on_files_host()).times(1));
    }
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::New, "{:#?}", row(&report));
    assert_eq!(bytes(&world.vault, &format!("assets/{asset}")), content);
    let asked = world.upstream.requests().into_iter().filter(|request| request.path.starts_with(on_files_host()));
    let statuses: Vec<u16> = asked.map(|request| request.status).collect();
    assert_eq!(statuses, [200, 206, 206], "each answer goes on where the one before ended");
    assert!(row(&report).work.received_bytes < 1_200_000, "{:?}", row(&report).work);
}

#[tokio::test]
async fn a_spoilt_byte_is_found_and_the_file_asked_for_again() {
    let (world, _, asset, content) = one_asset(10_000).await;
    world.upstream.add_fault(Fault::new(FaultKind::FlipByte { at_byte: 77 }).path(on_files_host()).times(1));
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::New, "{:#?}", row(&report));
    assert_eq!(bytes(&world.vault, &format!("assets/{asset}")), content);
}

#[tokio::test]
async fn i5_a_file_whose_size_or_digest_is_wrong_is_not_kept() {
    let Upstream { world, repository, assets, attached, .. } = Upstream::new().await;
    for (size, digest) in [(Some(7), None), (Some(70), None), (None, Some(format!("sha256:{}", "0".repeat(64))))] {
        repository.misreport_asset(assets[0], size, digest.as_deref());
        let report = back_up(&world).await;
        let row = row(&report);
        assert_eq!((row.outcome, row.reason), (Outcome::Failed, Some(Reason::FilesIncomplete)), "{row:#?}");
        assert!(row.message.as_ref().is_some_and(|message| message.contains("GitHub says")), "{row:#?}");
        // The rest is kept, and nothing of the wrong one can be seen.
        assert_eq!(bytes(&world.vault, &attached[0]), b"All is well\n");
        assert_eq!((records(&world.vault).len(), stored(&world.vault).len()), (4, 4));
        World::assert_whole(&world.vault).await;
    }
    repository.misreport_asset(assets[0], None, None);
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::Changed, "{:#?}", row(&report));
    assert_eq!(bytes(&world.vault, &format!("assets/{}", assets[0])), b"Hello, world\n");
}

#[tokio::test]
async fn a_file_that_is_gone_is_recorded_and_no_failure() {
    let Upstream { world, attached, repository, .. } = Upstream::new().await;
    let path = attached[0].strip_prefix(&world.url()).expect("a path");
    world.upstream.delete_attachment(path);
    let report = back_up(&world).await;
    assert!(row(&report).is_good(), "{:#?}", row(&report));
    assert_eq!(record(&world.vault, &attached[0])["missing"], "not_found");
    let warnings = &row(&report).work.warnings;
    assert!(warnings.iter().any(|text| text.contains(&attached[0]) && text.contains("issue.json")), "{warnings:?}");
    // It is told once, and asked for again by full passes only.
    world.upstream.clear_requests();
    repository.comment(1, "A word");
    let report = back_up(&world).await;
    assert!(row(&report).work.warnings.is_empty(), "{:#?}", row(&report));
    assert!(world.upstream.requests().iter().all(|request| request.class != RequestClass::File));
}

#[tokio::test]
async fn a_failure_that_may_pass_is_tried_by_the_next_run() {
    let Upstream { world, assets, .. } = Upstream::new().await;
    let status = FaultKind::Status { status: 503, headers: Vec::new(), body: String::new() };
    world.upstream.add_fault(Fault::new(status).path(on_files_host()).times(4));
    let report = back_up(&world).await;
    let failed = &row(&report).work.metadata.as_ref().expect("work").failed_files;
    assert_eq!((row(&report).outcome, failed.len()), (Outcome::Failed, 2), "{:#?}", row(&report));
    assert_eq!(records(&world.vault).len(), 3);
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::Changed, "{:#?}", row(&report));
    assert_eq!(bytes(&world.vault, &format!("assets/{}", assets[0])), b"Hello, world\n");
}

#[tokio::test]
async fn a_link_that_does_not_work_any_more_is_asked_for_anew() {
    let (world, _, asset, content) = one_asset(1_000).await;
    let gone = FaultKind::Status { status: 403, headers: Vec::new(), body: "<Code>AuthenticationFailed</Code>".into() };
    world.upstream.add_fault(Fault::new(gone).path(on_files_host()).times(2));
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::New, "{:#?}", row(&report));
    assert_eq!(bytes(&world.vault, &format!("assets/{asset}")), content);
    // Links that are never good are a failure of that file.
    let Upstream { world, .. } = Upstream::new().await;
    world.upstream.set_link_lifetime(0);
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::Failed, "{:#?}", row(&report));
    assert_eq!(records(&world.vault).len(), 0);
}

#[tokio::test]
async fn i11_the_token_goes_to_github_and_not_where_it_leads() {
    let Upstream { world, .. } = Upstream::new().await;
    world.upstream.set_token("marked-secret", "octocat");
    let client = world.client_with_token("marked-secret");
    let report = run(&client, world.storage(), &options(&world)).await.expect("a run");
    assert!(row(&report).is_good(), "{:#?}", row(&report));
    let files = world.files_url();
    let host = files.strip_prefix("http://").expect("an address");
    let requests = world.upstream.requests();
    let elsewhere: Vec<_> = requests.iter().filter(|request| request.host.as_deref() == Some(host)).collect();
    assert_eq!(elsewhere.len(), 5);
    assert!(elsewhere.iter().all(|request| request.authorization.is_none()), "{elsewhere:#?}");
    // GitHub's own host is asked with the token: attachments of private repositories need it.
    let web: BTreeSet<bool> = requests
        .iter()
        .filter(|request| request.host.as_deref() != Some(host) && request.path.starts_with("/user-attachments/"))
        .map(|request| request.authorization.is_some())
        .collect();
    assert_eq!(web, BTreeSet::from([true]));
}

#[tokio::test]
async fn nobody_else_is_asked_for_what_stands_in_a_text() {
    let (world, repository) = World::with_repository().await;
    let stranger = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    stranger.set_nonblocking(true).expect("a socket");
    let address = stranger.local_addr().expect("an address");
    repository.open_issue("Look", &format!("http://{address}/user-attachments/assets/1 http://{address}/x.png"));
    let report = back_up(&world).await;
    assert!(row(&report).is_good(), "{:#?}", row(&report));
    assert_eq!(records(&world.vault).len(), 0);
    assert!(stranger.accept().is_err(), "it was asked");
}

#[tokio::test]
async fn a_redirect_to_where_only_this_machine_reaches_is_refused() {
    let (world, _, asset, _) = one_asset(10).await;
    let metadata = FaultKind::RedirectTo { location: "http://169.254.169.254/latest/meta-data".into() };
    world.upstream.add_fault(Fault::new(metadata).path("/releases/assets/"));
    let report = back_up(&world).await;
    assert!(row(&report).is_good(), "{:#?}", row(&report));
    assert_eq!(record(&world.vault, &format!("assets/{asset}"))["missing"], "unsafe_address");
}

#[tokio::test]
async fn after_the_deadline_no_file_is_begun_and_the_next_run_takes_it() {
    let Upstream { world, attached, .. } = Upstream::new().await;
    let mut late = options(&world);
    late.deadline = Some(std::time::Instant::now());
    let _ = world.backup_with(world.storage(), &late).await.expect("a run");
    assert_eq!(stored(&world.vault).len(), 0);
    let report = back_up(&world).await;
    assert!(row(&report).is_good(), "{:#?}", row(&report));
    assert_eq!(bytes(&world.vault, &attached[0]), b"All is well\n");
}
