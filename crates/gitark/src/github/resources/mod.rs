//! What there is around the code, and of accounts and gists: each kind of thing is a [`Resource`] in a module of its own,
//! and they stand in one table.
//!
//! A resource is read in steps. A step gives files, and what to remember until the next one; whoever keeps both can stop
//! between any two steps and go on another day, on another machine.

mod accounts;
mod actions;
mod alerts;
mod autolinks;
mod batch;
mod branch_protection;
mod collaborators;
mod commit_comments;
mod connected;
mod deploy_keys;
mod deployments;
mod discussions;
mod document;
mod each;
mod environments;
mod files;
mod gists;
mod graphql;
mod hooks;
mod interaction_limits;
mod invitations;
mod issues;
mod keyset;
mod labels;
mod languages;
mod lasting;
mod long_list;
mod milestones;
mod overview;
mod pages;
mod properties;
mod pull_details;
mod pulls;
mod reader;
mod releases;
mod repositories;
mod repository;
mod reviews;
mod rulesets;
mod security;
mod security_advisories;
mod stored;
mod table;
mod teams;
mod timelines;
mod trail;
mod whereabouts;
mod workflows;

use jiff::Timestamp;
use serde_json::{Value, json};

pub use self::{
    overview::Overview,
    reader::Reader,
    table::{ALL, Scope, everything, find},
    trail::{Trail, Trails},
    whereabouts::Whereabouts,
};
#[cfg(test)]
pub(super) use self::{overview::overview_query, whereabouts::DISCUSSION_QUERY};
use super::Error;

/// A kind of thing that GitHub keeps beside the code.
#[derive(Debug)]
pub struct Resource {
    /// Its name, as `--only` and `--skip` take it.
    pub name: &'static str,
    /// What it is, for people.
    pub what: &'static str,
    /// The endpoint.
    pub endpoint: &'static str,
    /// The permission that a fine-grained token needs.
    pub permission: &'static str,
    /// How often it is read.
    pub pace: Pace,
    /// How many requests it takes.
    pub asked: Asked,
    /// How a change is found.
    pub changes: &'static str,
    /// Where its files are.
    pub files: &'static str,
    /// How it is read.
    way: Way,
}

/// How often a resource is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// By each pass: it changes from day to day.
    EachPass,
    /// By full passes: it seldom changes, and not to be asked costs nothing.
    FullPass,
}

/// How many requests a resource takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// One, whatever there is.
    Once,
    /// One for a hundred things.
    InBulk,
    /// One for some dozens of issues or pull requests, to GraphQL.
    InBatches,
    /// One for each thing.
    OneByOne,
}

/// How a resource is read.
#[derive(Debug)]
enum Way {
    /// One file, from one answer or from all pages of a list.
    Document(document::Document),
    /// A file for each item of a list, which is read to its end each time.
    Files(files::Files),
    /// A file for each item of a list, each asked for.
    Each(each::Each),
    /// A file for each item of a list that can be asked for what changed since a time.
    KeySet(keyset::KeySet),
    /// A file for each item of a list with the newest first, which is read down to what is known.
    Newest(pulls::Newest),
    /// Files for each issue or pull request, from GraphQL.
    Batch(batch::Batch),
    /// A file for each repository of others in a list.
    Repositories(repositories::Repositories),
    /// A file for each item of a list of an account, from GraphQL.
    Connected(connected::Connected),
    /// What a gist says of itself.
    Gist,
    /// By the pass, from what the other resources brought.
    Stored,
}

/// What GitHub's "not found" means for a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Absent {
    /// There is none.
    Nothing,
    /// The token may not see it: GitHub hides what only some may know of.
    Hidden,
}

/// A file of a `.meta.git`.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its path.
    pub path: String,
    /// Its content, as GitHub sent it.
    pub value: Value,
}

/// What one step of reading a resource brought.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Files.
    pub documents: Vec<Document>,
    /// A directory in which there is nothing beside `documents` and `kept`.
    pub whole: Option<&'static str>,
    /// Directories of single things in which there is nothing beside `documents`.
    pub renewed: Vec<String>,
    /// Files that are as they were.
    pub kept: Vec<String>,
    /// Files that are no more.
    pub gone: Vec<String>,
    /// Of a full reading: the numbers or ids of all that this step met; none where it cannot tell.
    pub met: Option<Vec<u64>>,
    /// What to remember.
    pub memory: Value,
    /// Whether there is another step.
    pub is_more: bool,
    /// GitHub's clock.
    pub observed: Option<Timestamp>,
    /// Items that cannot be kept, and why.
    pub odd: Vec<String>,
}

/// The field of a memory that says that all is being read.
const FULL: &str = "full";

/// Whether all is being read, and not only what is new.
fn is_full(memory: &Value) -> bool {
    memory.get(FULL).and_then(Value::as_bool).unwrap_or_default()
}

/// Whether GitHub's words to a refusal are that the feature is off: its status is that of a missing permission.
fn is_off(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["disabled", "not enabled", "must be enabled"].iter().any(|words| message.contains(words))
}

