//! What JSON about a tracker is made of.

use std::cell::OnceCell;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::entry::Entry;
use crate::representation::{self, Base, time, tracker_node_id};
use crate::state::State;
use crate::tracker::Tracker;

/// A repository whose tracker is shown.
pub(super) struct Scene<'a> {
    pub(super) state: &'a State,
    pub(super) entry: &'a Entry,
    pub(super) base: &'a Base,
    pub(super) directory: &'a Path,
    authenticated: bool,
    url: String,
    html: String,
    /// The repository itself, which pull requests show twice each.
    repository: OnceCell<Value>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(
        state: &'a State,
        entry: &'a Entry,
        base: &'a Base,
        directory: &'a Path,
        authenticated: bool,
    ) -> Scene<'a> {
        let full_name = entry.full_name();
        let url = base.api(&format!("/repos/{full_name}"));
        let html = format!("{}/{full_name}", base.origin);
        Scene { state, entry, base, directory, authenticated, url, html, repository: OnceCell::new() }
    }

    pub(super) fn tracker(&self) -> &'a Tracker {
        &self.entry.tracker
    }

    /// An address of the API below the repository's.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// An address of a web page below the repository's.
    pub(super) fn html(&self, path: &str) -> String {
        format!("{}{path}", self.html)
    }

    pub(super) fn id(&self, serial: u64) -> u64 {
        self.entry.tracker_id(serial)
    }

    /// The serial number of an id in a path.
    pub(super) fn serial(&self, id: &str) -> Option<u64> {
        self.entry.tracker_serial(id.parse().ok()?)
    }

    /// A global id of a thing with a serial number, or of an issue with a number.
    pub(super) fn node_id(&self, kind: &str, serial: u64) -> String {
        tracker_node_id(kind, self.entry.id, serial)
    }

    /// An account in short; none for who is gone.
    pub(super) fn user(&self, login: Option<&str>) -> Value {
        let account = login.and_then(|login| self.state.account(login));
        account.map_or(Value::Null, |account| representation::owner(account, self.base))
    }

    pub(super) fn users(&self, logins: &[String]) -> Value {
        logins.iter().map(|login| self.user(Some(login))).collect()
    }

    /// What an author is to the repository.
    pub(super) fn association(&self, author: Option<&str>) -> &'static str {
        match author {
            Some(author) if author.eq_ignore_ascii_case(&self.entry.owner) => "OWNER",
            Some(author) if self.state.is_member(&self.entry.owner, author) => "MEMBER",
            _ => "NONE",
        }
    }

    /// A repository; none when it is gone.
    pub(super) fn repository(&self, id: u64) -> Value {
        let show = |entry: &Entry| {
            let account = self.state.account(&entry.owner);
            account.map_or(Value::Null, |account| {
                representation::repository(entry, account, self.directory, self.authenticated, self.base)
            })
        };
        if id == self.entry.id {
            return self.repository.get_or_init(|| show(self.entry)).clone();
        }
        self.state.repositories.get(&id).filter(|entry| !entry.vanished).map_or(Value::Null, show)
    }

    /// The same repository's scene for another.
    pub(super) fn elsewhere(&self, id: u64) -> Option<Scene<'a>> {
        let entry = self.state.repositories.get(&id).filter(|entry| !entry.vanished)?;
        Some(Scene::new(self.state, entry, self.base, self.directory, self.authenticated))
    }
}

/// A time or nothing.
pub(super) fn optional_time(seconds: Option<i64>) -> Value {
    json!(seconds.map(time))
}

/// An object with more fields.
pub(super) fn with(mut value: Value, extra: &Map<String, Value>) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.extend(extra.clone());
    }
    value
}
