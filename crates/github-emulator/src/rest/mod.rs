//! The REST API.

mod accounts;
mod answer;
mod apps;
mod archives;
mod found;
mod gists;
mod profiles;
mod releases;
mod repositories;
mod requirement;
mod settings;
mod stars;
mod tracker;
mod whole_repository;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

pub(crate) use self::answer::Answer;
use self::requirement::Requirement;
pub(crate) use self::tracker::event_node_kind;
use crate::account::Account;
use crate::caller::Caller;
use crate::github::GitHub;
use crate::graphql;
use crate::limits::Budget;
use crate::listing::{Page, Query};
use crate::representation::Base;
use crate::state::{Lookup, State};

/// Where the API of a GitHub Enterprise Server begins.
const ENTERPRISE_PREFIX: &str = "/api/v3";
/// The version of GitHub Enterprise Server which is told there.
const ENTERPRISE_VERSION: &str = "3.17.0";

/// GitHub's words to a client which does not say who it is.
const USER_AGENT_REQUIRED: &str = "Request forbidden by administrative rules. \
    Please make sure your request has a User-Agent header \
    (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required). \
    Check https://developer.github.com for other possible causes.";

/// A REST request.
struct Call<'a> {
    github: &'a GitHub,
    caller: &'a Caller,
    base: Base,
    query: Query,
    raw_query: Option<&'a str>,
    page_limit: usize,
    /// The `Accept` header.
    accept: &'a str,
    /// The path below the prefix, without the slash.
    path: &'a str,
}

/// A request for the API as it came.
pub(crate) struct ApiCall<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    /// Where the client found us.
    pub(crate) origin: String,
    /// The host of files.
    pub(crate) files: String,
}

/// Answers a request for the API. `api_requests` are in flight.
pub(crate) fn answer(github: &GitHub, call: &ApiCall<'_>, caller: &Caller, api_requests: usize) -> Response {
    if call.headers.get(header::USER_AGENT).is_none_or(|agent| agent.as_bytes().trim_ascii().is_empty()) {
        let mut response = Response::new(Body::from(USER_AGENT_REQUIRED));
        *response.status_mut() = StatusCode::FORBIDDEN;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
        return response;
    }
    let (prefix, path) = match call.uri.path().strip_prefix(ENTERPRISE_PREFIX) {
        Some(path) if path.is_empty() || path.starts_with('/') => (ENTERPRISE_PREFIX, path),
        _ => ("", call.uri.path()),
    };
    let resource = if call.is_graphql() { "graphql" } else { "core" };
    let (mut budget, refusal) = match path {
        "/rate_limit" => (github.budget(caller, resource), None),
        _ => github.take_request(caller, resource, api_requests),
    };
    let answer = refusal.unwrap_or_else(|| call.answer(github, caller, prefix, path, budget));
    let mut response = answer.into_response(call.headers);
    if response.status() == StatusCode::NOT_MODIFIED {
        github.give_back(caller, &mut budget);
    }
    budget.insert_missing(response.headers_mut());
    response
}

impl ApiCall<'_> {
    fn is_graphql(&self) -> bool {
        *self.method == Method::POST && graphql::is_path(self.uri.path())
    }

    fn answer(&self, github: &GitHub, caller: &Caller, prefix: &'static str, path: &str, budget: Budget) -> Answer {
        let base = Base { origin: self.origin.clone(), files: self.files.clone(), prefix };
        match caller {
            Caller::Refused("Integration not found") => {
                return Answer::error(StatusCode::NOT_FOUND, "Integration not found");
            }
            Caller::Refused(message) => return Answer::error(StatusCode::UNAUTHORIZED, message),
            Caller::Installation(token) => {
                let state = github.state();
                if state.installation(token).is_some_and(|installation| installation.suspended_at.is_some()) {
                    return Answer::error(StatusCode::FORBIDDEN, apps::SUSPENDED);
                }
            }
            _ => {}
        }
        if self.is_graphql() {
            let mut answer = graphql::answer(&graphql::Context { github, caller, base, budget }, self.body);
            answer.headers.extend(Requirement::of(&[]).headers(caller));
            return answer;
        }
        let query = axum::extract::Query::<Query>::try_from_uri(self.uri).map(|query| query.0).unwrap_or_default();
        let page_limit = github.state().page_limit;
        let accept = self.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
        let path = path.trim_matches('/');
        let decoded: Vec<_> = path.split('/').map(|part| percent_decode_str(part).decode_utf8_lossy()).collect();
        let segments: Vec<&str> = decoded.iter().map(AsRef::as_ref).collect();
        Call { github, caller, base, query, raw_query: self.uri.query(), page_limit, accept, path }.answer(
            self.method,
            &segments,
            self.body,
        )
    }
}

