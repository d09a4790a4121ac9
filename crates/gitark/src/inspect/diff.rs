//! What is different between two backups of a repository.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;

use super::revision::packs;
use crate::{
    git::{
        ancestry::{Ancestry, ancestry},
        refs::{Head, RefValue},
    },
    vault::{
        self, BareRepository,
        log::{Change, How, NamedRef},
        lookup::At,
        object_reader::ObjectReader,
        state::State,
    },
};

/// What is different between two backups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where the comparison begins.
    pub from: Side,
    /// Where it ends.
    pub to: Side,
    /// References that are not the same in both, by name.
    pub changes: Vec<Change>,
    /// Old tips that are kept at `to` and were not yet at `from`.
    pub lost: Vec<NamedRef>,
}

/// One of the two backups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// The log's entry.
    pub entry: u64,
    /// The server's clock at that backup.
    pub observed: Timestamp,
    /// `OWNER/REPO` as it was called then.
    pub repository: String,
    /// What `HEAD` said.
    pub head: Head,
}

impl Side {
    fn of(state: &State) -> Self {
        Self {
            entry: state.sequence,
            observed: state.observed,
            repository: state.repository.name.clone(),
            head: state.head.clone(),
        }
    }
}

impl Difference {
    /// Whether nothing is different.
    pub fn is_empty(&self) -> bool {
        let (from, to) = (&self.from, &self.to);
        self.changes.is_empty() && self.lost.is_empty() && (&from.repository, &from.head) == (&to.repository, &to.head)
    }
}

/// Compares `repository` at two backups, in either order of time.
///
/// What the log between the two proves is taken from it; for the rest commits are read, within the bounds of
/// [`ObjectReader`].
///
/// # Errors
/// [`vault::Error::NoSuchBackup`], [`vault::Error::Damaged`] in the log, or the store's failure.
pub async fn diff(repository: &BareRepository, from: At, to: At) -> Result<Difference, vault::Error> {
    let (from, to) = (repository.state_of(from).await?, repository.state_of(to).await?);
    let unproven = unproven_between(repository, &from, &to).await?;
    let newer = if from.sequence > to.sequence { &from } else { &to };
    let (packs, no_commits) = (packs(repository, newer).await?, HashMap::new());
    let mut reader = ObjectReader::new(repository.storage(), repository.bare(), &packs, &no_commits);
    let mut changes = Vec::new();
    let names: BTreeSet<&String> = from.live.refs.keys().chain(to.live.refs.keys()).collect();
    for name in names {
        let (old, new) = (from.live.refs.get(name).copied(), to.live.refs.get(name).copied());
        let how = match (old, new) {
            (old, new) if old == new => continue,
            (None, _) => How::Created,
            (Some(_), None) => How::Deleted,
            // A tag that moved is no longer what a release was made from, whatever it leads to.
            (Some(_), Some(_)) if name.starts_with("refs/tags/") => How::Forced,
            (Some(old), Some(new)) if unproven.contains(name) => prove(&mut reader, old, new).await?,
            (Some(_), Some(_)) => How::FastForward,
        };
        changes.push(Change { name: name.clone(), old, new, how });
    }
    let lost = to.live.lost.iter().filter(|(name, _)| !from.live.lost.contains_key(*name));
    let lost = lost.map(|(name, value)| NamedRef { name: name.clone(), value: *value }).collect();
    Ok(Difference { from: Side::of(&from), to: Side::of(&to), changes, lost })
}

/// The references that are in both states and of which the log does not say that they only went forward.
async fn unproven_between(
    repository: &BareRepository,
    from: &State,
    to: &State,
) -> Result<HashSet<String>, vault::Error> {
    let both = |name: &&String| from.live.refs.contains_key(*name);
    let all = || to.live.refs.keys().filter(both).cloned().collect();
    if from.sequence > to.sequence {
        return Ok(all());
    }
    let mut unproven = HashSet::new();
    for number in from.sequence + 1..=to.sequence {
        match repository.entry(number).await {
            // What was repaired stands for entries that cannot be read.
            Ok(Some((entry, ..))) if entry.repair.as_ref().is_none_or(|repair| repair.damaged_entries.is_empty()) => {
                let changes = entry.changes.into_iter().filter(|change| change.how != How::FastForward);
                unproven.extend(changes.map(|change| change.name));
            }
            Ok(_) | Err(vault::Error::Damaged(_)) => return Ok(all()),
            Err(error) => return Err(error),
        }
    }
    Ok(unproven)
}

async fn prove(reader: &mut ObjectReader<'_>, old: RefValue, new: RefValue) -> Result<How, vault::Error> {
    match ancestry(reader, old.oid, new.oid).await {
        Ok(Ancestry::Ancestor) => Ok(How::FastForward),
        Ok(Ancestry::NotAncestor) => Ok(How::Forced),
        // Damage is for `verify` to name; here it only means that nothing is proven.
        Ok(Ancestry::Unproven) | Err(vault::Error::Damaged(_)) => Ok(How::Unproven),
        Err(error) => Err(error),
    }
}
