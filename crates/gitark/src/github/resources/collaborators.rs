//! Collaborators.

use super::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

pub(super) const COLLABORATORS: Resource = Resource {
    name: "collaborators",
    what: "who may do what",
    endpoint: "GET /repos/{owner}/{repo}/collaborators",
    permission: "metadata",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "collaborators.json",
    way: Way::Document(Document {
        path: "collaborators",
        file: "collaborators.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};
