//! The orders in which lists come, kept until something changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::Tracker;

/// What a list is sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum By {
    Created,
    Updated,
    Comments,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum List {
    Issues,
    PullRequests,
    Comments,
    ReviewComments,
}

/// Numbers or serial numbers in an order.
type Order = Arc<Vec<u64>>;

/// Orders which were asked for since the tracker last changed. A repository with a hundred
/// thousand issues is not sorted anew for each page.
#[derive(Default, Debug)]
pub(crate) struct Orders {
    known: Mutex<HashMap<(List, By), Order>>,
    open: OnceLock<usize>,
}

impl Clone for Orders {
    fn clone(&self) -> Orders {
        Orders::default()
    }
}

impl Orders {
    /// The numbers of issues and pull requests, ascending.
    pub(crate) fn issues(&self, tracker: &Tracker, by: By) -> Order {
        let of = |number: &u64| tracker.issues.get(number).map_or(0, |issue| issue_key(issue, by));
        self.order(List::Issues, by, || tracker.issues.keys().copied().collect(), of)
    }

    /// The numbers of pull requests, ascending.
    pub(crate) fn pull_requests(&self, tracker: &Tracker, by: By) -> Order {
        let of = |number: &u64| tracker.issues.get(number).map_or(0, |issue| issue_key(issue, by));
        let all = || {
            let found = tracker.issues.iter().filter(|(_, issue)| issue.pull_request.is_some());
            found.map(|(&number, _)| number).collect()
        };
        self.order(List::PullRequests, by, all, of)
    }

    /// The serial numbers of comments in issues and pull requests, ascending.
    pub(crate) fn comments(&self, tracker: &Tracker, by: By) -> Order {
        let of = |serial: &u64| {
            let found = tracker.comments.get(serial);
            found.map_or(0, |comment| if by == By::Updated { comment.updated_at } else { comment.created_at })
        };
        self.order(List::Comments, by, || tracker.comments.keys().copied().collect(), of)
    }

    /// The serial numbers of comments on lines, ascending.
    pub(crate) fn review_comments(&self, tracker: &Tracker, by: By) -> Order {
        let of = |serial: &u64| {
            let found = tracker.review_comments.get(serial);
            found.map_or(0, |comment| if by == By::Updated { comment.updated_at } else { comment.created_at })
        };
        self.order(List::ReviewComments, by, || tracker.review_comments.keys().copied().collect(), of)
    }

    pub(super) fn open_count(&self, tracker: &Tracker) -> usize {
        *self.open.get_or_init(|| tracker.issues.values().filter(|issue| issue.is_open()).count())
    }

    fn order(&self, list: List, by: By, all: impl FnOnce() -> Vec<u64>, of: impl FnMut(&u64) -> i64) -> Order {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.entry((list, by)).or_insert_with(|| {
            let mut sorted = all();
            sorted.sort_by_cached_key(of);
            Arc::new(sorted)
        });
        found.clone()
    }
}

fn issue_key(issue: &super::Issue, by: By) -> i64 {
    match by {
        By::Created => issue.created_at,
        By::Updated => issue.updated_at,
        By::Comments => i64::try_from(issue.comments.len()).unwrap_or(i64::MAX),
    }
}
