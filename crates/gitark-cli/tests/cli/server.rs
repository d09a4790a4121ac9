//! A git server that fails in the middle.

use github_emulator::{Fault, FaultKind, RequestClass};

use crate::support::{HELLO, Ran, SPOON, Stored, World, git, row};

/// Spoils requests of this class for one repository, backs up both, and asserts that the other is done, that nothing is
/// lost, and that the next run has it all.
async fn spoiled(class: RequestClass, kind: FaultKind, reason: &str, words: &[&str]) {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    world.push(HELLO);
    world.push(SPOON);
    world.github.add_fault(Fault::new(kind).on(class).path("/octocat/hello.git"));
    let ran = world.backup(&["octocat", "--stall-timeout", "1"]).exits(3);
    ran.says(&[&[HELLO], words].concat());
    assert_eq!(row(&world.newest_report(), HELLO)["reason"], reason);
    stored.is_kept(&world);
    world.github.clear_faults();
    world.backup(&["octocat"]).exits(0).sums(&[("changed", "1"), ("unchanged", "1")]);
    for name in [HELLO, SPOON] {
        world.restores(name, &world.repository(name).resolve("main").unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_given_up() {
    for class in [RequestClass::InfoRefs, RequestClass::LsRefs, RequestClass::Fetch] {
        spoiled(class, FaultKind::Hang { after_bytes: 20 }, "network", &["timed out"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_is_no_damage() {
    for class in [RequestClass::InfoRefs, RequestClass::LsRefs, RequestClass::Fetch] {
        spoiled(class, FaultKind::Reset { after_bytes: 30 }, "network", &["cannot"]).await;
        spoiled(class, FaultKind::Truncate { after_bytes: 30 }, "protocol", &["ends early"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_loop_ends() {
    spoiled(RequestClass::InfoRefs, FaultKind::RedirectLoop, "protocol", &["redirects"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_page_is_no_git_server() {
    let page = || FaultKind::Status {
        status: 200,
        headers: vec![("Content-Type".into(), "text/html".into())],
        body: "<!DOCTYPE html>\n<html><body>Sign in to the wireless network</body></html>".into(),
    };
    for class in [RequestClass::InfoRefs, RequestClass::LsRefs, RequestClass::Fetch] {
        spoiled(class, page(), "protocol", &["not understood"]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_no_answer() {
    for class in [RequestClass::InfoRefs, RequestClass::LsRefs, RequestClass::Fetch] {
        for body in [b"".to_vec(), vec![0xff; 100_000], b"0000".to_vec(), b"0003".to_vec(), b"ffff0000".to_vec()] {
            // A listing of nothing is an empty repository, and that is an answer.
            if class == RequestClass::LsRefs && body == b"0000" {
                continue;
            }
            spoiled(class, FaultKind::Garbage { body }, "protocol", &["not understood"]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_the_server_are_told_apart() {
    let status = |status| FaultKind::Status { status, headers: Vec::new(), body: String::new() };
    spoiled(RequestClass::Fetch, status(500), "network", &["500"]).await;
    spoiled(RequestClass::LsRefs, status(403), "gone_or_forbidden", &["403"]).await;
    spoiled(RequestClass::InfoRefs, status(451), "legal_block", &["legal reasons"]).await;
    spoiled(RequestClass::InfoRefs, status(429), "rate_limited", &["429"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_git_server_that_refuses_the_token_says_so() {
    let world = World::start().await;
    world.github.set_token("ghp_octocat", "octocat");
    let kind = FaultKind::Status { status: 401, headers: Vec::new(), body: String::new() };
    world.github.add_fault(Fault::new(kind).on(RequestClass::InfoRefs).path("/octocat/hello.git"));
    let mut command = world.backup_command(&["octocat"]);
    Ran::of(command.env("GITHUB_TOKEN", "ghp_octocat")).exits(3).says(&[HELLO, "token"]);
    let report = world.newest_report();
    assert_eq!(
        (&row(&report, HELLO)["reason"], &row(&report, SPOON)["outcome"]),
        (&"unauthorized".into(), &"new".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_with_sha_256_ids_is_refused_and_the_others_are_done() {
    let world = World::start().await;
    let path = world.repository(HELLO).path();
    std::fs::remove_dir_all(&path).unwrap();
    git(world.directory.path(), &["init", "-q", "--bare", "--object-format=sha256", path.to_str().unwrap()]);
    world.backup(&["octocat"]).exits(3).says(&[HELLO, "sha256", "only sha1"]);
    let report = world.newest_report();
    assert_eq!(
        (&row(&report, HELLO)["reason"], &row(&report, SPOON)["outcome"]),
        (&"object_format".into(), &"new".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_own_words_are_told() {
    let said = b"0036ERR repository is being moved, come back tomorrow\n0000".to_vec();
    let body = FaultKind::Garbage { body: said };
    spoiled(RequestClass::LsRefs, body, "protocol", &["the server says", "come back tomorrow"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_passes_is_tried_again() {
    let world = World::backed_up().await;
    world.push(HELLO);
    let kind = FaultKind::Status { status: 500, headers: Vec::new(), body: String::new() };
    world.github.add_fault(Fault::new(kind).on(RequestClass::LsRefs).path("/octocat/hello.git").times(1));
    let ran = Ran::of(&mut world.command(&["backup", "octocat"])).exits(0);
    assert!(ran.failures().is_empty());
    let warnings: Vec<_> = ran.stderr.lines().filter(|line| line.contains("trying again")).collect();
    assert!(matches!(warnings[..], [line] if line.contains("500")), "{}", ran.stderr);
    world.restores(HELLO, &world.repository(HELLO).resolve("main").unwrap());
}
