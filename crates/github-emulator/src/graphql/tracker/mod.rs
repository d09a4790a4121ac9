//! The fields of a repository which are its tracker.

use super::Context;
use super::arguments::Arguments;
use super::connection::connection;
use super::value::{Failure, Outcome, Resolved};
use crate::entry::Entry;
use crate::representation::time;
use crate::tracker::{By, Issue, PullRequest, adopt};

/// A field, if there is one of that name.
pub(super) fn resolve(context: &Context<'_>, id: u64, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
    let mut state = context.github.state();
    adopt(&mut state, context.github.directory(), id);
    let entry = state.entry(id);
    let resolved = match arguments.field {
        "pullRequests" => pull_requests(entry, arguments.only(&["first", "after", "states", "orderBy"])?),
        _ => return Ok(None),
    };
    resolved.map(Some)
}

fn pull_requests(entry: &Entry, arguments: &Arguments<'_>) -> Outcome {
    let tracker = &entry.tracker;
    let (by, descending) = match arguments.order()? {
        None => (By::Created, false),
        Some(("CREATED_AT", descending)) => (By::Created, descending),
        Some(("UPDATED_AT", descending)) => (By::Updated, descending),
        Some((field, _)) => return Err(arguments.wrong("orderBy", &field.into())),
    };
    let states = arguments.texts("states")?;
    let sorted = tracker.orders().pull_requests(tracker, by);
    let found = sorted.iter().filter_map(|number| {
        let issue = tracker.issues.get(number)?;
        let pull_request = issue.pull_request.as_deref()?;
        let wanted = states.as_ref().is_none_or(|states| states.iter().any(|name| name == state(issue, pull_request)));
        wanted.then(|| pull_request_object(issue, pull_request))
    });
    let mut found: Vec<Resolved> = found.collect();
    if descending {
        found.reverse();
    }
    connection("PullRequestConnection", "PullRequestEdge", arguments, found)
}

fn state(issue: &Issue, pull_request: &PullRequest) -> &'static str {
    match pull_request.merged_at {
        Some(_) => "MERGED",
        None if issue.is_open() => "OPEN",
        None => "CLOSED",
    }
}

fn pull_request_object(issue: &Issue, pull_request: &PullRequest) -> Resolved {
    Resolved::object(
        "PullRequest",
        [
            ("number", issue.number().into()),
            ("state", state(issue, pull_request).into()),
            ("updatedAt", time(issue.updated_at).into()),
            ("headRefOid", pull_request.head_sha.clone().into()),
        ],
    )
}
