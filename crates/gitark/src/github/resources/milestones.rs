//! Milestones.

use super::{
    Absent, Asked, Pace, Resource, Way,
    files::{Files, number},
};

pub(super) const MILESTONES: Resource = Resource {
    name: "milestones",
    what: "milestones, open and closed",
    endpoint: "GET /repos/{owner}/{repo}/milestones?state=all",
    permission: "issues",
    pace: Pace::EachPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "milestones/<number>.json",
    way: Way::Files(Files {
        path: "milestones",
        query: &[("state", "all")],
        wrapped: None,
        directory: "milestones",
        name: number,
        detail: None,
        absent: Absent::Nothing,
    }),
};
