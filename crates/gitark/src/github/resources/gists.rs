//! Gists: what they say of themselves, and what is said about them.

use serde_json::{Value, json};

use super::{
    Absent, Asked, Document, Pace, Resource, Step, Way,
    files::{Files, id},
    reader::{Reader, etag_of},
    stored,
};
use crate::{github::Error, http};

/// The file of what a gist says of itself.
pub(super) const FILE: &str = "gist.json";

/// All resources of a gist, in the order in which they are read.
pub(super) const GIST: &[&Resource] = &[&DETAILS, &COMMENTS, &stored::ATTACHMENTS];

const DETAILS: Resource = Resource {
    name: "gist",
    what: "description, whether it is secret, times, what it was forked from, names of files; their content is in git",
    endpoint: "GET /gists/{gist_id}",
    permission: "gists",
    pace: Pace::EachPass,
    asked: Asked::Once,
    changes: "its time and number of comments in the listing, then ETag",
    files: "gist.json",
    way: Way::Gist,
};

/// Reads what a gist says of itself, without the content of its files: that is in its git repository.
pub(super) async fn step(reader: &Reader, memory: &Value) -> Result<Step, Error> {
    let answer = reader.get(reader.url("", &[]), memory.get("etag").and_then(Value::as_str)).await?;
    let Some((mut value, headers)) = answer else { return Ok(Step::same(memory)) };
    for file in value.get_mut("files").and_then(Value::as_object_mut).into_iter().flat_map(|files| files.values_mut()) {
        if let Some(fields) = file.as_object_mut() {
            fields.shift_remove("content");
        }
    }
    Ok(Step {
        documents: vec![Document { path: FILE.to_owned(), value }],
        memory: json!({ "etag": etag_of(&headers) }),
        observed: http::date(&headers),
        ..Step::default()
    })
}

const COMMENTS: Resource = Resource {
    name: "gist-comments",
    what: "comments under gists",
    endpoint: "GET /gists/{gist_id}/comments",
    permission: "gists",
    pace: Pace::EachPass,
    asked: Asked::InBulk,
    changes: "its time and number of comments in the listing, then ETag",
    files: "comments/<id>.json",
    way: Way::Files(Files {
        path: "comments",
        query: &[],
        wrapped: None,
        directory: "comments",
        name: id,
        detail: None,
        absent: Absent::Nothing,
    }),
};
