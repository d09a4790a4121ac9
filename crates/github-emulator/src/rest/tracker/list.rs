//! Pages of the lists of a tracker.

use std::cmp::Ordering;

use axum::http::{StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::scene::Scene;
use crate::listing::Page;
use crate::rest::Call;
use crate::rest::answer::Answer;

/// GitHub's words about pages of issues too far down.
const CURSOR_REQUIRED: &str = "Pagination with the page parameter is not supported for large datasets, please use \
    cursor based pagination (after/before)";

/// GitHub's words about pages of other lists too far down.
const PAGES_LIMITED: &str = "In order to keep the API fast for everyone, pagination is limited for this resource. \
    Check the rel=last link relation in the Link response header to see how far back you can traverse.";

/// What the cursors begin with before they are encoded.
const CURSOR: &str = "cursor:v2:";

impl Call<'_> {
    /// A page of a list below the repository's address.
    pub(super) fn list<T: Copy>(
        &self,
        scene: &Scene<'_>,
        path: &str,
        items: &[T],
        show: impl Fn(T) -> Option<Value>,
    ) -> Answer {
        self.capped_list(scene, path, items, None, show)
    }

    /// A page of a list of which only the first items can be had.
    pub(super) fn capped_list<T: Copy>(
        &self,
        scene: &Scene<'_>,
        path: &str,
        items: &[T],
        cap: Option<usize>,
        show: impl Fn(T) -> Option<Value>,
    ) -> Answer {
        let page = Page::of(&self.query, self.page_limit);
        if cap.is_some_and(|cap| page.reach() > cap) {
            return Answer::error(StatusCode::UNPROCESSABLE_ENTITY, PAGES_LIMITED);
        }
        let shown = items[page.range(items.len())].iter().filter_map(|&item| show(item)).collect();
        let count = cap.map_or(items.len(), |cap| items.len().min(cap));
        let address = self.base.api(&format!("/repositories/{}/{path}", scene.entry.id));
        let mut answer = Answer::ok(shown);
        answer.headers.extend(page.link(count, &address, self.raw_query).map(|link| (header::LINK, link)));
        answer
    }

    /// A page of a list which goes on behind a cursor when it is long. `key` is what the list is
    /// sorted by, `descending` or not.
    pub(super) fn cursor_list(
        &self,
        scene: &Scene<'_>,
        path: &str,
        items: &[u64],
        (descending, key): (bool, impl Fn(u64) -> i64),
        show: impl Fn(u64) -> Option<Value>,
    ) -> Answer {
        let cap = scene.state.page_caps.issues;
        let page = Page::of(&self.query, self.page_limit);
        let after = self.parameter("after");
        if after.is_none() && cap.is_some_and(|cap| page.reach() >= cap) {
            let mut answer = Answer::error(StatusCode::UNPROCESSABLE_ENTITY, CURSOR_REQUIRED);
            answer.body["documentation_url"] =
                json!("https://docs.github.com/rest/issues/issues#list-repository-issues");
            return answer;
        }
        let is_long = cap.is_some_and(|cap| items.len() >= cap);
        if after.is_none() && !is_long {
            return self.list(scene, path, items, show);
        }
        let start = match after.map(decode) {
            None => page.range(items.len()).start,
            Some(None) => {
                return Answer::error(StatusCode::UNPROCESSABLE_ENTITY, "The after parameter is not a valid cursor.");
            }
            Some(Some(last)) => items.partition_point(|&item| {
                let order = (key(item), item).cmp(&last);
                order == Ordering::Equal || (order == Ordering::Less) != descending
            }),
        };
        let rest = &items[start.min(items.len())..];
        let shown = &rest[..rest.len().min(page.per_page())];
        let mut answer = Answer::ok(shown.iter().filter_map(|&item| show(item)).collect());
        if let (Some(&last), true) = (shown.last(), shown.len() < rest.len()) {
            let kept = self.raw_query.unwrap_or_default().split('&').filter(|parameter| {
                !parameter.is_empty() && !parameter.starts_with("page=") && !parameter.starts_with("after=")
            });
            let cursor = encode(key(last), last);
            let query: Vec<&str> = kept.collect();
            let separator = if query.is_empty() { "" } else { "&" };
            let address = self.base.api(&format!("/repositories/{}/{path}", scene.entry.id));
            let page = page.following();
            let link = format!("<{address}?{}{separator}after={cursor}&page={page}>; rel=\"next\"", query.join("&"));
            answer.headers.push((header::LINK, link));
        }
        answer
    }

    /// The time of the parameter `since`, in seconds.
    pub(super) fn since(&self) -> Result<Option<i64>, Answer> {
        let Some(since) = self.parameter("since").filter(|since| !since.is_empty()) else {
            return Ok(None);
        };
        let parsed = since.parse::<Timestamp>().map_err(|_| {
            let message = format!("`{since}` is not a valid ISO 8601 date time for `since`.");
            Answer::error(StatusCode::UNPROCESSABLE_ENTITY, &message)
        });
        // What is in the middle of a second begins with the next.
        parsed.map(|time| Some(time.as_second() + i64::from(time.subsec_nanosecond() > 0)))
    }

    /// Whether a list is asked for newest first.
    pub(super) fn is_descending(&self, usual: bool) -> bool {
        match self.parameter("direction") {
            Some(direction) => direction == "desc",
            None => usual,
        }
    }
}

fn encode(key: i64, item: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{CURSOR}{key}:{item}"))
}

fn decode(cursor: &str) -> Option<(i64, u64)> {
    let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (key, item) = decoded.strip_prefix(CURSOR)?.split_once(':')?;
    Some((key.parse().ok()?, item.parse().ok()?))
}
