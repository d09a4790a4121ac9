//! What GraphQL is asked for in batches: details, reviews, timelines.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use gitark::{
    backup::{
        Check, Options,
        report::{Outcome, RepositoryReport, RunReport},
    },
    github::resources,
    vault::key::Kind,
};
use github_emulator::{
    EventDetail, Fault, FaultKind, Fill, ReactionSubject, Repository, Request, RequestClass, ReviewState, Token,
};
use serde_json::{Value, json};

use crate::support::{World, git::git};

const BATCHES: [&str; 5] = ["pull-details", "reviews", "issue-timelines", "pull-timelines", "discussions"];

/// A world whose reader has a token.
async fn world() -> (World, Repository) {
    let (mut world, repository) = World::with_repository().await;
    world.upstream.set_token("secret", "octocat");
    world.client = world.client_with_token("secret");
    (world, repository)
}

fn options(world: &World) -> Options {
    let resources = BATCHES.iter().filter_map(|name| resources::find(name)).collect();
    Options { resources, ..world.options.clone() }
}

fn full(world: &World) -> Options {
    Options { check: Check::Full, ..options(world) }
}

async fn back_up(world: &World) -> RepositoryReport {
    back_up_with(world, &options(world)).await
}

async fn back_up_with(world: &World, options: &Options) -> RepositoryReport {
    let report: RunReport = world.backup_with(world.storage(), options).await.expect("a run");
    report.repositories.into_iter().find(|row| row.kind == Kind::Meta).expect("a row")
}

fn bare(world: &World) -> PathBuf {
    world.vault.join("127.0.0.1/octocat/hello/hello.meta.git")
}

fn tree(world: &World) -> BTreeSet<String> {
    git(&bare(world), &["ls-tree", "-r", "--name-only", "main"]).lines().map(str::to_owned).collect()
}

fn count(world: &World, end: &str) -> usize {
    tree(world).iter().filter(|path| path.ends_with(end)).count()
}

fn file(world: &World, path: &str) -> Value {
    serde_json::from_str(&git(&bare(world), &["show", &format!("main:{path}")])).expect("JSON")
}

/// Queries about what is around the code.
fn queries(world: &World) -> Vec<Request> {
    let mut requests = world.upstream.requests();
    requests.retain(|request| {
        let is_of = |body: &String| body.contains("parents:") || body.contains("node(id") || body.contains("nodes(ids");
        request.class == RequestClass::GraphQl && request.body.as_ref().is_some_and(is_of)
    });
    world.upstream.clear_requests();
    requests
}

fn busy(repository: &Repository) {
    repository.fill_tracker(Fill { issues: 200, pull_requests: 100, comments: 1000, review_comments: 400 });
}

#[tokio::test]
async fn details_reviews_threads_and_timelines_of_a_pull_request_are_kept() {
    let (world, repository) = world().await;
    let issue = repository.open_issue("To be closed", "");
    let number = repository.open_pull_request("A change", "main", "topic");
    repository.edit_issue(number, |issue| issue.body = Some("Closes #1".to_owned()));
    let reviewer = repository.acting_as("hubot");
    let review = reviewer.review(number, ReviewState::Approved, "Good");
    let comment = reviewer.review_comment_in(review, "topic.txt", 1, "But why?");
    repository.reply_to_review_comment(comment, "Because");
    repository.merge_pull_request(number);
    repository.close_issue(issue);

    assert_eq!(back_up(&world).await.outcome, Outcome::New);
    let directory = format!("pulls/000/{number}");
    let details = file(&world, &format!("{directory}/details.json"));
    assert_eq!((&details["merged"], &details["commits"]["totalCount"]), (&json!(true), &json!(1)), "{details}");
    assert_eq!(details["closingIssuesReferences"]["nodes"][0]["number"], issue);
    assert_eq!(details["mergedBy"]["login"], "octocat");
    let kept = file(&world, &format!("{directory}/reviews/{review}.json"));
    assert_eq!(
        (&kept["state"], &kept["body"], &kept["author"]["login"]),
        (&json!("APPROVED"), &json!("Good"), &json!("hubot"))
    );
    let threads = file(&world, &format!("{directory}/review-threads.json"));
    assert_eq!(threads[0]["comments"]["totalCount"], 2, "{threads}");
    assert_eq!(threads[0]["comments"]["nodes"][0]["fullDatabaseId"], comment.to_string());
    let kinds = |path: &str| {
        let events = file(&world, path);
        events.as_array().expect("a list").iter().map(|event| event["__typename"].clone()).collect::<Vec<_>>()
    };
    let timeline = kinds(&format!("{directory}/timeline.json"));
    assert!(timeline.contains(&json!("MergedEvent")) && timeline.contains(&json!("PullRequestReview")), "{timeline:?}");
    assert_eq!(kinds("issues/000/1/timeline.json"), ["ClosedEvent"]);
    git(&bare(&world), &["fsck", "--strict", "--full"]);

    assert_eq!(back_up(&world).await.outcome, Outcome::Unchanged);
}

