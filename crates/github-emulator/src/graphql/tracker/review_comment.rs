//! Comments on the lines of pull requests, and the threads they are in.

use super::said::{Said, minimized};
use super::subject::page_alone;
use super::{Place, pull_request, review};
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::page::KeyedList;
use crate::graphql::query::nullable;
use crate::graphql::value::{Failure, Fields, Outcome, Resolved};
use crate::representation::time;
use crate::tracker::{PullRequest, Review};

/// A comment on a line.
#[derive(Debug)]
struct CommentNode {
    place: Place,
    serial: u64,
}

/// A thread, named by the comment which began it.
#[derive(Debug)]
struct ThreadNode {
    place: Place,
    serial: u64,
}

pub(super) fn node(place: &Place, serial: u64) -> Resolved {
    Resolved::lazy(CommentNode { place: place.clone(), serial })
}

pub(super) fn thread(place: &Place, serial: u64) -> Resolved {
    Resolved::lazy(ThreadNode { place: place.clone(), serial })
}

/// The comments of a review.
pub(super) fn of_review(place: &Place, arguments: &Arguments<'_>, review: &Review, serial: u64) -> Outcome {
    page_alone(arguments)?;
    let comments = &place.tracker().review_comments;
    let issue = place.issue(review.pull_request);
    let all = issue.and_then(|issue| issue.pull_request.as_deref()).map(|found| found.review_comments.as_slice());
    let own =
        all.unwrap_or_default().iter().filter(|comment| comments.get(comment).is_some_and(|it| it.review == serial));
    page(place, arguments, own.copied().collect())
}

/// The threads of a pull request. One whose first comment was deleted is begun by its next.
pub(super) fn threads(place: &Place, arguments: &Arguments<'_>, pull_request: &PullRequest) -> Outcome {
    page_alone(arguments)?;
    let comments = &place.tracker().review_comments;
    let first = |serial: &&u64| comments.get(serial).is_some_and(|comment| comment.in_reply_to.is_none());
    let serials: Vec<u64> = pull_request.review_comments.iter().filter(first).copied().collect();
    let list = KeyedList { keys: serials.iter().map(|&serial| (0, serial)).collect(), descending: false };
    let names = ("PullRequestReviewThreadConnection", "PullRequestReviewThreadEdge");
    list.page(names, arguments, |index| thread(place, serials[index]))
}

fn page(place: &Place, arguments: &Arguments<'_>, serials: Vec<u64>) -> Outcome {
    let list = KeyedList { keys: serials.iter().map(|&serial| (0, serial)).collect(), descending: false };
    let names = ("PullRequestReviewCommentConnection", "PullRequestReviewCommentEdge");
    list.page(names, arguments, |index| node(place, serials[index]))
}

impl Fields for ThreadNode {
    fn type_name(&self) -> &'static str {
        "PullRequestReviewThread"
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        let place = &self.place;
        let tracker = place.tracker();
        let Some(first) = tracker.review_comments.get(&self.serial) else {
            return Ok(None);
        };
        let resolved = tracker.resolved.contains(&self.serial);
        Ok(Some(match arguments.field {
            "id" => place.node_id("PRRT", self.serial),
            "isResolved" => resolved.into(),
            "isCollapsed" => resolved.into(),
            "isOutdated" => first.line.is_none().into(),
            "resolvedBy" if resolved => super::people::actor(context, Some(&place.0.owner)),
            "resolvedBy" | "startLine" | "originalStartLine" | "startDiffSide" => Resolved::NULL,
            "path" => first.path.clone().into(),
            "line" => nullable(first.line),
            "originalLine" => first.original_line.into(),
            "diffSide" => "RIGHT".into(),
            "subjectType" => "LINE".into(),
            "pullRequest" => Resolved::optional(place.subject(first.pull_request)),
            "repository" => place.repository(),
            "viewerCanReply" | "viewerCanResolve" | "viewerCanUnresolve" => false.into(),
            "comments" => {
                arguments.only(&["first", "after", "last", "before", "skip"])?;
                let issue = place.issue(first.pull_request);
                let all = issue.and_then(|issue| issue.pull_request.as_deref());
                let all = all.map(|found| found.review_comments.as_slice()).unwrap_or_default();
                let own = all.iter().filter(|&&serial| {
                    let comment = tracker.review_comments.get(&serial);
                    serial == self.serial || comment.is_some_and(|it| it.in_reply_to == Some(self.serial))
                });
                return page(place, arguments, own.copied().collect()).map(Some);
            }
            _ => return Ok(None),
        }))
    }
}

impl Fields for CommentNode {
    fn type_name(&self) -> &'static str {
        "PullRequestReviewComment"
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        let place = &self.place;
        let Some(comment) = place.tracker().review_comments.get(&self.serial) else {
            return Ok(None);
        };
        let leaf = match arguments.field {
            "path" => comment.path.clone().into(),
            "line" => nullable(comment.line),
            "originalLine" => comment.original_line.into(),
            "position" => nullable(comment.line.map(|_| 1)),
            "originalPosition" => 1.into(),
            "startLine" | "originalStartLine" => Resolved::NULL,
            "diffHunk" => comment.diff_hunk.clone().into(),
            "draftedAt" => time(comment.created_at).into(),
            "outdated" => comment.line.is_none().into(),
            "state" => "SUBMITTED".into(),
            "subjectType" => "LINE".into(),
            "commit" | "originalCommit" => pull_request::commit(&comment.commit),
            "replyTo" => Resolved::optional(comment.in_reply_to.map(|serial| node(place, serial))),
            "pullRequest" => Resolved::optional(place.subject(comment.pull_request)),
            "pullRequestReview" => review::node(place, comment.review),
            field => match minimized(field, None) {
                Some(resolved) => resolved,
                None => {
                    let id = place.0.tracker_id(self.serial);
                    let said = Said {
                        kind: "PRRC",
                        number: self.serial,
                        serial: self.serial,
                        author: comment.author.as_deref(),
                        body: &comment.body,
                        created_at: comment.created_at,
                        updated_at: comment.updated_at,
                        is_edited_when_updated: true,
                        reactions: &comment.reactions,
                        path: format!("/pull/{}#discussion_r{id}", comment.pull_request),
                    };
                    return said.resolve(context, place, arguments);
                }
            },
        };
        arguments.only(&[])?;
        Ok(Some(leaf))
    }
}
