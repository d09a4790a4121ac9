//! A mirror or a clone on the disk: whether it can be imported, and where it says that it comes from.
//!
//! Only its own `config` is read, without what it includes, and nothing in it can run or redirect anything.

use std::path::{Path, PathBuf};

use gix::{
    bstr::ByteSlice as _,
    config::{File, Source, file::Metadata},
};

use super::{Problem, files};
use crate::{cause, git};

/// The longest `config` that is read. Git's own has a few hundred bytes.
const CONFIG_BYTES: u64 = 4 << 20;
/// What a `config` may say that changes nothing about how a mirror is read.
const HARMLESS_EXTENSIONS: [&str; 4] = ["noop", "preciousobjects", "relativeworktrees", "worktreeconfig"];

/// A repository that can be imported.
#[derive(Clone, Debug)]
pub(super) struct Mirror {
    /// As the caller named it.
    pub(super) named: PathBuf,
    /// Where it is, without links.
    pub(super) directory: PathBuf,
    /// `remote.origin.url`.
    pub(super) origin: Option<String>,
    /// Whether a remote's references go to their own names.
    pub(super) is_mirror: bool,
    /// Whether it is a clone with a working copy: upstream's branches are below `refs/remotes/origin`.
    pub(super) is_clone: bool,
}

impl Mirror {
    /// Looks whether `named`, a bare repository, can be imported.
    pub(super) fn open(named: &Path) -> Result<Self, Problem> {
        let directory = named.canonicalize().map_err(|error| Problem::io("open it", error))?;
        if !is_git(&directory) {
            return Err(if has(&directory, ".git") { Problem::WorkingCopy } else { Problem::NotGit });
        }
        Self::read(named, directory, false)
    }

    /// Looks whether `named`, a bare repository or a clone with a working copy, can be imported.
    pub(super) fn open_any(named: &Path) -> Result<Self, Problem> {
        let directory = named.canonicalize().map_err(|error| Problem::io("open it", error))?.join(".git");
        if files::directory(&directory)?.is_none() {
            return Self::open(named);
        }
        if is_git(&directory) { Self::read(named, directory, true) } else { Err(Problem::NotGit) }
    }

    fn read(named: &Path, directory: PathBuf, is_clone: bool) -> Result<Self, Problem> {
        // A linked working copy's directory of administration.
        if has(&directory, "commondir") {
            return Err(Problem::WorkingCopy);
        }
        files::directory(&directory.join("objects"))?;
        files::directory(&directory.join("refs"))?;
        if files::read(&directory.join("shallow"), CONFIG_BYTES)?.is_some_and(|(content, _)| !content.is_empty()) {
            return Err(Problem::Shallow);
        }
        let content =
            files::read(&directory.join("config"), CONFIG_BYTES)?.map(|(content, _)| content).unwrap_or_default();
        let config = File::from_bytes_no_includes(&content, Metadata::from(Source::Local), Default::default());
        let config = config.map_err(|error| Problem::Config(cause::chain(&error)))?;
        check_format(&config)?;
        if !is_clone && matches!(config.boolean("core.bare"), Ok(Some(false))) {
            return Err(Problem::WorkingCopy);
        }
        let mut is_mirror = false;
        for remote in config.sections_by_name("remote").into_iter().flatten() {
            if remote.contains_value_name("promisor") || remote.contains_value_name("partialclonefilter") {
                return Err(Problem::Partial);
            }
            let keeps_names = |spec: &[u8]| spec.trim_start_with(|c| c == '+') == b"refs/*:refs/*";
            is_mirror |= remote.values("fetch").iter().any(|spec| keeps_names(spec));
        }
        let origins = config.raw_values("remote.origin.url").unwrap_or_default();
        let origin = origins.first().map(|origin| origin.to_str_lossy().trim().to_owned());
        Ok(Self { named: named.to_owned(), directory, origin, is_mirror, is_clone })
    }
}

fn has(directory: &Path, name: &str) -> bool {
    directory.join(name).symlink_metadata().is_ok()
}

/// Whether git would take it for a repository.
fn is_git(directory: &Path) -> bool {
    ["HEAD", "objects", "refs"].iter().all(|name| has(directory, name))
}

/// Refuses what cannot be read as plain git always was.
fn check_format(config: &File) -> Result<(), Problem> {
    let odd = |error: gix::Error| Problem::Config(cause::chain(&error));
    let version = config.integer("core.repositoryformatversion").map_err(odd)?.unwrap_or(0);
    if !(0..=1).contains(&version) {
        return Err(Problem::Extension(format!("format {version}")));
    }
    for section in config.sections_by_name("extensions").into_iter().flatten() {
        for name in section.value_names() {
            let name = name.to_ascii_lowercase();
            let value = section.value(&name).map(|value| value.to_str_lossy().to_ascii_lowercase());
            match (name.as_str(), value.as_deref().unwrap_or_default()) {
                ("partialclone", _) => return Err(Problem::Partial),
                ("objectformat", "sha1") | ("refstorage", "files") => {}
                ("objectformat", other) => return Err(git::Error::ObjectFormat(cause::printable(other)).into()),
                ("refstorage", other) => {
                    return Err(Problem::Extension(format!("references stored as {:?}", cause::printable(other))));
                }
                (name, _) if HARMLESS_EXTENSIONS.contains(&name) => {}
                // Version 0 does not look at what it does not know.
                (name, _) if version > 0 => {
                    return Err(Problem::Extension(format!("extensions.{}", cause::printable(name))));
                }
                _ => {}
            }
        }
    }
    Ok(())
}
