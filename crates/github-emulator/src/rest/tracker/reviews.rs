//! Reviews of pull requests.

use serde_json::{Value, json};

use super::scene::{Scene, with};
use crate::representation::time;
use crate::rest::Call;
use crate::rest::answer::Answer;
use crate::tracker::{PullRequest, Review, ReviewState};

impl Call<'_> {
    /// The reviews of a pull request; those which were not submitted show to their authors alone.
    pub(super) fn reviews(&self, scene: &Scene<'_>, number: u64, pull_request: &PullRequest) -> Answer {
        let reviews = &scene.tracker().reviews;
        let seen = |serial: &&u64| {
            let review = &reviews[serial];
            review.state != ReviewState::Pending || review.author.as_deref() == self.caller.login()
        };
        let found: Vec<u64> = pull_request.reviews.iter().filter(seen).copied().collect();
        self.list(scene, &format!("pulls/{number}/reviews"), &found, |serial| {
            Some(scene.review(serial, &reviews[&serial]))
        })
    }

    pub(super) fn single_review(&self, scene: &Scene<'_>, pull_request: &PullRequest, id: &str) -> Answer {
        let serial = scene.serial(id).filter(|serial| pull_request.reviews.contains(serial));
        serial.map_or_else(Answer::not_found, |serial| {
            Answer::ok(scene.review(serial, &scene.tracker().reviews[&serial]))
        })
    }
}

impl Scene<'_> {
    pub(super) fn review(&self, serial: u64, review: &Review) -> Value {
        let id = self.id(serial);
        let html = self.html(&format!("/pull/{}#pullrequestreview-{id}", review.pull_request));
        let url = self.url(&format!("/pulls/{}", review.pull_request));
        let mut value = json!({
            "id": id,
            "node_id": self.node_id("PRR", serial),
            "user": self.user(review.author.as_deref()),
            "body": review.body,
            "state": review.state.as_str(),
            "html_url": html,
            "pull_request_url": url,
            "author_association": self.association(review.author.as_deref()),
            "_links": { "html": { "href": html }, "pull_request": { "href": url } },
        });
        if let Some(submitted_at) = review.submitted_at {
            value["submitted_at"] = json!(time(submitted_at));
        }
        value["commit_id"] = json!(review.commit);
        with(value, &review.extra)
    }
}
