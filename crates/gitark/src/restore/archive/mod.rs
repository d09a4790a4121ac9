//! The files of one version in one file, as `git archive` gives them.
//!
//! Objects are read one at a time, and nothing that a name could do outside the place where an archive is unpacked gets
//! into one.

mod tar;
mod zip;

use std::{
    collections::HashSet,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use gix_hash::ObjectId;
use gix_object::bstr::ByteSlice as _;

use super::{Error, Format};
use crate::{
    cause::printable,
    git::links::{Expected, each_tree_entry},
    inspect::{MOST_FILES, MOST_FOLDERS, Revision},
};

/// What goes into an archive.
pub(super) struct Plan {
    /// Where the objects are: a git directory.
    pub(super) git_dir: PathBuf,
    /// Which version.
    pub(super) revision: Revision,
    /// The folder in the archive that holds it all.
    pub(super) prefix: String,
    /// The time of every file, in seconds since 1970.
    pub(super) seconds: i64,
    /// In which form.
    pub(super) format: Format,
}

/// An archive that is being written. Paths have `/` between their parts.
trait Archive {
    /// A folder.
    fn folder(&mut self, path: &[u8]) -> io::Result<()>;
    /// A file.
    fn file(&mut self, path: &[u8], executable: bool, content: &[u8]) -> io::Result<()>;
    /// A symbolic link.
    fn link(&mut self, path: &[u8], target: &[u8]) -> io::Result<()>;
    /// The end.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Writes the archive to `out`; the number of files. `interrupt` stops it.
pub(super) fn write(plan: &Plan, out: File, interrupt: &AtomicBool) -> Result<usize, Error> {
    // Isolated: no configuration of this machine or user decides what comes back.
    let mut repository = gix::open_opts(&plan.git_dir, gix::open::Options::isolated()).map_err(odd)?;
    // The files are those that the version has, whatever upstream's refs/replace show instead.
    repository.objects.ignore_replacements = true;
    let failed = |source| Error::Io { doing: "write the archive".into(), source };
    let archive = match plan.format {
        Format::Zip => zip::archive(out, plan),
        Format::TarGz => tar::compressed(out, plan),
        _ => tar::plain(out, plan),
    };
    let mut writer = Writer { repository, archive: archive.map_err(failed)?, plan, files: 0, interrupt };
    writer.archive.folder(plan.prefix.as_bytes()).map_err(failed)?;
    writer.below(plan.prefix.clone().into_bytes(), plan.revision.tree, 0)?;
    let files = writer.files;
    writer.archive.finish().map_err(failed)?;
    Ok(files)
}

fn odd(error: impl std::fmt::Display) -> Error {
    Error::Archive(printable(&error.to_string()))
}

struct Writer<'a> {
    repository: gix::Repository,
    archive: Box<dyn Archive>,
    plan: &'a Plan,
    files: usize,
    interrupt: &'a AtomicBool,
}

impl Writer<'_> {
    /// Everything below the tree `id`, in its order.
    fn below(&mut self, folder: Vec<u8>, id: ObjectId, depth: usize) -> Result<(), Error> {
        let tree = self.repository.find_object(id).map_err(odd)?.detach().data;
        let mut lines = Vec::new();
        each_tree_entry(&tree, |entry| lines.push((entry.mode, entry.expected(), entry.id.to_owned(), entry.name)))
            .ok_or_else(|| odd(format!("tree {id} is malformed")))?;
        let mut names = HashSet::new();
        for (mode, expected, id, name) in lines {
            if self.interrupt.load(Ordering::Relaxed) {
                return Err(Error::Cancelled);
            }
            let path = [&folder[..], b"/", name].concat();
            let refused = |problem: &str| {
                let path = path.strip_prefix(self.plan.prefix.as_bytes()).unwrap_or(&path);
                let path = printable(&String::from_utf8_lossy(path.strip_prefix(b"/").unwrap_or(path)));
                Error::Archive(format!("{path}: {problem}"))
            };
            let is_link = mode & 0o170_000 == 0o120_000;
            check(name, is_link).map_err(|problem| refused(&problem))?;
            if !names.insert(name) {
                return Err(refused("it is in its folder twice"));
            }
            self.files += 1;
            if self.files > MOST_FILES || depth > MOST_FOLDERS {
                return Err(refused("there are too many files, or folders too deep"));
            }
            let written = match expected {
                Some(Expected::Tree) => {
                    self.files -= 1;
                    match self.archive.folder(&path) {
                        Ok(()) => {
                            self.below(path, id, depth + 1)?;
                            continue;
                        }
                        failed => failed,
                    }
                }
                // A submodule's files are in another repository.
                None => self.archive.folder(&path),
                Some(_) => {
                    let content = self.repository.find_object(id).map_err(odd)?.detach().data;
                    match is_link {
                        true => self.archive.link(&path, &content),
                        false => self.archive.file(&path, mode & 0o111 != 0, &content),
                    }
                }
            };
            written.map_err(|error| match error.kind() {
                io::ErrorKind::InvalidInput => refused(&error.to_string()),
                _ => Error::Io { doing: "write the archive".into(), source: error },
            })?;
        }
        Ok(())
    }
}

/// Refuses names that git would not check out.
fn check(name: &[u8], is_link: bool) -> Result<(), String> {
    let options = gix_validate::path::component::Options {
        // What only Windows cannot hold is no harm elsewhere.
        protect_windows: false,
        protect_hfs: true,
        protect_ntfs: true,
    };
    let mode = is_link.then_some(gix_validate::path::component::Mode::Symlink);
    gix_validate::path::component(name.as_bstr(), mode, options).map_err(|error| error.to_string())?;
    // To Windows a `\` is a `/`.
    let is_outside = name.split(|byte| *byte == b'\\').any(|part| part == b"..") || name.starts_with(b"\\");
    if is_outside { Err("it would lie elsewhere on Windows".into()) } else { Ok(()) }
}

/// A path of this system.
fn local(path: &[u8]) -> io::Result<&Path> {
    gix::path::from_byte_slice(path).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "it is not UTF-8"))
}
