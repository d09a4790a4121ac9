//! Pull requests.

use super::list::state;
use super::people::actor;
use super::subject::{self, page_alone, who};
use super::{Place, issue, review, review_comment};
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::page::KeyedList;
use crate::graphql::query::nullable;
use crate::graphql::value::{Failure, Fields, Object, Resolved};
use crate::representation::time;
use crate::tracker::{Issue, PullRequest};

/// A pull request.
#[derive(Debug)]
pub(super) struct PullRequestNode {
    pub(super) place: Place,
    pub(super) number: u64,
}

impl Fields for PullRequestNode {
    fn type_name(&self) -> &'static str {
        "PullRequest"
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        let place = &self.place;
        let Some(issue) = place.issue(self.number) else {
            return Ok(None);
        };
        let Some(pull_request) = issue.pull_request.as_deref() else {
            return Ok(None);
        };
        if let Some(resolved) = self.leaf(context, issue, pull_request, arguments.field) {
            arguments.only(&[])?;
            return Ok(Some(resolved));
        }
        let resolved = match arguments.field {
            "reviews" => review::list(place, arguments, pull_request),
            "latestReviews" | "latestOpinionatedReviews" => review::latest(place, arguments, pull_request),
            "reviewThreads" => review_comment::threads(place, arguments, pull_request),
            "reviewRequests" => requests(context, place, arguments, pull_request),
            "commits" => super::timeline::commits(context, place, arguments, pull_request),
            "files" => files(context, place, arguments, pull_request),
            "closingIssuesReferences" => {
                arguments.only(&["first", "after", "last", "before", "orderBy", "userLinkedOnly"])?;
                let closed = issue::closes(issue.body.as_deref().unwrap_or_default());
                let closed: Vec<Resolved> = closed.filter_map(|number| place.subject(number)).collect();
                let list = KeyedList::of_places(closed.len());
                list.page(("IssueConnection", "IssueEdge"), arguments, |index| closed[index].clone())
            }
            _ => return subject::resolve(context, place, issue, arguments),
        };
        resolved.map(Some)
    }
}

impl PullRequestNode {
    fn leaf(&self, context: &Context<'_>, issue: &Issue, pull_request: &PullRequest, field: &str) -> Option<Resolved> {
        let place = &self.place;
        let merged = pull_request.merged_at.is_some();
        let changes = || {
            let path = place.0.path(context.github.directory(), false);
            place.tracker().changes(pull_request, &path)
        };
        Some(match field {
            "state" => state(issue, pull_request).into(),
            "isDraft" => pull_request.draft.into(),
            "merged" => merged.into(),
            "mergedAt" => nullable(pull_request.merged_at.map(time)),
            "mergedBy" => who(context, pull_request.merged_by.as_ref()),
            "mergeCommit" => Resolved::optional(pull_request.merge_commit.as_deref().map(commit)),
            "mergeable" => if issue.is_open() { "MERGEABLE" } else { "UNKNOWN" }.into(),
            "mergeStateStatus" => if issue.is_open() { "CLEAN" } else { "UNKNOWN" }.into(),
            "headRefName" => pull_request.head_ref.clone().into(),
            "headRefOid" => pull_request.head_sha.clone().into(),
            "headRepository" => head_repository(context, pull_request),
            "headRepositoryOwner" => head_owner(context, pull_request),
            "baseRefName" => pull_request.base_ref.clone().into(),
            "baseRefOid" => pull_request.base_sha.clone().into(),
            "baseRepository" => place.repository(),
            "isCrossRepository" => (pull_request.head_repository != Some(place.0.id)).into(),
            "maintainerCanModify" => pull_request.maintainer_can_modify.into(),
            "additions" => changes().additions.into(),
            "deletions" => changes().deletions.into(),
            "changedFiles" => changes().files.into(),
            "totalCommentsCount" => (issue.comments.len() + pull_request.review_comments.len()).into(),
            "reviewDecision" => review::decision(place, pull_request),
            "autoMergeRequest"
            | "potentialMergeCommit"
            | "mergeQueueEntry"
            | "statusCheckRollup"
            | "headRef"
            | "baseRef" => Resolved::NULL,
            "canBeRebased" | "isInMergeQueue" | "isMergeQueueEnabled" => false.into(),
            _ => return None,
        })
    }
}

/// A commit by its oid.
pub(super) fn commit(oid: &str) -> Resolved {
    Resolved::object("Commit", [("oid", oid.into()), ("abbreviatedOid", oid.get(..7).unwrap_or(oid).into())])
}

fn head_repository(context: &Context<'_>, pull_request: &PullRequest) -> Resolved {
    let state = context.github.state();
    let entry = pull_request.head_repository.and_then(|id| state.repositories.get(&id));
    let entry = entry.filter(|entry| !entry.vanished && state.can_see(context.caller, entry));
    Resolved::optional(entry.map(|entry| Resolved::Object(Object::Repository(Box::new(entry.clone())))))
}

fn head_owner(context: &Context<'_>, pull_request: &PullRequest) -> Resolved {
    let owner = {
        let state = context.github.state();
        let entry = pull_request.head_repository.and_then(|id| state.repositories.get(&id));
        entry.map(|entry| entry.owner.clone())
    };
    actor(context, owner.as_deref())
}

/// Whose reviews are asked for.
fn requests(
    context: &Context<'_>,
    place: &Place,
    arguments: &Arguments<'_>,
    pull_request: &PullRequest,
) -> Result<Resolved, Failure> {
    page_alone(arguments)?;
    let reviewers = &pull_request.requested_reviewers;
    let list = KeyedList::of_places(reviewers.len());
    list.page(("ReviewRequestConnection", "ReviewRequestEdge"), arguments, |index| {
        Resolved::object(
            "ReviewRequest",
            [
                ("id", place.node_id("RR", pull_request.serial + index as u64)),
                ("asCodeOwner", false.into()),
                ("requestedReviewer", actor(context, reviewers.get(index).map(String::as_str))),
            ],
        )
    })
}

/// The files which a pull request changes, as far as git tells them.
fn files(
    context: &Context<'_>,
    place: &Place,
    arguments: &Arguments<'_>,
    pull_request: &PullRequest,
) -> Result<Resolved, Failure> {
    page_alone(arguments)?;
    let mut command = crate::git::command_in_repository(&place.0.path(context.github.directory(), false));
    let range = format!("{}...{}", pull_request.base_sha, pull_request.head_sha);
    command.args(["diff", "--no-renames", "--numstat", &range]);
    let told = crate::git::attempt(command, &[]).unwrap_or_default();
    let lines: Vec<&str> = told.lines().collect();
    let list = KeyedList::of_places(lines.len());
    list.page(("PullRequestChangedFileConnection", "PullRequestChangedFileEdge"), arguments, |index| {
        let mut columns = lines[index].splitn(3, '\t');
        let mut number = || columns.next().and_then(|number| number.parse::<u64>().ok()).unwrap_or_default();
        let (additions, deletions) = (number(), number());
        Resolved::object(
            "PullRequestChangedFile",
            [
                ("path", columns.next().unwrap_or_default().into()),
                ("additions", additions.into()),
                ("deletions", deletions.into()),
            ],
        )
    })
}
