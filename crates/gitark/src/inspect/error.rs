//! Why something cannot be looked at.

use gix_hash::ObjectId;

use crate::{cause::printable, git::lfs::Oid, vault};

/// Why something cannot be looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The vault.
    #[error(transparent)]
    Vault(#[from] vault::Error),
    /// `HEAD` names a branch that is not there.
    #[error("{path} has no files at entry {entry}: HEAD names {branch}, which does not exist; name another with --ref")]
    Unborn {
        /// The bare repository's key.
        path: String,
        /// The log's entry.
        entry: u64,
        /// What `HEAD` says.
        branch: String,
    },
    /// No reference and no object has this name.
    #[error("{path} has no reference or object {reference:?} at entry {entry}{}; `gitark show` lists them", like(.near))]
    NoSuchReference {
        /// The bare repository's key.
        path: String,
        /// The log's entry.
        entry: u64,
        /// What was asked for.
        reference: String,
        /// Names that are like it.
        near: Vec<String>,
    },
    /// Several objects have this name.
    #[error("{reference:?} is the beginning of {} objects; say more of it", .objects.len())]
    Ambiguous {
        /// What was asked for.
        reference: String,
        /// The objects.
        objects: Vec<ObjectId>,
    },
    /// What was asked for leads to something else than files.
    #[error("{reference:?} leads to a {kind}, which has no files; name a commit, tag or branch")]
    NoFiles {
        /// What was asked for.
        reference: String,
        /// What it leads to.
        kind: gix_object::Kind,
    },
    /// There is nothing at this path.
    #[error("{} has no {}{}; `gitark ls-files` lists what is there", printable(.reference), shown(.path), like(.near))]
    NoSuchPath {
        /// Where was looked.
        reference: String,
        /// What was asked for.
        path: Vec<u8>,
        /// Paths that are like it.
        near: Vec<String>,
    },
    /// The vault does not have the content of a pointer.
    #[error("the vault does not have the LFS object {oid} that the pointer names: {why}")]
    NoLfsContent {
        /// Its name.
        oid: Oid,
        /// Why.
        why: &'static str,
    },
    /// A directory has no bytes.
    #[error("{} is a directory{}; name a file", shown(.path), holding(.holds))]
    IsDirectory {
        /// What was asked for.
        path: Vec<u8>,
        /// The first names in it.
        holds: Vec<String>,
    },
    /// A submodule's files are in another repository.
    #[error("{} is a submodule: its files are in another repository, at commit {commit}", shown(.path))]
    IsSubmodule {
        /// What was asked for.
        path: Vec<u8>,
        /// Which commit of the other repository.
        commit: ObjectId,
    },
    /// A history can be made so that a few objects stand for endless files.
    #[error("{reference:?} has more than {most} files, or folders too deep, to list")]
    TooMany {
        /// Where was looked.
        reference: String,
        /// How many are listed at most.
        most: usize,
    },
}

fn shown(path: &[u8]) -> String {
    match path {
        [] => "the top folder".into(),
        path => printable(&String::from_utf8_lossy(path)),
    }
}

fn like(near: &[String]) -> String {
    match near {
        [] => String::new(),
        near => {
            let names: Vec<String> = near.iter().map(|name| printable(name)).collect();
            format!(" (did you mean {}?)", names.join(" or "))
        }
    }
}

fn holding(names: &[String]) -> String {
    match names {
        [] => String::new(),
        names => format!(" with {}", names.iter().map(|name| printable(name)).collect::<Vec<_>>().join(", ")),
    }
}
