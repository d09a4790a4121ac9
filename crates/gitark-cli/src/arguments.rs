//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use gitark::{
    github::Source,
    vault::{key::Kind, lookup::At},
};

use crate::place::Place;

/// Back up GitHub into plain git repositories, keep every version, prove it, and give any of it back.
///
/// The vault is a tree of bare git repositories: plain git reads it without gitark.
#[derive(Debug, Parser)]
#[command(name = "gitark", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) talk: Talk,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str =
    "Exit codes: 0 all done · 1 failed · 2 usage · 3 done in part · 4 damage found · 130 interrupted";

/// How much to say.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Talk {
    /// Say more; twice for requests
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say nothing but failures
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Back up accounts and repositories into a vault
    Backup(Backup),
    /// Bring mirrors that you have into a vault, without fetching them again
    Import(Import),
    /// List the repositories of a vault
    List(List),
    /// Show the backups of a repository
    Log(Log),
    /// Prove that a vault holds what its logs say
    Verify(Verify),
    /// Give a repository back as it was
    Restore(Restore),
    /// Copy a vault to another place, or bring such a copy up to date
    Copy(Copy),
    /// Join the many small packs of daily backups into few
    Compact(Compact),
    /// Show it all on small made-up repositories: no token and no network needed
    Demo(Demo),
}

/// Where the vault is.
#[derive(Args, Clone, Debug)]
pub(crate) struct VaultPlace {
    /// The vault: a directory, s3://BUCKET/PREFIX, gs://… or az://…
    #[arg(long, value_name = "VAULT", env = "GITARK_VAULT")]
    pub(crate) vault: Place,
}

