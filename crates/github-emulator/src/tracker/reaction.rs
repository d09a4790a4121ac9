//! Reactions: what people feel about something that was said.

use super::Tracker;
use crate::repository::Repository;

/// The reactions there are, in the order of REST answers, with their names in GraphQL.
pub(crate) const REACTIONS: [(&str, &str); 8] = [
    ("+1", "THUMBS_UP"),
    ("-1", "THUMBS_DOWN"),
    ("laugh", "LAUGH"),
    ("hooray", "HOORAY"),
    ("confused", "CONFUSED"),
    ("heart", "HEART"),
    ("rocket", "ROCKET"),
    ("eyes", "EYES"),
];

/// A reaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reaction {
    /// `+1`, `-1`, `laugh`, `confused`, `heart`, `hooray`, `rocket` or `eyes`.
    pub content: String,
    /// The login of whose it is.
    pub author: String,
    /// When, in seconds since the epoch.
    pub created_at: i64,
    pub(crate) serial: u64,
}

/// What a reaction is to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReactionSubject {
    /// An issue or pull request, by its number.
    Issue(u64),
    /// A comment of an issue or pull request, by its id.
    Comment(u64),
    /// A comment of a review, by its id.
    ReviewComment(u64),
    /// A comment on a commit, by its id.
    CommitComment(u64),
    /// A discussion, by its number.
    Discussion(u64),
    /// A comment in a discussion, by its id.
    DiscussionComment(u64),
}

impl Repository {
    /// Lets a user, who is created when unknown, react to something. As on GitHub it is no update
    /// of that.
    pub fn react(&self, subject: ReactionSubject, login: &str, content: &str) {
        assert!(REACTIONS.iter().any(|(name, _)| *name == content), "{content} is no reaction");
        self.ensure_accounts([login.to_owned()]);
        let subject = self.without_id(subject);
        self.change_tracker(|tracker, moment| {
            let serial = tracker.next_serial();
            let (content, author) = (content.to_owned(), login.to_owned());
            tracker.reactions(subject).push(Reaction { content, author, created_at: moment.at, serial });
        });
    }

    /// Takes a user's reaction back.
    pub fn unreact(&self, subject: ReactionSubject, login: &str, content: &str) {
        let subject = self.without_id(subject);
        self.change_tracker(|tracker, _| {
            tracker.reactions(subject).retain(|reaction| reaction.author != login || reaction.content != content);
        });
    }

    /// The subject with a serial number in place of the id.
    fn without_id(&self, subject: ReactionSubject) -> ReactionSubject {
        match subject {
            ReactionSubject::Issue(_) | ReactionSubject::Discussion(_) | ReactionSubject::DiscussionComment(_) => {
                subject
            }
            ReactionSubject::Comment(id) => ReactionSubject::Comment(self.serial(id)),
            ReactionSubject::ReviewComment(id) => ReactionSubject::ReviewComment(self.serial(id)),
            ReactionSubject::CommitComment(id) => ReactionSubject::CommitComment(self.serial(id)),
        }
    }
}

impl Tracker {
    fn reactions(&mut self, subject: ReactionSubject) -> &mut Vec<Reaction> {
        let found = match subject {
            ReactionSubject::Issue(number) => self.issues.get_mut(&number).map(|issue| &mut issue.reactions),
            ReactionSubject::Comment(serial) => self.comments.get_mut(&serial).map(|comment| &mut comment.reactions),
            ReactionSubject::ReviewComment(serial) => {
                self.review_comments.get_mut(&serial).map(|comment| &mut comment.reactions)
            }
            ReactionSubject::CommitComment(serial) => {
                self.commit_comments.get_mut(&serial).map(|comment| &mut comment.reactions)
            }
            ReactionSubject::Discussion(number) => self.discussions.get_mut(&number).map(|found| &mut found.reactions),
            ReactionSubject::DiscussionComment(id) => {
                self.discussion_comments.get_mut(&id).map(|comment| &mut comment.reactions)
            }
        };
        found.expect("a subject which is there")
    }
}
