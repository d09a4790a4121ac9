//! Comments on commits.

use serde_json::{Map, Value};

use super::Reaction;
use crate::repository::Repository;

/// A comment on a commit. Times are seconds since the epoch.
#[derive(Clone, PartialEq, Debug)]
pub struct CommitComment {
    /// The commit's oid.
    pub commit: String,
    /// The file it is about.
    pub path: Option<String>,
    /// The line of the file.
    pub line: Option<u64>,
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
    /// Fields to add to it in REST answers.
    pub extra: Map<String, Value>,
}

impl Repository {
    /// Comments on a commit: the comment's id.
    pub fn comment_on_commit(&self, commit: &str, body: &str) -> u64 {
        let serial = self.change_tracker(|tracker, moment| {
            let serial = tracker.next_serial();
            let comment = CommitComment {
                commit: commit.to_owned(),
                path: None,
                line: None,
                body: body.to_owned(),
                author: Some(moment.actor.clone()),
                created_at: moment.at,
                updated_at: moment.at,
                reactions: Vec::new(),
                extra: Map::new(),
            };
            tracker.commit_comments.insert(serial, comment);
            serial
        });
        self.tracker_id(serial)
    }

    /// Changes a comment on a commit. It counts as an update unless `change` sets the time of the
    /// update itself.
    pub fn edit_commit_comment(&self, id: u64, change: impl FnOnce(&mut CommitComment)) {
        let serial = self.serial(id);
        let author = self.change_tracker(|tracker, moment| {
            let comment = tracker.commit_comments.get_mut(&serial).expect("a comment which is there");
            let updated_at = comment.updated_at;
            change(comment);
            if comment.updated_at == updated_at {
                comment.updated_at = moment.at;
            }
            comment.author.clone()
        });
        self.ensure_accounts(author);
    }

    /// Deletes a comment on a commit.
    pub fn delete_commit_comment(&self, id: u64) {
        let serial = self.serial(id);
        self.change_tracker(|tracker, _| tracker.commit_comments.remove(&serial).expect("a comment which is there"));
    }
}
