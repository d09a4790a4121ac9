//! One bare repository of a vault: its log, and the commit protocol.
//!
//! The order is what makes it safe (`docs/format.md`): packs, then the log entry (the commit point), then the views.

use std::collections::HashSet;

use futures::{StreamExt as _, TryStreamExt as _};
use gix_hash::ObjectId;
use jiff::Timestamp;

use super::{
    Created, Damage, Error, Storage, document,
    head::HeadDocument,
    key::{self, Kind},
    log::{Checkpoint, Entry},
    state::State,
    views,
};

/// Log entries that are read at once.
const READS_AT_ONCE: usize = 8;
/// The most entries that can be missing in a row.
const LARGEST_GAP: u64 = 1000;
/// How often the views are written again because another run committed meanwhile.
const PUBLISH_TRIES: usize = 16;

/// A bare repository in a vault, which may not exist yet.
#[derive(Clone, Debug)]
pub struct BareRepository {
    storage: Storage,
    bare: String,
    kind: Kind,
}

/// What two small reads tell of a bare repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// What the views show, unless `head.json` is missing or damaged.
    pub head: Option<HeadDocument>,
    /// Whether the views are known to show the newest entry.
    pub is_current: bool,
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Commit {
    /// The entry is in the log.
    Done(Box<State>),
    /// Another run wrote this entry first: look at upstream again and start over.
    Superseded,
}

/// What can be read of a log in which entries may be damaged.
#[derive(Clone, Debug, Default)]
pub struct Salvage {
    /// The newest readable entry's state, without the damaged ones between.
    pub state: Option<State>,
    /// The number of the newest entry, readable or not.
    pub newest: u64,
    /// SHA-256 of the newest entry's first line, when it can be read.
    pub newest_sha256: Option<String>,
    /// The entries that cannot be read or are missing, and were not already stood for by a later entry.
    pub damaged: Vec<(u64, Damage)>,
    /// Everything that was ever live, as far as it can be read.
    pub ever: Checkpoint,
    /// The newest observed time.
    pub observed: Option<Timestamp>,
    /// The ids of `ever.packs`.
    known_packs: HashSet<ObjectId>,
}

impl Salvage {
    /// Adds what `entry` says was live.
    fn remember(&mut self, entry: &Entry) {
        self.observed = self.observed.max(Some(entry.observed));
        self.ever.lost.extend(entry.lost.iter().map(|lost| (lost.name.clone(), lost.value)));
        let checkpoint = entry.checkpoint.as_ref();
        self.ever
            .lost
            .extend(checkpoint.iter().flat_map(|live| &live.lost).map(|(name, value)| (name.clone(), *value)));
        entry.lfs.apply(&mut self.ever);
        if let Some(live) = checkpoint {
            self.ever.lfs.extend(&live.lfs);
        }
        let packs = entry.packs.iter().chain(checkpoint.iter().flat_map(|live| &live.packs));
        for pack in packs {
            if self.known_packs.insert(pack.id) {
                self.ever.packs.push(pack.clone());
            }
        }
    }
}

impl BareRepository {
    pub(super) fn new(storage: Storage, folder: &str, kind: Kind) -> Self {
        Self { storage, bare: key::bare(folder, kind), kind }
    }

    /// The key of the bare repository, e.g. `github.com/octocat/hello/hello.git`.
    pub fn bare(&self) -> &str {
        &self.bare
    }

    /// Code or wiki.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Where its bytes are.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Reads `head.json` and looks whether a newer entry exists: two small reads.
    ///
    /// # Errors
    /// [`Error::Store`]. Damage to a view is no error here: views are a hint.
    pub async fn tip(&self) -> Result<Tip, Error> {
        let key = key::head(&self.bare);
        let head: Option<HeadDocument> = match self.storage.read(&key).await? {
            Some(bytes) => document::decode(&key, &bytes).ok(),
            None => None,
        };
        let Some(head) = head else {
            return Ok(Tip { head: None, is_current: false });
        };
        let next = self.storage.length(&key::log_entry(&self.bare, head.sequence.saturating_add(1))).await?;
        Ok(Tip { is_current: next.is_none(), head: Some(head) })
    }

