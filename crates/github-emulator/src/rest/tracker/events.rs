//! Events: what was done to issues and pull requests.

use serde_json::{Value, json};

use super::scene::{Scene, with};
use crate::representation::time;
use crate::rest::Call;
use crate::rest::answer::Answer;
use crate::tracker::{Event, EventDetail, Issue};

impl Call<'_> {
    /// The events of all issues and pull requests, the newest first.
    pub(super) fn events(&self, scene: &Scene<'_>) -> Answer {
        let events = &scene.tracker().events;
        let found = events.iter().rev().filter(|(_, event)| !event.is_in_timeline_alone());
        let found: Vec<u64> = found.map(|(&serial, _)| serial).collect();
        self.capped_list(scene, "issues/events", &found, scene.state.page_caps.events, |serial| {
            Some(scene.event_with_issue(serial, &events[&serial]))
        })
    }

    pub(super) fn single_event(&self, scene: &Scene<'_>, id: &str) -> Answer {
        let found = scene.serial(id).and_then(|serial| Some((serial, scene.tracker().events.get(&serial)?)));
        found.map_or_else(Answer::not_found, |(serial, event)| Answer::ok(scene.event_with_issue(serial, event)))
    }

    /// The events of an issue or pull request, the oldest first.
    pub(super) fn events_of(&self, scene: &Scene<'_>, issue: &Issue) -> Answer {
        let events = &scene.tracker().events;
        let found = issue.events.iter().filter(|serial| !events[serial].is_in_timeline_alone());
        let found: Vec<u64> = found.copied().collect();
        self.list(scene, &format!("issues/{}/events", issue.number()), &found, |serial| {
            Some(scene.event(serial, &events[&serial]))
        })
    }
}

impl Scene<'_> {
    fn event_with_issue(&self, serial: u64, event: &Event) -> Value {
        let mut value = self.event(serial, event);
        if let Some(issue) = self.tracker().issues.get(&event.issue) {
            value["issue"] = self.issue(issue);
        }
        value
    }

    /// An event among those of its issue, and in its timeline.
    pub(super) fn event(&self, serial: u64, event: &Event) -> Value {
        let id = self.id(serial);
        let commit = event.commit();
        let mut value = json!({
            "id": id,
            "node_id": self.node_id(node_kind(&event.event), serial),
            "url": self.url(&format!("/issues/events/{id}")),
            "actor": self.user(event.actor.as_deref()),
            "event": event.event,
            "commit_id": commit,
            "commit_url": commit.map(|commit| self.url(&format!("/commits/{commit}"))),
            "created_at": time(event.created_at),
        });
        match &event.detail {
            EventDetail::None | EventDetail::Commit(_) | EventDetail::CrossReference { .. } => {}
            EventDetail::Label { name, color } => value["label"] = json!({ "name": name, "color": color }),
            EventDetail::Assignee(login) => {
                value["assignee"] = self.user(Some(login));
                value["assigner"] = self.user(event.actor.as_deref());
            }
            EventDetail::Milestone(title) => value["milestone"] = json!({ "title": title }),
            EventDetail::Rename { from, to } => value["rename"] = json!({ "from": from, "to": to }),
            EventDetail::Lock(reason) => value["lock_reason"] = json!(reason),
            EventDetail::StateReason(reason) => value["state_reason"] = json!(reason),
            EventDetail::ReviewRequest(login) => {
                value["review_requester"] = self.user(event.actor.as_deref());
                value["requested_reviewer"] = self.user(Some(login));
            }
            EventDetail::DismissedReview { state, review, message } => {
                value["dismissed_review"] =
                    json!({ "state": state, "review_id": review, "dismissal_message": message });
            }
            EventDetail::Fields(fields) => value = with(value, fields),
        }
        value["performed_via_github_app"] = Value::Null;
        value
    }
}

/// What the global ids of events begin with.
pub(crate) fn node_kind(event: &str) -> &'static str {
    match event {
        "labeled" => "LE",
        "unlabeled" => "UNLE",
        "assigned" => "AE",
        "unassigned" => "UNAE",
        "milestoned" => "MIE",
        "demilestoned" => "DEME",
        "renamed" => "RTE",
        "closed" => "CE",
        "reopened" => "REE",
        "locked" => "LOE",
        "unlocked" => "UNLOE",
        "merged" => "ME",
        "cross-referenced" => "CRE",
        _ => "EV",
    }
}
