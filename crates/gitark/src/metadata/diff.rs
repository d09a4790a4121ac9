//! What is different between two backups of what is around the code. Only trees that differ are read.

use std::collections::{BTreeMap, BTreeSet};

use gix_hash::ObjectId;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{
    Error, Snapshot,
    field::{names, state, text},
    snapshot::{BATCH, Files, Node},
};
use crate::{metadata_path::GONE, vault};

/// Fields of GitHub that follow from others, or change all the time: alone they are no change for people.
const VOLATILE: [&str; 28] = [
    "answerChosenAt",
    "answerChosenBy",
    "closed_at",
    "closed_by",
    "closed_issues",
    "comments",
    "download_count",
    "forks",
    "forks_count",
    "merge_commit_sha",
    "network_count",
    "open_issues",
    "open_issues_count",
    "pull_request",
    "pushed_at",
    "reactionGroups",
    "reactions",
    "replies",
    "score",
    "size",
    "stargazers_count",
    "state_reason",
    "subscribers_count",
    "timeline_url",
    "updatedAt",
    "updated_at",
    "watchers",
    "watchers_count",
];

/// What is different.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The entry in the log of the metadata where the comparison begins; none when there was nothing yet.
    pub from: Option<Side>,
    /// Where it ends.
    pub to: Option<Side>,
    /// What changed, by kind, then by number or name.
    pub changes: Vec<Change>,
}

/// One of the two backups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The entry in the log of the metadata.
    pub entry: u64,
    /// The server's clock at that backup.
    pub observed: Timestamp,
}

/// What sort of thing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An issue.
    Issue,
    /// A pull request.
    Pull,
    /// A discussion.
    Discussion,
    /// A comment, a reply, or a review.
    Comment,
    /// A label.
    Label,
    /// A milestone.
    Milestone,
    /// A release.
    Release,
    /// Anything else: a file.
    Setting,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is new.
    Added,
    /// It is another.
    Changed,
    /// It is no more.
    Removed,
}

/// One thing that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What sort of thing.
    pub kind: Kind,
    /// What became of it.
    pub action: Action,
    /// The number, or the name: `7`, `bug`, `v1.0`, `repository.json`.
    pub name: String,
    /// Its title, or the beginning of what was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What of it is another: names of fields, and of a state both.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The file.
    pub path: String,
    /// The text before, of a comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The text after, of a comment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl Difference {
    /// The changes of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.kind == kind)
    }
}

/// A file that is not the same in both.
#[derive(Clone, Debug)]
struct Touched {
    path: String,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
}

/// Compares two snapshots, either of which may be of a time before the first backup.
///
/// # Errors
/// Damage, or the store's failure.
pub async fn diff(from: Option<&Snapshot>, to: Option<&Snapshot>) -> Result<Difference, Error> {
    let (mut old, mut new) = (from.map(Snapshot::files), to.map(Snapshot::files));
    let touched = touched(&mut old, &mut new).await?;
    let mut changes = Vec::new();
    // Batch by batch: texts of the world's largest tracker need not fit into memory, what is told of them does.
    for touched in touched.chunks(BATCH) {
        let before = read(&mut old, touched.iter().map(|touched| touched.old)).await?;
        let after = read(&mut new, touched.iter().map(|touched| touched.new)).await?;
        for ((touched, before), after) in touched.iter().zip(before).zip(after) {
            tell(&touched.path, before.as_ref(), after.as_ref(), &mut changes);
        }
    }
    changes
        .sort_by(|a, b| (a.kind, number(&a.name), &a.name, &a.path).cmp(&(b.kind, number(&b.name), &b.name, &b.path)));
    let mut seen = BTreeSet::new();
    // A pull request has two files, and is named once.
    changes.retain(|change| {
        !matches!(change.kind, Kind::Pull | Kind::Issue) || seen.insert((change.kind, change.name.clone()))
    });
    let side = |snapshot: &Snapshot| Side { entry: snapshot.entry(), observed: snapshot.observed() };
    Ok(Difference { from: from.map(side), to: to.map(side), changes })
}

fn number(name: &str) -> u64 {
    name.parse().unwrap_or(u64::MAX)
}

