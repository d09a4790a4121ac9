//! The history that is new: which objects are recent, and under which name a tree knows them.
//!
//! Objects that are settled are not walked, but for the trees beside those that changed: they tell which settled object
//! was there before a new one, and so is a good base for it.

use std::{
    collections::{BinaryHeap, HashMap, HashSet},
    sync::atomic::AtomicBool,
};

use gix_object::Kind;

use super::{
    go_on,
    source::{Number, Reader, Source},
};
use crate::git::{
    Error,
    links::{self, Expected},
};

/// Pairs of trees that are compared, for each new object: real histories need far fewer, made-up ones could need the
/// square of their trees.
const PAIRS_PER_OBJECT: usize = 16;

/// Where an object stands in history.
pub(super) struct History {
    /// All objects: by kind, then newest first as far as that was found out, then as they are stored.
    pub(super) order: Vec<Number>,
    /// By object: its place in `order`.
    pub(super) place: Vec<u32>,
    /// By object: what tells names apart, 0 when none is known.
    pub(super) name: Vec<u32>,
    /// Settled objects that a new one replaces, each once.
    pub(super) replaced: Vec<Number>,
}

/// A commit that is not settled.
struct Commit {
    number: Number,
    seconds: i64,
    tree: Option<Number>,
    parents: Vec<Number>,
    /// New commits that follow it and were not passed yet.
    children: usize,
}

impl History {
    /// Walks the new commits of `source`, newest first, and their new trees.
    ///
    /// What cannot be read as a commit or a tree leads nowhere: this is about order, not about what is right.
    pub(super) fn walk(source: &Source, interrupt: &AtomicBool) -> Result<Self, Error> {
        let count = source.objects.len();
        let mut walk = Walk {
            source,
            reader: Reader::new(source),
            interrupt,
            place: vec![u32::MAX; count],
            name: vec![0; count],
            passed: 0,
            replaced: Vec::new(),
            compared: HashSet::new(),
        };
        let commits = newest_first(walk.commits()?);
        let trees: HashMap<_, _> = commits.iter().map(|commit| (commit.number, commit.tree)).collect();
        for commit in &commits {
            go_on(interrupt)?;
            walk.pass(commit.number);
            if let Some(tree) = commit.tree {
                walk.tree(tree)?;
            }
        }
        // Trees that no commit here leads to.
        for number in source.numbers() {
            if source.object(number).kind == Kind::Tree && walk.is_ahead(number) {
                walk.tree(number)?;
            }
        }
        if source.has_settled() {
            for commit in &commits {
                go_on(interrupt)?;
                let Some(tree) = commit.tree else { continue };
                for parent in &commit.parents {
                    let before = match trees.get(parent) {
                        Some(tree) => *tree,
                        None => walk.read_commit(*parent)?.and_then(|commit| commit.tree),
                    };
                    if let Some(before) = before {
                        walk.compare(tree, before)?;
                    }
                }
            }
        }
        let Walk { mut place, name, replaced, .. } = walk;
        let mut order: Vec<Number> = source.numbers().collect();
        order.sort_unstable_by_key(|&number| {
            let object = source.object(number);
            (rank(object.kind), place[number as usize], object.place)
        });
        for (at, number) in order.iter().enumerate() {
            place[*number as usize] = at as u32;
        }
        Ok(Self { order, place, name, replaced })
    }
}

/// The order of kinds in a pack: history is read without what it leads to.
pub(super) fn rank(kind: Kind) -> u8 {
    match kind {
        Kind::Commit => 0,
        Kind::Tag => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
    }
}

struct Walk<'a> {
    source: &'a Source,
    reader: Reader<'a>,
    interrupt: &'a AtomicBool,
    /// By object: when it was passed, or `u32::MAX`.
    place: Vec<u32>,
    name: Vec<u32>,
    passed: u32,
    replaced: Vec<Number>,
    /// Pairs of a new tree and the one before it.
    compared: HashSet<(Number, Number)>,
}

