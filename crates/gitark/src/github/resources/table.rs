//! The table of all resources of a repository.

use super::{
    Resource, actions, alerts, autolinks, branch_protection, collaborators, commit_comments, deploy_keys, deployments,
    discussions, environments, hooks, interaction_limits, invitations, issues, labels, languages, milestones, pages,
    properties, pull_details, pulls, releases, repository, reviews, rulesets, security, security_advisories, stored,
    teams, timelines, workflows,
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

/// The resource of that name.
pub fn find(name: &str) -> Option<&'static Resource> {
    ALL.iter().copied().find(|resource| resource.name == name)
}
