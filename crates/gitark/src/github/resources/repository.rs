//! A repository's own settings.

use super::{
    Absent, Asked, Pace, Resource, Way,
    document::{Document, Form},
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
        volatile: &[
            "forks",
            "forks_count",
            "network_count",
            "open_issues",
            "open_issues_count",
            "pushed_at",
            "size",
            "stargazers_count",
            "subscribers_count",
            "temp_clone_token",
            "updated_at",
            "watchers",
            "watchers_count",
        ],
        absent: Absent::Hidden,
    }),
};
