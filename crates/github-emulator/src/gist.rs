//! Gists: small repositories with an owner and no name.

use std::sync::{Arc, Mutex, PoisonError};

use crate::entry::Entry;
use crate::git;
use crate::github::GitHub;
use crate::references;
use crate::repository::Repository;
use crate::state::State;

/// The directory of the gists among those of the owners of repositories.
const DIRECTORY: &str = ".gists";

/// The branch of a gist.
const BRANCH: &str = "main";

/// What makes numbers look like the ids of gists.
const SPREAD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;

/// A gist as the API knows it.
#[derive(Clone, Debug)]
pub(crate) struct GistEntry {
    /// 32 hexadecimal digits.
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) public: bool,
    pub(crate) description: Option<String>,
    /// What it has in common with repositories.
    pub(crate) entry: Entry,
    /// The files of the commit they were last asked for.
    files: Arc<Mutex<Option<Listed>>>,
}

/// A commit with its files.
type Listed = (String, Vec<GistFile>);

/// A file of a gist.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct GistFile {
    pub(crate) name: String,
    pub(crate) size: u64,
}

impl GistEntry {
    /// The files of the gist.
    pub(crate) fn files(&self, github: &GitHub) -> Vec<GistFile> {
        let path = self.entry.path(github.directory(), false);
        let Some(tip) = references::resolve(&path, &format!("refs/heads/{BRANCH}")) else {
            return Vec::new();
        };
        let mut known = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some((commit, files)) if *commit == tip => files.clone(),
            _ => {
                let mut command = git::command_in_repository(&path);
                command.args(["ls-tree", "-r", "-l", &tip]);
                let listing = git::attempt(command, &[]).unwrap_or_default();
                let files: Vec<GistFile> = listing.lines().filter_map(GistFile::parse).collect();
                *known = Some((tip, files.clone()));
                files
            }
        }
    }

    /// The text of a file.
    pub(crate) fn content(&self, github: &GitHub, name: &str) -> String {
        let mut command = git::command_in_repository(&self.entry.path(github.directory(), false));
        command.args(["cat-file", "blob", &format!("{BRANCH}:{name}")]);
        let output = command.output().expect("starting git");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl GistFile {
    /// The file of a line of `git ls-tree -l`.
    fn parse(line: &str) -> Option<GistFile> {
        let (object, name) = line.split_once('\t')?;
        let size = object.split_whitespace().nth(3)?.parse().ok()?;
        Some(GistFile { name: name.to_owned(), size })
    }
}

/// A gist. Its times can be set with [`Repository::set_attributes`] of its repository.
#[derive(Clone, Debug)]
pub struct Gist {
    id: String,
    repository: Repository,
}

impl GitHub {
    /// Makes a gist with these files, public or secret, and its owner as a user when unknown.
    pub fn create_gist(&self, owner: &str, public: bool, files: &[(&str, &str)]) -> Gist {
        let mut state = self.state();
        let owner = state.ensure_account(owner);
        let number = state.next_gist_number();
        let id = format!("{:032x}", u128::from(number).wrapping_mul(SPREAD));
        let now = state.tick();
        let entry = Entry::new(number, DIRECTORY.to_owned(), &id, now);
        git::init(&entry.path(self.directory(), false), BRANCH);
        state.add_gist(GistEntry { id: id.clone(), owner, public, description: None, entry, files: Arc::default() });
        drop(state);
        let gist = Gist { id, repository: Repository::new(self.clone(), number, false) };
        gist.commit(files, "");
        gist
    }
}

impl Gist {
    /// The id: 32 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The gist as a repository, whose branch is `main`. It has no name, no wiki and no place
    /// among the repositories.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Commits files: the commit's oid.
    pub fn commit(&self, files: &[(&str, &str)], message: &str) -> String {
        self.repository.commit(BRANCH, files, message)
    }

    /// Replaces the last commit by one with these files: the commit's oid.
    pub fn force_push(&self, files: &[(&str, &str)], message: &str) -> String {
        self.repository.force_push(BRANCH, files, message)
    }

    /// Sets the text above the files.
    pub fn set_description(&self, description: &str) {
        self.repository.change_gist(|gist| gist.description = Some(description.to_owned()));
    }

    /// Lets the gist be gone from now on.
    pub fn vanish(&self) {
        self.repository.vanish();
    }

    /// Lets a vanished gist be back.
    pub fn reappear(&self) {
        self.repository.reappear();
    }

    /// Deletes the gist for good.
    pub fn delete(self) {
        self.vanish();
        std::fs::remove_dir_all(self.repository.path()).expect("deleting a gist's directory");
    }
}

impl State {
    /// The gist of an id which has not vanished.
    pub(crate) fn gist(&self, id: &str) -> Option<&GistEntry> {
        let number = self.gist_numbers.get(id)?;
        self.gists.get(number).filter(|gist| !gist.entry.vanished)
    }

    /// The gists which have not vanished, the newest first.
    pub(crate) fn newest_gists(&self) -> impl Iterator<Item = &GistEntry> {
        self.gists.values().rev().filter(|gist| !gist.entry.vanished)
    }
}
