//! GitHub Pages.

use super::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

pub(super) const PAGES: Resource = Resource {
    name: "pages",
    what: "settings of GitHub Pages",
    endpoint: "GET /repos/{owner}/{repo}/pages",
    permission: "pages",
    pace: Pace::FullPass,
    asked: Asked::Once,
    changes: "ETag",
    files: "pages.json",
    way: Way::Document(Document {
        path: "pages",
        file: "pages.json",
        form: Form::Object,
        volatile: &[],
        absent: Absent::Nothing,
    }),
};
