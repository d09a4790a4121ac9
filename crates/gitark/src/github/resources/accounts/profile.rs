//! What accounts say of themselves, and their settings.

use crate::github::resources::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

/// Counters, and the time that changes with them.
const COUNTERS: &[&str] = &[
    "collaborators",
    "disk_usage",
    "filled_seats",
    "followers",
    "following",
    "owned_private_repos",
    "private_gists",
    "public_gists",
    "public_repos",
    "total_private_repos",
    "updated_at",
];

pub(super) const PROFILE: Resource = Resource {
    name: "account-profile",
    what: "name, description, location, links; of an organisation its settings too, which its owners may read",
    endpoint: "GET /orgs/{org}, GET /users/{username}",
    permission: "organization_administration",
    pace: Pace::EachPass,
    asked: Asked::Once,
    changes: "ETag; counters and times alone make no new version",
    files: "profile.json",
    way: Way::Document(Document {
        path: "",
        file: "profile.json",
        form: Form::Object,
        volatile: COUNTERS,
        absent: Absent::Hidden,
    }),
};

pub(super) const OWN_PROFILE: Resource = Resource {
    name: "own-profile",
    what: "what GitHub tells the token's owner alone: plan, two-factor authentication",
    endpoint: "GET /user",
    permission: "profile",
    pace: Pace::FullPass,
    asked: Asked::Once,
    changes: "ETag; counters and times alone make no new version",
    files: "own-profile.json",
    way: Way::Document(Document {
        path: "/user",
        file: "own-profile.json",
        form: Form::Object,
        volatile: COUNTERS,
        absent: Absent::Hidden,
    }),
};

pub(super) const SOCIAL_ACCOUNTS: Resource = Resource {
    name: "social-accounts",
    what: "links to accounts elsewhere",
    endpoint: "GET /users/{username}/social_accounts",
    permission: "metadata",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "social-accounts.json",
    way: Way::Document(Document {
        path: "social_accounts",
        file: "social-accounts.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Nothing,
    }),
};

pub(super) const EMAILS: Resource = Resource {
    name: "emails",
    what: "mail addresses of the token's owner",
    endpoint: "GET /user/emails",
    permission: "emails",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "emails.json",
    way: Way::Document(Document {
        path: "/user/emails",
        file: "emails.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};
