//! Teams.

use super::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

pub(super) const TEAMS: Resource = Resource {
    name: "teams",
    what: "teams and what they may do",
    endpoint: "GET /repos/{owner}/{repo}/teams",
    permission: "administration",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "teams.json",
    way: Way::Document(Document {
        path: "teams",
        file: "teams.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};
