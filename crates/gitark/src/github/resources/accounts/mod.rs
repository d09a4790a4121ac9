//! Accounts: users and organisations, and what is theirs besides repositories.

mod keys;
mod members;
mod organization;
mod packages;
mod people;
mod profile;
mod projects;
mod stars;
mod teams;

use super::Resource;

/// All resources of an organisation, in the order in which they are read.
pub(super) const ORGANIZATION: &[&Resource] = &[
    &profile::PROFILE,
    &members::MEMBERS,
    &members::OUTSIDE_COLLABORATORS,
    &members::INVITATIONS,
    &members::BLOCKED,
    &teams::TEAMS,
    &teams::MEMBERS,
    &teams::REPOSITORIES,
    &organization::WEBHOOKS,
    &organization::RULESETS,
    &organization::PROPERTIES,
    &organization::ACTIONS_PERMISSIONS,
    &organization::WORKFLOW_PERMISSIONS,
    &organization::VARIABLES,
    &organization::SECRETS,
    &organization::DEPENDABOT_SECRETS,
    &organization::CODESPACES_SECRETS,
    &projects::PROJECTS,
    &packages::PACKAGES,
    &packages::VERSIONS,
];

/// All resources of a user.
pub(super) const USER: &[&Resource] = &[
    &profile::PROFILE,
    &profile::SOCIAL_ACCOUNTS,
    &stars::STARRED,
    &stars::STAR_LISTS,
    &people::FOLLOWERS,
    &people::FOLLOWING,
    &keys::PUBLIC_KEYS,
    &keys::GPG_KEYS,
    &keys::SIGNING_KEYS,
    &projects::PROJECTS,
    &packages::PACKAGES,
    &packages::VERSIONS,
];

/// What only the token's owner may read of the own account.
pub(super) const OWNER: &[&Resource] = &[&profile::OWN_PROFILE, &profile::EMAILS, &stars::WATCHED, &people::BLOCKED];