/// All files that differ, by walking both trees where they differ.
async fn touched(old: &mut Option<Files<'_>>, new: &mut Option<Files<'_>>) -> Result<Vec<Touched>, vault::Error> {
    let root = |files: &Option<Files<'_>>| files.as_ref().map(|files| Node { id: files.snapshot.root, is_tree: true });
    let mut level = vec![(String::new(), root(old), root(new))];
    let mut found = Vec::new();
    while !level.is_empty() {
        let mut below = Vec::new();
        for part in level.chunks(BATCH) {
            let olds = trees(old, part.iter().map(|(_, old, _)| *old)).await?;
            let news = trees(new, part.iter().map(|(_, _, new)| *new)).await?;
            for (((path, ..), olds), news) in part.iter().zip(olds).zip(news) {
                let names: BTreeSet<&String> = olds.keys().chain(news.keys()).collect();
                for name in names {
                    let (old, new) = (olds.get(name).copied(), news.get(name).copied());
                    if old == new {
                        continue;
                    }
                    let path = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
                    let tree = |node: Option<Node>| node.filter(|node| node.is_tree);
                    let file = |node: Option<Node>| node.filter(|node| !node.is_tree).map(|node| node.id);
                    if file(old).or(file(new)).is_some() {
                        found.push(Touched { path: path.clone(), old: file(old), new: file(new) });
                    }
                    if tree(old).or(tree(new)).is_some() {
                        below.push((path, tree(old), tree(new)));
                    }
                }
            }
        }
        level = below;
    }
    Ok(found)
}

async fn trees(
    files: &mut Option<Files<'_>>,
    nodes: impl Iterator<Item = Option<Node>>,
) -> Result<Vec<BTreeMap<String, Node>>, vault::Error> {
    let nodes: Vec<Option<Node>> = nodes.collect();
    let ids: Vec<ObjectId> = nodes.iter().flatten().map(|node| node.id).collect();
    let mut read = match files {
        Some(files) => files.trees(&ids).await?,
        None => Vec::new(),
    }
    .into_iter();
    let one = |node: &Option<Node>| match node {
        Some(_) => read.next().unwrap_or_default().into_iter().collect(),
        None => BTreeMap::new(),
    };
    Ok(nodes.iter().map(one).collect())
}

async fn read(
    files: &mut Option<Files<'_>>,
    ids: impl Iterator<Item = Option<ObjectId>>,
) -> Result<Vec<Option<Value>>, vault::Error> {
    let ids: Vec<Option<ObjectId>> = ids.collect();
    let wanted: Vec<ObjectId> = ids.iter().flatten().copied().collect();
    let mut values = match files {
        Some(files) => files.values(&wanted).await?,
        None => Vec::new(),
    }
    .into_iter();
    Ok(ids.iter().map(|id| id.and_then(|_| values.next())).collect())
}

/// What a file that differs says of a change.
fn tell(path: &str, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<Change>) {
    let parts: Vec<&str> = path.split('/').collect();
    let (kind, name) = match parts[..] {
        ["issues", _, number, "issue.json"] => (Kind::Issue, number.to_owned()),
        ["pulls", _, number, "issue.json" | "pull.json"] => (Kind::Pull, number.to_owned()),
        ["discussions", _, number, "discussion.json"] => (Kind::Discussion, number.to_owned()),
        ["issues" | "pulls" | "discussions", _, number, "comments" | "reviews" | "review-comments", _] => {
            (Kind::Comment, number.to_owned())
        }
        // Timelines, threads and details: they follow from what is told.
        ["issues" | "pulls", ..] => return,
        // So do the words on what is gone.
        [GONE, ..] => return,
        ["labels.json"] => return labels(path, old, new, changes),
        ["milestones", file] => (Kind::Milestone, file.trim_end_matches(".json").to_owned()),
        ["releases", file, ..] => {
            let tag = new.or(old).and_then(|release| text(release, &["tag_name"]));
            (Kind::Release, tag.unwrap_or(file.trim_end_matches(".json")).to_owned())
        }
        ["commit-comments", ..] => {
            let commit = new.or(old).and_then(|comment| text(comment, &["commit_id"])).unwrap_or_default();
            (Kind::Comment, commit.chars().take(10).collect())
        }
        _ => (Kind::Setting, path.to_owned()),
    };
    if let Some(change) = change(kind, name, path, old, new) {
        changes.push(change);
    }
}

