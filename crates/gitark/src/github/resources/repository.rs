//! A repository's own settings.

use super::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
    lasting::OF_REPOSITORY,
};

pub(super) const REPOSITORY: Resource = Resource {
    name: "repository",
    what: "description, topics, default branch, visibility, features, merge options",
    endpoint: "GET /repos/{owner}/{repo}",
    permission: "metadata",
    pace: Pace::EachPass,
    asked: Asked::Once,
    changes: "ETag; counters and times alone make no new version",
    files: "repository.json",
    way: Way::Document(Document {
        path: "",
        file: "repository.json",
        form: Form::Object,
        volatile: OF_REPOSITORY,
        absent: Absent::Hidden,
    }),
};
