//! Comments on the lines of pull requests.

use serde_json::{Map, Value};

use super::review::ReviewState;
use super::{Reaction, Tracker};
use crate::repository::Repository;

/// A comment on a line of a pull request. Times are seconds since the epoch.
#[derive(Clone, PartialEq, Debug)]
pub struct ReviewComment {
    /// The file.
    pub path: String,
    /// The line of the file; none when the line is no longer there.
    pub line: Option<u64>,
    /// The line of the file when it was written.
    pub original_line: u64,
    /// The lines it is about, as a diff.
    pub diff_hunk: String,
    /// The text, Markdown.
    pub body: String,
    /// The login of who wrote it; nobody when the account is gone.
    pub author: Option<String>,
    /// The commit it is about.
    pub commit: String,
    /// When it was written.
    pub created_at: i64,
    /// When it was last edited.
    pub updated_at: i64,
    /// What people felt about it.
    pub reactions: Vec<Reaction>,
    /// Fields to add to it in REST answers.
    pub extra: Map<String, Value>,
    /// The number of its pull request.
    pub(crate) pull_request: u64,
    pub(crate) review: u64,
    /// The comment which began the thread, unless it is this one.
    pub(crate) in_reply_to: Option<u64>,
}

/// A comment before it is there.
pub(super) struct Remark<'a> {
    pub(super) path: &'a str,
    pub(super) line: u64,
    pub(super) body: &'a str,
    pub(super) in_reply_to: Option<u64>,
}

impl Repository {
    /// Comments on a line of a pull request, which begins a thread: the comment's id. As on
    /// GitHub there is a review of its own for it.
    pub fn review_comment(&self, number: u64, path: &str, line: u64, body: &str) -> u64 {
        let serial = self.change_tracker(|tracker, moment| {
            let review = tracker.add_review(number, ReviewState::Commented, "", moment.at, &moment.actor);
            let remark = Remark { path, line, body, in_reply_to: None };
            tracker.add_review_comment(review, &remark, moment.at, &moment.actor)
        });
        self.tracker_id(serial)
    }

    /// Comments on a line as a part of a review: the comment's id.
    pub fn review_comment_in(&self, review: u64, path: &str, line: u64, body: &str) -> u64 {
        let review = self.serial(review);
        let serial = self.change_tracker(|tracker, moment| {
            let remark = Remark { path, line, body, in_reply_to: None };
            tracker.add_review_comment(review, &remark, moment.at, &moment.actor)
        });
        self.tracker_id(serial)
    }

    /// Answers a comment on a line: the answer's id.
    pub fn reply_to_review_comment(&self, id: u64, body: &str) -> u64 {
        let serial = self.serial(id);
        let serial = self.change_tracker(|tracker, moment| {
            let parent = tracker.review_comments.get(&serial).expect("a review comment which is there").clone();
            let review = tracker.add_review(parent.pull_request, ReviewState::Commented, "", moment.at, &moment.actor);
            let in_reply_to = Some(parent.in_reply_to.unwrap_or(serial));
            let remark = Remark { path: &parent.path, line: parent.original_line, body, in_reply_to };
            tracker.add_review_comment(review, &remark, moment.at, &moment.actor)
        });
        self.tracker_id(serial)
    }

    /// Changes a comment on a line. It is an update of it and of its pull request, unless
    /// `change` sets the time of the update itself.
    pub fn edit_review_comment(&self, id: u64, change: impl FnOnce(&mut ReviewComment)) {
        let serial = self.serial(id);
        let author = self.change_tracker(|tracker, moment| {
            let comment = tracker.review_comments.get_mut(&serial).expect("a review comment which is there");
            let updated_at = comment.updated_at;
            change(comment);
            if comment.updated_at == updated_at {
                comment.updated_at = moment.at;
            }
            let (number, author) = (comment.pull_request, comment.author.clone());
            tracker.issue_mut(number).updated_at = moment.at;
            author
        });
        self.ensure_accounts(author);
    }

    /// Deletes a comment on a line, which updates its pull request.
    pub fn delete_review_comment(&self, id: u64) {
        let serial = self.serial(id);
        self.change_tracker(|tracker, moment| {
            let comment = tracker.review_comments.remove(&serial).expect("a review comment which is there");
            let number = comment.pull_request;
            tracker.pull_request_mut(number).review_comments.retain(|&other| other != serial);
            tracker.issue_mut(number).updated_at = moment.at;
        });
    }

    /// Resolves the thread which a comment on a line began, or unresolves it. It is no update.
    pub fn resolve_review_thread(&self, id: u64, resolved: bool) {
        let serial = self.serial(id);
        self.change_tracker(
            |tracker, _| {
                if resolved { tracker.resolved.insert(serial) } else { tracker.resolved.remove(&serial) }
            },
        );
    }
}

impl Tracker {
    /// Adds a comment to a review: its serial number.
    pub(super) fn add_review_comment(&mut self, review: u64, remark: &Remark<'_>, at: i64, author: &str) -> u64 {
        let serial = self.next_serial();
        let number = self.reviews.get(&review).expect("a review which is there").pull_request;
        let pull_request = self.pull_request_mut(number);
        pull_request.review_comments.push(serial);
        let comment = ReviewComment {
            path: remark.path.to_owned(),
            line: Some(remark.line),
            original_line: remark.line,
            diff_hunk: format!("@@ -{0},1 +{0},1 @@\n+line {0}", remark.line),
            body: remark.body.to_owned(),
            author: Some(author.to_owned()),
            commit: pull_request.head_sha.clone(),
            created_at: at,
            updated_at: at,
            reactions: Vec::new(),
            extra: Map::new(),
            pull_request: number,
            review,
            in_reply_to: remark.in_reply_to,
        };
        self.review_comments.insert(serial, comment);
        self.issue_mut(number).updated_at = at;
        serial
    }
}
