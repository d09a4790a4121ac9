//! What the log says is in a bare repository: the fold of its entries.

use gix_hash::ObjectId;
use jiff::Timestamp;

use super::{
    Error, RunId,
    log::{Checkpoint, Entry, Identity},
};
use crate::git::refs::{self, Head, PARKED, RefValue, Refs};

/// The state of a bare repository after one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The entry's number.
    pub sequence: u64,
    /// SHA-256 of its first line.
    pub entry_sha256: String,
    /// The newest checkpoint at or before it.
    pub checkpoint: u64,
    /// Which repository, under its newest name.
    pub repository: Identity,
    /// The server's clock at the backup.
    pub observed: Timestamp,
    /// Whether the backup stopped half way.
    pub partial: bool,
    /// What `HEAD` said.
    pub head: Head,
    /// [`refs::digest`] of `live.refs` and `head`.
    pub refs_digest: String,
    /// The name of the state object of a `.meta.git`.
    pub metadata_state: Option<String>,
    /// References, lost references, packs.
    pub live: Checkpoint,
    /// Bytes of the newest checkpoint's entry.
    checkpoint_bytes: u64,
    /// Bytes and number of the entries since.
    since_bytes: u64,
    since_entries: u64,
}

/// A checkpoint is written after this many entries at the latest.
const CHECKPOINT_ENTRIES: u64 = 32;
/// Entries below this many bytes are not worth a checkpoint, however small the last one was.
const CHECKPOINT_BYTES: u64 = 64 << 10;

impl State {
    /// The state after `entry`, whose bytes have this digest and length, on top of the state `before`.
    ///
    /// # Errors
    /// [`Error::Damaged`] when the entry does not follow from what is before it.
    pub fn advance(
        before: Option<State>,
        key: &str,
        entry: &Entry,
        entry_sha256: String,
        entry_bytes: u64,
    ) -> Result<State, Error> {
        let since = before.as_ref().map(|before| {
            (before.checkpoint, before.checkpoint_bytes, before.since_bytes + entry_bytes, before.since_entries + 1)
        });
        let live = match (&entry.checkpoint, before) {
            (Some(checkpoint), _) => checkpoint.clone(),
            (None, Some(before)) => apply(before.live, entry),
            (None, None) => return Err(Error::damaged(key, "no checkpoint comes before it")),
        };
        if refs::digest(&live.refs, &entry.head) != entry.refs_digest {
            return Err(Error::damaged(key, "its references do not match their digest"));
        }
        let (checkpoint, checkpoint_bytes, since_bytes, since_entries) = match (&entry.checkpoint, since) {
            (None, Some(since)) => since,
            _ => (entry.sequence, entry_bytes, 0, 0),
        };
        Ok(State {
            sequence: entry.sequence,
            entry_sha256,
            checkpoint,
            repository: entry.repository.clone(),
            observed: entry.observed,
            partial: entry.partial,
            head: entry.head.clone(),
            refs_digest: entry.refs_digest.clone(),
            metadata_state: entry.metadata_state.clone(),
            live,
            checkpoint_bytes,
            since_bytes,
            since_entries,
        })
    }

    /// Whether the next entry should hold a checkpoint.
    pub fn wants_checkpoint(&self) -> bool {
        self.since_entries + 1 >= CHECKPOINT_ENTRIES || self.since_bytes >= self.checkpoint_bytes.max(CHECKPOINT_BYTES)
    }

    /// Whether any pack is known to be damaged.
    pub fn is_damaged(&self) -> bool {
        !self.live.damaged_packs.is_empty()
    }

    /// Whether a pack was given up by a repair, or replaced by `compact`.
    pub(crate) fn is_superseded(&self, pack: &ObjectId) -> bool {
        self.live.given_up.contains(pack) || self.live.replaced.iter().any(|replaced| replaced.id == *pack)
    }

    /// An entry of `run` on top of this one that changes nothing yet.
    pub(crate) fn note(&self, run: &RunId) -> Entry {
        Entry {
            partial: self.partial,
            head: self.head.clone(),
            refs_digest: self.refs_digest.clone(),
            parked: self.live.refs.keys().filter(|name| name.starts_with(PARKED)).cloned().collect(),
            metadata_state: self.metadata_state.clone(),
            ..Entry::after(run, &self.repository, Some(self), self.observed)
        }
    }

    /// Every reference that plain git sees: upstream's, and the lost ones.
    pub fn published_refs(&self) -> Refs {
        self.live.refs.iter().chain(&self.live.lost).map(|(name, value)| (name.clone(), *value)).collect()
    }

    /// Every value that a reference of the vault has.
    pub fn tips(&self) -> impl Iterator<Item = &RefValue> {
        self.live.refs.values().chain(self.live.lost.values())
    }
}

/// What is live after `entry`, which has no checkpoint of its own.
pub(crate) fn apply(before: Checkpoint, entry: &Entry) -> Checkpoint {
    let mut live = before;
    for change in &entry.changes {
        match change.new {
            Some(value) => live.refs.insert(change.name.clone(), value),
            None => live.refs.remove(&change.name),
        };
    }
    live.lost.extend(entry.lost.iter().map(|lost| (lost.name.clone(), lost.value)));
    for pack in &entry.packs {
        if !live.packs.iter().any(|known| known.id == pack.id) {
            live.packs.push(pack.clone());
        }
        live.given_up.retain(|id| *id != pack.id);
        live.replaced.retain(|replaced| replaced.id != pack.id);
    }
    entry.lfs.apply(&mut live);
    if let Some(repair) = &entry.repair {
        live.damaged_packs.retain(|pack| !repair.repaired_packs.contains(pack));
        for pack in &repair.damaged_packs {
            if !live.damaged_packs.contains(pack) {
                live.damaged_packs.push(*pack);
            }
        }
    }
    live
}
