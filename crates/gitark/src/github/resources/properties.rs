//! Custom properties.

use super::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

pub(super) const PROPERTIES: Resource = Resource {
    name: "custom-properties",
    what: "values of the organisation's custom properties",
    endpoint: "GET /repos/{owner}/{repo}/properties/values",
    permission: "metadata",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "custom-properties.json",
    way: Way::Document(Document {
        path: "properties/values",
        file: "custom-properties.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Nothing,
    }),
};
