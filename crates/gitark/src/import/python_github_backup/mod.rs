//! What python-github-backup (PyPI `github-backup`) wrote: a folder for each repository, with clones and JSON files.
//!
//! `folder` finds the files of one repository; `item` and `conversation` make of each the files that a backup would have
//! made. Nothing is read through symbolic links, and a file that cannot be understood is told and passed over.

mod conversation;
mod folder;
mod item;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

pub(super) use self::{
    folder::{Folder, Looked, unread},
    item::{Attached, Items},
};
use super::{Problem, files};

/// Below the output directory: what a folder with all owners' repositories of one account is called.
const REPOSITORIES: &str = "repositories";
/// Below the output directory: a folder for each owner, and in it one for each repository.
const STARRED: &str = "starred";
/// Below the output directory: what is not imported.
const LEFT_OUT: [&str; 2] = ["gists", "account"];

/// What there is in an output directory.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) folders: Vec<Folder>,
    /// What is not looked into, and why.
    pub(super) failures: Vec<(PathBuf, Problem)>,
    /// What is not imported.
    pub(super) left_out: Vec<PathBuf>,
}

impl Output {
    /// Looks what is in `named`: an output directory, or the folder of one repository in it.
    pub(super) fn list(named: &Path) -> Result<Self, Problem> {
        let root = named.canonicalize().map_err(|error| Problem::io("open it", error))?;
        let mut found = Self::default();
        if Folder::is_one(&root) {
            found.folders.push(Folder { named: named.to_owned(), directory: root });
            return Ok(found);
        }
        let mut parents = vec![PathBuf::from(REPOSITORIES)];
        let owners = names(&root.join(STARRED)).unwrap_or_else(|problem| {
            found.failures.push((named.join(STARRED), problem));
            Vec::new()
        });
        let owners = owners.into_iter().map(|owner| Path::new(STARRED).join(owner));
        parents.extend(owners.filter(|owner| !root.join(owner).symlink_metadata().is_ok_and(|found| found.is_file())));
        for parent in parents {
            found.list_below(named, &root, &parent);
        }
        if found.folders.is_empty() && found.failures.is_empty() {
            return Err(Problem::NoOutput);
        }
        let left_out = LEFT_OUT.iter().filter(|name| root.join(name).symlink_metadata().is_ok());
        found.left_out = left_out.map(|name| named.join(name)).collect();
        Ok(found)
    }

    /// Takes each directory below `parent` for the folder of a repository.
    fn list_below(&mut self, named: &Path, root: &Path, parent: &Path) {
        match names(&root.join(parent)) {
            Ok(names) => {
                for name in names {
                    let path = parent.join(name);
                    match root.join(&path).symlink_metadata() {
                        Ok(found) if found.is_dir() => {
                            self.folders.push(Folder { named: named.join(&path), directory: root.join(&path) });
                        }
                        // What file managers leave.
                        Ok(found) if found.is_file() => {}
                        Ok(_) => self.failures.push((named.join(&path), Problem::Link)),
                        Err(error) => self.failures.push((named.join(&path), Problem::io("look at it", error))),
                    }
                }
            }
            Err(problem) => self.failures.push((named.join(parent), problem)),
        }
    }
}

/// The names in a directory, sorted; none when there is no such directory.
fn names(directory: &Path) -> Result<Vec<OsString>, Problem> {
    files::names(directory).map_err(|problem| match problem {
        Problem::NotPlain(_) => Problem::Link,
        problem => problem,
    })
}
