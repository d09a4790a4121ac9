//! One thing of those that are kept: an issue, a pull request, a discussion, a release, a label, a milestone.

use std::fmt;

use gix_hash::ObjectId;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{
    Error, Snapshot,
    field::{number, text},
    history,
    snapshot::Files,
};
use crate::{
    cause::printable,
    metadata_path::{GONE, directory},
    vault,
    vault::BareRepository,
};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// An issue by its number; a pull request is one, too.
    Issue(u64),
    /// A pull request by its number.
    Pull(u64),
    /// A discussion by its number.
    Discussion(u64),
    /// A release by its tag, its id or its title.
    Release(String),
    /// A label by its name.
    Label(String),
    /// A milestone by its number or its title.
    Milestone(String),
}

impl Thing {
    /// The kinds, as people say them.
    pub const KINDS: [&str; 6] = ["issue", "pull", "discussion", "release", "label", "milestone"];

    /// The thing of this kind and this name.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(kind: &str, name: &str) -> Result<Self, String> {
        let number = || {
            let digits = name.strip_prefix('#').unwrap_or(name);
            digits.parse::<u64>().map_err(|_| format!("{name:?} is no number, such as 123"))
        };
        match kind {
            "issue" | "issues" => number().map(Thing::Issue),
            "pull" | "pulls" | "pr" => number().map(Thing::Pull),
            "discussion" | "discussions" => number().map(Thing::Discussion),
            "release" | "releases" => Ok(Thing::Release(name.to_owned())),
            "label" | "labels" => Ok(Thing::Label(name.to_owned())),
            "milestone" | "milestones" => Ok(Thing::Milestone(name.to_owned())),
            _ => Err(format!("{kind:?} is not shown; {} are", Self::KINDS.join(", "))),
        }
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Thing::Issue(number) => write!(f, "issue {number}"),
            Thing::Pull(number) => write!(f, "pull request {number}"),
            Thing::Discussion(number) => write!(f, "discussion {number}"),
            Thing::Release(name) => write!(f, "release {}", printable(name)),
            Thing::Label(name) => write!(f, "label {}", printable(name)),
            Thing::Milestone(name) => write!(f, "milestone {}", printable(name)),
        }
    }
}

/// What is kept of one thing, as GitHub sent it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Kept {
    /// `OWNER/REPO` as it was called then.
    pub repository: String,
    /// The entry in the log of the metadata.
    pub entry: u64,
    /// The server's clock at the backup.
    pub observed: Timestamp,
    /// The issue, and the issue that a pull request is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<Value>,
    /// The pull request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull: Option<Value>,
    /// The discussion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discussion: Option<Value>,
    /// The release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<Value>,
    /// The label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Value>,
    /// The milestone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milestone: Option<Value>,
    /// Comments, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Value>,
    /// Reviews of a pull request, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Value>,
    /// Comments on lines, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub review_comments: Vec<Value>,
    /// Whatever else is kept of it, by file.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub more: serde_json::Map<String, Value>,
}

/// What a snapshot of `repository` has of `thing`.
///
/// # Errors
/// [`Error::NoSuchThing`] says when it was last there; damage, or the store's failure.
pub async fn kept(repository: &BareRepository, snapshot: &Snapshot, thing: &Thing) -> Result<Kept, Error> {
    let mut files = snapshot.files();
    if let Some(kept) = find(&mut files, thing).await? {
        return Ok(kept);
    }
    let name = snapshot.repository().to_owned();
    if let Thing::Pull(number) = thing
        && files.find(&directory("issues", *number)).await?.is_some()
    {
        return Err(Error::IsIssue { repository: name, number: *number });
    }
    let seen = history::seen(repository, snapshot, thing).await?;
    let gone = match thing {
        Thing::Issue(number) | Thing::Pull(number) | Thing::Discussion(number) => {
            files.value(&format!("{GONE}/{number}.json")).await?
        }
        _ => None,
    };
    Err(Error::NoSuchThing { repository: name, thing: thing.clone(), observed: snapshot.observed(), seen, gone })
}

