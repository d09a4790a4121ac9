//! What is gone upstream, and what is less than it should be: full checks find it.

use std::path::PathBuf;

use gitark::{
    backup::{
        Check, Options, Reason,
        report::{Outcome, RepositoryReport, RunReport, Verdict},
    },
    github::resources,
    vault::key::Kind,
};
use github_emulator::{Fault, FaultKind, Fill, Repository, RequestClass};
use serde_json::{Value, json};

use crate::support::{World, git::git};

/// A world whose reader has a token.
async fn world() -> (World, Repository) {
    let (mut world, repository) = World::with_repository().await;
    world.upstream.set_token("secret", "octocat");
    world.client = world.client_with_token("secret");
    (world, repository)
}

/// A backup of all that is around the code.
async fn run(world: &World, check: Check) -> RunReport {
    let options = Options { resources: resources::ALL.to_vec(), check, ..world.options.clone() };
    world.backup_with(world.storage(), &options).await.expect("a run")
}

fn row(report: &RunReport) -> &RepositoryReport {
    let is_of = |row: &&RepositoryReport| row.kind == Kind::Meta && row.repository == "octocat/hello";
    report.repositories.iter().find(is_of).expect("a row")
}

fn bare(world: &World) -> PathBuf {
    world.vault.join("127.0.0.1/octocat/hello/hello.meta.git")
}

fn tree_at(world: &World, version: &str) -> Vec<String> {
    git(&bare(world), &["ls-tree", "-r", "--name-only", version]).lines().map(str::to_owned).collect()
}

fn file(world: &World, path: &str) -> Value {
    serde_json::from_str(&git(&bare(world), &["show", &format!("main:{path}")])).expect("JSON")
}

#[tokio::test]
async fn i4_what_is_deleted_upstream_leaves_the_newest_tree_and_stays_in_history() {
    let (world, repository) = world().await;
    repository.fill_tracker(Fill { issues: 130, pull_requests: 20, comments: 300, review_comments: 60 });
    let target = world.upstream.create_repository("octocat/other");
    let discussion = repository.open_discussion("Ideas", "An idea", "Words");
    repository.open_discussion("Ideas", "Another", "Words");
    let comment = repository.comment(7, "A word");
    let remark = repository.review_comment(140, "file.txt", 3, "A remark");
    assert_eq!(row(&run(&world, Check::Full).await).outcome, Outcome::New);
    let before = tree_at(&world, "main");
    let comment = format!("issues/000/7/comments/{comment}.json");
    let remark = format!("pulls/000/140/review-comments/{remark}.json");
    assert!(before.contains(&comment) && before.contains(&remark));

    repository.delete_issue(3);
    let number = repository.transfer_issue(5, &target);
    repository.delete_discussion(discussion);
    let id = |path: &str| -> u64 {
        path.rsplit('/').next().and_then(|file| file[..file.len() - 5].parse().ok()).expect("an id")
    };
    repository.delete_comment(id(&comment));
    repository.delete_review_comment(id(&remark));
    // What is only read as it changed does not know of it.
    run(&world, Check::Auto).await;
    assert!(tree_at(&world, "main").contains(&"issues/000/3/issue.json".to_owned()));

    let report = run(&world, Check::Full).await;
    assert_eq!(row(&report).outcome, Outcome::Changed, "{:#?}", row(&report));
    let now = tree_at(&world, "main");
    let is_gone = |path: &String| {
        ["issues/000/3/", "issues/000/5/"].iter().any(|directory| path.starts_with(directory))
            || path.starts_with(&format!("discussions/000/{discussion}/"))
            || [&comment, &remark].contains(&path)
    };
    let left: Vec<&String> = before.iter().filter(|path| !is_gone(path)).collect();
    assert!(left.iter().all(|path| now.contains(path)), "only what is gone is gone");
    assert!(!now.iter().any(is_gone), "{now:?}");
    let gone = file(&world, "gone/3.json");
    assert_eq!((&gone["gone"], &gone["kind"], &gone["url"]), (&json!("deleted"), &json!("issues"), &json!(null)));
    let moved = file(&world, "gone/5.json");
    assert_eq!(moved["gone"], "transferred");
    let url = moved["url"].as_str().expect("an address");
    assert!(url.ends_with(&format!("/octocat/other/issues/{number}")), "{url}");
    assert_eq!(file(&world, &format!("gone/{discussion}.json"))["kind"], "discussions");
    assert!(git(&bare(&world), &["log", "--format=%H", "--", "issues/000/3/issue.json"]).lines().count() >= 2);
    World::assert_whole(&world.vault).await;
    // It is said once.
    assert_eq!(row(&run(&world, Check::Full).await).outcome, Outcome::Unchanged);
}

