//! Interaction limits.

use super::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

pub(super) const INTERACTION_LIMITS: Resource = Resource {
    name: "interaction-limits",
    what: "who may comment for now",
    endpoint: "GET /repos/{owner}/{repo}/interaction-limits",
    permission: "administration",
    pace: Pace::FullPass,
    asked: Asked::Once,
    changes: "ETag",
    files: "interaction-limits.json",
    way: Way::Document(Document {
        path: "interaction-limits",
        file: "interaction-limits.json",
        form: Form::Object,
        volatile: &[],
        absent: Absent::Nothing,
    }),
};
