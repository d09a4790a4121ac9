//! Labels.

use super::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

pub(super) const LABELS: Resource = Resource {
    name: "labels",
    what: "labels with their colours",
    endpoint: "GET /repos/{owner}/{repo}/labels",
    permission: "issues",
    pace: Pace::EachPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "labels.json",
    way: Way::Document(Document {
        path: "labels",
        file: "labels.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Nothing,
    }),
};
