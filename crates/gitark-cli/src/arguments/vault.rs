//! Where the vault is.

use clap::Args;

use crate::place::Place;

/// Where the vault is.
#[derive(Args, Clone, Debug)]
pub(crate) struct VaultPlace {
    /// The vault: a directory, s3://BUCKET/PREFIX, gs://… or az://…
    #[arg(long, value_name = "VAULT", env = "GITARK_VAULT")]
    pub(crate) vault: Place,
}
