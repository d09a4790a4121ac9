//! Resources with a file for each item, which are read to their end each time.

use serde_json::{Value, json};

use super::{Absent, Document, Step, reader::Reader};
use crate::{github::Error, metadata_path::file_name};

/// A file for each item of a list.
#[derive(Debug)]
pub(super) struct Files {
    /// The address below the repository's.
    pub(super) path: &'static str,
    /// More of the address.
    pub(super) query: &'static [(&'static str, &'static str)],
    /// The field that holds the items, where the answer is no array.
    pub(super) wrapped: Option<&'static str>,
    /// The directory that holds nothing else.
    pub(super) directory: &'static str,
    /// The name of an item's file, without `.json`.
    pub(super) name: fn(&Value) -> Option<String>,
    /// The address of all that there is to know of an item, where the list has it in short.
    pub(super) detail: Option<fn(&Value) -> Option<String>>,
    /// What "not found" means.
    pub(super) absent: Absent,
}

impl Files {
    pub(super) async fn step(&self, reader: &Reader, memory: &Value) -> Result<Step, Error> {
        let query: Vec<_> = self.query.iter().copied().chain([("per_page", "100")]).collect();
        let url = reader.url(self.path, &query);
        let Some(list) = reader.list(url, self.wrapped, &memory["pages"]).await? else {
            return Ok(Step::same(memory));
        };
        let mut step = Step {
            whole: Some(self.directory),
            memory: json!({ "pages": list.pages }),
            observed: list.observed,
            ..Step::default()
        };
        for item in list.items {
            let name = (self.name)(&item);
            let value = match self.detail.and_then(|detail| detail(&item)) {
                Some(path) => reader.get(reader.url(&path, &[]), None).await?.map_or(item, |(value, _)| value),
                None => item,
            };
            match name {
                Some(name) => step.documents.push(Document { path: format!("{}/{name}.json", self.directory), value }),
                None => step.odd.push(format!("an item of {} has no name or number", self.path)),
            }
        }
        Ok(step)
    }
}

/// The `id` of an item.
pub(super) fn id(item: &Value) -> Option<String> {
    item.get("id")?.as_u64().map(|id| id.to_string())
}

/// The `name` of an item.
pub(super) fn name(item: &Value) -> Option<String> {
    item.get("name")?.as_str().map(file_name)
}

/// The `number` of an item.
pub(super) fn number(item: &Value) -> Option<String> {
    item.get("number")?.as_u64().map(|number| number.to_string())
}
