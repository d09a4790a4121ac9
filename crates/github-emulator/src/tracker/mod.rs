//! The tracker of a repository: issues, pull requests, and what people say and do in them.
//!
//! Everything is kept as data which a test can change; REST and GraphQL make their answers of it
//! when they are asked. Every change has a time of its own, and updates what GitHub updates.

mod adoption;
mod comment;
mod commit_comment;
mod discussion;
mod event;
mod filler;
mod issue;
mod label;
mod milestone;
mod order;
mod pull_request;
mod reaction;
mod review;
mod review_comment;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::account::AccountKind;
use crate::entry::Entry;
use crate::github::GitHub;
use crate::repository::Repository;
use crate::state::State;

pub(crate) use self::adoption::{adopt, number_of_head};
pub use self::comment::Comment;
pub use self::commit_comment::CommitComment;
pub use self::discussion::{Discussion, DiscussionComment, Poll};
pub(crate) use self::event::Event;
pub use self::event::EventDetail;
pub use self::filler::Fill;
pub(crate) use self::issue::Gone;
pub use self::issue::{Issue, IssueState};
pub use self::label::Label;
pub use self::milestone::Milestone;
pub(crate) use self::order::{By, Orders};
pub(crate) use self::pull_request::Changes;
pub use self::pull_request::PullRequest;
pub(crate) use self::reaction::REACTIONS;
pub use self::reaction::{Reaction, ReactionSubject};
pub use self::review::{Review, ReviewState};
pub use self::review_comment::ReviewComment;

/// The ids of a repository's tracker begin at so many times the repository's id, so that they are
/// its own and do not fit into 32 bits, as on GitHub.
const IDS_OF_A_REPOSITORY: u64 = 100_000_000;

/// Who acts in the tracker of an organization's repository when nothing is said.
const USUAL_ACTOR: &str = "octocat";

/// The tracker of a repository. Things are named by serial numbers, which with the repository's
/// id make the ids of the API; issues and pull requests by their numbers.
#[derive(Clone, Default, Debug)]
pub(crate) struct Tracker {
    /// Issues and pull requests by their numbers.
    pub(crate) issues: BTreeMap<u64, Issue>,
    /// What became of the numbers which lead nowhere here.
    pub(crate) gone: BTreeMap<u64, Gone>,
    pub(crate) comments: BTreeMap<u64, Comment>,
    pub(crate) reviews: BTreeMap<u64, Review>,
    pub(crate) review_comments: BTreeMap<u64, ReviewComment>,
    pub(crate) commit_comments: BTreeMap<u64, CommitComment>,
    /// Discussions by their numbers.
    pub(crate) discussions: BTreeMap<u64, Discussion>,
    pub(crate) discussion_comments: BTreeMap<u64, DiscussionComment>,
    pub(crate) events: BTreeMap<u64, Event>,
    pub(crate) labels: Vec<Label>,
    pub(crate) milestones: BTreeMap<u64, Milestone>,
    /// The review comments which began threads that are resolved.
    pub(crate) resolved: BTreeSet<u64>,
    /// The pull requests which are there by their `refs/pull/<number>/head` alone.
    adopted: BTreeSet<u64>,
    last_number: u64,
    last_milestone: u64,
    last_serial: u64,
    orders: Orders,
    changes: pull_request::CountedChanges,
}

impl Tracker {
    fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn next_serial(&mut self) -> u64 {
        self.last_serial += 1;
        self.last_serial
    }

    /// The orders in which issues and comments are listed.
    pub(crate) fn orders(&self) -> &Orders {
        &self.orders
    }

    /// The issues and pull requests which are open.
    pub(crate) fn open_count(&self) -> usize {
        self.orders.open_count(self)
    }

    /// An issue or pull request.
    fn issue_mut(&mut self, number: u64) -> &mut Issue {
        match self.issues.get_mut(&number) {
            Some(issue) => issue,
            None => panic!("there is no issue {number}"),
        }
    }
}

impl Entry {
    /// The tracker, to change it.
    pub(crate) fn tracker_mut(&mut self) -> &mut Tracker {
        let tracker = Arc::make_mut(&mut self.tracker);
        tracker.orders = Orders::default();
        tracker
    }

    /// The id of the API for a thing in the tracker.
    pub(crate) fn tracker_id(&self, serial: u64) -> u64 {
        self.id * IDS_OF_A_REPOSITORY + serial
    }

    /// The serial number of a thing in the tracker with an id of the API.
    pub(crate) fn tracker_serial(&self, id: u64) -> Option<u64> {
        (id / IDS_OF_A_REPOSITORY == self.id).then_some(id % IDS_OF_A_REPOSITORY)
    }
}

/// The repository whose tracker a thing of this id is in.
pub(crate) fn repository_of(id: u64) -> u64 {
    id / IDS_OF_A_REPOSITORY
}

/// How far down lists may be paged, as the number of items up to the end of a page. GitHub's own
/// limits are the default; none is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageCaps {
    /// Of issues, whose pages go on behind a cursor from there; the page which reaches it is
    /// refused.
    pub issues: Option<usize>,
    /// Of comments of all kinds in the whole repository.
    pub comments: Option<usize>,
    /// Of events in the whole repository.
    pub events: Option<usize>,
}

impl Default for PageCaps {
    fn default() -> PageCaps {
        PageCaps { issues: Some(10_000), comments: Some(30_000), events: Some(30_000) }
    }
}

impl GitHub {
    /// Sets how far down lists may be paged.
    pub fn set_page_caps(&self, caps: PageCaps) {
        self.state().page_caps = caps;
    }
}

/// A change of the tracker: when, and by whom.
struct Moment {
    at: i64,
    actor: String,
}

impl Repository {
    /// Changes the tracker at the time of the next event.
    fn change_tracker<T>(&self, change: impl FnOnce(&mut Tracker, &Moment) -> T) -> T {
        assert!(!self.is_wiki(), "a wiki has no tracker");
        let mut state = self.github().state();
        let at = state.tick();
        let actor = self.actor(&mut state);
        adopt(&mut state, self.github().directory(), self.id());
        change(state.entry_mut(self.id()).tracker_mut(), &Moment { at, actor })
    }

    /// Looks at the tracker.
    fn look<T>(&self, look: impl FnOnce(&Tracker) -> T) -> T {
        let mut state = self.github().state();
        adopt(&mut state, self.github().directory(), self.id());
        look(&state.entry(self.id()).tracker)
    }

    /// The id of the API for a thing in the tracker.
    fn tracker_id(&self, serial: u64) -> u64 {
        self.id() * IDS_OF_A_REPOSITORY + serial
    }

    /// The serial number of a thing in the tracker.
    fn serial(&self, id: u64) -> u64 {
        assert_eq!(repository_of(id), self.id(), "{id} is not the id of a thing in the tracker of {self:?}");
        id % IDS_OF_A_REPOSITORY
    }

    /// Who acts: the one set, or the owner when that is a user.
    fn actor(&self, state: &mut State) -> String {
        let owner = state.entry(self.id()).owner.clone();
        let login = match self.acting() {
            Some(login) => login.to_owned(),
            None => match state.account(&owner) {
                Some(account) if account.kind == AccountKind::User => owner,
                _ => USUAL_ACTOR.to_owned(),
            },
        };
        state.ensure_account(&login)
    }

    /// Makes users of the logins which have no account.
    fn ensure_accounts(&self, logins: impl IntoIterator<Item = String>) {
        let mut state = self.github().state();
        for login in logins {
            state.ensure_account(&login);
        }
    }
}
