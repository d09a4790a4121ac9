//! What changed between the vault and upstream, and what must be kept because upstream no longer names it.

use std::collections::{BTreeSet, HashSet};

use gix_hash::ObjectId;

use super::{Error, haves::is_pull, report::Work};
use crate::{
    git::{
        ancestry::{Ancestry, ancestry},
        ls_refs::Upstream,
        refs::{self, Head, RefValue},
    },
    vault::{
        self,
        log::{Change, How, NamedRef},
        object_reader::ObjectReader,
        state::State,
    },
};

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
    let mut kept = Kept::of(base);
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
                Some(reader) => match ancestry(reader, old.oid, new.oid).await {
                    Ok(Ancestry::Ancestor) => How::FastForward,
                    Ok(Ancestry::NotAncestor) => How::Forced,
                    // Damage is for `verify` to name; here it only means that nothing is proven.
                    Ok(Ancestry::Unproven) | Err(vault::Error::Damaged(_)) => How::Unproven,
                    Err(error) => return Err(error.into()),
                },
                None => How::Unproven,
            },
        };
        if let (Some(old), How::Forced | How::Unproven | How::Deleted) = (old, how) {
            found.lost.extend(kept.keep(sequence, name, old));
        }
        found.changes.push(Change { name: name.clone(), old, new, how });
    }
    if let Head::Detached(oid) = base.head
        && upstream.head != base.head
        && !upstream.tips().contains(&oid)
    {
        found.lost.extend(kept.keep_head(sequence, oid));
    }
    Ok(found)
}

/// The old tips that are kept already: a pull request that is pushed to and fro would add one each time.
struct Kept(HashSet<(String, ObjectId)>);

impl Kept {
    fn of(base: &State) -> Self {
        let without_number = |name: &str| {
            let rest = name.strip_prefix(refs::LOST)?;
            Some(rest.split_once('/').map_or(rest, |(_, tail)| tail).to_owned())
        };
        let kept = base.live.lost.iter().filter_map(|(name, value)| Some((without_number(name)?, value.oid)));
        Self(kept.collect())
    }

    /// What to keep of the old `value` of `name`, if it is not kept yet.
    fn keep(&mut self, sequence: u64, name: &str, value: RefValue) -> Option<NamedRef> {
        let upstream = refs::upstream_name(name);
        let tail = upstream.strip_prefix("refs/").unwrap_or(&upstream).to_owned();
        let is_new = self.0.insert((tail, value.oid));
        is_new.then(|| NamedRef { name: refs::lost_name(&sequence.to_string(), name), value })
    }

    /// What to keep of a detached `HEAD`, if no other lost reference names the commit.
    fn keep_head(&mut self, sequence: u64, oid: ObjectId) -> Option<NamedRef> {
        let is_kept = self.0.iter().any(|(_, kept)| *kept == oid);
        (!is_kept).then(|| NamedRef { name: refs::lost_head_name(sequence), value: RefValue { oid, peeled: None } })
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
