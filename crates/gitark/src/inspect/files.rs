//! The files of a version, and the bytes of one.

use std::collections::{BTreeSet, HashMap};

use gix_hash::ObjectId;
use gix_object::Kind;

use super::{
    Error, near,
    revision::{self, Revision, missing, resolve},
};
use crate::{
    git::links::{CommitLinks, Expected, each_tree_entry},
    vault::{BareRepository, log::PackRecord, lookup::At, object_reader::ObjectReader, state::State},
};

/// The most files that are listed: more than any real repository has.
pub(crate) const MOST_FILES: usize = 5_000_000;
/// The deepest folder that is read, as git's `core.maxTreeDepth`.
pub(crate) const MOST_FOLDERS: usize = 2048;
/// Trees, or sizes, that are asked for together.
const BATCH: usize = 256;
/// Names that are given of a directory that should have been a file.
const NAMES: usize = 4;

/// Which files of which version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Which backup.
    pub at: At,
    /// A branch, tag, full reference name, or object id; `HEAD` when none is named.
    pub reference: Option<String>,
    /// A file or a folder, `/` between the parts; all when it is empty.
    pub path: Vec<u8>,
}

/// The files of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The log's entry.
    pub entry: u64,
    /// The commit; none when a reference leads to a tree.
    pub commit: Option<ObjectId>,
    /// The files in git's order.
    pub files: Vec<File>,
}

/// A file, symbolic link or submodule of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// As git keeps it, e.g. `0o100644`.
    pub mode: u32,
    /// A blob, or a commit for a submodule.
    pub kind: Kind,
    /// The object.
    pub id: ObjectId,
    /// Its size in bytes, when it was asked for and is a blob.
    pub size: Option<u64>,
    /// The path from the top, `/` between the parts, in whatever encoding the repository has.
    pub path: Vec<u8>,
}

/// One line of a tree.
#[derive(Clone, Debug)]
pub(super) struct Line {
    mode: u32,
    expected: Option<Expected>,
    pub(super) id: ObjectId,
    name: Vec<u8>,
}

/// Lists the files of one version of `repository`, with their sizes if `sizes` says so.
///
/// # Errors
/// Any [`Error`].
pub async fn files(repository: &BareRepository, query: &Query, sizes: bool) -> Result<Listing, Error> {
    let version = Version::open(repository, query).await?;
    let mut tree = version.tree().await?;
    let (path, line) = tree.find(&query.path).await?;
    let mut files = match line.expected {
        Some(Expected::Tree) => tree.below(path, line.id).await?,
        _ => vec![file(path, &line)],
    };
    if sizes {
        let mut blobs: Vec<&mut File> = files.iter_mut().filter(|file| file.kind == Kind::Blob).collect();
        for batch in blobs.chunks_mut(BATCH) {
            let ids: Vec<ObjectId> = batch.iter().map(|file| file.id).collect();
            for (file, size) in batch.iter_mut().zip(tree.reader.sizes(&ids).await?) {
                file.size = Some(size.ok_or_else(|| missing(repository, file.id))?);
            }
        }
    }
    Ok(Listing { entry: version.state.sequence, commit: tree.revision.commit, files })
}

/// The bytes of one file; of a symbolic link, what it points to.
///
/// # Errors
/// Any [`Error`].
pub async fn read(repository: &BareRepository, query: &Query) -> Result<Vec<u8>, Error> {
    let version = Version::open(repository, query).await?;
    let mut tree = version.tree().await?;
    let (path, line) = tree.find(&query.path).await?;
    match line.expected {
        None => Err(Error::IsSubmodule { path, commit: line.id }),
        Some(Expected::Tree) => {
            let lines = tree.lines(line.id).await?;
            let holds = lines.iter().take(NAMES).map(|line| String::from_utf8_lossy(&line.name).into_owned());
            let more = (lines.len() > NAMES).then(|| "…".to_owned());
            Err(Error::IsDirectory { path, holds: holds.chain(more).collect() })
        }
        Some(_) => match tree.reader.object(line.id).await? {
            Some(object) if object.kind == Kind::Blob => Ok(object.content),
            _ => Err(missing(repository, line.id).into()),
        },
    }
}

fn file(path: Vec<u8>, line: &Line) -> File {
    let kind = if line.expected.is_none() { Kind::Commit } else { Kind::Blob };
    File { mode: line.mode, kind, id: line.id, size: None, path }
}

/// What a query means, with the packs that hold it.
struct Version<'a> {
    repository: &'a BareRepository,
    state: State,
    packs: Vec<PackRecord>,
    no_commits: HashMap<ObjectId, CommitLinks>,
    reference: Option<&'a str>,
}

