//! The backup: list what there is, then bring each bare repository of the vault up to date.
//!
//! [`list`] asks GitHub and writes nothing; [`run`] does the rest. `one` is one repository of a run, with its wiki,
//! `around` what is around it, and an account.
//! `sync` is one bare repository, from two small reads to the commit; `fetch_new` gets what is missing and proves it
//! whole; `refetch` repairs what was damaged.

pub mod archives;
mod around;
mod changes;
mod error;
mod failure;
mod fetch_new;
pub mod fleet;
mod haves;
mod job;
mod lfs;
mod listing;
pub mod metadata;
mod one;
mod pace;
mod plan;
mod refetch;
pub mod report;
mod run;
pub mod selection;
mod sync;

pub use error::{Error, Reason};
pub use listing::{Check, ListOptions, Listing, list};
pub use plan::{Calls, Plan, Planned, plan};
pub use run::{Options, run, run_all};
pub use selection::Selection;
