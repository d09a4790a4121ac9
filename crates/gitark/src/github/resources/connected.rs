//! Lists of an account that only GraphQL tells, or tells better.

use serde_json::{Value, json};

use super::{
    Document, Step,
    graphql::{List, complete},
    reader::Reader,
};
use crate::github::Error;

/// Pages of a list, at most.
const MAXIMUM_PAGES: usize = 10_000;

/// A file for each item of a list of an account, which is read to its end each time.
#[derive(Debug)]
pub(super) struct Connected {
    /// The field that finds the account: `user`, `organization`, or `repositoryOwner` for either.
    pub(super) root: &'static str,
    /// The list.
    pub(super) list: List,
    /// What stands in the answer for items: `nodes`, or `edges`, which say more than the item itself.
    pub(super) items: &'static str,
    /// The directory that holds nothing else.
    pub(super) directory: &'static str,
    /// Puts the files of an item, which are below the directory, into a step.
    pub(super) files: fn(directory: &str, item: Value, step: &mut Step),
}

/// A file for an item, called `name`.
pub(super) fn file(directory: &str, name: Option<String>, value: Value, step: &mut Step) {
    match name {
        Some(name) => step.documents.push(Document { path: format!("{directory}/{name}.json"), value }),
        None => step.odd.push(format!("an item of {directory} has no name")),
    }
}

impl Connected {
    pub(super) async fn step(&self, reader: &Reader) -> Result<Step, Error> {
        let mut step = Step { whole: Some(self.directory), memory: json!({}), ..Step::default() };
        let (query, name) = (self.query(), self.list.name);
        let mut after = None;
        for _ in 0..MAXIMUM_PAGES {
            let mut told = reader.query(&query, json!({ "login": reader.login(), "after": after })).await?;
            step.observed = step.observed.or(told.observed);
            let found = told.data.get_mut(self.root).and_then(|root| root.get_mut(name)).map(Value::take);
            // What is refused is null, and an error beside it.
            let Some(mut page) = found.filter(Value::is_object) else { return Err(reader.refused(&told)) };
            let Some(Value::Array(items)) = page.get_mut(self.items).map(Value::take) else {
                return Err(reader.odd_answer(format!("there are no {name}")));
            };
            let is_empty = items.is_empty();
            for mut value in items {
                complete(reader, &mut value, self.list.lists).await?;
                (self.files)(self.directory, value, &mut step);
            }
            let info = page.get_mut("pageInfo").map(Value::take).unwrap_or_default();
            let next = info["endCursor"].as_str().filter(|_| info["hasNextPage"] == true).map(str::to_owned);
            if next.is_none() {
                return Ok(step);
            }
            if next == after || is_empty {
                return Err(reader.odd_answer(format!("a page of {name} repeats")));
            }
            after = next;
        }
        Err(reader.odd_answer(format!("{name} never end")))
    }

    /// All that it asks.
    #[cfg(test)]
    pub(super) fn queries(&self) -> Vec<String> {
        std::iter::once(self.query()).chain(self.list.lists.iter().flat_map(List::queries)).collect()
    }

    fn query(&self) -> String {
        let Self { root, items, .. } = self;
        let List { of, name, first, .. } = self.list;
        let fields = self.list.fields.join(" ");
        let lists: String = self.list.lists.iter().map(|list| format!(" {}", list.selection())).collect();
        format!(
            "query($login: String!, $after: String) {{ {root}(login: $login) {{ ... on {of} {{ \
             {name}(first: {first}, after: $after) {{ totalCount pageInfo {{ hasNextPage endCursor }} \
             {items} {{ {fields}{lists} }} }} }} }} }}"
        )
    }
}
