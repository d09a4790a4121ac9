//! What is set of repositories and accounts and is only kept and shown: hooks, keys, rulesets,
//! members, profiles and the like.

mod endpoint;
mod example;

use std::collections::HashMap;

use serde_json::Value;

pub(crate) use self::endpoint::{Endpoint, Form, READ_ORGANIZATION, Unset};
use crate::github::GitHub;
use crate::repository::Repository;
use crate::representation::Base;
use crate::state::State;

/// What has settings.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Holder {
    /// A repository or a gist by its id.
    Entry(u64),
    /// An account by its id.
    Account(u64),
}

/// What is set, by whose it is and the path below that one.
pub(crate) type Settings = HashMap<(Holder, String), Value>;

/// The kind of thing an endpoint is below of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Noun {
    Repository,
    Organization,
    User,
    /// Who asks.
    Viewer,
    Gist,
}

/// An endpoint which was found by a path.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) noun: Noun,
    /// The path below the noun.
    pub(crate) path: String,
}

impl Noun {
    pub(crate) fn endpoints(self) -> &'static [Endpoint] {
        match self {
            Noun::Repository => endpoint::REPOSITORY,
            Noun::Organization => endpoint::ORGANIZATION,
            Noun::User => endpoint::USER,
            Noun::Viewer => endpoint::VIEWER,
            Noun::Gist => endpoint::GIST,
        }
    }
}

/// The endpoint of a path, if it is one of these.
pub(crate) fn find(segments: &[&str]) -> Option<Found> {
    let (noun, rest) = match *segments {
        ["repos", _, _, ref rest @ ..] => (Noun::Repository, rest),
        ["orgs", _, ref rest @ ..] => (Noun::Organization, rest),
        ["users", _, ref rest @ ..] => (Noun::User, rest),
        ["user", ref rest @ ..] => (Noun::Viewer, rest),
        ["gists", _, ref rest @ ..] => (Noun::Gist, rest),
        _ => return None,
    };
    let endpoint = noun.endpoints().iter().find(|endpoint| endpoint.matches(rest))?;
    // A slash within a segment was decoded: the path is one of settings all the same.
    Some(Found { endpoint, noun, path: rest.join("/") })
}

/// Every permission by which a token reads settings, with its level; what is needed at two levels
/// comes with the higher one last.
pub(crate) fn permissions() -> Vec<(&'static str, &'static str)> {
    let all = [Noun::Repository, Noun::Organization, Noun::User, Noun::Viewer, Noun::Gist];
    let endpoints = all.into_iter().flat_map(|noun| noun.endpoints());
    let mut permissions: Vec<_> = endpoints.filter_map(|endpoint| endpoint.permission).map(level).collect();
    permissions.sort_by_key(|(_, level)| *level);
    permissions
}

/// A permission and its level, which is to read unless told.
pub(crate) fn level(permission: &'static str) -> (&'static str, &'static str) {
    permission.split_once('=').unwrap_or((permission, "read"))
}

impl Repository {
    /// Sets what an endpoint below the repository answers, such as `hooks`, `actions/variables` or
    /// `branches/main/protection`; of lists with a count the list alone will do. The empty path
    /// stands for fields of the repository itself. Of a gist there are `comments`.
    ///
    /// `{api}`, `{web}` and `{full_name}` in texts stand for where the API and the web are, and the
    /// name of the repository. Nothing else changes with it, not even when it was updated.
    pub fn set_settings(&self, path: &str, json: Value) {
        self.github().set(Holder::Entry(self.id()), &[Noun::Repository, Noun::Gist], path, json);
    }

    /// Lets an endpoint below the repository answer as if nothing had been set.
    pub fn clear_settings(&self, path: &str) {
        self.github().state().settings.remove(&(Holder::Entry(self.id()), path.to_owned()));
    }
}

impl GitHub {
    /// Sets what an endpoint below an account answers, such as `hooks` or `teams/SLUG/members` of
    /// an organization, and `followers` or `emails` of a user; the account is made when unknown.
    /// The empty path stands for fields of its profile. More is said at
    /// [`Repository::set_settings`].
    pub fn set_account_settings(&self, login: &str, path: &str, json: Value) {
        let holder = self.account_holder(login);
        self.set(holder, &[Noun::Organization, Noun::User, Noun::Viewer], path, json);
    }

    /// Lets an endpoint below an account answer as if nothing had been set.
    pub fn clear_account_settings(&self, login: &str, path: &str) {
        let holder = self.account_holder(login);
        self.state().settings.remove(&(holder, path.to_owned()));
    }

    fn account_holder(&self, login: &str) -> Holder {
        let mut state = self.state();
        let login = state.ensure_account(login);
        Holder::Account(state.account(&login).map_or(0, |account| account.id))
    }

    fn set(&self, holder: Holder, nouns: &[Noun], path: &str, json: Value) {
        let segments: Vec<&str> = path.split('/').collect();
        // Branches and environments may have a slash in their names.
        let named = match *segments {
            [first @ ("branches" | "environments"), ref middle @ .., last] if middle.len() > 1 => {
                vec![first.to_owned(), middle.join("/"), last.to_owned()]
            }
            _ => segments.iter().map(|&segment| segment.to_owned()).collect(),
        };
        let known = nouns.iter().flat_map(|noun| noun.endpoints()).find(|endpoint| endpoint.matches(&named));
        assert!(path.is_empty() || known.is_some(), "there is no endpoint {path}");
        let json = match known.map(|endpoint| endpoint.form) {
            Some(Form::Wrapped(name)) if json.is_object() => json[name].clone(),
            _ => json,
        };
        self.state().settings.insert((holder, path.to_owned()), json);
    }
}

impl State {
    /// What is set, with the addresses and names in it.
    pub(crate) fn setting(&self, holder: Holder, path: &str, base: &Base) -> Option<Value> {
        let value = self.settings.get(&(holder, path.to_owned()))?;
        let text = value.to_string();
        if !text.contains('{') {
            return Some(value.clone());
        }
        let full_name = match holder {
            Holder::Entry(id) => self.repositories.get(&id).map(|entry| entry.full_name()),
            Holder::Account(id) => self.account_by_id(id).map(|account| account.login.clone()),
        };
        let text = text
            .replace("{api}", &base.api(""))
            .replace("{web}", &base.origin)
            .replace("{full_name}", &full_name.unwrap_or_default());
        serde_json::from_str(&text).ok()
    }

    /// Puts the fields which were set in place of those of an object.
    pub(crate) fn override_fields(&self, holder: Holder, object: &mut Value, base: &Base) {
        let Some(Value::Object(fields)) = self.setting(holder, "", base) else {
            return;
        };
        if let Some(object) = object.as_object_mut() {
            object.extend(fields);
        }
    }

    /// How many items a list has.
    pub(crate) fn count_setting(&self, holder: Holder, path: &str) -> usize {
        self.settings.get(&(holder, path.to_owned())).and_then(Value::as_array).map_or(0, Vec::len)
    }
}