impl<'a> Version<'a> {
    async fn open(repository: &'a BareRepository, query: &'a Query) -> Result<Self, Error> {
        let state = repository.state_of(query.at).await?;
        let packs = revision::packs(repository, &state).await?;
        Ok(Self { repository, state, packs, no_commits: HashMap::new(), reference: query.reference.as_deref() })
    }

    async fn tree(&self) -> Result<Tree<'_>, Error> {
        let Self { repository, .. } = *self;
        let mut reader = ObjectReader::new(repository.storage(), repository.bare(), &self.packs, &self.no_commits);
        let revision = resolve(repository, &self.state, &mut reader, self.reference).await?;
        Ok(Tree { repository, reader, revision })
    }
}

/// Reads the trees of one version.
pub(super) struct Tree<'a> {
    pub(super) repository: &'a BareRepository,
    pub(super) reader: ObjectReader<'a>,
    pub(super) revision: Revision,
}

impl Tree<'_> {
    async fn lines(&mut self, id: ObjectId) -> Result<Vec<Line>, Error> {
        let mut found = self.all_lines(&[id]).await?;
        Ok(found.pop().unwrap_or_default())
    }

    /// The lines of each of these trees.
    async fn all_lines(&mut self, ids: &[ObjectId]) -> Result<Vec<Vec<Line>>, Error> {
        let mut all = Vec::with_capacity(ids.len());
        for (id, object) in ids.iter().zip(self.reader.objects(ids).await?) {
            let object = object.filter(|object| object.kind == Kind::Tree);
            let object = object.ok_or_else(|| missing(self.repository, *id))?;
            let mut lines = Vec::new();
            let read = each_tree_entry(&object.content, |entry| {
                let (mode, expected) = (entry.mode, entry.expected());
                lines.push(Line { mode, expected, id: entry.id.to_owned(), name: entry.name.to_owned() });
            });
            read.ok_or_else(|| missing(self.repository, *id))?;
            all.push(lines);
        }
        Ok(all)
    }

    /// Follows `path` from the top: the path without superfluous `/` and `.`, and what is there.
    pub(super) async fn find(&mut self, path: &[u8]) -> Result<(Vec<u8>, Line), Error> {
        let parts = path.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".");
        let parts: Vec<&[u8]> = parts.collect();
        let mut here =
            Line { mode: 0o040_000, expected: Some(Expected::Tree), id: self.revision.tree, name: Vec::new() };
        let mut walked = Vec::new();
        for part in &parts {
            let lines = match here.expected {
                Some(Expected::Tree) => self.lines(here.id).await?,
                _ => Vec::new(),
            };
            let Some(line) = lines.iter().find(|line| line.name == *part) else {
                let names = lines.iter().map(|line| String::from_utf8_lossy(&joined(&walked, &line.name)).into_owned());
                let wanted = joined(&walked, part);
                let near = near::near(&String::from_utf8_lossy(&wanted), names);
                return Err(Error::NoSuchPath { reference: self.revision.name.clone(), path: parts.join(&b'/'), near });
            };
            walked = joined(&walked, part);
            here = line.clone();
        }
        Ok((walked, here))
    }

    /// Every file below the tree `top`, which is at `path`.
    pub(super) async fn below(&mut self, path: Vec<u8>, top: ObjectId) -> Result<Vec<File>, Error> {
        let too_many = |revision: &Revision| Error::TooMany { reference: revision.name.clone(), most: MOST_FILES };
        let (mut files, mut level) = (Vec::new(), vec![(path, top)]);
        for _ in 0..MOST_FOLDERS {
            if level.is_empty() {
                // The order of git's index, in which folders are sorted as if a `/` stood behind their names.
                files.sort_by(|a: &File, b: &File| a.path.cmp(&b.path));
                return Ok(files);
            }
            let mut below = Vec::new();
            for folders in level.chunks(BATCH) {
                // The same tree may stand in many places.
                let ids: BTreeSet<ObjectId> = folders.iter().map(|(_, id)| *id).collect();
                let ids: Vec<ObjectId> = ids.into_iter().collect();
                let lines: HashMap<ObjectId, Vec<Line>> =
                    ids.iter().copied().zip(self.all_lines(&ids).await?).collect();
                for (path, id) in folders {
                    for line in lines.get(id).into_iter().flatten() {
                        let path = joined(path, &line.name);
                        match line.expected {
                            Some(Expected::Tree) => below.push((path, line.id)),
                            _ => files.push(file(path, line)),
                        }
                    }
                    if files.len() + below.len() > MOST_FILES {
                        return Err(too_many(&self.revision));
                    }
                }
            }
            level = below;
        }
        Err(too_many(&self.revision))
    }
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_owned() } else { [folder, b"/", name].concat() }
}
