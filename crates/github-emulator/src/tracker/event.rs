//! Events: what was done to an issue or pull request, beside what was said.

use serde_json::{Map, Value};

use super::{Moment, Tracker};
use crate::repository::Repository;

/// Something that was done to an issue or pull request.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Event {
    /// The name in REST answers, such as `labeled`.
    pub(crate) event: String,
    pub(crate) actor: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) detail: EventDetail,
    /// The number of the issue or pull request.
    pub(crate) issue: u64,
}

/// What an event tells beside who did it, and when.
#[derive(Clone, PartialEq, Debug)]
pub enum EventDetail {
    /// Nothing.
    None,
    /// The label which was added or removed.
    Label {
        /// Its name.
        name: String,
        /// Its colour.
        color: String,
    },
    /// The login of who was assigned or unassigned.
    Assignee(String),
    /// The title of the milestone.
    Milestone(String),
    /// Another title.
    Rename {
        /// The former title.
        from: String,
        /// The new one.
        to: String,
    },
    /// Why it was locked.
    Lock(Option<String>),
    /// Why it was closed, or that it was reopened.
    StateReason(Option<String>),
    /// The login of whose review is asked for.
    ReviewRequest(String),
    /// The review which was dismissed.
    DismissedReview {
        /// Its state before.
        state: String,
        /// Its id.
        review: u64,
        /// Why.
        message: Option<String>,
    },
    /// The commit which did it: it merged, closed or mentioned the issue.
    Commit(String),
    /// Where the issue was mentioned. It shows in the timeline alone.
    CrossReference {
        /// The repository's id.
        repository: u64,
        /// The number of the issue or pull request.
        number: u64,
    },
    /// Any other fields.
    Fields(Map<String, Value>),
}

impl Event {
    /// Whether it shows in timelines alone, and not among events.
    pub(crate) fn is_in_timeline_alone(&self) -> bool {
        matches!(self.detail, EventDetail::CrossReference { .. })
    }

    /// The commit which did it.
    pub(crate) fn commit(&self) -> Option<&str> {
        match &self.detail {
            EventDetail::Commit(commit) => Some(commit),
            _ => None,
        }
    }
}

impl Repository {
    /// Adds an event of any kind to an issue or pull request: the event's id. It is no update.
    pub fn add_event(&self, number: u64, event: &str, detail: EventDetail) -> u64 {
        let serial = self.change_tracker(|tracker, moment| tracker.add_event(number, event, detail, moment));
        self.tracker_id(serial)
    }

    /// Notes in an issue of this repository that an issue or pull request of another, or of this
    /// one, mentions it. As on GitHub it is no update.
    pub fn cross_reference(&self, number: u64, source: &Repository, source_number: u64) {
        let detail = EventDetail::CrossReference { repository: source.id(), number: source_number };
        self.add_event(number, "cross-referenced", detail);
    }
}

impl Tracker {
    /// Adds an event: its serial number.
    pub(super) fn add_event(&mut self, number: u64, event: &str, detail: EventDetail, moment: &Moment) -> u64 {
        let serial = self.next_serial();
        self.issue_mut(number).events.push(serial);
        let (event, actor) = (event.to_owned(), Some(moment.actor.clone()));
        self.events.insert(serial, Event { event, actor, created_at: moment.at, detail, issue: number });
        serial
    }
}
