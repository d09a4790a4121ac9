//! Comments on commits.

use super::{
    Absent, Asked, Pace, Resource, Way,
    files::{Files, id},
};

pub(super) const COMMIT_COMMENTS: Resource = Resource {
    name: "commit-comments",
    what: "comments on commits",
    endpoint: "GET /repos/{owner}/{repo}/comments",
    permission: "contents",
    pace: Pace::EachPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "commit-comments/<id>.json",
    way: Way::Files(Files {
        path: "comments",
        query: &[],
        wrapped: None,
        directory: "commit-comments",
        name: id,
        detail: None,
        absent: Absent::Nothing,
    }),
};
