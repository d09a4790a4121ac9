//! Autolinks.

use super::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

pub(super) const AUTOLINKS: Resource = Resource {
    name: "autolinks",
    what: "references that become links",
    endpoint: "GET /repos/{owner}/{repo}/autolinks",
    permission: "administration",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "autolinks.json",
    way: Way::Document(Document {
        path: "autolinks",
        file: "autolinks.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};
