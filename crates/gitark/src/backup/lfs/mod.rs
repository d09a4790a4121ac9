//! The content of LFS pointers, after the packs and before the log entry that names it.
//!
//! What cannot be had is in the log too, with the reason, and the next full look at the repository tries again.

mod transfer;

use std::collections::{BTreeMap, BTreeSet};

use self::transfer::Transfer;
use super::{Error, Reason, job::Job, report::Work};
use crate::{
    git::{
        self,
        lfs::{Absence, Lfs, Oid, Pointer},
        remote::Discovery,
    },
    monitor::count,
    vault::{
        self,
        lfs::{LfsChange, MissingLfs},
        log::Checkpoint,
        repository::Salvage,
    },
};

/// An object to be had.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    pointer: Pointer,
    /// What is there is damaged.
    replace: bool,
    /// Why it was not to be had before.
    before: Option<Absence>,
}

/// Brings what `pointers` of new packs name, and what was missing in `live`. The change is for the log entry that
/// comes next.
///
/// # Errors
/// A failure of the vault, or [`git::Error::Cancelled`]. What the LFS server does is told in `work` and in the change.
pub(super) async fn bring(
    job: &Job<'_>,
    discovery: &Discovery,
    live: &Checkpoint,
    pointers: &BTreeSet<Pointer>,
    work: &mut Work,
) -> Result<LfsChange, Error> {
    let mut wanted = wanted(live, pointers);
    let mut change = LfsChange::default();
    if !job.options.lfs {
        let new = wanted.iter().filter(|wanted| wanted.before.is_none());
        let not_asked = |pointer: Pointer| MissingLfs { size: pointer.size, reason: Absence::NotAsked };
        change.missing = new.map(|wanted| (wanted.pointer.oid, not_asked(wanted.pointer))).collect();
        return Ok(change);
    }
    if wanted.is_empty() {
        return Ok(change);
    }
    let mut found = Outcome::default();
    let there = job.repository.lfs_lengths(wanted.iter().map(|wanted| wanted.pointer.oid)).await?;
    wanted.retain_mut(|wanted| {
        let Pointer { oid, size, .. } = wanted.pointer;
        match there.get(&oid) {
            // A run that was stopped before its log entry left it.
            Some(length) if *length == size && !wanted.replace => {
                found.stored.insert(oid, size);
                false
            }
            Some(_) => {
                wanted.replace = true;
                true
            }
            None => true,
        }
    });
    let limit = job.options.max_lfs_bytes.unwrap_or(u64::MAX);
    let (todo, too_large): (Vec<Wanted>, Vec<Wanted>) =
        wanted.into_iter().partition(|wanted| wanted.pointer.size <= limit);
    for wanted in too_large {
        found.absent(&wanted, Absence::TooLarge, format!("it has {}", crate::monitor::bytes(wanted.pointer.size)));
    }
    let lfs = Lfs::new(&job.remote, discovery);
    Transfer { job, lfs: &lfs }.all(&todo, &mut found).await?;
    Ok(found.tell(job, live, work))
}

/// The same for a repair: every object that was ever stored is read, and what is damaged is asked for again. All that
/// is known of LFS objects afterwards, and the change.
///
/// # Errors
/// As [`bring`].
pub(super) async fn bring_again(
    job: &Job<'_>,
    discovery: &Discovery,
    salvage: &Salvage,
    pointers: &BTreeSet<Pointer>,
    work: &mut Work,
) -> Result<(Checkpoint, LfsChange), Error> {
    let before = salvage.state.as_ref().map(|state| &state.live);
    let all = before.into_iter().flat_map(|live| &live.lfs).chain(&salvage.ever.lfs);
    let all: BTreeMap<Oid, u64> = all.map(|(oid, size)| (*oid, *size)).collect();
    let missing = before.into_iter().flat_map(|live| &live.lfs_missing).chain(&salvage.ever.lfs_missing);
    let mut live =
        Checkpoint { lfs_missing: missing.map(|(oid, missing)| (*oid, *missing)).collect(), ..Checkpoint::default() };
    for (oid, size) in all {
        if job.cancel.is_cancelled() {
            return Err(git::Error::Cancelled.into());
        }
        match job.repository.check_lfs_object(&oid, size).await {
            Ok(()) => {
                live.lfs.insert(oid, size);
                live.lfs_missing.remove(&oid);
            }
            Err(vault::Error::Damaged(damage)) => {
                job.warn(work, format!("damaged: {damage}"));
                live.lfs_missing.insert(oid, MissingLfs { size, reason: Absence::Damaged });
            }
            Err(error) => return Err(error.into()),
        }
    }
    let change = bring(job, discovery, &live, pointers, work).await?;
    change.apply(&mut live);
    Ok((live, change))
}

