//! A mirror's references, as a first backup would find them upstream.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::SystemTime,
};

use gix::refs::{FullName, Target, file::loose, packed};
use gix_hash::ObjectId;
use jiff::Timestamp;

use super::{Problem, files, mirror::Mirror, observed};
use crate::git::{
    self,
    refs::{self, Head},
};

/// The longest `packed-refs`: ten million references.
const PACKED_BYTES: u64 = 1 << 30;
/// The longest file of one reference.
const LOOSE_BYTES: u64 = 64 << 10;
/// References that lead to references, as far as git follows them.
const STEPS: usize = 5;
/// How often a mirror that changes is read again.
const TRIES: usize = 5;
/// Where a clone keeps upstream's branches.
const REMOTE: &str = "refs/remotes/origin/";

/// The references of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct References {
    /// By their name in the vault.
    pub(super) refs: BTreeMap<String, ObjectId>,
    pub(super) head: Head,
    /// When the mirror last heard from upstream.
    pub(super) observed: Timestamp,
}

impl References {
    /// Every object that a reference or a detached `HEAD` names.
    pub(super) fn tips(&self) -> impl Iterator<Item = ObjectId> + '_ {
        let detached = match &self.head {
            Head::Detached(oid) => Some(*oid),
            Head::Symbolic(_) => None,
        };
        self.refs.values().copied().chain(detached)
    }

    /// Reads them twice, until nothing changed between: then all of them were so at one moment, though git changes
    /// them one by one and moves them from file to file.
    pub(super) fn read(mirror: &Mirror, interrupt: &AtomicBool) -> Result<Self, Problem> {
        let mut before = Raw::read(&mirror.directory, interrupt)?;
        for _ in 0..TRIES {
            let now = Raw::read(&mirror.directory, interrupt)?;
            if now == before {
                let raw = if mirror.is_clone { now.of_upstream()? } else { now };
                return raw.kept(mirror);
            }
            before = now;
        }
        Err(Problem::Changed)
    }
}

/// What the files say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Raw {
    refs: BTreeMap<String, Target>,
    head: Option<Target>,
    /// The last fetch that heard something: one that fails leaves an empty file.
    fetched: Option<SystemTime>,
    /// When a reference was last written.
    written: Option<SystemTime>,
    /// When `HEAD` was.
    made: Option<SystemTime>,
}

impl Raw {
    fn read(directory: &Path, interrupt: &AtomicBool) -> Result<Self, Problem> {
        let mut raw = Self::default();
        let fetched = files::file(&directory.join("FETCH_HEAD"))?.filter(|found| found.len() > 0);
        raw.fetched = fetched.and_then(|found| found.modified().ok());
        let head = files::read(&directory.join("HEAD"), LOOSE_BYTES)?.ok_or(Problem::NotGit)?;
        raw.head = Some(target("HEAD", &head.0)?);
        raw.made = head.1.modified().ok();
        // Git writes packed-refs before it deletes the files that are in it: what is gone there is here.
        raw.read_loose(directory, interrupt)?;
        raw.read_packed(directory)?;
        Ok(raw)
    }

    fn read_loose(&mut self, directory: &Path, interrupt: &AtomicBool) -> Result<(), Problem> {
        let mut todo = vec!["refs".to_owned()];
        while let Some(folder) = todo.pop() {
            if interrupt.load(Ordering::Relaxed) {
                return Err(git::Error::Cancelled.into());
            }
            for name in files::names(&directory.join(&folder))? {
                let Some(name) = name.to_str() else {
                    return Err(bad(&format!("{folder}/{}", name.to_string_lossy())));
                };
                // Git skips what others leave there, and its own locks.
                if name.starts_with('.') || name.ends_with(".lock") {
                    continue;
                }
                let (name, path) = (format!("{folder}/{name}"), directory.join(&folder).join(name));
                match path.symlink_metadata() {
                    Ok(found) if found.is_dir() => todo.push(name),
                    Ok(_) => {
                        let Some((content, found)) = files::read(&path, LOOSE_BYTES)? else { continue };
                        self.written = self.written.max(found.modified().ok());
                        let target = target(&name, &content)?;
                        self.refs.insert(name, target);
                    }
                    // Deleted, or packed, since it was listed.
                    Err(_) => {}
                }
            }
        }
        Ok(())
    }

