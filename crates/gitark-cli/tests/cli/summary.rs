//! What is said at the end of a run.

use github_emulator::{Fault, FaultKind, RequestClass};

use crate::support::{HELLO, SPOON, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_news_ends_in_one_line() {
    let world = World::backed_up().await;
    let ran = world.backup(&["octocat"]).exits(0);
    assert!(ran.stderr.starts_with("2 repositories: 2 unchanged in "), "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().count(), 1);
    // A fast look is told apart.
    let ran = world.backup(&["octocat", "--check", "fast"]).exits(0);
    let ran =
        if ran.stderr.contains("fast look") { ran } else { world.backup(&["octocat", "--check", "fast"]).exits(0) };
    assert!(ran.stderr.starts_with("2 repositories: 2 unchanged (all by a fast look) in "), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn news_and_failures_end_in_a_table_that_says_what_to_do() {
    let world = World::backed_up().await;
    world.github.create_repository("octocat/new").commit("main", &[("new.txt", "new\n")], "New");
    world.push(SPOON);
    let kind = FaultKind::Status { status: 404, headers: Vec::new(), body: String::new() };
    world.github.add_fault(Fault::new(kind).on(RequestClass::InfoRefs).path("/octocat/hello.git"));
    let ran = world.backup(&["octocat"]).exits(3).sums(&[("new", "1"), ("changed", "1"), ("FAILED", "1")]);
    let ran = ran.sums(&[("gone_or_forbidden", "1")]);
    assert!(ran.stderr.lines().all(|line| line.chars().count() <= 80 || line.contains(": FAILED: ")), "{}", ran.stderr);
    for words in ["give the token access", "stored", "time"] {
        assert!(ran.stderr.contains(words), "{words:?} is not in {}", ran.stderr);
    }
    for none in ["DAMAGED", "not done", "unchanged", "old tips"] {
        assert!(!ran.stderr.contains(none), "{none:?} has no row in {}", ran.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_leaves_failures_alone() {
    let world = World::backed_up().await;
    let kind = FaultKind::Status { status: 404, headers: Vec::new(), body: String::new() };
    world.github.add_fault(Fault::new(kind).on(RequestClass::InfoRefs).path("/octocat/hello.git"));
    let ran = world.backup(&["octocat", "--quiet"]).exits(3).says(&[HELLO, "404"]);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_shrank_is_in_the_summary() {
    let world = World::start().await;
    for number in 0..8 {
        world.github.create_repository(&format!("octocat/more-{number}")).commit("main", &[("a", "a\n")], "A");
    }
    world.backup(&["octocat"]).exits(0);
    for number in 0..8 {
        world.repository(&format!("octocat/more-{number}")).vanish();
    }
    let ran = world.backup(&["octocat"]).exits(3);
    assert!(ran.stderr.contains("\n  octocat: from 10 to 2 repositories\n"), "{}", ran.stderr);
}
