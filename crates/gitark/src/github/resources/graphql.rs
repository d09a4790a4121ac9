//! What GraphQL is asked for, and lists in its answers that are longer than a page.
//!
//! <https://docs.github.com/en/graphql/guides/using-pagination-in-the-graphql-api>

use jiff::Timestamp;
use serde_json::{Value, json};

use super::reader::Reader;
use crate::github::Error;

/// Pages of one list in an answer, at most: no thread is that long.
const MAXIMUM_PAGES: usize = 1000;

/// A list of what an answer tells of.
#[derive(Debug)]
pub(super) struct List {
    /// The type that has it.
    pub(super) of: &'static str,
    /// Its field.
    pub(super) name: &'static str,
    /// Items of its first page. GitHub counts as many nodes as there could be.
    pub(super) first: u8,
    /// What is asked of each item.
    pub(super) fields: &'static [&'static str],
    /// Lists of each item, which then needs an `id`.
    pub(super) lists: &'static [List],
}

/// What GraphQL answered.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) data: Value,
    /// GitHub's clock.
    pub(super) observed: Option<Timestamp>,
    /// What was refused of it.
    pub(super) errors: Vec<Value>,
}

/// One page of a connection.
pub(super) struct Connection {
    pub(super) nodes: Vec<Value>,
    /// The cursor behind it, where there is more.
    pub(super) next: Option<String>,
}

impl List {
    /// The selection of its first page.
    pub(super) fn selection(&self) -> String {
        self.page(&format!("first: {}", self.first))
    }

    fn page(&self, arguments: &str) -> String {
        let fields = self.fields.join(" ");
        let lists: String = self.lists.iter().map(|list| format!(" {}", list.selection())).collect();
        let Self { name, .. } = self;
        format!("{name}({arguments}) {{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {fields}{lists} }} }}")
    }

    /// The query of another page of the list of one node.
    fn query(&self) -> String {
        let (of, page) = (self.of, self.page("first: 100, after: $after"));
        format!("query($id: ID!, $after: String) {{ node(id: $id) {{ ... on {of} {{ {page} }} }} }}")
    }
}

#[cfg(test)]
impl List {
    /// The queries of its later pages and of those of the lists in it.
    pub(super) fn queries(&self) -> Vec<String> {
        std::iter::once(self.query()).chain(self.lists.iter().flat_map(List::queries)).collect()
    }
}

impl Connection {
    /// The connection `value`; none when it is no connection.
    pub(super) fn of(value: Value) -> Option<Self> {
        let Value::Object(mut fields) = value else { return None };
        let Some(Value::Array(nodes)) = fields.remove("nodes") else { return None };
        let next = next(fields.get("pageInfo")?);
        Some(Self { nodes, next })
    }
}

/// The cursor of what is behind a page.
fn next(page: &Value) -> Option<String> {
    let has_more = page.get("hasNextPage").and_then(Value::as_bool).unwrap_or_default();
    page.get("endCursor").and_then(Value::as_str).filter(|_| has_more).map(str::to_owned)
}

/// Reads the `lists` of `parent` to their ends, and leaves their counts and items.
pub(super) async fn complete(reader: &Reader, parent: &mut Value, lists: &[List]) -> Result<(), Error> {
    let id = parent.get("id").cloned().unwrap_or_default();
    for list in lists {
        let missing = || reader.odd_answer(format!("there are no {}", list.name));
        let found = parent.get_mut(list.name).map(Value::take).unwrap_or_default();
        let total = found.get("totalCount").cloned().unwrap_or_default();
        let mut page = Connection::of(found).ok_or_else(missing)?;
        let mut nodes = std::mem::take(&mut page.nodes);
        for _ in 0..MAXIMUM_PAGES {
            let Some(after) = page.next.take() else { break };
            let mut told = reader.query(&list.query(), json!({ "id": id, "after": after })).await?;
            let more = told.data.pointer_mut(&format!("/node/{}", list.name)).map(Value::take);
            page = more.and_then(Connection::of).ok_or_else(missing)?;
            if page.next.as_ref() == Some(&after) || page.nodes.is_empty() && page.next.is_some() {
                return Err(reader.odd_answer(format!("a page of {} repeats", list.name)));
            }
            nodes.append(&mut page.nodes);
        }
        if page.next.is_some() {
            return Err(reader.odd_answer(format!("{} never end", list.name)));
        }
        if !list.lists.is_empty() {
            for node in nodes.iter_mut().filter(|node| node.is_object()) {
                Box::pin(complete(reader, node, list.lists)).await?;
            }
        }
        if let Some(fields) = parent.as_object_mut() {
            fields.insert(list.name.to_owned(), json!({ "totalCount": total, "nodes": nodes }));
        }
    }
    Ok(())
}
