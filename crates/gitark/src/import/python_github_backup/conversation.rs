//! An issue, a pull request or a discussion, whose file there has all that was said.

use serde_json::{Map, Value, json};

use super::item::Things;
use crate::{
    import::Problem,
    metadata_path::{IMPORTED, directory, file_name},
};

/// How that tool calls what it adds to an answer of GitHub.
const ADDED: &str = "_data";
/// Lists that have a directory of their own here, of issues and of pull requests.
const OF_ISSUES: [(&str, &str); 1] = [("comment_data", "comments")];
const OF_PULLS: [(&str, &str); 3] =
    [("comment_regular_data", "comments"), ("comment_data", "review-comments"), (REVIEWS, "reviews")];
const REVIEWS: &str = "review_data";
/// What was said in a discussion.
const COMMENTS: &str = "comment_data";

/// An issue, which may be that of a pull request.
pub(super) fn issue(number: u64, issue: Value, things: &mut Things) -> Result<(), Problem> {
    let is_pull = issue.get("pull_request").is_some_and(|pull| !pull.is_null());
    let directory = directory(if is_pull { "pulls" } else { "issues" }, number);
    split(&directory, "issue.json", &OF_ISSUES, issue, things)
}

/// A pull request.
pub(super) fn pull(number: u64, pull: Value, things: &mut Things) -> Result<(), Problem> {
    split(&directory("pulls", number), "pull.json", &OF_PULLS, pull, things)
}

fn split(
    directory: &str,
    file: &str,
    lists: &[(&str, &str)],
    value: Value,
    things: &mut Things,
) -> Result<(), Problem> {
    let mut fields = object(value)?;
    let added: Vec<String> = fields.keys().filter(|name| name.ends_with(ADDED)).cloned().collect();
    for name in added {
        let Some(list) = fields.shift_remove(&name) else { continue };
        let folder = lists.iter().find(|(field, _)| *field == name).map(|(_, folder)| folder);
        let rest = match folder {
            // Where no review is kept it is not known whether there are any; here it is.
            Some(_) if name == REVIEWS && list == json!([]) => Some(list),
            Some(folder) => things.put_each(&format!("{directory}/{folder}"), list),
            None => Some(list),
        };
        if let Some(rest) = rest {
            things.put(format!("{directory}/{IMPORTED}/{}.json", file_name(&name)), rest);
        }
    }
    things.put(format!("{directory}/{file}"), fields.into());
    Ok(())
}

/// A discussion with comments and replies, each of which is a file here.
pub(super) fn discussion(number: u64, discussion: Value, things: &mut Things) -> Result<(), Problem> {
    let directory = directory("discussions", number);
    let mut fields = object(discussion)?;
    uncount(&mut fields, "comment_count", "comments");
    let mut rest = Vec::new();
    for mut comment in taken(&mut fields, COMMENTS, things) {
        let (id, mut replies) = (comment.get("databaseId").cloned(), Vec::new());
        if let Some(fields) = comment.as_object_mut() {
            uncount(fields, "reply_count", "replies");
            replies = taken(fields, "reply_data", things);
        }
        rest.extend(put_said(&directory, comment, things));
        for mut reply in replies {
            answer(&mut reply, id.as_ref());
            rest.extend(put_said(&directory, reply, things));
        }
    }
    if !rest.is_empty() {
        things.odd.push("something in it has no id");
        fields.insert(COMMENTS.into(), rest.into());
    }
    things.put(format!("{directory}/discussion.json"), fields.into());
    Ok(())
}

fn object(value: Value) -> Result<Map<String, Value>, Problem> {
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(Problem::Unlike("it is no object")),
    }
}

/// A count in the form in which GraphQL says it.
fn uncount(fields: &mut Map<String, Value>, count: &str, list: &str) {
    if let Some(total) = fields.shift_remove(count) {
        fields.insert(list.to_owned(), json!({ "totalCount": total }));
    }
}

/// The list in a field, which is taken away; what is none stays.
fn taken(fields: &mut Map<String, Value>, list: &str, things: &mut Things) -> Vec<Value> {
    match fields.shift_remove(list) {
        None => Vec::new(),
        Some(Value::Array(items)) => items,
        Some(other) => {
            things.odd.push("what should be a list in it is none");
            fields.insert(list.to_owned(), other);
            Vec::new()
        }
    }
}

/// Makes sure that a reply says what it replies to.
fn answer(reply: &mut Value, id: Option<&Value>) {
    if let (Some(fields), Some(id)) = (reply.as_object_mut(), id)
        && fields.get("replyTo").and_then(|to| to.get("databaseId")?.as_u64()).is_none()
    {
        fields.insert("replyTo".into(), json!({ "databaseId": id }));
    }
}

/// Puts a comment or a reply by the number of its address, or by GraphQL's id where it has none; gives back what has
/// neither.
fn put_said(directory: &str, said: Value, things: &mut Things) -> Option<Value> {
    let number = said.get("databaseId").and_then(Value::as_u64).map(|number| number.to_string());
    match number.or_else(|| said.get("id").and_then(Value::as_str).map(file_name)) {
        Some(name) => things.put(format!("{directory}/comments/{name}.json"), said),
        None => return Some(said),
    }
    None
}
