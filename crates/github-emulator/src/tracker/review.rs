//! Reviews of pull requests.

use serde_json::{Map, Value};

use super::{EventDetail, Tracker};
use crate::repository::Repository;

/// What a review says of a pull request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReviewState {
    /// It may be merged.
    Approved,
    /// It may not be merged like this.
    ChangesRequested,
    /// Neither.
    Commented,
    /// It no longer counts.
    Dismissed,
    /// It has not been submitted: only its author sees it.
    Pending,
}

impl ReviewState {
    /// The `state` in REST answers and in GraphQL.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            ReviewState::Approved => "APPROVED",
            ReviewState::ChangesRequested => "CHANGES_REQUESTED",
            ReviewState::Commented => "COMMENTED",
            ReviewState::Dismissed => "DISMISSED",
            ReviewState::Pending => "PENDING",
        }
    }
}

/// A review of a pull request. Times are seconds since the epoch.
#[derive(Clone, PartialEq, Debug)]
pub struct Review {
    /// The login of whose it is; nobody when the account is gone.
    pub author: Option<String>,
    /// The text, Markdown.
    pub body: String,
    /// What it says.
    pub state: ReviewState,
    /// When it was submitted.
    pub submitted_at: Option<i64>,
    /// When it was last edited.
    pub updated_at: i64,
    /// The commit it is about.
    pub commit: Option<String>,
    /// Fields to add to it in REST answers.
    pub extra: Map<String, Value>,
    /// The number of its pull request.
    pub(crate) pull_request: u64,
}

impl Repository {
    /// Reviews a pull request: the review's id.
    pub fn review(&self, number: u64, state: ReviewState, body: &str) -> u64 {
        let serial =
            self.change_tracker(|tracker, moment| tracker.add_review(number, state, body, moment.at, &moment.actor));
        self.tracker_id(serial)
    }

    /// Changes a review, which updates its pull request. A review which becomes dismissed gets
    /// its event.
    pub fn edit_review(&self, id: u64, change: impl FnOnce(&mut Review)) {
        let serial = self.serial(id);
        let author = self.change_tracker(|tracker, moment| {
            let review = tracker.reviews.get_mut(&serial).expect("a review which is there");
            let before = review.clone();
            change(review);
            if review.updated_at == before.updated_at {
                review.updated_at = moment.at;
            }
            let after = review.clone();
            tracker.issue_mut(after.pull_request).updated_at = moment.at;
            if after.state == ReviewState::Dismissed && before.state != ReviewState::Dismissed {
                let state = before.state.as_str().to_ascii_lowercase();
                let detail = EventDetail::DismissedReview { state, review: id, message: None };
                tracker.add_event(after.pull_request, "review_dismissed", detail, moment);
            }
            after.author
        });
        self.ensure_accounts(author);
    }
}

impl Tracker {
    /// Adds a review: its serial number.
    pub(super) fn add_review(&mut self, number: u64, state: ReviewState, body: &str, at: i64, author: &str) -> u64 {
        let serial = self.next_serial();
        let pull_request = self.pull_request_mut(number);
        pull_request.reviews.push(serial);
        let review = Review {
            author: Some(author.to_owned()),
            body: body.to_owned(),
            state,
            submitted_at: (state != ReviewState::Pending).then_some(at),
            updated_at: at,
            commit: Some(pull_request.head_sha.clone()),
            extra: Map::new(),
            pull_request: number,
        };
        self.reviews.insert(serial, review);
        self.issue_mut(number).updated_at = at;
        serial
    }
}
