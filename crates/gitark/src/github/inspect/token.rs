//! A token: its kind, whose it is, what it may do, and when it ends.
//!
//! Source: "GitHub's token formats", "Scopes for OAuth apps", "Permissions required for fine-grained personal access
//! tokens" in GitHub's documentation.

use jiff::{SignedDuration, Timestamp, Zoned};
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;

use super::{
    super::{Error, session::Session},
    graphql, limits,
    reach::Reached,
    sources::Usable,
};
use crate::{
    cause,
    finding::{About, Tell},
    http::Token,
};

/// An end that is nearer is told.
const ENDS_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Of a shorter token not even the end is shown.
const SHOWN_FROM: usize = 20;

/// The scopes that a backup of everything asks for: the scope, those that hold it too, what is not seen without.
const SCOPES: [(&str, &[&str], &str); 3] = [
    ("repo", &[], "private repositories are not seen without it"),
    ("gist", &[], "secret gists are not seen without it"),
    (
        "read:org",
        &["write:org", "admin:org"],
        "organisations in which you are a private member are not seen without it",
    ),
];

/// What kind of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Classic,
    FineGrained,
    OAuth,
    Installation,
    UserToServer,
    Refresh,
    AppItself,
    Unknown,
}

impl Kind {
    fn of(token: &Token) -> Self {
        const PREFIXES: [(&str, Kind); 7] = [
            ("ghp_", Kind::Classic),
            ("github_pat_", Kind::FineGrained),
            ("gho_", Kind::OAuth),
            ("ghs_", Kind::Installation),
            ("ghu_", Kind::UserToServer),
            ("ghr_", Kind::Refresh),
            ("eyJ", Kind::AppItself),
        ];
        let secret = token.secret();
        let known = PREFIXES.iter().find(|(prefix, _)| secret.starts_with(prefix)).map(|(_, kind)| *kind);
        // Before 2021 tokens were forty hexadecimal digits.
        let is_old = secret.len() == 40 && secret.bytes().all(|byte| byte.is_ascii_hexdigit());
        known.unwrap_or(if is_old { Kind::Classic } else { Kind::Unknown })
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Classic => "a classic token (ghp_)",
            Kind::FineGrained => "a fine-grained token (github_pat_)",
            Kind::OAuth => "a token of an OAuth app such as gh (gho_)",
            Kind::Installation => "a token of an app's installation (ghs_), good for an hour",
            Kind::UserToServer => "a user's token of a GitHub App (ghu_)",
            Kind::Refresh => "a refresh token (ghr_), which is good for new tokens alone",
            Kind::AppItself => "a token of an app itself, which sees no repositories",
            Kind::Unknown => "a token of a kind that gitark does not know",
        }
    }
}

/// The token as it is shown: its last characters.
fn shown(token: &Token) -> String {
    let secret = token.secret();
    let end = secret.get(secret.len().saturating_sub(4)..).filter(|_| secret.len() >= SHOWN_FROM);
    end.map_or_else(|| "token".to_owned(), |end| format!("token …{end}"))
}

/// Looks at a token. `None` when it cannot be used.
pub(super) async fn look(
    session: &std::sync::Arc<Session>,
    token: &Token,
    reached: &Reached,
    tell: &mut Tell<'_>,
) -> Result<Option<Usable>, Error> {
    let about = &mut About::new(shown(token), tell);
    let kind = Kind::of(token);
    let settings = settings(kind, reached);
    if matches!(kind, Kind::Refresh | Kind::AppItself) {
        about.problem("token", kind.name(), format!("make one at {settings}, or use --app-id and --app-key-file"));
        skip_rest(about);
        return Ok(None);
    }
    let url = session.url(&["user"]);
    let (status, answer) = match session.look(url.clone(), None, Some(token)).await {
        Ok(looked) => looked,
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        Err(error) => {
            about.problem("token", cause::chain(&error), "run again");
            skip_rest(about);
            return Ok(None);
        }
    };
    if status == StatusCode::UNAUTHORIZED {
        let found = format!("{}, which GitHub refuses: it has ended, was revoked, or is another server's", kind.name());
        about.problem("token", found, format!("make a new one at {settings}"));
        skip_rest(about);
        return Ok(None);
    }
    let said: Value = answer.value();
    match said["login"].as_str() {
        Some(login) if status.is_success() => about.ok("token", format!("{}, of {login}", kind.name())),
        // It is no person's.
        _ if kind == Kind::Installation => about.ok("token", kind.name()),
        // The hour's requests may be used up; that is told below.
        _ => about.warning(
            "token",
            format!("{}; whose it is, is not told ({status})", kind.name()),
            "see the rate limit below, or look at the token's settings",
        ),
    }
    let has_scopes = scopes(kind, &answer.headers, &settings, about);
    expiry(kind, &answer.headers, reached, &settings, about);
    limits(session, about).await?;
    graphql(session.server(), session, about).await?;
    Ok(Some(Usable { session: session.clone(), has_permissions: !has_scopes }))
}

