//! Deployments.

use super::{
    Absent, Asked, Resource, Way,
    files::{Files, id},
};

pub(super) const DEPLOYMENTS: Resource = Resource {
    name: "deployments",
    what: "deployments",
    endpoint: "GET /repos/{owner}/{repo}/deployments",
    permission: "deployments",
    asked: Asked::InBulk,
    changes: "ETag",
    files: "deployments/<id>.json",
    way: Way::Files(Files {
        path: "deployments",
        query: &[],
        wrapped: None,
        directory: "deployments",
        name: id,
        detail: None,
        absent: Absent::Nothing,
    }),
};
