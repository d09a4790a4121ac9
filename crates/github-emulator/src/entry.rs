//! A repository as the state holds it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::attributes::{RepositoryAttributes, Visibility};
use crate::git::FIRST_DATE;
use crate::tracker::Tracker;

/// A repository as the API knows it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) attributes: RepositoryAttributes,
    pub(crate) vanished: bool,
    pub(crate) wiki_vanished: bool,
    /// Issues, pull requests and what goes with them, shared by copies until one changes.
    pub(crate) tracker: Arc<Tracker>,
    /// The date of the next scripted commit or tag, of the repository and of its wiki.
    pub(crate) next_date: i64,
    pub(crate) next_wiki_date: i64,
    /// The bytes of the object database, once they were asked for since the last push.
    objects_size: Arc<OnceLock<u64>>,
}

impl Entry {
    pub(crate) fn new(id: u64, owner: String, name: &str, now: i64) -> Entry {
        Entry {
            id,
            owner,
            name: name.to_owned(),
            attributes: RepositoryAttributes::new(now),
            vanished: false,
            wiki_vanished: false,
            tracker: Arc::default(),
            next_date: FIRST_DATE,
            next_wiki_date: FIRST_DATE,
            objects_size: Arc::default(),
        }
    }

    /// `owner/name`.
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Whether only those who are let in see it.
    pub(crate) fn is_private(&self) -> bool {
        self.attributes.visibility != Visibility::Public
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

    /// The size in KiB, as the API shows it.
    pub(crate) fn size(&self, directory: &Path) -> u64 {
        let of_objects = || *self.objects_size.get_or_init(|| objects_size(&self.path(directory, false)));
        self.attributes.size.unwrap_or_else(|| of_objects() / 1024)
    }

    /// Notes that objects were added or removed.
    pub(crate) fn forget_size(&mut self) {
        self.objects_size = Arc::default();
    }

    fn is_gone(&self, wiki: bool) -> bool {
        self.vanished || (wiki && self.wiki_vanished)
    }
}

/// The bytes of the files in a repository's object database.
fn objects_size(path: &Path) -> u64 {
    let mut directories = vec![path.join("objects")];
    let mut size = 0;
    while let Some(directory) = directories.pop() {
        let Ok(entries) = std::fs::read_dir(directory) else {
            continue;
        };
        for entry in entries.filter_map(Result::ok) {
            match entry.metadata() {
                Ok(metadata) if metadata.is_dir() => directories.push(entry.path()),
                Ok(metadata) => size += metadata.len(),
                Err(_) => {}
            }
        }
    }
    size
}
