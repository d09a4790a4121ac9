//! What a fast look costs, what it finds, and when it is not enough.

use std::{sync::Arc, time::Duration};

use gitark::{
    backup::{self, Check, ListOptions, Options, report::Look, report::Outcome, report::RunReport},
    github::{self, Source},
    monitor::Silent,
};
use github_emulator::{GitHub, RequestClass, Token};
use tokio_util::sync::CancellationToken;

use crate::support::World;

/// More than are looked at in full each time.
const MANY: usize = 1000;

/// An upstream where octocat has so many repositories that nobody pushed to for a while, and a token.
async fn world_of(count: usize) -> (World, github::GitHub) {
    let world = World::new().await;
    let template = world.upstream.create_repository("octocat/r0000");
    template.commit("main", &[("README.md", "Hello\n")], "First");
    world.upstream.create_repositories_like(&template, (1..count).map(|number| format!("octocat/r{number:04}")));
    for number in 0..count {
        settle(&world.upstream, number);
    }
    world.upstream.set_token("ghp_many", "octocat");
    let client = world.client_with_token("ghp_many");
    (world, client)
}

/// Lets the last push be long ago.
fn settle(upstream: &GitHub, number: usize) {
    let repository = upstream.repository(&format!("octocat/r{number:04}")).expect("there");
    repository.set_attributes(|attributes| attributes.pushed_at = 1_600_000_000);
}

async fn run(world: &World, client: &github::GitHub, check: Check, full_look_every: Duration) -> RunReport {
    let list = ListOptions { check, ..ListOptions::default() };
    let source = Source::Account("octocat".into());
    let listing = backup::list(client, &[source], &list, &Silent).await.expect("a listing");
    let options = Options { check, full_look_every, concurrency: 16, ..world.options.clone() };
    let cancel = CancellationToken::new();
    let report = backup::run(client, &listing, world.storage(), &options, Arc::new(Silent), &cancel).await;
    report.expect("a run")
}

/// The repositories that were looked at in full.
fn full(report: &RunReport) -> Vec<&str> {
    assert!(report.repositories.iter().all(|row| row.is_good()), "{report:?}");
    let full = report.repositories.iter().filter(|row| row.work.look == Look::Full);
    full.map(|row| row.repository.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_unchanged_repositories_cost_few_requests_and_what_moved_is_opened() {
    let (world, client) = world_of(MANY).await;
    let upstream = &world.upstream;
    let week = Duration::from_secs(7 * 24 * 3600);
    assert_eq!(full(&run(&world, &client, Check::Auto, week).await).len(), MANY);

    upstream.clear_requests();
    let report = run(&world, &client, Check::Auto, week).await;
    assert_eq!(full(&report), [""; 0]);
    assert_eq!(report.count(Outcome::Unchanged), MANY);
    let asked = upstream.requests();
    assert!(asked.len() <= 60, "{} requests", asked.len());
    assert!(asked.iter().all(|request| matches!(request.class, RequestClass::Api | RequestClass::GraphQl)));

    // A push, and a push to a fork that a pull request comes from.
    let repository = |number: usize| upstream.repository(&format!("octocat/r{number:04}")).expect("there");
    repository(7).commit("main", &[("news.txt", "news\n")], "News");
    repository(7).set_attributes(|attributes| attributes.pushed_at = jiff::Timestamp::now().as_second());
    let tip = repository(8).resolve("main").expect("a tip");
    repository(8).update_ref("refs/pull/1/head", &tip);
    let report = run(&world, &client, Check::Fast, week).await;
    assert_eq!(full(&report), ["octocat/r0007", "octocat/r0008"]);
    assert_eq!(report.count(Outcome::Changed), 2);

    // A push that is too fresh may be followed by one in the same second: it is looked at again.
    assert_eq!(full(&run(&world, &client, Check::Fast, week).await), ["octocat/r0007"]);
    settle(upstream, 7);
    assert_eq!(full(&run(&world, &client, Check::Fast, week).await), ["octocat/r0007"]);
    assert_eq!(full(&run(&world, &client, Check::Fast, week).await), [""; 0]);

    // What does not show in a fast look is found by a full one, at the latest when it is due.
    let notes = repository(9).path().join("refs/notes");
    std::fs::create_dir_all(&notes).expect("a directory");
    std::fs::write(notes.join("commits"), format!("{tip}\n")).expect("a reference");
    assert_eq!(full(&run(&world, &client, Check::Auto, week).await), [""; 0]);
    let report = run(&world, &client, Check::Auto, Duration::ZERO).await;
    assert_eq!((full(&report).len(), report.count(Outcome::Changed)), (MANY, 1));
    assert_eq!(full(&run(&world, &client, Check::Full, week).await).len(), MANY);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_say_and_publish_is_seen_by_a_fast_look() {
    let (world, client) = world_of(10).await;
    let week = Duration::from_secs(7 * 24 * 3600);
    run(&world, &client, Check::Fast, week).await;
    let repository = |number: usize| world.upstream.repository(&format!("octocat/r{number:04}")).expect("there");
    repository(1).open_issue("An issue", "Words");
    repository(2).create_release("v1");
    repository(3).create_label("new", "ff0000", "");
    repository(4).create_milestone("Soon", "");
    repository(5).open_discussion("Ideas", "An idea", "Words");
    let moved = ["octocat/r0001", "octocat/r0002", "octocat/r0003", "octocat/r0004", "octocat/r0005"];
    assert_eq!(full(&run(&world, &client, Check::Fast, week).await), moved);
    assert_eq!(full(&run(&world, &client, Check::Fast, week).await), [""; 0]);
    // A comment moves its issue.
    repository(1).comment(1, "A word");
    assert_eq!(full(&run(&world, &client, Check::Fast, week).await), ["octocat/r0001"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_some_permissions_has_fast_looks_at_the_rest() {
    let (mut world, _) = world_of(10).await;
    let permissions = [("metadata", "read"), ("contents", "read"), ("pull_requests", "read")];
    world.upstream.create_token("some", "octocat", Token::fine_grained(permissions));
    world.client = world.client_with_token("some");
    let client = world.client_with_token("some");
    let week = Duration::from_secs(7 * 24 * 3600);
    run(&world, &client, Check::Fast, week).await;
    let repository = |number: usize| world.upstream.repository(&format!("octocat/r{number:04}")).expect("there");
    repository(1).open_issue("An issue that is not seen", "Words");
    repository(2).create_release("v1");
    assert_eq!(full(&run(&world, &client, Check::Fast, week).await), ["octocat/r0002"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fast_look_that_fails_or_is_forgotten_is_a_full_one() {
    let (world, client) = world_of(10).await;
    let week = Duration::from_secs(7 * 24 * 3600);
    let status = github_emulator::FaultKind::Status { status: 502, headers: Vec::new(), body: String::new() };
    assert_eq!(full(&run(&world, &client, Check::Fast, week).await).len(), 10);
    world.upstream.add_fault(github_emulator::Fault::new(status).on(RequestClass::GraphQl));
    assert_eq!(full(&run(&world, &client, Check::Fast, week).await).len(), 10);
    world.upstream.clear_faults();
    assert_eq!(full(&run(&world, &client, Check::Fast, week).await), [""; 0]);
    std::fs::remove_dir_all(world.vault.join("cache")).expect("removed");
    assert_eq!(full(&run(&world, &client, Check::Fast, week).await).len(), 10);
}
