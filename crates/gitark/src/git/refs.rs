//! References as the vault keeps them: names, values, `HEAD`, and the names under which upstream's are parked.

use std::collections::BTreeMap;

use gix_hash::ObjectId;
use gix_object::bstr::ByteSlice as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// References by full name, sorted as git sorts `packed-refs`.
pub type Refs = BTreeMap<String, RefValue>;

/// What a reference points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefValue {
    /// The object named by the reference: a commit, a tag, or rarely a tree or blob.
    #[serde(with = "hex_id")]
    pub oid: ObjectId,
    /// The object that an annotated tag leads to in the end; absent for anything but a tag.
    #[serde(with = "hex_id::optional", default, skip_serializing_if = "Option::is_none")]
    pub peeled: Option<ObjectId>,
}

/// What `HEAD` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// The name of a branch, which need not exist yet (an empty repository, an unborn branch).
    Symbolic(String),
    /// An object: a detached `HEAD`.
    Detached(#[serde(with = "hex_id")] ObjectId),
}

impl Head {
    /// The content of the file `HEAD`.
    pub fn to_file(&self) -> String {
        match self {
            Head::Symbolic(target) => format!("ref: {target}\n"),
            Head::Detached(oid) => format!("{oid}\n"),
        }
    }
}

impl Head {
    /// The commit that it leads to among `refs`; none for an unborn branch.
    pub fn tip(&self, refs: &Refs) -> Option<ObjectId> {
        match self {
            Head::Detached(oid) => Some(*oid),
            Head::Symbolic(target) => refs.get(target).map(|value| value.oid),
        }
    }
}

impl Default for Head {
    /// What git shows for a server that says nothing of `HEAD`.
    fn default() -> Self {
        Head::Symbolic("refs/heads/main".into())
    }
}

/// Prefix of the references that gitark itself makes in a backed-up repository.
pub const OURS: &str = "refs/gitark/";
/// Prefix of upstream's own `refs/replace/*` and `refs/gitark/*`, kept where they change nothing.
pub const PARKED: &str = "refs/gitark/upstream/";
/// Prefix of the old tips of references that were deleted or rewritten upstream.
pub const LOST: &str = "refs/gitark/lost/";

/// Whether an advertised reference is backed up. GitHub's test merges (`refs/pull/N/merge`) come and go with every
/// push to the base branch and can be made again, so they alone are left out.
pub fn is_kept(name: &str) -> bool {
    !(name.starts_with("refs/pull/") && name.ends_with("/merge"))
}

/// The name in the vault of the upstream reference `name`.
///
/// `refs/replace/*` would change what `git log` shows, and `refs/gitark/*` is ours, so both are parked.
pub fn vault_name(name: &str) -> String {
    match name.strip_prefix("refs/") {
        Some(rest) if rest.starts_with("replace/") || rest.starts_with("gitark/") || rest == "gitark" => {
            format!("{PARKED}{rest}")
        }
        _ => name.to_owned(),
    }
}

/// The upstream name of the vault's reference `name`: the inverse of [`vault_name`].
pub fn upstream_name(name: &str) -> String {
    match name.strip_prefix(PARKED) {
        Some(rest) => format!("refs/{rest}"),
        None => name.to_owned(),
    }
}

/// Where the old tip of `name` is kept once entry `sequence` no longer has it, e.g. `refs/gitark/lost/7/heads/main`.
/// A repair adds `7-view` for what only the views still showed.
pub fn lost_name(sequence: &str, name: &str) -> String {
    let upstream = upstream_name(name);
    format!("{LOST}{sequence}/{}", upstream.strip_prefix("refs/").unwrap_or(&upstream))
}

/// Where the old commit of a detached `HEAD` is kept. No reference of upstream's can end up there: theirs lie below a
/// number.
pub fn lost_head_name(sequence: u64) -> String {
    format!("{LOST}{sequence}-HEAD")
}

/// Whether git itself would accept `name` as a full reference name (git-check-ref-format).
pub fn is_valid(name: &str) -> bool {
    // A file of the same name ending in .lock is git's own lock; control bytes would break packed-refs.
    name.starts_with("refs/") && gix_validate::reference::name(name.as_bytes().as_bstr()).is_ok()
}

/// Finds two names of which one is a directory of the other: git could not hold both (`a` and `a/b`).
pub fn directory_conflict(refs: &Refs) -> Option<(&str, &str)> {
    refs.keys().find_map(|name| {
        name.match_indices('/')
            .filter_map(|(end, _)| refs.get_key_value(&name[..end]))
            .next()
            .map(|(shorter, _)| (shorter.as_str(), name.as_str()))
    })
}

/// A digest of references and `HEAD`: equal exactly when a backup would find nothing to change.
///
/// It is the SHA-256, in hex, of `HEAD <content>` and a line `<oid> <name> [<peeled>]` for each reference in order.
pub fn digest(refs: &Refs, head: &Head) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("HEAD {}", head.to_file()));
    for (name, value) in refs {
        match value.peeled {
            Some(peeled) => hash.update(format!("{} {name} {peeled}\n", value.oid)),
            None => hash.update(format!("{} {name}\n", value.oid)),
        }
    }
    crate::digest::hex(&hash.finalize())
}

