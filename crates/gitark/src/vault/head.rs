//! `gitark/head.json`: which entry the views show. A hint that spares reading the log, never the truth.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    log::{Identity, PackRecord},
    state::State,
};

/// The content of `head.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadDocument {
    /// Format number.
    pub format: u32,
    /// The entry that the views show.
    pub sequence: u64,
    /// SHA-256 of that entry's first line.
    pub entry_sha256: String,
    /// The newest checkpoint at or before it.
    pub checkpoint: u64,
    /// Which repository.
    pub repository: Identity,
    /// The server's clock at that backup.
    pub observed: Timestamp,
    /// Digest of upstream's references and `HEAD`: an equal one means that there is nothing to back up.
    pub refs_digest: String,
    /// Number of upstream's references.
    pub refs: u64,
    /// Number of lost references.
    pub lost: u64,
    /// Bytes of live packs and indexes.
    pub pack_bytes: u64,
    /// LFS objects that pointers name and that are not stored.
    #[serde(default, skip_serializing_if = "crate::vault::document::is_zero")]
    pub lfs_missing: u64,
    /// Whether a pack is known to be damaged.
    pub damaged: bool,
    /// Whether that backup stopped half way.
    pub partial: bool,
}

impl HeadDocument {
    /// The document for views of `state`.
    pub fn new(state: &State) -> Self {
        Self {
            format: super::FORMAT,
            sequence: state.sequence,
            entry_sha256: state.entry_sha256.clone(),
            checkpoint: state.checkpoint,
            repository: state.repository.clone(),
            observed: state.observed,
            refs_digest: state.refs_digest.clone(),
            refs: state.live.refs.len() as u64,
            lost: state.live.lost.len() as u64,
            pack_bytes: PackRecord::bytes_of(&state.live.packs),
            lfs_missing: state.live.lfs_missing.len() as u64,
            damaged: state.is_damaged(),
            partial: state.partial,
        }
    }
}
