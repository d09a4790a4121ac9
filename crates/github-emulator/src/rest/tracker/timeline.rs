//! Timelines: all that was said and done in an issue or pull request.

use serde_json::{Value, json};

use super::pushed::{Commit, unsigned};
use super::scene::Scene;
use crate::representation::time;
use crate::rest::Call;
use crate::rest::answer::Answer;
use crate::tracker::{Event, EventDetail, Issue};

impl Call<'_> {
    /// The timeline of an issue or pull request, the oldest first.
    pub(super) fn timeline(&self, scene: &Scene<'_>, issue: &Issue) -> Answer {
        let items = scene.timeline(issue);
        let items: Vec<&Value> = items.iter().map(|(_, item)| item).collect();
        self.list(scene, &format!("issues/{}/timeline", issue.number()), &items, |item| Some(item.clone()))
    }
}

impl Scene<'_> {
    fn timeline(&self, issue: &Issue) -> Vec<(i64, Value)> {
        let tracker = self.tracker();
        let mut items = Vec::new();
        for &serial in &issue.comments {
            let comment = &tracker.comments[&serial];
            let mut value = self.comment(serial, comment);
            value["event"] = json!("commented");
            value["actor"] = value["user"].clone();
            items.push((comment.created_at, value));
        }
        for &serial in &issue.events {
            let event = &tracker.events[&serial];
            let value = match &event.detail {
                EventDetail::CrossReference { repository, number } => self.mention(event, *repository, *number),
                _ => Some(self.event(serial, event)),
            };
            items.extend(value.map(|value| (event.created_at, value)));
        }
        if let Some(pull_request) = &issue.pull_request {
            for serial in &pull_request.reviews {
                let review = &tracker.reviews[serial];
                if let Some(submitted_at) = review.submitted_at {
                    let mut value = self.review(*serial, review);
                    value["state"] = json!(review.state.as_str().to_ascii_lowercase());
                    value["event"] = json!("reviewed");
                    items.push((submitted_at, value));
                }
            }
            let commits = self.commits(pull_request);
            items.extend(commits.iter().map(|commit| (commit.committer.date, self.pushed(commit))));
        }
        items.sort_by_key(|(at, _)| *at);
        items
    }

    /// The mention of an issue in another, unless that is gone.
    fn mention(&self, event: &Event, repository: u64, number: u64) -> Option<Value> {
        let source = self.elsewhere(repository)?;
        let mut issue = source.issue(source.tracker().issues.get(&number)?);
        issue["repository"] = source.repository(repository);
        let at = time(event.created_at);
        Some(json!({
            "actor": self.user(event.actor.as_deref()),
            "created_at": at,
            "updated_at": at,
            "source": { "type": "issue", "issue": issue },
            "event": event.event,
        }))
    }

    /// A commit of a pull request.
    fn pushed(&self, commit: &Commit) -> Value {
        let parent = |oid: &String| {
            json!({
                "sha": oid,
                "url": self.url(&format!("/git/commits/{oid}")),
                "html_url": self.html(&format!("/commit/{oid}")),
            })
        };
        json!({
            "sha": commit.oid,
            "node_id": crate::representation::node_id("Commit", self.entry.id) + &commit.oid,
            "url": self.url(&format!("/git/commits/{}", commit.oid)),
            "html_url": self.html(&format!("/commit/{}", commit.oid)),
            "author": commit.author.show(),
            "committer": commit.committer.show(),
            "tree": { "sha": commit.tree, "url": self.url(&format!("/git/trees/{}", commit.tree)) },
            "message": commit.message,
            "parents": commit.parents.iter().map(parent).collect::<Value>(),
            "verification": unsigned(),
            "event": "committed",
        })
    }
}
