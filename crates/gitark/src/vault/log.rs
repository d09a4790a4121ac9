//! The entries of a bare repository's log: the truth about it.

use std::collections::BTreeMap;

use gix_hash::ObjectId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    RunId,
    key::Kind,
    lfs::{LfsChange, MissingLfs},
    state::State,
};
use crate::git::lfs::Oid;
use crate::git::refs::{Head, RefValue, Refs, hex_id};
use crate::identity::RepositoryId;

/// One backup of one bare repository. Creating it is the commit point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Format number.
    pub format: u32,
    /// Place in the log, from 1.
    pub sequence: u64,
    /// SHA-256 of the first line of the entry before; null for the first, and for one that follows a damaged entry.
    pub previous: Option<String>,
    /// Identity of this write: it tells our own lost reply from another writer.
    pub write_id: Uuid,
    /// The run that wrote it.
    pub run_id: String,
    /// Which repository this is, under the name that it had then.
    pub repository: Identity,
    /// The writer's clock.
    pub written: Timestamp,
    /// The server's clock when the references were read; never earlier than the entry before. Of an import, when the
    /// mirror last heard from upstream.
    pub observed: Timestamp,
    /// Set where a backup stopped half way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// Set where the references and objects came from a mirror on a disk.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
    /// What `HEAD` said.
    pub head: Head,
    /// [`crate::git::refs::digest`] of all upstream references after this entry.
    pub refs_digest: String,
    /// What changed since the entry before. Empty in the first entry, where all is new.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Old tips that upstream no longer names, kept from now on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<NamedRef>,
    /// Names in the vault of references that are parked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parked: Vec<String>,
    /// Packs that this backup brought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<PackRecord>,
    /// LFS objects that this backup brought, or could not have.
    #[serde(default, skip_serializing_if = "LfsChange::is_empty")]
    pub lfs: LfsChange,
    /// What was found damaged, or repaired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<Repair>,
    /// Which packs became one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compaction: Option<Compaction>,
    /// Of a `.meta.git`: the name of the [state object](super::metadata::MetadataState) that the next backup goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_state: Option<String>,
    /// Everything that is live after this entry, from time to time, so that a reader need not start at entry 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
}

impl Entry {
    /// An entry of `run` on top of `before`, without changes yet and without references: a first one when there is none.
    /// The time of `observed` never goes back.
    pub(crate) fn after(run: &RunId, repository: &Identity, before: Option<&State>, observed: Timestamp) -> Self {
        Self {
            format: super::FORMAT,
            sequence: before.map_or(1, |state| state.sequence + 1),
            previous: before.map(|state| state.entry_sha256.clone()),
            write_id: Uuid::new_v4(),
            run_id: run.id.clone(),
            repository: repository.clone(),
            written: Timestamp::now(),
            observed: before.map_or(observed, |state| state.observed.max(observed)),
            partial: false,
            imported: false,
            head: Head::default(),
            refs_digest: String::new(),
            changes: Vec::new(),
            lost: Vec::new(),
            parked: Vec::new(),
            packs: Vec::new(),
            lfs: LfsChange::default(),
            repair: None,
            compaction: None,
            metadata_state: None,
            checkpoint: None,
        }
    }
}

impl Identity {
    /// How people know it: `OWNER/REPO`, `OWNER/REPO.wiki`, `OWNER/REPO.meta`, `OWNER/~account`.
    pub fn label(&self) -> String {
        self.kind.label(&self.name)
    }
}

/// The repository that a log belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// GitHub's id.
    pub id: RepositoryId,
    /// `OWNER/REPO` in GitHub's spelling.
    pub name: String,
    /// Code or wiki.
    pub kind: Kind,
}

/// A reference and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedRef {
    /// Full name in the vault.
    pub name: String,
    /// Its value.
    #[serde(flatten)]
    pub value: RefValue,
}

/// One reference that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Full name in the vault.
    pub name: String,
    /// The value before; absent when it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<RefValue>,
    /// The value now; absent when it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<RefValue>,
    /// How it came about.
    pub how: How,
}

