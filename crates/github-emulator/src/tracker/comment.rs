//! Comments in issues and in the conversation of pull requests.

use serde_json::{Map, Value};

use super::Reaction;
use crate::repository::Repository;

/// A comment in an issue or in the conversation of a pull request. Times are seconds since the
/// epoch.
#[derive(Clone, PartialEq, Debug)]
pub struct Comment {
    /// The text, Markdown.
    pub body: String,
    /// The login of who wrote it; nobody when the account is gone.
    pub author: Option<String>,
    /// When it was written.
    pub created_at: i64,
    /// When it was last edited.
    pub updated_at: i64,
    /// What people felt about it.
    pub reactions: Vec<Reaction>,
    /// Why it is hidden: `spam`, `abuse`, `off-topic`, `outdated`, `duplicate` or `resolved`.
    pub minimized: Option<String>,
    /// Fields to add to it in REST answers.
    pub extra: Map<String, Value>,
    /// The number of its issue or pull request.
    pub(crate) issue: u64,
}

impl Comment {
    pub(super) fn new(issue: u64, body: &str, at: i64, author: &str) -> Comment {
        Comment {
            body: body.to_owned(),
            author: Some(author.to_owned()),
            created_at: at,
            updated_at: at,
            reactions: Vec::new(),
            minimized: None,
            extra: Map::new(),
            issue,
        }
    }
}

impl Repository {
    /// Comments on an issue or pull request: the comment's id.
    pub fn comment(&self, number: u64, body: &str) -> u64 {
        let serial = self.change_tracker(|tracker, moment| {
            let serial = tracker.next_serial();
            let issue = tracker.issue_mut(number);
            issue.comments.push(serial);
            issue.updated_at = moment.at;
            tracker.comments.insert(serial, Comment::new(number, body, moment.at, &moment.actor));
            serial
        });
        self.tracker_id(serial)
    }

    /// Changes a comment. It is an update of it and of its issue, unless `change` sets the time
    /// of the update itself.
    pub fn edit_comment(&self, id: u64, change: impl FnOnce(&mut Comment)) {
        let serial = self.serial(id);
        let author = self.change_tracker(|tracker, moment| {
            let comment = tracker.comments.get_mut(&serial).expect("a comment which is there");
            let updated_at = comment.updated_at;
            change(comment);
            if comment.updated_at == updated_at {
                comment.updated_at = moment.at;
            }
            let (issue, author) = (comment.issue, comment.author.clone());
            tracker.issue_mut(issue).updated_at = moment.at;
            author
        });
        self.ensure_accounts(author);
    }

    /// Deletes a comment, which updates its issue.
    pub fn delete_comment(&self, id: u64) {
        let serial = self.serial(id);
        self.change_tracker(|tracker, moment| {
            let comment = tracker.comments.remove(&serial).expect("a comment which is there");
            let issue = tracker.issue_mut(comment.issue);
            issue.comments.retain(|&other| other != serial);
            issue.updated_at = moment.at;
        });
    }
}
