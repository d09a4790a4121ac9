//! Looking into a vault: what a backup holds, and how two of them differ.

mod diff;
mod show;

pub use diff::{Difference, Side, diff};
pub use show::{Class, Counts, Shown, ShownRef, show};
