//! Who belongs to what.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::Account;
use crate::entry::Entry;
use crate::github::GitHub;
use crate::repository::Repository;
use crate::state::State;

/// Who is a member of what, by logins in lower case. Of those who are not in here everything is
/// taken.
#[derive(Default)]
pub(crate) struct Memberships {
    organizations: BTreeMap<String, BTreeSet<String>>,
    repositories: BTreeMap<String, BTreeSet<u64>>,
    /// The members who own the organization, by its login.
    owners: BTreeMap<String, BTreeSet<String>>,
}

/// How a user comes to a repository.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Affiliation {
    Owner,
    Collaborator,
    OrganizationMember,
}

impl Affiliation {
    /// All of them with their names in the parameter `affiliation`.
    pub(crate) const ALL: [(&'static str, Affiliation); 3] = [
        ("owner", Affiliation::Owner),
        ("collaborator", Affiliation::Collaborator),
        ("organization_member", Affiliation::OrganizationMember),
    ];
}

impl GitHub {
    /// Makes a user a member of an organization; both are created when unknown. From the first
    /// membership of any kind on, a user belongs to nothing but what was said.
    pub fn add_member(&self, organization: &str, login: &str) {
        self.create_organization(organization);
        let mut state = self.state();
        let login = state.ensure_account(login).to_ascii_lowercase();
        let memberships = &mut state.memberships;
        memberships.organizations.entry(login).or_default().insert(organization.to_ascii_lowercase());
    }

    /// Makes a user an owner of an organization, and with that a member.
    pub fn add_owner(&self, organization: &str, login: &str) {
        self.add_member(organization, login);
        let (organization, login) = (organization.to_ascii_lowercase(), login.to_ascii_lowercase());
        self.state().memberships.owners.entry(organization).or_default().insert(login);
    }

    /// Makes a user a collaborator of a repository; the user is created when unknown. From the
    /// first membership of any kind on, a user belongs to nothing but what was said.
    pub fn add_collaborator(&self, repository: &Repository, login: &str) {
        let mut state = self.state();
        let login = state.ensure_account(login).to_ascii_lowercase();
        state.memberships.repositories.entry(login).or_default().insert(repository.id());
    }
}

impl State {
    /// Whether a user has that affiliation with a repository. A user of whom nothing was said is
    /// a member of all organizations, and collaborates on what is private to other users.
    pub(crate) fn is_affiliated(&self, login: &str, entry: &Entry, affiliation: Affiliation) -> bool {
        let login = login.to_ascii_lowercase();
        let known = self.memberships.is_known(&login);
        let is_owner = entry.owner.eq_ignore_ascii_case(&login);
        let of_organization = || self.account(&entry.owner).is_some_and(Account::is_organization);
        match affiliation {
            Affiliation::Owner => is_owner,
            Affiliation::Collaborator if known => {
                self.memberships.repositories.get(&login).is_some_and(|repositories| repositories.contains(&entry.id))
            }
            Affiliation::Collaborator => !is_owner && entry.is_private() && !of_organization(),
            Affiliation::OrganizationMember => of_organization() && self.is_member(&entry.owner, &login),
        }
    }

    /// Whether a user is a member of an organization.
    pub(crate) fn is_member(&self, organization: &str, login: &str) -> bool {
        let login = login.to_ascii_lowercase();
        let organizations = self.memberships.organizations.get(&login);
        !self.memberships.is_known(&login)
            || organizations.is_some_and(|found| found.contains(&organization.to_ascii_lowercase()))
    }

    /// Whether a user was made an owner of an organization.
    pub(crate) fn is_owner(&self, organization: &str, login: &str) -> bool {
        let owners = self.memberships.owners.get(&organization.to_ascii_lowercase());
        owners.is_some_and(|owners| owners.contains(&login.to_ascii_lowercase()))
    }

    /// The users who were made members of an organization.
    pub(crate) fn members(&self, organization: &str) -> Vec<&Account> {
        let organization = organization.to_ascii_lowercase();
        let memberships = self.memberships.organizations.iter();
        memberships
            .filter(|(_, organizations)| organizations.contains(&organization))
            .filter_map(|(login, _)| self.account(login))
            .collect()
    }
}

impl Memberships {
    fn is_known(&self, login: &str) -> bool {
        self.organizations.contains_key(login) || self.repositories.contains_key(login)
    }
}
