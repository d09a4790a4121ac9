//! What can change, behind the lock of a [`GitHub`](crate::GitHub).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use crate::account::{Account, AccountKind};
use crate::app::Apps;
use crate::entry::Entry;
use crate::fault::Fault;
use crate::files::Files;
use crate::gist::GistEntry;
use crate::git::{FIRST_DATE, TICK};
use crate::github::RequestHook;
use crate::lfs::Lfs;
use crate::limits::Limits;
use crate::membership::Memberships;
use crate::record::Record;
use crate::settings::Settings;
use crate::star::Star;
use crate::star_list::StarList;
use crate::token::UserToken;
use crate::tracker::PageCaps;

/// The id of the first repository.
const FIRST_REPOSITORY_ID: u64 = 1000;

/// The number of the first gist.
const FIRST_GIST_NUMBER: u64 = 1 << 40;

/// The most items of a page, as on GitHub.
const PAGE_LIMIT: usize = 100;

/// What can change.
pub(crate) struct State {
    pub(crate) accounts: Vec<Account>,
    /// The places of accounts by their logins in lower case.
    logins: HashMap<String, usize>,
    pub(crate) tokens: HashMap<String, Arc<UserToken>>,
    pub(crate) apps: Apps,
    pub(crate) memberships: Memberships,
    /// The organizations which require single sign-on, with the tokens authorized.
    pub(crate) single_sign_on: HashMap<String, HashSet<String>>,
    pub(crate) repositories: BTreeMap<u64, Entry>,
    pub(crate) gists: BTreeMap<u64, GistEntry>,
    /// The numbers of gists by their ids.
    pub(crate) gist_numbers: HashMap<String, u64>,
    /// The stars of users by their logins in lower case, the oldest first.
    pub(crate) stars: HashMap<String, Vec<Star>>,
    pub(crate) gist_stars: HashMap<String, Vec<String>>,
    pub(crate) star_lists: BTreeMap<String, Vec<StarList>>,
    /// Projects as GraphQL has them, by login.
    pub(crate) projects: HashMap<String, Vec<Value>>,
    pub(crate) files: Files,
    pub(crate) settings: Settings,
    /// The repositories which have not vanished by their full names in lower case.
    names: BTreeMap<String, u64>,
    /// The former names of repositories, in lower case.
    moved: HashMap<String, u64>,
    next_repository_id: u64,
    clock: i64,
    pub(crate) clock_offset: i64,
    pub(crate) lfs: Lfs,
    pub(crate) limits: Limits,
    pub(crate) faults: Vec<Fault>,
    pub(crate) records: Vec<Arc<Record>>,
    pub(crate) page_limit: usize,
    pub(crate) page_caps: PageCaps,
    pub(crate) listing: Option<Value>,
    pub(crate) hook: Option<RequestHook>,
}

