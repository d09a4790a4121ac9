//! Repositories and their listings.

use std::collections::BTreeSet;

use axum::http::{HeaderName, StatusCode, header};
use serde_json::{Value, json};

use super::Call;
use super::answer::Answer;
use crate::access::SSO_REQUIRED;
use crate::account::Account;
use crate::attributes::RepositoryAttributes;
use crate::entry::Entry;
use crate::listing::Page;
use crate::membership::Affiliation;
use crate::references;
use crate::representation;
use crate::settings::Holder;
use crate::state::{Lookup, State};

const SSO_HEADER: HeaderName = HeaderName::from_static("x-github-sso");
const SSO_DOCUMENTATION: &str =
    "https://docs.github.com/articles/authenticating-to-a-github-organization-with-saml-single-sign-on/";

impl Call<'_> {
    /// The repositories the token gives access to. Those of organizations which require single
    /// sign-on are left out, and it is told.
    pub(super) fn own_repositories(&self) -> Answer {
        let Some(held) = self.caller.token() else {
            return Answer::unauthenticated();
        };
        let wanted = self.parameter("affiliation").unwrap_or("owner,collaborator,organization_member");
        let wanted: Vec<Affiliation> = Affiliation::ALL
            .into_iter()
            .filter(|(name, _)| wanted.split(',').any(|part| part.trim() == *name))
            .map(|(_, affiliation)| affiliation)
            .collect();
        let state = self.github.state();
        let mut found: Vec<&Entry> = state
            .by_name(None)
            .filter(|entry| held.token.reaches(entry))
            .filter(|entry| wanted.iter().any(|&affiliation| state.is_affiliated(&held.login, entry, affiliation)))
            .collect();
        let mut left_out = BTreeSet::new();
        if !state.single_sign_on.is_empty() {
            found.retain(|entry| {
                let organization = state.requires_sso(self.caller, &entry.owner);
                left_out.extend(organization.map(|organization| organization.id));
                organization.is_none()
            });
        }
        let mut answer = self.listing(&state, "/user/repos", "full_name", found);
        if !left_out.is_empty() {
            let ids = left_out.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
            answer.headers.push((SSO_HEADER, format!("partial-results; organizations={ids}")));
        }
        answer
    }

    /// The answer to a token which is not authorized for the single sign-on of an organization.
    pub(super) fn refuse_sso(&self, state: &State, owner: &str) -> Option<Answer> {
        let organization = state.requires_sso(self.caller, owner)?;
        let request = format!("{:016X}", organization.id);
        let url = format!("{}/orgs/{}/sso?authorization_request={request}", self.base.origin, organization.login);
        let mut answer = Answer::error(StatusCode::FORBIDDEN, SSO_REQUIRED);
        answer.body["documentation_url"] = json!(SSO_DOCUMENTATION);
        answer.headers.push((SSO_HEADER, format!("required; url={url}")));
        Some(answer)
    }

    pub(super) fn public_repositories(&self, wanted: impl FnOnce(&State) -> Option<&Account>) -> Answer {
        let state = self.github.state();
        let Some(account) = wanted(&state) else {
            return Answer::not_found();
        };
        if let Some(answer) = self.refuse_sso(&state, &account.login) {
            return answer;
        }
        let path = format!("/user/{}/repos", account.id);
        let found = state.by_name(Some(&account.login)).filter(|entry| !entry.is_private()).collect();
        self.listing(&state, &path, "full_name", found)
    }

    pub(super) fn organization_repositories(&self, wanted: impl FnOnce(&State) -> Option<&Account>) -> Answer {
        let state = self.github.state();
        let Some(account) = wanted(&state).filter(|account| account.is_organization()) else {
            return Answer::not_found();
        };
        if let Some(answer) = self.refuse_sso(&state, &account.login) {
            return answer;
        }
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
        self.page(path, found, |entry| self.representation(state, entry))
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

    /// The branches of a repository.
    pub(super) fn branches(&self, full_name: &str) -> Answer {
        let state = self.github.state();
        let Lookup::Found(entry) = state.lookup(full_name) else {
            return Answer::not_found();
        };
        let refused = self.repository(&state, entry);
        if refused.status != StatusCode::OK {
            return refused;
        }
        let references = references::read(&entry.path(self.github.directory(), false));
        let branches = references.into_iter().filter_map(|(name, commit)| {
            let name = name.strip_prefix("refs/heads/")?.to_owned();
            let url = self.base.api(&format!("/repos/{}/commits/{commit}", entry.full_name()));
            let protection = (Holder::Entry(entry.id), format!("branches/{name}/protection"));
            let protected = state.settings.contains_key(&protection);
            let wanted = self.parameter("protected").is_none_or(|wanted| (wanted == "true") == protected);
            wanted.then(|| json!({ "name": name, "commit": { "sha": commit, "url": url }, "protected": protected }))
        });
        let path = format!("/repositories/{}/branches", entry.id);
        self.page(&path, branches.collect(), Some)
    }

    fn repository(&self, state: &State, entry: &Entry) -> Answer {
        if !state.can_see(self.caller, entry) {
            return Answer::not_found();
        }
        if let Some(answer) = self.refuse_sso(state, &entry.owner) {
            return answer;
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
        self.complete(state, entry, &mut value);
        Answer::ok(value)
    }

    /// A repository unless its directory is gone.
    pub(super) fn representation(&self, state: &State, entry: &Entry) -> Option<Value> {
        let directory = self.github.directory();
        let account = state.account(&entry.owner).filter(|_| entry.is_served(directory, false))?;
        let permissions = self.caller.is_authenticated();
        let mut value = representation::repository(entry, account, directory, permissions, &self.base);
        state.override_fields(Holder::Entry(entry.id), &mut value, &self.base);
        Some(value)
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
