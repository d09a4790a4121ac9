//! The REST API.

use std::cmp::Ordering;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use serde_json::{Value, json};

use crate::account::{Account, AccountKind};
use crate::caller::Caller;
use crate::github::{Entry, GitHub, Lookup, State};
use crate::listing::{Page, Query};
use crate::representation::{self, Base};

/// Where the API of a GitHub Enterprise Server begins.
const ENTERPRISE_PREFIX: &str = "/api/v3";

/// The page which documents the API.
const DOCUMENTATION: &str = "https://docs.github.com/rest";

/// GitHub's words to a client which does not say who it is.
const USER_AGENT_REQUIRED: &str = "Request forbidden by administrative rules. \
    Please make sure your request has a User-Agent header \
    (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). \
    Check https://developer.github.com for other possible causes.";

/// Requests per hour with and without a token.
const RATE_LIMITS: (u32, u32) = (5000, 60);

/// A REST request.
struct Call<'a> {
    github: &'a GitHub,
    caller: Caller,
    base: Base,
    query: Query,
    raw_query: Option<&'a str>,
}

/// An answer before it becomes HTTP.
struct Answer {
    status: StatusCode,
    body: Value,
    headers: Vec<(HeaderName, String)>,
}

impl Answer {
    fn ok(body: Value) -> Answer {
        Answer { status: StatusCode::OK, body, headers: Vec::new() }
    }

    fn error(status: StatusCode, message: &str) -> Answer {
        let body = json!({
            "message": message,
            "documentation_url": DOCUMENTATION,
            "status": status.as_str(),
        });
        Answer { status, body, headers: Vec::new() }
    }

    fn not_found() -> Answer {
        Answer::error(StatusCode::NOT_FOUND, "Not Found")
    }

    fn unauthenticated() -> Answer {
        Answer::error(StatusCode::UNAUTHORIZED, "Requires authentication")
    }

    fn into_response(self, request: &HeaderMap, caller: &Caller) -> Response {
        let body = self.body.to_string();
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        insert_rate_limit(headers, caller);
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        if self.status == StatusCode::OK {
            let mut hasher = DefaultHasher::new();
            hasher.write(body.as_bytes());
            let etag = format!("W/\"{:016x}\"", hasher.finish());
            if request.get(header::IF_NONE_MATCH).is_some_and(|known| known == etag.as_str()) {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
            }
            if let Ok(etag) = HeaderValue::try_from(etag) {
                response.headers_mut().insert(header::ETAG, etag);
            }
        }
        if response.status() != StatusCode::NOT_MODIFIED {
            *response.body_mut() = Body::from(body);
        }
        response
    }
}

/// Answers a REST request. `origin` is where the client found us.
pub(crate) fn answer(github: &GitHub, method: &Method, uri: &Uri, headers: &HeaderMap, origin: String) -> Response {
    let caller = Caller::identify(headers, &github.state().tokens);
    if headers.get(header::USER_AGENT).is_none_or(|agent| agent.as_bytes().trim_ascii().is_empty()) {
        let mut response = Response::new(Body::from(USER_AGENT_REQUIRED));
        *response.status_mut() = StatusCode::FORBIDDEN;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
        return response;
    }
    let (prefix, path) = match uri.path().strip_prefix(ENTERPRISE_PREFIX) {
        Some(path) if path.is_empty() || path.starts_with('/') => (ENTERPRISE_PREFIX, path),
        _ => ("", uri.path()),
    };
    let query = axum::extract::Query::<Query>::try_from_uri(uri).map(|query| query.0).unwrap_or_default();
    let answer = if caller == Caller::Refused {
        Answer::error(StatusCode::UNAUTHORIZED, "Bad credentials")
    } else if method != Method::GET && method != Method::HEAD {
        Answer::not_found()
    } else {
        Call { github, caller: caller.clone(), base: Base { origin, prefix }, query, raw_query: uri.query() }
            .answer(path)
    };
    answer.into_response(headers, &caller)
}

