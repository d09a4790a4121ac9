//! Deployments.

use super::{
    Absent, Asked, Pace, Resource, Way,
    files::{Files, id},
};

pub(super) const DEPLOYMENTS: Resource = Resource {
    name: "deployments",
    what: "deployments",
    endpoint: "GET /repos/{owner}/{repo}/deployments",
    permission: "deployments",
    pace: Pace::FullPass,
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