#[tokio::test]
async fn without_a_token_deleted_issues_and_comments_are_found_too() {
    let (world, repository) = World::with_repository().await;
    repository.fill_tracker(Fill { issues: 120, pull_requests: 2, comments: 130, review_comments: 2 });
    let comment = repository.comment(7, "A word");
    run(&world, Check::Full).await;
    repository.delete_issue(3);
    repository.delete_comment(comment);
    assert_eq!(row(&run(&world, Check::Full).await).outcome, Outcome::Changed);
    let now = tree_at(&world, "main");
    assert!(now.contains(&"gone/3.json".to_owned()));
    assert!(!now.iter().any(|path| path.starts_with("issues/000/3/") || path.ends_with(&format!("{comment}.json"))));
}

#[tokio::test]
async fn i4_a_list_that_lacks_what_is_there_removes_nothing() {
    let (world, repository) = world().await;
    repository.fill_tracker(Fill { issues: 4, pull_requests: 0, comments: 4, review_comments: 0 });
    run(&world, Check::Full).await;
    let before = tree_at(&world, "main");
    // A server that forgets them for a while.
    let empty = FaultKind::Garbage { body: b"[]".to_vec() };
    world.upstream.add_fault(Fault::new(empty).on(RequestClass::Api).path("/repos/octocat/hello/issues?"));
    let report = run(&world, Check::Full).await;
    world.upstream.clear_faults();
    assert_eq!(tree_at(&world, "main"), before, "{:#?}", row(&report));
}

#[tokio::test]
async fn fewer_than_github_counts_is_no_whole_backup() {
    let (world, repository) = world().await;
    repository.fill_tracker(Fill { issues: 4, pull_requests: 0, comments: 0, review_comments: 0 });
    let empty = FaultKind::Garbage { body: b"[]".to_vec() };
    world.upstream.add_fault(Fault::new(empty).on(RequestClass::Api).path("/repos/octocat/hello/issues?"));
    let report = run(&world, Check::Full).await;
    let row = row(&report);
    assert_eq!((row.outcome, row.reason), (Outcome::Failed, Some(Reason::Protocol)), "{row:#?}");
    assert!(row.message.as_ref().is_some_and(|text| text.contains("GitHub counts 4")), "{row:#?}");
    world.upstream.clear_faults();
    let report = run(&world, Check::Auto).await;
    assert!(report.repositories.iter().all(RepositoryReport::is_good), "{report:#?}");
    assert_eq!(tree_at(&world, "main").iter().filter(|path| path.ends_with("/issue.json")).count(), 4);
}

#[tokio::test]
async fn far_fewer_than_before_is_told_once() {
    let (world, repository) = world().await;
    repository.fill_tracker(Fill { issues: 20, pull_requests: 0, comments: 0, review_comments: 0 });
    assert_eq!(run(&world, Check::Full).await.verdict(), Verdict::Done);
    for number in 1..=15 {
        repository.delete_issue(number);
    }
    let report = run(&world, Check::Full).await;
    assert_eq!(report.verdict(), Verdict::Partial);
    // A worker of a shared run has the rows alone.
    assert_eq!(Verdict::of(&report.repositories, false), Verdict::Partial);
    let shrunk = &row(&report).work.metadata.as_ref().expect("what was done").shrunk;
    assert_eq!(shrunk.iter().map(|one| (one.before, one.now)).collect::<Vec<_>>(), [(20, 5)], "{shrunk:?}");
    assert_eq!(run(&world, Check::Full).await.verdict(), Verdict::Done);
}
