//! Issues, their comments, labels, milestones and reactions.

use github_emulator::{IssueState, ReactionSubject};
use serde_json::json;

use super::{ask, each, hello, json_of};

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_is_described_as_on_github() {
    let (_, repository, emulator) = hello().await;
    repository.create_label("bug", "d73a4a", "Something isn't working");
    let milestone = repository.create_milestone("v1", "The first");
    let number = repository.open_issue("It is broken", "Every time.");
    repository.edit_issue(number, |issue| {
        issue.labels.push("bug".to_owned());
        issue.assignees.push("hubot".to_owned());
        issue.milestone = Some(milestone);
    });
    repository.react(ReactionSubject::Issue(number), "hubot", "+1");
    let issue = json_of(&emulator, "issues/1").await;
    assert_eq!(issue["number"], 1);
    assert!(issue["id"].as_u64().unwrap() > u64::from(u32::MAX));
    assert_eq!(issue["user"]["login"], "mona");
    assert_eq!(issue["author_association"], "OWNER");
    assert_eq!(issue["body"], "Every time.");
    assert_eq!(issue["labels"][0]["color"], "d73a4a");
    assert_eq!(issue["assignee"]["login"], "hubot");
    assert_eq!(issue["milestone"]["title"], "v1");
    assert_eq!(issue["milestone"]["open_issues"], 1);
    assert_eq!(issue["reactions"]["+1"], 1);
    assert_eq!(issue["comments"], 0);
    assert_eq!(issue["html_url"], format!("{}/mona/hello/issues/1", emulator.url()));

    repository.acting_as("hubot").close_issue(number);
    let closed = json_of(&emulator, "issues/1").await;
    assert_eq!((&closed["state"], &closed["state_reason"]), (&json!("closed"), &json!("completed")));
    assert_eq!(closed["closed_by"]["login"], "hubot");
    assert_eq!(closed["closed_at"], closed["updated_at"]);
    assert_eq!(json_of(&emulator, "milestones/1").await["closed_issues"], 1);
    let single = get_repository(&emulator).await;
    assert_eq!(single["open_issues_count"], 0);
    repository.reopen_issue(number);
    assert_eq!(get_repository(&emulator).await["open_issues_count"], 1);
}

