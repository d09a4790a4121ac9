//! The command as a user meets it: exit codes, what is said, and that nothing stored before is ever lost.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests")]

mod support;

mod bucket;
mod compact;
mod copy;
mod demo;
mod doctor;
mod doctor_of_places;
mod exit_codes;
mod hostile_names;
mod hostile_pack;
mod hostile_refs;
mod import;
mod limits;
mod listing;
#[cfg(target_os = "linux")]
mod mounts;
mod output;
#[cfg(unix)]
mod private;
mod reading;
mod server;
#[cfg(unix)]
mod signals;
mod sources;
mod token;
mod vault_place;
