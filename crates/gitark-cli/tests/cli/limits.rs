//! GitHub's limits: what is waited for, how long, and what is said about it.

use std::time::Duration;

use github_emulator::{Fault, FaultKind, RequestClass, SecondaryLimit};

use crate::support::{HELLO, Ran, World};

/// `gitark backup` that may wait.
fn patient(world: &World, wait: &str, more: &[&str]) -> Ran {
    let arguments = [&["backup", "octocat", "--retries", "0", "--max-wait", wait], more].concat();
    world.run(&arguments)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_hour_is_waited_for_and_told() {
    let world = World::start().await;
    // Each listing is more than one request.
    world.github.set_rate_limit(1, Duration::from_secs(3));
    let ran = patient(&world, "1m", &[]).exits(0);
    assert!(ran.stderr.contains("waiting for GitHub's rate limit until 20"), "{}", ran.stderr);
    assert!(world.github.requests().iter().all(|request| request.status == 200), "no request was refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_that_is_too_long_is_a_failure_that_says_until_when() {
    let world = World::start().await;
    world.github.set_rate_limit(1, Duration::from_secs(3600));
    let words = ["rate limit", "until 20", "--max-wait"];
    patient(&world, "5m", &[]).exits(1).says(&words);
    patient(&world, "2h", &["--deadline", "5m"]).exits(1).says(&words);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secondary_limit_is_waited_for_however_it_is_told() {
    let world = World::start().await;
    for (status, retry_after) in [(403, "1"), (429, "1"), (503, "1")] {
        let kind = FaultKind::Status {
            status,
            headers: vec![("Retry-After".into(), retry_after.into())],
            body: "{\"message\": \"slow down\"}".into(),
        };
        world.github.add_fault(Fault::new(kind).on(RequestClass::Api).times(2));
        patient(&world, "1m", &[]).exits(0);
        world.github.clear_faults();
    }
    let limit = SecondaryLimit { concurrent: Some(0), retry_after: None, ..SecondaryLimit::default() };
    world.github.set_secondary_limit(Some(limit));
    // A minute, when GitHub does not say how long.
    patient(&world, "30s", &[]).exits(1).says(&["rate limit", "until"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_git_server_that_slows_down_is_asked_again_when_it_says() {
    let world = World::start().await;
    let kind =
        FaultKind::Status { status: 429, headers: vec![("Retry-After".into(), "1".into())], body: String::new() };
    world.github.add_fault(Fault::new(kind.clone()).on(RequestClass::InfoRefs).path(HELLO).times(1));
    world.run(&["backup", "octocat", "--retries", "1"]).exits(0);
    world.github.add_fault(Fault::new(kind).on(RequestClass::LsRefs).path(HELLO));
    world.github.add_fault(Fault::new(FaultKind::RedirectLoop).on(RequestClass::InfoRefs).path("none"));
    world.push(HELLO);
    let report = world.run(&["backup", HELLO, "--retries", "0", "--json"]).exits(1).json();
    assert_eq!(report[0]["repositories"][0]["reason"], "rate_limited");
}
