//! Repositories of others that a user wants to find again.

use serde_json::Value;

use crate::{
    github::resources::{
        Absent, Asked, Pace, Resource, Step, Way,
        connected::{Connected, file},
        graphql::List,
        repositories::Repositories,
    },
    github::session::JSON,
    metadata_path::file_name,
};

/// The form that tells when a repository was starred.
///
/// <https://docs.github.com/en/rest/activity/starring#custom-media-types-for-starring>
const WITH_TIMES: &str = "application/vnd.github.star+json";

pub(super) const STARRED: Resource = Resource {
    name: "starred",
    what: "repositories that a user has starred, and when",
    endpoint: "GET /users/{username}/starred",
    permission: "starring",
    pace: Pace::EachPass,
    asked: Asked::InBulk,
    changes: "ETag of the newest, by a full check of all; counters of repositories alone make no new version",
    files: "starred/<id>.json",
    way: Way::Repositories(Repositories {
        path: "starred",
        accept: WITH_TIMES,
        directory: "starred",
        absent: Absent::Nothing,
    }),
};

pub(super) const WATCHED: Resource = Resource {
    name: "watched",
    what: "repositories that the token's owner watches",
    endpoint: "GET /user/subscriptions",
    permission: "watching",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag; counters of repositories alone make no new version",
    files: "watched/<id>.json",
    way: Way::Repositories(Repositories {
        path: "/user/subscriptions",
        accept: JSON,
        directory: "watched",
        absent: Absent::Hidden,
    }),
};

pub(super) const STAR_LISTS: Resource = Resource {
    name: "star-lists",
    what: "lists of starred repositories",
    endpoint: "POST /graphql: user.lists",
    permission: "starring",
    pace: Pace::FullPass,
    asked: Asked::InBatches,
    changes: "read again",
    files: "star-lists/<name>.json",
    way: Way::Connected(Connected {
        root: "user",
        list: List {
            of: "User",
            name: "lists",
            first: 20,
            fields: &["id name slug description isPrivate createdAt updatedAt lastAddedAt"],
            lists: &[List {
                of: "UserList",
                name: "items",
                first: 100,
                fields: &["... on Repository { id databaseId nameWithOwner url }"],
                lists: &[],
            }],
        },
        items: "nodes",
        directory: "star-lists",
        files,
    }),
};

fn files(directory: &str, list: Value, step: &mut Step) {
    let slug = list.get("slug").and_then(Value::as_str).map(file_name);
    file(directory, slug, list, step);
}
