//! Tokens of users.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::entry::Entry;
use crate::github::GitHub;
use crate::settings;

/// What the names of fine-grained tokens begin with.
const FINE_GRAINED_PREFIX: &str = "github_pat_";

/// The scopes of a token which may do everything.
const EVERY_SCOPE: [&str; 17] = [
    "admin:enterprise",
    "admin:gpg_key",
    "admin:org",
    "admin:org_hook",
    "admin:public_key",
    "admin:repo_hook",
    "admin:ssh_signing_key",
    "audit_log",
    "delete_repo",
    "gist",
    "notifications",
    "project",
    "repo",
    "user",
    "workflow",
    "write:discussion",
    "write:packages",
];

/// The scopes and permissions of a token about which nothing is said; permissions for settings come
/// beside them.
const USUAL_SCOPES: [&str; 3] = ["gist", "read:org", "repo"];
const USUAL_PERMISSIONS: [(&str, &str); 6] = [
    ("contents", "read"),
    ("issues", "read"),
    ("members", "read"),
    ("metadata", "read"),
    ("pull_requests", "read"),
    ("starring", "read"),
];

/// What a token may do. It sees the repositories of all owners unless told otherwise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    kind: TokenKind,
    expires_at: Option<i64>,
    owners: Option<Vec<String>>,
    repositories: Option<Vec<String>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum TokenKind {
    Classic { scopes: Vec<String> },
    FineGrained { permissions: BTreeMap<String, String> },
}

/// A token with its holder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct UserToken {
    pub(crate) secret: String,
    pub(crate) login: String,
    pub(crate) token: Token,
}

impl Token {
    /// A classic token with these scopes. Private repositories need `repo`, secret gists `gist`,
    /// and the organizations of a user `read:org`.
    pub fn classic<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Token {
        Token::new(TokenKind::Classic { scopes: scopes.into_iter().map(Into::into).collect() })
    }

    /// A fine-grained token with these permissions, such as `("contents", "read")`; every one has
    /// `metadata`.
    pub fn fine_grained<S: Into<String>>(permissions: impl IntoIterator<Item = (S, S)>) -> Token {
        let permissions = permissions.into_iter().map(|(name, level)| (name.into(), level.into()));
        Token::new(TokenKind::FineGrained { permissions: permissions.collect() })
    }

    /// A classic token which may do everything.
    pub fn everything() -> Token {
        Token::classic(EVERY_SCOPE)
    }

    /// A token of the kind its name tells which may read everything.
    pub(crate) fn usual(secret: &str) -> Token {
        if secret.starts_with(FINE_GRAINED_PREFIX) {
            Token::fine_grained(USUAL_PERMISSIONS.into_iter().chain(settings::permissions()))
        } else {
            Token::classic(USUAL_SCOPES)
        }
    }

    fn new(kind: TokenKind) -> Token {
        Token { kind, expires_at: None, owners: None, repositories: None }
    }

    /// Lets the token expire, in seconds since the epoch; it is refused from then on.
    #[must_use]
    pub fn expires_at(mut self, seconds: i64) -> Token {
        self.expires_at = Some(seconds);
        self
    }

    /// Lets the token see private repositories of these accounts alone, and list only theirs.
    #[must_use]
    pub fn owners<S: Into<String>>(mut self, logins: impl IntoIterator<Item = S>) -> Token {
        self.owners = Some(logins.into_iter().map(Into::into).collect());
        self
    }

    /// Lets the token see these private repositories alone, and list only these.
    #[must_use]
    pub fn repositories<S: Into<String>>(mut self, full_names: impl IntoIterator<Item = S>) -> Token {
        self.repositories = Some(full_names.into_iter().map(Into::into).collect());
        self
    }

    /// Whether a repository is among those the token is for.
    pub(crate) fn reaches(&self, entry: &Entry) -> bool {
        let among = |names: &Option<Vec<String>>, name: &str| {
            names.as_ref().is_none_or(|names| names.iter().any(|found| found.eq_ignore_ascii_case(name)))
        };
        among(&self.owners, &entry.owner) && among(&self.repositories, &entry.full_name())
    }

    /// The scopes of a classic token.
    pub(crate) fn scopes(&self) -> Option<&[String]> {
        match &self.kind {
            TokenKind::Classic { scopes } => Some(scopes),
            TokenKind::FineGrained { .. } => None,
        }
    }

    /// Whether a classic token has one of these scopes; others need none.
    pub(crate) fn has_scope(&self, wanted: &[&str]) -> bool {
        self.scopes().is_none_or(|scopes| scopes.iter().any(|scope| wanted.contains(&scope.as_str())))
    }

    /// Whether a fine-grained token has a permission, perhaps with `=write`; others need none.
    pub(crate) fn has_permission(&self, wanted: &str) -> bool {
        match &self.kind {
            TokenKind::Classic { .. } => true,
            TokenKind::FineGrained { permissions } => {
                let (name, level) = wanted.split_once('=').unwrap_or((wanted, "read"));
                let held = permissions.get(name);
                name == "metadata" || held.is_some_and(|held| level == "read" || held == level)
            }
        }
    }

    /// When the token expires, in seconds since the epoch.
    pub(crate) fn expiry(&self) -> Option<i64> {
        self.expires_at
    }
}

impl GitHub {
    /// Lets a token authenticate as a user, who is created when unknown. Once any token is set,
    /// others are refused. The token is fine-grained when its name begins like one's, else
    /// classic, and may read everything.
    pub fn set_token(&self, token: &str, login: &str) {
        self.create_token(token, login, Token::usual(token));
    }

    /// Lets a token authenticate as a user, who is created when unknown, and do what `may` says.
    /// Once any token is set, others are refused.
    pub fn create_token(&self, token: &str, login: &str, may: Token) {
        let mut state = self.state();
        let login = state.ensure_account(login);
        let held = UserToken { secret: token.to_owned(), login, token: may };
        state.tokens.insert(token.to_owned(), Arc::new(held));
    }

    /// Lets a token be refused from now on.
    pub fn revoke_token(&self, token: &str) {
        self.state().tokens.insert(
            token.to_owned(),
            Arc::new(UserToken {
                secret: token.to_owned(),
                login: String::new(),
                token: Token::classic([""; 0]).expires_at(i64::MIN),
            }),
        );
    }
}
