//! What happened to issues and pull requests, in order.

use serde_json::{Value, json};

use super::{
    Asked, Document, Pace, Resource, Step, Way,
    batch::{Batch, Mark, Parents},
    graphql::List,
};

pub(super) const ISSUE_TIMELINES: Resource = Resource {
    name: "issue-timelines",
    what: "what happened to issues: labels, assignments, titles, mentions elsewhere, closing",
    endpoint: "POST /graphql: repository.issues.timelineItems",
    permission: "issues",
    pace: Pace::EachPass,
    asked: Asked::InBatches,
    changes: "`since` the newest that was read; a full check for mentions elsewhere",
    files: "issues/<thousand>/<number>/timeline.json",
    way: Way::Batch(Batch {
        parents: Parents::Issues,
        at_once: 50,
        fields: "",
        lists: &[List { of: "Issue", name: "timelineItems", first: 100, fields: &[OF_BOTH], lists: &[] }],
        mark: Some(MARK),
        files,
    }),
};

pub(super) const PULL_TIMELINES: Resource = Resource {
    name: "pull-timelines",
    what: "what happened to pull requests: the same, and commits, pushes, reviews, merging",
    endpoint: "POST /graphql: repository.pullRequests.timelineItems",
    permission: "pull_requests",
    pace: Pace::EachPass,
    asked: Asked::InBatches,
    changes: "the newest down to what was read; a full check for mentions elsewhere",
    files: "pulls/<thousand>/<number>/timeline.json",
    way: Way::Batch(Batch {
        parents: Parents::PullRequests,
        at_once: 50,
        fields: "",
        lists: &[List {
            of: "PullRequest",
            name: "timelineItems",
            first: 100,
            fields: &[OF_BOTH, OF_PULL_REQUESTS],
            lists: &[],
        }],
        mark: Some(MARK),
        files,
    }),
};

/// What happened elsewhere leaves the time of an issue as it was.
const MARK: Mark = Mark {
    fields: "timelineItems { totalCount }",
    of: |parent| json!([parent.get("updatedAt"), parent.pointer("/timelineItems/totalCount")]),
};

/// What is asked of each kind of event; of kinds that are not here, their name and id.
macro_rules! events {
    ($($kind:literal: $fields:expr),* $(,)?) => {
        concat!($("... on ", $kind, " { actor { login } createdAt ", $fields, " } "),*)
    };
}

/// An issue or a pull request, here or elsewhere.
macro_rules! subject {
    ($field:literal) => {
        concat!(
            $field,
            " { __typename ... on Issue { number repository { nameWithOwner } } ",
            "... on PullRequest { number repository { nameWithOwner } } }"
        )
    };
}

/// Events of issues and pull requests. What is said is kept by other resources: here is its place.
const OF_BOTH: &str = concat!(
    "__typename ... on Node { id } ... on IssueComment { author { login } createdAt databaseId fullDatabaseId } ",
    events!(
        "AssignedEvent": "assignee { ... on Actor { login } }",
        "ClosedEvent": "stateReason closer { __typename ... on Commit { oid } \
            ... on PullRequest { number repository { nameWithOwner } } }",
        "CommentDeletedEvent": "deletedCommentAuthor { login }",
        "ConnectedEvent": concat!(subject!("source"), " ", subject!("subject")),
        "ConvertedToDiscussionEvent": "discussion { number }",
        "CrossReferencedEvent": concat!("referencedAt willCloseTarget isCrossRepository ", subject!("source")),
        "DemilestonedEvent": "milestoneTitle",
        "DisconnectedEvent": concat!(subject!("source"), " ", subject!("subject")),
        "LabeledEvent": "label { name color }",
        "LockedEvent": "lockReason",
        "MarkedAsDuplicateEvent": concat!(subject!("canonical"), " ", subject!("duplicate")),
        "MentionedEvent": "",
        "MilestonedEvent": "milestoneTitle",
        "PinnedEvent": "",
        "ReferencedEvent": "isDirectReference commit { oid } commitRepository { nameWithOwner }",
        "RenamedTitleEvent": "previousTitle currentTitle",
        "ReopenedEvent": "stateReason",
        "SubscribedEvent": "",
        "TransferredEvent": "fromRepository { nameWithOwner }",
        "UnassignedEvent": "assignee { ... on Actor { login } }",
        "UnlabeledEvent": "label { name color }",
        "UnlockedEvent": "",
        "UnmarkedAsDuplicateEvent": concat!(subject!("canonical"), " ", subject!("duplicate")),
        "UnpinnedEvent": "",
        "UnsubscribedEvent": "",
        "UserBlockedEvent": "blockDuration blocked: subject { login }",
    )
);

/// Events of pull requests alone.
const OF_PULL_REQUESTS: &str = concat!(
    "... on PullRequestCommit { added: commit { oid } } ",
    "... on PullRequestReview { author { login } createdAt databaseId fullDatabaseId } ",
    events!(
        "AutoMergeDisabledEvent": "reason",
        "AutoMergeEnabledEvent": "",
        "AutomaticBaseChangeFailedEvent": "oldBase newBase",
        "AutomaticBaseChangeSucceededEvent": "oldBase newBase",
        "BaseRefChangedEvent": "previousRefName currentRefName",
        "BaseRefDeletedEvent": "baseRefName",
        "BaseRefForcePushedEvent": "beforeCommit { oid } afterCommit { oid }",
        "ConvertToDraftEvent": "",
        "DeployedEvent": "",
        "HeadRefDeletedEvent": "headRefName",
        "HeadRefForcePushedEvent": "beforeCommit { oid } afterCommit { oid }",
        "HeadRefRestoredEvent": "",
        "MergedEvent": "commit { oid } mergeRefName",
        "ReadyForReviewEvent": "",
        "ReviewDismissedEvent": "dismissalMessage previousReviewState review { databaseId }",
        "ReviewRequestRemovedEvent": "requestedReviewer { __typename ... on Actor { login } ... on Team { name } }",
        "ReviewRequestedEvent": "requestedReviewer { __typename ... on Actor { login } ... on Team { name } }",
    )
);

fn files(directory: &str, mut parent: Value, step: &mut Step) {
    let path = format!("{directory}/timeline.json");
    match parent.pointer_mut("/timelineItems/nodes").map(Value::take) {
        Some(nodes) if nodes != json!([]) => step.documents.push(Document { path, value: nodes }),
        _ => step.gone.push(path),
    }
}
