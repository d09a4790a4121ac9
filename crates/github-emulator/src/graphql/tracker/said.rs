//! What issues, pull requests, comments and reviews have in common: that someone said it.

use super::Place;
use super::people::{actor, association};
use super::reaction;
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::page::{KeyedList, PAGE};
use crate::graphql::query::nullable;
use crate::graphql::value::{Failure, Resolved};
use crate::representation::time;
use crate::tracker::Reaction;

/// The greatest number of GraphQL's type `Int`.
const INT_LIMIT: u64 = i32::MAX as u64;

/// Something that someone said.
pub(super) struct Said<'a> {
    pub(super) kind: &'a str,
    /// What the global id names.
    pub(super) number: u64,
    pub(super) serial: u64,
    pub(super) author: Option<&'a str>,
    pub(super) body: &'a str,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    /// Whether an update of it is an edit of its text.
    pub(super) is_edited_when_updated: bool,
    pub(super) reactions: &'a [Reaction],
    /// The path of its page below the repository's.
    pub(super) path: String,
}

impl Said<'_> {
    /// A field, if there is one of that name.
    pub(super) fn resolve(
        &self,
        context: &Context<'_>,
        place: &Place,
        arguments: &Arguments<'_>,
    ) -> Result<Option<Resolved>, Failure> {
        let id = place.0.tracker_id(self.serial);
        let edited = (self.is_edited_when_updated && self.updated_at > self.created_at).then_some(self.updated_at);
        let leaf = match arguments.field {
            "id" => place.node_id(self.kind, self.number),
            // Ids which do not fit are not told.
            "databaseId" => nullable(Some(id).filter(|&id| id <= INT_LIMIT)),
            "fullDatabaseId" => id.to_string().into(),
            "author" => actor(context, self.author),
            "authorAssociation" => association(context, place, self.author).into(),
            "editor" => edited.map_or(Resolved::NULL, |_| actor(context, self.author)),
            "body" | "bodyText" => self.body.into(),
            "bodyHTML" => format!("<p dir=\"auto\">{}</p>", self.body).into(),
            "createdAt" | "publishedAt" => time(self.created_at).into(),
            "updatedAt" => time(self.updated_at).into(),
            "lastEditedAt" => nullable(edited.map(time)),
            "createdViaEmail" | "includesCreatedEdit" => false.into(),
            "url" | "permalink" | "bodyUrl" => place.url(context, &self.path).into(),
            "resourcePath" | "bodyResourcePath" => place.path(&self.path).into(),
            "repository" => place.repository(),
            "viewerDidAuthor" => (self.author.is_some() && self.author == context.caller.login()).into(),
            "viewerCanReact" | "viewerCanUpdate" | "viewerCanDelete" | "viewerCanMinimize" => false.into(),
            "reactionGroups" => reaction::groups(context, self.reactions),
            "reactions" => return reaction::list(context, place, arguments, self.reactions).map(Some),
            "userContentEdits" => {
                arguments.only(&PAGE)?;
                let names = ("UserContentEditConnection", "UserContentEditEdge");
                return KeyedList::of_places(0).page(names, arguments, |_| Resolved::NULL).map(Some);
            }
            _ => return Ok(None),
        };
        arguments.only(&[])?;
        Ok(Some(leaf))
    }
}

/// Whether a comment is hidden, and why.
pub(super) fn minimized(field: &str, reason: Option<&str>) -> Option<Resolved> {
    match field {
        "isMinimized" => Some(reason.is_some().into()),
        "minimizedReason" => Some(nullable(reason)),
        _ => None,
    }
}
