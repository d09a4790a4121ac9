//! The state of the emulated GitHub.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tempfile::TempDir;

use crate::account::{Account, AccountKind};
use crate::fault::{Fault, FaultKind};
use crate::git::{self, FIRST_DATE, TICK};
use crate::record::{Record, Request, RequestClass};
use crate::repository::Repository;

/// Called before a request is answered, with its class and its path with the query.
pub type RequestHook = Arc<dyn Fn(&RequestClass, &str) + Send + Sync>;

/// The id of the first repository.
const FIRST_REPOSITORY_ID: u64 = 1000;

/// The most items of a page, as on GitHub.
const PAGE_LIMIT: usize = 100;

/// An emulated GitHub: its accounts, tokens, repositories, faults and records. Clones share the
/// same state.
#[derive(Clone)]
pub struct GitHub {
    shared: Arc<Shared>,
}

struct Shared {
    directory: PathBuf,
    state: Mutex<State>,
    /// Keeps the repositories' directory when it is our own.
    _temporary: Option<TempDir>,
}

/// What can change.
pub(crate) struct State {
    pub(crate) accounts: Vec<Account>,
    pub(crate) tokens: HashMap<String, String>,
    pub(crate) repositories: BTreeMap<u64, Entry>,
    /// The former names of repositories, in lower case.
    moved: HashMap<String, u64>,
    next_repository_id: u64,
    clock: i64,
    faults: Vec<Fault>,
    records: Vec<Arc<Record>>,
    pub(crate) page_limit: usize,
    pub(crate) listing: Option<Value>,
    hook: Option<RequestHook>,
}

/// A repository as the API knows it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) private: bool,
    pub(crate) has_wiki: bool,
    pub(crate) vanished: bool,
    pub(crate) wiki_vanished: bool,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) pushed_at: i64,
    /// The date of the next scripted commit or tag, of the repository and of its wiki.
    pub(crate) next_date: i64,
    pub(crate) next_wiki_date: i64,
}

impl Entry {
    /// `owner/name`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// The directory of the repository or of its wiki; what has vanished is put aside.
    pub(crate) fn path(&self, directory: &Path, wiki: bool) -> PathBuf {
        let suffix = if wiki { ".wiki.git" } else { ".git" };
        if self.is_gone(wiki) {
            directory.join(".vanished").join(format!("{}{suffix}", self.id))
        } else {
            directory.join(&self.owner).join(format!("{}{suffix}", self.name))
        }
    }

    /// Whether the repository, or its wiki, is there to be served.
    pub(crate) fn is_served(&self, directory: &Path, wiki: bool) -> bool {
        !self.is_gone(wiki) && self.path(directory, wiki).join("HEAD").is_file()
    }

    fn is_gone(&self, wiki: bool) -> bool {
        self.vanished || (wiki && self.wiki_vanished)
    }
}

