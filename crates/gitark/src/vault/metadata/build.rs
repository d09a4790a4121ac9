//! The trees of a commit, and the lists and the state that tell of them, made of what a draft changed. It blocks.

use std::collections::BTreeMap;

use bytes::Bytes;
use gix_hash::ObjectId;
use gix_object::Kind;
use jiff::Timestamp;

use super::{List, MetadataState, Shelf, place::is_numbered};
use crate::{
    git::{self, pack_writer::PackWriter, trees},
    vault::{FORMAT, document},
};

/// Who commits, as git writes it.
const COMMITTER: &str = "gitark <gitark@localhost>";

/// A shelf that was looked at.
#[derive(Debug, Default)]
pub(super) struct OpenShelf {
    pub(super) list: List,
    pub(super) parts: BTreeMap<String, OpenPart>,
}

/// The files of a part of a shelf, as they were and as they are.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenPart {
    pub(super) before: BTreeMap<String, ObjectId>,
    pub(super) files: BTreeMap<String, ObjectId>,
}

/// What a commit says besides its files.
#[derive(Clone, Debug)]
pub struct CommitText {
    /// The commit before.
    pub parent: Option<ObjectId>,
    /// When what it holds was seen.
    pub time: Timestamp,
    /// Its message.
    pub message: String,
}

/// Writes the trees of all that changed, and makes the lists and the state anew: the tree of the whole.
pub(super) fn build(
    state: &mut MetadataState,
    shelves: &mut BTreeMap<String, OpenShelf>,
    writer: &mut PackWriter,
    lists: &mut Vec<(String, Bytes)>,
) -> Result<ObjectId, git::Error> {
    for (shelf, open) in shelves {
        let mut is_changed = false;
        for (part, files) in &mut open.parts {
            if files.files == files.before {
                continue;
            }
            is_changed = true;
            if is_numbered(shelf) {
                write_numbers(&mut open.list.numbers, files, writer)?;
                if files.files.is_empty() {
                    open.list.parts.remove(part);
                } else {
                    let list =
                        List { format: FORMAT, shelf: shelf.clone(), files: files.files.clone(), ..List::default() };
                    let (bytes, name) = document::encode_with_digest(&list);
                    open.list.parts.insert(part.clone(), name.clone());
                    lists.push((name, bytes));
                }
            }
            files.before.clone_from(&files.files);
        }
        if is_changed {
            let tree = match is_numbered(shelf) {
                true => {
                    let (id, content) = trees::tree([], open.list.numbers.iter().map(by_name))?;
                    writer.write(Kind::Tree, &content)?;
                    id
                }
                false => {
                    let files = open.parts.get("").map(|part| part.files.iter().map(by_name).collect());
                    let files: BTreeMap<&str, ObjectId> = files.unwrap_or_default();
                    trees::nested(&files, &mut |_, content| writer.write(Kind::Tree, &content).map(drop))?
                }
            };
            let mut list = open.list.clone();
            if let Some(part) = open.parts.get("").filter(|_| !is_numbered(shelf)) {
                list.files.clone_from(&part.files);
            }
            if list.files.is_empty() && list.numbers.is_empty() {
                state.shelves.remove(shelf);
            } else {
                let (bytes, name) = document::encode_with_digest(&list);
                lists.push((name.clone(), bytes));
                state.shelves.insert(shelf.clone(), Shelf { tree, list: name });
            }
        }
    }
    write_root(state, writer)
}

/// Writes the trees of the numbers of a part that differ from before.
fn write_numbers(
    numbers: &mut BTreeMap<String, ObjectId>,
    part: &OpenPart,
    writer: &mut PackWriter,
) -> Result<(), git::Error> {
    let (before, now) = (by_number(&part.before), by_number(&part.files));
    for (number, files) in &now {
        let old = before.get(number);
        if old == Some(files) {
            continue;
        }
        let mut known = Vec::new();
        if let Some(old) = old {
            trees::nested(old, &mut |id, _| {
                known.push(id);
                Ok(())
            })?;
        }
        let tree = trees::nested(files, &mut |id, content| {
            if !known.contains(&id) {
                writer.write(Kind::Tree, &content)?;
            }
            Ok(())
        })?;
        numbers.insert((*number).to_owned(), tree);
    }
    for number in before.keys().filter(|number| !now.contains_key(*number)) {
        numbers.remove(*number);
    }
    Ok(())
}

/// Writes the tree at the top, and those of directories that hold shelves.
fn write_root(state: &MetadataState, writer: &mut PackWriter) -> Result<ObjectId, git::Error> {
    let mut directories: BTreeMap<&str, ObjectId> = BTreeMap::new();
    let mut numbered: BTreeMap<&str, BTreeMap<&str, ObjectId>> = BTreeMap::new();
    for (shelf, known) in &state.shelves {
        match shelf.split_once('/') {
            Some((directory, thousand)) => drop(numbered.entry(directory).or_default().insert(thousand, known.tree)),
            None => drop(directories.insert(shelf, known.tree)),
        }
    }
    for (directory, thousands) in numbered {
        let (id, content) = trees::tree([], thousands)?;
        writer.write(Kind::Tree, &content)?;
        directories.insert(directory, id);
    }
    let (id, content) = trees::tree(state.files.iter().map(by_name), directories)?;
    writer.write(Kind::Tree, &content)?;
    Ok(id)
}

/// Files by the number in front of their path.
fn by_number(files: &BTreeMap<String, ObjectId>) -> BTreeMap<&str, BTreeMap<&str, ObjectId>> {
    let mut numbers: BTreeMap<&str, BTreeMap<&str, ObjectId>> = BTreeMap::new();
    for (path, id) in files {
        if let Some((number, rest)) = path.split_once('/') {
            numbers.entry(number).or_default().insert(rest, *id);
        }
    }
    numbers
}

fn by_name<'a>((name, id): (&'a String, &ObjectId)) -> (&'a str, ObjectId) {
    (name, *id)
}

pub(super) fn commit_text(tree: ObjectId, text: &CommitText) -> String {
    let parent = text.parent.map(|parent| format!("parent {parent}\n")).unwrap_or_default();
    let who = format!("{COMMITTER} {} +0000", text.time.as_second());
    format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{}\n", text.message)
}
