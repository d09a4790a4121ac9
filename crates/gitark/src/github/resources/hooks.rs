//! Webhooks.

use super::{
    Absent, Asked, Pace, Resource, Way,
    files::{Files, id},
};

pub(super) const HOOKS: Resource = Resource {
    name: "webhooks",
    what: "webhooks without their secrets",
    endpoint: "GET /repos/{owner}/{repo}/hooks",
    permission: "repository_hooks",
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
