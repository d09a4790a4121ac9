//! Rules of protected branches.

use serde_json::Value;

use super::{
    Absent, Asked, Pace, Resource, Way,
    each::{Answer, Each, Item},
};

pub(super) const BRANCH_PROTECTION: Resource = Resource {
    name: "branch-protection",
    what: "rules of protected branches",
    endpoint: "GET /repos/{owner}/{repo}/branches/{branch}/protection",
    permission: "administration",
    pace: Pace::FullPass,
    asked: Asked::OneByOne,
    changes: "ETag",
    files: "branch-protection/<branch>.json",
    way: Way::Each(Each {
        path: "branches",
        queries: &[&[("protected", "true")]],
        wrapped: None,
        directory: "branch-protection",
        item: protection,
        answer: Answer::Object,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

fn protection(branch: &Value) -> Option<Item> {
    Item::below("branches", branch, "protection")
}
