//! Invitations.

use super::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

pub(super) const INVITATIONS: Resource = Resource {
    name: "invitations",
    what: "invitations that are not answered yet",
    endpoint: "GET /repos/{owner}/{repo}/invitations",
    permission: "administration",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "invitations.json",
    way: Way::Document(Document {
        path: "invitations",
        file: "invitations.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};
