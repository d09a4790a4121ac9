//! How much an invocation can do: its time, and the disk of the function.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use crate::place::Place;

/// What is kept of the time for the end: reports, the message.
const LONGEST_MARGIN: Duration = Duration::from_secs(120);
/// The part of the free disk that a first pack may have as GitHub counts it: it grows by its index, and what is counted
/// is a little old.
const PART_OF_DISK: f64 = 0.6;
/// Bytes a second that a git server sends to one client, as a rule.
const BYTES_A_SECOND: u64 = 10 << 20;

/// The time of an invocation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Time {
    total: Duration,
}

impl Time {
    /// From now until Lambda ends the invocation.
    pub(super) fn until(end: SystemTime) -> Self {
        Self { total: end.duration_since(SystemTime::now()).unwrap_or_default() }
    }

    /// Where nobody ends it.
    pub(super) fn unlimited() -> Self {
        Self { total: Duration::from_secs(30 * 24 * 3600) }
    }

    fn margin(self) -> Duration {
        (self.total / 10).min(LONGEST_MARGIN)
    }

    /// Nothing is begun after this.
    pub(super) fn to_begin(self) -> Duration {
        self.total.saturating_sub(self.margin())
    }

    /// What is under way is stopped then.
    pub(super) fn to_stop(self) -> Duration {
        self.total.saturating_sub(self.margin() / 2)
    }

    /// What was asked for, and at most `most`.
    pub(super) fn within(asked: Option<Duration>, most: Duration) -> Option<Duration> {
        Some(asked.map_or(most, |asked| asked.min(most)))
    }

    /// The largest repository in KiB that can be fetched whole into `vaults` in this time. Packs wait on the disk of
    /// `temporary`, but in a directory when that is the vault.
    pub(super) fn first_fetch(self, vaults: &[Place], temporary: &Path) -> u64 {
        let in_time = self.to_begin().as_secs().saturating_mul(BYTES_A_SECOND);
        let is_directory = |place: &Place| matches!(place, Place::Directory(_));
        let free = if !vaults.is_empty() && vaults.iter().all(is_directory) { None } else { free_bytes(temporary) };
        let on_disk = free.map_or(u64::MAX, |free| (free as f64 * PART_OF_DISK) as u64);
        in_time.min(on_disk) / 1024
    }
}

#[cfg(unix)]
fn free_bytes(directory: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(directory).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_time_is_kept_for_the_end() {
        let time = |seconds| Time { total: Duration::from_secs(seconds) };
        assert_eq!((time(900).to_begin().as_secs(), time(900).to_stop().as_secs()), (810, 855));
        assert_eq!((time(60).to_begin().as_secs(), time(60).to_stop().as_secs()), (54, 57));
        assert_eq!(time(7200).to_begin().as_secs(), 7080);
        let temporary = std::env::temp_dir();
        let fetch = |seconds, vault: &str| time(seconds).first_fetch(&[vault.parse().expect("a place")], &temporary);
        assert_eq!(fetch(0, "s3://bucket"), 0);
        assert!(fetch(1 << 40, "s3://bucket") < 1 << 40, "the disk counts");
        assert!(fetch(1 << 40, "/mnt/efs") > 1 << 40, "packs wait in the vault");
    }
}
