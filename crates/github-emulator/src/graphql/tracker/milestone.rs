//! Milestones.

use super::people::actor;
use super::{Place, list as lists};
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::page::KeyedList;
use crate::graphql::query::nullable;
use crate::graphql::value::{Failure, Fields, Outcome, Resolved};
use crate::representation::time;
use crate::tracker::{Issue, IssueState};

#[derive(Debug)]
struct MilestoneNode {
    place: Place,
    number: u64,
}

/// The milestones of a repository.
pub(super) fn list(place: &Place, arguments: &Arguments<'_>) -> Outcome {
    arguments.only(&["first", "after", "last", "before", "states", "orderBy", "query"])?;
    let states = arguments.texts("states")?;
    let milestones = &place.tracker().milestones;
    let wanted = milestones.iter().filter(|(_, milestone)| {
        let state = milestone.state.as_str();
        states.as_ref().is_none_or(|states| states.iter().any(|name| name.eq_ignore_ascii_case(state)))
    });
    let descending = arguments.order()?.is_some_and(|(_, descending)| descending);
    let mut keys: Vec<_> = wanted.map(|(&number, _)| (0, number)).collect();
    if descending {
        keys.reverse();
    }
    let list = KeyedList { keys, descending };
    list.page(("MilestoneConnection", "MilestoneEdge"), arguments, |index| {
        Resolved::optional(numbered(place, list.keys[index].1))
    })
}

pub(super) fn numbered(place: &Place, number: u64) -> Option<Resolved> {
    place.tracker().milestones.get(&number)?;
    Some(Resolved::lazy(MilestoneNode { place: place.clone(), number }))
}

pub(super) fn of_serial(place: &Place, serial: u64) -> Option<Resolved> {
    let mut milestones = place.tracker().milestones.iter();
    let (&number, _) = milestones.find(|(_, milestone)| milestone.serial == serial)?;
    numbered(place, number)
}

impl Fields for MilestoneNode {
    fn type_name(&self) -> &'static str {
        "Milestone"
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        let place = &self.place;
        let Some(milestone) = place.tracker().milestones.get(&self.number) else {
            return Ok(None);
        };
        let has = |issue: &Issue| issue.milestone == Some(self.number);
        let path = format!("/milestone/{}", self.number);
        let leaf = match arguments.field {
            "id" => place.node_id("MI", milestone.serial),
            "number" => self.number.into(),
            "title" => milestone.title.clone().into(),
            "description" => nullable(milestone.description.clone()),
            "state" => milestone.state.as_str().to_ascii_uppercase().into(),
            "closed" => (milestone.state == IssueState::Closed).into(),
            "creator" => actor(context, milestone.creator.as_deref()),
            "createdAt" => time(milestone.created_at).into(),
            "updatedAt" => time(milestone.updated_at).into(),
            "closedAt" => nullable(milestone.closed_at.map(time)),
            "dueOn" => nullable(milestone.due_on.map(time)),
            "progressPercentage" => progress(place, &has).into(),
            "url" => place.url(context, &path).into(),
            "resourcePath" => place.path(&path).into(),
            "repository" => place.repository(),
            "issues" => return lists::issues(place, arguments, &has).map(Some),
            "pullRequests" => return lists::pull_requests(place, arguments, &has).map(Some),
            _ => return Ok(None),
        };
        arguments.only(&[])?;
        Ok(Some(leaf))
    }
}

/// The percentage of issues which are closed.
fn progress(place: &Place, has: &dyn Fn(&Issue) -> bool) -> f64 {
    let (all, closed) = place
        .tracker()
        .issues
        .values()
        .filter(|issue| has(issue))
        .fold((0_u32, 0_u32), |counts, issue| (counts.0 + 1, counts.1 + u32::from(!issue.is_open())));
    if all == 0 { 0.0 } else { f64::from(closed) * 100.0 / f64::from(all) }
}
