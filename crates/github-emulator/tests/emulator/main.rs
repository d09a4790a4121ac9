//! The emulator as its clients see it.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test stops at what it does not expect, or says that it skips"
)]

mod api;
mod app;
mod archive;
mod attachment;
mod attributes;
mod client;
mod fault;
mod gist;
mod git;
mod graphql;
mod history;
mod lfs;
mod limits;
mod membership;
mod record;
mod release;
mod settings;
mod shape;
mod star;
mod token;
mod tracker;
