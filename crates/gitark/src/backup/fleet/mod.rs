//! A run that many workers share: [`list`] takes the fast look and says what moved, [`sync`] is one repository of it on
//! any machine, and [`finish`] joins what the workers found into the run's report.
//!
//! All that they share is in the vault, below `runs/…/<run>/` (`docs/format.md`). The lister proves that the store keeps
//! create-only puts; workers find the listing that was written after that proof. What workers learn goes into their
//! results: only the one who joins them writes the cache, which has no room for forty writers.

mod finish;
mod listing;
mod worker;

pub use finish::finish;
pub use listing::{Item, Items, list};
pub use worker::sync;

/// What the lister leaves for the others.
const LISTING: &str = "listing.json";
