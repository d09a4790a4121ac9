//! Trees made of paths and names, as git writes them (gitformat-pack(5), "tree").

use std::collections::BTreeMap;

use gix_hash::ObjectId;
use gix_object::{
    Kind, Tree, WriteTo as _,
    tree::{Entry, EntryKind},
};

use super::{Error, pack_writer::name};

/// A tree's name and content.
pub type EncodedTree = (ObjectId, Vec<u8>);

/// The tree of a directory with these files and directories.
///
/// # Errors
/// [`Error::BadPack`] for a name that no tree can hold.
pub fn tree<'a>(
    files: impl IntoIterator<Item = (&'a str, ObjectId)>,
    directories: impl IntoIterator<Item = (&'a str, ObjectId)>,
) -> Result<EncodedTree, Error> {
    let entry =
        |kind: EntryKind, (name, oid): (&str, ObjectId)| Entry { mode: kind.into(), filename: name.into(), oid };
    let files = files.into_iter().map(|file| entry(EntryKind::Blob, file));
    let mut entries: Vec<Entry> =
        files.chain(directories.into_iter().map(|directory| entry(EntryKind::Tree, directory))).collect();
    entries.sort();
    let mut content = Vec::new();
    Tree { entries }
        .write_to(&mut content)
        .map_err(|error| Error::BadPack(format!("a tree cannot be written: {error}")))?;
    Ok((name(Kind::Tree, &content)?, content))
}

/// The name of the tree of a directory with the files at these paths, below it; each tree in it, the last one its own, is
/// given to `visit`.
///
/// # Errors
/// As [`tree`].
pub fn nested(
    files: &BTreeMap<&str, ObjectId>,
    visit: &mut impl FnMut(ObjectId, Vec<u8>) -> Result<(), Error>,
) -> Result<ObjectId, Error> {
    let mut plain = Vec::new();
    let mut directories: BTreeMap<&str, BTreeMap<&str, ObjectId>> = BTreeMap::new();
    for (&path, &id) in files {
        match path.split_once('/') {
            Some((directory, rest)) => drop(directories.entry(directory).or_default().insert(rest, id)),
            None => plain.push((path, id)),
        }
    }
    let mut trees = Vec::new();
    for (directory, files) in &directories {
        trees.push((*directory, nested(files, visit)?));
    }
    let (id, content) = tree(plain, trees)?;
    visit(id, content)?;
    Ok(id)
}
