//! Resources that are asked for item by item: few, as the items are.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Absent, Document, Step,
    reader::{Reader, etag_of},
};
use crate::github::Error;

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
    /// The address of an item's answer, and its file without `.json`.
    pub(super) item: fn(&Value) -> Option<(String, String)>,
    /// The field of an answer that is a list in pages; the answer is one object without.
    pub(super) list: Option<&'static str>,
    /// What "not found" means.
    pub(super) absent: Absent,
}

impl Each {
    pub(super) async fn step(&self, reader: &Reader, memory: &Value) -> Result<Step, Error> {
        let query: Vec<_> = self.query.iter().copied().chain([("per_page", "100")]).collect();
        let mut known: BTreeMap<String, Value> = memory
            .get("items")
            .and_then(Value::as_object)
            .map(|items| items.iter().map(|(path, item)| (path.clone(), item.clone())).collect())
            .unwrap_or_default();
        let mut step = Step { whole: Some(self.directory), ..Step::default() };
        let (pages, items) = match reader.list(reader.url(self.path, &query), self.wrapped, &memory["pages"]).await? {
            None => {
                let items = known
                    .iter()
                    .filter_map(|(path, item)| Some((path.clone(), item.get("file")?.as_str()?.to_owned())));
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
        for (path, name) in items {
            let file = format!("{}/{name}.json", self.directory);
            let before = known.remove(&path).unwrap_or_default();
            let (value, memory) = match self.list {
                Some(field) => {
                    match reader.list(reader.url(&path, &[("per_page", "100")]), Some(field), &before["pages"]).await {
                        Ok(list) => (
                            list.as_ref().map(|list| Value::Array(list.items.clone())),
                            list.map_or_else(|| before["pages"].clone(), |list| Value::Array(list.pages)),
                        ),
                        Err(Error::Status { status: 404, .. }) => continue,
                        Err(error) => return Err(error),
                    }
                }
                None => match reader.get(reader.url(&path, &[]), before["etag"].as_str()).await {
                    Ok(Some((value, headers))) => (Some(value), json!(etag_of(&headers))),
                    Ok(None) => (None, before["etag"].clone()),
                    Err(Error::Status { status: 404, .. }) => continue,
                    Err(error) => return Err(error),
                },
            };
            let field = if self.list.is_some() { "pages" } else { "etag" };
            kept.insert(path, json!({ "file": name, field: memory }));
            match value {
                Some(value) => step.documents.push(Document { path: file, value }),
                None => step.kept.push(file),
            }
        }
        step.memory = json!({ "pages": pages, "items": kept });
        Ok(step)
    }
}
