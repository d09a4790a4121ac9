//! What a full reading saw at each page of a long list, so that the next one asks only for what differs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Pages of one trail, at most: beyond that a list is read again.
const MAXIMUM_PAGES: usize = 20_000;

/// The trails of a repository's resources, by their names.
pub type Trails = BTreeMap<String, Trail>;

/// The pages of one list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// By what the page was asked for.
    pages: BTreeMap<String, Seen>,
}

/// A page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) etag: String,
    /// What was remembered after it.
    pub(super) memory: Value,
    /// Whether there was another behind it.
    pub(super) is_more: bool,
    /// The numbers or ids on it, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Vec<u64>>,
}

impl Trail {
    pub(super) fn seen(&self, page: &str) -> Option<&Seen> {
        self.pages.get(page)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Leaves what was `seen` at a page.
    pub(super) fn leave(&mut self, page: String, seen: Option<Seen>) {
        match seen {
            Some(seen) if self.pages.len() < MAXIMUM_PAGES => drop(self.pages.insert(page, seen)),
            _ => drop(self.pages.remove(&page)),
        }
    }
}
