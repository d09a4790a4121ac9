//! Long lists, with a file for each item: pages that are asked for one by one, and along a trail.

use serde_json::Value;

use super::{
    Document, FULL, Step, Trail, is_full,
    reader::{Page, Reader},
    trail::Seen,
};
use crate::github::Error;

/// A file for each item of a list.
#[derive(Debug)]
pub(super) struct LongList {
    /// The address below the repository's.
    pub(super) path: &'static str,
    /// The path of an item's file.
    pub(super) file: fn(&Value) -> Option<String>,
    /// What an item is known by: its number, or its id.
    pub(super) number: fn(&Value) -> Option<u64>,
}

/// A page that was asked for.
pub(super) enum Turned {
    New(Page),
    /// It is as it was: what the step after it was like.
    Same(Step),
}

impl LongList {
    /// The page that `query` asks for, after what left `memory`. A full reading knows it as `place` on its `trail`, another
    /// one by `etag`.
    pub(super) async fn page(
        &self,
        reader: &Reader,
        query: &[(&str, &str)],
        place: &str,
        memory: &Value,
        etag: Option<&str>,
        trail: &Trail,
    ) -> Result<Turned, Error> {
        let seen = trail.seen(place).filter(|_| is_full(memory));
        let etag = seen.map_or(etag, |seen| Some(&seen.etag));
        let page = reader.page(&reader.url(self.path, query), None, etag).await?;
        Ok(match (page, seen) {
            (Some(page), _) => Turned::New(page),
            (None, Some(seen)) => {
                let (memory, is_more, met) = (seen.memory.clone(), seen.is_more, seen.items.clone());
                Turned::Same(Step { memory, is_more, met, ..Step::default() })
            }
            (None, None) => Turned::Same(Step::same(memory)),
        })
    }

    /// The step that a new page makes: its files, and `memory` for the next step. A full reading, which `before` tells,
    /// leaves the page on its `trail`.
    pub(super) fn step(
        &self,
        page: Page,
        place: String,
        before: &Value,
        mut memory: Value,
        is_more: bool,
        trail: &mut Trail,
    ) -> Step {
        let mut met = None;
        if is_full(before) {
            if is_more {
                memory[FULL] = true.into();
            }
            let items = Some(page.items.iter().filter_map(|item| (self.number)(item)).collect());
            met.clone_from(&items);
            trail.leave(place, page.etag.map(|etag| Seen { etag, memory: memory.clone(), is_more, items }));
        }
        let mut step = Step { memory, is_more, met, observed: page.observed, ..Step::default() };
        for value in page.items {
            match (self.file)(&value) {
                Some(path) => step.documents.push(Document { path, value }),
                None => step.odd.push(format!("an item of {} has no number", self.path)),
            }
        }
        step
    }
}

/// The `number` of an item.
pub(super) fn number(item: &Value) -> Option<u64> {
    item.get("number")?.as_u64()
}

/// The `id` of an item.
pub(super) fn id(item: &Value) -> Option<u64> {
    item.get("id")?.as_u64()
}
