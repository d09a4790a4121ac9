//! The fields of the root.

use serde_json::{Value, json};

use super::Context;
use super::arguments::Arguments;
use super::tracker;
use super::value::{Failure, Object, Outcome, Resolved};
use crate::access::SSO_REQUIRED;
use crate::account::Account;
use crate::caller::Caller;
use crate::entry::Entry;
use crate::representation::{node_id, number_of_node, time};
use crate::state::{Lookup, State};

/// The most ids of `nodes`.
const IDS_LIMIT: usize = 100;

/// A field, if there is one of that name.
pub(super) fn resolve(context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
    let resolved = match arguments.field {
        "viewer" => viewer(context, arguments.only(&[])?),
        "rateLimit" => rate_limit(context, arguments.only(&["dryRun"])?),
        "node" => node(context, arguments.only(&["id"])?.required("id")?),
        "nodes" => nodes(context, arguments.only(&["ids"])?),
        "user" => super::account::named(context, arguments.only(&["login"])?.required("login")?, false),
        "organization" => super::account::named(context, arguments.only(&["login"])?.required("login")?, true),
        "repositoryOwner" => super::account::any(context, arguments.only(&["login"])?.required("login")?),
        "repository" => repository(context, arguments.only(&["owner", "name", "followRenames"])?),
        _ => return Ok(None),
    };
    resolved.map(Some)
}

/// An account.
pub(super) fn account(context: &Context<'_>, account: &Account) -> Resolved {
    Resolved::object(
        if account.is_organization() { "Organization" } else { "User" },
        [
            ("id", node_id(account.kind.as_str(), account.id).into()),
            ("databaseId", account.id.into()),
            ("login", account.login.clone().into()),
            ("url", format!("{}/{}", context.base.origin, account.login).into()),
        ],
    )
}

fn viewer(context: &Context<'_>, _: &Arguments<'_>) -> Outcome {
    let state = context.github.state();
    if let Caller::Installation(token) = context.caller {
        let app = state.installation(token).and_then(|installation| state.apps.apps.get(&installation.app));
        let login = app.map(|app| format!("{}[bot]", app.slug));
        return Ok(Resolved::object("User", [("login", nullable(login))]));
    }
    let login = context.caller.login().and_then(|login| state.account(login));
    login
        .map(|login| account(context, login))
        .ok_or_else(|| Failure::field("FORBIDDEN", "Resource not accessible by integration"))
}

fn rate_limit(context: &Context<'_>, _: &Arguments<'_>) -> Outcome {
    let budget = &context.budget;
    Ok(Resolved::object(
        "RateLimit",
        [
            ("limit", budget.limit.into()),
            ("cost", 1.into()),
            ("nodeCount", 0.into()),
            ("remaining", budget.remaining().into()),
            ("used", budget.used.into()),
            ("resetAt", time(budget.reset).into()),
        ],
    ))
}

fn nodes(context: &Context<'_>, arguments: &Arguments<'_>) -> Outcome {
    let ids = arguments.texts("ids")?.ok_or_else(|| arguments.missing("ids"))?;
    if ids.len() > IDS_LIMIT {
        let message = format!("You may not provide more than {IDS_LIMIT} node ids; you provided {}.", ids.len());
        return Err(Failure::field("ARGUMENT_LIMIT", message));
    }
    Ok(Resolved::List(ids.iter().map(|id| node(context, id)).collect()))
}

fn node(context: &Context<'_>, id: &str) -> Outcome {
    let state = context.github.state();
    let found = match number_of_node(id) {
        Some(("Repository", number)) => {
            let entry = state.repositories.get(&number);
            entry.map(|entry| visible(context, &state, entry)).transpose()?.flatten()
        }
        Some(("UserList", number)) => {
            drop(state);
            super::account::star_list(context, number)
        }
        None => {
            drop(state);
            match super::project::node(context, id) {
                None => tracker::node(context, id)?,
                found => found,
            }
        }
        Some((kind, number)) => state
            .account_by_id(number)
            .filter(|account| account.kind.as_str() == kind)
            .map(|found| account(context, found)),
    };
    found.ok_or_else(|| {
        Failure::field("NOT_FOUND", format!("Could not resolve to a node with the global id of '{id}'."))
    })
}

fn repository(context: &Context<'_>, arguments: &Arguments<'_>) -> Outcome {
    let full_name = format!("{}/{}", arguments.required("owner")?, arguments.required("name")?);
    let follow = arguments.flag("followRenames")?.unwrap_or(true);
    let state = context.github.state();
    let found = match state.lookup(&full_name) {
        Lookup::Found(entry) => visible(context, &state, entry)?,
        Lookup::Moved(entry) if follow => visible(context, &state, entry)?,
        Lookup::Moved(_) | Lookup::Unknown => None,
    };
    found.ok_or_else(|| {
        Failure::field("NOT_FOUND", format!("Could not resolve to a Repository with the name '{full_name}'."))
    })
}

/// A repository if the caller may know of it.
pub(super) fn visible(context: &Context<'_>, state: &State, entry: &Entry) -> Result<Option<Resolved>, Failure> {
    if !state.can_see(context.caller, entry) {
        return Ok(None);
    }
    if state.requires_sso(context.caller, &entry.owner).is_some() {
        let extensions = Some(json!({ "saml_failure": true }));
        return Err(Failure::Field { kind: "FORBIDDEN", message: SSO_REQUIRED.to_owned(), extensions });
    }
    let seen = entry.is_served(context.github.directory(), false);
    Ok(seen.then(|| Resolved::Object(Object::Repository(Box::new(entry.clone())))))
}

/// A value or null.
pub(super) fn nullable<T: Into<Value>>(value: Option<T>) -> Resolved {
    value.map_or(Resolved::NULL, Into::into)
}
