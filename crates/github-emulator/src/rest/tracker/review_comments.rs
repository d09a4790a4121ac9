//! Comments on the lines of pull requests.

use serde_json::{Value, json};

use super::scene::{Scene, with};
use crate::representation::time;
use crate::rest::Call;
use crate::rest::answer::Answer;
use crate::tracker::{By, PullRequest, ReviewComment};

impl Call<'_> {
    /// The comments on lines of all pull requests.
    pub(super) fn review_comments(&self, scene: &Scene<'_>) -> Answer {
        let since = match self.since() {
            Ok(since) => since,
            Err(answer) => return answer,
        };
        let tracker = scene.tracker();
        let (by, descending) = self.comment_order();
        let sorted = tracker.orders().review_comments(tracker, by);
        let comment = |serial: &u64| &tracker.review_comments[serial];
        let found = self.since_in_order(&sorted, (since, by, descending), |serial| comment(serial).updated_at);
        let cap = scene.state.page_caps.comments;
        self.capped_list(scene, "pulls/comments", &found, cap, |serial| {
            Some(scene.review_comment(serial, comment(&serial)))
        })
    }

    /// The comments on the lines of a pull request.
    pub(super) fn review_comments_of(&self, scene: &Scene<'_>, number: u64, pull_request: &PullRequest) -> Answer {
        let since = match self.since() {
            Ok(since) => since,
            Err(answer) => return answer,
        };
        let comments = &scene.tracker().review_comments;
        let (by, descending) = self.comment_order();
        let mut sorted = pull_request.review_comments.clone();
        if by == By::Updated {
            sorted.sort_by_key(|serial| comments[serial].updated_at);
        }
        let found = self.since_in_order(&sorted, (since, by, descending), |serial| comments[serial].updated_at);
        self.list(scene, &format!("pulls/{number}/comments"), &found, |serial| {
            Some(scene.review_comment(serial, &comments[&serial]))
        })
    }

    /// The comments of a review.
    pub(super) fn comments_of_review(
        &self,
        scene: &Scene<'_>,
        number: u64,
        pull_request: &PullRequest,
        id: &str,
    ) -> Answer {
        let Some(review) = scene.serial(id).filter(|serial| pull_request.reviews.contains(serial)) else {
            return Answer::not_found();
        };
        let comments = &scene.tracker().review_comments;
        let found = pull_request.review_comments.iter().filter(|serial| comments[serial].review == review);
        let found: Vec<u64> = found.copied().collect();
        self.list(scene, &format!("pulls/{number}/reviews/{id}/comments"), &found, |serial| {
            Some(scene.review_comment(serial, &comments[&serial]))
        })
    }

    pub(super) fn single_review_comment(&self, scene: &Scene<'_>, id: &str) -> Answer {
        match find(scene, id) {
            Some((serial, comment)) => Answer::ok(scene.review_comment(serial, comment)),
            None => Answer::not_found(),
        }
    }

    pub(super) fn review_comment_reactions(&self, scene: &Scene<'_>, id: &str) -> Answer {
        match find(scene, id) {
            Some((_, comment)) => self.reactions(scene, &format!("pulls/comments/{id}/reactions"), &comment.reactions),
            None => Answer::not_found(),
        }
    }
}

fn find<'s>(scene: &Scene<'s>, id: &str) -> Option<(u64, &'s ReviewComment)> {
    let serial = scene.serial(id)?;
    Some((serial, scene.tracker().review_comments.get(&serial)?))
}

impl Scene<'_> {
    /// A comment on a line of a pull request.
    pub(super) fn review_comment(&self, serial: u64, comment: &ReviewComment) -> Value {
        let id = self.id(serial);
        let url = self.url(&format!("/pulls/comments/{id}"));
        let html = self.html(&format!("/pull/{}#discussion_r{id}", comment.pull_request));
        let pull_request = self.url(&format!("/pulls/{}", comment.pull_request));
        let mut value = json!({
            "url": url,
            "pull_request_review_id": self.id(comment.review),
            "id": id,
            "node_id": self.node_id("PRRC", serial),
            "diff_hunk": comment.diff_hunk,
            "path": comment.path,
            "commit_id": comment.commit,
            "original_commit_id": comment.commit,
            "user": self.user(comment.author.as_deref()),
            "body": comment.body,
            "created_at": time(comment.created_at),
            "updated_at": time(comment.updated_at),
            "html_url": html,
            "pull_request_url": pull_request,
            "_links": {
                "self": { "href": url },
                "html": { "href": html },
                "pull_request": { "href": pull_request },
            },
            "reactions": self.reaction_rollup(&url, &comment.reactions),
            "start_line": null,
            "original_start_line": null,
            "start_side": null,
            "line": comment.line,
            "original_line": comment.original_line,
            "side": "RIGHT",
        });
        if let Some(parent) = comment.in_reply_to {
            value["in_reply_to_id"] = json!(self.id(parent));
        }
        value["author_association"] = json!(self.association(comment.author.as_deref()));
        value["original_position"] = json!(1);
        value["position"] = json!(comment.line.map(|_| 1));
        value["subject_type"] = json!("line");
        with(value, &comment.extra)
    }
}
