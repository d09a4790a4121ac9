//! Pull requests.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Asked, Document, FULL, Pace, Resource, Step, Trail, Way, is_full, paths::directory, reader::Reader};
use crate::github::Error;

pub(super) const PULLS: Resource = Resource {
    name: "pulls",
    what: "pull requests",
    endpoint: "GET /repos/{owner}/{repo}/pulls?state=all&sort=updated&direction=desc",
    permission: "pull_requests",
    pace: Pace::EachPass,
    asked: Asked::InBulk,
    changes: "ETag, then the newest down to what was read",
    files: "pulls/<thousand>/<number>/pull.json",
    way: Way::Newest(Newest { path: "pulls", file: pull_file }),
};

/// A file for each item of a list that can only be had with the newest first.
///
/// What changes while the list is read moves to its front, which the next time begins with: nothing is passed over.
#[derive(Debug)]
pub(super) struct Newest {
    /// The address below the repository's.
    pub(super) path: &'static str,
    /// The path of an item's file.
    pub(super) file: fn(&Value) -> Option<String>,
}

impl Newest {
    pub(super) async fn step(&self, reader: &Reader, memory: &Value, trail: &mut Trail) -> Result<Step, Error> {
        let text = |field| memory.get(field).and_then(Value::as_str);
        let known = text("until").and_then(|until| until.parse::<Timestamp>().ok());
        let page = memory.get("page").and_then(Value::as_u64).unwrap_or(1);
        let mut query = vec![("state", "all"), ("sort", "updated"), ("direction", "desc"), ("per_page", "100")];
        let page_text = page.to_string();
        if page > 1 {
            query.push(("page", &page_text));
        }
        let url = reader.url(self.path, &query);
        let seen = trail.seen(&page_text).filter(|_| is_full(memory));
        let etag = seen.map_or(text("etag").filter(|_| page == 1), |seen| Some(&seen.etag));
        let Some(found) = reader.page(&url, None, etag).await? else {
            return Ok(match seen {
                Some(seen) => Step { memory: seen.memory.clone(), is_more: seen.is_more, ..Step::default() },
                None => Step::same(memory),
            });
        };
        let mut step = Step { observed: found.observed, ..Step::default() };
        let time = |item: &Value| item.get("updated_at")?.as_str()?.parse::<Timestamp>().ok();
        // The time of the newest of all, and the page's `ETag`, which are those of the first page.
        let first = found.items.first().and_then(|item| item.get("updated_at").cloned());
        let (newest, etag) = match page {
            1 => (first.unwrap_or_default(), json!(found.etag)),
            _ => ["newest", "newest_etag"].map(|field| memory.get(field).cloned().unwrap_or_default()).into(),
        };
        let reached = found.items.last().and_then(time).zip(known).is_some_and(|(last, known)| last < known);
        step.is_more = found.next.is_some() && !reached;
        step.memory = match step.is_more {
            true => json!({ "until": text("until"), "page": page + 1, "newest": newest, "newest_etag": etag }),
            false => json!({ "until": newest, "etag": etag }),
        };
        if is_full(memory) {
            if step.is_more {
                step.memory[FULL] = true.into();
            }
            trail.leave(page_text, found.etag, &step.memory, step.is_more);
        }
        for value in found.items {
            match (self.file)(&value) {
                Some(path) => step.documents.push(Document { path, value }),
                None => step.odd.push(format!("an item of {} has no number", self.path)),
            }
        }
        Ok(step)
    }
}

fn pull_file(pull: &Value) -> Option<String> {
    Some(format!("{}/pull.json", directory("pulls", pull.get("number")?.as_u64()?)))
}
