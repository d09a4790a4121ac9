//! Reviews of pull requests, and the threads on their lines.

use serde_json::{Value, json};

use super::{
    Asked, Document, Pace, Resource, Step, Way,
    batch::{Batch, Mark, Parents},
    graphql::List,
};

pub(super) const REVIEWS: Resource = Resource {
    name: "reviews",
    what: "reviews with their words and verdicts, and which threads are resolved",
    endpoint: "POST /graphql: repository.pullRequests.reviews, .reviewThreads",
    permission: "pull_requests",
    pace: Pace::EachPass,
    asked: Asked::InBatches,
    changes: "the newest down to what was read; a full check for threads resolved since",
    files: "pulls/<thousand>/<number>/reviews/<id>.json, pulls/<thousand>/<number>/review-threads.json",
    way: Way::Batch(Batch {
        parents: Parents::PullRequests,
        at_once: 25,
        fields: "",
        lists: &[
            List {
                of: "PullRequest",
                name: "reviews",
                first: 50,
                fields: &[
                    "id databaseId fullDatabaseId state body author { __typename login } authorAssociation createdAt \
                     submittedAt updatedAt lastEditedAt editor { __typename login } isMinimized minimizedReason url \
                     commit { oid } comments { totalCount }",
                ],
                lists: &[],
            },
            List {
                of: "PullRequest",
                name: "reviewThreads",
                first: 25,
                fields: &["id isResolved resolvedBy { login } isOutdated path line originalLine startLine \
                     originalStartLine diffSide startDiffSide subjectType"],
                lists: &[List {
                    of: "PullRequestReviewThread",
                    name: "comments",
                    first: 25,
                    fields: &["databaseId fullDatabaseId"],
                    lists: &[],
                }],
            },
        ],
        mark: Some(Mark {
            fields: "reviews(first: 100) { totalCount nodes { updatedAt } } \
                reviewThreads(first: 100) { totalCount nodes { isResolved isOutdated } }",
            of: mark,
        }),
        files,
    }),
};

fn files(directory: &str, mut pull: Value, step: &mut Step) {
    step.renewed.push(format!("{directory}/reviews"));
    let reviews = pull.pointer_mut("/reviews/nodes").map(Value::take);
    for review in reviews.as_ref().and_then(Value::as_array).into_iter().flatten().filter(|review| !review.is_null()) {
        match id(review) {
            Some(id) => {
                let path = format!("{directory}/reviews/{id}.json");
                step.documents.push(Document { path, value: review.clone() });
            }
            None => step.odd.push(format!("a review of {directory} has no id")),
        }
    }
    let threads = format!("{directory}/review-threads.json");
    match pull.pointer_mut("/reviewThreads/nodes").map(Value::take) {
        Some(nodes) if nodes != json!([]) => step.documents.push(Document { path: threads, value: nodes }),
        _ => step.gone.push(threads),
    }
}

/// What the first hundred reviews and threads are like: to resolve a thread leaves the time of a pull request as it was.
fn mark(pull: &Value) -> Value {
    let each = |list: &str, fields: &[&str]| -> Vec<Value> {
        let nodes = pull.pointer(&format!("/{list}/nodes")).and_then(Value::as_array).into_iter().flatten().take(100);
        nodes.map(|node| fields.iter().map(|field| node.get(*field).cloned().unwrap_or_default()).collect()).collect()
    };
    json!([
        pull.get("updatedAt"),
        pull.pointer("/reviews/totalCount"),
        pull.pointer("/reviewThreads/totalCount"),
        each("reviews", &["updatedAt"]),
        each("reviewThreads", &["isResolved", "isOutdated"]),
    ])
}

/// The number that REST calls `id`. The first field came when numbers outgrew the second.
fn id(review: &Value) -> Option<u64> {
    let number = |field| match review.get(field)? {
        // A number that may be too large for others is sent as a text.
        Value::String(text) => text.parse().ok(),
        value => value.as_u64(),
    };
    number("fullDatabaseId").or_else(|| number("databaseId"))
}