#[tokio::test]
async fn a_first_backup_of_many_takes_few_requests_and_one_without_news_none() {
    let (world, repository) = world().await;
    busy(&repository);
    let everything = Options { resources: resources::ALL.to_vec(), ..world.options.clone() };
    let row = back_up_with(&world, &everything).await;
    assert_eq!(row.outcome, Outcome::New, "{row:#?}");
    let of_repository = |request: &Request| request.path.contains("/repos/octocat/hello");
    let rest = world.upstream.requests().iter().filter(|request| of_repository(request)).count();
    let asked = queries(&world).len();
    // 200 issues are five pages of 49 and more; 100 pull requests two of 50 twice, and four of 25. There are no discussions.
    assert_eq!(asked, 5 + 2 + 2 + 4);
    // Of REST, 58 when this was written.
    assert!(rest <= 60, "{rest}");
    assert_eq!((count(&world, "/details.json"), count(&world, "/review-threads.json")), (100, 100));
    assert_eq!(count(&world, "/timeline.json"), 300);

    assert_eq!(back_up_with(&world, &everything).await.outcome, Outcome::Unchanged);
    assert_eq!(queries(&world).len(), 0);
    // One comment: the issue's timeline, and what REST has of it.
    repository.comment(7, "One more word");
    assert_eq!(back_up_with(&world, &everything).await.outcome, Outcome::Changed);
    assert_eq!(queries(&world).len(), 1);
    World::assert_whole(&world.vault).await;
}

#[tokio::test]
async fn lists_longer_than_a_page_are_read_to_their_end() {
    let (world, repository) = world().await;
    let issue = repository.open_issue("Long", "");
    for at in 0..250 {
        let detail = EventDetail::Label { name: format!("label-{at}"), color: "ff0000".into() };
        repository.add_event(issue, "labeled", detail);
    }
    let number = repository.open_pull_request("A change", "main", "topic");
    for at in 0..60 {
        repository.review(number, ReviewState::Commented, &format!("Review {at}"));
    }
    let first = repository.review_comment(number, "topic.txt", 1, "But why?");
    for at in 0..70 {
        repository.reply_to_review_comment(first, &format!("Because {at}"));
    }
    for line in 2..40 {
        repository.review_comment(number, "topic.txt", line, "And here?");
    }
    assert_eq!(back_up(&world).await.outcome, Outcome::New);
    let timeline = file(&world, &format!("issues/000/{issue}/timeline.json"));
    let names: BTreeSet<String> = timeline
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|event| event["label"]["name"].as_str().map(str::to_owned))
        .collect();
    assert_eq!(names.len(), 250);
    let threads = file(&world, &format!("pulls/000/{number}/review-threads.json"));
    let threads = threads.as_array().expect("a list");
    assert_eq!(threads.len(), 39);
    assert_eq!(threads[0]["comments"]["nodes"].as_array().map(Vec::len), Some(71));
    assert!(tree(&world).iter().filter(|path| path.contains("/reviews/")).count() >= 61);
}

#[tokio::test]
async fn a_token_that_may_not_is_told_what_it_needs() {
    let (mut world, repository) = world().await;
    repository.open_issue("One", "");
    let permissions = [("metadata", "read"), ("contents", "read"), ("issues", "read")];
    world.upstream.create_token("some", "octocat", Token::fine_grained(permissions));
    world.client = world.client_with_token("some");
    let row = back_up(&world).await;
    assert!(row.is_good(), "{row:#?}");
    let done = row.work.metadata.expect("what was done");
    let refused: Vec<_> = done.not_permitted.iter().map(|it| (it.resource.as_str(), it.needed.as_str())).collect();
    let needed = "pull_requests=read";
    let discussions = ("discussions", "discussions=read");
    assert_eq!(refused, [("pull-details", needed), ("reviews", needed), ("pull-timelines", needed), discussions]);
}

#[tokio::test]
async fn a_pass_that_is_stopped_between_queries_goes_on_where_it_was() {
    let (world, repository) = world().await;
    busy(&repository);
    for answered in 1..=4 {
        // So many queries are answered, and no more.
        let (upstream, asked) = (world.upstream.clone(), AtomicUsize::new(0));
        world.upstream.on_request(Some(Arc::new(move |class: &RequestClass, _: &str| {
            if *class == RequestClass::GraphQl && asked.fetch_add(1, Ordering::Relaxed) == answered {
                let status = FaultKind::Status { status: 500, headers: Vec::new(), body: String::new() };
                upstream.add_fault(Fault::new(status).on(RequestClass::GraphQl));
            }
        })));
        assert_eq!(back_up(&world).await.outcome, Outcome::Failed);
        world.upstream.clear_faults();
    }
    world.upstream.on_request(None);
    assert!(back_up(&world).await.is_good());
    // Each of the four pages of reviews was read once, by three runs.
    let is_of_reviews =
        |request: &Request| request.body.as_ref().is_some_and(|body| body.contains("reviews(first: 50"));
    let pages = queries(&world).iter().filter(|request| request.status == 200 && is_of_reviews(request)).count();
    assert_eq!(pages, 4);
    assert_eq!((count(&world, "/details.json"), count(&world, "/timeline.json")), (100, 300));
    World::assert_whole(&world.vault).await;
}