impl Call<'_> {
    fn answer(&self, path: &str) -> Answer {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        match segments[..] {
            ["rate_limit"] => self.rate_limit(),
            ["user"] => self.authenticated_user(),
            ["user", "repos"] => self.own_repositories(),
            ["users", login] => self.account(|account| is_named(account, login)),
            ["orgs", login] => self.account(|account| is_named(account, login) && is_organization(account)),
            ["user", id] => self.account(|account| account.id.to_string() == id),
            ["organizations", id] => self.account(|account| account.id.to_string() == id && is_organization(account)),
            ["users", login, "repos"] => self.public_repositories(|account| is_named(account, login)),
            ["user", id, "repos"] => self.public_repositories(|account| account.id.to_string() == id),
            ["orgs", login, "repos"] => self.organization_repositories(|account| is_named(account, login)),
            ["organizations", id, "repos"] => self.organization_repositories(|account| account.id.to_string() == id),
            ["repos", owner, name] => self.repository_by_name(&format!("{owner}/{name}")),
            ["repositories", id] => self.repository_by_id(id),
            _ => Answer::not_found(),
        }
    }

    fn rate_limit(&self) -> Answer {
        let limit = limit(&self.caller);
        let core = json!({
            "limit": limit,
            "used": 1,
            "remaining": limit - 1,
            "reset": reset(),
            "resource": "core",
        });
        Answer::ok(json!({ "resources": { "core": core }, "rate": core }))
    }

    fn authenticated_user(&self) -> Answer {
        let Caller::Login(login) = &self.caller else {
            return Answer::unauthenticated();
        };
        self.account(|account| is_named(account, login))
    }

    fn account(&self, wanted: impl Fn(&Account) -> bool) -> Answer {
        let state = self.github.state();
        let Some(account) = state.accounts.iter().find(|account| wanted(account)) else {
            return Answer::not_found();
        };
        let public = state
            .repositories
            .values()
            .filter(|entry| entry.owner == account.login && !entry.private && !entry.vanished)
            .count();
        Answer::ok(representation::account(account, public, &self.base))
    }

    /// The repositories the token gives access to: the holder's own, those of organizations, and
    /// the private ones of other users, with whom the holder is taken to collaborate.
    fn own_repositories(&self) -> Answer {
        let Caller::Login(login) = &self.caller else {
            return Answer::unauthenticated();
        };
        let affiliation = self.parameter("affiliation").unwrap_or("owner,collaborator,organization_member");
        let has = |name: &str| affiliation.split(',').any(|part| part.trim() == name);
        self.listing("/user/repos", "full_name", |entry, account| {
            if is_named(account, login) {
                has("owner")
            } else if is_organization(account) {
                has("organization_member")
            } else {
                has("collaborator") && entry.private
            }
        })
    }

    fn public_repositories(&self, wanted: impl Fn(&Account) -> bool) -> Answer {
        let Some(account) = self.find_account(wanted) else {
            return Answer::not_found();
        };
        let path = format!("/user/{}/repos", account.id);
        self.listing(&path, "full_name", |entry, owner| owner.id == account.id && !entry.private)
    }

    fn organization_repositories(&self, wanted: impl Fn(&Account) -> bool) -> Answer {
        let Some(account) = self.find_account(wanted).filter(is_organization) else {
            return Answer::not_found();
        };
        let path = format!("/organizations/{}/repos", account.id);
        self.listing(&path, "created", |_, owner| owner.id == account.id)
    }

    fn find_account(&self, wanted: impl Fn(&Account) -> bool) -> Option<Account> {
        let state = self.github.state();
        let account = state.accounts.iter().find(|account| wanted(account));
        account.cloned()
    }

    /// A page of the visible repositories `wanted`; its links are to `path`.
    fn listing(&self, path: &str, sort: &str, wanted: impl Fn(&Entry, &Account) -> bool) -> Answer {
        let state = self.github.state();
        let page = Page::of(&self.query, state.page_limit);
        if let Some(listing) = &state.listing {
            let beyond = listing.is_array() && !page.is_first();
            return Answer::ok(if beyond { json!([]) } else { listing.clone() });
        }
        let mut found: Vec<(&Entry, &Account)> = state
            .repositories
            .values()
            .filter_map(|entry| Some((entry, state.account(&entry.owner)?)))
            .filter(|(entry, account)| {
                self.is_visible(entry) && self.has_wanted_visibility(entry) && wanted(entry, account)
            })
            .collect();
        let sort = self.parameter("sort").unwrap_or(sort);
        found.sort_by(|(one, _), (other, _)| order(one, other, sort));
        let descending = match self.parameter("direction") {
            Some(direction) => direction == "desc",
            None => sort != "full_name",
        };
        if descending {
            found.reverse();
        }
        let link = page.link(found.len(), &self.base.api(path), self.raw_query);
        let items = page.items(found).into_iter().map(|(entry, account)| self.representation(entry, account)).collect();
        let mut answer = Answer::ok(items);
        answer.headers.extend(link.map(|link| (header::LINK, link)));
        answer
    }

    fn repository_by_name(&self, full_name: &str) -> Answer {
        let state = self.github.state();
        if let Some(answer) = replaced(&state) {
            return answer;
        }
        match state.lookup(full_name) {
            Lookup::Found(entry) => self.repository(&state, &entry),
            Lookup::Moved(entry) if self.is_visible(&entry) => {
                let url = self.base.api(&format!("/repositories/{}", entry.id));
                let mut answer = Answer::error(StatusCode::MOVED_PERMANENTLY, "Moved Permanently");
                answer.body["url"] = json!(url);
                answer.headers.push((header::LOCATION, url));
                answer
            }
            Lookup::Moved(_) | Lookup::Unknown => Answer::not_found(),
        }
    }

    fn repository_by_id(&self, id: &str) -> Answer {
        let state = self.github.state();
        if let Some(answer) = replaced(&state) {
            return answer;
        }
        let entry = id.parse().ok().and_then(|id| state.repositories.get(&id));
        entry.map_or_else(Answer::not_found, |entry| self.repository(&state, entry))
    }

    fn repository(&self, state: &State, entry: &Entry) -> Answer {
        match state.account(&entry.owner) {
            Some(account) if self.is_visible(entry) => Answer::ok(self.representation(entry, account)),
            _ => Answer::not_found(),
        }
    }

    fn representation(&self, entry: &Entry, account: &Account) -> Value {
        representation::repository(entry, account, self.github.directory(), self.caller.is_authenticated(), &self.base)
    }

    fn is_visible(&self, entry: &Entry) -> bool {
        entry.is_served(self.github.directory(), false) && (!entry.private || self.caller.is_authenticated())
    }

    /// Whether the parameters `visibility` and `type` let a repository into a listing.
    fn has_wanted_visibility(&self, entry: &Entry) -> bool {
        ["visibility", "type"].into_iter().filter_map(|name| self.parameter(name)).all(|wanted| match wanted {
            "public" => !entry.private,
            "private" => entry.private,
            "forks" => false,
            _ => true,
        })
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }
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

