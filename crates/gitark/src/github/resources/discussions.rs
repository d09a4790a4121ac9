//! Discussions, which REST does not list.

use serde_json::Value;

use super::{
    Asked, Document, Pace, Resource, Step, Way,
    batch::{Batch, Mark, Parents},
    graphql::List,
};
use crate::metadata_path::file_name;

/// What discussions and comments have in common: that someone said it.
macro_rules! said {
    () => {
        "author { __typename login } authorAssociation createdAt publishedAt lastEditedAt \
         editor { __typename login } url reactionGroups { content reactors { totalCount } }"
    };
}

pub(super) const DISCUSSIONS: Resource = Resource {
    name: "discussions",
    what: "discussions with their comments and replies, answers, polls and votes counted",
    endpoint: "POST /graphql: repository.discussions",
    permission: "discussions",
    pace: Pace::EachPass,
    asked: Asked::InBatches,
    changes: "the newest down to what was read; a full check for votes, reactions and answers since",
    files: "discussions/<thousand>/<number>/discussion.json, discussions/<thousand>/<number>/comments/<id>.json",
    way: Way::Batch(Batch {
        parents: Parents::Discussions,
        at_once: 25,
        fields: concat!(
            "databaseId title body category { name slug emoji description isAnswerable } isAnswered answerChosenAt \
             answerChosenBy { __typename login } answer { id databaseId } closed closedAt stateReason locked \
             activeLockReason upvoteCount labels(first: 100) { nodes { name color } } \
             poll { question totalVoteCount options(first: 100) { nodes { option totalVoteCount } } } ",
            said!()
        ),
        lists: &[List {
            of: "Discussion",
            name: "comments",
            first: 25,
            fields: &[COMMENT],
            lists: &[List { of: "DiscussionComment", name: "replies", first: 25, fields: &[COMMENT], lists: &[] }],
        }],
        mark: Some(Mark {
            fields: "upvoteCount isAnswered closed locked category { name } poll { totalVoteCount } \
                reactionGroups { content reactors { totalCount } } \
                comments(first: 100) { totalCount nodes { updatedAt upvoteCount isMinimized replies { totalCount } } }",
            of: mark,
        }),
        files,
    }),
};

/// What is asked of a comment, and of a reply.
const COMMENT: &str = concat!(
    "id databaseId body isAnswer isMinimized minimizedReason deletedAt upvoteCount updatedAt replyTo { id databaseId } ",
    said!()
);

/// A file for the discussion, and one for each comment and each reply.
fn files(directory: &str, mut discussion: Value, step: &mut Step) {
    step.renewed.push(format!("{directory}/comments"));
    for mut comment in taken(&mut discussion, "comments") {
        let replies = taken(&mut comment, "replies");
        for said in std::iter::once(comment).chain(replies).filter(|said| !said.is_null()) {
            match name(&said) {
                Some(name) => {
                    step.documents.push(Document { path: format!("{directory}/comments/{name}.json"), value: said });
                }
                None => step.odd.push(format!("a comment of {directory} has no id")),
            }
        }
    }
    step.documents.push(Document { path: format!("{directory}/discussion.json"), value: discussion });
}

/// The items of a list, of which the count alone is left.
fn taken(of: &mut Value, list: &str) -> Vec<Value> {
    match of.get_mut(list).and_then(|list| list.as_object_mut()?.shift_remove("nodes")) {
        Some(Value::Array(nodes)) => nodes,
        _ => Vec::new(),
    }
}

/// The number of the address for people, `#discussioncomment-<number>`; the id of GraphQL where it tells none.
fn name(comment: &Value) -> Option<String> {
    let number = comment.get("databaseId").and_then(Value::as_u64).map(|number| number.to_string());
    number.or_else(|| comment.get("id").and_then(Value::as_str).map(file_name))
}

/// What votes, reactions and answers leave behind, which leave the time of a discussion as it was.
fn mark(discussion: &Value) -> Value {
    let comments = discussion.pointer("/comments/nodes").and_then(Value::as_array).into_iter().flatten().take(100);
    let comments = comments.map(|comment| {
        let replies = comment.pointer("/replies/totalCount");
        let fields = ["updatedAt", "upvoteCount", "isMinimized"].map(|field| comment.get(field));
        fields.into_iter().chain([replies]).map(|field| field.cloned().unwrap_or_default()).collect::<Vec<_>>()
    });
    let fields = ["updatedAt", "upvoteCount", "isAnswered", "closed", "locked", "reactionGroups"];
    let of_all = ["/category/name", "/poll/totalVoteCount", "/comments/totalCount"];
    let fields = fields.map(|field| discussion.get(field)).into_iter();
    let fields = fields.chain(of_all.map(|pointer| discussion.pointer(pointer)));
    let mut mark: Vec<Value> = fields.map(|field| field.cloned().unwrap_or_default()).collect();
    mark.extend(comments.map(Value::from));
    mark.into()
}
