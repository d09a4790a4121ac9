//! Discussions, which GraphQL alone tells of.

use super::{Reaction, Tracker};
use crate::repository::Repository;

/// A discussion. Times are seconds since the epoch, people are named by their logins.
#[derive(Clone, PartialEq, Debug)]
pub struct Discussion {
    /// The title.
    pub title: String,
    /// The text, Markdown.
    pub body: String,
    /// Who began it; nobody when the account is gone.
    pub author: Option<String>,
    /// The name of its category.
    pub category: String,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// The id of the comment that answers it.
    pub answer: Option<u64>,
    /// The question that people vote on, and the votes of each answer.
    pub poll: Option<Poll>,
    /// How many people want it to be seen.
    pub upvotes: u64,
    /// Why it was closed: `RESOLVED`, `OUTDATED` or `DUPLICATE`.
    pub closed: Option<String>,
    /// Whether comments are closed.
    pub locked: bool,
    /// When it was begun.
    pub created_at: i64,
    /// When anything in it last changed.
    pub updated_at: i64,
    /// When its text was last edited.
    pub edited_at: Option<i64>,
    /// What people felt about it.
    pub reactions: Vec<Reaction>,
    pub(crate) number: u64,
    pub(crate) serial: u64,
    /// The comments in it, without replies, the oldest first.
    pub(crate) comments: Vec<u64>,
}

/// A question that people vote on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Poll {
    /// The question.
    pub question: String,
    /// What can be voted for, and how many did.
    pub options: Vec<(String, u64)>,
}

/// A comment in a discussion, or a reply to one. Times are seconds since the epoch.
#[derive(Clone, PartialEq, Debug)]
pub struct DiscussionComment {
    /// The text, Markdown.
    pub body: String,
    /// The login of who wrote it; nobody when the account is gone.
    pub author: Option<String>,
    /// How many people want it to be seen.
    pub upvotes: u64,
    /// When it was written.
    pub created_at: i64,
    /// When it was last edited.
    pub updated_at: i64,
    /// What people felt about it.
    pub reactions: Vec<Reaction>,
    /// Why it is hidden.
    pub minimized: Option<String>,
    pub(crate) discussion: u64,
    /// What it is a reply to.
    pub(crate) reply_to: Option<u64>,
    /// The replies to it, the oldest first.
    pub(crate) replies: Vec<u64>,
}

impl Repository {
    /// Begins a discussion: its number.
    pub fn open_discussion(&self, category: &str, title: &str, body: &str) -> u64 {
        self.change_tracker(|tracker, moment| {
            let (number, serial) = (tracker.next_number(), tracker.next_serial());
            let discussion = Discussion {
                title: title.to_owned(),
                body: body.to_owned(),
                author: Some(moment.actor.clone()),
                category: category.to_owned(),
                labels: Vec::new(),
                answer: None,
                poll: None,
                upvotes: 0,
                closed: None,
                locked: false,
                created_at: moment.at,
                updated_at: moment.at,
                edited_at: None,
                reactions: Vec::new(),
                number,
                serial,
                comments: Vec::new(),
            };
            tracker.discussions.insert(number, discussion);
            number
        })
    }

    /// Changes a discussion. It counts as an update unless `change` sets the time of the update itself.
    pub fn edit_discussion(&self, number: u64, change: impl FnOnce(&mut Discussion)) {
        let author = self.change_tracker(|tracker, moment| {
            let discussion = tracker.discussion_mut(number);
            let before = discussion.clone();
            change(discussion);
            if discussion.updated_at == before.updated_at {
                discussion.updated_at = moment.at;
            }
            if discussion.body != before.body {
                discussion.edited_at = Some(moment.at);
            }
            let after = discussion.clone();
            after.labels.iter().for_each(|label| tracker.ensure_label(label));
            after.author
        });
        self.ensure_accounts(author);
    }

    /// Deletes a discussion with all that is in it.
    pub fn delete_discussion(&self, number: u64) {
        self.change_tracker(|tracker, _| {
            tracker.discussions.remove(&number).expect("a discussion which is there");
            tracker.discussion_comments.retain(|_, comment| comment.discussion != number);
        });
    }

    /// Comments on a discussion: the comment's id.
    pub fn comment_on_discussion(&self, number: u64, body: &str) -> u64 {
        self.discuss(number, None, body)
    }

    /// Replies to a comment of a discussion: the reply's id.
    pub fn reply_in_discussion(&self, comment: u64, body: &str) -> u64 {
        let number = self.look(|tracker| tracker.discussion_comments[&comment].discussion);
        self.discuss(number, Some(comment), body)
    }

    fn discuss(&self, number: u64, reply_to: Option<u64>, body: &str) -> u64 {
        self.change_tracker(|tracker, moment| {
            let serial = tracker.next_serial();
            let comment = DiscussionComment {
                body: body.to_owned(),
                author: Some(moment.actor.clone()),
                upvotes: 0,
                created_at: moment.at,
                updated_at: moment.at,
                reactions: Vec::new(),
                minimized: None,
                discussion: number,
                reply_to,
                replies: Vec::new(),
            };
            let discussion = tracker.discussion_mut(number);
            discussion.updated_at = moment.at;
            match reply_to {
                None => discussion.comments.push(serial),
                Some(to) => tracker.discussion_comment_mut(to).replies.push(serial),
            }
            tracker.discussion_comments.insert(serial, comment);
            serial
        })
    }

    /// Changes a comment or reply. It is an update of it and of its discussion.
    pub fn edit_discussion_comment(&self, id: u64, change: impl FnOnce(&mut DiscussionComment)) {
        let author = self.change_tracker(|tracker, moment| {
            let comment = tracker.discussion_comment_mut(id);
            change(comment);
            comment.updated_at = moment.at;
            let (number, author) = (comment.discussion, comment.author.clone());
            tracker.discussion_mut(number).updated_at = moment.at;
            author
        });
        self.ensure_accounts(author);
    }

    /// Deletes a comment with its replies, or a reply.
    pub fn delete_discussion_comment(&self, id: u64) {
        self.change_tracker(|tracker, moment| {
            let comment = tracker.discussion_comments.remove(&id).expect("a comment which is there");
            for reply in &comment.replies {
                tracker.discussion_comments.remove(reply);
            }
            if let Some(to) = comment.reply_to {
                tracker.discussion_comment_mut(to).replies.retain(|&other| other != id);
            }
            let discussion = tracker.discussion_mut(comment.discussion);
            discussion.comments.retain(|&other| other != id);
            discussion.updated_at = moment.at;
        });
    }
}

impl Tracker {
    fn discussion_mut(&mut self, number: u64) -> &mut Discussion {
        match self.discussions.get_mut(&number) {
            Some(discussion) => discussion,
            None => panic!("there is no discussion {number}"),
        }
    }

    fn discussion_comment_mut(&mut self, id: u64) -> &mut DiscussionComment {
        match self.discussion_comments.get_mut(&id) {
            Some(comment) => comment,
            None => panic!("there is no comment {id} in a discussion"),
        }
    }
}
