//! Endpoints which answer with what was set.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::Call;
use super::answer::Answer;
use super::apps::NOT_ACCESSIBLE;
use crate::caller::Caller;
use crate::entry::Entry;
use crate::membership::Affiliation;
use crate::settings::{self, Endpoint, Form, Found, Holder, Noun, Unset};
use crate::state::State;

impl Call<'_> {
    /// The answer, if the path is one of these endpoints'.
    pub(super) fn settings(&self, segments: &[&str]) -> Option<Answer> {
        let found = settings::find(segments)?;
        Some(match (found.noun, segments) {
            (Noun::Repository, [_, owner, name, ..]) => self.in_repository(owner, name, |state, entry| {
                self.refuse_outsider(state, &found, entry).unwrap_or_else(|| {
                    let links = format!("/repositories/{}/{}", entry.id, found.path);
                    self.show_setting(state, &found, Holder::Entry(entry.id), Some(entry), &links)
                })
            }),
            (Noun::Gist, [_, id, ..]) => {
                let state = self.github.state();
                let Some(gist) = state.gist(id) else {
                    return Some(Answer::not_found());
                };
                let links = format!("/gists/{id}/{}", found.path);
                self.show_setting(&state, &found, Holder::Entry(gist.entry.id), None, &links)
            }
            (Noun::Viewer, _) => self.viewer_setting(&found),
            (Noun::Organization | Noun::User, [_, login, ..]) => self.account_setting(&found, login),
            _ => Answer::not_found(),
        })
    }

    /// What is set of who asks.
    fn viewer_setting(&self, found: &Found) -> Answer {
        if matches!(self.caller, Caller::Installation(_)) {
            return Answer::error(StatusCode::FORBIDDEN, NOT_ACCESSIBLE);
        }
        let state = self.github.state();
        let Some(account) = self.caller.login().and_then(|login| state.account(login)) else {
            return Answer::unauthenticated();
        };
        if found.endpoint.inside && !self.has_scope(found.endpoint) {
            return Answer::not_found();
        }
        let links = format!("/user/{}", found.path);
        self.show_setting(&state, found, Holder::Account(account.id), None, &links)
    }

    /// What is set of an account.
    fn account_setting(&self, found: &Found, login: &str) -> Answer {
        let state = self.github.state();
        let is_organization = found.noun == Noun::Organization;
        let Some(account) = state.account(login).filter(|account| !is_organization || account.is_organization()) else {
            return Answer::not_found();
        };
        if let Some(answer) = self.refuse_sso(&state, &account.login) {
            return answer;
        }
        if found.path.starts_with("packages") {
            if let Some(answer) = self.refuse_packages(found) {
                return answer;
            }
        } else if found.endpoint.inside {
            match self.caller {
                Caller::Installation(_) => {
                    if let Some(answer) = self.refuse_installation(&state, found.endpoint) {
                        return answer;
                    }
                }
                Caller::User(held) if state.is_member(&account.login, &held.login) => {
                    if !self.has_scope(found.endpoint) {
                        let scope = found.endpoint.scopes.split(", ").next().unwrap_or_default();
                        let message = format!("You must be an org owner or have the {scope} scope.");
                        return Answer::error(StatusCode::FORBIDDEN, &message);
                    }
                }
                Caller::User(_) => return Answer::not_found(),
                _ => return Answer::unauthenticated(),
            }
        }
        let root = if is_organization { "organizations" } else { "user" };
        let links = format!("/{root}/{}/{}", account.id, found.path);
        self.show_setting(&state, found, Holder::Account(account.id), None, &links)
    }

    fn refuse_packages(&self, found: &Found) -> Option<Answer> {
        if !self.caller.is_authenticated() {
            return Some(Answer::unauthenticated());
        }
        if !self.has_scope(found.endpoint) {
            let message = "You need at least read:packages scope to list packages.";
            return Some(Answer::error(StatusCode::FORBIDDEN, message));
        }
        let missing = found.path == "packages" && self.parameter("package_type").is_none();
        missing.then(|| Answer::error(StatusCode::BAD_REQUEST, "package_type is required."))
    }

    /// The answer to who does not run the repository, where that is needed.
    fn refuse_outsider(&self, state: &State, found: &Found, entry: &Entry) -> Option<Answer> {
        match self.caller {
            Caller::Installation(_) => self.refuse_installation(state, found.endpoint),
            _ if !found.endpoint.inside => None,
            Caller::User(held) => {
                let belongs = Affiliation::ALL
                    .iter()
                    .any(|&(_, affiliation)| state.is_affiliated(&held.login, entry, affiliation));
                (!belongs || !self.has_scope(found.endpoint)).then(Answer::not_found)
            }
            _ => Some(Answer::unauthenticated()),
        }
    }

    fn refuse_installation(&self, state: &State, endpoint: &Endpoint) -> Option<Answer> {
        let Caller::Installation(token) = self.caller else {
            return None;
        };
        let name = endpoint.permission.map_or("metadata", |permission| settings::level(permission).0);
        let installation = state.installation(token);
        let may = name == "metadata" || installation.is_some_and(|found| found.permissions.contains_key(name));
        (!may).then(|| Answer::error(StatusCode::FORBIDDEN, NOT_ACCESSIBLE))
    }

    /// Whether a classic token has one of the scopes of an endpoint.
    fn has_scope(&self, endpoint: &Endpoint) -> bool {
        let wanted: Vec<&str> = endpoint.scopes.split(", ").collect();
        endpoint.scopes.is_empty() || self.caller.token().is_none_or(|held| held.token.has_scope(&wanted))
    }

    fn show_setting(&self, state: &State, found: &Found, holder: Holder, entry: Option<&Entry>, links: &str) -> Answer {
        let Found { endpoint, path, .. } = found;
        let set = state.setting(holder, path, &self.base);
        match endpoint.form {
            Form::Flag if set.is_some() => Answer { status: StatusCode::NO_CONTENT, ..Answer::ok(Value::Null) },
            Form::Item { list, field } => {
                let name = path.rsplit('/').next().unwrap_or_default();
                let is_wanted = |item: &Value| match &item[field] {
                    Value::String(text) => text == name,
                    other => other.as_u64().is_some_and(|number| name.parse() == Ok(number)),
                };
                let items = || state.setting(holder, list, &self.base);
                let item = set.or_else(|| items()?.as_array()?.iter().find(|item| is_wanted(item)).cloned());
                item.map_or_else(|| unset(endpoint, entry, self), Answer::ok)
            }
            Form::List | Form::Wrapped(_) => {
                let Some(set) = set.or_else(|| (endpoint.unset == Unset::Empty).then(|| json!([]))) else {
                    return unset(endpoint, entry, self);
                };
                let items: Vec<Value> =
                    set.as_array().into_iter().flatten().filter_map(|item| self.shown(item)).collect();
                let count = items.len();
                let mut answer = self.page(links, items, Some);
                if let Form::Wrapped(name) = endpoint.form {
                    let mut wrapped = Map::new();
                    wrapped.insert("total_count".to_owned(), json!(count));
                    wrapped.insert(name.to_owned(), answer.body);
                    answer.body = wrapped.into();
                }
                answer
            }
            Form::Single | Form::Flag => set.map_or_else(|| unset(endpoint, entry, self), Answer::ok),
        }
    }

    /// An item of a list as it is shown, if it is asked for: secrets are not.
    fn shown(&self, item: &Value) -> Option<Value> {
        let mut item = item.clone();
        if self.parameter("package_type").is_some_and(|wanted| item["package_type"] != wanted) {
            return None;
        }
        if self.parameter("state").is_some_and(|wanted| {
            item["state"].as_str().is_some_and(|state| !wanted.split(',').any(|wanted| wanted == state))
        }) {
            return None;
        }
        if let Some(secret) = item.pointer_mut("/config/secret") {
            *secret = json!("********");
        }
        if self.parameter("hide_secret") == Some("true")
            && let Some(secret) = item.get_mut("secret")
        {
            *secret = Value::Null;
        }
        Some(item)
    }
}

/// The answer while nothing is set.
fn unset(endpoint: &Endpoint, entry: Option<&Entry>, call: &Call<'_>) -> Answer {
    match endpoint.unset {
        Unset::Empty => Answer::ok(json!([])),
        Unset::Json(text) => serde_json::from_str(text).map_or_else(|_| Answer::not_found(), Answer::ok),
        Unset::Refused(status, message) => {
            Answer::error(StatusCode::from_u16(status).unwrap_or(StatusCode::NOT_FOUND), message)
        }
        Unset::Topics => Answer::ok(json!({ "names": entry.map(|entry| &entry.attributes.topics) })),
        Unset::Languages => {
            let size = |entry: &Entry| entry.size(call.github.directory()) * 1024;
            let language = entry.and_then(|entry| Some((entry.attributes.language.clone()?, json!(size(entry)))));
            Answer::ok(language.into_iter().collect::<Map<_, _>>().into())
        }
    }
}
