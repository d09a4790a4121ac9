//! Whether answers about the tracker have the shape that GitHub describes.
//!
//! `fixtures/tracker-shapes.json` was made as `fixtures/settings-shapes.json` was, which `shape.rs`
//! tells; its paths are those below a repository's.

use github_emulator::{EventDetail, ReactionSubject, Repository, ReviewState};
use serde_json::{Value, json};

use super::{hello, json_of};
use crate::shape::check;

/// Lets everything there is happen in a tracker: the ids of a comment, a review, a comment on a
/// line and one on a commit.
fn use_all(repository: &Repository) -> [u64; 4] {
    let base = repository.commit("main", &[("file", "1\n")], "One");
    repository.update_ref("refs/heads/topic", &base);
    let head = repository.commit("topic", &[("file", "2\n"), ("other", "3\n")], "Two");
    repository.create_label("bug", "d73a4a", "Something isn't working");
    let milestone = repository.create_milestone("v1", "The first");
    repository.open_issue("An issue", "Its text");
    let number = repository.open_pull_request("A change", "main", "topic");
    for number in [1, number] {
        repository.edit_issue(number, |issue| {
            issue.labels.push("bug".to_owned());
            issue.assignees.push("hubot".to_owned());
            issue.milestone = Some(milestone);
            issue.title.push('!');
            issue.locked = true;
        });
        repository.react(ReactionSubject::Issue(number), "hubot", "+1");
    }
    repository.edit_issue(number, |issue| {
        issue.pull_request.as_mut().unwrap().requested_reviewers.push("hubot".to_owned());
    });
    let comment = repository.comment(number, "A word");
    repository.react(ReactionSubject::Comment(comment), "hubot", "eyes");
    let reviewer = repository.acting_as("hubot");
    let review = reviewer.review(number, ReviewState::Approved, "Good");
    let remark = reviewer.review_comment_in(review, "file", 1, "Why?");
    repository.reply_to_review_comment(remark, "Because");
    repository.edit_review(review, |review| review.state = ReviewState::Dismissed);
    repository.cross_reference(number, repository, 1);
    repository.add_event(number, "referenced", EventDetail::Commit(head.clone()));
    repository.close_issue(1);
    repository.reopen_issue(1);
    [comment, review, remark, repository.comment_on_commit(&head, "On a commit")]
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_about_the_tracker_have_the_shape_that_github_describes() {
    let (_, repository, emulator) = hello().await;
    let [comment, review, remark, of_commit] = use_all(&repository);
    let shapes: Value = serde_json::from_str(include_str!("../fixtures/tracker-shapes.json")).unwrap();
    let mut faults = Vec::new();
    for (pattern, shape) in shapes["paths"].as_object().unwrap() {
        let id = match pattern.split('/').next() {
            Some("issues") => comment,
            Some("pulls") => remark,
            _ => of_commit,
        };
        let path = pattern
            .replace("{issue_number}", "2")
            .replace("{pull_number}", "2")
            .replace("{milestone_number}", "1")
            .replace("{name}", "bug")
            .replace("{comment_id}", &id.to_string())
            .replace("{review_id}", &review.to_string());
        let json = json_of(&emulator, &path).await;
        assert_ne!(json, json!([]), "{path} is empty");
        check(&shapes, shape, &json, &path, &mut faults);
    }
    faults.sort();
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
