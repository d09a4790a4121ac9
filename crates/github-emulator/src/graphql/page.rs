//! Connections whose items are made for the page which is asked for alone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Context;
use super::arguments::Arguments;
use super::value::{Failure, Fields, Object, Outcome, Resolved};

/// The most items of a page.
const LIMIT: u64 = 100;

/// What the cursors of a [`KeyedPage`] begin with before they are encoded.
const KEYED_CURSOR: &str = "cursor:v2:";

/// The arguments of a connection.
pub(super) const PAGE: [&str; 4] = ["first", "after", "last", "before"];

/// What an item of a list is sorted by, and which of those of the same key it is.
pub(super) type Key = (i64, u64);

/// A list with the keys of its items, in its order. Its cursors stay right when items come and go.
pub(super) struct KeyedList {
    pub(super) keys: Vec<Key>,
    pub(super) descending: bool,
}

impl KeyedList {
    /// A list in the order of places.
    pub(super) fn of_places(count: usize) -> KeyedList {
        KeyedList { keys: (0..count as u64).map(|place| (0, place)).collect(), descending: false }
    }

    /// The page which is asked for, of items which `show` makes of their places. Without `first`
    /// and `last` there are no items, but counts.
    pub(super) fn page(
        &self,
        names: (&'static str, &'static str),
        arguments: &Arguments<'_>,
        show: impl Fn(usize) -> Resolved,
    ) -> Outcome {
        self.page_with_edges(names, arguments, show, |_| Vec::new())
    }

    /// The same with edges which tell more of the items at their places.
    pub(super) fn page_with_edges(
        &self,
        (name, edge): (&'static str, &'static str),
        arguments: &Arguments<'_>,
        show: impl Fn(usize) -> Resolved,
        tell: impl Fn(usize) -> Vec<(&'static str, Resolved)>,
    ) -> Outcome {
        let after = self.place(arguments, "after")?.map_or(0, |(place, found)| place + usize::from(found));
        let before = self.place(arguments, "before")?.map_or(self.keys.len(), |(place, _)| place);
        let mut window = after..before.max(after);
        let missing = match (bounded(arguments, "first")?, bounded(arguments, "last")?) {
            (Some(count), _) => {
                window.end = window.end.min(window.start.saturating_add(count));
                None
            }
            (None, Some(count)) => {
                window.start = window.start.max(window.end.saturating_sub(count));
                None
            }
            (None, None) => Some(missing_boundaries(arguments.field)),
        };
        let nodes = if missing.is_some() { Vec::new() } else { window.clone().map(show).collect() };
        let told = window.clone().map(tell).collect();
        let keys = &self.keys[window.clone()];
        let (total, more) = (self.keys.len(), [window.start > 0, window.end < self.keys.len()]);
        let cursors =
            keys.iter().take(nodes.len()).map(|(key, item)| STANDARD.encode(format!("{KEYED_CURSOR}{key}:{item}")));
        let cursors = cursors.collect();
        Ok(Resolved::lazy(KeyedPage { name, edge, total, more, nodes, told, cursors, missing }))
    }

    /// Where the item of a cursor is, or would be, and whether it is there.
    fn place(&self, arguments: &Arguments<'_>, name: &str) -> Result<Option<(usize, bool)>, Failure> {
        let Some(cursor) = arguments.text(name)? else {
            return Ok(None);
        };
        let decoded = STANDARD.decode(cursor).ok().and_then(|decoded| String::from_utf8(decoded).ok());
        let key = decoded.as_deref().and_then(|decoded| decoded.strip_prefix(KEYED_CURSOR)?.split_once(':'));
        let key = key.and_then(|(key, item)| Some((key.parse::<i64>().ok()?, item.parse::<u64>().ok()?)));
        let key = key.ok_or_else(|| invalid_cursor(cursor))?;
        let place = self.keys.partition_point(|other| if self.descending { *other > key } else { *other < key });
        Ok(Some((place, self.keys.get(place) == Some(&key))))
    }
}

/// A page of a [`KeyedList`].
#[derive(Debug)]
struct KeyedPage {
    name: &'static str,
    edge: &'static str,
    total: usize,
    /// Whether there is something before and behind it.
    more: [bool; 2],
    nodes: Vec<Resolved>,
    /// What edges tell of them.
    told: Vec<Vec<(&'static str, Resolved)>>,
    cursors: Vec<String>,
    /// Why there are no items.
    missing: Option<Failure>,
}

impl Fields for KeyedPage {
    fn type_name(&self) -> &'static str {
        self.name
    }

    fn resolve(&self, _: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        arguments.only(&[])?;
        let items = || self.missing.clone().map_or(Ok(()), Err);
        Ok(Some(match arguments.field {
            "totalCount" | "filteredCount" => self.total.into(),
            "pageCount" => self.nodes.len().into(),
            "nodes" => {
                items()?;
                Resolved::List(self.nodes.iter().cloned().map(Ok).collect())
            }
            "edges" => {
                items()?;
                let edges = self.nodes.iter().zip(&self.cursors).zip(&self.told).map(|((node, cursor), told)| {
                    let mut fields = vec![("cursor", cursor.clone().into()), ("node", node.clone())];
                    fields.extend(told.iter().cloned());
                    Ok(Resolved::Object(Object::Plain { name: self.edge, fields }))
                });
                Resolved::List(edges.collect())
            }
            "pageInfo" => Resolved::object(
                "PageInfo",
                [
                    ("hasNextPage", self.more[1].into()),
                    ("hasPreviousPage", self.more[0].into()),
                    ("startCursor", self.cursors.first().cloned().into()),
                    ("endCursor", self.cursors.last().cloned().into()),
                ],
            ),
            _ => return Ok(None),
        }))
    }
}

/// How many items are asked for by `first` or `last`.
fn bounded(arguments: &Arguments<'_>, name: &str) -> Result<Option<usize>, Failure> {
    let field = arguments.field;
    match arguments.number(name)? {
        Some(count) if count > LIMIT => {
            let message = format!(
                "Requesting {count} records on the `{field}` connection exceeds the `{name}` limit of {LIMIT} records."
            );
            Err(Failure::field("EXCESSIVE_PAGINATION", message))
        }
        count => Ok(count.and_then(|count| usize::try_from(count).ok())),
    }
}

fn missing_boundaries(field: &str) -> Failure {
    let message = format!("You must provide a `first` or `last` value to properly paginate the `{field}` connection.");
    Failure::field("MISSING_PAGINATION_BOUNDARIES", message)
}

fn invalid_cursor(cursor: &str) -> Failure {
    Failure::field("INVALID_CURSOR_ARGUMENTS", format!("`{cursor}` does not appear to be a valid cursor."))
}
