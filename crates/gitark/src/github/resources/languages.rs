//! Languages.

use super::{
    Absent, Asked, Resource, Way,
    document::{Document, Form},
};

pub(super) const LANGUAGES: Resource = Resource {
    name: "languages",
    what: "bytes of each language",
    endpoint: "GET /repos/{owner}/{repo}/languages",
    permission: "metadata",
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
