//! The files of a `.meta.git` at one backup.

use std::{collections::HashMap, path::Path};

use gix_hash::ObjectId;
use gix_object::Kind;
use jiff::Timestamp;
use serde_json::Value;

use super::Error;
use crate::{
    git::links::{CommitLinks, Expected, each_tree_entry},
    inspect,
    metadata_path::problem_of_name,
    vault::{
        self, BareRepository, Storage, key, log::PackRecord, lookup::At, object_reader::ObjectReader, state::State,
    },
};

/// Objects that are read together.
pub(super) const BATCH: usize = 256;
/// The deepest folder that a backup makes.
const MOST_FOLDERS: usize = 32;

/// A `.meta.git` at one backup.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(super) state: State,
    storage: Storage,
    bare: String,
    packs: Vec<PackRecord>,
    no_commits: HashMap<ObjectId, CommitLinks>,
    pub(super) root: ObjectId,
}

/// A name in a tree, and what stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) id: ObjectId,
    pub(super) is_tree: bool,
}

impl Snapshot {
    /// The files of `repository` at a backup of its own log.
    ///
    /// # Errors
    /// [`vault::Error::NoSuchBackup`], damage, or the store's failure.
    pub async fn open(repository: &BareRepository, at: At) -> Result<Self, Error> {
        let state = repository.state_of(at).await?;
        let packs = inspect::packs(repository, &state).await?;
        let root = inspect::revision(repository, &state, None).await?.tree;
        let (storage, bare) = (repository.storage().clone(), repository.bare().to_owned());
        Ok(Self { state, storage, bare, packs, no_commits: HashMap::new(), root })
    }

    /// The same files, from a copy of their packs in the bare repository called `bare` below `directory`.
    pub(super) fn copied(&self, directory: &Path, bare: &str, packs: Vec<PackRecord>) -> Result<Self, vault::Error> {
        Ok(Self { storage: Storage::local(directory)?, bare: bare.to_owned(), packs, ..self.clone() })
    }

    /// `OWNER/REPO` as it was called then.
    pub fn repository(&self) -> &str {
        &self.state.repository.name
    }

    /// The number of the entry in the log of the metadata.
    pub fn entry(&self) -> u64 {
        self.state.sequence
    }

    /// The server's clock at the backup.
    pub fn observed(&self) -> Timestamp {
        self.state.observed
    }

    /// A reader of the files, which remembers what it saw of the packs' indexes.
    pub(super) fn files(&self) -> Files<'_> {
        let reader = ObjectReader::new(&self.storage, &self.bare, &self.packs, &self.no_commits);
        Files { snapshot: self, reader }
    }
}

/// Reads files of a snapshot.
pub(super) struct Files<'a> {
    pub(super) snapshot: &'a Snapshot,
    reader: ObjectReader<'a>,
}

impl Files<'_> {
    /// What is in each of these trees, by name.
    pub(super) async fn trees(&mut self, ids: &[ObjectId]) -> Result<Vec<Vec<(String, Node)>>, vault::Error> {
        let mut all = Vec::with_capacity(ids.len());
        for ids in ids.chunks(BATCH) {
            for (id, object) in ids.iter().zip(self.reader.objects(ids).await?) {
                let object = object.filter(|object| object.kind == Kind::Tree).ok_or_else(|| self.missing(*id))?;
                let (mut nodes, mut is_plain) = (Vec::new(), true);
                let read = each_tree_entry(&object.content, |entry| {
                    let name = String::from_utf8_lossy(entry.name).into_owned();
                    is_plain &= problem_of_name(&name).is_none();
                    let (id, is_tree) = (entry.id.to_owned(), entry.expected() == Some(Expected::Tree));
                    nodes.push((name, Node { id, is_tree }));
                });
                match read {
                    Some(()) if is_plain => all.push(nodes),
                    _ => return Err(self.missing(*id)),
                }
            }
        }
        Ok(all)
    }

    /// What is in one tree.
    pub(super) async fn tree(&mut self, id: ObjectId) -> Result<Vec<(String, Node)>, vault::Error> {
        Ok(self.trees(&[id]).await?.pop().unwrap_or_default())
    }

    /// What stands at a path.
    pub(super) async fn find(&mut self, path: &str) -> Result<Option<Node>, vault::Error> {
        let mut here = Node { id: self.snapshot.root, is_tree: true };
        for part in path.split('/') {
            if !here.is_tree {
                return Ok(None);
            }
            match self.tree(here.id).await?.into_iter().find(|(name, _)| name == part) {
                Some((_, node)) => here = node,
                None => return Ok(None),
            }
        }
        Ok(Some(here))
    }

    /// The paths and blobs of all files below a directory, which stay with their path from the top; all for an empty one.
    pub(super) async fn below(&mut self, directory: &str) -> Result<Vec<(String, ObjectId)>, vault::Error> {
        let top = match directory {
            "" => Some(Node { id: self.snapshot.root, is_tree: true }),
            directory => self.find(directory).await?,
        };
        let Some(top) = top.filter(|node| node.is_tree) else { return Ok(Vec::new()) };
        let (mut files, mut level) = (Vec::new(), vec![(directory.to_owned(), top.id)]);
        for _ in 0..MOST_FOLDERS {
            let ids: Vec<ObjectId> = level.iter().map(|(_, id)| *id).collect();
            let mut below = Vec::new();
            for ((directory, _), nodes) in level.iter().zip(self.trees(&ids).await?) {
                for (name, node) in nodes {
                    let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
                    if node.is_tree {
                        below.push((path, node.id));
                    } else {
                        files.push((path, node.id));
                    }
                }
            }
            if below.is_empty() {
                files.sort();
                return Ok(files);
            }
            level = below;
        }
        Err(self.missing(top.id))
    }

    /// The bytes of files.
    pub(super) async fn bytes(&mut self, ids: &[ObjectId]) -> Result<Vec<Vec<u8>>, vault::Error> {
        let mut all = Vec::with_capacity(ids.len());
        for ids in ids.chunks(BATCH) {
            for (id, object) in ids.iter().zip(self.reader.objects(ids).await?) {
                match object {
                    Some(object) if object.kind == Kind::Blob => all.push(object.content),
                    _ => return Err(self.missing(*id)),
                }
            }
        }
        Ok(all)
    }

    /// Files as JSON. One that is none was not written by a backup.
    pub(super) async fn values(&mut self, ids: &[ObjectId]) -> Result<Vec<Value>, vault::Error> {
        let mut values = Vec::with_capacity(ids.len());
        for (id, bytes) in ids.iter().zip(self.bytes(ids).await?) {
            values.push(serde_json::from_slice(&bytes).map_err(|_| self.missing(*id))?);
        }
        Ok(values)
    }

    /// The file at a path, as JSON.
    pub(super) async fn value(&mut self, path: &str) -> Result<Option<Value>, vault::Error> {
        match self.find(path).await?.filter(|node| !node.is_tree) {
            Some(node) => Ok(self.values(&[node.id]).await?.pop()),
            None => Ok(None),
        }
    }

    fn missing(&self, id: ObjectId) -> vault::Error {
        let packs = key::packs(&self.snapshot.bare);
        vault::Error::damaged(packs, format!("object {id} is missing, malformed, or no file of a backup"))
    }
}