#[tokio::test]
async fn a_full_check_asks_for_everything_only_of_what_differs() {
    let (world, repository) = world().await;
    busy(&repository);
    assert_eq!(back_up_with(&world, &full(&world)).await.outcome, Outcome::New);
    assert_eq!(back_up_with(&world, &full(&world)).await.outcome, Outcome::Unchanged);
    queries(&world);
    assert_eq!(back_up_with(&world, &full(&world)).await.outcome, Outcome::Unchanged);
    // Marks: three pages of issues, one of pull requests twice; the details, which have none.
    assert_eq!(queries(&world).len(), 3 + 1 + 1 + 2);

    // Neither moves the time of what it concerns: no "changed since" tells of it.
    let pull = 201;
    let thread = file(&world, &format!("pulls/000/{pull}/review-threads.json"));
    let comment = thread[0]["comments"]["nodes"][0]["fullDatabaseId"].as_str().and_then(|id| id.parse().ok());
    repository.resolve_review_thread(comment.expect("a comment"), true);
    repository.cross_reference(3, &repository, 9);
    repository.react(ReactionSubject::Issue(3), "ada", "heart");
    assert_eq!(back_up(&world).await.outcome, Outcome::Unchanged);
    queries(&world);
    assert_eq!(back_up_with(&world, &full(&world)).await.outcome, Outcome::Changed);
    assert_eq!(queries(&world).len(), 3 + 1 + 1 + 2 + 2);
    let thread = file(&world, &format!("pulls/000/{pull}/review-threads.json"));
    assert_eq!(thread[0]["isResolved"], true);
    let timeline = file(&world, "issues/000/3/timeline.json");
    let last = timeline.as_array().and_then(|events| events.last()).expect("an event");
    assert_eq!((&last["__typename"], &last["source"]["number"]), (&json!("CrossReferencedEvent"), &json!(9)));
}

#[tokio::test]
async fn answers_that_make_no_sense_leave_one_resource_unread() {
    let (world, repository) = world().await;
    repository.open_pull_request("A change", "main", "topic");
    let list = |nodes: &str, page: &str| {
        format!("{{\"data\":{{\"repository\":{{\"parents\":{{\"nodes\":{nodes},\"pageInfo\":{page}}}}}}}}}")
    };
    let endless = r#"{"hasNextPage":true,"endCursor":"x"}"#;
    let bodies = [
        "{}".to_owned(),
        "[]".to_owned(),
        r#"{"data":null,"errors":[{"message":"This may be the result of a timeout"}]}"#.to_owned(),
        r#"{"data":{"repository":null}}"#.to_owned(),
        r#"{"data":{"repository":{"parents":[]}}}"#.to_owned(),
        list("[null, 5, [], {\"number\": -1}]", "null"),
        list("[]", endless),
        list("[{\"id\":5,\"number\":7,\"updatedAt\":{}}]", endless),
        list("[{\"id\":\"a\",\"number\":7,\"reviews\":{\"nodes\":5}}]", "{}"),
    ];
    for body in bodies {
        world
            .upstream
            .add_fault(Fault::new(FaultKind::Garbage { body: body.clone().into() }).on(RequestClass::GraphQl));
        let row = back_up(&world).await;
        assert_eq!(row.outcome, Outcome::Failed, "{body}: {row:#?}");
        world.upstream.clear_faults();
    }
    assert!(back_up(&world).await.is_good());
    assert_eq!(count(&world, "/details.json"), 1);
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_asked_for_fewer() {
    let (world, repository) = world().await;
    busy(&repository);
    // How much there is, and the first page.
    let body = r#"{"data":null,"errors":[{"message":"This may be the result of a timeout"}]}"#;
    world.upstream.add_fault(Fault::new(FaultKind::Garbage { body: body.into() }).on(RequestClass::GraphQl).times(2));
    assert_eq!(back_up(&world).await.outcome, Outcome::New);
    assert_eq!((count(&world, "/details.json"), count(&world, "/timeline.json")), (100, 300));
    // A hundred pull requests, thirteen at once.
    assert_eq!(queries(&world).len(), 1 + 8 + 4 + 5 + 2 + 1);
}
