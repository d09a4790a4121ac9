//! Links, and how an object comes over them.

use std::sync::{Arc, Mutex};

use gitark::{
    backup::{ListOptions, Reason, list},
    git::lfs::Absence,
    github::Source,
    monitor::Silent,
};
use github_emulator::{Emulator, Fault, FaultKind, GitHub, LfsScript, RequestClass};

use super::{absence, asked, hello, place, world};
use crate::support::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_link_is_asked_for_again() {
    for told in [true, false] {
        let (world, repository, [one, _]) = world().await;
        repository.script_lfs_object(&one, LfsScript::ExpiredLinks { times: 2, told });
        let report = world.backup().await;
        assert_eq!(hello(&report).work.lfs_stored, 2, "told: {told}");
        World::assert_whole(&world.vault).await;
        // One that never works is given up.
        let (world, repository, [one, _]) = self::world().await;
        repository.script_lfs_object(&one, LfsScript::ExpiredLinks { times: 100, told });
        let report = world.backup_to(world.storage()).await.expect("a run");
        assert_eq!(hello(&report).reason, Some(Reason::LfsIncomplete), "told: {told}");
        assert_eq!(absence(&world, &one).await, Some(Absence::Forbidden));
        assert!(asked(&world, RequestClass::LfsBatch).len() < 6);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ways_of_saying_when_a_link_expires_are_understood() {
    for script in [
        LfsScript::ExpiresIn(0),
        LfsScript::ExpiresIn(2_147_483_647),
        LfsScript::ExpiresAt("0001-01-01T00:00:00Z".into()),
        LfsScript::ExpiresAt("2200-01-01T00:00:00Z".into()),
        LfsScript::ExpiresAt("no time".into()),
    ] {
        let (world, repository, [one, _]) = world().await;
        repository.script_lfs_object(&one, script.clone());
        let report = world.backup().await;
        assert_eq!(hello(&report).work.lfs_stored, 2, "{script:?}");
        assert_eq!(asked(&world, RequestClass::LfsBatch).len(), 1, "{script:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_off_is_gone_on_with() {
    for ignores_range in [false, true] {
        let (world, repository) = World::with_repository().await;
        let oid = repository.add_made_up_lfs_object(3 << 20, 1);
        super::commit_pointer(&repository, "large.bin", &oid, 3 << 20);
        if ignores_range {
            repository.script_lfs_object(&oid, LfsScript::IgnoresRange);
        }
        let cut = Fault::new(FaultKind::Reset { after_bytes: 2 << 20 }).on(RequestClass::LfsObject).times(1);
        world.upstream.add_fault(cut);
        let report = world.backup().await;
        assert_eq!(hello(&report).work.lfs_stored, 1);
        let sent: Vec<u64> = asked(&world, RequestClass::LfsObject).iter().map(|request| request.sent_bytes).collect();
        let second = if ignores_range { 3 << 20 } else { 1 << 20 };
        assert_eq!(sent.len(), 2);
        assert!(sent[1] >= second, "{sent:?}");
        assert!(ignores_range || sent[1] < 3 << 20, "it began at the first byte again: {sent:?}");
        World::assert_whole(&world.vault).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_is_asked_again_and_bytes_that_were_spoilt_are_too() {
    for fault in [
        Fault::new(FaultKind::Status { status: 502, headers: Vec::new(), body: String::new() })
            .on(RequestClass::LfsBatch),
        Fault::new(FaultKind::Status { status: 503, headers: Vec::new(), body: String::new() })
            .on(RequestClass::LfsObject),
        Fault::new(FaultKind::Truncate { after_bytes: 10 }).on(RequestClass::LfsBatch),
        Fault::new(FaultKind::Truncate { after_bytes: 10 }).on(RequestClass::LfsObject),
        Fault::new(FaultKind::FlipByte { at_byte: 3 }).on(RequestClass::LfsObject),
    ] {
        let (world, ..) = world().await;
        world.upstream.add_fault(fault.clone().times(1));
        let report = world.backup().await;
        assert_eq!(hello(&report).work.lfs_stored, 2, "{fault:?}");
        World::assert_whole(&world.vault).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_the_token_goes_to_the_batch_and_headers_of_a_link_to_its_host() {
    let (mut world, repository, [one, two]) = world().await;
    world.upstream.set_token("secret-token", "octocat");
    world.client = world.client_with_token("secret-token");
    // Another server, which has the objects too.
    let other = GitHub::new();
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    other.on_request(Some(Arc::new({
        let seen = seen.clone();
        move |_, path| seen.lock().unwrap().push(path.to_owned())
    })));
    let emulator = Emulator::start(other.clone()).await.expect("it starts");
    repository.script_lfs_object(&one, LfsScript::Href(format!("{}/elsewhere", emulator.url())));
    repository.script_lfs_object(&one, LfsScript::Header("X-Secret".into(), "of-the-link".into()));
    let location = format!("{}/redirected", emulator.url());
    repository.script_lfs_object(&two, LfsScript::RedirectTo { status: 302, location });
    let report = world.backup_to(world.storage()).await.expect("a run");
    assert_eq!(hello(&report).work.lfs_missing, 2, "the other server has nothing: {report:?}");

    let batches = asked(&world, RequestClass::LfsBatch);
    assert!(batches.iter().all(|request| request.authorization.as_deref() == Some("Basic")));
    let links = asked(&world, RequestClass::LfsObject);
    assert!(!links.is_empty() && links.iter().all(|request| request.authorization.as_deref() == Some("RemoteAuth")));
    // The link's own headers go where the link goes, and not along with a redirect.
    for request in other.requests() {
        let expected = request.path.starts_with("/elsewhere").then_some("RemoteAuth");
        assert_eq!(request.authorization.as_deref(), expected, "{request:?}");
    }
    assert!(seen.lock().unwrap().iter().any(|path| path == "/redirected"));
    other.on_request(None);
    let text = format!("{report:?}");
    assert!(!text.contains("secret-token") && !text.contains("of-the-link") && !text.contains("lfs-link"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_has_its_content_still() {
    let (world, repository, [one, _]) = world().await;
    let (sources, options) = ([Source::Account("octocat".into())], ListOptions::default());
    let listing = list(&world.client, &sources, &options, &Silent).await.expect("a listing");
    repository.rename("octocat/renamed");
    let report = world.backup_listed(&listing).await;
    assert_eq!(hello(&report).work.lfs_stored, 2, "{report:?}");
    assert!(place(&world.bare(), &one).exists());
}