/// How a reference changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It is new.
    Created,
    /// The old tip is an ancestor of the new one: nothing was lost.
    FastForward,
    /// The old tip is proven to be no ancestor of the new one: a force-push, or a tag that was moved.
    Forced,
    /// Neither could be proven within bounds; the old tip is kept.
    Unproven,
    /// It is gone upstream; the old tip is kept.
    Deleted,
}

impl How {
    /// In a word, for people.
    pub fn word(self) -> &'static str {
        match self {
            How::Created => "new",
            How::FastForward => "fast-forward",
            How::Forced => "forced",
            How::Unproven => "unproven",
            How::Deleted => "deleted",
        }
    }
}

/// A pack and its index, as they were stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackRecord {
    /// The hash in the names `pack-<id>.pack` and `.idx`.
    #[serde(with = "hex_id")]
    pub id: ObjectId,
    /// Number of objects.
    pub objects: u64,
    /// Length of the `.pack` in bytes.
    pub pack_bytes: u64,
    /// SHA-256 of the `.pack`.
    pub pack_sha256: String,
    /// Length of the `.idx` in bytes.
    pub index_bytes: u64,
    /// SHA-256 of the `.idx`.
    pub index_sha256: String,
}

impl PackRecord {
    /// Bytes of pack and index, as they are told: no sum of such numbers may overflow.
    pub fn bytes(&self) -> u64 {
        self.pack_bytes.saturating_add(self.index_bytes)
    }

    /// Bytes of packs and indexes together.
    pub fn bytes_of(packs: &[Self]) -> u64 {
        packs.iter().map(Self::bytes).fold(0, u64::saturating_add)
    }
}

/// What is known to be damaged, and what no longer is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// Packs found damaged: nothing is built on this repository until they are repaired.
    #[serde(with = "hex_id::list", default, skip_serializing_if = "Vec::is_empty")]
    pub damaged_packs: Vec<ObjectId>,
    /// Entries before this one that cannot be read; this entry's checkpoint stands for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub damaged_entries: Vec<u64>,
    /// Packs that were damaged and are whole again, or are no longer needed.
    #[serde(with = "hex_id::list", default, skip_serializing_if = "Vec::is_empty")]
    pub repaired_packs: Vec<ObjectId>,
}

/// Packs that became one, which is the entry's only pack. Nothing else changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compaction {
    /// The packs whose objects are all in the new one.
    #[serde(with = "hex_id::list")]
    pub replaced: Vec<ObjectId>,
}

/// A pack that is whole and no longer needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedPack {
    /// Its hash.
    #[serde(with = "hex_id")]
    pub id: ObjectId,
    /// The pack that holds all its objects, unless that one was replaced in turn.
    #[serde(with = "hex_id")]
    pub by: ObjectId,
    /// When that one took its place, by the writer's clock.
    pub since: Timestamp,
}

/// The whole state of a bare repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Upstream's references, under their names in the vault.
    pub refs: Refs,
    /// Old tips that upstream no longer names.
    pub lost: Refs,
    /// Live packs, oldest first.
    pub packs: Vec<PackRecord>,
    /// Packs known to be damaged.
    #[serde(with = "hex_id::list", default, skip_serializing_if = "Vec::is_empty")]
    pub damaged_packs: Vec<ObjectId>,
    /// Packs that a repair replaced: no part of the repository, whether their files are deleted yet or not.
    #[serde(with = "hex_id::list", default, skip_serializing_if = "Vec::is_empty")]
    pub given_up: Vec<ObjectId>,
    /// Packs that `compact` replaced: whole, but no part of the repository, whether their files are deleted yet or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<ReplacedPack>,
    /// LFS objects that are stored, with their bytes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lfs: BTreeMap<Oid, u64>,
    /// LFS objects that pointers name and that are not stored.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lfs_missing: BTreeMap<Oid, MissingLfs>,
}
