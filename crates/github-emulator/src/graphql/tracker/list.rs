//! Lists of issues and pull requests.

use jiff::Timestamp;

use super::Place;
use crate::graphql::arguments::Arguments;
use crate::graphql::page::{Key, KeyedList};
use crate::graphql::value::{Failure, Outcome, Resolved};
use crate::tracker::{By, Issue, PullRequest};

/// The issues of a repository which are wanted.
pub(super) fn issues(place: &Place, arguments: &Arguments<'_>, wanted: &dyn Fn(&Issue) -> bool) -> Outcome {
    let known = ["first", "after", "last", "before", "states", "orderBy", "labels", "filterBy"];
    arguments.only(&known)?;
    let filter = arguments.get("filterBy");
    let since = match filter.map(|filter| &filter["since"]).filter(|since| !since.is_null()) {
        None => None,
        Some(since) => {
            let time = since.as_str().and_then(|since| since.parse::<Timestamp>().ok());
            Some(time.ok_or_else(|| arguments.wrong("filterBy", since))?.as_second())
        }
    };
    let texts = |name: &str| -> Result<Option<Vec<String>>, Failure> {
        let of_filter = filter.and_then(|filter| filter[name].as_array());
        let of_filter = of_filter.map(|texts| texts.iter().filter_map(|text| text.as_str().map(str::to_owned)));
        Ok(arguments.texts(name)?.or(of_filter.map(Iterator::collect)))
    };
    let (states, labels) = (texts("states")?, texts("labels")?);
    let fits = |issue: &Issue| {
        issue.pull_request.is_none()
            && wanted(issue)
            && since.is_none_or(|since| issue.updated_at >= since)
            && states
                .as_ref()
                .is_none_or(|states| states.iter().any(|state| state.eq_ignore_ascii_case(issue.state.as_str())))
            && labels.as_ref().is_none_or(|labels| labels.iter().any(|label| issue.labels.contains(label)))
    };
    sorted(place, arguments, ("IssueConnection", "IssueEdge"), &fits)
}

/// The pull requests of a repository which are wanted.
pub(super) fn pull_requests(place: &Place, arguments: &Arguments<'_>, wanted: &dyn Fn(&Issue) -> bool) -> Outcome {
    let known = ["first", "after", "last", "before", "states", "orderBy", "labels", "baseRefName", "headRefName"];
    arguments.only(&known)?;
    let (states, labels) = (arguments.texts("states")?, arguments.texts("labels")?);
    let (base, head) = (arguments.text("baseRefName")?, arguments.text("headRefName")?);
    let fits = |issue: &Issue| {
        issue.pull_request.as_deref().is_some_and(|pull_request| {
            wanted(issue)
                && states.as_ref().is_none_or(|states| states.iter().any(|name| name == state(issue, pull_request)))
                && labels.as_ref().is_none_or(|labels| labels.iter().any(|label| issue.labels.contains(label)))
                && base.is_none_or(|base| base == pull_request.base_ref)
                && head.is_none_or(|head| head == pull_request.head_ref)
        })
    };
    sorted(place, arguments, ("PullRequestConnection", "PullRequestEdge"), &fits)
}

/// The state of a pull request.
pub(super) fn state(issue: &Issue, pull_request: &PullRequest) -> &'static str {
    match pull_request.merged_at {
        Some(_) => "MERGED",
        None if issue.is_open() => "OPEN",
        None => "CLOSED",
    }
}

fn sorted(
    place: &Place,
    arguments: &Arguments<'_>,
    names: (&'static str, &'static str),
    fits: &dyn Fn(&Issue) -> bool,
) -> Outcome {
    let (by, descending) = match arguments.order()? {
        None => (By::Created, false),
        Some(("CREATED_AT", descending)) => (By::Created, descending),
        Some(("UPDATED_AT", descending)) => (By::Updated, descending),
        Some(("COMMENTS", descending)) => (By::Comments, descending),
        Some((field, _)) => return Err(arguments.wrong("orderBy", &field.into())),
    };
    let tracker = place.tracker();
    let key = |issue: &Issue| match by {
        By::Created => issue.created_at,
        By::Updated => issue.updated_at,
        By::Comments => i64::try_from(issue.comments.len()).unwrap_or(i64::MAX),
    };
    let in_order = tracker.orders().issues(tracker, by);
    let found = in_order.iter().filter_map(|&number| {
        let issue = tracker.issues.get(&number)?;
        fits(issue).then(|| (key(issue), number))
    });
    let mut keys: Vec<Key> = found.collect();
    if descending {
        keys.reverse();
    }
    let list = KeyedList { keys, descending };
    list.page(names, arguments, |index| Resolved::optional(place.subject(list.keys[index].1)))
}
