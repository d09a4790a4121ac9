//! What issues and pull requests have in common.

use super::people::{actor, people};
use super::said::Said;
use super::{Place, comment, label, milestone, timeline};
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::page::{KeyedList, PAGE};
use crate::graphql::query::nullable;
use crate::graphql::value::{Failure, Resolved};
use crate::representation::time;
use crate::tracker::Issue;

/// A field which issues and pull requests have, if there is one of that name.
pub(super) fn resolve(
    context: &Context<'_>,
    place: &Place,
    issue: &Issue,
    arguments: &Arguments<'_>,
) -> Result<Option<Resolved>, Failure> {
    let is_pull_request = issue.pull_request.is_some();
    let leaf = match arguments.field {
        "number" => issue.number().into(),
        "title" | "titleHTML" => issue.title.clone().into(),
        "closed" => (!issue.is_open()).into(),
        "closedAt" => nullable(issue.closed_at.map(time)),
        "locked" => issue.locked.into(),
        "activeLockReason" => {
            nullable(issue.lock_reason.as_ref().map(|reason| reason.replace(['-', ' '], "_").to_uppercase()))
        }
        "milestone" => Resolved::optional(issue.milestone.and_then(|number| milestone::numbered(place, number))),
        "isReadByViewer" => Resolved::NULL,
        "viewerSubscription" => "UNSUBSCRIBED".into(),
        "viewerCanSubscribe" | "viewerCanClose" | "viewerCanReopen" | "viewerCanLabel" => false.into(),
        "assignees" => return people(context, arguments, &issue.assignees).map(Some),
        "labels" => return label::of_names(place, arguments, &issue.labels).map(Some),
        "comments" => return comment::list(place, arguments, issue).map(Some),
        "timelineItems" => return timeline::list(context, place, arguments, issue).map(Some),
        "participants" => return people(context, arguments, &participants(place, issue)).map(Some),
        "projectItems" | "projectsV2" | "projectCards" => {
            return nothing(arguments, ("ProjectV2ItemConnection", "ProjectV2ItemEdge")).map(Some);
        }
        _ => {
            let kind = if is_pull_request { "PR" } else { "I" };
            let page = if is_pull_request { "pull" } else { "issues" };
            let pull_request = issue.pull_request.as_deref();
            let said = Said {
                kind,
                number: issue.number(),
                serial: pull_request.map_or(issue.serial, |pull_request| pull_request.serial),
                author: issue.author.as_deref(),
                body: issue.body.as_deref().unwrap_or_default(),
                created_at: issue.created_at,
                updated_at: issue.updated_at,
                is_edited_when_updated: false,
                reactions: &issue.reactions,
                path: format!("/{page}/{}", issue.number()),
            };
            return said.resolve(context, place, arguments);
        }
    };
    arguments.only(&[])?;
    Ok(Some(leaf))
}

/// A list without items, of what is not emulated.
pub(super) fn nothing(arguments: &Arguments<'_>, names: (&'static str, &'static str)) -> Result<Resolved, Failure> {
    KeyedList::of_places(0).page(names, arguments, |_| Resolved::NULL)
}

/// Who closed an issue, and others who said something.
fn participants(place: &Place, issue: &Issue) -> Vec<String> {
    let comments = issue.comments.iter().filter_map(|serial| place.tracker().comments.get(serial)?.author.clone());
    let mut found: Vec<String> = Vec::new();
    for login in issue.author.iter().cloned().chain(issue.assignees.iter().cloned()).chain(comments) {
        if !found.contains(&login) {
            found.push(login);
        }
    }
    found
}

/// Checks the arguments of a page alone.
pub(super) fn page_alone(arguments: &Arguments<'_>) -> Result<(), Failure> {
    arguments.only(&PAGE).map(|_| ())
}

/// An account which did something, as a field.
pub(super) fn who(context: &Context<'_>, login: Option<&String>) -> Resolved {
    actor(context, login.map(String::as_str))
}
