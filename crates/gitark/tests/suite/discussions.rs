//! Discussions, which GraphQL alone tells of.

use std::path::PathBuf;

use gitark::{
    backup::{
        Check, Options,
        report::{Outcome, RepositoryReport},
    },
    github::resources,
    vault::key::Kind,
};
use github_emulator::{Poll, ReactionSubject, Repository};
use serde_json::{Value, json};

use crate::support::{World, git::git};

/// A world whose reader has a token.
async fn world() -> (World, Repository) {
    let (mut world, repository) = World::with_repository().await;
    world.upstream.set_token("secret", "octocat");
    world.client = world.client_with_token("secret");
    (world, repository)
}

async fn back_up(world: &World, check: Check) -> RepositoryReport {
    let options =
        Options { resources: resources::find("discussions").into_iter().collect(), check, ..world.options.clone() };
    let report = world.backup_with(world.storage(), &options).await.expect("a run");
    report.repositories.into_iter().find(|row| row.kind == Kind::Meta).expect("a row")
}

fn bare(world: &World) -> PathBuf {
    world.vault.join("127.0.0.1/octocat/hello/hello.meta.git")
}

fn tree(world: &World) -> Vec<String> {
    git(&bare(world), &["ls-tree", "-r", "--name-only", "main"]).lines().map(str::to_owned).collect()
}

fn file_at(world: &World, version: &str, path: &str) -> Value {
    serde_json::from_str(&git(&bare(world), &["show", &format!("{version}:{path}")])).expect("JSON")
}

fn file(world: &World, path: &str) -> Value {
    file_at(world, "main", path)
}

#[tokio::test]
async fn discussions_are_kept_with_comments_replies_answers_and_polls() {
    let (world, repository) = world().await;
    let number = repository.open_discussion("Q&A", "How does it work?", "I wonder.");
    let other = repository.acting_as("hubot");
    let comment = other.comment_on_discussion(number, "Like this");
    let reply = repository.reply_in_discussion(comment, "Thanks");
    repository.react(ReactionSubject::DiscussionComment(comment), "ada", "heart");
    repository.edit_discussion(number, |discussion| {
        discussion.answer = Some(comment);
        discussion.labels = vec!["question".into()];
    });
    let poll = repository.open_discussion("Polls", "Tabs or spaces?", "Vote");
    let options = vec![("Tabs".to_owned(), 3), ("Spaces".to_owned(), 4)];
    repository.edit_discussion(poll, |it| it.poll = Some(Poll { question: "Which?".into(), options }));

    assert_eq!(back_up(&world, Check::Auto).await.outcome, Outcome::New);
    let directory = format!("discussions/000/{number}");
    let kept = file(&world, &format!("{directory}/discussion.json"));
    assert_eq!((&kept["title"], &kept["body"]), (&json!("How does it work?"), &json!("I wonder.")));
    assert_eq!((&kept["category"]["name"], &kept["answer"]["databaseId"]), (&json!("Q&A"), &json!(comment)));
    assert_eq!(kept["labels"]["nodes"][0]["name"], "question");
    let first = file(&world, &format!("{directory}/comments/{comment}.json"));
    assert_eq!((&first["body"], &first["author"]["login"]), (&json!("Like this"), &json!("hubot")));
    assert_eq!((&first["isAnswer"], &first["replies"]["totalCount"]), (&json!(true), &json!(1)));
    let hearts = first["reactionGroups"].as_array().expect("groups").iter().find(|group| group["content"] == "HEART");
    assert_eq!(hearts.expect("hearts")["reactors"]["totalCount"], 1);
    let second = file(&world, &format!("{directory}/comments/{reply}.json"));
    assert_eq!((&second["body"], &second["replyTo"]["databaseId"]), (&json!("Thanks"), &json!(comment)));
    let kept = file(&world, &format!("discussions/000/{poll}/discussion.json"));
    assert_eq!(kept["poll"]["options"]["nodes"][1], json!({"option": "Spaces", "totalVoteCount": 4}));
    git(&bare(&world), &["fsck", "--strict", "--full"]);
    assert_eq!(back_up(&world, Check::Auto).await.outcome, Outcome::Unchanged);

    // What is edited and deleted stays in history.
    other.edit_discussion_comment(comment, |comment| comment.body = "Like that".into());
    repository.delete_discussion_comment(reply);
    assert_eq!(back_up(&world, Check::Auto).await.outcome, Outcome::Changed);
    assert_eq!(file(&world, &format!("{directory}/comments/{comment}.json"))["body"], "Like that");
    assert!(!tree(&world).contains(&format!("{directory}/comments/{reply}.json")));
    assert_eq!(file_at(&world, "main~1", &format!("{directory}/comments/{reply}.json"))["body"], "Thanks");
}

#[tokio::test]
async fn long_discussions_are_read_to_their_end() {
    let (world, repository) = world().await;
    let number = repository.open_discussion("General", "Long", "Words");
    let comments: Vec<u64> =
        (0..60).map(|at| repository.comment_on_discussion(number, &format!("Comment {at}"))).collect();
    let last = *comments.last().expect("a comment");
    for at in 0..130 {
        repository.reply_in_discussion(last, &format!("Reply {at}"));
    }
    for at in 0..70 {
        repository.open_discussion("General", &format!("Short {at}"), "");
    }
    assert_eq!(back_up(&world, Check::Auto).await.outcome, Outcome::New);
    let paths = tree(&world);
    let count = |end: &str| paths.iter().filter(|path| path.contains(end)).count();
    assert_eq!((count("/discussion.json"), count("/comments/")), (71, 190));
}

#[tokio::test]
async fn a_full_check_finds_votes_that_move_no_time() {
    let (world, repository) = world().await;
    let number = repository.open_discussion("Ideas", "An idea", "Words");
    // Each backup looks at the five that changed last.
    for at in 0..6 {
        repository.open_discussion("Ideas", &format!("Another {at}"), "Words");
    }
    back_up(&world, Check::Full).await;
    repository.react(ReactionSubject::Discussion(number), "ada", "rocket");
    assert_eq!(back_up(&world, Check::Auto).await.outcome, Outcome::Unchanged);
    assert_eq!(back_up(&world, Check::Full).await.outcome, Outcome::Changed);
    let kept = file(&world, &format!("discussions/000/{number}/discussion.json"));
    let rockets = kept["reactionGroups"].as_array().expect("groups").iter().find(|group| group["content"] == "ROCKET");
    assert_eq!(rockets.expect("rockets")["reactors"]["totalCount"], 1);
}
