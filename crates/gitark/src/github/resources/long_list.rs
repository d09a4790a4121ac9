//! Long lists, with a file for each item: pages that are asked for one by one, and along a trail.

use serde_json::Value;

use super::{
    Document, FULL, Step, Trail, is_full,
    reader::{Page, Reader},
};
use crate::github::Error;

/// A file for each item of a list.
#[derive(Debug)]
pub(super) struct LongList {
    /// The address below the repository's.
    pub(super) path: &'static str,
    /// The path of an item's file.
    pub(super) file: fn(&Value) -> Option<String>,
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
                Turned::Same(Step { memory: seen.memory.clone(), is_more: seen.is_more, ..Step::default() })
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
        if is_full(before) {
            if is_more {
                memory[FULL] = true.into();
            }
            trail.leave(place, page.etag, &memory, is_more);
        }
        let mut step = Step { memory, is_more, observed: page.observed, ..Step::default() };
        for value in page.items {
            match (self.file)(&value) {
                Some(path) => step.documents.push(Document { path, value }),
                None => step.odd.push(format!("an item of {} has no number", self.path)),
            }
        }
        step
    }
}
