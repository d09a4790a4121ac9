//! The command line of `gitark backup`.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use gitark::backup;

use crate::{
    arguments::{Filters, GitHubAccess, Sources, TempDir, VaultMode, parse_duration},
    place::Place,
};

/// Back up accounts and repositories into a vault.
///
/// The token is read from --token-file, else GITHUB_TOKEN, else GH_TOKEN, else from the command gh. Public repositories
/// need none.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark backup octocat --to ./vault                 all public repositories of octocat\n  \
    gitark backup octocat/hello --to ./vault           one repository\n  \
    GITHUB_TOKEN=… gitark backup --to ./vault          all that the token's owner can reach\n  \
    gitark backup octocat/hello --to ./vault --refetch repair what `gitark verify` found damaged")]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// The vault: a directory (made when it is not there), s3://BUCKET/PREFIX, gs://… or az://…; may be given again
    #[arg(long = "to", visible_alias = "vault", value_name = "VAULT", env = "GITARK_VAULT", required = true)]
    pub(crate) to: Vec<Place>,
    /// Repositories at once, at most: fewer when the server says that it is too much
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) concurrency: u16,
    /// How to look at what may not have changed: by the API, all references of each, or by their number
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Check::Auto)]
    pub(crate) check: Check,
    /// With --check auto, look at each repository in full at least so often
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = parse_duration)]
    pub(crate) full_check_every: Duration,
    /// Begin nothing new after so long, e.g. 14m; exit code 3 says that something is left
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) deadline: Option<Duration>,
    /// Warn, with exit code 3, when less than this share of a listing's repositories or of a repository's references
    /// is left since the last run; 0 never
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) shrink_warning: u8,
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
    pub(crate) filters: Filters,
    #[command(flatten)]
    pub(crate) github: GitHubAccess,
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

/// How to look at what may not have changed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Check {
    /// Fast when there are many, each in full from time to time
    Auto,
    /// By what GitHub's API tells of many at once
    Fast,
    /// All references of each
    Full,
}

impl From<Check> for backup::Check {
    fn from(check: Check) -> Self {
        match check {
            Check::Auto => backup::Check::Auto,
            Check::Fast => backup::Check::Fast,
            Check::Full => backup::Check::Full,
        }
    }
}
