//! Rulesets.

use serde_json::Value;

use super::{
    Absent, Asked, Pace, Resource, Way,
    files::{Files, id},
};

pub(super) const RULESETS: Resource = Resource {
    name: "rulesets",
    what: "rulesets with all their rules",
    endpoint: "GET /repos/{owner}/{repo}/rulesets",
    permission: "metadata",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "rulesets/<id>.json",
    way: Way::Files(Files {
        path: "rulesets",
        query: &[("includes_parents", "true")],
        wrapped: None,
        directory: "rulesets",
        name: id,
        detail: Some(detail),
        absent: Absent::Nothing,
    }),
};

/// The address of all rules of a ruleset, below its repository's or organisation's.
pub(super) fn detail(ruleset: &Value) -> Option<String> {
    Some(format!("rulesets/{}", ruleset.get("id")?.as_u64()?))
}