impl Call<'_> {
    fn answer(&self, method: &Method, segments: &[&str], body: &[u8]) -> Answer {
        if let Some(named) = self.named(segments) {
            return self.answer(method, &named.iter().map(String::as_str).collect::<Vec<_>>(), body);
        }
        let requirement = Requirement::of(segments);
        let mut answer = requirement.refuse(self.caller).unwrap_or_else(|| match (method, segments) {
            (&Method::GET | &Method::HEAD, _) => self.dispatch(segments),
            (&Method::POST, ["app", "installations", id, "access_tokens"]) => self.create_access_token(id, body),
            _ => Answer::not_found(),
        });
        answer.headers.extend(requirement.headers(self.caller));
        answer
    }

    fn dispatch(&self, segments: &[&str]) -> Answer {
        match *segments {
            ["meta"] => self.meta(),
            ["rate_limit"] => self.rate_limit(),
            ["user"] | ["user", "repos" | "orgs" | "starred"] if matches!(self.caller, Caller::Installation(_)) => {
                Answer::error(StatusCode::FORBIDDEN, apps::NOT_ACCESSIBLE)
            }
            ["user"] => self.authenticated_user(),
            ["app"] => self.app(),
            ["app", "installations"] => self.installations(),
            ["app", "installations", id] => self.installation(|_, installation| installation.id.to_string() == id),
            ["orgs" | "users", login, "installation"] => {
                self.installation(|_, installation| installation.account.eq_ignore_ascii_case(login))
            }
            ["repos", owner, name, "installation"] => self.installation(|state, installation| {
                let found = state.lookup(&format!("{owner}/{name}"));
                matches!(found, Lookup::Found(entry) if installation.reaches(entry))
            }),
            ["installation", "repositories"] => self.installation_repositories(),
            ["gists"] => self.own_gists(),
            ["gists", "public"] => self.public_gists(),
            ["gists", "starred"] => self.starred_gists(),
            ["gists", id] => self.gist(id),
            ["users", login, "gists"] => self.gists_of(login),
            ["user", "starred"] => self.own_stars(),
            ["users", login, "starred"] => self.stars_of(login),
            ["user", "orgs"] => self.own_organizations(),
            ["orgs", login, "members"] => self.members(login),
            ["user", "repos"] => self.own_repositories(),
            ["users", login] => self.account(|state| state.account(login)),
            ["orgs", login] => self.organization_profile(|state| state.account(login)),
            ["user", id] if id.parse::<u64>().is_ok() => self.account(|state| by_id(state, id)),
            ["organizations", id] => self.organization_profile(|state| by_id(state, id)),
            ["users", login, "repos"] => self.public_repositories(|state| state.account(login)),
            ["user", id, "repos"] => self.public_repositories(|state| by_id(state, id)),
            ["orgs", login, "repos"] => self.organization_repositories(|state| state.account(login)),
            ["organizations", id, "repos"] => self.organization_repositories(|state| by_id(state, id)),
            ["repos", owner, name, "releases", ref rest @ ..] => self.releases(owner, name, rest),
            ["repos", owner, name, "zipball", ref reference @ ..] => self.zipball(owner, name, &reference.join("/")),
            ["repos", owner, name, "branches"] => self.branches(&format!("{owner}/{name}")),
            ["repos", owner, name, ref rest @ ..] if tracker::serves(rest) => {
                self.tracker(&format!("{owner}/{name}"), rest)
            }
            ["repositories", id, ref rest @ ..] if tracker::serves(rest) => self.tracker_by_id(id, rest),
            ["repos", owner, name] => self.repository_by_name(&format!("{owner}/{name}")),
            ["repositories", id] => self.repository_by_id(id),
            _ => self.settings(segments).unwrap_or_else(Answer::not_found),
        }
    }

    /// What a server tells of itself; one of GitHub Enterprise its version too.
    fn meta(&self) -> Answer {
        let mut meta = json!({ "verifiable_password_authentication": true });
        if self.base.prefix == ENTERPRISE_PREFIX {
            meta["installed_version"] = json!(ENTERPRISE_VERSION);
        }
        Answer::ok(meta)
    }

    fn rate_limit(&self) -> Answer {
        let show = |budget: Budget| {
            json!({
                "limit": budget.limit,
                "used": budget.used,
                "remaining": budget.remaining(),
                "reset": budget.reset,
                "resource": budget.resource,
            })
        };
        let core = show(self.github.budget(self.caller, "core"));
        let graphql = show(self.github.budget(self.caller, "graphql"));
        Answer::ok(json!({ "resources": { "core": core, "graphql": graphql }, "rate": core }))
    }

    /// A page of items as `show` shows them, if it does; its links are to `path`.
    fn page<T>(&self, path: &str, items: Vec<T>, show: impl Fn(T) -> Option<Value>) -> Answer {
        let page = Page::of(&self.query, self.page_limit);
        let link = page.link(items.len(), &self.base.api(path), self.raw_query);
        let mut answer = Answer::ok(page.items(items).into_iter().filter_map(show).collect());
        answer.headers.extend(link.map(|link| (header::LINK, link)));
        answer
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }
}

/// The account of an id in a path.
fn by_id<'a>(state: &'a State, id: &str) -> Option<&'a Account> {
    state.account_by_id(id.parse().ok()?)
}
