//! Comments in issues and in the conversation of pull requests.

use super::Place;
use super::said::{Said, minimized};
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::page::KeyedList;
use crate::graphql::value::{Failure, Fields, Outcome, Resolved};
use crate::tracker::Issue;

#[derive(Debug)]
struct CommentNode {
    place: Place,
    serial: u64,
}

pub(super) fn node(place: &Place, serial: u64) -> Resolved {
    Resolved::lazy(CommentNode { place: place.clone(), serial })
}

/// The comments in an issue or in the conversation of a pull request.
pub(super) fn list(place: &Place, arguments: &Arguments<'_>, issue: &Issue) -> Outcome {
    arguments.only(&["first", "after", "last", "before", "orderBy"])?;
    let comments = &place.tracker().comments;
    let (by_update, descending) = match arguments.order()? {
        None => (false, false),
        Some(("UPDATED_AT", descending)) => (true, descending),
        Some((field, _)) => return Err(arguments.wrong("orderBy", &field.into())),
    };
    let key = |serial: &u64| {
        let comment = comments.get(serial)?;
        Some((if by_update { comment.updated_at } else { comment.created_at }, *serial))
    };
    let mut keys: Vec<_> = issue.comments.iter().filter_map(key).collect();
    keys.sort_unstable();
    if descending {
        keys.reverse();
    }
    let list = KeyedList { keys, descending };
    list.page(("IssueCommentConnection", "IssueCommentEdge"), arguments, |index| node(place, list.keys[index].1))
}

impl Fields for CommentNode {
    fn type_name(&self) -> &'static str {
        "IssueComment"
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        let place = &self.place;
        let Some(comment) = place.tracker().comments.get(&self.serial) else {
            return Ok(None);
        };
        let is_pull_request = place.issue(comment.issue).is_some_and(|issue| issue.pull_request.is_some());
        match arguments.field {
            "issue" => return Ok(Some(Resolved::optional(place.subject(comment.issue)))),
            "pullRequest" => {
                let found = place.subject(comment.issue).filter(|_| is_pull_request);
                return Ok(Some(Resolved::optional(found)));
            }
            "isPinned" => return Ok(Some(false.into())),
            field => {
                if let Some(resolved) = minimized(field, comment.minimized.as_deref()) {
                    return Ok(Some(resolved));
                }
            }
        }
        let page = if is_pull_request { "pull" } else { "issues" };
        let said = Said {
            kind: "IC",
            number: self.serial,
            serial: self.serial,
            author: comment.author.as_deref(),
            body: &comment.body,
            created_at: comment.created_at,
            updated_at: comment.updated_at,
            is_edited_when_updated: true,
            reactions: &comment.reactions,
            path: format!("/{page}/{}#issuecomment-{}", comment.issue, place.0.tracker_id(self.serial)),
        };
        said.resolve(context, place, arguments)
    }
}
