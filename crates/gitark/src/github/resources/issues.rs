//! Issues, and what is said under issues and pull requests.

use serde_json::Value;

use super::{
    Asked, Pace, Resource, Way,
    keyset::KeySet,
    long_list::{LongList, id, number},
};
use crate::metadata_path::directory;

pub(super) const ISSUES: Resource = Resource {
    name: "issues",
    what: "issues, and the issue that each pull request is, with reactions counted",
    endpoint: "GET /repos/{owner}/{repo}/issues?state=all&since=",
    permission: "issues",
    pace: Pace::EachPass,
    asked: Asked::InBulk,
    changes: "`since` the newest that was read",
    files: "issues/<thousand>/<number>/issue.json, pulls/<thousand>/<number>/issue.json",
    way: Way::KeySet(KeySet {
        list: LongList { path: "issues", file: issue_file, number },
        query: &[("state", "all")],
    }),
};

pub(super) const ISSUE_COMMENTS: Resource = Resource {
    name: "issue-comments",
    what: "comments under issues and pull requests",
    endpoint: "GET /repos/{owner}/{repo}/issues/comments?since=",
    permission: "issues",
    pace: Pace::EachPass,
    asked: Asked::InBulk,
    changes: "`since` the newest that was read",
    files: "issues/<thousand>/<number>/comments/<id>.json, pulls/<thousand>/<number>/comments/<id>.json",
    way: Way::KeySet(KeySet { list: LongList { path: "issues/comments", file: comment_file, number: id }, query: &[] }),
};

pub(super) const REVIEW_COMMENTS: Resource = Resource {
    name: "review-comments",
    what: "comments on lines of pull requests",
    endpoint: "GET /repos/{owner}/{repo}/pulls/comments?since=",
    permission: "pull_requests",
    pace: Pace::EachPass,
    asked: Asked::InBulk,
    changes: "`since` the newest that was read",
    files: "pulls/<thousand>/<number>/review-comments/<id>.json",
    way: Way::KeySet(KeySet {
        list: LongList { path: "pulls/comments", file: review_comment_file, number: id },
        query: &[],
    }),
};

fn issue_file(issue: &Value) -> Option<String> {
    let kind = if issue.get("pull_request").is_some_and(|is| !is.is_null()) { "pulls" } else { "issues" };
    Some(format!("{}/issue.json", directory(kind, issue.get("number")?.as_u64()?)))
}

fn comment_file(comment: &Value) -> Option<String> {
    let number = last_number(comment.get("issue_url")?.as_str()?)?;
    // Only the address for people says of which it is: …/pull/7#issuecomment-1 or …/issues/7#issuecomment-1.
    let page = comment.get("html_url").and_then(Value::as_str).unwrap_or_default();
    let (page, _) = page.split_once('#').unwrap_or((page, ""));
    let kind = if page.ends_with(&format!("/pull/{number}")) { "pulls" } else { "issues" };
    Some(format!("{}/comments/{}.json", directory(kind, number), comment.get("id")?.as_u64()?))
}

fn review_comment_file(comment: &Value) -> Option<String> {
    let number = last_number(comment.get("pull_request_url")?.as_str()?)?;
    Some(format!("{}/review-comments/{}.json", directory("pulls", number), comment.get("id")?.as_u64()?))
}

/// The number at the end of an address.
fn last_number(url: &str) -> Option<u64> {
    url.rsplit('/').next()?.parse().ok()
}
