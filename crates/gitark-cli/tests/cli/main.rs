//! The command as a user meets it: exit codes, what is said, and that nothing stored before is ever lost.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests")]

mod support;

mod accounts;
mod archives;
mod at_once;
mod attached_files;
mod bucket;
mod colour;
mod compact;
mod config;
mod connections;
mod copy;
mod credentials;
mod demo;
mod doctor;
mod doctor_of_places;
mod documents;
mod exit_codes;
mod files;
mod formats;
mod hostile_api;
mod hostile_names;
mod hostile_pack;
mod hostile_refs;
mod hygiene;
mod import;
mod installed;
mod lambda;
mod lfs;
mod limits;
mod listing;
mod log_format;
mod metadata;
mod metadata_export;
#[cfg(target_os = "linux")]
mod mounts;
mod naming_rules;
mod notifications;
mod output;
mod plan;
#[cfg(unix)]
mod private;
mod reading;
mod restore_all;
mod secrets;
mod server;
mod settings;
mod show;
#[cfg(unix)]
mod signals;
mod sources;
mod status;
mod summary;
#[cfg(target_os = "linux")]
mod terminal;
mod token;
mod tour;
mod vault_place;
