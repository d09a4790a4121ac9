//! The promises of gitark, held against real git on a real disk.
//!
//! One test crate, so that it links once. `docs/semantics.md` names the test of each promise.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a broken fixture should stop the test")]
#![expect(clippy::print_stderr, reason = "a test that skips says so")]

mod accounts;
mod batches;
mod buckets;
mod census;
mod compaction;
mod copies;
mod crash;
mod damage;
#[cfg(unix)]
mod discussions;
mod disks;
mod edges;
mod fast_look;
mod files;
mod fleet;

mod forgetting;
mod format;
mod fuzzed;
mod gist_comments;
mod histories;
mod hostile;
mod import;
mod inspect;

mod lfs;
mod metadata;
mod metadata_safety;
mod names;
mod oracle;
mod probe;
mod read_objects;
mod real;
mod recorded;
mod repack;
mod requests;

mod s3_wire;
mod secrets;
mod status;
mod store_seam;
mod stores;
mod superseded;
mod support;
mod tuesday;

mod wire;
mod writers;
