//! Fields of what GitHub sent.

use serde_json::Value;

/// The first of these fields that holds a text which is not empty.
pub fn text<'a>(value: &'a Value, fields: &[&str]) -> Option<&'a str> {
    fields.iter().find_map(|field| value.get(field)?.as_str()).filter(|text| !text.is_empty())
}

/// The login of who made it; GitHub's name for accounts that are gone when nobody is named.
pub fn login(value: &Value) -> &str {
    let who = ["user", "author", "creator"].iter().find_map(|field| value.get(field)).unwrap_or(value);
    text(who, &["login", "name"]).unwrap_or("ghost")
}

/// A time without its `T` and `Z`: `2026-11-21 05:00:00`.
pub fn date_time(value: &Value, fields: &[&str]) -> Option<String> {
    let time = text(value, fields)?;
    Some(time.trim_end_matches('Z').replacen('T', " ", 1))
}

/// The names of the things in a list, by this field: labels, assignees.
pub fn names(value: &Value, list: &str, field: &str) -> Vec<String> {
    let items = value.get(list).and_then(|list| list.get("nodes").unwrap_or(list).as_array());
    let name = |item: &Value| text(item, &[field]).or_else(|| item.as_str()).map(str::to_owned);
    items.into_iter().flatten().filter_map(name).collect()
}

/// Whether a field says yes.
pub fn is(value: &Value, field: &str) -> bool {
    value.get(field).and_then(Value::as_bool).unwrap_or_default()
}

/// A number.
pub fn number(value: &Value, field: &str) -> Option<u64> {
    value.get(field)?.as_u64()
}

/// The number of the comment of a discussion that this one replies to.
pub(super) fn reply_to(comment: &Value) -> Option<u64> {
    number(comment.get("replyTo")?, "databaseId")
}

/// `open`, `closed`, or of a pull request `merged` or `draft`.
pub(super) fn state(value: &Value) -> String {
    let merged = value.get("merged_at").or_else(|| value.get("pull_request")?.get("merged_at"));
    let closed = value.get("closed").and_then(Value::as_bool).map(|closed| if closed { "closed" } else { "open" });
    let state = text(value, &["state"]).or(closed).unwrap_or("unknown").to_lowercase();
    match () {
        () if merged.is_some_and(Value::is_string) => "merged".into(),
        () if state == "open" && is(value, "draft") => "draft".into(),
        () => state,
    }
}
