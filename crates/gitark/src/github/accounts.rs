//! Accounts: users and organisations.

use std::{collections::BTreeSet, sync::Arc};

use serde::Deserialize;
use serde_json::Value;

use super::{Error, GitHub, resources::Scope, session::Session};
use crate::{
    cause,
    identity::{AccountId, RepositoryId},
};

/// A user or an organisation, as the API tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its identity: logins come and go.
    pub id: u64,
    /// Its login in GitHub's spelling.
    pub login: String,
    /// Whether it is an organisation.
    pub is_organization: bool,
    /// Whether it is that of the token that asks for it.
    pub is_own: bool,
    /// Whether an app that is installed there asks for it.
    is_installed: bool,
    /// The number of the credential that asks for it.
    session: usize,
}

/// An account in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Item {
    pub(super) login: String,
    #[serde(default)]
    id: Option<u64>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

impl Item {
    fn is_organization(&self) -> bool {
        self.kind.as_deref() == Some("Organization")
    }

    /// The account; none where its id is not told.
    fn account(&self, session: usize) -> Option<Account> {
        let (login, is_organization) = (self.login.clone(), self.is_organization());
        Some(Account { id: self.id?, login, is_organization, is_own: false, is_installed: false, session })
    }

    /// The same, where an app is installed.
    fn installed(&self, session: usize) -> Option<Account> {
        Some(Account { is_installed: true, ..self.account(session)? })
    }
}

impl Account {
    /// Its identity among repositories.
    pub fn identity(&self) -> RepositoryId {
        RepositoryId::Account(AccountId(self.id))
    }

    /// What its resources are of.
    pub fn scopes(&self) -> &'static [Scope] {
        match (self.is_organization, self.is_own) {
            (true, _) => &[Scope::Organization],
            (false, true) => &[Scope::User, Scope::Owner],
            (false, false) => &[Scope::User],
        }
    }

    /// Whether the credential is better for it than one that anyone could have.
    fn is_preferred(&self) -> bool {
        self.is_own || self.is_installed
    }
}

/// Adds an account to others, each once, with the credential that sees most of it.
pub(super) fn add(accounts: &mut Vec<Account>, account: Account) {
    match accounts.iter_mut().find(|known| known.id == account.id) {
        Some(known) if account.is_preferred() && !known.is_preferred() => *known = account,
        Some(_) => {}
        None => accounts.push(account),
    }
}

/// What an account is to who asks for it.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) is_organization: bool,
    /// Whether it is that of the token.
    pub(super) is_own: bool,
    /// The account; none where its id is not told.
    pub(super) account: Option<Account>,
}

/// Whose the credentials are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// Their logins for names, sorted, with `+` between; none where GitHub does not tell all of them.
    pub name: Option<String>,
    /// Their accounts.
    pub accounts: Vec<Account>,
}

impl GitHub {
    /// Whose the credentials are.
    ///
    /// # Errors
    /// A refused token, [`Error::Cancelled`]. Whatever else fails is told by the listing.
    pub async fn owners(&self) -> Result<Owners, Error> {
        let (mut owners, mut logins, mut is_whole) = (Owners::default(), BTreeSet::new(), true);
        for (number, session) in self.sessions().iter().enumerate().filter(|(_, session)| !session.is_anonymous()) {
            let (login, account) = match session.installed_for() {
                Some(item) => (Some(item.login.clone()), item.installed(number)),
                None => match session.get::<Value>(session.url(&["user"])).await {
                    Err(error @ (Error::Unauthorized { .. } | Error::Cancelled)) => return Err(error),
                    me => {
                        let me = me.ok().and_then(|me| serde_json::from_value::<Item>(me).ok());
                        let account = me.as_ref().and_then(|me| me.account(number));
                        (me.map(|me| me.login), account.map(|account| Account { is_own: true, ..account }))
                    }
                },
            };
            // One that is not told makes the others a part.
            match login.filter(|login| !login.is_empty()) {
                Some(login) => drop(logins.insert(cause::printable(&login))),
                None => is_whole = false,
            }
            if let Some(account) = account {
                add(&mut owners.accounts, account);
            }
        }
        if is_whole && !logins.is_empty() {
            owners.name = Some(logins.into_iter().collect::<Vec<_>>().join("+"));
        }
        Ok(owners)
    }

    /// The account called `login`, as credential `number` sees it.
    ///
    /// # Errors
    /// [`Error::NoSuchAccount`], or any failure to ask.
    pub(super) async fn account(&self, login: &str, number: usize, session: &Session) -> Result<Seen, Error> {
        if let Some(item) = session.installed_for().filter(|item| item.login.eq_ignore_ascii_case(login)) {
            let (is_organization, account) = (item.is_organization(), item.installed(number));
            return Ok(Seen { is_organization, is_own: false, account });
        }
        let found: Value = match session.get(session.url(&["users", login])).await {
            Err(Error::Status { status: 404, .. }) => {
                return Err(Error::NoSuchAccount { name: login.to_owned(), host: self.host().to_owned() });
            }
            result => result?,
        };
        let is_organization = found.get("type").and_then(Value::as_str) == Some("Organization");
        let account = serde_json::from_value::<Item>(found).ok().and_then(|item| item.account(number));
        if is_organization || session.is_anonymous() || session.installation().is_some() {
            return Ok(Seen { is_organization, is_own: false, account });
        }
        let me: Value = session.get(session.url(&["user"])).await?;
        let is_own = me.get("login").and_then(Value::as_str).is_some_and(|me| me.eq_ignore_ascii_case(login));
        Ok(Seen { is_organization, is_own, account: account.map(|account| Account { is_own, ..account }) })
    }

    /// The credential that asks for `account`.
    pub(super) fn session_of(&self, account: &Account) -> Arc<Session> {
        self.session_at(account.session)
    }
}
