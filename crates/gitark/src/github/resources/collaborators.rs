//! Collaborators.

use super::{
    Absent, Asked, Resource, Way,
    document::{Document, Form},
};

pub(super) const COLLABORATORS: Resource = Resource {
    name: "collaborators",
    what: "who may do what",
    endpoint: "GET /repos/{owner}/{repo}/collaborators",
    permission: "metadata",
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
