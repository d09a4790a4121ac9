//! Timelines: all that was said and done in an issue or pull request.

use jiff::Timestamp;

use super::event::{EventNode, type_of};
use super::subject::page_alone;
use super::{Place, comment, review};
use crate::git;
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::page::{Key, KeyedList};
use crate::graphql::value::{Failure, Outcome, Resolved};
use crate::representation::time;
use crate::tracker::{Issue, PullRequest, ReviewState};

/// An item of a timeline.
enum Item {
    Comment(u64),
    Review(u64),
    Event(u64, &'static str),
    Commit(Box<Commit>),
}

/// A commit of a pull request.
struct Commit {
    oid: String,
    date: i64,
    author: String,
    message: String,
}

impl Item {
    fn type_name(&self) -> &'static str {
        match self {
            Item::Comment(_) => "IssueComment",
            Item::Review(_) => "PullRequestReview",
            Item::Event(_, kind) => kind,
            Item::Commit(_) => "PullRequestCommit",
        }
    }

    fn show(&self, place: &Place) -> Resolved {
        match self {
            Item::Comment(serial) => comment::node(place, *serial),
            Item::Review(serial) => review::node(place, *serial),
            Item::Event(serial, kind) => Resolved::lazy(EventNode { place: place.clone(), serial: *serial, kind }),
            Item::Commit(commit) => commit.show(),
        }
    }
}

/// The items of the timeline of an issue or pull request.
pub(super) fn list(context: &Context<'_>, place: &Place, arguments: &Arguments<'_>, issue: &Issue) -> Outcome {
    arguments.only(&["first", "after", "last", "before", "since", "itemTypes", "skip"])?;
    let since = match arguments.text("since")? {
        None => None,
        Some(since) => {
            let parsed = since.parse::<Timestamp>();
            Some(parsed.map_err(|_| arguments.wrong("since", &since.into()))?.as_second())
        }
    };
    let types = arguments.texts("itemTypes")?;
    let wanted = |key: &Key, item: &Item| {
        since.is_none_or(|since| key.0 >= since)
            && types.as_ref().is_none_or(|types| types.contains(&screaming(item.type_name())))
    };
    let is_asked_for_commits =
        types.as_ref().is_none_or(|types| types.iter().any(|kind| kind == "PULL_REQUEST_COMMIT"));
    let mut items = items(place, issue);
    if let Some(pull_request) = issue.pull_request.as_deref().filter(|_| is_asked_for_commits) {
        let commits = commits_of(context, place, pull_request).into_iter().enumerate();
        items.extend(commits.map(|(index, commit)| ((commit.date, index as u64), Item::Commit(Box::new(commit)))));
    }
    items.retain(|(key, item)| wanted(key, item));
    items.sort_by_key(|(key, _)| *key);
    let names = if issue.pull_request.is_some() {
        ("PullRequestTimelineItemsConnection", "PullRequestTimelineItemsEdge")
    } else {
        ("IssueTimelineItemsConnection", "IssueTimelineItemsEdge")
    };
    let list = KeyedList { keys: items.iter().map(|(key, _)| *key).collect(), descending: false };
    list.page(names, arguments, |index| items[index].1.show(place))
}

/// What was said and done, without commits.
fn items(place: &Place, issue: &Issue) -> Vec<(Key, Item)> {
    let tracker = place.tracker();
    let comments = issue.comments.iter().filter_map(|&serial| {
        let comment = tracker.comments.get(&serial)?;
        Some(((comment.created_at, serial), Item::Comment(serial)))
    });
    let events = issue.events.iter().filter_map(|&serial| {
        let event = tracker.events.get(&serial)?;
        Some(((event.created_at, serial), Item::Event(serial, type_of(&event.event)?)))
    });
    let reviews = issue.pull_request.iter().flat_map(|pull_request| &pull_request.reviews);
    let reviews = reviews.filter_map(|&serial| {
        let review = tracker.reviews.get(&serial).filter(|review| review.state != ReviewState::Pending)?;
        Some(((review.submitted_at?, serial), Item::Review(serial)))
    });
    comments.chain(events).chain(reviews).collect()
}

/// `IssueComment` as `ISSUE_COMMENT`.
fn screaming(name: &str) -> String {
    let mut screaming = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !screaming.is_empty() {
            screaming.push('_');
        }
        screaming.push(character.to_ascii_uppercase());
    }
    screaming
}

/// The commits of a pull request.
pub(super) fn commits(
    context: &Context<'_>,
    place: &Place,
    arguments: &Arguments<'_>,
    pull_request: &PullRequest,
) -> Result<Resolved, Failure> {
    page_alone(arguments)?;
    let names = ("PullRequestCommitConnection", "PullRequestCommitEdge");
    if arguments.get("first").is_none() && arguments.get("last").is_none() {
        let path = place.0.path(context.github.directory(), false);
        let count = usize::try_from(place.tracker().changes(pull_request, &path).commits).unwrap_or_default();
        return KeyedList::of_places(count).page(names, arguments, |_| Resolved::NULL);
    }
    let commits = commits_of(context, place, pull_request);
    KeyedList::of_places(commits.len()).page(names, arguments, |index| commits[index].show())
}

fn commits_of(context: &Context<'_>, place: &Place, pull_request: &PullRequest) -> Vec<Commit> {
    let mut command = git::command_in_repository(&place.0.path(context.github.directory(), false));
    let range = format!("{}..{}", pull_request.base_sha, pull_request.head_sha);
    command.args(["log", "--reverse", "--topo-order", "--format=%H%x00%ct%x00%an%x00%B%x01", &range]);
    let told = git::attempt(command, &[]).unwrap_or_default();
    let parse = |commit: &str| {
        let mut fields = commit.trim_start_matches('\n').split('\0').map(str::to_owned);
        let (oid, date, author) = (fields.next()?, fields.next()?.parse().ok()?, fields.next()?);
        Some(Commit { oid, date, author, message: fields.next()?.trim_end().to_owned() })
    };
    told.split('\u{1}').filter_map(parse).collect()
}

impl Commit {
    fn show(&self) -> Resolved {
        let subject = self.message.lines().next().unwrap_or_default();
        let commit = Resolved::object(
            "Commit",
            [
                ("oid", self.oid.clone().into()),
                ("abbreviatedOid", self.oid.get(..7).unwrap_or_default().into()),
                ("message", self.message.clone().into()),
                ("messageHeadline", subject.into()),
                ("committedDate", time(self.date).into()),
                ("author", Resolved::object("GitActor", [("name", self.author.clone().into())])),
            ],
        );
        Resolved::object("PullRequestCommit", [("id", format!("PURC_{}", self.oid).into()), ("commit", commit)])
    }
}
