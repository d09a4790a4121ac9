//! Deploy keys.

use super::{
    Absent, Asked, Pace, Resource, Way,
    files::{Files, id},
};

pub(super) const DEPLOY_KEYS: Resource = Resource {
    name: "deploy-keys",
    what: "deploy keys (public halves)",
    endpoint: "GET /repos/{owner}/{repo}/keys",
    permission: "administration",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "deploy-keys/<id>.json",
    way: Way::Files(Files {
        path: "keys",
        query: &[],
        wrapped: None,
        directory: "deploy-keys",
        name: id,
        detail: None,
        absent: Absent::Hidden,
    }),
};
