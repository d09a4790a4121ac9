//! The state of the emulated GitHub.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tempfile::TempDir;

use crate::account::AccountKind;
use crate::fault::{Fault, FaultKind};
use crate::flight::Flights;
use crate::git;
use crate::record::{Record, Request, RequestClass};
use crate::repository::Repository;
use crate::state::{Lookup, State, is_name};

/// Called before a request is answered, with its class and its path with the query.
pub type RequestHook = Arc<dyn Fn(&RequestClass, &str) + Send + Sync>;

/// An emulated GitHub: its accounts, tokens, repositories, faults and records. Clones share the
/// same state.
#[derive(Clone)]
pub struct GitHub {
    shared: Arc<Shared>,
}

struct Shared {
    directory: PathBuf,
    state: Mutex<State>,
    flights: Flights,
    /// Keeps the repositories' directory when it is our own.
    _temporary: Option<TempDir>,
}

impl GitHub {
    /// An empty GitHub with a temporary directory of its own.
    pub fn new() -> GitHub {
        let temporary =
            tempfile::Builder::new().prefix("github-emulator-").tempdir().expect("creating a temporary directory");
        GitHub::with_directory(temporary.path().to_owned(), Some(temporary))
    }

    /// A GitHub with the repositories `<owner>/<name>.git` of a directory, and their wikis
    /// `<owner>/<name>.wiki.git`. Owners are users until made organizations.
    pub fn at(directory: impl Into<PathBuf>) -> GitHub {
        let directory = directory.into();
        std::fs::create_dir_all(&directory).expect("creating the repositories' directory");
        let github = GitHub::with_directory(directory, None);
        let mut found = Vec::new();
        for owner in subdirectories(&github.shared.directory) {
            for name in subdirectories(&github.shared.directory.join(&owner)) {
                if let Some(name) = name.strip_suffix(".git") {
                    found.push((owner.clone(), name.to_owned()));
                }
            }
        }
        found.sort();
        let mut state = github.state();
        for (owner, name) in &found {
            let is_wiki = name
                .strip_suffix(".wiki")
                .is_some_and(|parent| found.binary_search(&(owner.clone(), parent.to_owned())).is_ok());
            if !is_wiki {
                let id = state.add_repository(&format!("{owner}/{name}"));
                let has_wiki = found.binary_search(&(owner.clone(), format!("{name}.wiki"))).is_ok();
                state.entry_mut(id).attributes.has_wiki = has_wiki;
            }
        }
        drop(state);
        github
    }

    fn with_directory(directory: PathBuf, temporary: Option<TempDir>) -> GitHub {
        let directory = directory.canonicalize().expect("finding the repositories' directory");
        GitHub {
            shared: Arc::new(Shared {
                directory,
                state: Mutex::new(State::new()),
                flights: Flights::default(),
                _temporary: temporary,
            }),
        }
    }

    /// Makes a user, or makes the account of that login one: the account's id.
    pub fn create_user(&self, login: &str) -> u64 {
        self.state().set_account(login, AccountKind::User)
    }

    /// Makes an organization, or makes the account of that login one: the account's id.
    pub fn create_organization(&self, login: &str) -> u64 {
        self.state().set_account(login, AccountKind::Organization)
    }

    /// Makes an empty public repository `owner/name`, and its owner as a user when unknown.
    pub fn create_repository(&self, full_name: &str) -> Repository {
        let mut state = self.state();
        let id = state.add_repository(full_name);
        let path = state.entry(id).path(self.directory(), false);
        git::init(&path, "main");
        drop(state);
        Repository::new(self.clone(), id, false)
    }

    /// The repository of that name; a vanished one when no other has the name.
    pub fn repository(&self, full_name: &str) -> Option<Repository> {
        let state = self.state();
        let id = match state.lookup(full_name) {
            Lookup::Found(entry) => entry.id,
            Lookup::Moved(_) | Lookup::Unknown => {
                let vanished = state
                    .repositories
                    .values()
                    .rev()
                    .find(|entry| entry.vanished && entry.full_name().eq_ignore_ascii_case(full_name));
                vanished?.id
            }
        };
        drop(state);
        Some(Repository::new(self.clone(), id, false))
    }

    /// The repositories which have not vanished, by their full names.
    pub fn repositories(&self) -> Vec<Repository> {
        let state = self.state();
        state.by_name(None).map(|entry| Repository::new(self.clone(), entry.id, false)).collect()
    }

    /// Adds a fault, behind those there are.
    pub fn add_fault(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// The requests received so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        let records = self.state().records.clone();
        records.iter().map(|record| record.request()).collect()
    }

    /// Forgets the requests received so far.
    pub fn clear_requests(&self) {
        self.state().records.clear();
        self.clear_most_in_flight();
    }

    /// Sets the most items of a page of a listing, 100 to begin with.
    pub fn set_page_limit(&self, limit: usize) {
        self.state().page_limit = limit.max(1);
    }

    /// Answers every listing of repositories with this array, and every request for a single
    /// repository with its first element.
    pub fn replace_listing(&self, json: Option<Value>) {
        self.state().listing = json;
    }

    /// Calls this for every request before it is answered. It may block, and change this GitHub.
    ///
    /// A hook which owns a [`Repository`] or a [`GitHub`] keeps the temporary directory until it
    /// is removed with `None`.
    pub fn on_request(&self, hook: Option<RequestHook>) {
        self.state().hook = hook;
    }

    /// The directory of the repositories.
    pub(crate) fn directory(&self) -> &Path {
        &self.shared.directory
    }

    /// The state, for a moment.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The requests in flight.
    pub(crate) fn flights(&self) -> &Flights {
        &self.shared.flights
    }

    /// Starts the record of a request.
    pub(crate) fn record(&self, request: Request) -> Arc<Record> {
        let record = Arc::new(Record::new(request));
        self.state().records.push(record.clone());
        record
    }

    /// The hook for requests.
    pub(crate) fn hook(&self) -> Option<RequestHook> {
        self.state().hook.clone()
    }

    /// The fault for a request, used up once.
    pub(crate) fn take_fault(&self, class: RequestClass, path: &str) -> Option<FaultKind> {
        let mut state = self.state();
        let fault = state.faults.iter_mut().find(|fault| fault.matches(class, path))?;
        if let Some(times) = &mut fault.times {
            *times -= 1;
        }
        Some(fault.kind.clone())
    }
}

impl Default for GitHub {
    fn default() -> GitHub {
        GitHub::new()
    }
}

impl fmt::Debug for GitHub {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("GitHub").field("directory", &self.shared.directory).finish_non_exhaustive()
    }
}

/// The names of the directories in a directory which are not hidden.
fn subdirectories(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| is_name(name))
        .collect()
}