    /// The entry with this number and its digest and length, or `None`.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Store`].
    pub async fn entry(&self, sequence: u64) -> Result<Option<(Entry, String, u64)>, Error> {
        let key = key::log_entry(&self.bare, sequence);
        let Some(bytes) = self.storage.read(&key).await? else {
            return Ok(None);
        };
        let (entry, sha256): (Entry, String) = document::decode_with_digest(&key, &bytes)?;
        if entry.sequence != sequence {
            return Err(Error::damaged(key, format!("it says that it is entry {}", entry.sequence)));
        }
        Ok(Some((entry, sha256, bytes.len() as u64)))
    }

    /// The newest state, read from the log; `None` when there is no entry.
    ///
    /// # Errors
    /// [`Error::Damaged`] when an entry since the last checkpoint cannot be used, [`Error::Store`].
    pub async fn load(&self, hint: Option<&HeadDocument>) -> Result<Option<State>, Error> {
        if let Some(head) = hint {
            match self.load_from(head.checkpoint, head.sequence).await {
                Ok(state) if state.as_ref().is_some_and(|state| state.sequence >= head.sequence) => return Ok(state),
                // A hint is a hint: a repair may have a newer checkpoint that needs no entry that is damaged.
                Ok(_) | Err(Error::Damaged(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let state = match self.newest_listed().await? {
            0 => None,
            newest => self.load_from(self.checkpoint_before(newest).await?, newest).await?,
        };
        // `head.json` is written after its entry: an entry that it names was there.
        match hint {
            Some(head) if state.as_ref().is_none_or(|state| state.sequence < head.sequence) => {
                Err(Error::damaged(key::log_entry(&self.bare, head.sequence), "it is missing"))
            }
            _ => Ok(state),
        }
    }

    /// The state that `head` names, without a look at what may have come after it: who commits on top of it finds out.
    ///
    /// # Errors
    /// As [`BareRepository::load`].
    pub async fn load_shown(&self, head: &HeadDocument) -> Result<Option<State>, Error> {
        match self.fold(head.checkpoint, head.sequence).await {
            Err(Error::Damaged(_)) => self.load(Some(head)).await,
            state => state,
        }
    }

    /// Applies the entries from the checkpoint `start` to `known`, and those that came after.
    async fn load_from(&self, start: u64, known: u64) -> Result<Option<State>, Error> {
        let mut state = self.fold(start, known).await?;
        while let Some(next) = state.as_ref().map(|state| state.sequence + 1)
            && let Some((entry, sha256, bytes)) = self.entry(next).await?
        {
            state = Some(self.advance(state, &entry, sha256, bytes)?);
        }
        Ok(state)
    }

    /// The state after entry `sequence`, as it was.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it or an entry back to its checkpoint cannot be used, [`Error::Store`].
    pub async fn state_at(&self, sequence: u64) -> Result<Option<State>, Error> {
        if self.entry(sequence).await?.is_none() {
            return Ok(None);
        }
        let start = self.checkpoint_before(sequence).await?;
        self.fold(start, sequence).await
    }

    /// The numbers of all entries there are, sorted.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn sequences(&self) -> Result<Vec<u64>, Error> {
        let keys = self.storage.list(&key::log(&self.bare)).await?;
        let mut numbers: Vec<u64> = keys.iter().filter_map(|(key, _)| key::number(key)).collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    async fn newest_listed(&self) -> Result<u64, Error> {
        self.newest_plausible(None).await
    }

    /// The newest checkpoint at or before entry `sequence`.
    async fn checkpoint_before(&self, sequence: u64) -> Result<u64, Error> {
        let mut at = sequence;
        while at > 0 {
            match self.entry(at).await? {
                Some((entry, ..)) if entry.checkpoint.is_some() => return Ok(at),
                Some(_) => at -= 1,
                None => return Err(Error::damaged(key::log_entry(&self.bare, at), "it is missing")),
            }
        }
        Err(Error::damaged(key::log_entry(&self.bare, 1), "no checkpoint comes before it"))
    }

    /// Applies the entries `from..=to`, which must all be there.
    async fn fold(&self, from: u64, to: u64) -> Result<Option<State>, Error> {
        let reads = futures::stream::iter(from..=to)
            .map(|sequence| async move { self.entry(sequence).await.map(|found| (sequence, found)) })
            .buffered(READS_AT_ONCE);
        futures::pin_mut!(reads);
        let mut state = None;
        while let Some((sequence, found)) = reads.try_next().await? {
            let Some((entry, sha256, bytes)) = found else {
                return Err(Error::damaged(key::log_entry(&self.bare, sequence), "it is missing"));
            };
            state = Some(self.advance(state, &entry, sha256, bytes)?);
        }
        Ok(state)
    }

    fn advance(&self, before: Option<State>, entry: &Entry, sha256: String, bytes: u64) -> Result<State, Error> {
        let key = key::log_entry(&self.bare, entry.sequence);
        if let Some(before) = &before
            && entry.previous.as_ref() != Some(&before.entry_sha256)
            && entry.repair.as_ref().is_none_or(|repair| repair.damaged_entries.is_empty())
        {
            return Err(Error::damaged(key, "it does not follow the entry before it"));
        }
        if entry.repository.kind != self.kind {
            return Err(Error::damaged(key, "it belongs to another repository"));
        }
        State::advance(before, &key, entry, sha256, bytes)
    }

    /// Reads whatever can be read of the whole log, for a repair and for `verify`.
    ///
    /// # Errors
    /// [`Error::Store`] only.
    pub async fn salvage(&self, head: Option<&HeadDocument>) -> Result<Salvage, Error> {
        let newest = self.newest_plausible(head).await?;
        let mut salvage = Salvage { newest, ..Salvage::default() };
        let mut repaired = HashSet::new();
        let reads = futures::stream::iter(1..=newest)
            .map(|sequence| async move { (sequence, self.entry(sequence).await) })
            .buffered(READS_AT_ONCE);
        futures::pin_mut!(reads);
        while let Some((sequence, read)) = reads.next().await {
            let key = key::log_entry(&self.bare, sequence);
            let problem = match read {
                Ok(Some((entry, sha256, bytes))) => {
                    // Even an entry that cannot be applied tells what was there.
                    salvage.remember(&entry);
                    let before = salvage.state.clone().filter(|state| state.sequence + 1 == sequence);
                    match self.advance(before, &entry, sha256.clone(), bytes) {
                        Ok(state) => {
                            salvage.state = Some(state);
                            salvage.newest_sha256 = (sequence == newest).then_some(sha256);
                            repaired.extend(entry.repair.into_iter().flat_map(|repair| repair.damaged_entries));
                            None
                        }
                        Err(Error::Damaged(damage)) => Some(damage),
                        Err(error) => return Err(error),
                    }
                }
                Ok(None) => Some(Damage { key, problem: "it is missing".into() }),
                Err(Error::Damaged(damage)) => Some(damage),
                Err(error) => return Err(error),
            };
            salvage.damaged.extend(problem.map(|damage| (sequence, damage)));
        }
        salvage.damaged.retain(|(sequence, _)| !repaired.contains(sequence));
        Ok(salvage)
    }

    /// The newest entry's number by the listing and `head.json`. A number far beyond the others is no entry of ours.
    async fn newest_plausible(&self, head: Option<&HeadDocument>) -> Result<u64, Error> {
        let mut numbers = self.sequences().await?;
        numbers.extend(head.map(|head| head.sequence));
        numbers.sort_unstable();
        let near = |newest: u64, number: &u64| number.saturating_sub(newest) <= LARGEST_GAP;
        Ok(numbers.iter().fold(0, |newest, number| if near(newest, number) { *number } else { newest }))
    }

    /// Creates the entry after `before`: the commit point. Its packs must be stored.
    ///
    /// # Errors
    /// [`Error::Store`]; then it is not known whether the entry is there, and the next run finds out.
    pub async fn commit(&self, before: Option<&State>, entry: &Entry) -> Result<Commit, Error> {
        let key = key::log_entry(&self.bare, entry.sequence);
        let (bytes, sha256) = document::encode_with_digest(entry);
        let state = self.advance(before.cloned(), entry, sha256, bytes.len() as u64)?;
        match self.storage.create(&key, bytes).await? {
            Created::New => Ok(Commit::Done(Box::new(state))),
            Created::Exists(_) => Ok(Commit::Superseded),
        }
    }

    /// What `head.json` should say by the log; `None` without a log, or with one that cannot be read.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn newest_head(&self) -> Result<Option<HeadDocument>, Error> {
        match self.load(None).await {
            Ok(state) => Ok(state.map(|state| HeadDocument::new(&state))),
            Err(Error::Damaged(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes the views show the newest entry: `state`, or what other runs committed meanwhile. `shown` is the state
    /// that they are known to show; what is the same in both is not written again.
    ///
    /// `head.json` comes last. Until then it names an older entry, so whoever finds a newer one knows that the views
    /// may be of either.
    ///
    /// # Errors
    /// [`Error::Store`], or [`Error::Contended`] when other runs never stop committing.
    pub async fn publish(&self, state: State, shown: Option<&State>) -> Result<State, Error> {
        let (mut state, mut shown) = (state, shown);
        for _ in 0..PUBLISH_TRIES {
            let before = shown.map(|shown| views::render(shown, &[])).unwrap_or_default();
            for (path, content) in views::render(&state, &self.visible_packs(&state).await?) {
                let key = format!("{}/{path}", self.bare);
                let is_shown = match path {
                    views::INFO_PACKS => shown.is_some_and(|shown| shown.live.packs == state.live.packs),
                    // The owner may have added to it.
                    views::CONFIG_FILE if shown.is_none() => {
                        self.storage.length(&key).await?.is_some_and(|length| length > 0)
                    }
                    _ => before.iter().any(|known| known.0 == path && known.1 == content),
                };
                if !is_shown {
                    self.storage.replace(&key, content.into()).await?;
                }
            }
            self.storage.replace(&key::head(&self.bare), document::encode(&HeadDocument::new(&state))).await?;
            match self.newer_than(&state).await? {
                None => return Ok(state),
                Some(newer) => (state, shown) = (newer, None),
            }
        }
        Err(Error::Contended(self.bare.clone()))
    }

    /// Writes `config` anew when it is missing or lacks a line of ours. What the owner added stays otherwise.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn mend_config(&self) -> Result<(), Error> {
        let key = format!("{}/config", self.bare);
        let found = self.storage.read(&key).await?;
        if found.is_some_and(|found| views::is_config_good(&String::from_utf8_lossy(&found))) {
            return Ok(());
        }
        self.storage.replace(&key, views::CONFIG.into()).await
    }

    /// The newest state after `state`, if there is one.
    pub(super) async fn newer_than(&self, state: &State) -> Result<Option<State>, Error> {
        if self.storage.length(&key::log_entry(&self.bare, state.sequence + 1)).await?.is_none() {
            return Ok(None);
        }
        let mut newest = None;
        let mut next = state.sequence + 1;
        while let Some((entry, sha256, bytes)) = self.entry(next).await? {
            let before = newest.unwrap_or_else(|| state.clone());
            newest = Some(self.advance(Some(before), &entry, sha256, bytes)?);
            next += 1;
        }
        Ok(newest)
    }

    /// The packs to list for git: the live ones, and on a disk every other that git would find there.
    pub async fn visible_packs(&self, state: &State) -> Result<Vec<String>, Error> {
        let mut packs: Vec<String> = state.live.packs.iter().map(|pack| key::pack_file(&pack.id, "pack")).collect();
        if self.storage.root().is_some() {
            let listing = self.list_packs().await?;
            packs.retain(|pack| listing.contains_key(pack));
            for name in listing.keys().filter(|name| name.ends_with(".pack")) {
                let indexed = listing.contains_key(&name.replace(".pack", ".idx"));
                // What was superseded is deleted sooner or later.
                let is_superseded = key::pack_id(name).is_some_and(|id| state.is_superseded(&id));
                if indexed && !is_superseded && !packs.contains(name) {
                    packs.push(name.clone());
                }
            }
        }
        Ok(packs)
    }
}