/// What a name leads to.
pub(crate) enum Lookup {
    Found(Entry),
    Moved(Entry),
    Unknown,
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
                .is_some_and(|parent| found.iter().any(|(other, name)| other == owner && name == parent));
            if !is_wiki {
                let id = state.add_repository(owner, name);
                let has_wiki = found.contains(&(owner.clone(), format!("{name}.wiki")));
                state.entry_mut(id).has_wiki = has_wiki;
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
                state: Mutex::new(State {
                    accounts: Vec::new(),
                    tokens: HashMap::new(),
                    repositories: BTreeMap::new(),
                    moved: HashMap::new(),
                    next_repository_id: FIRST_REPOSITORY_ID,
                    clock: FIRST_DATE,
                    faults: Vec::new(),
                    records: Vec::new(),
                    page_limit: PAGE_LIMIT,
                    listing: None,
                    hook: None,
                }),
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

    /// Lets a token authenticate as a user, who is created when unknown. Once any token is set,
    /// others are refused.
    pub fn set_token(&self, token: &str, login: &str) {
        let mut state = self.state();
        let login = state.ensure_account(login);
        state.tokens.insert(token.to_owned(), login);
    }

    /// Makes an empty public repository `owner/name`, and its owner as a user when unknown.
    pub fn create_repository(&self, full_name: &str) -> Repository {
        let (owner, name) = split_full_name(full_name);
        let mut state = self.state();
        assert!(!matches!(state.lookup(full_name), Lookup::Found(_)), "the repository {full_name} exists already");
        let id = state.add_repository(owner, name);
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

impl State {
    /// The account of a login in any spelling.
    pub(crate) fn account(&self, login: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.login.eq_ignore_ascii_case(login))
    }

    /// A repository which is known to exist.
    pub(crate) fn entry(&self, id: u64) -> &Entry {
        self.repositories.get(&id).expect("a repository's id")
    }

    /// A repository which is known to exist.
    pub(crate) fn entry_mut(&mut self, id: u64) -> &mut Entry {
        self.repositories.get_mut(&id).expect("a repository's id")
    }

    /// What the name of a repository leads to.
    pub(crate) fn lookup(&self, full_name: &str) -> Lookup {
        let found = self
            .repositories
            .values()
            .find(|entry| !entry.vanished && entry.full_name().eq_ignore_ascii_case(full_name));
        if let Some(entry) = found {
            return Lookup::Found(entry.clone());
        }
        self.moved
            .get(&full_name.to_ascii_lowercase())
            .and_then(|id| self.repositories.get(id))
            .filter(|entry| !entry.vanished)
            .map_or(Lookup::Unknown, |entry| Lookup::Moved(entry.clone()))
    }

    /// Gives a repository another name; the former one leads to it.
    pub(crate) fn rename(&mut self, id: u64, full_name: &str) {
        assert!(
            !matches!(self.lookup(full_name), Lookup::Found(entry) if entry.id != id),
            "the repository {full_name} exists already"
        );
        let (owner, name) = split_full_name(full_name);
        let owner = self.ensure_account(owner);
        let former = self.entry(id).full_name().to_ascii_lowercase();
        self.moved.insert(former, id);
        self.moved.remove(&full_name.to_ascii_lowercase());
        let entry = self.entry_mut(id);
        entry.owner = owner;
        entry.name = name.to_owned();
    }

    /// The time of the next event.
    pub(crate) fn tick(&mut self) -> i64 {
        self.clock += TICK;
        self.clock
    }

    fn set_account(&mut self, login: &str, kind: AccountKind) -> u64 {
        let login = self.ensure_account(login);
        let account = self.accounts.iter_mut().find(|account| account.login == login).expect("an account's login");
        account.kind = kind;
        account.id
    }

    /// The login of an account in its own spelling; a user is made when there is none.
    fn ensure_account(&mut self, login: &str) -> String {
        if let Some(account) = self.account(login) {
            return account.login.clone();
        }
        assert!(is_name(login), "{login:?} is no login");
        self.accounts.push(Account {
            id: self.accounts.len() as u64 + 1,
            login: login.to_owned(),
            kind: AccountKind::User,
        });
        login.to_owned()
    }

    fn add_repository(&mut self, owner: &str, name: &str) -> u64 {
        let owner = self.ensure_account(owner);
        let id = self.next_repository_id;
        self.next_repository_id += 1;
        let created_at = self.tick();
        let entry = Entry {
            id,
            owner,
            name: name.to_owned(),
            private: false,
            has_wiki: false,
            vanished: false,
            wiki_vanished: false,
            created_at,
            updated_at: created_at,
            pushed_at: created_at,
            next_date: FIRST_DATE,
            next_wiki_date: FIRST_DATE,
        };
        self.moved.remove(&entry.full_name().to_ascii_lowercase());
        self.repositories.insert(id, entry);
        id
    }
}

/// The owner and the name of `owner/name`.
fn split_full_name(full_name: &str) -> (&str, &str) {
    let (owner, name) = full_name.split_once('/').expect("a repository's full name is owner/name");
    assert!(is_name(owner) && is_name(name), "{full_name:?} is no repository's full name");
    (owner, name)
}

/// Whether a login or a repository's name can be a directory's.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('/') && (!name.starts_with('.') || name.starts_with(".github"))
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
