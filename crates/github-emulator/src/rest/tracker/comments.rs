//! Comments in issues and in the conversation of pull requests.

use serde_json::{Value, json};

use super::scene::{Scene, with};
use crate::representation::time;
use crate::rest::Call;
use crate::rest::answer::Answer;
use crate::tracker::{By, Comment, Issue};

impl Call<'_> {
    /// The comments in all issues and pull requests.
    pub(super) fn comments(&self, scene: &Scene<'_>) -> Answer {
        let since = match self.since() {
            Ok(since) => since,
            Err(answer) => return answer,
        };
        let tracker = scene.tracker();
        let (by, sort) = self.comment_order();
        let sorted = tracker.orders().comments(tracker, by);
        let comment = |serial: &u64| &tracker.comments[serial];
        let found = self.since_in_order(&sorted, (since, by, sort), |serial| comment(serial).updated_at);
        let cap = scene.state.page_caps.comments;
        self.capped_list(scene, "issues/comments", &found, cap, |serial| Some(scene.comment(serial, comment(&serial))))
    }

    /// By what a list of comments is sorted, and whether descending.
    pub(super) fn comment_order(&self) -> (By, bool) {
        match self.parameter("sort") {
            // Without a sort GitHub ignores the direction.
            None => (By::Created, false),
            Some("updated") => (By::Updated, self.is_descending(true)),
            Some(_) => (By::Created, self.is_descending(true)),
        }
    }

    /// The items of an ascending list updated since a time, perhaps descending.
    pub(super) fn since_in_order(
        &self,
        sorted: &[u64],
        (since, by, descending): (Option<i64>, By, bool),
        updated_at: impl Fn(&u64) -> i64,
    ) -> Vec<u64> {
        let mut found: Vec<u64> = match (since, by) {
            (None, _) => sorted.to_vec(),
            (Some(since), By::Updated) => sorted[sorted.partition_point(|item| updated_at(item) < since)..].to_vec(),
            (Some(since), _) => sorted.iter().filter(|item| updated_at(item) >= since).copied().collect(),
        };
        if descending {
            found.reverse();
        }
        found
    }

    /// The comments in an issue, the oldest first.
    pub(super) fn comments_of(&self, scene: &Scene<'_>, issue: &Issue) -> Answer {
        let since = match self.since() {
            Ok(since) => since,
            Err(answer) => return answer,
        };
        let comments = &scene.tracker().comments;
        let recent = |serial: &&u64| since.is_none_or(|since| comments[serial].updated_at >= since);
        let found: Vec<u64> = issue.comments.iter().filter(recent).copied().collect();
        let path = format!("issues/{}/comments", issue.number());
        self.list(scene, &path, &found, |serial| Some(scene.comment(serial, &comments[&serial])))
    }

    pub(super) fn single_comment(&self, scene: &Scene<'_>, id: &str) -> Answer {
        match self.find_comment(scene, id) {
            Some((serial, comment)) => Answer::ok(scene.comment(serial, comment)),
            None => Answer::not_found(),
        }
    }

    pub(super) fn comment_reactions(&self, scene: &Scene<'_>, id: &str) -> Answer {
        match self.find_comment(scene, id) {
            Some((_, comment)) => self.reactions(scene, &format!("issues/comments/{id}/reactions"), &comment.reactions),
            None => Answer::not_found(),
        }
    }

    fn find_comment<'s>(&self, scene: &Scene<'s>, id: &str) -> Option<(u64, &'s Comment)> {
        let serial = scene.serial(id)?;
        Some((serial, scene.tracker().comments.get(&serial)?))
    }
}

impl Scene<'_> {
    /// A comment in an issue or in the conversation of a pull request.
    pub(super) fn comment(&self, serial: u64, comment: &Comment) -> Value {
        let id = self.id(serial);
        let url = self.url(&format!("/issues/comments/{id}"));
        let is_pull_request =
            self.tracker().issues.get(&comment.issue).is_some_and(|issue| issue.pull_request.is_some());
        let page = if is_pull_request { "pull" } else { "issues" };
        let value = json!({
            "url": url,
            "html_url": self.html(&format!("/{page}/{}#issuecomment-{id}", comment.issue)),
            "issue_url": self.url(&format!("/issues/{}", comment.issue)),
            "id": id,
            "node_id": self.node_id("IC", serial),
            "user": self.user(comment.author.as_deref()),
            "created_at": time(comment.created_at),
            "updated_at": time(comment.updated_at),
            "body": comment.body,
            "author_association": self.association(comment.author.as_deref()),
            "pin": null,
            "reactions": self.reaction_rollup(&url, &comment.reactions),
            "performed_via_github_app": null,
            "minimized": comment.minimized.as_ref().map(|reason| json!({ "reason": reason })),
        });
        with(value, &comment.extra)
    }
}