/// Labels are in one file.
fn labels(path: &str, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<Change>) {
    let by_id = |labels: Option<&Value>| -> BTreeMap<u64, Value> {
        let labels = labels.and_then(Value::as_array).into_iter().flatten();
        labels.filter_map(|label| Some((label.get("id")?.as_u64()?, label.clone()))).collect()
    };
    let (old, new) = (by_id(old), by_id(new));
    let ids: BTreeSet<&u64> = old.keys().chain(new.keys()).collect();
    for id in ids {
        let (old, new) = (old.get(id), new.get(id));
        let name = new.or(old).and_then(|label| text(label, &["name"])).unwrap_or_default().to_owned();
        if old != new {
            changes.extend(change(Kind::Label, name, path, old, new));
        }
    }
}

fn change(kind: Kind, name: String, path: &str, old: Option<&Value>, new: Option<&Value>) -> Option<Change> {
    let action = match (old, new) {
        (None, Some(_)) => Action::Added,
        (Some(_), None) => Action::Removed,
        (Some(_), Some(_)) => Action::Changed,
        (None, None) => return None,
    };
    let mut fields = Vec::new();
    if let (Some(old), Some(new)) = (old, new) {
        fields = differing(old, new);
        // A new comment touches its issue: that is the comment's change.
        if fields.is_empty() && kind != Kind::Setting {
            return None;
        }
    }
    let newest = new.or(old)?;
    let said = |value: Option<&Value>| match kind {
        Kind::Comment => value.map(|value| text(value, &["body"]).unwrap_or_default().to_owned()),
        _ => None,
    };
    let title = match kind {
        Kind::Comment => text(newest, &["body"]).and_then(|body| body.lines().find(|line| !line.trim().is_empty())),
        Kind::Setting | Kind::Label => None,
        _ => text(newest, &["title", "name"]),
    };
    let title = title.map(str::to_owned);
    Some(Change { kind, action, name, title, fields, path: path.to_owned(), before: said(old), after: said(new) })
}

/// The names of the fields that differ; of a state, both.
fn differing(old: &Value, new: &Value) -> Vec<String> {
    let (Some(olds), Some(news)) = (old.as_object(), new.as_object()) else {
        return Vec::new();
    };
    let (before, after) = (state(old), state(new));
    let fields: BTreeSet<&String> = olds.keys().chain(news.keys()).collect();
    let is_told = |name: &&&String| {
        let is_of_state = ["state", "merged_at", "draft", "merged"].contains(&name.as_str());
        !(VOLATILE.contains(&name.as_str()) || is_of_state && before != after)
            && essence(name, old) != essence(name, new)
    };
    let states = (before != after).then(|| format!("{before} -> {after}"));
    states.into_iter().chain(fields.iter().filter(is_told).map(|name| (*name).clone())).collect()
}

/// What a field says: of people their logins, of labels their names, for these are things of their own.
fn essence(field: &str, value: &Value) -> Option<Value> {
    let found = value.get(field)?;
    Some(match field {
        "labels" => names(value, field, "name").into(),
        "assignees" | "requested_reviewers" => names(value, field, "login").into(),
        "user" | "author" | "assignee" | "creator" | "uploader" | "milestone" => {
            text(found, &["login", "title"]).into()
        }
        "head" | "base" => ["label", "ref", "sha"].map(|field| text(found, &[field])).as_slice().into(),
        _ => lasting(found),
    })
}

/// A value without what changes all the time: a milestone in an issue counts its issues.
fn lasting(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let lasts = |(name, _): &(&String, &Value)| !VOLATILE.contains(&name.as_str());
            fields.iter().filter(lasts).map(|(name, value)| (name.clone(), lasting(value))).collect()
        }
        Value::Array(items) => items.iter().map(lasting).collect(),
        value => value.clone(),
    }
}
