//! Resources that are asked for item by item: few, as the items are.

use serde_json::{Value, json};

use super::{
    Absent, Document, Step,
    reader::{Reader, etag_of},
};
use crate::{github::Error, metadata_path::file_name};

/// One answer for each item of a list.
#[derive(Debug)]
pub(super) struct Each {
    /// The address of the list, below the repository's.
    pub(super) path: &'static str,
    /// More of the address.
    pub(super) query: &'static [(&'static str, &'static str)],
    /// The field that holds the items, where the answer is no array.
    pub(super) wrapped: Option<&'static str>,
    /// The directory that holds nothing else.
    pub(super) directory: &'static str,
    /// What is asked for of an item.
    pub(super) item: fn(&Value) -> Option<Item>,
    /// The field of an answer that is a list in pages; the answer is one object without.
    pub(super) list: Option<&'static str>,
    /// What "not found" means.
    pub(super) absent: Absent,
}

/// What is asked for of one item.
#[derive(Debug)]
pub(super) struct Item {
    /// The parts of the address below the repository's: a name with a slash is one.
    address: Vec<String>,
    /// The name of the file, without `.json`.
    name: String,
}

impl Item {
    /// What is at `<list>/<its name>/<what>`.
    pub(super) fn below(list: &str, item: &Value, what: &str) -> Option<Self> {
        let name = item.get("name")?.as_str()?;
        Some(Self { address: [list, name, what].map(str::to_owned).into(), name: file_name(name) })
    }

    /// As the last time remembers it.
    fn remembered(name: &str, memory: &Value) -> Self {
        let address = memory["address"].as_array().into_iter().flatten();
        Self { address: address.filter_map(|part| part.as_str().map(str::to_owned)).collect(), name: name.to_owned() }
    }
}

impl Each {
    pub(super) async fn step(&self, reader: &Reader, memory: &Value) -> Result<Step, Error> {
        let query: Vec<_> = self.query.iter().copied().chain([("per_page", "100")]).collect();
        let known = memory.get("items").and_then(Value::as_object);
        let mut step = Step { whole: Some(self.directory), ..Step::default() };
        let (pages, items) = match reader.list(reader.url(self.path, &query), self.wrapped, &memory["pages"]).await? {
            None => {
                let items = known.into_iter().flatten().map(|(name, memory)| Item::remembered(name, memory));
                (memory["pages"].clone(), items.collect())
            }
            Some(list) => {
                step.observed = list.observed;
                let mut items = Vec::new();
                for item in &list.items {
                    match (self.item)(item) {
                        Some(found) => items.push(found),
                        None => step.odd.push(format!("an item of {} has no name", self.path)),
                    }
                }
                (Value::Array(list.pages), items)
            }
        };
        let mut kept = serde_json::Map::new();
        for Item { address, name } in items {
            let file = format!("{}/{name}.json", self.directory);
            let before = known.and_then(|known| known.get(&name)).unwrap_or(&Value::Null);
            let parts: Vec<&str> = address.iter().map(String::as_str).collect();
            let (value, memory) = match self.list {
                Some(field) => {
                    let url = reader.url_of(&parts, &[("per_page", "100")]);
                    match reader.list(url, Some(field), &before["pages"]).await {
                        Ok(list) => (
                            list.as_ref().map(|list| Value::Array(list.items.clone())),
                            list.map_or_else(|| before["pages"].clone(), |list| Value::Array(list.pages)),
                        ),
                        Err(Error::Status { status: 404, .. }) => continue,
                        Err(error) => return Err(error),
                    }
                }
                None => match reader.get(reader.url_of(&parts, &[]), before["etag"].as_str()).await {
                    Ok(Some((value, headers))) => (Some(value), json!(etag_of(&headers))),
                    Ok(None) => (None, before["etag"].clone()),
                    Err(Error::Status { status: 404, .. }) => continue,
                    Err(error) => return Err(error),
                },
            };
            let field = if self.list.is_some() { "pages" } else { "etag" };
            kept.insert(name, json!({ "address": address, field: memory }));
            match value {
                Some(value) => step.documents.push(Document { path: file, value }),
                None => step.kept.push(file),
            }
        }
        step.memory = json!({ "pages": pages, "items": kept });
        Ok(step)
    }
}
