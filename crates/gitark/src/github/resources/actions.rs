//! Settings of GitHub Actions.

use super::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

pub(super) const ACTIONS_PERMISSIONS: Resource = Resource {
    name: "actions-permissions",
    what: "which actions may run",
    endpoint: "GET /repos/{owner}/{repo}/actions/permissions",
    permission: "administration",
    pace: Pace::FullPass,
    asked: Asked::Once,
    changes: "ETag",
    files: "actions-permissions.json",
    way: Way::Document(Document {
        path: "actions/permissions",
        file: "actions-permissions.json",
        form: Form::Object,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

pub(super) const WORKFLOW_PERMISSIONS: Resource = Resource {
    name: "workflow-permissions",
    what: "what the token of a workflow may do",
    endpoint: "GET /repos/{owner}/{repo}/actions/permissions/workflow",
    permission: "administration",
    pace: Pace::FullPass,
    asked: Asked::Once,
    changes: "ETag",
    files: "workflow-permissions.json",
    way: Way::Document(Document {
        path: "actions/permissions/workflow",
        file: "workflow-permissions.json",
        form: Form::Object,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

pub(super) const VARIABLES: Resource = Resource {
    name: "actions-variables",
    what: "variables of Actions with their values",
    endpoint: "GET /repos/{owner}/{repo}/actions/variables",
    permission: "actions_variables",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "actions-variables.json",
    way: Way::Document(Document {
        path: "actions/variables",
        file: "actions-variables.json",
        form: Form::Wrapped("variables"),
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

pub(super) const SECRETS: Resource = Resource {
    name: "actions-secrets",
    what: "names of the secrets of Actions; GitHub gives no values",
    endpoint: "GET /repos/{owner}/{repo}/actions/secrets",
    permission: "secrets",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "actions-secrets.json",
    way: Way::Document(Document {
        path: "actions/secrets",
        file: "actions-secrets.json",
        form: Form::Wrapped("secrets"),
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

pub(super) const DEPENDABOT_SECRETS: Resource = Resource {
    name: "dependabot-secrets",
    what: "names of the secrets of Dependabot",
    endpoint: "GET /repos/{owner}/{repo}/dependabot/secrets",
    permission: "dependabot_secrets",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "dependabot-secrets.json",
    way: Way::Document(Document {
        path: "dependabot/secrets",
        file: "dependabot-secrets.json",
        form: Form::Wrapped("secrets"),
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

pub(super) const CODESPACES_SECRETS: Resource = Resource {
    name: "codespaces-secrets",
    what: "names of the secrets of Codespaces",
    endpoint: "GET /repos/{owner}/{repo}/codespaces/secrets",
    permission: "codespaces_secrets",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "codespaces-secrets.json",
    way: Way::Document(Document {
        path: "codespaces/secrets",
        file: "codespaces-secrets.json",
        form: Form::Wrapped("secrets"),
        volatile: &[],
        absent: Absent::Hidden,
    }),
};
