//! A commit of a `.meta.git` in the making.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    path::Path,
};

use gix_hash::ObjectId;
use gix_object::Kind;
use tokio_util::sync::CancellationToken;

use super::{
    List, MetadataState, Stored,
    build::{CommitText, OpenPart, OpenShelf, build, commit_text},
    place::{Place, is_numbered, place},
};
use crate::{
    git::{
        self,
        pack::PackLimits,
        pack_writer::{PackWriter, name},
    },
    interrupt::Interrupt,
    vault::{BareRepository, Error, FORMAT, document, packs::SpooledPack},
};

/// Files that differ from those of the newest commit, and their blobs in a pack that is being written.
#[derive(Debug)]
pub struct Draft {
    repository: BareRepository,
    state: MetadataState,
    /// What resources remembered when it was last stored.
    remembered: BTreeMap<String, serde_json::Value>,
    shelves: BTreeMap<String, OpenShelf>,
    /// Taken while a blocking thread writes.
    writer: Option<PackWriter>,
    changed: u64,
    removed: u64,
}

impl Draft {
    /// A draft on top of `state`, whose blobs are spooled in `directory`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn new(repository: BareRepository, state: MetadataState, directory: &Path) -> Result<Self, Error> {
        let writer = Some(PackWriter::new(directory).map_err(spool_error)?);
        let remembered = state.resources.clone();
        Ok(Self { repository, state, remembered, shelves: BTreeMap::new(), writer, changed: 0, removed: 0 })
    }

    /// What a resource remembers; null when it remembers nothing.
    pub fn memory(&self, resource: &str) -> serde_json::Value {
        self.state.resources.get(resource).cloned().unwrap_or_default()
    }

    /// What all resources remember, where that is not what was stored last.
    pub fn learned(&self) -> Option<&BTreeMap<String, serde_json::Value>> {
        Some(&self.state.resources).filter(|resources| **resources != self.remembered)
    }

    /// Lets a resource remember.
    pub fn remember(&mut self, resource: &str, memory: serde_json::Value) {
        self.state.resources.insert(resource.to_owned(), memory);
    }

    /// How many files were written anew, or for the first time, and how many were removed.
    pub fn changes(&self) -> (u64, u64) {
        (self.changed, self.removed)
    }

    /// Whether there is a file at `path`.
    ///
    /// # Errors
    /// As [`Draft::put`].
    pub async fn contains(&mut self, path: &str) -> Result<bool, Error> {
        let rest = place(path)?.rest;
        Ok(self.slot(path).await?.contains_key(rest))
    }

    /// Puts files, each a path and its content; the paths of those that are new or changed. Those that are there with the
    /// same content stay as they are.
    ///
    /// # Errors
    /// [`Error::BadName`] for a path that cannot be kept; the store's and the spool's failures; [`Error::Damaged`].
    pub async fn put(&mut self, files: Vec<(String, Vec<u8>)>) -> Result<Vec<String>, Error> {
        let mut known = Vec::with_capacity(files.len());
        for (path, _) in &files {
            known.push(self.slot(path).await?.get(place(path)?.rest).copied());
        }
        let Some(mut writer) = self.writer.take() else { return Err(lost_writer()) };
        let work = tokio::task::spawn_blocking(move || {
            let mut written = Vec::new();
            let done = files.into_iter().zip(known).try_for_each(|((path, content), known)| {
                let id = name(Kind::Blob, &content)?;
                if known != Some(id) {
                    writer.write(Kind::Blob, &content)?;
                    written.push((path, id));
                }
                Ok(())
            });
            (writer, written, done)
        });
        let (writer, written, done) = work.await.map_err(|_| lost_writer())?;
        self.writer = Some(writer);
        done.map_err(spool_error)?;
        let mut changed = Vec::with_capacity(written.len());
        for (path, id) in written {
            let rest = place(&path)?.rest.to_owned();
            self.slot(&path).await?.insert(rest, id);
            self.changed += 1;
            changed.push(path);
        }
        Ok(changed)
    }

    /// Removes the file at `path`, which need not be there.
    ///
    /// # Errors
    /// As [`Draft::put`].
    pub async fn remove(&mut self, path: &str) -> Result<(), Error> {
        let rest = place(path)?.rest.to_owned();
        if self.slot(path).await?.remove(&rest).is_some() {
            self.removed += 1;
        }
        Ok(())
    }

    /// The paths of all files whose path begins with `directory` and a slash.
    ///
    /// # Errors
    /// As [`Draft::put`].
    pub async fn files(&mut self, directory: &str) -> Result<Vec<String>, Error> {
        let prefix = format!("{directory}/");
        let inside = format!("{prefix}x");
        let Place { shelf, part, rest } = place(&inside)?;
        if let Some(shelf) = shelf.filter(|shelf| is_numbered(shelf)) {
            // It is the directory of one number: other parts of the shelf have nothing of it.
            let below = rest.strip_suffix('x').unwrap_or(rest);
            let files = &self.part(shelf, &part).await?.files;
            let from = (Bound::Included(below), Bound::Unbounded);
            let found = files.range::<str, _>(from).map(|(rest, _)| rest).take_while(|rest| rest.starts_with(below));
            return Ok(found.map(|rest| format!("{shelf}/{rest}")).collect());
        }
        let is_of = |shelf: &String| prefix.starts_with(&format!("{shelf}/")) || shelf.starts_with(&prefix);
        let mut shelves: Vec<String> = self.state.shelves.keys().chain(self.shelves.keys()).cloned().collect();
        shelves.retain(is_of);
        shelves.sort_unstable();
        shelves.dedup();
        let mut found = Vec::new();
        for shelf in shelves {
            let open = self.shelf(&shelf).await?;
            let mut parts: Vec<String> = open.list.parts.keys().chain(open.parts.keys()).cloned().collect();
            if !is_numbered(&shelf) {
                parts.push(String::new());
            }
            parts.sort_unstable();
            parts.dedup();
            for part in parts {
                let files = self.part(&shelf, &part).await?.files.keys();
                found.extend(files.map(|rest| format!("{shelf}/{rest}")).filter(|path| path.starts_with(&prefix)));
            }
        }
        Ok(found)
    }

    /// The shelves of a kind of numbered things: `issues/012`.
    pub fn shelves(&self, kind: &str) -> BTreeSet<String> {
        let prefix = format!("{kind}/");
        let all = self.state.shelves.keys().chain(self.shelves.keys());
        all.filter(|shelf| shelf.starts_with(&prefix)).cloned().collect()
    }

    /// Lets go of what was looked at on a shelf and is as it is stored.
    pub fn close(&mut self, shelf: &str) {
        if let Some(open) = self.shelves.get_mut(shelf) {
            open.parts.retain(|_, part| part.files != part.before);
            if open.parts.is_empty() {
                self.shelves.remove(shelf);
            }
        }
    }

    /// The files among which `path` is.
    async fn slot(&mut self, path: &str) -> Result<&mut BTreeMap<String, ObjectId>, Error> {
        let place = place(path)?;
        match place.shelf {
            None => Ok(&mut self.state.files),
            Some(shelf) => {
                let (shelf, part) = (shelf.to_owned(), place.part);
                Ok(&mut self.part(&shelf, &part).await?.files)
            }
        }
    }

    async fn shelf(&mut self, shelf: &str) -> Result<&mut OpenShelf, Error> {
        if !self.shelves.contains_key(shelf) {
            let list = match self.state.shelves.get(shelf) {
                Some(known) => self.repository.metadata_list(&known.list).await?,
                None => List { format: FORMAT, shelf: shelf.to_owned(), ..List::default() },
            };
            let mut open = OpenShelf { list, parts: BTreeMap::new() };
            if !is_numbered(shelf) {
                let files = std::mem::take(&mut open.list.files);
                open.parts.insert(String::new(), OpenPart { before: files.clone(), files });
            }
            self.shelves.insert(shelf.to_owned(), open);
        }
        Ok(self.shelves.entry(shelf.to_owned()).or_default())
    }

    async fn part(&mut self, shelf: &str, part: &str) -> Result<&mut OpenPart, Error> {
        let repository = self.repository.clone();
        let open = self.shelf(shelf).await?;
        if !open.parts.contains_key(part) {
            let files = match open.list.parts.get(part) {
                Some(list) => repository.metadata_list(list).await?.files,
                None => BTreeMap::new(),
            };
            open.parts.insert(part.to_owned(), OpenPart { before: files.clone(), files });
        }
        Ok(open.parts.entry(part.to_owned()).or_default())
    }

    /// Stores the pack, the lists that changed and the state object: all that an entry of the log may name then. The draft
    /// goes on from there.
    ///
    /// # Errors
    /// The store's and the spool's failures; [`Error::Damaged`].
    pub async fn store(
        &mut self,
        text: CommitText,
        limits: PackLimits,
        cancel: &CancellationToken,
        directory: &Path,
    ) -> Result<Stored, Error> {
        let parent = text.parent.filter(|_| self.changes() == (0, 0));
        let mut lists = Vec::new();
        let (mut commit, mut pack) = (parent, None);
        if parent.is_none() {
            let Some(mut writer) = self.writer.take() else { return Err(lost_writer()) };
            let interrupt = Interrupt::watch(cancel);
            let flag = interrupt.flag();
            let (mut state, mut shelves) = (std::mem::take(&mut self.state), std::mem::take(&mut self.shelves));
            let work = tokio::task::spawn_blocking(move || {
                let root = build(&mut state, &mut shelves, &mut writer, &mut lists);
                let done = root.and_then(|root| {
                    let id = writer.write(Kind::Commit, commit_text(root, &text).as_bytes())?;
                    Ok((id, writer.finish(&flag, limits)?))
                });
                (state, shelves, lists, done)
            });
            let (state, shelves, made, done) = work.await.map_err(|_| lost_writer())?;
            (self.state, self.shelves, lists) = (state, shelves, made);
            let (id, indexed) = done.map_err(spool_error)?;
            commit = Some(id);
            if let Some(indexed) = indexed {
                let spooled = SpooledPack::of(&indexed).await?;
                self.repository.store_pack(&spooled, false).await?;
                for path in [&spooled.pack_path, &spooled.index_path] {
                    // On a disk it was moved into the vault.
                    let _ = tokio::fs::remove_file(path).await;
                }
                pack = Some(spooled.record);
            }
            self.writer = Some(PackWriter::new(directory).map_err(spool_error)?);
            (self.changed, self.removed) = (0, 0);
        }
        for (name, bytes) in lists {
            self.repository.store_state_object(&name, bytes).await?;
        }
        self.state.format = FORMAT;
        let (bytes, state) = document::encode_with_digest(&self.state);
        self.repository.store_state_object(&state, bytes).await?;
        self.remembered.clone_from(&self.state.resources);
        let Some(commit) = commit else { return Err(lost_writer()) };
        Ok(Stored { commit, pack, state })
    }
}

fn lost_writer() -> Error {
    Error::Io { doing: "write a pack".into(), source: std::io::Error::other("it was stopped") }
}

fn spool_error(error: git::Error) -> Error {
    match error {
        git::Error::Io { doing, source } => Error::Io { doing, source },
        error => Error::Io { doing: "make a pack".into(), source: std::io::Error::other(crate::cause::chain(&error)) },
    }
}
