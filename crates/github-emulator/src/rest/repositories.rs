//! Repositories and their listings.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::Call;
use super::answer::Answer;
use crate::account::Account;
use crate::attributes::RepositoryAttributes;
use crate::entry::Entry;
use crate::listing::Page;
use crate::representation;
use crate::state::{Lookup, State};

impl Call<'_> {
    /// The repositories the token gives access to: the holder's own, those of organizations, and
    /// the private ones of other users, with whom the holder is taken to collaborate.
    pub(super) fn own_repositories(&self) -> Answer {
        let Some(login) = self.caller.login() else {
            return Answer::unauthenticated();
        };
        let affiliation = self.parameter("affiliation").unwrap_or("owner,collaborator,organization_member");
        let has = |name: &str| affiliation.split(',').any(|part| part.trim() == name);
        let state = self.github.state();
        let wanted = |entry: &Entry| {
            let owner = state.account(&entry.owner);
            if entry.owner.eq_ignore_ascii_case(login) {
                has("owner")
            } else if owner.is_some_and(Account::is_organization) {
                has("organization_member")
            } else {
                has("collaborator") && entry.is_private()
            }
        };
        let found = state.by_name(None).filter(|entry| wanted(entry)).collect();
        self.listing(&state, "/user/repos", "full_name", found)
    }

    pub(super) fn public_repositories(&self, wanted: impl FnOnce(&State) -> Option<&Account>) -> Answer {
        let state = self.github.state();
        let Some(account) = wanted(&state) else {
            return Answer::not_found();
        };
        let path = format!("/user/{}/repos", account.id);
        let found = state.by_name(Some(&account.login)).filter(|entry| !entry.is_private()).collect();
        self.listing(&state, &path, "full_name", found)
    }

    pub(super) fn organization_repositories(&self, wanted: impl FnOnce(&State) -> Option<&Account>) -> Answer {
        let state = self.github.state();
        let Some(account) = wanted(&state).filter(|account| account.is_organization()) else {
            return Answer::not_found();
        };
        let path = format!("/organizations/{}/repos", account.id);
        let found = state.by_name(Some(&account.login)).collect();
        self.listing(&state, &path, "created", found)
    }

    /// A page of those of the repositories `found`, sorted by name, which are visible and wanted;
    /// its links are to `path`.
    fn listing(&self, state: &State, path: &str, sort: &str, mut found: Vec<&Entry>) -> Answer {
        let page = Page::of(&self.query, state.page_limit);
        if let Some(listing) = &state.listing {
            let beyond = listing.is_array() && !page.is_first();
            return Answer::ok(if beyond { json!([]) } else { listing.clone() });
        }
        found.retain(|entry| state.can_see(self.caller, entry) && self.is_wanted(entry));
        let sort = self.parameter("sort").unwrap_or(sort);
        let descending = match self.parameter("direction") {
            Some(direction) => direction == "desc",
            None => sort != "full_name",
        };
        sort_by_time(&mut found, sort);
        if descending {
            found.reverse();
        }
        let link = page.link(found.len(), &self.base.api(path), self.raw_query);
        let found = page.items(found);
        let items = found.into_iter().filter_map(|entry| self.representation(state, entry)).collect();
        let mut answer = Answer::ok(items);
        answer.headers.extend(link.map(|link| (header::LINK, link)));
        answer
    }

    pub(super) fn repository_by_name(&self, full_name: &str) -> Answer {
        let state = self.github.state();
        if let Some(answer) = replaced(&state) {
            return answer;
        }
        match state.lookup(full_name) {
            Lookup::Found(entry) => self.repository(&state, entry),
            Lookup::Moved(entry) if state.can_see(self.caller, entry) => {
                let url = self.base.api(&format!("/repositories/{}", entry.id));
                let mut answer = Answer::error(StatusCode::MOVED_PERMANENTLY, "Moved Permanently");
                answer.body["url"] = json!(url);
                answer.headers.push((header::LOCATION, url));
                answer
            }
            Lookup::Moved(_) | Lookup::Unknown => Answer::not_found(),
        }
    }

    pub(super) fn repository_by_id(&self, id: &str) -> Answer {
        let state = self.github.state();
        if let Some(answer) = replaced(&state) {
            return answer;
        }
        let entry = id.parse().ok().and_then(|id| state.repositories.get(&id));
        entry.map_or_else(Answer::not_found, |entry| self.repository(&state, entry))
    }

    fn repository(&self, state: &State, entry: &Entry) -> Answer {
        if !state.can_see(self.caller, entry) {
            return Answer::not_found();
        }
        let Some(mut value) = self.representation(state, entry) else {
            return Answer::not_found();
        };
        let parent = entry.attributes.parent.as_deref().and_then(|parent| match state.lookup(parent) {
            Lookup::Found(parent) if state.can_see(self.caller, parent) => self.representation(state, parent),
            _ => None,
        });
        if let Some(parent) = parent {
            value["parent"] = parent.clone();
            value["source"] = parent;
        }
        Answer::ok(value)
    }

    /// A repository unless its directory is gone.
    pub(super) fn representation(&self, state: &State, entry: &Entry) -> Option<Value> {
        let directory = self.github.directory();
        let account = state.account(&entry.owner).filter(|_| entry.is_served(directory, false))?;
        Some(representation::repository(entry, account, directory, self.caller.is_authenticated(), &self.base))
    }

    /// Whether the parameters `visibility` and `type` let a repository into a listing.
    fn is_wanted(&self, entry: &Entry) -> bool {
        ["visibility", "type"].into_iter().filter_map(|name| self.parameter(name)).all(|wanted| match wanted {
            "public" => !entry.is_private(),
            "private" => entry.is_private(),
            "internal" => entry.attributes.visibility == crate::Visibility::Internal,
            "forks" => entry.attributes.fork,
            "sources" => !entry.attributes.fork,
            _ => true,
        })
    }
}

/// Sorts repositories which are sorted by name by a time, the oldest first.
fn sort_by_time(found: &mut [&Entry], sort: &str) {
    let time: fn(&RepositoryAttributes) -> i64 = match sort {
        "created" => |attributes| attributes.created_at,
        "updated" => |attributes| attributes.updated_at,
        "pushed" => |attributes| attributes.pushed_at,
        _ => return,
    };
    // The names of equal times go downwards, so that they go upwards with the newest first.
    found.reverse();
    found.sort_by_key(|entry| time(&entry.attributes));
}

/// The answer for a single repository in place of the real one.
fn replaced(state: &State) -> Option<Answer> {
    let listing = state.listing.as_ref()?;
    let single = match listing {
        Value::Array(items) => items.first(),
        other => Some(other),
    };
    Some(single.map_or_else(Answer::not_found, |value| Answer::ok(value.clone())))
}
