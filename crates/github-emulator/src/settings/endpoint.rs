//! The endpoints which answer with what was set, and what they need.
//!
//! Scopes and permissions are those of GitHub's documentation, "Permissions required for
//! fine-grained personal access tokens" and the pages of the endpoints.

/// An endpoint below a repository or an account.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// The path below what it is of; `*` is any one segment.
    pub(crate) pattern: &'static str,
    pub(crate) form: Form,
    pub(crate) unset: Unset,
    /// The scopes of which a classic token needs one.
    pub(crate) scopes: &'static str,
    /// The permission a fine-grained token needs, with `=write` where reading takes that.
    pub(crate) permission: Option<&'static str>,
    /// Whether only those see it who run the repository, or belong to the organization.
    pub(crate) inside: bool,
}

/// The form of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// Pages of an array.
    List,
    /// Pages of an array of this name, beside `total_count`.
    Wrapped(&'static str),
    /// An object.
    Single,
    /// The item of a list whose field is the last segment, unless an object was set for itself.
    Item { list: &'static str, field: &'static str },
    /// No body: status 204 when set.
    Flag,
}

/// The answer while nothing is set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unset {
    /// An empty list.
    Empty,
    /// This JSON.
    Json(&'static str),
    /// This status with this message.
    Refused(u16, &'static str),
    /// The topics, or the language, which the repository has.
    Topics,
    Languages,
}

const NOT_FOUND: Unset = Unset::Refused(404, "Not Found");

/// The scopes which let a token read about organizations.
pub(crate) const READ_ORGANIZATION: &str = "admin:org, read:org, repo, user, write:org";

impl Endpoint {
    const fn new(pattern: &'static str, form: Form, unset: Unset) -> Endpoint {
        Endpoint { pattern, form, unset, scopes: "", permission: None, inside: false }
    }

    const fn list(pattern: &'static str) -> Endpoint {
        Endpoint::new(pattern, Form::List, Unset::Empty)
    }

    const fn wrapped(pattern: &'static str, name: &'static str) -> Endpoint {
        Endpoint::new(pattern, Form::Wrapped(name), Unset::Empty)
    }

    const fn single(pattern: &'static str, unset: Unset) -> Endpoint {
        Endpoint::new(pattern, Form::Single, unset)
    }

    const fn unset(mut self, unset: Unset) -> Endpoint {
        self.unset = unset;
        self
    }

    /// What a token needs.
    const fn needs(mut self, scopes: &'static str, permission: &'static str) -> Endpoint {
        self.scopes = scopes;
        self.permission = Some(permission);
        self
    }

    const fn inside(mut self) -> Endpoint {
        self.inside = true;
        self
    }

    /// Whether a path is this endpoint's.
    pub(crate) fn matches<S: AsRef<str>>(&self, path: &[S]) -> bool {
        let mut pattern = self.pattern.split('/');
        let fits = |segment: &S| pattern.next().is_some_and(|wanted| wanted == "*" || wanted == segment.as_ref());
        path.iter().all(fits) && self.pattern.split('/').count() == path.len()
    }
}

/// Below `/repos/OWNER/NAME`.
pub(crate) static REPOSITORY: &[Endpoint] = &[
    Endpoint::single("topics", Unset::Topics).needs("repo", "metadata"),
    Endpoint::single("languages", Unset::Languages).needs("repo", "metadata"),
    Endpoint::list("properties/values").needs("repo", "metadata"),
    Endpoint::single("branches/*/protection", Unset::Refused(404, "Branch not protected"))
        .needs("repo", "administration")
        .inside(),
    Endpoint::list("rulesets").needs("repo", "metadata"),
    Endpoint::new("rulesets/*", Form::Item { list: "rulesets", field: "id" }, NOT_FOUND).needs("repo", "metadata"),
    Endpoint::wrapped("environments", "environments").needs("repo", "actions"),
    Endpoint::new("environments/*", Form::Item { list: "environments", field: "name" }, NOT_FOUND)
        .needs("repo", "actions"),
    Endpoint::wrapped("environments/*/deployment-branch-policies", "branch_policies").needs("repo", "actions"),
    Endpoint::wrapped("environments/*/variables", "variables").needs("repo", "environments").inside(),
    Endpoint::wrapped("environments/*/secrets", "secrets").needs("repo", "environments").inside(),
    Endpoint::wrapped("actions/variables", "variables").needs("repo", "actions_variables").inside(),
    Endpoint::wrapped("actions/secrets", "secrets").needs("repo", "secrets").inside(),
    Endpoint::wrapped("dependabot/secrets", "secrets").needs("repo", "dependabot_secrets").inside(),
    Endpoint::wrapped("codespaces/secrets", "secrets").needs("repo", "codespaces_secrets").inside(),
    Endpoint::wrapped("actions/workflows", "workflows").needs("repo", "actions"),
    Endpoint::single(
        "actions/permissions",
        Unset::Json(r#"{"enabled":true,"allowed_actions":"all","sha_pinning_required":false}"#),
    )
    .needs("repo", "administration")
    .inside(),
    Endpoint::single("actions/permissions/selected-actions", Unset::Refused(409, "Conflict"))
        .needs("repo", "administration")
        .inside(),
    Endpoint::single(
        "actions/permissions/workflow",
        Unset::Json(r#"{"default_workflow_permissions":"read","can_approve_pull_request_reviews":false}"#),
    )
    .needs("repo", "administration")
    .inside(),
    Endpoint::list("hooks")
        .needs("admin:repo_hook, read:repo_hook, repo, write:repo_hook", "repository_hooks")
        .inside(),
    Endpoint::list("keys").needs("repo", "administration").inside(),
    Endpoint::list("collaborators").needs("repo", "metadata").inside(),
    Endpoint::list("teams").needs("repo", "administration").inside(),
    Endpoint::list("autolinks").needs("repo", "administration").inside(),
    Endpoint::single("pages", NOT_FOUND).needs("repo", "pages"),
    Endpoint::list("security-advisories").needs("repo, repository_advisories:read", "repository_advisories"),
    Endpoint::list("dependabot/alerts")
        .unset(Unset::Refused(403, "Dependabot alerts are disabled for this repository."))
        .needs("repo, security_events", "vulnerability_alerts")
        .inside(),
    Endpoint::list("code-scanning/alerts")
        .unset(Unset::Refused(404, "no analysis found"))
        .needs("repo, security_events", "security_events")
        .inside(),
    Endpoint::list("secret-scanning/alerts")
        .unset(Unset::Refused(404, "Secret scanning is disabled on this repository."))
        .needs("repo, security_events", "secret_scanning_alerts")
        .inside(),
    Endpoint::new("vulnerability-alerts", Form::Flag, Unset::Refused(404, "Vulnerability alerts are disabled."))
        .needs("repo", "administration")
        .inside(),
    Endpoint::single("automated-security-fixes", NOT_FOUND).needs("repo", "administration=write").inside(),
    Endpoint::single("private-vulnerability-reporting", Unset::Json(r#"{"enabled":false}"#)).needs("repo", "metadata"),
    Endpoint::single("immutable-releases", NOT_FOUND).needs("repo", "administration").inside(),
    Endpoint::single("interaction-limits", Unset::Json("{}")).needs("repo", "administration").inside(),
    Endpoint::list("invitations").needs("repo", "administration").inside(),
    Endpoint::list("subscribers").needs("repo", "metadata"),
    Endpoint::list("stargazers").needs("repo", "metadata"),
    Endpoint::list("deployments").needs("repo, repo_deployment", "deployments"),
];

/// Below `/orgs/LOGIN`.
pub(crate) static ORGANIZATION: &[Endpoint] = &[
    Endpoint::list("public_members"),
    Endpoint::list("outside_collaborators").needs(READ_ORGANIZATION, "members").inside(),
    Endpoint::list("invitations").needs("admin:org", "members").inside(),
    Endpoint::list("blocks").needs("admin:org", "organization_user_blocking").inside(),
    Endpoint::list("teams").needs(READ_ORGANIZATION, "members").inside(),
    Endpoint::list("teams/*/members").needs(READ_ORGANIZATION, "members").inside(),
    Endpoint::list("teams/*/repos").needs(READ_ORGANIZATION, "members").inside(),
    Endpoint::list("hooks").needs("admin:org_hook", "organization_hooks").inside(),
    Endpoint::wrapped("actions/variables", "variables").needs("admin:org", "organization_actions_variables").inside(),
    Endpoint::wrapped("actions/secrets", "secrets").needs("admin:org", "organization_secrets").inside(),
    Endpoint::single(
        "actions/permissions",
        Unset::Json(r#"{"enabled_repositories":"all","allowed_actions":"all","sha_pinning_required":false}"#),
    )
    .needs("admin:org", "organization_administration")
    .inside(),
    Endpoint::single(
        "actions/permissions/workflow",
        Unset::Json(r#"{"default_workflow_permissions":"read","can_approve_pull_request_reviews":false}"#),
    )
    .needs("admin:org", "organization_administration")
    .inside(),
    Endpoint::wrapped("dependabot/secrets", "secrets").needs("admin:org", "organization_dependabot_secrets").inside(),
    Endpoint::wrapped("codespaces/secrets", "secrets").needs("admin:org", "organization_codespaces_secrets").inside(),
    Endpoint::list("rulesets").needs("admin:org", "organization_administration=write").inside(),
    Endpoint::new("rulesets/*", Form::Item { list: "rulesets", field: "id" }, NOT_FOUND)
        .needs("admin:org", "organization_administration=write")
        .inside(),
    Endpoint::list("properties/schema").needs(READ_ORGANIZATION, "organization_custom_properties").inside(),
    Endpoint::list("packages").needs("read:packages, write:packages", "packages"),
    Endpoint::new("packages/*/*", Form::Item { list: "packages", field: "name" }, NOT_FOUND)
        .needs("read:packages, write:packages", "packages"),
    Endpoint::list("packages/*/*/versions").needs("read:packages, write:packages", "packages"),
];

/// Below `/users/LOGIN`.
pub(crate) static USER: &[Endpoint] = &[
    Endpoint::list("followers"),
    Endpoint::list("following"),
    Endpoint::list("subscriptions"),
    Endpoint::list("keys"),
    Endpoint::list("gpg_keys"),
    Endpoint::list("ssh_signing_keys"),
    Endpoint::list("social_accounts"),
    Endpoint::list("packages").needs("read:packages, write:packages", "packages"),
    Endpoint::new("packages/*/*", Form::Item { list: "packages", field: "name" }, NOT_FOUND)
        .needs("read:packages, write:packages", "packages"),
    Endpoint::list("packages/*/*/versions").needs("read:packages, write:packages", "packages"),
];

/// Below `/user`, of who asks.
pub(crate) static VIEWER: &[Endpoint] = &[
    Endpoint::list("followers").needs("", "followers"),
    Endpoint::list("following").needs("", "followers"),
    Endpoint::list("subscriptions").needs("", "watching"),
    Endpoint::list("keys").needs("admin:public_key, read:public_key, write:public_key", "keys").inside(),
    Endpoint::list("gpg_keys").needs("admin:gpg_key, read:gpg_key, write:gpg_key", "gpg_keys").inside(),
    Endpoint::list("ssh_signing_keys")
        .needs("admin:ssh_signing_key, read:ssh_signing_key, write:ssh_signing_key", "git_signing_ssh_public_keys")
        .inside(),
    Endpoint::list("emails").needs("user, user:email", "emails").inside(),
    Endpoint::list("social_accounts"),
    Endpoint::list("blocks").needs("user", "blocking").inside(),
];

/// Below `/gists/ID`.
pub(crate) static GIST: &[Endpoint] = &[Endpoint::list("comments")];
