//! A commit that is stored, and the entry of the log that names it.

use gix_hash::ObjectId;

use crate::{
    git::refs::{self, Head, RefValue, Refs},
    vault::{
        log::{Change, Checkpoint, Entry, How, PackRecord},
        state::{self, State},
    },
};

/// The branch that holds the newest commit.
const BRANCH: &str = "refs/heads/main";

/// What the entry of a commit names.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The commit.
    pub commit: ObjectId,
    /// Its pack; none when no file changed.
    pub pack: Option<PackRecord>,
    /// The name of the state object.
    pub state: String,
}

impl Stored {
    /// Has `entry` name it, which comes after `before`.
    pub fn fill(self, entry: &mut Entry, before: Option<&State>) {
        let old = before.and_then(|state| state.live.refs.get(BRANCH)).copied();
        let new = RefValue { oid: self.commit, peeled: None };
        entry.head = Head::Symbolic(BRANCH.into());
        entry.metadata_state = Some(self.state);
        entry.packs.extend(self.pack);
        let live = Refs::from([(BRANCH.to_owned(), new)]);
        entry.refs_digest = refs::digest(&live, &entry.head);
        let Some(before) = before else {
            entry.checkpoint = Some(Checkpoint { refs: live, packs: entry.packs.clone(), ..Checkpoint::default() });
            return;
        };
        if old != Some(new) {
            let how = if old.is_some() { How::FastForward } else { How::Created };
            entry.changes.push(Change { name: BRANCH.into(), old, new: Some(new), how });
        }
        if before.wants_checkpoint() {
            entry.checkpoint = Some(state::apply(before.live.clone(), entry));
        }
    }
}

impl State {
    /// The newest commit of a `.meta.git`.
    pub fn metadata_commit(&self) -> Option<ObjectId> {
        self.live.refs.get(BRANCH).map(|branch| branch.oid)
    }
}
