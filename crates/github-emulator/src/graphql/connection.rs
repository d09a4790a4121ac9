//! Connections: pages of lists.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::arguments::Arguments;
use super::value::{Failure, Outcome, Resolved};

/// The most items of a page.
const LIMIT: u64 = 100;

/// What the cursors begin with before they are encoded, followed by the number of the item.
const CURSOR: &str = "cursor:v1:";

/// The page of `items` which is asked for.
pub(super) fn connection(
    name: &'static str,
    edge: &'static str,
    arguments: &Arguments<'_>,
    items: Vec<Resolved>,
) -> Outcome {
    let first = first(arguments)?;
    let start = match arguments.text("after")? {
        None => 0,
        Some(cursor) => decode(cursor).ok_or_else(|| {
            let message = format!("`{cursor}` does not appear to be a valid cursor.");
            Failure::field("INVALID_CURSOR_ARGUMENTS", message)
        })?,
    };
    let total = items.len();
    let nodes: Vec<Resolved> = items.into_iter().skip(start).take(first).collect();
    let end = start.saturating_add(nodes.len());
    let cursor = |number: usize| Value::from(encode(number));
    let page = Resolved::object(
        "PageInfo",
        [
            ("hasNextPage", (end < total).into()),
            ("hasPreviousPage", (start > 0).into()),
            ("startCursor", if nodes.is_empty() { Value::Null } else { cursor(start + 1) }.into()),
            ("endCursor", if nodes.is_empty() { Value::Null } else { cursor(end) }.into()),
        ],
    );
    let edges = nodes.iter().cloned().enumerate().map(|(index, node)| {
        Ok(Resolved::object(edge, [("cursor", cursor(start + index + 1).into()), ("node", node)]))
    });
    let edges = Resolved::List(edges.collect());
    Ok(Resolved::object(
        name,
        [
            ("totalCount", total.into()),
            ("edges", edges),
            ("nodes", Resolved::List(nodes.into_iter().map(Ok).collect())),
            ("pageInfo", page),
        ],
    ))
}

/// How many items are asked for.
fn first(arguments: &Arguments<'_>) -> Result<usize, Failure> {
    let field = arguments.field;
    match arguments.number("first")? {
        None => {
            let message =
                format!("You must provide a `first` or `last` value to properly paginate the `{field}` connection.");
            Err(Failure::field("MISSING_PAGINATION_BOUNDARIES", message))
        }
        Some(first) if first > LIMIT => {
            let message = format!(
                "Requesting {first} records on the `{field}` connection exceeds the `first` limit of {LIMIT} records."
            );
            Err(Failure::field("EXCESSIVE_PAGINATION", message))
        }
        Some(first) => Ok(usize::try_from(first).unwrap_or_default()),
    }
}

fn encode(number: usize) -> String {
    STANDARD.encode(format!("{CURSOR}{number}"))
}

fn decode(cursor: &str) -> Option<usize> {
    let decoded = String::from_utf8(STANDARD.decode(cursor).ok()?).ok()?;
    decoded.strip_prefix(CURSOR)?.parse().ok()
}
