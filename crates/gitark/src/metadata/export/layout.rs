//! Layouts, and which files make one thing.

use gix_hash::ObjectId;
use serde::{Deserialize, Serialize};

/// How exported files are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// The JSON files as they are kept.
    Json,
    /// That of python-github-backup.
    PythonGithubBackup,
    /// A Markdown file for each issue, pull request, discussion and release.
    Markdown,
}

/// Files that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Of what kind: `issues`, `pulls`, `discussions`, or empty for a single file.
    pub(super) kind: String,
    /// The number of an issue, a pull request or a discussion.
    pub(super) number: u64,
    /// Its directory; empty for a single file.
    pub(super) directory: String,
    /// Paths and blobs.
    pub(super) files: Vec<(String, ObjectId)>,
}

/// Puts together what is of one issue, pull request or discussion; every other file is alone. The files are sorted by path.
pub(super) fn groups(files: Vec<(String, ObjectId)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (path, id) in files {
        let (kind, number, directory) = place(&path);
        match groups.last_mut() {
            Some(last) if !directory.is_empty() && last.directory == directory => last.files.push((path, id)),
            _ => groups.push(Group { kind, number, directory, files: vec![(path, id)] }),
        }
    }
    groups
}

fn place(path: &str) -> (String, u64, String) {
    let parts: Vec<&str> = path.splitn(4, '/').collect();
    if let [kind @ ("issues" | "pulls" | "discussions"), thousand, number, _] = parts[..]
        && let Ok(parsed) = number.parse()
    {
        return (kind.to_owned(), parsed, format!("{kind}/{thousand}/{number}"));
    }
    (String::new(), 0, String::new())
}