/// What is missing of `live` and what `pointers` name and `live` does not have, each once.
fn wanted(live: &Checkpoint, pointers: &BTreeSet<Pointer>) -> Vec<Wanted> {
    let missing = live.lfs_missing.iter().map(|(oid, missing)| {
        let pointer = Pointer { oid: *oid, size: missing.size, has_extensions: false };
        Wanted { pointer, replace: missing.reason == Absence::Damaged, before: Some(missing.reason) }
    });
    let new = pointers.iter().filter(|pointer| !live.lfs.contains_key(&pointer.oid));
    let new = new.map(|pointer| Wanted { pointer: *pointer, replace: false, before: None });
    let mut wanted: BTreeMap<(Oid, u64), Wanted> = BTreeMap::new();
    for one in missing.chain(new) {
        wanted.entry((one.pointer.oid, one.pointer.size)).or_insert(one);
    }
    wanted.into_values().collect()
}

/// What became of the objects.
#[derive(Debug, Default)]
struct Outcome {
    stored: BTreeMap<Oid, u64>,
    /// Bytes that came.
    received: u64,
    /// Bytes of those that came whole.
    written: u64,
    absent: BTreeMap<Oid, (u64, Absence)>,
    reasons: BTreeMap<Absence, Seen>,
}

/// What happened for one reason.
#[derive(Debug)]
struct Seen {
    number: u64,
    example: Oid,
    /// What happened to that one.
    text: String,
    /// Whether it happened to one for the first time.
    is_news: bool,
}

impl Outcome {
    fn absent(&mut self, wanted: &Wanted, absence: Absence, text: String) {
        let Pointer { oid, size, .. } = wanted.pointer;
        let seen = self.reasons.entry(absence).or_insert(Seen { number: 0, example: oid, text, is_news: false });
        seen.number += 1;
        seen.is_news |= wanted.before != Some(absence);
        // What is damaged stays so until it is had again.
        let reason = if wanted.before == Some(Absence::Damaged) { Absence::Damaged } else { absence };
        self.absent.insert(oid, (size, reason));
    }

    /// Tells `work`, and makes the change for the log.
    fn tell(mut self, job: &Job<'_>, live: &Checkpoint, work: &mut Work) -> LfsChange {
        self.absent.retain(|oid, _| !self.stored.contains_key(oid));
        for (absence, seen) in &self.reasons {
            let is = if seen.number == 1 { "is" } else { "are" };
            let objects = count(seen.number, "LFS object");
            let text = format!("{objects} {is} {}: {}: {}", absence.words(), seen.example, seen.text);
            match (absence.is_failure() || seen.is_news, absence) {
                (true, _) => job.warn(work, text),
                // What was left out on purpose is told once.
                (false, Absence::TooLarge) => {}
                // What will never come is in the report each time, and said once.
                (false, _) => work.warnings.push(text),
            }
        }
        let tried = self.absent.values().map(|(_, reason)| *reason);
        let is_damaged = tried.clone().any(|reason| reason == Absence::Damaged);
        let reason = if self.reasons.contains_key(&Absence::Quota) {
            Some(Reason::LfsQuota)
        } else {
            self.reasons.keys().any(|reason| reason.is_failure()).then_some(Reason::LfsIncomplete)
        };
        work.lfs_stored = self.stored.len() as u64;
        work.lfs_missing = self.absent.len() as u64;
        work.lfs_reason = if is_damaged { Some(Reason::DamagedVault) } else { reason };
        work.received_bytes = work.received_bytes.saturating_add(self.received);
        work.stored_bytes = work.stored_bytes.saturating_add(self.written);
        // A reason that may be another one tomorrow is no news.
        let is_news = |oid: &Oid, reason: Absence| match live.lfs_missing.get(oid) {
            Some(known) => known.reason != reason && !reason.is_failure(),
            None => true,
        };
        let missing = self.absent.into_iter().filter(|(oid, (_, reason))| is_news(oid, *reason));
        LfsChange {
            missing: missing.map(|(oid, (size, reason))| (oid, MissingLfs { size, reason })).collect(),
            stored: self.stored,
        }
    }
}