fn skip_rest(about: &mut About<'_, '_>) {
    for check in ["scopes", "expiry", "rate limit", "graphql"] {
        about.skipped(check, "the token cannot be used", None);
    }
}

/// Where such a token is made and changed.
fn settings(kind: Kind, reached: &Reached) -> String {
    match kind {
        Kind::FineGrained => format!("{}/settings/personal-access-tokens", reached.page),
        _ => format!("{}/settings/tokens", reached.page),
    }
}

/// What a token with scopes lacks. Whether it has scopes, and not permissions.
fn scopes(kind: Kind, headers: &HeaderMap, settings: &str, about: &mut About<'_, '_>) -> bool {
    let Some(scopes) = headers.get("x-oauth-scopes").and_then(|value| value.to_str().ok()) else {
        about.ok("scopes", "none: it has permissions, each for chosen repositories");
        return false;
    };
    let has: Vec<&str> = scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty()).collect();
    let lacks =
        |(scope, wider, _): &&(&str, &[&str], &str)| !has.iter().any(|held| held == scope || wider.contains(held));
    let missing: Vec<_> = SCOPES.iter().filter(lacks).collect();
    if missing.is_empty() {
        about.ok("scopes", has.join(", "));
    }
    for (scope, _, without) in missing {
        let advice = match kind {
            Kind::OAuth => format!("gh auth refresh --scopes {scope}"),
            _ => format!("add {scope} at {settings}"),
        };
        about.warning(&format!("scope {scope}"), format!("missing: {without}"), advice);
    }
    true
}

/// When the token ends.
fn expiry(kind: Kind, headers: &HeaderMap, reached: &Reached, settings: &str, about: &mut About<'_, '_>) {
    let Some(text) = headers.get("github-authentication-token-expiration").and_then(|value| value.to_str().ok()) else {
        match kind {
            Kind::Classic | Kind::FineGrained => about.ok("expiry", "it does not end by itself"),
            _ => about.ok("expiry", "GitHub does not tell"),
        }
        return;
    };
    let Some(end) = read_expiry(text) else {
        about.warning("expiry", format!("GitHub says {text:?}"), "look at the token's settings");
        return;
    };
    let left = end.duration_since(reached.clock.unwrap_or_else(Timestamp::now));
    let days = left.as_hours() / 24;
    let found = format!("it ends in {days} days, on {}", end.strftime("%Y-%m-%d"));
    if left < ENDS_SOON {
        about.warning("expiry", found, format!("make a new one before, at {settings}"));
    } else {
        about.ok("expiry", found);
    }
}

/// `2026-12-24 12:00:00 UTC`, or with `+0100` at the end.
fn read_expiry(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let text = text.strip_suffix("UTC").map_or_else(|| text.to_owned(), |start| format!("{start}+0000"));
    Some(Zoned::strptime("%Y-%m-%d %H:%M:%S %z", text).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_read_in_both_forms_that_github_uses() {
        let read = |text: &str| read_expiry(text).map(|time| time.to_string());
        assert_eq!(read("2026-12-24 12:00:00 UTC").as_deref(), Some("2026-12-24T12:00:00Z"));
        assert_eq!(read("2026-12-24 12:00:00 +0100").as_deref(), Some("2026-12-24T11:00:00Z"));
        assert_eq!(read("soon"), None);
    }

    #[test]
    fn a_kind_is_told_by_how_a_token_begins_and_only_its_end_is_shown() {
        let kind = |secret: &str| Kind::of(&Token::new(secret));
        assert_eq!(kind("ghp_0123456789abcdefghij"), Kind::Classic);
        assert_eq!(kind("0123456789abcdef0123456789abcdef01234567"), Kind::Classic);
        assert_eq!(kind("github_pat_0123"), Kind::FineGrained);
        assert_eq!(kind("something"), Kind::Unknown);
        assert_eq!(shown(&Token::new("ghp_0123456789abcdefghij")), "token …ghij");
        assert_eq!(shown(&Token::new("short")), "token");
    }
}
