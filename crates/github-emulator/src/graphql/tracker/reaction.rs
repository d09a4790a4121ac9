//! Reactions.

use super::Place;
use super::people::actor;
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::page::{KeyedList, PAGE};
use crate::graphql::query::nullable;
use crate::graphql::value::{Failure, Fields, Outcome, Resolved};
use crate::representation::time;
use crate::tracker::{REACTIONS, Reaction};

/// The reactions of a kind to something.
#[derive(Debug)]
struct Group {
    content: &'static str,
    reactions: Vec<Reaction>,
    viewer_has_reacted: bool,
}

/// The reactions to something, by kind.
pub(super) fn groups(context: &Context<'_>, reactions: &[Reaction]) -> Resolved {
    let group = |&(name, content): &(&str, &'static str)| {
        let reactions: Vec<Reaction> = reactions.iter().filter(|reaction| reaction.content == name).cloned().collect();
        let viewer_has_reacted =
            reactions.iter().any(|reaction| context.caller.login() == Some(reaction.author.as_str()));
        Ok(Resolved::lazy(Group { content, reactions, viewer_has_reacted }))
    };
    Resolved::List(REACTIONS.iter().map(group).collect())
}

impl Fields for Group {
    fn type_name(&self) -> &'static str {
        "ReactionGroup"
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        let leaf = match arguments.field {
            "content" => self.content.into(),
            "createdAt" => nullable(self.reactions.first().map(|reaction| time(reaction.created_at))),
            "viewerHasReacted" => self.viewer_has_reacted.into(),
            "reactors" | "users" => {
                arguments.only(&PAGE)?;
                let list = KeyedList::of_places(self.reactions.len());
                let names = match arguments.field {
                    "users" => ("ReactingUserConnection", "ReactingUserEdge"),
                    _ => ("ReactorConnection", "ReactorEdge"),
                };
                let show = |index: usize| actor(context, Some(&self.reactions[index].author));
                return list.page(names, arguments, show).map(Some);
            }
            _ => return Ok(None),
        };
        arguments.only(&[])?;
        Ok(Some(leaf))
    }
}

/// The reactions to something, the oldest first.
pub(super) fn list(context: &Context<'_>, place: &Place, arguments: &Arguments<'_>, reactions: &[Reaction]) -> Outcome {
    arguments.only(&["first", "after", "last", "before", "content", "orderBy"])?;
    let wanted = arguments.text("content")?;
    let names =
        |reaction: &Reaction| REACTIONS.iter().find(|(name, _)| *name == reaction.content).map(|(_, name)| *name);
    let found: Vec<&Reaction> =
        reactions.iter().filter(|reaction| wanted.is_none_or(|wanted| names(reaction) == Some(wanted))).collect();
    let mut keys: Vec<_> = found.iter().map(|reaction| (reaction.created_at, reaction.serial)).collect();
    let descending = arguments.order()?.is_some_and(|(_, descending)| descending);
    if descending {
        keys.reverse();
    }
    let list = KeyedList { keys, descending };
    list.page(("ReactionConnection", "ReactionEdge"), arguments, |index| {
        let serial = list.keys[index].1;
        let reaction = found.iter().find(|reaction| reaction.serial == serial);
        Resolved::optional(reaction.map(|reaction| {
            Resolved::object(
                "Reaction",
                [
                    ("id", place.node_id("REA", serial)),
                    ("databaseId", Resolved::NULL),
                    ("content", nullable(names(reaction))),
                    ("createdAt", time(reaction.created_at).into()),
                    ("user", actor(context, Some(&reaction.author))),
                ],
            )
        }))
    })
}
