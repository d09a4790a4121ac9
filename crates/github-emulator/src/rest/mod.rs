//! The REST API.

mod accounts;
mod answer;
mod repositories;

use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use serde_json::json;

use self::answer::Answer;
use crate::account::Account;
use crate::caller::Caller;
use crate::github::GitHub;
use crate::listing::Query;
use crate::representation::Base;
use crate::state::State;

/// Where the API of a GitHub Enterprise Server begins.
const ENTERPRISE_PREFIX: &str = "/api/v3";

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
            ["users", login] => self.account(|state| state.account(login)),
            ["orgs", login] => self.account(|state| state.account(login).filter(|account| account.is_organization())),
            ["user", id] => self.account(|state| by_id(state, id)),
            ["organizations", id] => self.account(|state| by_id(state, id).filter(|account| account.is_organization())),
            ["users", login, "repos"] => self.public_repositories(|state| state.account(login)),
            ["user", id, "repos"] => self.public_repositories(|state| by_id(state, id)),
            ["orgs", login, "repos"] => self.organization_repositories(|state| state.account(login)),
            ["organizations", id, "repos"] => self.organization_repositories(|state| by_id(state, id)),
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

    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }
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

/// The account of an id in a path.
fn by_id<'a>(state: &'a State, id: &str) -> Option<&'a Account> {
    state.account_by_id(id.parse().ok()?)
}
