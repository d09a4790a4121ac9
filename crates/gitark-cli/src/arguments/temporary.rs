//! Where packs wait on this machine.

use std::path::PathBuf;

use clap::Args;

/// Where packs wait on this machine.
#[derive(Args, Clone, Debug)]
pub(crate) struct TempDir {
    /// Where packs wait when the vault is not a disk
    #[arg(long, value_name = "DIR")]
    temp_dir: Option<PathBuf>,
}

impl TempDir {
    /// The directory, else the system's.
    pub(crate) fn directory(&self) -> PathBuf {
        self.temp_dir.clone().unwrap_or_else(std::env::temp_dir)
    }
}
