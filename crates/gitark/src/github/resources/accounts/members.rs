//! Who belongs to an organisation.

use serde_json::Value;

use crate::{
    github::resources::{
        Absent, Asked, Pace, Resource, Step, Way,
        connected::{Connected, file},
        document::{Document, Form},
        graphql::List,
    },
    metadata_path::file_name,
};

pub(super) const MEMBERS: Resource = Resource {
    name: "members",
    what: "members with their roles, and whether they use two-factor authentication, as far as the token may know",
    endpoint: "POST /graphql: organization.membersWithRole",
    permission: "members",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "read again",
    files: "members/<login>.json",
    way: Way::Connected(Connected {
        root: "organization",
        list: List {
            of: "Organization",
            name: "membersWithRole",
            first: 100,
            fields: &["role", "hasTwoFactorEnabled", "node { id databaseId login name url }"],
            lists: &[],
        },
        items: "edges",
        directory: "members",
        files,
    }),
};

pub(super) const OUTSIDE_COLLABORATORS: Resource = Resource {
    name: "outside-collaborators",
    what: "who may do something in its repositories without being a member",
    endpoint: "GET /orgs/{org}/outside_collaborators",
    permission: "members",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "outside-collaborators.json",
    way: Way::Document(Document {
        path: "outside_collaborators",
        file: "outside-collaborators.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

pub(super) const INVITATIONS: Resource = Resource {
    name: "organization-invitations",
    what: "invitations to an organisation that are not answered yet",
    endpoint: "GET /orgs/{org}/invitations",
    permission: "members",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "invitations.json",
    way: Way::Document(Document {
        path: "invitations",
        file: "invitations.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

pub(super) const BLOCKED: Resource = Resource {
    name: "organization-blocked-users",
    what: "whom an organisation blocks",
    endpoint: "GET /orgs/{org}/blocks",
    permission: "organization_user_blocking",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "blocked-users.json",
    way: Way::Document(Document {
        path: "blocks",
        file: "blocked-users.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

fn files(directory: &str, edge: Value, step: &mut Step) {
    let login = edge.pointer("/node/login").and_then(Value::as_str).map(file_name);
    file(directory, login, edge, step);
}