    fn read_packed(&mut self, directory: &Path) -> Result<(), Problem> {
        let Some((content, found)) = files::read(&directory.join("packed-refs"), PACKED_BYTES)? else { return Ok(()) };
        self.written = self.written.max(found.modified().ok());
        let broken = |error: gix::Error| bad(&format!("packed-refs: {}", crate::cause::chain(&error)));
        let packed = packed::Buffer::from_bytes(&content, gix_hash::Kind::Sha1).map_err(broken)?;
        for reference in packed.iter().map_err(broken)? {
            let reference = reference.map_err(broken)?;
            let name = reference.name.as_bstr().to_string();
            self.refs.entry(name).or_insert_with(|| Target::Object(reference.target()));
        }
        Ok(())
    }

    /// Those of a clone under the names that they have upstream, as far as it knows these: branches, tags and notes.
    fn of_upstream(self) -> Result<Self, Problem> {
        let mut refs = BTreeMap::new();
        for (name, target) in &self.refs {
            let name = match name.strip_prefix(REMOTE) {
                Some("HEAD") => continue,
                Some(branch) => format!("refs/heads/{branch}"),
                None if name.starts_with("refs/tags/") || name.starts_with("refs/notes/") => name.clone(),
                None => continue,
            };
            if let Some(oid) = self.resolved(target) {
                refs.insert(name, Target::Object(oid));
            }
        }
        let remote_head = format!("{REMOTE}HEAD");
        let head = match self.refs.get(&remote_head) {
            // Without it, upstream's was what the clone began with.
            None => self.head,
            Some(Target::Object(oid)) => Some(Target::Object(*oid)),
            Some(Target::Symbolic(name)) => {
                let name = name.as_bstr().to_string();
                let branch = name.strip_prefix(REMOTE).ok_or_else(|| bad(&remote_head))?;
                let branch = FullName::try_from(format!("refs/heads/{branch}")).map_err(|_| bad(&remote_head))?;
                Some(Target::Symbolic(branch))
            }
        };
        Ok(Self { refs, head, ..self })
    }

    /// What a backup keeps of them, under the names that they have in the vault.
    fn kept(self, mirror: &Mirror) -> Result<References, Problem> {
        let mut kept = refs::Refs::new();
        for (name, target) in &self.refs {
            if !refs::is_valid(name) {
                return Err(bad(name));
            }
            // A server does not show one that leads nowhere.
            let Some(oid) = self.resolved(target).filter(|_| refs::is_kept(name)) else { continue };
            if oid.is_null() || kept.insert(refs::vault_name(name), refs::RefValue { oid, peeled: None }).is_some() {
                return Err(bad(name));
            }
        }
        if let Some((_, longer)) = refs::directory_conflict(&kept) {
            return Err(bad(longer));
        }
        if !mirror.is_mirror && kept.keys().any(|name| name.starts_with("refs/remotes/")) {
            return Err(Problem::RemoteBranches);
        }
        let head = match &self.head {
            Some(Target::Symbolic(name)) if refs::is_valid(&name.as_bstr().to_string()) => {
                Head::Symbolic(refs::vault_name(&name.as_bstr().to_string()))
            }
            Some(Target::Object(oid)) if !oid.is_null() => Head::Detached(*oid),
            _ => return Err(bad("HEAD")),
        };
        let observed = observed(self.fetched.or(self.written).or(self.made));
        Ok(References { refs: kept.into_iter().map(|(name, value)| (name, value.oid)).collect(), head, observed })
    }

    fn resolved(&self, target: &Target) -> Option<ObjectId> {
        let mut target = target;
        for _ in 0..STEPS {
            match target {
                Target::Object(oid) => return Some(*oid),
                Target::Symbolic(name) => target = self.refs.get(&name.as_bstr().to_string())?,
            }
        }
        None
    }
}

/// What the file of the reference `name` says.
fn target(name: &str, content: &[u8]) -> Result<Target, Problem> {
    let full_name = FullName::try_from(name).map_err(|_| bad(name))?;
    let read = loose::Reference::try_from_path(full_name, content, gix_hash::Kind::Sha1);
    read.map(|reference| reference.target).map_err(|_| bad(name))
}

fn bad(name: &str) -> Problem {
    Problem::BadReference(crate::cause::printable(name).chars().take(200).collect())
}
