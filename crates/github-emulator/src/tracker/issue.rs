//! Issues, and what issues and pull requests have in common.

use serde_json::{Map, Value};

use super::event::EventDetail;
use super::{Moment, PullRequest, Reaction, Tracker};
use crate::repository::Repository;

/// Whether an issue or pull request is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IssueState {
    /// There is something to be done.
    Open,
    /// It is done, or will not be; a pull request may be merged.
    Closed,
}

impl IssueState {
    /// The `state` in REST answers.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            IssueState::Open => "open",
            IssueState::Closed => "closed",
        }
    }
}

/// An issue, or with `pull_request` a pull request. Times are seconds since the epoch, people are
/// named by their logins.
#[derive(Clone, PartialEq, Debug)]
pub struct Issue {
    /// The title.
    pub title: String,
    /// The text, Markdown.
    pub body: Option<String>,
    /// Who opened it; nobody when the account is gone.
    pub author: Option<String>,
    /// Whether it is open.
    pub state: IssueState,
    /// Why it was closed: `completed`, `not_planned` or `duplicate`; or `reopened`.
    pub state_reason: Option<String>,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// Who is to work on it.
    pub assignees: Vec<String>,
    /// The number of its milestone.
    pub milestone: Option<u64>,
    /// Whether comments are closed.
    pub locked: bool,
    /// Why comments are closed: `off-topic`, `too heated`, `resolved` or `spam`.
    pub lock_reason: Option<String>,
    /// When it was opened.
    pub created_at: i64,
    /// When anything in it last changed.
    pub updated_at: i64,
    /// When it was closed.
    pub closed_at: Option<i64>,
    /// Who closed it.
    pub closed_by: Option<String>,
    /// What people felt about it.
    pub reactions: Vec<Reaction>,
    /// What it has beyond an issue when it is a pull request.
    pub pull_request: Option<Box<PullRequest>>,
    /// Fields to add to it in REST answers.
    pub extra: Map<String, Value>,
    pub(crate) number: u64,
    pub(crate) serial: u64,
    /// The comments in it, the oldest first.
    pub(crate) comments: Vec<u64>,
    /// The events in it, the oldest first.
    pub(crate) events: Vec<u64>,
}

/// What became of an issue which is no longer here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Gone {
    Deleted,
    /// To a number of another repository.
    Transferred {
        repository: u64,
        number: u64,
    },
}

