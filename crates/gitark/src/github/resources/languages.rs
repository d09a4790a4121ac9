//! Languages.

use super::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

pub(super) const LANGUAGES: Resource = Resource {
    name: "languages",
    what: "bytes of each language",
    endpoint: "GET /repos/{owner}/{repo}/languages",
    permission: "metadata",
    pace: Pace::FullPass,
    asked: Asked::Once,
    changes: "ETag",
    files: "languages.json",
    way: Way::Document(Document {
        path: "languages",
        file: "languages.json",
        form: Form::Object,
        volatile: &[],
        absent: Absent::Nothing,
    }),
};
