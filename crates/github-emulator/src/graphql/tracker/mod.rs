//! The fields of a repository which are its tracker: issues, pull requests and what goes with
//! them.

mod comment;
mod discussion;
mod event;
mod issue;
mod label;
mod list;
mod milestone;
mod people;
mod pull_request;
mod reaction;
mod review;
mod review_comment;
mod said;
mod subject;
mod timeline;

use std::sync::Arc;

use super::Context;
use super::arguments::Arguments;
use super::query::visible;
use super::value::{Failure, Resolved};
use crate::entry::Entry;
use crate::representation::{tracker_node, tracker_node_id};
use crate::tracker::{Issue, Tracker, adopt};

/// GitHub's words to a token without the permission.
const NOT_ACCESSIBLE: &str = "Resource not accessible by personal access token";

/// A repository as it was when its tracker was asked for.
#[derive(Clone, Debug)]
struct Place(Arc<Entry>);

impl Place {
    fn tracker(&self) -> &Tracker {
        &self.0.tracker
    }

    fn node_id(&self, kind: &str, number: u64) -> Resolved {
        tracker_node_id(kind, self.0.id, number).into()
    }

    /// An address of a web page below the repository's.
    fn url(&self, context: &Context<'_>, path: &str) -> String {
        format!("{}{}", context.base.origin, self.path(path))
    }

    /// The same without the host.
    fn path(&self, path: &str) -> String {
        format!("/{}{path}", self.0.full_name())
    }

    /// An issue or pull request.
    fn subject(&self, number: u64) -> Option<Resolved> {
        let issue = self.tracker().issues.get(&number)?;
        Some(if issue.pull_request.is_some() {
            Resolved::lazy(pull_request::PullRequestNode { place: self.clone(), number })
        } else {
            Resolved::lazy(issue::IssueNode { place: self.clone(), number })
        })
    }

    fn issue(&self, number: u64) -> Option<&Issue> {
        self.tracker().issues.get(&number)
    }

    /// The repository itself.
    fn repository(&self) -> Resolved {
        Resolved::Object(super::value::Object::Repository(Box::new((*self.0).clone())))
    }
}

/// A repository with its tracker as it is now.
fn place(context: &Context<'_>, id: u64) -> Place {
    let mut state = context.github.state();
    adopt(&mut state, context.github.directory(), id);
    Place(Arc::new(state.entry(id).clone()))
}

/// A field of a repository, if there is one of that name.
pub(super) fn resolve(context: &Context<'_>, id: u64, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
    let permission = match arguments.field {
        "issues" | "issue" | "issueOrPullRequest" | "labels" | "label" | "milestones" | "milestone" => "issues",
        "pullRequests" | "pullRequest" => "pull_requests",
        "discussions" | "discussion" => "discussions",
        _ => return Ok(None),
    };
    if context.caller.token().is_some_and(|held| !held.token.has_permission(permission)) {
        return Err(Failure::field("FORBIDDEN", NOT_ACCESSIBLE));
    }
    let place = place(context, id);
    let number = || arguments.only(&["number"])?.number("number")?.ok_or_else(|| arguments.missing("number"));
    let resolved = match arguments.field {
        "issues" => list::issues(&place, arguments, &|_| true),
        "pullRequests" => list::pull_requests(&place, arguments, &|_| true),
        "discussions" => discussion::list(&place, arguments),
        "labels" => label::list(&place, arguments),
        "label" => {
            let name = arguments.only(&["name"])?.required("name")?;
            Ok(Resolved::optional(label::named(&place, name)))
        }
        "milestones" => milestone::list(&place, arguments),
        "milestone" => Ok(Resolved::optional(milestone::numbered(&place, number()?))),
        "discussion" => Ok(Resolved::optional(discussion::numbered(&place, number()?))),
        field => {
            let number = number()?;
            let is_pull_request = place.issue(number).map(|issue| issue.pull_request.is_some());
            let (wanted, kind) = match field {
                "issue" => (is_pull_request == Some(false), "an Issue"),
                "pullRequest" => (is_pull_request == Some(true), "a PullRequest"),
                _ => (is_pull_request.is_some(), "an issue or pull request"),
            };
            place.subject(number).filter(|_| wanted).ok_or_else(|| {
                Failure::field("NOT_FOUND", format!("Could not resolve to {kind} with the number of {number}."))
            })
        }
    };
    resolved.map(Some)
}

/// The thing in a tracker which has a global id, if the caller may know of it.
pub(super) fn node(context: &Context<'_>, id: &str) -> Result<Option<Resolved>, Failure> {
    let Some((kind, repository, number)) = tracker_node(id) else {
        return Ok(None);
    };
    {
        let state = context.github.state();
        let Some(entry) = state.repositories.get(&repository) else {
            return Ok(None);
        };
        if visible(context, &state, entry)?.is_none() {
            return Ok(None);
        }
    }
    let place = place(context, repository);
    let tracker = place.tracker();
    let found = match kind {
        "I" | "PR" => place
            .issue(number)
            .filter(|issue| issue.pull_request.is_some() == (kind == "PR"))
            .and_then(|_| place.subject(number)),
        "IC" => tracker.comments.contains_key(&number).then(|| comment::node(&place, number)),
        "PRR" => tracker.reviews.contains_key(&number).then(|| review::node(&place, number)),
        "PRRC" => tracker.review_comments.contains_key(&number).then(|| review_comment::node(&place, number)),
        "PRRT" => tracker.review_comments.contains_key(&number).then(|| review_comment::thread(&place, number)),
        "D" => discussion::numbered(&place, number),
        "DC" => discussion::comment(&place, number),
        "LA" => label::of_serial(&place, number),
        "MI" => milestone::of_serial(&place, number),
        _ => None,
    };
    Ok(found)
}

/// The interfaces of a type.
pub(super) fn interfaces(name: &str) -> &'static [&'static str] {
    match name {
        "Issue" => &[
            "Node",
            "Assignable",
            "Closable",
            "Comment",
            "Deletable",
            "Labelable",
            "Lockable",
            "Reactable",
            "RepositoryNode",
            "Subscribable",
            "UniformResourceLocatable",
            "Updatable",
            "UpdatableComment",
            "ReferencedSubject",
            "IssueOrPullRequest",
        ],
        "PullRequest" => &[
            "Node",
            "Assignable",
            "Closable",
            "Comment",
            "Labelable",
            "Lockable",
            "Reactable",
            "RepositoryNode",
            "Subscribable",
            "UniformResourceLocatable",
            "Updatable",
            "UpdatableComment",
            "ReferencedSubject",
            "IssueOrPullRequest",
        ],
        "IssueComment" | "PullRequestReview" | "PullRequestReviewComment" => &[
            "Node",
            "Comment",
            "Deletable",
            "Minimizable",
            "Reactable",
            "RepositoryNode",
            "Updatable",
            "UpdatableComment",
            "IssueTimelineItems",
            "PullRequestTimelineItems",
        ],
        "Discussion" | "DiscussionComment" => &["Node", "Comment", "Deletable", "Reactable", "Updatable"],
        "Milestone" => &["Node", "Closable", "UniformResourceLocatable"],
        "Label" | "Reaction" | "PullRequestReviewThread" | "PullRequestCommit" => &["Node", "PullRequestTimelineItems"],
        name if name.ends_with("Event") => &["Node", "IssueTimelineItems", "PullRequestTimelineItems"],
        _ => &[],
    }
}