/// The headers which say how many requests are left. The limit is not enforced.
pub(crate) fn insert_rate_limit(headers: &mut HeaderMap, caller: &Caller) {
    let limit = limit(caller);
    let numbers = [
        ("x-ratelimit-limit", limit.into()),
        ("x-ratelimit-remaining", (limit - 1).into()),
        ("x-ratelimit-used", 1),
        ("x-ratelimit-reset", reset()),
    ];
    for (name, number) in numbers {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(number));
    }
    headers.insert("x-ratelimit-resource", HeaderValue::from_static("core"));
}

fn limit(caller: &Caller) -> u32 {
    if caller.is_authenticated() { RATE_LIMITS.0 } else { RATE_LIMITS.1 }
}

/// The end of the hour for which the rate limit counts, in seconds since the epoch.
fn reset() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.as_secs() + 3600
}

fn order(one: &Entry, other: &Entry, sort: &str) -> Ordering {
    let by_name = || {
        let key = |entry: &Entry| entry.full_name().to_ascii_lowercase();
        key(one).cmp(&key(other))
    };
    match sort {
        "created" => one.created_at.cmp(&other.created_at),
        "updated" => one.updated_at.cmp(&other.updated_at),
        "pushed" => one.pushed_at.cmp(&other.pushed_at),
        _ => by_name(),
    }
}

fn is_named(account: &Account, login: &str) -> bool {
    account.login.eq_ignore_ascii_case(login)
}

fn is_organization(account: &Account) -> bool {
    account.kind == AccountKind::Organization
}