/// What is kept of a thing, when it is there.
pub(super) async fn find(files: &mut Files<'_>, thing: &Thing) -> Result<Option<Kept>, vault::Error> {
    let mut kept = empty(files.snapshot);
    match thing {
        Thing::Issue(number) => {
            for kind in ["issues", "pulls"] {
                if let Some(kept) = conversation(files, &directory(kind, *number)).await? {
                    return Ok(Some(kept));
                }
            }
            return Ok(None);
        }
        Thing::Pull(number) => return conversation(files, &directory("pulls", *number)).await,
        Thing::Discussion(number) => return conversation(files, &directory("discussions", *number)).await,
        Thing::Release(name) => {
            let is_it = |value: &Value| {
                number(value, "id").is_some_and(|id| id.to_string() == *name)
                    || ["tag_name", "name"].iter().any(|field| text(value, &[field]) == Some(name))
            };
            kept.release = of_directory(files, "releases").await?.into_iter().find(is_it);
        }
        Thing::Label(name) => {
            let labels = files.value("labels.json").await?;
            let labels = labels.as_ref().and_then(Value::as_array).into_iter().flatten();
            let is_it =
                |label: &&Value| text(label, &["name"]).is_some_and(|it| it.to_lowercase() == name.to_lowercase());
            kept.label = labels.into_iter().find(is_it).cloned();
        }
        Thing::Milestone(name) => {
            let is_it = |value: &Value| {
                number(value, "number").is_some_and(|number| number.to_string() == *name)
                    || text(value, &["title"]) == Some(name)
            };
            kept.milestone = of_directory(files, "milestones").await?.into_iter().find(is_it);
        }
    }
    Ok((kept.release.is_some() || kept.label.is_some() || kept.milestone.is_some()).then_some(kept))
}

/// Nothing of a snapshot.
fn empty(snapshot: &Snapshot) -> Kept {
    Kept {
        repository: snapshot.repository().to_owned(),
        entry: snapshot.entry(),
        observed: snapshot.observed(),
        ..Kept::default()
    }
}

/// All JSON files of a directory.
async fn of_directory(files: &mut Files<'_>, directory: &str) -> Result<Vec<Value>, vault::Error> {
    let found = files.below(directory).await?;
    let ids: Vec<_> = found.iter().filter(|(path, _)| path.ends_with(".json")).map(|(_, id)| *id).collect();
    files.values(&ids).await
}

/// All that is kept of an issue, a pull request or a discussion.
async fn conversation(files: &mut Files<'_>, directory: &str) -> Result<Option<Kept>, vault::Error> {
    let found = files.below(directory).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let ids: Vec<_> = found.iter().map(|(_, id)| *id).collect();
    let values = files.values(&ids).await?;
    Ok(Some(Kept::of(files.snapshot, directory, &found, values)))
}

impl Kept {
    /// What these files of a directory, with their values, have of one thing.
    pub(super) fn of(snapshot: &Snapshot, directory: &str, files: &[(String, ObjectId)], values: Vec<Value>) -> Self {
        let mut kept = empty(snapshot);
        for ((path, _), value) in files.iter().zip(values) {
            kept.add(path.get(directory.len() + 1..).unwrap_or_default(), value);
        }
        kept.sort();
        kept
    }

    /// Puts a file where it belongs; `path` is the one below the directory of the thing.
    fn add(&mut self, path: &str, value: Value) {
        match (path, path.split_once('/').map(|(directory, _)| directory)) {
            ("issue.json", _) => self.issue = Some(value),
            ("pull.json", _) => self.pull = Some(value),
            ("discussion.json", _) => self.discussion = Some(value),
            (_, Some("comments")) => self.comments.push(value),
            (_, Some("reviews")) => self.reviews.push(value),
            (_, Some("review-comments")) => self.review_comments.push(value),
            _ => drop(self.more.insert(path.to_owned(), value)),
        }
    }

    /// The oldest first, as GitHub lists them: by id.
    fn sort(&mut self) {
        let id = |value: &Value| number(value, "id").or_else(|| number(value, "databaseId")).unwrap_or_default();
        for list in [&mut self.comments, &mut self.reviews, &mut self.review_comments] {
            list.sort_by_key(id);
        }
    }
}
