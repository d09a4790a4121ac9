//! Security advisories.

use serde_json::Value;

use super::{Absent, Asked, Pace, Resource, Way, files::Files};

pub(super) const SECURITY_ADVISORIES: Resource = Resource {
    name: "security-advisories",
    what: "security advisories, published and drafts",
    endpoint: "GET /repos/{owner}/{repo}/security-advisories",
    permission: "repository_advisories",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "security-advisories/<ghsa>.json",
    way: Way::Files(Files {
        path: "security-advisories",
        query: &[],
        wrapped: None,
        directory: "security-advisories",
        name: ghsa_id,
        detail: None,
        absent: Absent::Nothing,
    }),
};

fn ghsa_id(advisory: &Value) -> Option<String> {
    advisory.get("ghsa_id")?.as_str().map(crate::metadata_path::file_name)
}
