//! People: who wrote, did, or is to do something.

use super::Place;
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::page::{KeyedList, PAGE};
use crate::graphql::query::account;
use crate::graphql::value::{Object, Outcome, Resolved};

/// An account; none for who is gone.
pub(super) fn actor(context: &Context<'_>, login: Option<&str>) -> Resolved {
    let state = context.github.state();
    let Some(found) = login.and_then(|login| state.account(login)) else {
        return Resolved::NULL;
    };
    let mut resolved = account(context, found);
    if let Resolved::Object(Object::Plain { fields, .. }) = &mut resolved {
        let avatar = format!("{}/avatars/u/{}?v=4", context.base.origin, found.id);
        let more = [
            ("avatarUrl", avatar.into()),
            ("resourcePath", format!("/{}", found.login).into()),
            ("name", Resolved::NULL),
            ("email", "".into()),
        ];
        for (name, value) in more {
            if !fields.iter().any(|(known, _)| *known == name) {
                fields.push((name, value));
            }
        }
    }
    resolved
}

/// A list of people.
pub(super) fn people(context: &Context<'_>, arguments: &Arguments<'_>, logins: &[String]) -> Outcome {
    arguments.only(&PAGE)?;
    let list = KeyedList::of_places(logins.len());
    list.page(("UserConnection", "UserEdge"), arguments, |index| actor(context, logins.get(index).map(String::as_str)))
}

/// What an author is to the repository.
pub(super) fn association(context: &Context<'_>, place: &Place, author: Option<&str>) -> &'static str {
    let owner = &place.0.owner;
    match author {
        Some(author) if author.eq_ignore_ascii_case(owner) => "OWNER",
        Some(author) if context.github.state().is_member(owner, author) => "MEMBER",
        _ => "NONE",
    }
}
