//! The content of Git LFS pointers, beside the history and in the working copy.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, SystemTime},
};

use gix::bstr::{BStr, BString, ByteSlice as _};
use tokio_util::sync::CancellationToken;

use super::Error;
use crate::{
    git::lfs::{Oid, Pointer},
    monitor::count,
    vault::{self, BareRepository, Damage, key, state::State},
};

/// How much older than the index a file must be: some gits compare whole seconds.
const OLDER: Duration = Duration::from_secs(2);

/// What was given back of Git LFS.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct RestoredLfs {
    /// Objects that are there.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Objects that pointers name and that the vault does not have.
    pub missing: u64,
    /// Objects that are damaged in the vault: they are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub damage: Vec<Damage>,
}

impl RestoredLfs {
    /// Whether there is nothing of it.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// It in a few words, to go on with after a comma; nothing where there is nothing.
    pub fn words(&self) -> String {
        if self.is_nothing() {
            return String::new();
        }
        let mut words = format!(", {}", count(self.objects, "LFS object"));
        let mut left_out = Vec::new();
        if self.missing > 0 {
            left_out.push(format!("{} not in the vault", self.missing));
        }
        if let Some(first) = self.damage.first() {
            left_out.push(format!("{} damaged and left out, such as {}", self.damage.len(), first.key));
        }
        if !left_out.is_empty() {
            words.push_str(&format!(" ({})", left_out.join("; ")));
        }
        words
    }
}

/// Copies the objects of `state` into the git directory `git_dir`, where git-lfs looks for them. Those that were had
/// only later are the same, so they come too. What is damaged is left out: the history does not need it.
pub(super) async fn copy(
    repository: &BareRepository,
    state: &State,
    git_dir: &Path,
    cancel: &CancellationToken,
) -> Result<RestoredLfs, Error> {
    let live = &state.live;
    let mut restored = RestoredLfs::default();
    let there = repository.lfs_lengths(live.lfs_missing.keys().copied()).await?;
    let later = live.lfs_missing.iter().map(|(oid, missing)| (*oid, missing.size));
    let later: Vec<(Oid, u64)> = later.filter(|(oid, size)| there.get(oid) == Some(size)).collect();
    restored.missing = (live.lfs_missing.len() - later.len()) as u64;
    let all = live.lfs.iter().map(|(oid, size)| (*oid, *size)).chain(later);
    for (oid, size) in all {
        if cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let target = git_dir.join("lfs/objects").join(key::lfs_path(&oid));
        let parent = target.parent().unwrap_or(git_dir);
        std::fs::create_dir_all(parent).map_err(|source| Error::io("make", parent, source))?;
        match repository.copy_lfs_out(&oid, size, &target).await {
            Ok(()) => {
                restored.objects += 1;
                restored.bytes = restored.bytes.saturating_add(size);
            }
            Err(vault::Error::Damaged(damage)) => {
                match std::fs::remove_file(&target) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => {
                        return Err(Error::io("remove", &target, error));
                    }
                    _ => {}
                }
                restored.damage.push(damage);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(restored)
}

/// Puts the content into those files of the working copy at `root` that are pointers and that `.gitattributes` give to
/// the filter `lfs`, as git with git-lfs does. `index` learns what the files are like, so that git takes them for
/// unchanged. Pointers whose content is not there, or that need programs of the user's, stay as they are.
pub(super) fn smudge(
    repository: &gix::Repository,
    root: &Path,
    index: &mut gix::index::File,
    interrupt: &AtomicBool,
) -> Result<(), Error> {
    let objects = repository.git_dir().join("lfs/objects");
    if !objects.is_dir() {
        return Ok(());
    }
    for (at, path, object) in pointers(repository, &objects, index, interrupt)? {
        // What was checked out has a path of this system.
        let Ok(path) = gix::path::from_bstr(path.as_bstr()) else { continue };
        let file = root.join(path);
        let io = |source| Error::io("write", &file, source);
        // What is no plain file was put there by someone else.
        if !std::fs::symlink_metadata(&file).map_err(io)?.is_file() {
            continue;
        }
        let mut target = File::options().write(true).truncate(true).open(&file).map_err(io)?;
        let mut source = File::open(&object).map_err(|error| Error::io("read", &object, error))?;
        io::copy(&mut source, &mut target).map_err(io)?;
        // Of files as new as the index git compares the content, which without git-lfs is not that of the pointer.
        target.set_modified(SystemTime::now() - OLDER).map_err(io)?;
        target.sync_all().map_err(io)?;
        let found = gix::index::fs::Metadata::from_path_no_follow(&file).map_err(io)?;
        if let (Ok(stat), Some(entry)) = (gix::index::entry::Stat::from_fs(&found), index.entries_mut().get_mut(at)) {
            entry.stat = stat;
        }
    }
    Ok(())
}

/// The index entries that are pointers to content that is in `objects`: place, path, and where the content is.
fn pointers(
    repository: &gix::Repository,
    objects: &Path,
    index: &gix::index::File,
    interrupt: &AtomicBool,
) -> Result<Vec<(usize, BString, PathBuf)>, Error> {
    let odd = |error: &dyn std::fmt::Display| Error::Checkout(error.to_string().replace('\n', " "));
    let source = gix::worktree::stack::state::attributes::Source::IdMapping;
    let mut attributes = repository.attributes_only(index, source).map_err(|error| odd(&error))?;
    let mut matches = attributes.selected_attribute_matches(["filter"]);
    let mut found = Vec::new();
    for (at, entry) in index.entries().iter().enumerate() {
        if interrupt.load(Ordering::Relaxed) {
            return Err(Error::Cancelled);
        }
        if !entry.mode.contains(gix::index::entry::Mode::FILE)
            && !entry.mode.contains(gix::index::entry::Mode::FILE_EXECUTABLE)
        {
            continue;
        }
        let header = repository.find_header(entry.id).map_err(|error| odd(&error))?;
        if header.size() >= 1024 {
            continue;
        }
        let path: &BStr = entry.path(index);
        let is_lfs = attributes.at_entry(path, Some(entry.mode)).map_err(|error| odd(&error))?;
        let is_lfs = is_lfs.matching_attributes(&mut matches)
            && matches
                .iter_selected()
                .any(|found| found.assignment.state.as_bstr().is_some_and(|value| value == "lfs"));
        if !is_lfs {
            continue;
        }
        let blob = repository.find_object(entry.id).map_err(|error| odd(&error))?;
        let Some(pointer) = Pointer::parse(&blob.data).filter(|pointer| !pointer.has_extensions) else { continue };
        let object = objects.join(key::lfs_path(&pointer.oid));
        if std::fs::metadata(&object).is_ok_and(|found| found.is_file() && found.len() == pointer.size) {
            found.push((at, path.to_owned(), object));
        }
    }
    Ok(found)
}
