//! Which backup is meant.

use clap::Args;
use gitark::vault::lookup::At;

/// Which backup is meant.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct AtBackup {
    /// Which backup: a number of `gitark log`, a date (its end, UTC), a time, or latest
    #[arg(long, value_name = "NUMBER|DATE|TIME|latest", default_value = "latest")]
    pub(crate) at: At,
}
