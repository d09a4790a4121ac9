//! Releases.

use super::{
    Absent, Asked, Pace, Resource, Way,
    files::{Files, id},
};

pub(super) const RELEASES: Resource = Resource {
    name: "releases",
    what: "releases with their notes, drafts where the token may see them",
    endpoint: "GET /repos/{owner}/{repo}/releases",
    permission: "contents",
    pace: Pace::EachPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "releases/<id>.json",
    way: Way::Files(Files {
        path: "releases",
        query: &[],
        wrapped: None,
        directory: "releases",
        name: id,
        detail: None,
        absent: Absent::Nothing,
    }),
};
