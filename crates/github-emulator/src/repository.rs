//! A handle on a hosted repository, to look at it and to change it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::entry::Entry;
use crate::gist::GistEntry;
use crate::git;
use crate::github::GitHub;
use crate::representation::node_id;
use crate::tracker::number_of_head;

/// A hosted repository, or the wiki of one. It stays the same repository when it is renamed.
///
/// Methods which change it panic with git's message when git refuses.
#[derive(Clone)]
pub struct Repository {
    github: GitHub,
    id: u64,
    wiki: bool,
    /// Who acts in the tracker, unless it is left to it.
    acting: Option<String>,
}

impl Repository {
    pub(crate) fn new(github: GitHub, id: u64, wiki: bool) -> Repository {
        Repository { github, id, wiki, acting: None }
    }

    /// The same repository, in whose tracker this user acts from here on: opens issues, comments,
    /// closes. Without it that is the owner when the owner is a user, else `octocat`.
    #[must_use]
    pub fn acting_as(&self, login: &str) -> Repository {
        Repository { acting: Some(login.to_owned()), ..self.clone() }
    }

    /// The repository's id; a wiki has that of its repository.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The repository's global id, `node_id` in REST and `id` in GraphQL.
    pub fn node_id(&self) -> String {
        node_id("Repository", self.id)
    }

    /// `owner/name` as it is now; `owner/name.wiki` of a wiki.
    pub fn full_name(&self) -> String {
        let name = self.github.state().entry(self.id).full_name();
        if self.wiki { format!("{name}.wiki") } else { name }
    }

    /// The bare repository on disk, which moves when the repository is renamed or vanishes.
    pub fn path(&self) -> PathBuf {
        let state = self.github.state();
        state.entry(self.id).path(self.github.directory(), self.wiki)
    }

    /// Runs git in the bare repository: its trimmed output.
    pub fn git(&self, args: &[&str]) -> String {
        self.git_with_input(args, &[])
    }

    /// Runs git in the bare repository with an input: its trimmed output.
    pub fn git_with_input(&self, args: &[&str], input: &[u8]) -> String {
        let before = self.refs();
        let output = self.run(args, input);
        self.refs_changed(&before);
        self.github.state().entry_mut(self.id).forget_size();
        output
    }

    /// Sets a ref, whatever it was before. The head of a pull request, `refs/pull/<number>/head`,
    /// makes or updates that pull request, and is no push to this repository.
    pub fn update_ref(&self, name: &str, oid: &str) {
        self.run(&["update-ref", "--no-deref", name, oid], &[]);
        let head = number_of_head(name).and_then(|_| self.resolve(name));
        self.ref_changed(name, head);
    }

    /// Deletes a ref.
    pub fn delete_ref(&self, name: &str) {
        self.run(&["update-ref", "--no-deref", "-d", name], &[]);
        self.ref_changed(name, None);
    }

    /// The object a revision names, if there is one.
    pub fn resolve(&self, name: &str) -> Option<String> {
        let mut command = self.command();
        command.args(["rev-parse", "--verify", "--quiet", "--end-of-options", name]);
        git::attempt(command, &[]).ok()
    }

