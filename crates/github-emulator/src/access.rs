//! Who sees what.

use crate::account::Account;
use crate::caller::Caller;
use crate::entry::Entry;
use crate::github::GitHub;
use crate::membership::Affiliation;
use crate::state::State;
use crate::token::UserToken;

/// GitHub's words to a token that an organization with single sign-on does not know.
pub(crate) const SSO_REQUIRED: &str = "Resource protected by organization SAML enforcement. \
    You must grant your Personal Access token access to this organization.";

impl GitHub {
    /// Lets an organization require single sign-on: what is its is refused to every token which
    /// is not authorized for it.
    pub fn require_sso(&self, organization: &str) {
        self.create_organization(organization);
        self.state().single_sign_on.entry(organization.to_ascii_lowercase()).or_default();
    }

    /// Authorizes a token for an organization which requires single sign-on.
    pub fn authorize_sso(&self, organization: &str, token: &str) {
        self.require_sso(organization);
        let mut state = self.state();
        let authorized = state.single_sign_on.entry(organization.to_ascii_lowercase()).or_default();
        authorized.insert(token.to_owned());
    }
}

impl State {
    /// Whether a caller may know of a repository.
    pub(crate) fn can_see(&self, caller: &Caller, entry: &Entry) -> bool {
        match caller {
            _ if !entry.is_private() => true,
            Caller::User(held) => {
                held.token.has_scope(&["repo"]) && held.token.reaches(entry) && self.belongs(held, entry)
            }
            Caller::Installation(token) => self.installation_reaches(token, entry),
            Caller::Anonymous | Caller::Unchecked | Caller::App(_) | Caller::Refused(_) => false,
        }
    }

    fn belongs(&self, held: &UserToken, entry: &Entry) -> bool {
        Affiliation::ALL.iter().any(|&(_, affiliation)| self.is_affiliated(&held.login, entry, affiliation))
    }

    /// The organization which requires single sign-on before a caller gets at what is its.
    pub(crate) fn requires_sso(&self, caller: &Caller, owner: &str) -> Option<&Account> {
        let Caller::User(held) = caller else {
            return None;
        };
        let authorized = self.single_sign_on.get(&owner.to_ascii_lowercase())?;
        if authorized.contains(&held.secret) { None } else { self.account(owner) }
    }
}