/// What a name leads to.
pub(crate) enum Lookup<'a> {
    Found(&'a Entry),
    Moved(&'a Entry),
    Unknown,
}

impl State {
    pub(crate) fn new() -> State {
        State {
            accounts: Vec::new(),
            logins: HashMap::new(),
            tokens: HashMap::new(),
            apps: Apps::default(),
            memberships: Memberships::default(),
            single_sign_on: HashMap::new(),
            repositories: BTreeMap::new(),
            gists: BTreeMap::new(),
            gist_numbers: HashMap::new(),
            stars: HashMap::new(),
            gist_stars: HashMap::new(),
            star_lists: BTreeMap::new(),
            projects: HashMap::new(),
            files: Files::default(),
            settings: Settings::new(),
            names: BTreeMap::new(),
            moved: HashMap::new(),
            next_repository_id: FIRST_REPOSITORY_ID,
            clock: FIRST_DATE,
            clock_offset: 0,
            lfs: Lfs::default(),
            limits: Limits::default(),
            faults: Vec::new(),
            records: Vec::new(),
            page_limit: PAGE_LIMIT,
            page_caps: PageCaps::default(),
            listing: None,
            hook: None,
        }
    }

    /// The account of a login in any spelling.
    pub(crate) fn account(&self, login: &str) -> Option<&Account> {
        self.logins.get(&login.to_ascii_lowercase()).and_then(|&place| self.accounts.get(place))
    }

    /// The account of an id.
    pub(crate) fn account_by_id(&self, id: u64) -> Option<&Account> {
        let place = usize::try_from(id.checked_sub(1)?).ok()?;
        self.accounts.get(place)
    }

    /// A repository or gist which is known to exist.
    pub(crate) fn entry(&self, id: u64) -> &Entry {
        let gist = || self.gists.get(&id).map(|gist| &gist.entry);
        self.repositories.get(&id).or_else(gist).expect("a repository's id")
    }

    /// A repository or gist which is known to exist.
    pub(crate) fn entry_mut(&mut self, id: u64) -> &mut Entry {
        match self.repositories.get_mut(&id) {
            Some(entry) => entry,
            None => &mut self.gists.get_mut(&id).expect("a repository's id").entry,
        }
    }

    /// The number of the next gist, beyond those of repositories.
    pub(crate) fn next_gist_number(&self) -> u64 {
        self.gists.last_key_value().map_or(FIRST_GIST_NUMBER, |(number, _)| number + 1)
    }

    pub(crate) fn add_gist(&mut self, gist: GistEntry) {
        self.gist_numbers.insert(gist.id.clone(), gist.entry.id);
        self.gists.insert(gist.entry.id, gist);
    }

    /// What the name of a repository leads to.
    pub(crate) fn lookup(&self, full_name: &str) -> Lookup<'_> {
        let key = full_name.to_ascii_lowercase();
        if let Some(entry) = self.names.get(&key).and_then(|id| self.repositories.get(id)) {
            return Lookup::Found(entry);
        }
        self.moved
            .get(&key)
            .and_then(|id| self.repositories.get(id))
            .filter(|entry| !entry.vanished)
            .map_or(Lookup::Unknown, Lookup::Moved)
    }

    /// The repositories which have not vanished, of one owner or of all, by their full names.
    pub(crate) fn by_name(&self, owner: Option<&str>) -> impl Iterator<Item = &Entry> {
        let owner = owner.map(str::to_ascii_lowercase).unwrap_or_default();
        let (first, beyond) = match owner.as_str() {
            "" => (String::new(), "\u{10ffff}".to_owned()),
            // What follows a slash is a zero.
            owner => (format!("{owner}/"), format!("{owner}0")),
        };
        self.names.range(first..beyond).filter_map(|(_, id)| self.repositories.get(id))
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
        let key = full_name.to_ascii_lowercase();
        self.moved.remove(&key);
        if self.names.get(&former) == Some(&id) {
            self.names.remove(&former);
            self.names.insert(key.clone(), id);
        }
        if former != key {
            self.moved.insert(former, id);
        }
        let entry = self.entry_mut(id);
        entry.owner = owner;
        entry.name = name.to_owned();
    }

    /// Lets a repository be gone, or be back.
    pub(crate) fn set_vanished(&mut self, id: u64, vanished: bool) {
        let entry = self.entry_mut(id);
        entry.vanished = vanished;
        let key = entry.full_name().to_ascii_lowercase();
        if !self.repositories.contains_key(&id) {
            // A gist has no name.
        } else if !vanished {
            self.names.insert(key, id);
        } else if self.names.get(&key) == Some(&id) {
            self.names.remove(&key);
        }
    }

    /// The time of the next event.
    pub(crate) fn tick(&mut self) -> i64 {
        self.clock += TICK;
        self.clock
    }

    /// Lets time go on until then, if it is not later already.
    pub(crate) fn advance(&mut self, until: i64) {
        self.clock = self.clock.max(until);
    }

    pub(crate) fn set_account(&mut self, login: &str, kind: AccountKind) -> u64 {
        let login = self.ensure_account(login);
        let place = self.logins[&login.to_ascii_lowercase()];
        let account = &mut self.accounts[place];
        account.kind = kind;
        account.id
    }

    /// The login of an account in its own spelling; a user is made when there is none.
    pub(crate) fn ensure_account(&mut self, login: &str) -> String {
        if let Some(account) = self.account(login) {
            return account.login.clone();
        }
        assert!(is_name(login), "{login:?} is no login");
        self.logins.insert(login.to_ascii_lowercase(), self.accounts.len());
        self.accounts.push(Account {
            id: self.accounts.len() as u64 + 1,
            login: login.to_owned(),
            kind: AccountKind::User,
        });
        login.to_owned()
    }

    pub(crate) fn add_repository(&mut self, full_name: &str) -> u64 {
        assert!(!matches!(self.lookup(full_name), Lookup::Found(_)), "the repository {full_name} exists already");
        let (owner, name) = split_full_name(full_name);
        let owner = self.ensure_account(owner);
        let id = self.next_repository_id;
        self.next_repository_id += 1;
        let now = self.tick();
        let entry = Entry::new(id, owner, name, now);
        let key = entry.full_name().to_ascii_lowercase();
        self.moved.remove(&key);
        self.names.insert(key, id);
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
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('/') && (!name.starts_with('.') || name.starts_with(".github"))
}
