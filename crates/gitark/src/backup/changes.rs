//! What changed between the vault and upstream, and what must be kept because upstream no longer names it.

use std::collections::BTreeSet;

use super::{Error, haves::is_pull, report::Work};
use crate::{
    git::{
        ancestry::{Ancestry, ancestry},
        ls_refs::Upstream,
        refs::{self, Head, RefValue},
    },
    vault::{
        log::{Change, How, NamedRef},
        object_reader::ObjectReader,
        state::State,
    },
};

/// Commits that one proof may look at. Those of the new pack cost nothing.
const MAXIMUM_COMMITS: usize = 20_000;

/// The differences between two states of a repository.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) changes: Vec<Change>,
    pub(super) lost: Vec<NamedRef>,
}

/// Compares `upstream` with `base`; `sequence` is the entry that will say so. Without a reader nothing is proven, and
/// every old tip is kept.
///
/// # Errors
/// The store's, while commits are read.
pub(super) async fn changes(
    base: &State,
    upstream: &Upstream,
    sequence: u64,
    mut reader: Option<ObjectReader<'_>>,
) -> Result<Changes, Error> {
    let mut found = Changes::default();
    let names: BTreeSet<&String> = base.live.refs.keys().chain(upstream.refs.keys()).collect();
    for name in names {
        let (old, new) = (base.live.refs.get(name).copied(), upstream.refs.get(name).copied());
        let how = match (old, new) {
            (old, new) if old == new => continue,
            (None, _) => How::Created,
            (Some(_), None) => How::Deleted,
            // What moved is never a matter of ancestry for a tag: the old one is what a release was made from.
            (Some(old), Some(new)) if name.starts_with("refs/tags/") && old.oid != new.oid => How::Forced,
            (Some(old), Some(new)) => match &mut reader {
                Some(reader) => match ancestry(reader, old.oid, new.oid, MAXIMUM_COMMITS).await? {
                    Ancestry::Ancestor => How::FastForward,
                    Ancestry::NotAncestor => How::Forced,
                    Ancestry::Unproven => How::Unproven,
                },
                None => How::Unproven,
            },
        };
        if let (Some(old), How::Forced | How::Unproven | How::Deleted) = (old, how) {
            keep(&mut found.lost, base, refs::lost_name(&sequence.to_string(), name), old);
        }
        found.changes.push(Change { name: name.clone(), old, new, how });
    }
    if let Head::Detached(oid) = base.head
        && upstream.head != base.head
        && !upstream.tips().contains(&oid)
    {
        keep(&mut found.lost, base, refs::lost_name(&sequence.to_string(), "HEAD"), RefValue { oid, peeled: None });
    }
    Ok(found)
}

/// Keeps an old tip, unless it is kept already: a pull request that is pushed to and fro would add one each time.
fn keep(lost: &mut Vec<NamedRef>, base: &State, name: String, value: RefValue) {
    let tail = |name: &str| {
        name.strip_prefix(refs::LOST).and_then(|rest| rest.split_once('/')).map(|(_, tail)| tail.to_owned())
    };
    let wanted = tail(&name);
    let is_kept = base.live.lost.iter().any(|(known, old)| *old == value && tail(known) == wanted);
    if !is_kept {
        lost.push(NamedRef { name, value });
    }
}

impl Changes {
    /// Counts for the report.
    pub(super) fn count(&self, work: &mut Work) {
        work.changed_refs = self.changes.len() as u64;
        work.lost_refs = self.lost.len() as u64;
        for change in &self.changes {
            match change.how {
                How::Forced if is_pull(&change.name) => work.forced_pulls += 1,
                How::Forced => work.forced_refs += 1,
                How::Deleted => work.deleted_refs += 1,
                _ => {}
            }
        }
    }
}
