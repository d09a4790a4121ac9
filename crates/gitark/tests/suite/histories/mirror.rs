//! What real git kept of every backup: all objects of all times, and the references of each.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use crate::support::git;

/// What a repository shows at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) refs: BTreeMap<String, String>,
    /// The content of the file `HEAD`.
    pub(super) head: String,
}

impl Seen {
    /// Of the bare repository in `directory`.
    pub(super) fn of(directory: &Path) -> Self {
        let head = std::fs::read_to_string(directory.join("HEAD")).expect("a HEAD");
        Self { refs: git::refs(directory), head: head.trim_end().to_owned() }
    }

    /// The same without the test merges of pull requests, which are never kept.
    pub(super) fn kept(mut self) -> Self {
        self.refs.retain(|name, _| !(name.starts_with("refs/pull/") && name.ends_with("/merge")));
        self
    }

    /// The same with the names that references have in the vault.
    pub(super) fn in_the_vault(&self) -> Self {
        let parked = |name: &str| match name.strip_prefix("refs/") {
            Some(rest) if rest.starts_with("replace/") || rest.starts_with("gitark/") => {
                format!("refs/gitark/upstream/{rest}")
            }
            _ => name.to_owned(),
        };
        let refs = self.refs.iter().map(|(name, oid)| (parked(name), oid.clone())).collect();
        Self { refs, head: self.head.clone() }
    }

    /// Of a vault: the same without what upstream no longer names.
    pub(super) fn live(mut self) -> Self {
        self.refs.retain(|name, _| !name.starts_with("refs/gitark/lost/"));
        self
    }

    /// What references and a detached `HEAD` name.
    pub(super) fn tips(&self) -> BTreeSet<String> {
        let detached = (!self.head.starts_with("ref: ")).then_some(&self.head);
        self.refs.values().chain(detached).cloned().collect()
    }
}

/// A bare repository that never forgets, without references, and what each entry of the vault's log must show.
pub(super) struct Mirror {
    directory: tempfile::TempDir,
    pub(super) backups: BTreeMap<u64, Seen>,
}

impl Mirror {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        for below in ["objects/pack", "objects/info", "refs"] {
            std::fs::create_dir_all(directory.path().join(below)).expect("a directory");
        }
        let config =
            "[core]\n\trepositoryformatversion = 0\n\tbare = true\n[uploadpack]\n\tallowAnySHA1InWant = true\n";
        std::fs::write(directory.path().join("config"), config).expect("written");
        std::fs::write(directory.path().join("HEAD"), "ref: refs/heads/main\n").expect("written");
        Self { directory, backups: BTreeMap::new() }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.directory.path().to_owned()
    }

    /// Takes over every object that the repository in `upstream` has now. Files of objects and packs are never changed
    /// by git, so a link is a copy.
    pub(super) fn take_objects(&self, upstream: &Path) {
        let (from, to) = (upstream.join("objects"), self.directory.path().join("objects"));
        for entry in std::fs::read_dir(&from).expect("objects") {
            let name = entry.expect("an entry").file_name();
            if name != "info" {
                link_all(&from.join(&name), &to.join(&name));
            }
        }
    }

    /// Notes that entry `sequence` of the log is a backup of this.
    pub(super) fn note(&mut self, sequence: u64, seen: &Seen) {
        self.backups.insert(sequence, seen.clone());
    }

    /// Every object that `tips` lead to.
    pub(super) fn objects(&self, tips: &BTreeSet<String>) -> BTreeSet<String> {
        let input: String = tips.iter().map(|tip| format!("{tip}\n")).collect();
        reachable(self.directory.path(), &["--stdin"], &input)
    }

    /// Every tip of every backup.
    pub(super) fn tips(&self) -> BTreeSet<String> {
        self.backups.values().flat_map(Seen::tips).collect()
    }
}

/// Every object that `HEAD` and the references of `directory` lead to.
pub(super) fn objects(directory: &Path) -> BTreeSet<String> {
    reachable(directory, &["--all"], "")
}

fn reachable(directory: &Path, from: &[&str], input: &str) -> BTreeSet<String> {
    let arguments = ["--no-replace-objects", "rev-list", "--objects", "--no-object-names"];
    if from == ["--stdin"] && input.is_empty() {
        return BTreeSet::new();
    }
    let output = git::attempt(directory, &[&arguments, from].concat(), input.as_bytes());
    let output = output.unwrap_or_else(|error| panic!("{error}"));
    String::from_utf8_lossy(&output).lines().map(str::to_owned).collect()
}

fn link_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory") {
        let name = entry.expect("an entry").file_name();
        let is_object = |extension: Option<&std::ffi::OsStr>| {
            extension.is_none_or(|extension| extension == "pack" || extension == "idx")
        };
        let target = to.join(&name);
        if is_object(Path::new(&name).extension()) && !target.exists() {
            std::fs::hard_link(from.join(&name), target).expect("a link");
        }
    }
}
