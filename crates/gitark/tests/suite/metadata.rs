//! What is around the code, in `.meta.git`.

use std::{collections::BTreeMap, path::PathBuf};

use gitark::{
    backup::{
        self, Check, ListOptions, Options,
        report::{Outcome, RepositoryReport, RunReport},
    },
    github::{Source, resources},
    monitor::Silent,
    vault::{Vault, key::Kind},
};

use github_emulator::{Fill, ReactionSubject, Repository, Request, RequestClass};
use serde_json::{Value, json};

use crate::support::{Plan, World, git::git, run};

fn everything(world: &World) -> Options {
    Options { resources: resources::ALL.to_vec(), ..world.options.clone() }
}

/// A backup with everything that is around the code.
async fn back_up(world: &World) -> RunReport {
    back_up_with(world, &everything(world)).await
}

async fn back_up_with(world: &World, options: &Options) -> RunReport {
    world.backup_with(world.storage(), options).await.expect("a run")
}

/// The row of what is around the code.
fn row(report: &RunReport) -> &RepositoryReport {
    report.repositories.iter().find(|row| row.kind == Kind::Meta).expect("a row")
}

fn bare(world: &World) -> PathBuf {
    world.vault.join("127.0.0.1/octocat/hello/hello.meta.git")
}

#[tokio::test]
async fn settings_are_kept_as_github_sends_them() {
    let (world, repository) = World::with_repository().await;
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::New, "{report:#?}");
    let kept = git(&bare(&world), &["show", "main:repository.json"]);
    let kept: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
    assert_eq!(kept["full_name"], "octocat/hello");
    git(&bare(&world), &["fsck", "--strict", "--full"]);

    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::Unchanged, "{report:#?}");
    repository.set_attributes(|attributes| attributes.description = Some("New words".into()));
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::Changed, "{report:#?}");
    assert_eq!(git(&bare(&world), &["rev-list", "--count", "main"]), "2");
    let report = World::verify_at(&world.vault, true).await;
    assert!(report.repositories.iter().all(|row| row.damage.is_empty()), "{report:#?}");
}

/// A repository where people talked.
async fn busy() -> (World, Repository) {
    let (world, repository) = World::with_repository().await;
    repository.fill_tracker(Fill { issues: 230, pull_requests: 30, comments: 320, review_comments: 140 });
    (world, repository)
}

/// The files of the newest commit, by path.
fn tree(world: &World) -> BTreeMap<String, String> {
    let listed = git(&bare(world), &["ls-tree", "-r", "main"]);
    let entry = |line: &str| {
        let (head, path) = line.split_once('\t').expect("a path");
        (path.to_owned(), head.rsplit(' ').next().expect("an id").to_owned())
    };
    listed.lines().map(entry).collect()
}

fn file(world: &World, path: &str) -> Value {
    serde_json::from_str(&git(&bare(world), &["show", &format!("main:{path}")])).expect("JSON")
}

fn count(world: &World, start: &str, end: &str) -> usize {
    tree(world).keys().filter(|path| path.starts_with(start) && path.ends_with(end)).count()
}

#[tokio::test]
async fn issues_pull_requests_and_what_is_said_are_all_kept() {
    let (world, repository) = busy().await;
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::New, "{:#?}", row(&report));
    assert_eq!(count(&world, "issues/", "/issue.json"), 230);
    assert_eq!(count(&world, "pulls/", "/issue.json"), 30);
    assert_eq!(count(&world, "pulls/", "/pull.json"), 30);
    let comments = tree(&world).keys().filter(|path| path.contains("/comments/")).count();
    assert_eq!(comments, 320);
    let review_comments = tree(&world).keys().filter(|path| path.contains("/review-comments/")).count();
    assert_eq!(review_comments, 140);
    git(&bare(&world), &["fsck", "--strict", "--full"]);

    // One comment more, and one that is edited: they alone are new, and the issue that they are in.
    let before = tree(&world);
    let comment = repository.comment(7, "One more word");
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::Changed);
    let after = tree(&world);
    let changed: Vec<_> =
        after.iter().filter(|(path, id)| before.get(*path) != Some(*id)).map(|(path, _)| path).collect();
    assert_eq!(
        changed,
        ["issues/000/7/comments/".to_owned() + &comment.to_string() + ".json", "issues/000/7/issue.json".to_owned()]
            .each_ref()
    );
    repository.edit_comment(comment, |comment| comment.body = "Another word".into());
    back_up(&world).await;
    let path = format!("issues/000/7/comments/{comment}.json");
    assert_eq!(file(&world, &path)["body"], "Another word");
    // What was written first is found in the history.
    let history = git(&bare(&world), &["log", "-p", "--", &path]);
    assert!(history.contains("One more word"), "{history}");
    World::assert_whole(&world.vault).await;
}

/// Requests for what is around the code that count against the limit.
fn counted(world: &World) -> Vec<Request> {
    let mut requests = world.upstream.requests();
    requests.retain(|request| request.status != 304 && request.path.contains("/repos/octocat/hello/"));
    requests
}

#[tokio::test]
async fn nothing_new_counts_nothing_against_the_limit_and_leaves_no_entry() {
    let (world, _repository) = busy().await;
    back_up(&world).await;
    // What a first pass cannot know yet, the second learns: the tags of answers about what changed since.
    assert_eq!(row(&back_up(&world).await).outcome, Outcome::Unchanged);
    world.upstream.clear_requests();
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::Unchanged);
    assert_eq!(row(&report).work.sequence, Some(1));
    assert!(counted(&world).is_empty(), "{:#?}", counted(&world));
}

