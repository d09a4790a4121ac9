//! Users and organizations, with what belongs to them.

use super::Context;
use super::arguments::Arguments;
use super::page::{KeyedList, PAGE};
use super::query::{account, nullable, visible};
use super::value::{Failure, Fields, Object, Outcome, Resolved};
use crate::account::Account;
use crate::representation::{node_id, time};
use crate::star_list::StarList;

/// GitHub's words to a fine-grained token without the permission.
const NOT_ACCESSIBLE: &str = "Resource not accessible by personal access token";

#[derive(Debug)]
struct AccountNode(Account);

#[derive(Debug)]
struct ListNode(StarList);

/// The account called so, if it is an organization or not, as wanted.
pub(super) fn named(context: &Context<'_>, login: &str, is_organization: bool) -> Outcome {
    let state = context.github.state();
    let found = state.account(login).filter(|account| account.is_organization() == is_organization);
    found.map(|account| Resolved::lazy(AccountNode(account.clone()))).ok_or_else(|| {
        let kind = if is_organization { "an Organization" } else { "a User" };
        Failure::field("NOT_FOUND", format!("Could not resolve to {kind} with the login of '{login}'."))
    })
}

/// The account called so, whatever it is; null when there is none.
pub(super) fn any(context: &Context<'_>, login: &str) -> Outcome {
    let state = context.github.state();
    Ok(Resolved::optional(state.account(login).map(|account| Resolved::lazy(AccountNode(account.clone())))))
}

/// The list of starred repositories with this number.
pub(super) fn star_list(context: &Context<'_>, number: u64) -> Option<Resolved> {
    let state = context.github.state();
    let (owner, list) = state.star_list(number)?;
    let is_own = context.caller.login().is_some_and(|login| login.eq_ignore_ascii_case(owner));
    (is_own || !list.private).then(|| Resolved::lazy(ListNode(list.clone())))
}

impl Fields for AccountNode {
    fn type_name(&self) -> &'static str {
        if self.0.is_organization() { "Organization" } else { "User" }
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        match (arguments.field, self.0.is_organization()) {
            ("membersWithRole", true) => members(context, arguments, &self.0).map(Some),
            ("projectsV2", _) => super::project::list(context, arguments, &self.0).map(Some),
            ("lists", false) => lists(context, arguments, &self.0).map(Some),
            ("name", _) => Ok(Some(Resolved::NULL)),
            (field, _) => {
                arguments.only(&[])?;
                let Resolved::Object(Object::Plain { fields, .. }) = account(context, &self.0) else { return Ok(None) };
                Ok(fields.into_iter().find(|(name, _)| *name == field).map(|(_, value)| value))
            }
        }
    }
}

/// The members of an organization, with their roles for who belongs to it.
fn members(context: &Context<'_>, arguments: &Arguments<'_>, organization: &Account) -> Outcome {
    arguments.only(&PAGE)?;
    let held = context.caller.token();
    if held.is_some_and(|held| !held.token.has_permission("members")) {
        return Err(Failure::field("FORBIDDEN", NOT_ACCESSIBLE));
    }
    let state = context.github.state();
    let is_inside = held.is_some_and(|held| {
        state.is_member(&organization.login, &held.login)
            && held.token.has_scope(&["admin:org", "read:org", "write:org"])
    });
    let members: Vec<Account> = state.members(&organization.login).into_iter().cloned().collect();
    let role = |account: &Account| if state.is_owner(&organization.login, &account.login) { "ADMIN" } else { "MEMBER" };
    let roles: Vec<Option<&str>> = members.iter().map(|account| is_inside.then(|| role(account))).collect();
    drop(state);
    let show = |index: usize| Resolved::lazy(AccountNode(members[index].clone()));
    let tell = |index: usize| {
        let role: Option<&str> = roles[index];
        vec![("role", nullable(role)), ("hasTwoFactorEnabled", nullable(role.map(|_| true)))]
    };
    let names = ("OrganizationMemberConnection", "OrganizationMemberEdge");
    KeyedList::of_places(members.len()).page_with_edges(names, arguments, show, tell)
}

/// The lists of a user: the public ones, and all for the user.
fn lists(context: &Context<'_>, arguments: &Arguments<'_>, user: &Account) -> Outcome {
    arguments.only(&PAGE)?;
    let is_own = context.caller.login().is_some_and(|login| login.eq_ignore_ascii_case(&user.login));
    let state = context.github.state();
    let lists: Vec<StarList> =
        state.star_lists(&user.login).iter().filter(|list| is_own || !list.private).cloned().collect();
    drop(state);
    KeyedList::of_places(lists.len())
        .page(("UserListConnection", "UserListEdge"), arguments, |index| Resolved::lazy(ListNode(lists[index].clone())))
}

impl Fields for ListNode {
    fn type_name(&self) -> &'static str {
        "UserList"
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        let list = &self.0;
        Ok(Some(match arguments.field {
            "items" => {
                arguments.only(&PAGE)?;
                let state = context.github.state();
                let found = list.repositories.iter().filter_map(|id| state.repositories.get(id));
                let seen: Vec<Resolved> =
                    found.filter_map(|entry| visible(context, &state, entry).ok().flatten()).collect();
                let places = KeyedList::of_places(seen.len());
                return places
                    .page(("UserListItemsConnection", "UserListItemsEdge"), arguments, |index| seen[index].clone())
                    .map(Some);
            }
            "id" => node_id("UserList", list.number).into(),
            "name" => list.name.clone().into(),
            "slug" => list.slug().into(),
            "description" => Resolved::NULL,
            "isPrivate" => list.private.into(),
            "createdAt" | "updatedAt" | "lastAddedAt" => time(list.at).into(),
            _ => return Ok(None),
        }))
    }
}
