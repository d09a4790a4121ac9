//! Pull requests, their reviews and the comments on their lines.

use github_emulator::{ReactionSubject, ReviewState};
use serde_json::{Value, json};

use super::{ask, each, hello, json_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_is_an_issue_with_a_branch() {
    let (_, repository, emulator) = hello().await;
    let base = repository.commit("main", &[("file", "1\n")], "One");
    repository.update_ref("refs/heads/topic", &base);
    let head = repository.commit("topic", &[("file", "1\n2\n"), ("other", "x\n")], "Two");
    assert_eq!(repository.open_issue("An issue", ""), 1);
    assert_eq!(repository.open_pull_request("A change", "main", "topic"), 2);
    assert_eq!(repository.resolve("refs/pull/2/head").as_ref(), Some(&head));

    let pull_request = json_of(&emulator, "pulls/2").await;
    assert_eq!(pull_request["title"], "A change");
    assert_eq!(pull_request["head"]["sha"], head);
    assert_eq!(pull_request["head"]["label"], "mona:topic");
    assert_eq!(pull_request["head"]["repo"]["full_name"], "mona/hello");
    assert_eq!((&pull_request["base"]["ref"], &pull_request["base"]["sha"]), (&json!("main"), &json!(base)));
    let counts = ["commits", "additions", "deletions", "changed_files"].map(|name| pull_request[name].clone());
    assert_eq!(counts, [1, 2, 0, 2]);
    let issue = json_of(&emulator, "issues/2").await;
    assert_eq!(issue["pull_request"]["url"], pull_request["url"]);
    assert_ne!(issue["id"], pull_request["id"]);
    assert_eq!(issue["node_id"], pull_request["node_id"]);
    assert_eq!(each(&json_of(&emulator, "issues").await, "number"), [2, 1]);
    assert_eq!(each(&json_of(&emulator, "pulls").await, "number"), [2]);
    assert_eq!(ask(&emulator, "pulls/1").await.status, 404);

    let commits = json_of(&emulator, "pulls/2/commits").await;
    assert_eq!(each(&commits, "sha"), [head]);
    assert_eq!(commits[0]["commit"]["message"], "Two");
    let files = json_of(&emulator, "pulls/2/files").await;
    assert_eq!(each(&files, "filename"), ["file", "other"]);
    assert_eq!(each(&files, "status"), ["modified", "added"]);

    let merge = repository.merge_pull_request(2);
    let merged = json_of(&emulator, "pulls/2").await;
    assert_eq!((&merged["state"], &merged["merged"]), (&json!("closed"), &json!(true)));
    assert_eq!(merged["merge_commit_sha"], merge);
    assert_eq!(merged["merged_by"]["login"], "mona");
    assert_eq!(merged["merged_at"], merged["closed_at"]);
    assert_eq!(each(&json_of(&emulator, "pulls?state=closed").await, "number"), [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_alone_makes_a_pull_request_too() {
    let (_, repository, emulator) = hello().await;
    let first = repository.commit("main", &[("file", "1\n")], "One");
    repository.update_ref("refs/pull/7/head", &first);
    assert_eq!(each(&json_of(&emulator, "pulls").await, "number"), [7]);
    assert_eq!(repository.open_issue("After", ""), 8);
    let second = repository.commit("main", &[("file", "2\n")], "Two");
    let before = json_of(&emulator, "pulls/7").await;
    repository.push_to_pull_request(7, &second);
    let after = json_of(&emulator, "pulls/7").await;
    assert_eq!(after["head"]["sha"], second);
    assert!(after["updated_at"].as_str() > before["updated_at"].as_str());

    // As on disk, so in the API: what nobody told us comes from the refs.
    let path = repository.path().join("refs/pull/9");
    std::fs::create_dir_all(&path).unwrap();
    std::fs::write(path.join("head"), format!("{first}\n")).unwrap();
    assert_eq!(each(&json_of(&emulator, "pulls?direction=asc").await, "number"), [7, 9]);
    repository.delete_ref("refs/pull/7/head");
    assert_eq!(each(&json_of(&emulator, "pulls").await, "number"), [9]);
    assert_eq!(each(&json_of(&emulator, "issues?sort=created").await, "number"), [9, 8]);
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_have_comments_on_lines() {
    let (_, repository, emulator) = hello().await;
    let base = repository.commit("main", &[("file", "1\n")], "One");
    repository.update_ref("refs/heads/topic", &base);
    let head = repository.commit("topic", &[("file", "2\n")], "Two");
    let number = repository.open_pull_request("A change", "main", "topic");
    let reviewer = repository.acting_as("hubot");
    let before = json_of(&emulator, "pulls/1").await["updated_at"].clone();
    let review = reviewer.review(number, ReviewState::ChangesRequested, "Not like this");
    let comment = reviewer.review_comment_in(review, "file", 1, "Why two?");
    let reply = repository.reply_to_review_comment(comment, "Because");
    reviewer.review(number, ReviewState::Pending, "Not yet said");
    repository.react(ReactionSubject::ReviewComment(comment), "mona", "-1");

    let reviews = json_of(&emulator, "pulls/1/reviews").await;
    assert_eq!(each(&reviews, "state"), ["CHANGES_REQUESTED", "COMMENTED"]);
    assert_eq!(reviews[0]["user"]["login"], "hubot");
    assert_eq!(reviews[0]["commit_id"], head);
    let comments = json_of(&emulator, "pulls/comments").await;
    assert_eq!(each(&comments, "id"), [comment, reply]);
    assert_eq!(each(&comments, "in_reply_to_id"), [Value::Null, json!(comment)]);
    assert_eq!(comments[0]["pull_request_review_id"], review);
    assert_eq!(comments[0]["reactions"]["-1"], 1);
    assert_eq!(json_of(&emulator, "pulls/1/comments").await, comments);
    let of_review = json_of(&emulator, &format!("pulls/1/reviews/{review}/comments")).await;
    assert_eq!(each(&of_review, "id"), [comment]);
    let pull_request = json_of(&emulator, "pulls/1").await;
    assert!(pull_request["updated_at"].as_str() > before.as_str());
    assert_eq!(pull_request["review_comments"], 2);

    repository.edit_review_comment(comment, |comment| comment.body = "Why?".to_owned());
    let updated = json_of(&emulator, "pulls/comments?sort=updated&direction=asc").await;
    assert_eq!(each(&updated, "id"), [reply, comment]);
    let since = updated[1]["updated_at"].as_str().unwrap();
    assert_eq!(each(&json_of(&emulator, &format!("pulls/comments?since={since}")).await, "id"), [comment]);
    repository.delete_review_comment(comment);
    assert_eq!(each(&json_of(&emulator, "pulls/comments").await, "id"), [reply]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_pull_requests_come_with_commits() {
    let (_, repository, emulator) = hello().await;
    let fill = github_emulator::Fill { issues: 5, pull_requests: 20, comments: 60, review_comments: 40 };
    repository.fill_tracker(fill);
    assert_eq!(json_of(&emulator, "issues?state=all&per_page=100").await.as_array().unwrap().len(), 25);
    let pulls = json_of(&emulator, "pulls?state=all&per_page=100").await;
    assert_eq!(pulls.as_array().unwrap().len(), 20);
    assert_eq!(json_of(&emulator, "issues/comments?per_page=100").await.as_array().unwrap().len(), 60);
    assert_eq!(json_of(&emulator, "pulls/comments?per_page=100").await.as_array().unwrap().len(), 40);
    let number = pulls[0]["number"].as_u64().unwrap();
    let commits = json_of(&emulator, &format!("pulls/{number}/commits")).await;
    assert_eq!(each(&commits, "sha"), [pulls[0]["head"]["sha"].clone()]);
    assert_eq!(json_of(&emulator, &format!("pulls/{number}")).await["changed_files"], 1);
    assert_eq!(json_of(&emulator, &format!("pulls/{number}/files")).await.as_array().unwrap().len(), 1);
    repository.git(&["fsck", "--strict"]);
}