#[tokio::test]
async fn a_full_check_reads_again_only_pages_that_differ() {
    let (world, repository) = busy().await;
    let options = everything(&world);
    let full = Options { check: Check::Full, ..options };
    back_up_with(&world, &full).await;
    let lists = |world: &World| {
        let mut requests = counted(world);
        requests.retain(|request| request.status == 200);
        requests.into_iter().map(|request| request.path).collect::<Vec<_>>()
    };
    world.upstream.clear_requests();
    assert_eq!(row(&back_up_with(&world, &full).await).outcome, Outcome::Unchanged);
    assert_eq!(lists(&world), [""; 0]);

    // A reaction changes an issue and not its time: no "changed since" tells of it.
    repository.react(ReactionSubject::Issue(3), "ada", "heart");
    assert_eq!(row(&back_up(&world).await).outcome, Outcome::Unchanged);
    world.upstream.clear_requests();
    assert_eq!(row(&back_up_with(&world, &full).await).outcome, Outcome::Changed);
    assert_eq!(lists(&world).len(), 1, "{:#?}", lists(&world));
    assert_eq!(file(&world, "issues/000/3/issue.json")["reactions"]["heart"], 1);
    World::assert_whole(&world.vault).await;
}

#[tokio::test]
async fn everything_that_can_be_set_is_kept() {
    let (world, repository) = World::with_repository().await;
    repository.fill_settings();
    let release = repository.create_release("v1");
    repository.upload_asset(release, "hello.txt", "Hello\n");
    let attached = world.upstream.attach_file("log.txt", "All is well\n");
    repository.edit_release(release, |release| release.body = Some(format!("{}{attached}", world.url())));
    repository.create_label("bug", "ff0000", "");
    repository.create_milestone("Soon", "");
    repository.fill_tracker(Fill { issues: 1, pull_requests: 1, comments: 2, review_comments: 1 });
    repository.open_discussion("Ideas", "An idea", "Words");
    let head = repository.resolve("main").expect("a commit");
    repository.comment_on_commit(&head, "Well done");
    world.upstream.set_token("ghp_owner", "octocat");
    let client = world.client_with_token("ghp_owner");
    let report = run(&client, world.storage(), &everything(&world)).await.expect("a run");
    assert_eq!(row(&report).outcome, Outcome::New, "{:#?}", row(&report));
    let metadata = row(&report).work.metadata.clone().expect("metadata");
    assert_eq!(metadata.not_permitted, [], "{metadata:#?}");
    // Every resource that has something upstream has a file.
    let tree = tree(&world);
    for resource in resources::ALL {
        let place = resource.files.split(['<', ',']).next().unwrap_or_default();
        let is_there = tree.keys().any(|path| path.starts_with(place));
        assert!(is_there, "{} has no file below {place}", resource.name);
    }
}

#[tokio::test]
async fn a_name_with_a_slash_is_asked_for_as_one_name() {
    let (world, repository) = World::with_repository().await;
    repository.commit("release/1", &[("a.txt", "a\n")], "A branch with a slash");
    repository.set_settings("branches/release/1/protection", json!({ "enforce_admins": { "enabled": true } }));
    world.upstream.set_token("ghp_owner", "octocat");
    let client = world.client_with_token("ghp_owner");
    for outcome in [Outcome::New, Outcome::Unchanged] {
        let options = Options { check: Check::Full, ..everything(&world) };
        let report = run(&client, world.storage(), &options).await.expect("a run");
        assert_eq!(row(&report).outcome, outcome, "{:#?}", row(&report));
        assert_eq!(file(&world, "branch-protection/release%2F1.json")["enforce_admins"]["enabled"], true);
    }
}

#[tokio::test]
async fn a_plan_knows_what_a_backup_will_ask_and_call() {
    let (mut world, _repository) = World::with_repository().await;
    world.upstream.set_token("ghp_owner", "octocat");
    world.client = world.client_with_token("ghp_owner");
    let (storage, counting) = World::faulty_storage(&world.vault, Plan::Work);
    let options = everything(&world);
    let close = |planned: u64, counted: usize, what: &str| {
        let counted = counted as u64;
        assert!(planned.abs_diff(counted) <= counted / 4 + 2, "{what}: {planned} are planned and {counted} were");
    };
    for _ in 0..2 {
        let source = [Source::Account("octocat".into())];
        let client = world.client_with_token("ghp_owner");
        let listing = backup::list(&client, &source, &ListOptions::default(), &Silent).await.expect("a listing");
        let vault =
            if counting.calls() == 0 { None } else { Some(Vault::open(storage.clone()).await.expect("a vault")) };
        let plan = backup::plan(&client, &listing, vault.as_ref(), &options).await.expect("a plan");
        world.upstream.clear_requests();
        let (calls, changes) = (counting.calls(), counting.changes());
        world.backup_with(storage.clone(), &options).await.expect("a run");
        let (calls, changes) = (counting.calls() - calls, counting.changes() - changes);
        let mut requests = world.upstream.requests();
        requests.retain(|it| [RequestClass::Api, RequestClass::GraphQl].contains(&it.class) && it.status != 304);
        close(plan.store_calls.writes, changes, "writes");
        close(plan.store_calls.reads, calls - changes, "reads");
        close(plan.api_requests, requests.len(), "requests");
    }
}

#[tokio::test]
async fn what_has_nothing_around_it_is_not_new_each_time() {
    let (world, repository) = World::with_repository().await;
    let options = Options { resources: resources::find("issues").into_iter().collect(), ..world.options.clone() };
    for _ in 0..2 {
        let report = back_up_with(&world, &options).await;
        assert_eq!((row(&report).outcome, row(&report).work.sequence), (Outcome::Unchanged, None), "{report:#?}");
    }
    repository.open_issue("The first", "");
    assert_eq!(row(&back_up_with(&world, &options).await).outcome, Outcome::New);
}
