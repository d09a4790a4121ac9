//! The command line of `gitark backup`.

use std::path::PathBuf;

use clap::Args;
use gitark::github::Source;

use crate::{
    arguments::{GitHubAccess, TempDir, VaultMode},
    place::Place,
};

/// Back up accounts and repositories into a vault.
///
/// The token is read from --token-file, else GITHUB_TOKEN, else GH_TOKEN. Public repositories need none.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark backup octocat --to ./vault                 all public repositories of octocat\n  \
    gitark backup octocat/hello --to ./vault           one repository\n  \
    GITHUB_TOKEN=… gitark backup --to ./vault          all that the token's owner can reach\n  \
    gitark backup octocat/hello --to ./vault --refetch repair what `gitark verify` found damaged")]
pub(crate) struct Backup {
    /// Users, organisations or repositories; all of the token's owner when none is named
    #[arg(value_name = "OWNER|OWNER/REPO")]
    pub(crate) sources: Vec<Source>,
    /// The vault: a directory (made when it is not there), s3://BUCKET/PREFIX, gs://… or az://…
    #[arg(long = "to", visible_alias = "vault", value_name = "VAULT", env = "GITARK_VAULT")]
    pub(crate) to: Place,
    #[command(flatten)]
    pub(crate) github: GitHubAccess,
    /// Repositories at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) concurrency: u16,
    /// Fetch everything again and replace what is damaged
    #[arg(long)]
    pub(crate) refetch: bool,
    /// Leave wikis out
    #[arg(long)]
    pub(crate) no_wikis: bool,
    /// An empty listing is no failure
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Use a store that ignores create-only puts; safe only while no two runs ever overlap
    #[arg(long)]
    pub(crate) allow_overwriting_store: bool,
    #[command(flatten)]
    pub(crate) temporary: TempDir,
    #[command(flatten)]
    pub(crate) mode: VaultMode,
    /// Write the report (JSON) to this file too
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Print the report (JSON) on stdout
    #[arg(long)]
    pub(crate) json: bool,
}