/// Whether GraphQL's type of an error is that the token may not.
fn is_refusal(kind: &str) -> bool {
    ["FORBIDDEN", "NOT_FOUND", "INSUFFICIENT_SCOPES"].contains(&kind)
}

impl Step {
    /// Nothing changed since `memory`.
    fn same(memory: &Value) -> Self {
        Self { memory: memory.clone(), ..Self::default() }
    }
}

/// Why a resource cannot be read.
#[derive(Debug)]
pub enum Refusal {
    /// The token may not; the permission that it needs.
    NotPermitted(String),
    /// Anything else.
    Failed(Error),
}

impl Resource {
    /// The next step after the one that left `memory`, which is null at first. A full reading leaves its `trail`, and asks
    /// along it the next time only for what differs.
    ///
    /// # Errors
    /// [`Refusal::NotPermitted`] when the token may not read this resource.
    pub async fn step(&self, reader: &Reader, memory: &Value, trail: &mut Trail) -> Result<Step, Refusal> {
        let (step, absent) = match &self.way {
            Way::Document(way) => (way.step(reader, memory).await, way.absent),
            Way::Files(way) => (way.step(reader, memory).await, way.absent),
            Way::Each(way) => (way.step(reader, memory).await, way.absent),
            Way::KeySet(way) => (way.step(reader, memory, trail).await, Absent::Nothing),
            Way::Newest(way) => (way.step(reader, memory, trail).await, Absent::Nothing),
            Way::Batch(way) => (way.step(reader, memory, trail).await, Absent::Nothing),
            Way::Repositories(way) => (way.step(reader, memory).await, way.absent),
            Way::Connected(way) => (way.step(reader).await, Absent::Nothing),
            Way::Gist => (gists::step(reader, memory).await, Absent::Hidden),
            Way::Stored => return Ok(Step::same(memory)),
        };
        match step {
            // Without a token that is no wrong one.
            Err(Error::Unauthorized { .. }) if reader.is_anonymous() => Err(self.not_permitted(None)),
            Err(Error::Status { status: 403 | 404, needed, .. }) if absent == Absent::Hidden => {
                Err(self.not_permitted(needed))
            }
            Err(Error::Status { status: 403, needed, message, .. }) => match is_off(&message) {
                true => Ok(self.nothing()),
                false => Err(self.not_permitted(needed)),
            },
            Err(Error::Query { kind: Some(kind), message, .. }) if is_refusal(&kind) => match is_off(&message) {
                true => Ok(self.nothing()),
                false => Err(self.not_permitted(None)),
            },
            // The feature is off, or there is none.
            Err(Error::Status { status: 404 | 410, .. }) => Ok(self.nothing()),
            step => step.map_err(Refusal::Failed),
        }
    }

    fn not_permitted(&self, needed: Option<String>) -> Refusal {
        Refusal::NotPermitted(needed.unwrap_or_else(|| format!("{}=read", self.permission)))
    }

    /// What a resource that is not there leaves.
    fn nothing(&self) -> Step {
        // It is remembered that it was read.
        let step = Step { memory: json!({}), ..Step::default() };
        match &self.way {
            Way::Document(way) => Step { gone: vec![way.file.to_owned()], ..step },
            Way::Files(way) => Step { whole: Some(way.directory), ..step },
            Way::Each(way) => Step { whole: Some(way.directory), ..step },
            Way::Repositories(way) => Step { whole: Some(way.directory), ..step },
            Way::Connected(way) => Step { whole: Some(way.directory), ..step },
            Way::Gist => Step { gone: vec![gists::FILE.to_owned()], ..step },
            Way::KeySet(_) | Way::Newest(_) | Way::Batch(_) | Way::Stored => step,
        }
    }

    /// Whether each reading goes from the start to the end.
    pub fn is_read_to_its_end(&self) -> bool {
        match self.way {
            Way::Document(_) | Way::Files(_) | Way::Each(_) | Way::Repositories(_) | Way::Connected(_) | Way::Gist => {
                true
            }
            Way::KeySet(_) | Way::Newest(_) | Way::Batch(_) | Way::Stored => false,
        }
    }

    /// What it asks GraphQL.
    #[cfg(test)]
    pub(super) fn queries(&self) -> Vec<String> {
        match &self.way {
            Way::Batch(way) => way.queries(),
            Way::Connected(way) => way.queries(),
            _ => Vec::new(),
        }
    }

    /// The memory with which all of a resource is read again, whatever did not change since. One that is at that goes on.
    pub fn from_start(&self, memory: &Value) -> Value {
        match &self.way {
            Way::Repositories(_) if memory.is_object() => {
                let mut memory = memory.clone();
                memory[FULL] = true.into();
                memory
            }
            Way::Stored => memory.clone(),
            _ if self.is_read_to_its_end() || is_full(memory) => memory.clone(),
            _ => json!({ FULL: true }),
        }
    }
}
