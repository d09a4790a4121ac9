//! What an object leads to, read without judging the rest of it.
//!
//! Old histories have zero-padded modes, missing authors and worse. Only the lines that name other objects are read.

use gix_hash::ObjectId;
use gix_object::Kind;

/// A parent list and a date: what a walk through history needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitLinks {
    /// The commits it follows, in order.
    pub parents: Vec<ObjectId>,
    /// The committer's date in seconds since 1970; 0 when it cannot be read.
    pub seconds: i64,
}

/// What an object of `kind` with content `data` leads to: each id with the kinds that it may have.
///
/// `None` when the content is malformed. Gitlinks (submodules) are left out: they are never in this repository.
pub fn each_link(kind: Kind, data: &[u8], mut found: impl FnMut(&gix_hash::oid, Expected)) -> Option<()> {
    match kind {
        Kind::Blob => {}
        Kind::Tree => each_tree_entry(data, |entry| {
            if let Some(expected) = entry.expected() {
                found(entry.id, expected);
            }
        })?,
        Kind::Commit => {
            let mut lines = data.split(|&byte| byte == b'\n');
            found(&hex_line(lines.next()?, b"tree ")?, Expected::Tree);
            for line in lines {
                match line.strip_prefix(b"parent ") {
                    Some(_) => found(&hex_line(line, b"parent ")?, Expected::Commit),
                    None => break,
                }
            }
        }
        Kind::Tag => {
            let (target, kind) = tag_target(data)?;
            found(
                &target,
                match kind {
                    Kind::Commit => Expected::Commit,
                    Kind::Tree => Expected::Tree,
                    Kind::Blob => Expected::Blob,
                    Kind::Tag => Expected::Tag,
                },
            );
        }
    }
    Some(())
}

/// One line of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeEntry<'a> {
    /// The mode, with whatever zeros it is padded.
    pub mode: u32,
    /// The name, without its folder.
    pub name: &'a [u8],
    /// What the name stands for.
    pub id: &'a gix_hash::oid,
}

impl TreeEntry<'_> {
    /// The kind that the named object must have; `None` for a gitlink, which is never in this repository.
    pub fn expected(&self) -> Option<Expected> {
        match self.mode & 0o170_000 {
            0o160_000 => None,
            0o040_000 => Some(Expected::Tree),
            _ => Some(Expected::Blob),
        }
    }
}

/// Calls `found` with each line of the tree `data`, gitlinks too; `None` when it is malformed.
pub fn each_tree_entry<'a>(data: &'a [u8], mut found: impl FnMut(TreeEntry<'a>)) -> Option<()> {
    let mut rest = data;
    while !rest.is_empty() {
        let space = rest.iter().position(|&byte| byte == b' ')?;
        let mode = octal(&rest[..space])?;
        let nul = space + rest[space..].iter().position(|&byte| byte == 0)?;
        let id = gix_hash::oid::try_from_bytes(rest.get(nul + 1..nul + 21)?).ok()?;
        found(TreeEntry { mode, name: &rest[space + 1..nul], id });
        rest = &rest[nul + 21..];
    }
    Some(())
}

/// The kind that an object must have because of what names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Expected {
    /// A commit, as a parent or a tag's target.
    Commit = 1,
    /// A tree.
    Tree = 2,
    /// A blob.
    Blob = 4,
    /// A tag.
    Tag = 8,
}

impl Expected {
    /// The bit of an object that really is of `kind`.
    pub fn of(kind: Kind) -> Self {
        match kind {
            Kind::Commit => Expected::Commit,
            Kind::Tree => Expected::Tree,
            Kind::Blob => Expected::Blob,
            Kind::Tag => Expected::Tag,
        }
    }
}

/// What a tag object names.
pub fn tag_target(data: &[u8]) -> Option<(ObjectId, Kind)> {
    let mut lines = data.split(|&byte| byte == b'\n');
    let target = hex_line(lines.next()?, b"object ")?;
    let kind = Kind::from_bytes(lines.next()?.strip_prefix(b"type ")?).ok()?;
    Some((target, kind))
}

/// Parents and date of a commit; `None` when its first lines are malformed.
pub fn commit_links(data: &[u8]) -> Option<CommitLinks> {
    let mut parents = Vec::new();
    each_link(Kind::Commit, data, |id, expected| {
        if expected == Expected::Commit {
            parents.push(id.to_owned());
        }
    })?;
    let header = data.split(|&byte| byte == b'\n').take_while(|line| !line.is_empty());
    let committer = header.filter_map(|line| line.strip_prefix(b"committer ")).next();
    let seconds = committer.and_then(|line| {
        let after_email = line.rsplit(|&byte| byte == b'>').next()?;
        std::str::from_utf8(after_email).ok()?.split_whitespace().next()?.parse().ok()
    });
    Some(CommitLinks { parents, seconds: seconds.unwrap_or(0) })
}

fn hex_line(line: &[u8], prefix: &[u8]) -> Option<ObjectId> {
    ObjectId::from_hex(line.strip_prefix(prefix)?).ok()
}

fn octal(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u32, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(u32::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1111111111111111111111111111111111111111";

    #[test]
    fn zero_padded_modes_and_gitlinks_are_read() {
        let mut tree = Vec::new();
        for mode in ["040000", "40000", "100644", "120000", "160000"] {
            tree.extend_from_slice(format!("{mode} name\0").as_bytes());
            tree.extend_from_slice(&[0x11; 20]);
        }
        let mut found = Vec::new();
        each_link(Kind::Tree, &tree, |_, expected| found.push(expected)).expect("a tree");
        assert_eq!(found, [Expected::Tree, Expected::Tree, Expected::Blob, Expected::Blob]);
    }

    #[test]
    fn a_commit_without_author_is_read() {
        let commit = format!("tree {ID}\nparent {ID}\ncommitter > odd <a@b> 77 +0000\n\nparent {ID}\n");
        let links = commit_links(commit.as_bytes()).expect("a commit");
        assert_eq!((links.parents.len(), links.seconds), (1, 77));
        assert_eq!(commit_links(format!("tree {ID}\n\nmessage").as_bytes()).expect("a commit").seconds, 0);
    }

    #[test]
    fn malformed_objects_are_told() {
        for (kind, data) in [
            (Kind::Tree, &b"100644 name\0short"[..]),
            (Kind::Tree, b"100644"),
            (Kind::Tree, b" name\0\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11"),
            (Kind::Commit, b""),
            (Kind::Commit, b"tree 123\n"),
            (Kind::Tag, b"object 1111111111111111111111111111111111111111\n"),
        ] {
            assert!(each_link(kind, data, |_, _| ()).is_none(), "{kind:?} {data:?}");
        }
    }
}
