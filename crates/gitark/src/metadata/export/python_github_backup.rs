//! The layout of python-github-backup (PyPI `github-backup` 0.65.0), which other tools read too.
//!
//! Its JSON is that of Python's `json.dump(indent=4, sort_keys=True, ensure_ascii=False)`, without a last newline.

use serde::Serialize as _;
use serde_json::{Value, json, ser::PrettyFormatter};

use super::{Group, writer::Writer};
use crate::{
    metadata::{
        Kept,
        field::{number, reply_to, text},
    },
    metadata_path::IMPORTED,
    restore,
};

/// Files of many things.
const HOOKS: &str = "hooks/hooks.json";
const STARRED: &str = "starred.json";
const WATCHED: &str = "watched.json";

/// An issue, a pull request or a discussion with all that was said.
pub(super) fn conversation(writer: &mut Writer, group: &Group, kept: Kept) -> Result<(), restore::Error> {
    let (of_issue, of_pull, of_discussion) = (kept.issue, kept.pull, kept.discussion);
    let (mut value, lists) = match group.kind.as_str() {
        "issues" => (of_issue, vec![("comment_data", kept.comments)]),
        "discussions" => (of_discussion.map(|it| counted(it, "comments", "comment_count")), {
            vec![("comment_data", threads(kept.comments))]
        }),
        // For the sake of its old versions, comments on lines have the plain name.
        _ => {
            let reviews = ("review_data", kept.reviews);
            let lists = vec![("comment_regular_data", kept.comments), ("comment_data", kept.review_comments), reviews];
            (of_pull.or(of_issue), lists)
        }
    };
    if let Some(fields) = value.as_mut().and_then(Value::as_object_mut) {
        // What an import brought and a backup has no place for.
        for (path, value) in kept.more {
            let name = path.strip_prefix(IMPORTED).and_then(|name| name.strip_prefix('/')?.strip_suffix(".json"));
            if let Some(name) = name {
                fields.insert(name.to_owned(), value);
            }
        }
        for (name, list) in lists {
            // Reviews of which none is kept may be there all the same: then nothing is said of them.
            if name != "review_data" || !list.is_empty() {
                fields.insert(name.to_owned(), Value::Array(list));
            }
        }
    }
    match value {
        Some(value) => writer.put(&format!("{}/{}.json", group.kind, group.number), &dumped(value)),
        None => Ok(()),
    }
}

/// Comments of a discussion, with the replies in them.
fn threads(comments: Vec<Value>) -> Vec<Value> {
    let (replies, mut comments): (Vec<Value>, Vec<Value>) =
        comments.into_iter().partition(|comment| reply_to(comment).is_some());
    for comment in &mut comments {
        let id = number(comment, "databaseId");
        let own = replies.iter().filter(|reply| reply_to(reply) == id).cloned().collect();
        *comment = counted(comment.take(), "replies", "reply_count");
        if let Some(fields) = comment.as_object_mut() {
            fields.insert("reply_data".into(), Value::Array(own));
        }
    }
    comments
}

/// `value` with the count of a list in place of the list.
fn counted(mut value: Value, list: &str, count: &str) -> Value {
    if let Some(fields) = value.as_object_mut()
        && let Some(list) = fields.shift_remove(list)
    {
        fields.insert(count.to_owned(), list["totalCount"].clone());
    }
    value
}

/// A file of its own: labels, milestones, releases, webhooks, advisories. Others have no place in this layout.
pub(super) fn file(writer: &mut Writer, group: &Group, values: Vec<Value>) -> Result<(), restore::Error> {
    let (Some((path, _)), Some(value)) = (group.files.first(), values.into_iter().next()) else { return Ok(()) };
    if writer.is_of_account() {
        return of_account(writer, path, value);
    }
    match path.split('/').collect::<Vec<_>>()[..] {
        ["labels.json"] => writer.put("labels/labels.json", &dumped(value)),
        ["milestones", file] => writer.put(&format!("milestones/{file}"), &dumped(value)),
        ["security-advisories", file] => writer.put(&format!("security-advisories/{file}"), &dumped(value)),
        // Of an import: an older version of a release, under the tag that it had.
        ["releases", _] | [IMPORTED, "releases", _] => match text(&value, &["tag_name"]) {
            Some(tag) => {
                let id = number(&value, "id").unwrap_or_default().to_string();
                let name = writer.names.name("releases", tag, &id);
                writer.put(&format!("releases/{name}.json"), &dumped(value))
            }
            None => Ok(()),
        },
        ["webhooks", _] => {
            writer.gathered.entry(HOOKS).or_default().push(value);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The same of an account: whom and what it follows.
fn of_account(writer: &mut Writer, path: &str, value: Value) -> Result<(), restore::Error> {
    match path.split('/').collect::<Vec<_>>()[..] {
        [file @ ("followers.json" | "following.json")] => writer.put(file, &dumped(value)),
        ["starred", _] => {
            writer.gathered.entry(STARRED).or_default().push(value);
            Ok(())
        }
        ["watched", _] => {
            writer.gathered.entry(WATCHED).or_default().push(value);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Webhooks, stars and what is watched, which are one file each there.
pub(super) fn finish(writer: &mut Writer) -> Result<(), restore::Error> {
    for (path, mut items) in std::mem::take(&mut writer.gathered) {
        if path == STARRED {
            // The newest first, as they are listed; when it was is not told there.
            items.sort_by(|a, b| text(b, &["starred_at"]).cmp(&text(a, &["starred_at"])));
            items = items.into_iter().map(|mut item| item.get_mut("repo").map(Value::take).unwrap_or(item)).collect();
        } else {
            items.sort_by_key(|item| number(item, "id"));
        }
        writer.put(path, &dumped(json!(items)))?;
    }
    Ok(())
}

/// As Python writes it.
fn dumped(mut value: Value) -> Vec<u8> {
    value.sort_all_objects();
    let mut bytes = Vec::new();
    let formatter = PrettyFormatter::with_indent(b"    ");
    // A value that was read from JSON can be written as JSON.
    let _ = value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_what_python_writes() {
        // >>> json.dumps(…, ensure_ascii=False, sort_keys=True, indent=4, separators=(",", ": "))
        let written = dumped(json!({ "z": [], "a": { "é": "\u{7f}\u{1f}\n\"/", "b": {} }, "B": [1.5, null] }));
        let python = "{\n    \"B\": [\n        1.5,\n        null\n    ],\n    \"a\": {\n        \"b\": {},\n        \
                      \"é\": \"\u{7f}\\u001f\\n\\\"/\"\n    },\n    \"z\": []\n}";
        assert_eq!(String::from_utf8(written).expect("UTF-8"), python);
    }
}