    /// All refs with their objects.
    pub fn refs(&self) -> BTreeMap<String, String> {
        let format = "--format=%(refname) %(objectname)";
        self.run(&["for-each-ref", format], &[])
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, oid)| (name.to_owned(), oid.to_owned()))
            .collect()
    }

    /// Makes the lightweight tag `refs/tags/<name>`.
    pub fn create_tag(&self, name: &str, target: &str) {
        let oid = self.existing(target);
        let name = format!("refs/tags/{name}");
        self.run(&["update-ref", &name, &oid, &"0".repeat(oid.len())], &[]);
        self.pushed();
    }

    /// Lets the tag `refs/tags/<name>` point elsewhere.
    pub fn move_tag(&self, name: &str, target: &str) {
        self.update_ref(&format!("refs/tags/{name}"), &self.existing(target));
    }

    /// Renames a branch, and HEAD with the default branch.
    pub fn rename_branch(&self, old: &str, new: &str) {
        self.run(&["branch", "-m", old, new], &[]);
        self.pushed();
    }

    /// Makes a branch the default one; it need not exist.
    pub fn set_default_branch(&self, branch: &str) {
        let name = format!("refs/heads/{branch}");
        self.run(&["symbolic-ref", "HEAD", &name], &[]);
        self.updated();
    }

    /// Renames or transfers the repository. Its former name leads to it until another repository
    /// takes that name.
    pub fn rename(&self, new_full_name: &str) {
        assert!(!self.wiki, "a wiki is renamed with its repository");
        self.relocate(|github| github.state().rename(self.id, new_full_name));
        self.updated();
    }

    /// Lets the repository be gone from now on.
    pub fn vanish(&self) {
        self.set_vanished(true);
    }

    /// Lets a vanished repository be back.
    pub fn reappear(&self) {
        let name = self.full_name();
        if let Some(other) = self.github.repository(&name) {
            assert!(other.id == self.id, "the repository {name} exists already");
        }
        self.set_vanished(false);
    }

    /// Turns the wiki feature on; the wiki's repository does not exist until it is made.
    pub fn enable_wiki(&self) {
        self.set_attributes(|attributes| attributes.has_wiki = true);
    }

    /// Makes the repository of the wiki, empty, with the default branch `master`.
    pub fn create_wiki(&self) -> Repository {
        assert!(!self.wiki, "a wiki has no wiki");
        self.enable_wiki();
        let wiki = Repository::new(self.github.clone(), self.id, true);
        let path = wiki.path();
        assert!(!path.exists(), "the wiki {} exists", wiki.full_name());
        git::init(&path, "master");
        wiki
    }

    /// Takes over all refs of a bundle or another repository, and its default branch if that can
    /// be told.
    pub fn import(&self, source: &Path) {
        let source = source.canonicalize().expect("finding the source");
        let source = source.to_str().expect("the source's path is UTF-8");
        let fetch = [
            "fetch",
            "--quiet",
            "--prune",
            "--no-tags",
            "--no-write-fetch-head",
            "--update-head-ok",
            source,
            "+refs/*:refs/*",
        ];
        self.run(&fetch, &[]);
        if let Some(branch) = self.default_branch_of(source) {
            self.run(&["symbolic-ref", "HEAD", &branch], &[]);
        }
        self.pushed();
    }

    /// The branch HEAD of a source points to; a bundle tells only its commit.
    fn default_branch_of(&self, source: &str) -> Option<String> {
        let head = self.run(&["ls-remote", "--symref", source, "HEAD"], &[]);
        if let Some(symref) = head.lines().find_map(|line| line.strip_prefix("ref: ")) {
            return symref.split_whitespace().next().map(str::to_owned);
        }
        let oid = head.split_whitespace().next()?;
        let refs = self.refs();
        let is_default = |name: &str| refs.get(name).is_some_and(|found| found == oid);
        ["refs/heads/main", "refs/heads/master"]
            .into_iter()
            .find(|name| is_default(name))
            .or_else(|| {
                refs.keys().map(String::as_str).find(|name| name.starts_with("refs/heads/") && is_default(name))
            })
            .map(str::to_owned)
    }

    /// `git` in the bare repository.
    fn command(&self) -> Command {
        git::command_in_repository(&self.path())
    }

    /// Runs git without noticing a push.
    pub(crate) fn run(&self, args: &[&str], input: &[u8]) -> String {
        let mut command = self.command();
        command.args(args);
        git::run(command, input)
    }

    /// The object a revision names.
    pub(crate) fn existing(&self, name: &str) -> String {
        match self.resolve(name) {
            Some(oid) => oid,
            None => panic!("{} has no {name}", self.full_name()),
        }
    }

    /// The date for the next scripted commit or tag.
    pub(crate) fn next_date(&self) -> i64 {
        let mut state = self.github.state();
        let entry = state.entry_mut(self.id);
        let next = if self.wiki { &mut entry.next_wiki_date } else { &mut entry.next_date };
        let date = *next;
        *next += git::TICK;
        date
    }

    /// Notes a change of refs, for those who made it in the repository's directory themselves.
    pub fn pushed(&self) {
        if self.wiki {
            return;
        }
        self.change(|entry, now| {
            entry.forget_size();
            entry.attributes.pushed_at = now;
            entry.attributes.updated_at = now;
        });
    }

    /// Notes what changed of the refs since they were these.
    fn refs_changed(&self, before: &BTreeMap<String, String>) {
        let after = self.refs();
        let changed = before.keys().chain(after.keys()).filter(|&name| before.get(name) != after.get(name));
        let (heads, others): (BTreeSet<_>, BTreeSet<_>) = changed.partition(|name| number_of_head(name).is_some());
        for name in heads {
            self.ref_changed(name, after.get(name).cloned());
        }
        if !others.is_empty() {
            self.pushed();
        }
    }

    /// Notes a change of anything else.
    fn updated(&self) {
        self.change(|entry, now| entry.attributes.updated_at = now);
    }

    /// Changes the repository's entry at the time of the next event.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Entry, i64)) {
        let mut state = self.github.state();
        let now = state.tick();
        change(state.entry_mut(self.id), now);
    }

    /// Changes the gist this is.
    pub(crate) fn change_gist(&self, change: impl FnOnce(&mut GistEntry)) {
        let mut state = self.github.state();
        let now = state.tick();
        let gist = state.gists.get_mut(&self.id).expect("a gist's number");
        change(gist);
        gist.entry.attributes.updated_at = now;
    }

    pub(crate) fn github(&self) -> &GitHub {
        &self.github
    }

    /// Who acts in the tracker, if that was said.
    pub(crate) fn acting(&self) -> Option<&str> {
        self.acting.as_deref()
    }

    /// Whether this is a wiki.
    pub(crate) fn is_wiki(&self) -> bool {
        self.wiki
    }

    fn set_vanished(&self, vanished: bool) {
        self.relocate(|github| {
            let mut state = github.state();
            if self.wiki {
                state.entry_mut(self.id).wiki_vanished = vanished;
            } else {
                state.set_vanished(self.id, vanished);
            }
        });
    }

    /// Makes a change to the repository's entry, and moves its directories accordingly.
    fn relocate(&self, change: impl FnOnce(&GitHub)) {
        let paths = |entry: &Entry| [false, true].map(|wiki| entry.path(self.github.directory(), wiki));
        let before = paths(self.github.state().entry(self.id));
        change(&self.github);
        let after = paths(self.github.state().entry(self.id));
        for (old, new) in before.iter().zip(&after) {
            if old != new && old.is_dir() {
                let parent = new.parent().expect("a repository's directory has a parent");
                std::fs::create_dir_all(parent).expect("creating an owner's directory");
                std::fs::rename(old, new).expect("moving a repository's directory");
            }
        }
    }
}

impl fmt::Debug for Repository {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Repository").field("id", &self.id).field("full_name", &self.full_name()).finish()
    }
}
