//! Milestones.

use serde_json::{Map, Value};

use super::{EventDetail, Issue, IssueState, Moment, Tracker};
use crate::repository::Repository;

/// A milestone: issues which are to be done together. Times are seconds since the epoch.
#[derive(Clone, PartialEq, Debug)]
pub struct Milestone {
    /// The title.
    pub title: String,
    /// The text.
    pub description: Option<String>,
    /// Whether it is open.
    pub state: IssueState,
    /// The login of who made it; nobody when the account is gone.
    pub creator: Option<String>,
    /// When it was made.
    pub created_at: i64,
    /// When it, or the issues it has, last changed.
    pub updated_at: i64,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// When it is to be done.
    pub due_on: Option<i64>,
    /// Fields to add to it in REST answers.
    pub extra: Map<String, Value>,
    pub(crate) serial: u64,
}

impl Repository {
    /// Makes a milestone: its number.
    pub fn create_milestone(&self, title: &str, description: &str) -> u64 {
        self.change_tracker(|tracker, moment| {
            tracker.last_milestone += 1;
            let milestone = Milestone {
                title: title.to_owned(),
                description: Some(description).filter(|text| !text.is_empty()).map(str::to_owned),
                state: IssueState::Open,
                creator: Some(moment.actor.clone()),
                created_at: moment.at,
                updated_at: moment.at,
                closed_at: None,
                due_on: None,
                extra: Map::new(),
                serial: tracker.next_serial(),
            };
            tracker.milestones.insert(tracker.last_milestone, milestone);
            tracker.last_milestone
        })
    }

    /// Changes a milestone. It counts as an update unless `change` sets the time of the update
    /// itself; issues are not updated by that.
    pub fn edit_milestone(&self, number: u64, change: impl FnOnce(&mut Milestone)) {
        let creator = self.change_tracker(|tracker, moment| {
            let milestone = tracker.milestones.get_mut(&number).expect("a milestone which is there");
            let before = milestone.clone();
            change(milestone);
            if milestone.updated_at == before.updated_at {
                milestone.updated_at = moment.at;
            }
            if milestone.state != before.state && milestone.closed_at == before.closed_at {
                milestone.closed_at = (milestone.state == IssueState::Closed).then_some(moment.at);
            }
            milestone.creator.clone()
        });
        self.ensure_accounts(creator);
    }

    /// Deletes a milestone, also where issues have it.
    pub fn delete_milestone(&self, number: u64) {
        self.change_tracker(|tracker, _| {
            tracker.milestones.remove(&number).expect("a milestone which is there");
            let issues = tracker.issues.values_mut();
            issues.filter(|issue| issue.milestone == Some(number)).for_each(|issue| issue.milestone = None);
        });
    }
}

impl Tracker {
    /// Notes the events of a change of an issue's milestone, and the update of the milestones
    /// whose issues changed.
    pub(super) fn note_milestones(&mut self, before: &Issue, after: &Issue, moment: &Moment) {
        let moved = before.milestone != after.milestone;
        for (milestone, event) in [(before.milestone, "demilestoned"), (after.milestone, "milestoned")] {
            let Some(milestone) = milestone else {
                continue;
            };
            let found = self.milestones.get_mut(&milestone).expect("a milestone which is there");
            if moved || before.state != after.state {
                found.updated_at = moment.at;
            }
            if moved {
                let detail = EventDetail::Milestone(found.title.clone());
                self.add_event(after.number, event, detail, moment);
            }
        }
    }
}