impl Walk<'_> {
    fn commits(&mut self) -> Result<Vec<Commit>, Error> {
        let source = self.source;
        let mut commits = Vec::new();
        for number in source.numbers() {
            if source.object(number).kind == Kind::Commit && !source.is_settled(number) {
                go_on(self.interrupt)?;
                commits.extend(self.read_commit(number)?);
            }
        }
        Ok(commits)
    }

    fn read_commit(&mut self, number: Number) -> Result<Option<Commit>, Error> {
        let source = self.source;
        if source.object(number).kind != Kind::Commit {
            return Ok(None);
        }
        let content = self.reader.content(number)?;
        let Some(links) = links::commit_links(&content) else { return Ok(None) };
        let mut tree = None;
        let _ = links::each_link(Kind::Commit, &content, |id, expected| {
            if expected == Expected::Tree {
                tree = source.number(id);
            }
        });
        let parents = links.parents.iter().filter_map(|id| source.number(id)).collect();
        Ok(Some(Commit { number, seconds: links.seconds, tree, parents, children: 0 }))
    }

    fn is_ahead(&self, number: Number) -> bool {
        self.place[number as usize] == u32::MAX && !self.source.is_settled(number)
    }

    fn pass(&mut self, number: Number) {
        self.place[number as usize] = self.passed;
        self.passed += 1;
    }

    /// Passes the new trees and blobs below `root`, and notes their names.
    fn tree(&mut self, root: Number) -> Result<(), Error> {
        let mut stack = vec![(root, 0)];
        while let Some((tree, name)) = stack.pop() {
            if !self.is_ahead(tree) || self.source.object(tree).kind != Kind::Tree {
                continue;
            }
            go_on(self.interrupt)?;
            self.pass(tree);
            self.name[tree as usize] = name;
            let content = self.reader.content(tree)?;
            let below = stack.len();
            for (number, kind, file) in entries(self.source, &content) {
                let name = hash_name(name, file);
                if kind == Expected::Tree {
                    stack.push((number, hash_name(name, b"/")));
                } else if self.is_ahead(number) && self.source.object(number).kind == Kind::Blob {
                    self.pass(number);
                    self.name[number as usize] = name;
                }
            }
            stack[below..].reverse();
        }
        Ok(())
    }

    /// Notes settled objects below `before` in whose place there is a new one below `tree`.
    fn compare(&mut self, tree: Number, before: Number) -> Result<(), Error> {
        let source = self.source;
        let mut stack = vec![(tree, before)];
        while let Some((new, old)) = stack.pop() {
            let are_equal = new == old || source.is_settled(new);
            let kind = source.object(new).kind;
            if are_equal || kind != source.object(old).kind {
                continue;
            }
            if source.is_settled(old) && self.place[old as usize] == u32::MAX {
                // It is noted once, and comes before the settled objects that nobody asked for.
                self.place[old as usize] = u32::MAX - 1;
                self.name[old as usize] = self.name[new as usize];
                self.replaced.push(old);
            }
            if kind != Kind::Tree
                || self.compared.len() > PAIRS_PER_OBJECT * source.objects.len()
                || !self.compared.insert((new, old))
            {
                continue;
            }
            let (new, old) = (self.reader.content(new)?, self.reader.content(old)?);
            let before: HashMap<&[u8], Number> =
                entries(source, &old).into_iter().map(|(number, _, name)| (name, number)).collect();
            for (number, _, name) in entries(source, &new) {
                if let Some(&before) = before.get(name).filter(|before| **before != number) {
                    stack.push((number, before));
                }
            }
        }
        Ok(())
    }
}

/// Children before their parents, the newest first among those that may come.
fn newest_first(mut commits: Vec<Commit>) -> Vec<Commit> {
    let at: HashMap<Number, usize> = commits.iter().enumerate().map(|(at, commit)| (commit.number, at)).collect();
    for index in 0..commits.len() {
        for parent in commits[index].parents.clone() {
            if let Some(&parent) = at.get(&parent) {
                commits[parent].children += 1;
            }
        }
    }
    let free = commits.iter().enumerate().filter(|(_, commit)| commit.children == 0);
    let mut heap: BinaryHeap<_> = free.map(|(index, commit)| (commit.seconds, index)).collect();
    let mut order = Vec::with_capacity(commits.len());
    while let Some((_, index)) = heap.pop() {
        order.push(index);
        for parent in commits[index].parents.clone() {
            let Some(&parent) = at.get(&parent) else { continue };
            commits[parent].children -= 1;
            if commits[parent].children == 0 {
                heap.push((commits[parent].seconds, parent));
            }
        }
    }
    let mut commits: Vec<Option<Commit>> = commits.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| commits[index].take()).collect()
}

/// The lines of a tree that name objects we have.
fn entries<'a>(source: &Source, tree: &'a [u8]) -> Vec<(Number, Expected, &'a [u8])> {
    let mut entries = Vec::new();
    let _ = links::each_tree_entry(tree, |entry| {
        if let (Some(expected), Some(number)) = (entry.expected(), source.number(entry.id)) {
            entries.push((number, expected, entry.name));
        }
    });
    entries
}

/// Goes on with a hash of a path in which the last characters weigh most and those 16 back are forgotten: files of one
/// ending come together, those of one name more so.
fn hash_name(hash: u32, name: &[u8]) -> u32 {
    name.iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .fold(hash, |hash, &byte| (hash >> 2).wrapping_add(u32::from(byte) << 24))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_weighs_most() {
        let path = |path: &str| hash_name(0, path.as_bytes());
        assert_eq!(path("one/place/with/a/long/name.rs"), path("place/with/a/long/name.rs"));
        assert_eq!(hash_name(hash_name(path("src"), b"/"), b"lib.rs"), path("src/lib.rs"));
        assert_ne!(path("ÿÿÿÿ.rs"), path("ÿÿÿÿ.md"), "large bytes wrap around");
        let apart = |a: &str, b: &str| path(a).abs_diff(path(b));
        assert!(apart("old/lib.rs", "new/lib.rs") < apart("old/lib.rs", "old/lib.md"));
    }

    #[test]
    fn children_come_before_their_parents_and_the_newest_first() {
        let commit = |number, seconds, parents: &[Number]| Commit {
            number,
            seconds,
            tree: None,
            parents: parents.to_vec(),
            children: 0,
        };
        // 3 merges 1 and 2; 1 says that it is newer than its child, and 9 is not here.
        let commits = vec![commit(0, 10, &[9]), commit(1, 99, &[0]), commit(2, 20, &[0]), commit(3, 30, &[1, 2])];
        let order: Vec<_> = newest_first(commits).iter().map(|commit| commit.number).collect();
        assert_eq!(order, [3, 1, 2, 0]);
    }
}
