//! Workflows.

use super::{
    Absent, Asked, Pace, Resource, Way,
    files::{Files, id},
};

pub(super) const WORKFLOWS: Resource = Resource {
    name: "workflows",
    what: "workflows and whether they are on",
    endpoint: "GET /repos/{owner}/{repo}/actions/workflows",
    permission: "actions",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "workflows/<id>.json",
    way: Way::Files(Files {
        path: "actions/workflows",
        query: &[],
        wrapped: Some("workflows"),
        directory: "workflows",
        name: id,
        detail: None,
        absent: Absent::Nothing,
    }),
};
