//! Who makes a request.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::app::InstallationToken;
use crate::github::GitHub;
use crate::jwt;
use crate::token::UserToken;

/// Who makes a request, as far as the credentials tell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Caller {
    /// No credentials.
    Anonymous,
    /// Credentials, while no token is known to check them against.
    Unchecked,
    /// The holder of a known token.
    User(Arc<UserToken>),
    /// An app, by its id.
    App(u64),
    /// An installation of an app.
    Installation(Arc<InstallationToken>),
    /// Credentials which are not valid, with GitHub's words about them.
    Refused(&'static str),
}

impl Caller {
    /// Whether there are credentials which are valid.
    pub(crate) fn is_authenticated(&self) -> bool {
        matches!(self, Caller::User(_) | Caller::App(_) | Caller::Installation(_))
    }

    /// The login of the user who makes the request.
    pub(crate) fn login(&self) -> Option<&str> {
        self.token().map(|held| held.login.as_str())
    }

    /// The user's token.
    pub(crate) fn token(&self) -> Option<&UserToken> {
        match self {
            Caller::User(held) => Some(held),
            _ => None,
        }
    }

    /// What the limits are for.
    pub(crate) fn credential(&self) -> String {
        match self {
            Caller::User(held) => held.secret.clone(),
            Caller::App(id) => format!("app {id}"),
            Caller::Installation(token) => format!("installation {}", token.installation),
            Caller::Anonymous | Caller::Unchecked | Caller::Refused(_) => String::new(),
        }
    }

    /// The caller by the `Authorization` header.
    pub(crate) fn identify(headers: &HeaderMap, github: &GitHub) -> Caller {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Caller::Anonymous;
        };
        let now = github.now();
        let state = github.state();
        if state.tokens.is_empty() && state.apps.apps.is_empty() {
            return Caller::Unchecked;
        }
        let credentials = value.to_str().map(candidates).unwrap_or_default();
        if let Some(token) = credentials.iter().find(|token| jwt::is_one(token)) {
            return jwt::app(&state, token, now).map_or_else(Caller::Refused, Caller::App);
        }
        let user = || {
            let held = credentials.iter().find_map(|token| state.tokens.get(token))?;
            let valid = held.token.expiry().is_none_or(|expiry| now < expiry);
            valid.then(|| Caller::User(held.clone()))
        };
        let installation = || {
            let token = credentials.iter().find_map(|token| state.apps.tokens.get(token))?;
            let valid = now < token.expires_at && state.installation(token).is_some();
            valid.then(|| Caller::Installation(token.clone()))
        };
        user().or_else(installation).unwrap_or(Caller::Refused("Bad credentials"))
    }
}

/// The scheme of the `Authorization` header, in its usual spelling.
pub(crate) fn scheme(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let scheme = value.split_whitespace().next().unwrap_or_default();
    let usual = ["Basic", "Bearer", "token"].into_iter().find(|usual| usual.eq_ignore_ascii_case(scheme));
    Some(usual.unwrap_or(scheme).to_owned())
}

/// What may be the token in an `Authorization` header: with Basic the password, or the user name.
fn candidates(value: &str) -> Vec<String> {
    let Some((scheme, credentials)) = value.trim().split_once(' ') else {
        return Vec::new();
    };
    let credentials = credentials.trim();
    if !scheme.eq_ignore_ascii_case("basic") {
        return vec![credentials.to_owned()];
    }
    let Ok(decoded) = STANDARD.decode(credentials) else {
        return Vec::new();
    };
    let decoded = String::from_utf8_lossy(&decoded);
    match decoded.split_once(':') {
        Some((user, password)) => vec![password.to_owned(), user.to_owned()],
        None => Vec::new(),
    }
}
