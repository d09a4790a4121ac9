//! What is said on the wire, word by word, and what is tried when the server fails.

use gitark::backup::{Reason, report::Outcome};
use github_emulator::{Fault, FaultKind, Request, RequestClass};

use crate::support::{REPOSITORY, World, git, row};

fn fetches(world: &World) -> Vec<Request> {
    world.upstream.requests().into_iter().filter(|request| request.class == RequestClass::Fetch).collect()
}

/// The words but for the agent's version.
fn words(request: &Request) -> Vec<String> {
    request.words.iter().filter(|word| !word.starts_with("agent=")).cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_asks_for_tips_promises_tips_and_never_for_thin_packs() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    let main = repository.resolve("refs/heads/main").expect("main");
    let topic = repository.resolve("refs/heads/topic").expect("topic");
    let tag = repository.resolve("refs/tags/v1").expect("v1");
    let mut wants = [main.clone(), topic.clone(), tag.clone()].map(|oid| format!("want {oid}"));
    wants.sort();
    let mut expected =
        vec!["command=fetch".to_owned(), "object-format=sha1".into(), "delim".into(), "ofs-delta".into()];
    expected.extend(wants);
    expected.extend(["done".to_owned(), "flush".into()]);
    assert_eq!(words(&fetches(&world)[0]), expected);

    world.upstream.clear_requests();
    let new = repository.commit("main", &[("a.txt", "a\n")], "New");
    world.backup().await;
    let requests = fetches(&world);
    assert_eq!(requests.len(), 1);
    let expected = [
        "command=fetch".to_owned(),
        "object-format=sha1".into(),
        "delim".into(),
        "ofs-delta".into(),
        format!("want {new}"),
        // HEAD's branch first, then the other branches, then tags.
        format!("have {main}"),
        format!("have {topic}"),
        format!("have {tag}"),
        "done".into(),
        "flush".into(),
    ];
    assert_eq!(words(&requests[0]), expected);
    assert!(requests[0].words.iter().any(|word| word.starts_with("agent=git/gitark-")));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_want_means_no_fetch_and_an_empty_pack_is_not_stored() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    world.upstream.clear_requests();
    let topic = repository.resolve("refs/heads/topic").expect("topic");
    repository.update_ref("refs/heads/second-name", &topic);
    world.backup().await;
    assert!(fetches(&world).is_empty(), "a tip that the vault names is not asked for");

    // An old commit that is no tip: the server sends a pack of no objects.
    let parent = repository.git(&["rev-parse", "main^"]);
    repository.create_tag("old", &parent);
    let report = world.backup().await;
    assert_eq!(fetches(&world).len(), 1, "{report:?}");
    let (entry, ..) = world.repository().await.entry(3).await.expect("an entry").expect("there");
    assert!(entry.packs.is_empty());
    let packs = std::fs::read_dir(world.bare().join("objects/pack")).expect("packs").count();
    assert_eq!(packs, 3, "one pack, its index and its .keep");
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_with_haves_is_asked_with_fewer_and_then_with_none() {
    let (world, repository) = World::with_repository().await;
    let world = world.with_retries(3);
    world.backup().await;
    let new = repository.commit("main", &[("a.txt", "a\n")], "New");
    world.upstream.clear_requests();
    let status = FaultKind::Status { status: 500, headers: vec![], body: String::new() };
    world.upstream.add_fault(Fault::new(status).on(RequestClass::Fetch).times(3));
    let report = world.backup().await;
    assert_eq!(row(&report, REPOSITORY).outcome, Outcome::Changed);
    let haves: Vec<usize> = fetches(&world)
        .iter()
        .map(|request| request.words.iter().filter(|word| word.starts_with("have ")).count())
        .collect();
    assert_eq!(haves, [3, 3, 2, 0], "all, all after a pause, then the unchanged references, then none");
    assert_eq!(git::refs(&world.bare()).get("refs/heads/main"), Some(&new));
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_want_that_vanishes_after_the_listing_is_listed_again() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    repository.force_push("topic", &[("topic.txt", "will vanish\n")], "Will vanish");
    let upstream = world.upstream.clone();
    let once = std::sync::atomic::AtomicBool::new(false);
    let changing = repository.clone();
    upstream.on_request(Some(std::sync::Arc::new(move |class: &RequestClass, _: &str| {
        if *class == RequestClass::Fetch && !once.swap(true, std::sync::atomic::Ordering::SeqCst) {
            changing.force_push("topic", &[("topic.txt", "stays\n")], "Stays");
            changing.git(&["prune", "--expire=now"]);
        }
    })));
    world.backup().await;
    upstream.on_request(None);
    assert_eq!(git::upstream_refs(&world.bare()), repository.refs());
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_haves_are_sent_compressed() {
    let (world, repository) = World::with_repository().await;
    for number in 0..60 {
        repository.commit(&format!("branch-{number}"), &[("n.txt", &format!("{number}\n"))], "Branch");
    }
    world.backup().await;
    world.upstream.clear_requests();
    repository.commit("main", &[("a.txt", "a\n")], "New");
    world.backup().await;
    let request = fetches(&world).swap_remove(0);
    let haves = request.words.iter().filter(|word| word.starts_with("have ")).count();
    assert_eq!(haves, 63);
    let plain: usize = request.words.iter().map(|word| word.len() + 5).sum();
    assert!((request.received_bytes as usize) < plain, "{} of {plain} bytes", request.received_bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_answer_is_a_failure_of_the_network_and_stores_nothing() {
    let (world, repository) = World::with_repository().await;
    repository.commit("main", &[("large.txt", &"0123456789abcdef\n".repeat(9000))], "Large");
    for (class, kind) in [
        (RequestClass::Fetch, FaultKind::Reset { after_bytes: 700 }),
        (RequestClass::Fetch, FaultKind::Truncate { after_bytes: 700 }),
        (RequestClass::LsRefs, FaultKind::Truncate { after_bytes: 100 }),
        (RequestClass::LsRefs, FaultKind::Reset { after_bytes: 100 }),
        (RequestClass::InfoRefs, FaultKind::Truncate { after_bytes: 40 }),
        (RequestClass::InfoRefs, FaultKind::Garbage { body: b"<html>login</html>".to_vec() }),
    ] {
        world.upstream.add_fault(Fault::new(kind.clone()).on(class));
        let report = world.backup_to(world.storage()).await.expect("a run");
        let row = row(&report, REPOSITORY);
        assert!(matches!(row.reason, Some(Reason::Network | Reason::Protocol)), "{class:?} {kind:?}: {row:?}");
        assert!(world.repository().await.sequences().await.expect("a listing").is_empty(), "{class:?} {kind:?}");
        world.upstream.clear_faults();
    }
    // Once is not for ever: the same run tries again.
    world.upstream.add_fault(Fault::new(FaultKind::Reset { after_bytes: 700 }).on(RequestClass::Fetch).times(1));
    world.backup().await;
    assert_eq!(git::refs(&world.bare()), repository.refs());
    let spool = std::fs::read_dir(world.vault.join("cache/spool")).expect("the spool").count();
    assert_eq!(spool, 0, "nothing is left in the spool");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_server_is_waited_for() {
    let (world, repository) = World::with_repository().await;
    let pause = std::time::Duration::from_millis(2);
    world.upstream.add_fault(Fault::new(FaultKind::Slow { chunk_bytes: 50, pause }));
    world.backup().await;
    assert_eq!(git::refs(&world.bare()), repository.refs());
}
