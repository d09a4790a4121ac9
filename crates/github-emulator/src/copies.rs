//! Many repositories at once.

use std::fs;
use std::io;
use std::path::Path;

use crate::github::GitHub;
use crate::repository::Repository;

impl GitHub {
    /// Makes repositories with the contents and the attributes of `template`, quickly: git is not
    /// run, and files are hard links, which git never writes to.
    pub fn create_repositories_like<N: AsRef<str>>(
        &self,
        template: &Repository,
        full_names: impl IntoIterator<Item = N>,
    ) -> Vec<Repository> {
        let source = template.path();
        let original = self.state().entry(template.id()).clone();
        let mut copies = Vec::new();
        for full_name in full_names {
            let mut state = self.state();
            let id = state.add_repository(full_name.as_ref());
            let entry = state.entry_mut(id);
            let now = entry.attributes.created_at;
            entry.attributes = original.attributes.clone();
            entry.attributes.created_at = now;
            entry.attributes.updated_at = now;
            entry.attributes.pushed_at = now;
            entry.tracker = original.tracker.clone();
            entry.next_date = original.next_date;
            let path = entry.path(self.directory(), false);
            drop(state);
            copy(&source, &path).expect("copying a repository's directory");
            copies.push(Repository::new(self.clone(), id, false));
        }
        copies
    }
}

/// Makes a directory whose files are links to those of another.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else if fs::hard_link(entry.path(), &target).is_err() {
            // Not every file system has links, nor any number of them.
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
