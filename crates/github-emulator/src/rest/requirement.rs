//! What tokens need for a request.

use axum::http::{HeaderName, StatusCode};
use jiff::Timestamp;

use super::{Answer, tracker};
use crate::caller::Caller;
use crate::settings::{self, Endpoint, READ_ORGANIZATION};

/// What a token needs for a request.
pub(super) struct Requirement {
    /// The scopes of which a classic token needs one.
    scopes: &'static str,
    /// The permission a fine-grained token needs, with `=write` where reading takes that.
    permission: Option<&'static str>,
}

impl Requirement {
    /// What a token needs for a path.
    pub(super) fn of(segments: &[&str]) -> Requirement {
        if let Some(found) = settings::find(segments) {
            let Endpoint { scopes, permission, .. } = *found.endpoint;
            return Requirement { scopes, permission };
        }
        let (scopes, permission) = match *segments {
            ["repos", _, _, "branches" | "releases" | "zipball", ..] => ("repo", Some("contents")),
            ["repos", _, _, ref rest @ ..] | ["repositories", _, ref rest @ ..] if tracker::serves(rest) => {
                ("repo", Some(tracker::permission(rest)))
            }
            ["repos", ..] | ["repositories", _] => ("repo", Some("metadata")),
            ["user", "repos"] | ["users" | "orgs" | "user" | "organizations", _, "repos"] => ("", Some("metadata")),
            ["user", "orgs"] => (READ_ORGANIZATION, None),
            ["orgs", _, "members"] => (READ_ORGANIZATION, Some("members")),
            ["user", "starred"] => ("", Some("starring")),
            _ => ("", None),
        };
        Requirement { scopes, permission }
    }

    /// The answer to a fine-grained token without the permission.
    pub(super) fn refuse(&self, caller: &Caller) -> Option<Answer> {
        let held = caller.token()?;
        let missing = self.permission.is_some_and(|permission| !held.token.has_permission(permission));
        let message = "Resource not accessible by personal access token";
        missing.then(|| Answer::error(StatusCode::FORBIDDEN, message))
    }

    /// The headers which tell of the token and of what it needs.
    pub(super) fn headers(&self, caller: &Caller) -> Vec<(HeaderName, String)> {
        let Some(held) = caller.token() else {
            return Vec::new();
        };
        let mut headers = Vec::new();
        let mut push = |name: &'static str, value: String| headers.push((HeaderName::from_static(name), value));
        match (held.token.scopes(), self.permission.map(settings::level)) {
            (Some(scopes), _) => {
                push("x-oauth-scopes", scopes.join(", "));
                push("x-accepted-oauth-scopes", self.scopes.to_owned());
            }
            (None, Some((name, level))) => push("x-accepted-github-permissions", format!("{name}={level}")),
            (None, None) => {}
        }
        if let Some(expiry) = held.token.expiry().and_then(|expiry| Timestamp::from_second(expiry).ok()) {
            push("github-authentication-token-expiration", expiry.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
        }
        headers
    }
}