impl Issue {
    pub(super) fn new(number: u64, serial: u64, title: &str, body: &str, at: i64, author: &str) -> Issue {
        Issue {
            title: title.to_owned(),
            body: Some(body).filter(|body| !body.is_empty()).map(str::to_owned),
            author: Some(author.to_owned()),
            state: IssueState::Open,
            state_reason: None,
            labels: Vec::new(),
            assignees: Vec::new(),
            milestone: None,
            locked: false,
            lock_reason: None,
            created_at: at,
            updated_at: at,
            closed_at: None,
            closed_by: None,
            reactions: Vec::new(),
            pull_request: None,
            extra: Map::new(),
            number,
            serial,
            comments: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Its number.
    pub fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn is_open(&self) -> bool {
        self.state == IssueState::Open
    }

    /// Who has to do with it.
    fn people(&self) -> Vec<String> {
        let reviewers = self.pull_request.iter().flat_map(|pull_request| &pull_request.requested_reviewers);
        let people = self.author.iter().chain(&self.closed_by).chain(&self.assignees).chain(reviewers);
        people.cloned().collect()
    }
}

impl Repository {
    /// Opens an issue: its number.
    pub fn open_issue(&self, title: &str, body: &str) -> u64 {
        self.change_tracker(|tracker, moment| {
            let (number, serial) = (tracker.next_number(), tracker.next_serial());
            tracker.issues.insert(number, Issue::new(number, serial, title, body, moment.at, &moment.actor));
            number
        })
    }

    /// Changes an issue or pull request. The events which follow from the change, such as
    /// `labeled`, come to be by themselves. It counts as an update unless `change` sets the time
    /// of the update itself.
    pub fn edit_issue(&self, number: u64, change: impl FnOnce(&mut Issue)) {
        let people = self.change_tracker(|tracker, moment| {
            let issue = tracker.issue_mut(number);
            let before = issue.clone();
            change(issue);
            if issue.updated_at == before.updated_at {
                issue.updated_at = moment.at;
            }
            settle_state(issue, &before, moment);
            let after = issue.clone();
            tracker.note_changes(&before, &after, moment);
            after.people()
        });
        self.ensure_accounts(people);
    }

    /// Closes an issue as completed, or a pull request without merging it.
    pub fn close_issue(&self, number: u64) {
        self.edit_issue(number, |issue| {
            issue.state = IssueState::Closed;
            issue.state_reason = issue.pull_request.is_none().then(|| "completed".to_owned());
        });
    }

    /// Opens a closed issue or pull request again.
    pub fn reopen_issue(&self, number: u64) {
        self.edit_issue(number, |issue| {
            issue.state = IssueState::Open;
            issue.state_reason = issue.pull_request.is_none().then(|| "reopened".to_owned());
        });
    }

    /// Deletes an issue with all that is in it.
    pub fn delete_issue(&self, number: u64) {
        self.change_tracker(|tracker, _| {
            assert!(tracker.issue_mut(number).pull_request.is_none(), "a pull request cannot be deleted");
            tracker.take_issue(number);
            tracker.gone.insert(number, Gone::Deleted);
        });
    }

    /// Moves an issue with its comments to another repository, where it has another number and
    /// another id: the number.
    pub fn transfer_issue(&self, number: u64, target: &Repository) -> u64 {
        let (mut issue, comments) = self.change_tracker(|tracker, _| {
            assert!(tracker.issue_mut(number).pull_request.is_none(), "a pull request cannot be transferred");
            tracker.take_issue(number)
        });
        let new = target.change_tracker(|tracker, moment| {
            let new = tracker.next_number();
            issue.number = new;
            issue.serial = tracker.next_serial();
            issue.updated_at = moment.at;
            issue.milestone = None;
            issue.labels.retain(|name| tracker.labels.iter().any(|label| label.name == *name));
            issue.comments.clear();
            issue.events.clear();
            for mut comment in comments {
                let serial = tracker.next_serial();
                comment.issue = new;
                issue.comments.push(serial);
                tracker.comments.insert(serial, comment);
            }
            tracker.issues.insert(new, issue);
            tracker.add_event(new, "transferred", EventDetail::None, moment);
            new
        });
        let gone = Gone::Transferred { repository: target.id(), number: new };
        self.change_tracker(|tracker, _| tracker.gone.insert(number, gone));
        new
    }

    /// An issue or pull request, unless it is gone or never was.
    pub fn issue(&self, number: u64) -> Option<Issue> {
        self.look(|tracker| tracker.issues.get(&number).cloned())
    }

    /// The numbers of the issues and pull requests which are there.
    pub fn issue_numbers(&self) -> Vec<u64> {
        self.look(|tracker| tracker.issues.keys().copied().collect())
    }
}

/// Sets what goes with the state of an issue, when that has changed.
fn settle_state(issue: &mut Issue, before: &Issue, moment: &Moment) {
    if issue.state == before.state {
        return;
    }
    let closed = !issue.is_open();
    if issue.closed_at == before.closed_at {
        issue.closed_at = closed.then_some(moment.at);
    }
    if issue.closed_by == before.closed_by {
        issue.closed_by = closed.then(|| moment.actor.clone());
    }
}

impl Tracker {
    /// Takes out an issue with all that is in it: the issue and its comments.
    pub(super) fn take_issue(&mut self, number: u64) -> (Issue, Vec<super::Comment>) {
        let issue = self.issues.remove(&number).expect("an issue which is there");
        let comments = issue.comments.iter().filter_map(|serial| self.comments.remove(serial)).collect();
        for serial in &issue.events {
            self.events.remove(serial);
        }
        for serial in issue.pull_request.iter().flat_map(|pull_request| &pull_request.reviews) {
            self.reviews.remove(serial);
        }
        for serial in issue.pull_request.iter().flat_map(|pull_request| &pull_request.review_comments) {
            self.review_comments.remove(serial);
        }
        (issue, comments)
    }

    /// Notes the events which a change of an issue is.
    fn note_changes(&mut self, before: &Issue, after: &Issue, moment: &Moment) {
        let number = after.number;
        if before.title != after.title {
            let detail = EventDetail::Rename { from: before.title.clone(), to: after.title.clone() };
            self.add_event(number, "renamed", detail, moment);
        }
        for name in after.labels.iter().filter(|name| !before.labels.contains(name)) {
            self.ensure_label(name);
            let detail = self.label_detail(name);
            self.add_event(number, "labeled", detail, moment);
        }
        for name in before.labels.iter().filter(|name| !after.labels.contains(name)) {
            let detail = self.label_detail(name);
            self.add_event(number, "unlabeled", detail, moment);
        }
        for login in after.assignees.iter().filter(|login| !before.assignees.contains(login)) {
            self.add_event(number, "assigned", EventDetail::Assignee(login.clone()), moment);
        }
        for login in before.assignees.iter().filter(|login| !after.assignees.contains(login)) {
            self.add_event(number, "unassigned", EventDetail::Assignee(login.clone()), moment);
        }
        self.note_milestones(before, after, moment);
        if before.locked != after.locked {
            let event = if after.locked { "locked" } else { "unlocked" };
            self.add_event(number, event, EventDetail::Lock(after.lock_reason.clone()), moment);
        }
        self.note_pull_request(before, after, moment);
        if before.state != after.state {
            let event = if after.is_open() { "reopened" } else { "closed" };
            self.add_event(number, event, EventDetail::StateReason(after.state_reason.clone()), moment);
        }
    }
}
