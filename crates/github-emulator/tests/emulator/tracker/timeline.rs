//! Events and timelines.

use github_emulator::{EventDetail, ReviewState};
use serde_json::json;

use super::{each, hello, json_of};

#[tokio::test(flavor = "multi_thread")]
async fn changes_of_an_issue_are_events() {
    let (_, repository, emulator) = hello().await;
    let number = repository.open_issue("One", "");
    let milestone = repository.create_milestone("v1", "");
    repository.edit_issue(number, |issue| issue.title = "First".to_owned());
    repository.edit_issue(number, |issue| issue.labels.push("bug".to_owned()));
    repository.acting_as("hubot").edit_issue(number, |issue| issue.assignees.push("lisa".to_owned()));
    repository.edit_issue(number, |issue| issue.milestone = Some(milestone));
    repository.edit_issue(number, |issue| {
        issue.locked = true;
        issue.lock_reason = Some("spam".to_owned());
    });
    repository.edit_issue(number, |issue| issue.labels.clear());
    repository.close_issue(number);
    let events = json_of(&emulator, "issues/1/events").await;
    let names = ["renamed", "labeled", "assigned", "milestoned", "locked", "unlabeled", "closed"];
    assert_eq!(each(&events, "event"), names);
    assert_eq!(events[0]["rename"], json!({"from": "One", "to": "First"}));
    assert_eq!(events[1]["label"]["name"], "bug");
    assert_eq!((&events[2]["actor"]["login"], &events[2]["assignee"]["login"]), (&json!("hubot"), &json!("lisa")));
    assert_eq!(events[3]["milestone"], json!({"title": "v1"}));
    assert_eq!(events[4]["lock_reason"], "spam");
    assert_eq!(events[6]["state_reason"], "completed");

    let all = json_of(&emulator, "issues/events").await;
    assert_eq!(all[0]["event"], "closed");
    assert_eq!(all[0]["issue"]["number"], 1);
    let id = all[0]["id"].as_u64().unwrap();
    assert_eq!(json_of(&emulator, &format!("issues/events/{id}")).await, all[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_has_what_was_said_and_done() {
    let (github, repository, emulator) = hello().await;
    let base = repository.commit("main", &[("file", "1\n")], "One");
    repository.update_ref("refs/heads/topic", &base);
    repository.commit("topic", &[("file", "2\n")], "Two");
    let number = repository.open_pull_request("A change", "main", "topic");
    repository.comment(number, "A word");
    repository.review(number, ReviewState::Approved, "Good");
    let other = github.create_repository("mona/other");
    let mention = other.open_issue("See mona/hello#1", "");
    repository.cross_reference(number, &other, mention);
    let fields = json!({"unheard_of": {"deep": true}}).as_object().unwrap().clone();
    repository.add_event(number, "invented", EventDetail::Fields(fields));
    repository.merge_pull_request(number);

    let timeline = json_of(&emulator, "issues/1/timeline").await;
    let names = ["committed", "commented", "reviewed", "cross-referenced", "invented", "merged", "closed"];
    assert_eq!(each(&timeline, "event"), names);
    assert_eq!(timeline[0]["message"], "Two");
    assert_eq!(timeline[1]["body"], "A word");
    assert_eq!(timeline[2]["state"], "approved");
    let source = &timeline[3]["source"]["issue"];
    assert_eq!((&source["number"], &source["repository"]["full_name"]), (&json!(1), &json!("mona/other")));
    assert_eq!(timeline[4]["unheard_of"], json!({"deep": true}));
    assert_eq!(timeline[5]["commit_id"], repository.resolve("main").unwrap());
    let events = json_of(&emulator, "issues/1/events").await;
    assert_eq!(each(&events, "event"), ["invented", "merged", "closed"]);
}