/// Object ids as 40 hex digits in JSON.
pub mod hex_id {
    use gix_hash::ObjectId;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    /// Writes the id as hex.
    pub fn serialize<S: Serializer>(id: &ObjectId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    /// Reads 40 hex digits.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ObjectId, D::Error> {
        let text = String::deserialize(deserializer)?;
        ObjectId::from_hex(text.as_bytes()).map_err(|_| D::Error::custom("an object id of 40 hex digits is expected"))
    }

    /// The same for an id that may be absent.
    pub mod optional {
        use gix_hash::ObjectId;
        use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

        /// Writes the id as hex, or null.
        pub fn serialize<S: Serializer>(id: &Option<ObjectId>, serializer: S) -> Result<S::Ok, S::Error> {
            match id {
                Some(id) => serializer.collect_str(id),
                None => serializer.serialize_none(),
            }
        }

        /// Reads 40 hex digits or null.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ObjectId>, D::Error> {
            Option::<String>::deserialize(deserializer)?
                .map(|text| {
                    ObjectId::from_hex(text.as_bytes())
                        .map_err(|_| D::Error::custom("an object id of 40 hex digits is expected"))
                })
                .transpose()
        }
    }

    /// The same for ids by name.
    pub mod map {
        use std::collections::BTreeMap;

        use gix_hash::ObjectId;
        use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

        /// Writes the ids as hex.
        pub fn serialize<S: Serializer>(ids: &BTreeMap<String, ObjectId>, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(ids.iter().map(|(name, id)| (name, id.to_string())))
        }

        /// Reads names with 40 hex digits each.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, ObjectId>, D::Error> {
            let id = |(name, text): (String, String)| match ObjectId::from_hex(text.as_bytes()) {
                Ok(id) => Ok((name, id)),
                Err(_) => Err(D::Error::custom("an object id of 40 hex digits is expected")),
            };
            BTreeMap::<String, String>::deserialize(deserializer)?.into_iter().map(id).collect()
        }
    }

    /// The same for a list of ids.
    pub mod list {
        use gix_hash::ObjectId;
        use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

        /// Writes the ids as hex.
        pub fn serialize<S: Serializer>(ids: &[ObjectId], serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(ids.iter().map(ToString::to_string))
        }

        /// Reads lists of 40 hex digits.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ObjectId>, D::Error> {
            Vec::<String>::deserialize(deserializer)?
                .iter()
                .map(|text| {
                    ObjectId::from_hex(text.as_bytes())
                        .map_err(|_| D::Error::custom("an object id of 40 hex digits is expected"))
                })
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refs(names: &[&str]) -> Refs {
        let value = RefValue { oid: ObjectId::null(gix_hash::Kind::Sha1), peeled: None };
        names.iter().map(|name| ((*name).to_owned(), value)).collect()
    }

    #[test]
    fn parked_names_are_given_back_and_never_collide() {
        for name in
            ["refs/replace/abc", "refs/gitark/lost/1/heads/x", "refs/gitark/upstream/replace/abc", "refs/heads/a"]
        {
            assert_eq!(upstream_name(&vault_name(name)), name);
        }
        assert_eq!(vault_name("refs/replace/abc"), "refs/gitark/upstream/replace/abc");
        assert_eq!(vault_name("refs/gitark/upstream/replace/abc"), "refs/gitark/upstream/gitark/upstream/replace/abc");
    }

    #[test]
    fn test_merges_alone_are_left_out() {
        assert!(!is_kept("refs/pull/7/merge"));
        assert!(is_kept("refs/pull/7/head") && is_kept("refs/heads/pull/7/merge") && is_kept("refs/reviewable/x"));
    }

    #[test]
    fn hostile_names_are_told_from_odd_ones() {
        for name in ["refs/heads/ünïcode/🦀", "refs/heads/a.b", "refs/heads/-dash", "refs/heads/quote\"s"] {
            assert!(is_valid(name), "{name}");
        }
        for name in [
            "refs/heads/../../config",
            "refs/heads/a..b",
            "refs/heads/a\nb",
            "refs/heads/x.lock",
            "HEAD",
            "",
            "refs/heads/a b",
            "refs/heads//b",
            "refs/heads/a/",
        ] {
            assert!(!is_valid(name), "{name}");
        }
    }

    #[test]
    fn a_name_below_another_is_a_conflict() {
        assert_eq!(
            directory_conflict(&refs(&["refs/heads/a", "refs/heads/a-b", "refs/heads/a/b"])),
            Some(("refs/heads/a", "refs/heads/a/b"))
        );
        assert_eq!(directory_conflict(&refs(&["refs/heads/a", "refs/heads/ab/c"])), None);
    }
}