async fn get_repository(emulator: &github_emulator::Emulator) -> serde_json::Value {
    crate::client::get(&format!("{}/repos/mona/hello", emulator.url()), &[]).await.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_in_an_issue_updates_it_as_on_github() {
    let (_, repository, emulator) = hello().await;
    let number = repository.open_issue("One", "");
    repository.create_label("bug", "d73a4a", "");
    repository.edit_issue(number, |issue| issue.labels.push("bug".to_owned()));
    let id = repository.comment(number, "First");
    let updated = async || json_of(&emulator, "issues/1").await["updated_at"].as_str().unwrap().to_owned();
    let mut before = updated().await;
    let mut moves = async |expected: bool, what: &str| {
        let now = updated().await;
        assert_eq!(now > before, expected, "{what}");
        before = now;
    };

    let second = repository.comment(number, "Second");
    moves(true, "a comment").await;
    repository.edit_comment(id, |comment| comment.body = "Once more".to_owned());
    moves(true, "an edited comment").await;
    repository.delete_comment(second);
    moves(true, "a deleted comment").await;
    repository.edit_label("bug", |label| label.name = "defect".to_owned());
    moves(false, "a renamed label").await;
    repository.react(ReactionSubject::Issue(number), "hubot", "heart");
    repository.react(ReactionSubject::Comment(id), "hubot", "eyes");
    moves(false, "a reaction").await;

    assert_eq!(json_of(&emulator, "issues/1").await["labels"][0]["name"], "defect");
    let comment = json_of(&emulator, &format!("issues/comments/{id}")).await;
    assert_eq!(comment["body"], "Once more");
    assert!(comment["updated_at"].as_str() > comment["created_at"].as_str());
    assert_eq!(comment["reactions"]["eyes"], 1);
    let reactions = json_of(&emulator, &format!("issues/comments/{id}/reactions")).await;
    assert_eq!(reactions[0]["user"]["login"], "hubot");
    assert_eq!(ask(&emulator, &format!("issues/comments/{second}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_issue_is_gone_and_a_transferred_one_is_found_again() {
    let (github, repository, emulator) = hello().await;
    let other = github.create_repository("mona/other");
    other.open_issue("There before", "");
    let deleted = repository.open_issue("Deleted", "");
    let moved = repository.open_issue("Moved", "Text");
    repository.comment(moved, "A word");
    repository.delete_issue(deleted);
    let number = repository.transfer_issue(moved, &other);
    assert_eq!(number, 2);

    let gone = ask(&emulator, "issues/1").await;
    assert_eq!((gone.status, gone.json()["message"].as_str()), (410, Some("This issue was deleted")));
    let redirect = ask(&emulator, "issues/2").await;
    let location = format!("{}/repositories/{}/issues/2", emulator.url(), other.id());
    assert_eq!((redirect.status, redirect.header("location")), (301, Some(location.as_str())));
    let found = crate::client::get(&location, &[]).await.json();
    assert_eq!((&found["title"], &found["comments"]), (&json!("Moved"), &json!(1)));
    assert_eq!(ask(&emulator, "issues/3").await.status, 404);
    assert_eq!(json_of(&emulator, "issues?state=all").await, json!([]));
    assert_eq!(json_of(&emulator, "issues/comments").await, json!([]));
    assert_eq!(repository.open_issue("Next", ""), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_keep_fields_which_nobody_knows_and_the_order_of_keys() {
    let (_, repository, emulator) = hello().await;
    let number = repository.open_issue("One", "");
    let id = repository.comment(number, "A word");
    repository.edit_issue(number, |issue| {
        issue.extra.insert("zeta".to_owned(), json!({"b": 1, "a": 2}));
    });
    repository.edit_comment(id, |comment| {
        comment.extra.insert("unheard_of".to_owned(), json!([null]));
    });
    let text = ask(&emulator, "issues/1").await.text();
    assert!(text.starts_with(r#"{"url":"#), "{text}");
    assert!(text.ends_with(r#","zeta":{"b":1,"a":2}}"#), "{text}");
    let keys = ["\"repository_url\"", "\"html_url\"", "\"id\"", "\"title\"", "\"user\"", "\"state\"", "\"body\""];
    let places: Vec<usize> = keys.iter().map(|key| text.find(key).unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(json_of(&emulator, "issues/comments").await[0]["unheard_of"], json!([null]));
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_and_milestones_are_listed() {
    let (_, repository, emulator) = hello().await;
    repository.create_label("good first issue", "7057ff", "Good for newcomers");
    repository.edit_label("good first issue", |label| label.default = true);
    repository.create_milestone("v1", "");
    let second = repository.create_milestone("v2", "Later");
    repository.edit_milestone(second, |milestone| milestone.state = IssueState::Closed);
    let labels = json_of(&emulator, "labels").await;
    assert_eq!(labels[0]["url"], format!("{}/repos/mona/hello/labels/good%20first%20issue", emulator.url()));
    assert_eq!(json_of(&emulator, "labels/good%20first%20issue").await, labels[0]);
    assert_eq!(each(&json_of(&emulator, "milestones").await, "title"), ["v1"]);
    let all = json_of(&emulator, "milestones?state=all").await;
    assert_eq!(each(&all, "title"), ["v1", "v2"]);
    assert_eq!(all[1]["state"], "closed");
    assert!(all[1]["closed_at"].is_string());

    let number = repository.open_issue("One", "");
    repository.edit_issue(number, |issue| issue.labels.push("good first issue".to_owned()));
    repository.delete_label("good first issue");
    assert_eq!(json_of(&emulator, "issues/1").await["labels"], json!([]));
    let commit = repository.commit("main", &[("file", "1\n")], "One");
    let id = repository.comment_on_commit(&commit, "Why?");
    let comments = json_of(&emulator, "comments").await;
    assert_eq!((&comments[0]["id"], &comments[0]["commit_id"]), (&json!(id), &json!(commit)));
}
