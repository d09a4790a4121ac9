//! What an organisation sets for its repositories.

use crate::github::resources::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
    files::{Files, id},
    rulesets::detail,
};

pub(super) const WEBHOOKS: Resource = Resource {
    name: "organization-webhooks",
    what: "webhooks of an organisation without their secrets",
    endpoint: "GET /orgs/{org}/hooks",
    permission: "organization_hooks",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "webhooks/<id>.json",
    way: Way::Files(Files {
        path: "hooks",
        query: &[],
        wrapped: None,
        directory: "webhooks",
        name: id,
        detail: None,
        absent: Absent::Hidden,
    }),
};

pub(super) const RULESETS: Resource = Resource {
    name: "organization-rulesets",
    what: "rulesets of an organisation with all their rules",
    endpoint: "GET /orgs/{org}/rulesets",
    permission: "organization_administration",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "rulesets/<id>.json",
    way: Way::Files(Files {
        path: "rulesets",
        query: &[],
        wrapped: None,
        directory: "rulesets",
        name: id,
        detail: Some(detail),
        absent: Absent::Hidden,
    }),
};

pub(super) const PROPERTIES: Resource = Resource {
    name: "custom-property-definitions",
    what: "custom properties that repositories can have",
    endpoint: "GET /orgs/{org}/properties/schema",
    permission: "organization_custom_properties",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "custom-property-definitions.json",
    way: Way::Document(Document {
        path: "properties/schema",
        file: "custom-property-definitions.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

pub(super) const ACTIONS_PERMISSIONS: Resource = Resource {
    name: "organization-actions-permissions",
    what: "which actions may run, and where",
    endpoint: "GET /orgs/{org}/actions/permissions",
    permission: "organization_administration",
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
    name: "organization-workflow-permissions",
    what: "what the token of a workflow may do",
    endpoint: "GET /orgs/{org}/actions/permissions/workflow",
    permission: "organization_administration",
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
    name: "organization-variables",
    what: "variables of Actions with their values",
    endpoint: "GET /orgs/{org}/actions/variables",
    permission: "organization_actions_variables",
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
    name: "organization-secrets",
    what: "names of the secrets of Actions; GitHub gives no values",
    endpoint: "GET /orgs/{org}/actions/secrets",
    permission: "organization_secrets",
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
    name: "organization-dependabot-secrets",
    what: "names of the secrets of Dependabot",
    endpoint: "GET /orgs/{org}/dependabot/secrets",
    permission: "organization_dependabot_secrets",
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
    name: "organization-codespaces-secrets",
    what: "names of the secrets of Codespaces",
    endpoint: "GET /orgs/{org}/codespaces/secrets",
    permission: "organization_codespaces_secrets",
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
