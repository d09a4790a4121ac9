//! Milestones.

use serde_json::{Value, json};

use super::scene::{Scene, optional_time, with};
use crate::representation::time;
use crate::rest::Call;
use crate::rest::answer::Answer;
use crate::tracker::{IssueState, Milestone};

impl Call<'_> {
    pub(super) fn milestones(&self, scene: &Scene<'_>) -> Answer {
        let milestones = &scene.tracker().milestones;
        let wanted = |milestone: &Milestone| match self.parameter("state") {
            Some("all") => true,
            Some("closed") => milestone.state == IssueState::Closed,
            _ => milestone.state == IssueState::Open,
        };
        let found = milestones.iter().filter(|(_, milestone)| wanted(milestone));
        let mut numbers: Vec<u64> = found.map(|(&number, _)| number).collect();
        // The one due first comes first, and those without a date.
        numbers.sort_by_key(|number| milestones[number].due_on);
        if self.is_descending(false) {
            numbers.reverse();
        }
        self.list(scene, "milestones", &numbers, |number| Some(scene.milestone(number, &milestones[&number])))
    }
}

impl Scene<'_> {
    /// The milestone in the path of a request.
    pub(super) fn milestone_of(&self, number: &str) -> Option<Value> {
        let number = number.parse().ok()?;
        Some(self.milestone(number, self.tracker().milestones.get(&number)?))
    }

    pub(super) fn optional_milestone(&self, number: Option<u64>) -> Value {
        let found = number.and_then(|number| Some((number, self.tracker().milestones.get(&number)?)));
        found.map_or(Value::Null, |(number, milestone)| self.milestone(number, milestone))
    }

    fn milestone(&self, number: u64, milestone: &Milestone) -> Value {
        let url = self.url(&format!("/milestones/{number}"));
        let issues = self.tracker().issues.values().filter(|issue| issue.milestone == Some(number));
        let (open, closed): (Vec<_>, Vec<_>) = issues.partition(|issue| issue.is_open());
        let value = json!({
            "url": url,
            "html_url": self.html(&format!("/milestone/{number}")),
            "labels_url": format!("{url}/labels"),
            "id": self.id(milestone.serial),
            "node_id": self.node_id("MI", milestone.serial),
            "number": number,
            "title": milestone.title,
            "description": milestone.description,
            "creator": self.user(milestone.creator.as_deref()),
            "open_issues": open.len(),
            "closed_issues": closed.len(),
            "state": milestone.state.as_str(),
            "created_at": time(milestone.created_at),
            "updated_at": time(milestone.updated_at),
            "due_on": optional_time(milestone.due_on),
            "closed_at": optional_time(milestone.closed_at),
        });
        with(value, &milestone.extra)
    }
}
