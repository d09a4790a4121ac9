//! The command line of `gitark backup`.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use crate::{
    arguments::{
        Filters, GitHubAccess, LargeFiles, Looks, Notifications, Sources, Writing, parse_duration, parse_size,
    },
    place::Place,
    settings::Jobs,
};

/// Back up accounts and repositories into a vault.
///
/// The token is read from --token-file or --token-from, else GITHUB_TOKEN, else GH_TOKEN, else from the command gh. Public repositories
/// need none.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark backup octocat --to ./vault           all public repositories\n  \
    gitark backup octocat/hello --to ./vault     one repository\n  \
    GITHUB_TOKEN=… gitark backup --to ./vault    all that the owner can reach\n  \
    gitark backup octocat/hello --to ./vault --refetch    repair what is damaged\n  \
    gitark backup --job nightly                  a job of ./gitark.toml")]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// The vault: a directory (made when it is not there), s3://BUCKET/PREFIX, gs://… or az://…; may be given again
    #[arg(long = "to", visible_alias = "vault", value_name = "VAULT", env = "GITARK_VAULT", required = true)]
    pub(crate) to: Vec<Place>,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
    #[command(flatten)]
    pub(crate) looks: Looks,
    #[command(flatten)]
    pub(crate) large_files: LargeFiles,
    /// Begin nothing new after so long, e.g. 14m; exit code 3 says that something is left
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) deadline: Option<Duration>,
    /// Stop what is under way after so long: it is done by the next run, or needs a larger worker when it had most of
    /// the time
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) stop_after: Option<Duration>,
    /// Leave repositories that are new in the vault and larger than this (as GitHub counts it) to a larger worker
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) max_first_fetch: Option<u64>,
    /// Warn, with exit code 3, when less than this share of a listing's repositories or of a repository's references
    /// is left since the last run; 0 never
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) shrink_warning: u8,
    /// Have GitHub's zip archives of today too: the files of each default branch, below archives/YYYY-MM-DD in the vault
    #[arg(long)]
    pub(crate) archives: bool,
    /// Another folder of the vault for them than archives; "" for the vault itself
    #[arg(long, value_name = "FOLDER", default_value = "archives", value_parser = parse_archive_prefix)]
    pub(crate) archive_prefix: String,
    /// Fetch everything again and replace what is damaged
    #[arg(long)]
    pub(crate) refetch: bool,
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
    pub(crate) writing: Writing,
    /// Write the report (JSON) to this file too
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Print the report (JSON) on stdout
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) notifications: Notifications,
}

/// Reads a folder for archives: it must be none in which something else is kept.
fn parse_archive_prefix(text: &str) -> Result<String, String> {
    let folder = text.trim_matches('/');
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte);
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_plain);
    if !folder.is_empty() && !folder.split('/').all(is_part) {
        return Err("a folder of letters, digits, - _ . and = is expected".into());
    }
    // Hosts have a dot.
    let first = folder.split('/').next().unwrap_or_default();
    match first {
        "runs" | "cache" | "vault.json" => Err(format!("{first} is the vault's own")),
        first if first.contains('.') => Err("a first part without a dot is expected: hosts have one".into()),
        _ => Ok(folder.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_archive_prefix;

    #[test]
    fn archives_are_where_nothing_else_is() {
        for (text, folder) in [("archives", "archives"), ("/a/b.c/", "a/b.c"), ("", ""), ("/", ""), ("zip=1", "zip=1")]
        {
            assert_eq!(parse_archive_prefix(text).as_deref(), Ok(folder), "{text}");
        }
        for bad in ["runs", "cache/x", "github.com", "a/../b", "a//b", "a b", "~a", "vault.json"] {
            assert!(parse_archive_prefix(bad).is_err(), "{bad}");
        }
    }
}
