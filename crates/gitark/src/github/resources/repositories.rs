//! Lists of repositories that are others' own: those that somebody starred or watches.

use serde_json::{Value, json};

use super::{
    Absent, Document, FULL, Step, is_full,
    lasting::{OF_REPOSITORY, lasting},
    reader::Reader,
};
use crate::github::Error;

/// A file for each repository of a list with the newest first, written anew only when more of it changed than its
/// counters.
#[derive(Debug)]
pub(super) struct Repositories {
    /// The address below the account's.
    pub(super) path: &'static str,
    /// The form of the answer.
    pub(super) accept: &'static str,
    /// The directory that holds nothing else.
    pub(super) directory: &'static str,
    /// What "not found" means.
    pub(super) absent: Absent,
}

impl Repositories {
    pub(super) async fn step(&self, reader: &Reader, memory: &Value) -> Result<Step, Error> {
        let reader = reader.accepting(self.accept);
        let url = reader.url(self.path, &[("per_page", "100")]);
        // What is new comes first, so that its page tells of it; of what is gone all pages do.
        let pages = match memory["pages"].as_array().map(Vec::as_slice) {
            Some([first, _, ..]) if !is_full(memory) => json!([first]),
            _ => memory["pages"].clone(),
        };
        if reader.is_same(&url, None, &pages).await? {
            let mut memory = memory.clone();
            memory.as_object_mut().map(|fields| fields.shift_remove(FULL));
            return Ok(Step { memory, ..Step::default() });
        }
        let list = reader.list(url, None, &Value::Null).await?.unwrap_or_default();
        let mut step = Step { whole: Some(self.directory), observed: list.observed, ..Step::default() };
        let mut digests = serde_json::Map::new();
        for value in list.items {
            let Some(id) = id(&value) else {
                step.odd.push(format!("an item of {} has no id", self.path));
                continue;
            };
            let path = format!("{}/{id}.json", self.directory);
            let digest = lasting(&value, OF_REPOSITORY);
            match digest.is_some() && digest.as_deref() == memory["lasting"][&id].as_str() {
                true => step.kept.push(path),
                false => step.documents.push(Document { path, value }),
            }
            digests.insert(id, digest.into());
        }
        step.memory = json!({ "pages": list.pages, "lasting": digests });
        Ok(step)
    }
}

/// The repository's id, which may be below `repo` beside when it was starred.
fn id(item: &Value) -> Option<String> {
    item.get("repo").unwrap_or(item).get("id")?.as_u64().map(|id| id.to_string())
}
