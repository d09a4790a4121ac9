//! Discussions with their comments and replies.

use super::said::{Said, minimized};
use super::subject::page_alone;
use super::{Place, label, people};
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::page::{Key, KeyedList};
use crate::graphql::query::nullable;
use crate::graphql::value::{Failure, Fields, Outcome, Resolved};
use crate::representation::time;
use crate::tracker::{Discussion, Poll};

#[derive(Debug)]
struct DiscussionNode {
    place: Place,
    number: u64,
}

/// A comment or a reply.
#[derive(Debug)]
struct CommentNode {
    place: Place,
    serial: u64,
}

/// A discussion, if there is one of that number.
pub(super) fn numbered(place: &Place, number: u64) -> Option<Resolved> {
    let place = place.clone();
    place.tracker().discussions.contains_key(&number).then(|| Resolved::lazy(DiscussionNode { place, number }))
}

/// A comment or a reply, if there is one of that serial number.
pub(super) fn comment(place: &Place, serial: u64) -> Option<Resolved> {
    let place = place.clone();
    place.tracker().discussion_comments.contains_key(&serial).then(|| Resolved::lazy(CommentNode { place, serial }))
}

/// The discussions of a repository, those that changed last first unless ordered.
pub(super) fn list(place: &Place, arguments: &Arguments<'_>) -> Outcome {
    arguments.only(&["first", "after", "last", "before", "orderBy", "answered", "categoryId", "states"])?;
    let (by_creation, descending) = match arguments.order()? {
        None => (false, true),
        Some(("UPDATED_AT", descending)) => (false, descending),
        Some(("CREATED_AT", descending)) => (true, descending),
        Some((field, _)) => return Err(arguments.wrong("orderBy", &field.into())),
    };
    let key = |found: &Discussion| (if by_creation { found.created_at } else { found.updated_at }, found.number);
    let mut keys: Vec<Key> = place.tracker().discussions.values().map(key).collect();
    keys.sort_unstable();
    if descending {
        keys.reverse();
    }
    let list = KeyedList { keys, descending };
    list.page(("DiscussionConnection", "DiscussionEdge"), arguments, |index| {
        Resolved::optional(numbered(place, list.keys[index].1))
    })
}

fn comments(place: &Place, arguments: &Arguments<'_>, serials: &[u64]) -> Outcome {
    page_alone(arguments)?;
    let list = KeyedList { keys: serials.iter().map(|&serial| (0, serial)).collect(), descending: false };
    let names = ("DiscussionCommentConnection", "DiscussionCommentEdge");
    list.page(names, arguments, |index| Resolved::optional(comment(place, serials[index])))
}

fn category(place: &Place, name: &str) -> Resolved {
    let slug = name.to_ascii_lowercase().replace(' ', "-");
    Resolved::object(
        "DiscussionCategory",
        [
            ("id", format!("{}-{slug}", place.0.id).into()),
            ("name", name.into()),
            ("slug", slug.into()),
            ("emoji", ":speech_balloon:".into()),
            ("description", Resolved::NULL),
            ("isAnswerable", (name == "Q&A").into()),
        ],
    )
}

#[derive(Debug)]
struct PollNode(Poll);

impl Fields for PollNode {
    fn type_name(&self) -> &'static str {
        "DiscussionPoll"
    }

    fn resolve(&self, _: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        let Poll { question, options } = &self.0;
        Ok(Some(match arguments.field {
            "question" => question.clone().into(),
            "totalVoteCount" => options.iter().map(|(_, votes)| votes).sum::<u64>().into(),
            "options" => {
                arguments.only(&["first", "after", "last", "before", "orderBy"])?;
                let names = ("DiscussionPollOptionConnection", "DiscussionPollOptionEdge");
                let list = KeyedList::of_places(options.len());
                return list
                    .page(names, arguments, |index| {
                        let (option, votes) = &options[index];
                        let option = ("option", option.clone().into());
                        Resolved::object("DiscussionPollOption", [option, ("totalVoteCount", (*votes).into())])
                    })
                    .map(Some);
            }
            _ => return Ok(None),
        }))
    }
}

impl Fields for DiscussionNode {
    fn type_name(&self) -> &'static str {
        "Discussion"
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        let place = &self.place;
        let Some(found) = place.tracker().discussions.get(&self.number) else { return Ok(None) };
        Ok(Some(match arguments.field {
            "number" => found.number.into(),
            "title" => found.title.clone().into(),
            "databaseId" => found.serial.into(),
            "category" => category(place, &found.category),
            "answer" => Resolved::optional(found.answer.and_then(|answer| comment(place, answer))),
            "answerChosenAt" => nullable(found.answer.map(|_| time(found.updated_at))),
            "answerChosenBy" => {
                found.answer.map_or(Resolved::NULL, |_| people::actor(context, found.author.as_deref()))
            }
            "isAnswered" => found.answer.is_some().into(),
            "closed" => found.closed.is_some().into(),
            "closedAt" => nullable(found.closed.as_ref().map(|_| time(found.updated_at))),
            "stateReason" => nullable(found.closed.clone()),
            "locked" => found.locked.into(),
            "activeLockReason" => Resolved::NULL,
            "upvoteCount" => found.upvotes.into(),
            "poll" => Resolved::optional(found.poll.clone().map(|poll| Resolved::lazy(PollNode(poll)))),
            "labels" => return label::of_names(place, arguments, &found.labels).map(Some),
            "comments" => return comments(place, arguments, &found.comments).map(Some),
            "lastEditedAt" => nullable(found.edited_at.map(time)),
            "editor" => found.edited_at.map_or(Resolved::NULL, |_| people::actor(context, found.author.as_deref())),
            // The type has no such field.
            "fullDatabaseId" => return Ok(None),
            _ => {
                let said = Said {
                    kind: "D",
                    number: found.number,
                    serial: found.serial,
                    author: found.author.as_deref(),
                    body: &found.body,
                    created_at: found.created_at,
                    updated_at: found.updated_at,
                    is_edited_when_updated: false,
                    reactions: &found.reactions,
                    path: format!("/discussions/{}", found.number),
                };
                return said.resolve(context, place, arguments);
            }
        }))
    }
}

impl Fields for CommentNode {
    fn type_name(&self) -> &'static str {
        "DiscussionComment"
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        let place = &self.place;
        let Some(found) = place.tracker().discussion_comments.get(&self.serial) else { return Ok(None) };
        let discussion = place.tracker().discussions.get(&found.discussion);
        Ok(Some(match arguments.field {
            "databaseId" => self.serial.into(),
            "discussion" => Resolved::optional(numbered(place, found.discussion)),
            "replyTo" => Resolved::optional(found.reply_to.and_then(|to| comment(place, to))),
            "replies" => return comments(place, arguments, &found.replies).map(Some),
            "isAnswer" => discussion.is_some_and(|discussion| discussion.answer == Some(self.serial)).into(),
            "upvoteCount" => found.upvotes.into(),
            "deletedAt" => Resolved::NULL,
            "fullDatabaseId" => return Ok(None),
            field => match minimized(field, found.minimized.as_deref()) {
                Some(resolved) => resolved,
                None => {
                    let said = Said {
                        kind: "DC",
                        number: self.serial,
                        serial: self.serial,
                        author: found.author.as_deref(),
                        body: &found.body,
                        created_at: found.created_at,
                        updated_at: found.updated_at,
                        is_edited_when_updated: true,
                        reactions: &found.reactions,
                        path: format!("/discussions/{}#discussioncomment-{}", found.discussion, self.serial),
                    };
                    return said.resolve(context, place, arguments);
                }
            },
        }))
    }
}
