//! Resources that can be asked for what changed since a time.
//!
//! The next request is not for the next page but for what changed since the last item of this one: the list moves while it
//! is read, and GitHub refuses deep pages. <https://docs.github.com/en/rest/issues/issues#list-repository-issues>

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    Step, Trail,
    long_list::{LongList, Turned},
    reader::{PAGE_ITEMS, Reader},
};
use crate::{github::Error, http::shown};

/// What is newer than this may still get company from before: GitHub's servers lag behind each other.
const OVERLAP: SignedDuration = SignedDuration::from_secs(60);

/// A file for each item of a list that takes `since`.
#[derive(Debug)]
pub(super) struct KeySet {
    pub(super) list: LongList,
    /// More of the address.
    pub(super) query: &'static [(&'static str, &'static str)],
}

impl KeySet {
    pub(super) async fn step(&self, reader: &Reader, memory: &Value, trail: &mut Trail) -> Result<Step, Error> {
        let text = |field| memory.get(field).and_then(Value::as_str);
        let since = text("since");
        let page = memory.get("page").and_then(Value::as_u64).unwrap_or(1);
        let page_text = page.to_string();
        let mut query = self.query.to_vec();
        query.extend([("sort", "updated"), ("direction", "asc"), ("per_page", "100")]);
        query.extend(since.map(|since| ("since", since)));
        if page > 1 {
            query.push(("page", &page_text));
        }
        let place = format!("{} {page}", since.unwrap_or_default());
        let found = match self.list.page(reader, &query, &place, memory, text("etag"), trail).await? {
            Turned::New(found) => found,
            Turned::Same(step) => return Ok(step),
        };
        let is_more = found.next.is_some() || found.items.len() >= PAGE_ITEMS;
        let last = found.items.last().and_then(|item| item.get("updated_at")?.as_str());
        let next = match (is_more, last) {
            (true, Some(last)) if since.is_none_or(|since| since < last) => json!({ "since": last }),
            // A hundred and more of the same second.
            (true, _) if page < 1000 => json!({ "since": since, "page": page + 1 }),
            (true, _) => {
                let url = shown(&reader.url(self.list.path, &query));
                return Err(Error::Answer { url, problem: "it never ends".into() });
            }
            // The same address is asked the next time, so that the answer can be "the same".
            (false, _) if page == 1 && is_settled(since, found.observed) => {
                json!({ "since": since, "etag": found.etag })
            }
            (false, last) => json!({ "since": settled(last.or(since), found.observed) }),
        };
        Ok(self.list.step(found, place, memory, next, is_more, trail))
    }
}

/// Whether nothing from before `since` can come any more.
fn is_settled(since: Option<&str>, observed: Option<Timestamp>) -> bool {
    since.is_none_or(|since| settled(Some(since), observed).as_deref() == Some(since))
}

/// `since`, or a moment ago if that is earlier.
pub(super) fn settled(since: Option<&str>, observed: Option<Timestamp>) -> Option<String> {
    let since = since?;
    let moment = observed.and_then(|observed| observed.checked_sub(OVERLAP).ok());
    match (since.parse::<Timestamp>(), moment) {
        (Ok(time), Some(moment)) if time > moment => {
            let moment = Timestamp::from_second(moment.as_second()).unwrap_or(moment);
            Some(moment.to_string())
        }
        _ => Some(since.to_owned()),
    }
}
