//! GitHub Apps, their installations, and the tokens of those.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::entry::Entry;
use crate::github::GitHub;
use crate::jwt;
use crate::state::{Lookup, State};

/// A private key for the apps of tests, in the form GitHub hands out. It protects nothing.
pub const EXAMPLE_PRIVATE_KEY: &str = include_str!("example-key.pem");

/// The public key which belongs to [`EXAMPLE_PRIVATE_KEY`].
pub const EXAMPLE_PUBLIC_KEY: &str = include_str!("example-key.pub.pem");

/// How long the token of an installation is good, unless set.
const LIFETIME: Duration = Duration::from_secs(3600);

/// The id of the first installation.
const FIRST_INSTALLATION_ID: u64 = 5000;

/// The apps and what belongs to them.
pub(crate) struct Apps {
    pub(crate) apps: BTreeMap<u64, App>,
    pub(crate) installations: BTreeMap<u64, Installation>,
    pub(crate) tokens: HashMap<String, Arc<InstallationToken>>,
    pub(crate) lifetime: Duration,
}

/// An app.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) id: u64,
    pub(crate) slug: String,
    /// The RSA key in DER.
    pub(crate) public_key: Vec<u8>,
}

/// An app at an account.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    pub(crate) id: u64,
    pub(crate) app: u64,
    pub(crate) account: String,
    /// The repositories chosen, unless it is for all of the account.
    pub(crate) selected: Option<BTreeSet<u64>>,
    pub(crate) permissions: BTreeMap<String, String>,
    pub(crate) created_at: i64,
    pub(crate) suspended_at: Option<i64>,
}

/// A token of an installation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct InstallationToken {
    pub(crate) secret: String,
    pub(crate) installation: u64,
    /// When it is refused, in seconds since the epoch.
    pub(crate) expires_at: i64,
    /// The repositories it is for, unless all of the installation's.
    pub(crate) repositories: Option<BTreeSet<u64>>,
}

impl Default for Apps {
    fn default() -> Apps {
        Apps { apps: BTreeMap::new(), installations: BTreeMap::new(), tokens: HashMap::new(), lifetime: LIFETIME }
    }
}

impl Installation {
    /// Whether a repository is among the installation's.
    pub(crate) fn reaches(&self, entry: &Entry) -> bool {
        entry.owner.eq_ignore_ascii_case(&self.account)
            && self.selected.as_ref().is_none_or(|selected| selected.contains(&entry.id))
    }

    /// The `repository_selection`.
    pub(crate) fn selection(&self) -> &'static str {
        if self.selected.is_some() { "selected" } else { "all" }
    }
}

impl GitHub {
    /// Makes a GitHub App, whose web tokens are signed with the private part of an RSA key.
    /// From then on unknown credentials are refused.
    pub fn create_app(&self, id: u64, slug: &str, public_key_pem: &str) {
        let public_key = jwt::public_key(public_key_pem).expect("a public RSA key in PEM");
        self.state().apps.apps.insert(id, App { id, slug: slug.to_owned(), public_key });
    }

    /// Installs an app at an account, a user made when unknown, for all its repositories or for
    /// those `selected` by their full names: the installation's id.
    pub fn install_app(&self, app: u64, account: &str, selected: Option<&[&str]>, permissions: &[(&str, &str)]) -> u64 {
        let mut state = self.state();
        assert!(state.apps.apps.contains_key(&app), "there is no app {app}");
        let account = state.ensure_account(account);
        let repository = |full_name: &&str| match state.lookup(full_name) {
            Lookup::Found(entry) => entry.id,
            _ => panic!("there is no repository {full_name}"),
        };
        let selected = selected.map(|names| names.iter().map(repository).collect());
        let permissions = permissions.iter().map(|&(name, level)| (name.to_owned(), level.to_owned())).collect();
        let created_at = state.tick();
        let installations = &mut state.apps.installations;
        let id = installations.last_key_value().map_or(FIRST_INSTALLATION_ID, |(id, _)| id + 1);
        let installation = Installation { id, app, account, selected, permissions, created_at, suspended_at: None };
        installations.insert(id, installation);
        id
    }

    /// Suspends an installation, or lets it be again.
    pub fn suspend_installation(&self, id: u64, suspended: bool) {
        let mut state = self.state();
        let now = state.tick();
        let installation = state.apps.installations.get_mut(&id).expect("an installation's id");
        installation.suspended_at = suspended.then_some(now);
    }

    /// Removes an installation; its tokens are refused.
    pub fn uninstall_app(&self, installation: u64) {
        let mut state = self.state();
        state.apps.installations.remove(&installation);
    }

    /// Sets how long the tokens of installations made from now on are good, an hour to begin
    /// with.
    pub fn set_installation_token_lifetime(&self, lifetime: Duration) {
        self.state().apps.lifetime = lifetime;
    }
}

impl State {
    /// The installation of a token, unless it was removed.
    pub(crate) fn installation(&self, token: &InstallationToken) -> Option<&Installation> {
        self.apps.installations.get(&token.installation)
    }

    /// Whether a token of an installation is for a repository.
    pub(crate) fn installation_reaches(&self, token: &InstallationToken, entry: &Entry) -> bool {
        let among = token.repositories.as_ref().is_none_or(|repositories| repositories.contains(&entry.id));
        among && self.installation(token).is_some_and(|installation| installation.reaches(entry))
    }
}
