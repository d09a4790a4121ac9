//! The table of all resources.

use super::{
    Resource, accounts, actions, alerts, autolinks, branch_protection, collaborators, commit_comments, deploy_keys,
    deployments, discussions, environments, gists, hooks, interaction_limits, invitations, issues, labels, languages,
    milestones, pages, properties, pull_details, pulls, releases, repository, reviews, rulesets, security,
    security_advisories, stored, teams, timelines, workflows,
};

/// All resources of a repository, in the order in which they are read.
pub const ALL: &[&Resource] = &[
    &repository::REPOSITORY,
    &languages::LANGUAGES,
    &properties::PROPERTIES,
    &labels::LABELS,
    &milestones::MILESTONES,
    &releases::RELEASES,
    &issues::ISSUES,
    &pulls::PULLS,
    &issues::ISSUE_COMMENTS,
    &issues::REVIEW_COMMENTS,
    &pull_details::PULL_DETAILS,
    &reviews::REVIEWS,
    &timelines::ISSUE_TIMELINES,
    &timelines::PULL_TIMELINES,
    &discussions::DISCUSSIONS,
    &commit_comments::COMMIT_COMMENTS,
    &rulesets::RULESETS,
    &branch_protection::BRANCH_PROTECTION,
    &environments::ENVIRONMENTS,
    &environments::ENVIRONMENT_VARIABLES,
    &environments::ENVIRONMENT_SECRETS,
    &environments::BRANCH_POLICIES,
    &deployments::DEPLOYMENTS,
    &workflows::WORKFLOWS,
    &actions::ACTIONS_PERMISSIONS,
    &actions::WORKFLOW_PERMISSIONS,
    &actions::VARIABLES,
    &actions::SECRETS,
    &actions::DEPENDABOT_SECRETS,
    &actions::CODESPACES_SECRETS,
    &hooks::HOOKS,
    &deploy_keys::DEPLOY_KEYS,
    &collaborators::COLLABORATORS,
    &invitations::INVITATIONS,
    &teams::TEAMS,
    &autolinks::AUTOLINKS,
    &pages::PAGES,
    &interaction_limits::INTERACTION_LIMITS,
    &security_advisories::SECURITY_ADVISORIES,
    &alerts::DEPENDABOT_ALERTS,
    &alerts::CODE_SCANNING_ALERTS,
    &alerts::SECRET_SCANNING_ALERTS,
    &security::VULNERABILITY_ALERTS,
    &security::SECURITY_FIXES,
    &security::VULNERABILITY_REPORTING,
    &security::IMMUTABLE_RELEASES,
    &stored::RELEASE_ASSETS,
    &stored::ATTACHMENTS,
];

/// What has resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A repository.
    Repository,
    /// An organisation.
    Organization,
    /// A user.
    User,
    /// The user whose token asks, besides what any user has.
    Owner,
    /// A gist.
    Gist,
}

impl Scope {
    /// All that have resources.
    pub const ALL: [Self; 5] = [Self::Repository, Self::Organization, Self::User, Self::Owner, Self::Gist];

    /// What it is, for people.
    pub fn noun(self) -> &'static str {
        match self {
            Scope::Repository => "repository",
            Scope::Organization => "organisation",
            Scope::User => "user",
            Scope::Owner => "the token's owner",
            Scope::Gist => "gist",
        }
    }

    /// Whether it is an account.
    pub fn is_account(self) -> bool {
        matches!(self, Scope::Organization | Scope::User | Scope::Owner)
    }

    /// Its resources, in the order in which they are read.
    pub fn resources(self) -> &'static [&'static Resource] {
        match self {
            Scope::Repository => ALL,
            Scope::Organization => accounts::ORGANIZATION,
            Scope::User => accounts::USER,
            Scope::Owner => accounts::OWNER,
            Scope::Gist => gists::GIST,
        }
    }

    /// Those of its resources that are in `chosen`.
    pub fn among(self, chosen: &[&'static Resource]) -> Vec<&'static Resource> {
        let is_chosen = |resource: &&Resource| chosen.iter().any(|chosen| chosen.name == resource.name);
        self.resources().iter().copied().filter(is_chosen).collect()
    }
}

/// Every resource once, each with all that have it.
pub fn everything() -> Vec<(&'static Resource, Vec<Scope>)> {
    let mut all: Vec<(&'static Resource, Vec<Scope>)> = Vec::new();
    for scope in Scope::ALL {
        for resource in scope.resources() {
            match all.iter_mut().find(|(known, _)| known.name == resource.name) {
                Some((_, scopes)) => scopes.push(scope),
                None => all.push((resource, vec![scope])),
            }
        }
    }
    all
}

/// The resource of that name.
pub fn find(name: &str) -> Option<&'static Resource> {
    let mut all = Scope::ALL.into_iter().flat_map(Scope::resources).copied();
    all.find(|resource| resource.name == name)
}
