//! Pull requests.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Asked, Pace, Resource, Step, Trail, Way,
    long_list::{LongList, Turned, number},
    reader::Reader,
};
use crate::{github::Error, metadata_path::directory};

pub(super) const PULLS: Resource = Resource {
    name: "pulls",
    what: "pull requests",
    endpoint: "GET /repos/{owner}/{repo}/pulls?state=all&sort=updated&direction=desc",
    permission: "pull_requests",
    pace: Pace::EachPass,
    asked: Asked::InBulk,
    changes: "ETag, then the newest down to what was read",
    files: "pulls/<thousand>/<number>/pull.json",
    way: Way::Newest(Newest(LongList { path: "pulls", file: pull_file, number })),
};

/// A file for each item of a list that can only be had with the newest first.
///
/// What changes while the list is read moves to its front, which the next time begins with: nothing is passed over.
#[derive(Debug)]
pub(super) struct Newest(LongList);

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
        let etag = text("etag").filter(|_| page == 1);
        let found = match self.0.page(reader, &query, &page_text, memory, etag, trail).await? {
            Turned::New(found) => found,
            Turned::Same(step) => return Ok(step),
        };
        let time = |item: &Value| item.get("updated_at")?.as_str()?.parse::<Timestamp>().ok();
        // The time of the newest of all, and the page's `ETag`, which are those of the first page.
        let first = found.items.first().and_then(|item| item.get("updated_at").cloned());
        let (newest, etag) = match page {
            1 => (first.unwrap_or_default(), json!(found.etag)),
            _ => ["newest", "newest_etag"].map(|field| memory.get(field).cloned().unwrap_or_default()).into(),
        };
        let reached = found.items.last().and_then(time).zip(known).is_some_and(|(last, known)| last < known);
        let is_more = found.next.is_some() && !reached;
        let next = match is_more {
            true => json!({ "until": text("until"), "page": page + 1, "newest": newest, "newest_etag": etag }),
            false => json!({ "until": newest, "etag": etag }),
        };
        Ok(self.0.step(found, page_text, memory, next, is_more, trail))
    }
}

fn pull_file(pull: &Value) -> Option<String> {
    Some(format!("{}/pull.json", directory("pulls", pull.get("number")?.as_u64()?)))
}
