//! The backup: list what there is, then bring each bare repository of the vault up to date.
//!
//! [`list`] asks GitHub and writes nothing; [`run`] does the rest. `sync` is one bare repository, from two small reads
//! to the commit; `fetch_new` gets what is missing and proves it whole; `refetch` repairs what was damaged.

mod changes;
mod error;
mod fetch_new;
mod haves;
mod job;
mod refetch;
pub mod report;
mod run;
mod sync;

pub use error::{Error, Reason};
pub use run::{Listing, Options, list, run};
