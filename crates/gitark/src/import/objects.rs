//! Where a mirror's objects are: packs and loose ones, its own and those that it borrows.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use gix_hash::ObjectId;

use super::{Problem, files};
use crate::{cause, git, git::repack::RepackInput};

/// The most directories that are borrowed from. Git follows five in a row.
const MAXIMUM_ALTERNATES: usize = 64;
/// The longest list of them.
const ALTERNATES_BYTES: u64 = 1 << 20;

/// All objects there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Objects {
    pub(super) input: RepackInput,
    /// What is odd and was passed over.
    pub(super) warnings: Vec<String>,
}

impl Objects {
    /// Lists the objects of the mirror at `directory`, and of the directories in `objects/info/alternates`, so that
    /// what becomes of them needs nothing outside.
    pub(super) fn list(directory: &Path, interrupt: &AtomicBool) -> Result<Self, Problem> {
        let mut found = Self::default();
        let mut todo = vec![directory.join("objects")];
        let mut seen: HashSet<PathBuf> = todo.iter().cloned().collect();
        while let Some(objects) = todo.pop() {
            // Loose objects move into packs: what is gone there is here.
            found.loose(&objects, interrupt)?;
            found.packs(&objects)?;
            for borrowed in alternates(&objects)? {
                match borrowed.canonicalize() {
                    Ok(borrowed) if borrowed.is_dir() => {
                        if seen.insert(borrowed.clone()) {
                            todo.push(borrowed);
                        }
                    }
                    _ => found.warnings.push(cause::printable(&format!(
                        "it borrows objects from {}, where there is no directory",
                        borrowed.display()
                    ))),
                }
            }
            if seen.len() > MAXIMUM_ALTERNATES {
                return Err(Problem::Alternates(MAXIMUM_ALTERNATES));
            }
        }
        Ok(found)
    }

    fn loose(&mut self, objects: &Path, interrupt: &AtomicBool) -> Result<(), Problem> {
        for first in 0..=255_u8 {
            if interrupt.load(Ordering::Relaxed) {
                return Err(git::Error::Cancelled.into());
            }
            let start = format!("{first:02x}");
            let folder = objects.join(&start);
            for name in files::names(&folder)? {
                let id = name.to_str().and_then(|rest| ObjectId::from_hex(format!("{start}{rest}").as_bytes()).ok());
                // Git leaves temporary files there.
                let Some(id) = id.filter(|id| id.kind() == gix_hash::Kind::Sha1) else { continue };
                let path = folder.join(&name);
                if files::file(&path)?.is_some() {
                    self.input.loose.push((id, path));
                }
            }
        }
        Ok(())
    }

    fn packs(&mut self, objects: &Path) -> Result<(), Problem> {
        let folder = objects.join("pack");
        for name in files::names(&folder)? {
            let Some(stem) = name.to_str().and_then(|name| name.strip_suffix(".idx")) else { continue };
            if files::file(&folder.join(format!("{stem}.promisor")))?.is_some() {
                return Err(Problem::Partial);
            }
            let (pack, index) = (folder.join(format!("{stem}.pack")), folder.join(&name));
            if files::file(&index)?.is_some() && files::file(&pack)?.is_some() {
                self.input.packs.push((pack, index));
            }
        }
        Ok(())
    }
}

/// The directories that the one at `objects` borrows from.
fn alternates(objects: &Path) -> Result<Vec<PathBuf>, Problem> {
    files::directory(&objects.join("info"))?;
    let path = objects.join("info/alternates");
    let Some((content, _)) = files::read(&path, ALTERNATES_BYTES)? else { return Ok(Vec::new()) };
    let odd = |error: gix::Error| Problem::io(format!("read {}", path.display()), std::io::Error::other(error));
    let listed = gix::odb::alternate::parse(&content).map_err(odd)?;
    Ok(listed.into_iter().map(|listed| objects.join(listed)).collect())
}
