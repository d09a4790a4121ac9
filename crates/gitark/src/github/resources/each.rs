//! Resources that are asked for item by item: few, as the items are.

use serde_json::{Value, json};

use super::{
    Absent, Document, Step,
    lasting::lasting,
    reader::{Reader, etag_of},
};
use crate::{github::Error, metadata_path::file_name};

/// One answer for each item of a list.
#[derive(Debug)]
pub(super) struct Each {
    /// The address of the list, below the repository's.
    pub(super) path: &'static str,
    /// More of the address: of one list, or of each of several.
    pub(super) queries: &'static [&'static [(&'static str, &'static str)]],
    /// The field that holds the items, where the answer is no array.
    pub(super) wrapped: Option<&'static str>,
    /// The directory that holds nothing else.
    pub(super) directory: &'static str,
    /// What is asked for of an item.
    pub(super) item: fn(&Value) -> Option<Item>,
    /// What is answered for an item.
    pub(super) answer: Answer,
    /// Fields of an answer that alone make no new version.
    pub(super) volatile: &'static [&'static str],
    /// What "not found" means.
    pub(super) absent: Absent,
}

/// What is answered for an item.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    /// One object.
    Object,
    /// Pages of a list.
    List,
    /// Pages of a list in this field of an object.
    Wrapped(&'static str),
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
    /// What is at an address, in the file `<name>.json`.
    pub(super) fn at<const N: usize>(address: [&str; N], name: String) -> Self {
        Self { address: address.map(str::to_owned).into(), name }
    }

    /// What is at `<list>/<its name>/<what>`.
    pub(super) fn below(list: &str, item: &Value, what: &str) -> Option<Self> {
        let name = item.get("name")?.as_str()?;
        Some(Self::at([list, name, what], file_name(name)))
    }

    /// As the last time remembers it.
    fn remembered(name: &str, memory: &Value) -> Self {
        let address = memory["address"].as_array().into_iter().flatten();
        Self { address: address.filter_map(|part| part.as_str().map(str::to_owned)).collect(), name: name.to_owned() }
    }
}

impl Each {
    pub(super) async fn step(&self, reader: &Reader, memory: &Value) -> Result<Step, Error> {
        let query = |query: &&[(&'static str, &'static str)]| {
            let query: Vec<_> = query.iter().copied().chain([("per_page", "100")]).collect();
            reader.url(self.path, &query)
        };
        let urls = self.queries.iter().map(query).collect();
        let known = memory.get("items").and_then(Value::as_object);
        let mut step = Step { whole: Some(self.directory), ..Step::default() };
        let (pages, items) = match reader.lists(urls, self.wrapped, &memory["pages"]).await? {
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
            let wrapped = match self.answer {
                Answer::Object => None,
                Answer::List => Some(None),
                Answer::Wrapped(field) => Some(Some(field)),
            };
            let (value, memory) = match wrapped {
                Some(wrapped) => {
                    let url = reader.url_of(&parts, &[("per_page", "100")]);
                    match reader.list(url, wrapped, &before["pages"]).await {
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
            let field = if wrapped.is_some() { "pages" } else { "etag" };
            let mut memory = json!({ "address": address, field: memory });
            let lasts = value.as_ref().and_then(|value| lasting(value, self.volatile));
            let is_known = lasts.is_some() && lasts.as_deref() == before["lasting"].as_str();
            if let Some(lasts) = lasts.or_else(|| before["lasting"].as_str().map(str::to_owned)) {
                memory["lasting"] = lasts.into();
            }
            kept.insert(name, memory);
            match value {
                Some(value) if !is_known => step.documents.push(Document { path: file, value }),
                _ => step.kept.push(file),
            }
        }
        step.memory = json!({ "pages": pages, "items": kept });
        Ok(step)
    }
}
