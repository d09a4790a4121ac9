//! Events in timelines.

use serde_json::Value;

use super::people::actor;
use super::{Place, label, pull_request};
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::query::{nullable, visible};
use crate::graphql::value::{Failure, Fields, Resolved};
use crate::representation::time;
use crate::tracker::{Event, EventDetail};

/// The types of events by their names in REST.
const TYPES: [(&str, &str); 29] = [
    ("assigned", "AssignedEvent"),
    ("closed", "ClosedEvent"),
    ("comment_deleted", "CommentDeletedEvent"),
    ("connected", "ConnectedEvent"),
    ("convert_to_draft", "ConvertToDraftEvent"),
    ("converted_to_discussion", "ConvertedToDiscussionEvent"),
    ("cross-referenced", "CrossReferencedEvent"),
    ("demilestoned", "DemilestonedEvent"),
    ("disconnected", "DisconnectedEvent"),
    ("head_ref_deleted", "HeadRefDeletedEvent"),
    ("head_ref_force_pushed", "HeadRefForcePushedEvent"),
    ("head_ref_restored", "HeadRefRestoredEvent"),
    ("labeled", "LabeledEvent"),
    ("locked", "LockedEvent"),
    ("mentioned", "MentionedEvent"),
    ("merged", "MergedEvent"),
    ("milestoned", "MilestonedEvent"),
    ("pinned", "PinnedEvent"),
    ("ready_for_review", "ReadyForReviewEvent"),
    ("referenced", "ReferencedEvent"),
    ("renamed", "RenamedTitleEvent"),
    ("reopened", "ReopenedEvent"),
    ("review_dismissed", "ReviewDismissedEvent"),
    ("review_request_removed", "ReviewRequestRemovedEvent"),
    ("review_requested", "ReviewRequestedEvent"),
    ("subscribed", "SubscribedEvent"),
    ("transferred", "TransferredEvent"),
    ("unassigned", "UnassignedEvent"),
    ("unlabeled", "UnlabeledEvent"),
];

/// The types of the other events.
const MORE_TYPES: [(&str, &str); 4] = [
    ("unlocked", "UnlockedEvent"),
    ("unpinned", "UnpinnedEvent"),
    ("unsubscribed", "UnsubscribedEvent"),
    ("user_blocked", "UserBlockedEvent"),
];

/// The type of an event, if GraphQL knows it.
pub(super) fn type_of(event: &str) -> Option<&'static str> {
    TYPES.iter().chain(&MORE_TYPES).find(|(name, _)| *name == event).map(|(_, kind)| *kind)
}

/// An event.
#[derive(Debug)]
pub(super) struct EventNode {
    pub(super) place: Place,
    pub(super) serial: u64,
    pub(super) kind: &'static str,
}

impl Fields for EventNode {
    fn type_name(&self) -> &'static str {
        self.kind
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        arguments.only(&[])?;
        let place = &self.place;
        let Some(event) = place.tracker().events.get(&self.serial) else {
            return Ok(None);
        };
        let subject = || Resolved::optional(place.subject(event.issue));
        let path = || {
            let page = if place.issue(event.issue).is_some_and(|issue| issue.pull_request.is_some()) {
                "pull"
            } else {
                "issues"
            };
            format!("/{page}/{}#event-{}", event.issue, place.0.tracker_id(self.serial))
        };
        Ok(Some(match arguments.field {
            "id" => place.node_id(crate::rest::event_node_kind(&event.event), self.serial),
            "databaseId" => Resolved::NULL,
            "actor" => actor(context, event.actor.as_deref()),
            "createdAt" | "referencedAt" => time(event.created_at).into(),
            "url" => place.url(context, &path()).into(),
            "resourcePath" => place.path(&path()).into(),
            "labelable" | "assignable" | "lockable" | "closable" | "subject" | "target" | "pullRequest" | "issue" => {
                subject()
            }
            field => return Ok(self.detail(context, event, field)),
        }))
    }
}

impl EventNode {
    /// What the event tells beside who did it, and when.
    fn detail(&self, context: &Context<'_>, event: &Event, field: &str) -> Option<Resolved> {
        let place = &self.place;
        Some(match (field, &event.detail) {
            ("label", EventDetail::Label { name, color }) => label::told(place, name, color),
            ("assignee" | "user", EventDetail::Assignee(login)) => actor(context, Some(login)),
            ("milestoneTitle", EventDetail::Milestone(title)) => title.clone().into(),
            ("previousTitle", EventDetail::Rename { from, .. }) => from.clone().into(),
            ("currentTitle", EventDetail::Rename { to, .. }) => to.clone().into(),
            ("lockReason", EventDetail::Lock(reason)) => {
                nullable(reason.as_ref().map(|reason| reason.replace(['-', ' '], "_").to_uppercase()))
            }
            ("stateReason", EventDetail::StateReason(reason)) => {
                nullable(reason.as_ref().map(|reason| reason.to_uppercase()))
            }
            ("requestedReviewer", EventDetail::ReviewRequest(login)) => actor(context, Some(login)),
            ("dismissalMessage" | "dismissalMessageHTML", EventDetail::DismissedReview { message, .. }) => {
                nullable(message.clone())
            }
            ("previousReviewState", EventDetail::DismissedReview { state, .. }) => state.to_uppercase().into(),
            ("review", EventDetail::DismissedReview { review, .. }) => {
                let serial = place.0.tracker_serial(*review);
                Resolved::optional(serial.map(|serial| super::review::node(place, serial)))
            }
            ("commit", EventDetail::Commit(commit)) => pull_request::commit(commit),
            ("source", EventDetail::CrossReference { repository, number }) => {
                Resolved::optional(source(context, *repository, *number))
            }
            ("isCrossRepository", EventDetail::CrossReference { repository, .. }) => (*repository != place.0.id).into(),
            ("willCloseTarget" | "isCrossRepository" | "isDirectReference", _) => false.into(),
            ("mergeRefName", _) => {
                let found = place.issue(event.issue).and_then(|issue| issue.pull_request.as_deref());
                nullable(found.map(|found| found.base_ref.clone()))
            }
            (_, EventDetail::Fields(fields)) if fields.contains_key(field) => Value::clone(fields.get(field)?).into(),
            // What the type has and this event lacks.
            (
                "label"
                | "assignee"
                | "user"
                | "milestoneTitle"
                | "previousTitle"
                | "currentTitle"
                | "lockReason"
                | "stateReason"
                | "requestedReviewer"
                | "dismissalMessage"
                | "previousReviewState"
                | "review"
                | "commit"
                | "source"
                | "closer"
                | "deletedCommentAuthor"
                | "fromRepository"
                | "beforeCommit"
                | "afterCommit"
                | "headRefName"
                | "ref"
                | "commitRepository"
                | "discussion"
                | "blockDuration"
                | "mergeRef"
                | "duplicateOf"
                | "pullRequestCommit",
                _,
            ) => Resolved::NULL,
            _ => return None,
        })
    }
}

/// The issue or pull request of another repository which mentions this one, if the caller may
/// know of it.
fn source(context: &Context<'_>, repository: u64, number: u64) -> Option<Resolved> {
    {
        let state = context.github.state();
        let entry = state.repositories.get(&repository)?;
        visible(context, &state, entry).ok().flatten()?;
    }
    super::place(context, repository).subject(number)
}