/// Who may read what is written to a vault.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct VaultMode {
    /// Permissions of the vault's new files; directories get the matching x
    #[arg(long, value_name = "MODE", default_value = "600", value_parser = parse_mode)]
    pub(crate) vault_mode: u32,
}

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
    /// The API: https://HOST/api/v3 for GitHub Enterprise Server
    #[arg(long, value_name = "URL", default_value = "https://api.github.com", env = "GITHUB_API_URL")]
    pub(crate) api_url: String,
    /// The name of the vault's top folder, instead of the API's host
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// Read the token from this file, whatever the environment says
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
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
    /// Where packs wait when the vault is not a disk
    #[arg(long, value_name = "DIR")]
    pub(crate) temp_dir: Option<PathBuf>,
    /// Give up on a server that is silent for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) stall_timeout: u64,
    /// Tries after a failure that may pass
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) retries: usize,
    #[command(flatten)]
    pub(crate) mode: VaultMode,
    /// Write the report (JSON) to this file too
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Print the report (JSON) on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// Bring mirrors that you have into a vault, without fetching them again.
///
/// Each becomes the first backup of its repository, checked object by object. The next `gitark backup` fetches only
/// what is new. A mirror is only read; let no fetch or gc run in it meanwhile.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark import hello.git --to ./vault             its origin says what it is of\n  \
    gitark import /srv/mirrors/*.git --to ./vault    many, wikis among them\n  \
    gitark import hello.git --to ./vault --id 1296269    gone from GitHub")]
pub(crate) struct Import {
    /// What `git clone --mirror` made
    #[arg(value_name = "DIR", required = true)]
    pub(crate) directories: Vec<PathBuf>,
    /// What DIR is
    #[arg(long, value_enum, value_name = "FORM", default_value_t = ImportFrom::Mirror)]
    pub(crate) from: ImportFrom,
    /// The vault: a directory (made when it is not there), s3://BUCKET/PREFIX, gs://… or az://…
    #[arg(long = "to", visible_alias = "vault", value_name = "VAULT", env = "GITARK_VAULT")]
    pub(crate) to: Place,
    /// Which repository it is (OWNER/REPO.wiki for a wiki), instead of what its origin says
    #[arg(long, value_name = "OWNER/REPO")]
    pub(crate) name: Option<String>,
    /// GitHub's id of the repository; GitHub is not asked then
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) id: Option<u64>,
    /// Whether it is the code or the wiki, instead of what the name says
    #[arg(long, value_enum)]
    pub(crate) kind: Option<ImportKind>,
    /// The API: https://HOST/api/v3 for GitHub Enterprise Server
    #[arg(long, value_name = "URL", default_value = "https://api.github.com", env = "GITHUB_API_URL")]
    pub(crate) api_url: String,
    /// The name of the vault's top folder, instead of the API's host
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// Read the token from this file, whatever the environment says
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Where packs wait when the vault is not a disk
    #[arg(long, value_name = "DIR")]
    pub(crate) temp_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) mode: VaultMode,
    /// Print the report (JSON) on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// What can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFrom {
    Mirror,
}

/// What a mirror is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportKind {
    Code,
    Wiki,
}

impl From<ImportKind> for Kind {
    fn from(kind: ImportKind) -> Self {
        match kind {
            ImportKind::Code => Kind::Code,
            ImportKind::Wiki => Kind::Wiki,
        }
    }
}

/// List the repositories of a vault.
#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) place: VaultPlace,
    /// Print JSON, one object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show the backups of a repository.
#[derive(Args, Debug)]
pub(crate) struct Log {
    /// OWNER/REPO, its newest name or an old one; OWNER/REPO.wiki for the wiki
    #[arg(value_name = "OWNER/REPO")]
    pub(crate) repository: String,
    #[command(flatten)]
    pub(crate) place: VaultPlace,
    /// Show every changed reference
    #[arg(long)]
    pub(crate) refs: bool,
    /// Print the log's entries (JSON), one a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Prove that a vault holds what its logs say.
#[derive(Args, Debug)]
#[command(after_help = "Damage is named with its key, noted in the log, and ends with exit code 4.\n\
    Repair it with: gitark backup OWNER/REPO --to VAULT --refetch")]
pub(crate) struct Verify {
    /// Repositories; all when none is named
    #[arg(value_name = "OWNER/REPO")]
    pub(crate) repositories: Vec<String>,
    #[command(flatten)]
    pub(crate) place: VaultPlace,
    /// Read and decode every byte, and check that every object that is named is there
    #[arg(long)]
    pub(crate) full: bool,
    /// Write nothing: neither note damage in the vault nor mend what can be made from the log
    #[arg(long)]
    pub(crate) read_only: bool,
    #[command(flatten)]
    pub(crate) mode: VaultMode,
    /// Where packs wait when the vault is not a disk
    #[arg(long, value_name = "DIR")]
    pub(crate) temp_dir: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Give a repository back as it was.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark restore octocat/hello hello --vault ./vault                    the newest backup, with its files\n  \
    gitark restore octocat/hello hello --vault ./vault --at 2026-11-21    as it was at the end of that day (UTC)\n  \
    gitark restore octocat/hello hello.git --vault ./vault --bare --at 3  entry 3 of `gitark log`, bare")]
pub(crate) struct Restore {
    /// OWNER/REPO, its newest name or an old one; OWNER/REPO.wiki for the wiki alone
    #[arg(value_name = "OWNER/REPO")]
    pub(crate) repository: String,
    /// Where to; the wiki goes beside it, as DIR.wiki
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    #[command(flatten)]
    pub(crate) place: VaultPlace,
    /// A bare repository, ready to push
    #[arg(long)]
    pub(crate) bare: bool,
    /// Which backup: a number of `gitark log`, a date (its end, UTC), a time, or latest
    #[arg(long, value_name = "NUMBER|DATE|TIME|latest", default_value = "latest")]
    pub(crate) at: At,
    /// Leave the wiki out
    #[arg(long)]
    pub(crate) no_wiki: bool,
    /// Print what was restored (JSON), one object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Copy a vault to another place, or bring such a copy up to date.
///
/// Packs go first, then the log, then what plain git reads. A copy that was stopped goes on where it was.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark copy ./vault s3://backups/github                   all of it\n  \
    gitark copy s3://backups/github /mnt/disk octocat/hello   one repository")]
pub(crate) struct Copy {
    /// The vault to copy
    #[arg(value_name = "FROM")]
    pub(crate) from: Place,
    /// An empty place, or an older copy
    #[arg(value_name = "TO")]
    pub(crate) to: Place,
    /// Repositories; all and the reports of runs when none is named
    #[arg(value_name = "OWNER/REPO")]
    pub(crate) repositories: Vec<String>,
    /// Repositories at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) concurrency: u16,
    /// Where packs wait when TO is not a disk
    #[arg(long, value_name = "DIR")]
    pub(crate) temp_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) mode: VaultMode,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Join the many small packs of daily backups into few.
///
/// The joined pack is checked and in the log before any old one goes. Nothing that was backed up is lost.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark compact --vault ./vault                       where it is worth it\n  \
    gitark compact --vault ./vault octocat/hello --all   into a single pack\n  \
    gitark compact --vault s3://backups --no-delete      may not delete")]
pub(crate) struct Compact {
    /// Repositories; all when none is named
    #[arg(value_name = "OWNER/REPO")]
    pub(crate) repositories: Vec<String>,
    #[command(flatten)]
    pub(crate) place: VaultPlace,
    /// Join large packs too, into a single one
    #[arg(long)]
    pub(crate) all: bool,
    /// How long replaced packs stay for those who may be reading them, e.g. 30m or 7d; 0s deletes at once
    #[arg(long, value_name = "TIME", default_value = "24h", allow_hyphen_values = true, value_parser = parse_duration)]
    pub(crate) grace: jiff::SignedDuration,
    /// Delete nothing; print the keys that may be deleted, one a line
    #[arg(long)]
    pub(crate) no_delete: bool,
    #[command(flatten)]
    pub(crate) mode: VaultMode,
    /// Where packs are joined when the vault is not a disk
    #[arg(long, value_name = "DIR")]
    pub(crate) temp_dir: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Show it all on small made-up repositories: no token and no network needed.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Where the demo's vault goes; must not exist
    #[arg(long, value_name = "VAULT", default_value = "./demo-vault")]
    pub(crate) vault: PathBuf,
}

fn parse_mode(text: &str) -> Result<u32, String> {
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode & 0o600 == 0o600 && mode & !0o666 == 0 => Ok(mode),
        _ => Err("an octal mode with at least 600 and no x is expected, e.g. 640".into()),
    }
}

fn parse_duration(text: &str) -> Result<jiff::SignedDuration, String> {
    let span = text.parse::<jiff::Span>().ok();
    match span.and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()) {
        Some(duration) if !duration.is_negative() => Ok(duration),
        _ => Err("a time such as 30m, 24h, 7d or 0s is expected".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
