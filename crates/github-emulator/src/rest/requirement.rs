//! What tokens need for a request.

use axum::http::{HeaderName, StatusCode};
use jiff::Timestamp;

use super::{Answer, tracker};
use crate::caller::Caller;

/// The scopes which let a token read about organizations.
const ORGANIZATION_SCOPES: &str = "admin:org, read:org, repo, user, write:org";

/// What a token needs for a request.
pub(super) struct Requirement {
    /// The scopes of which a classic token needs one.
    scopes: &'static str,
    /// The permission a fine-grained token needs.
    permission: Option<&'static str>,
}

impl Requirement {
    /// What a token needs for a path.
    pub(super) fn of(segments: &[&str]) -> Requirement {
        let (scopes, permission) = match *segments {
            ["repos", _, _, "branches" | "releases", ..] => ("repo", Some("contents")),
            ["repos", _, _, ref rest @ ..] | ["repositories", _, ref rest @ ..] if tracker::serves(rest) => {
                ("repo", Some(tracker::permission(rest)))
            }
            ["repos", ..] | ["repositories", _] => ("repo", Some("metadata")),
            ["user", "repos"] | ["users" | "orgs" | "user" | "organizations", _, "repos"] => ("", Some("metadata")),
            ["user", "orgs"] => (ORGANIZATION_SCOPES, None),
            ["orgs", _, "members"] => (ORGANIZATION_SCOPES, Some("members")),
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
        match (held.token.scopes(), self.permission) {
            (Some(scopes), _) => {
                push("x-oauth-scopes", scopes.join(", "));
                push("x-accepted-oauth-scopes", self.scopes.to_owned());
            }
            (None, Some(permission)) => push("x-accepted-github-permissions", format!("{permission}=read")),
            (None, None) => {}
        }
        if let Some(expiry) = held.token.expiry().and_then(|expiry| Timestamp::from_second(expiry).ok()) {
            push("github-authentication-token-expiration", expiry.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
        }
        headers
    }
}
