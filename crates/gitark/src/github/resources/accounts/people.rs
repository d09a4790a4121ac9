//! Other users.

use crate::github::resources::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
};

pub(super) const FOLLOWERS: Resource = Resource {
    name: "followers",
    what: "who follows a user",
    endpoint: "GET /users/{username}/followers",
    permission: "metadata",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "followers.json",
    way: Way::Document(Document {
        path: "followers",
        file: "followers.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Nothing,
    }),
};

pub(super) const FOLLOWING: Resource = Resource {
    name: "following",
    what: "whom a user follows",
    endpoint: "GET /users/{username}/following",
    permission: "metadata",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "following.json",
    way: Way::Document(Document {
        path: "following",
        file: "following.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Nothing,
    }),
};

pub(super) const BLOCKED: Resource = Resource {
    name: "blocked-users",
    what: "whom the token's owner blocks",
    endpoint: "GET /user/blocks",
    permission: "blocking",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "blocked-users.json",
    way: Way::Document(Document {
        path: "/user/blocks",
        file: "blocked-users.json",
        form: Form::List,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};
