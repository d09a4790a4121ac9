//! The command line: the commands, and what several of them share.

mod duration;
mod github;
mod selection;
mod temporary;
mod vault;

use clap::{Args, Parser, Subcommand};

pub(crate) use duration::parse_duration;
pub(crate) use github::GitHubAccess;
pub(crate) use selection::{Filters, Sources};
pub(crate) use temporary::TempDir;
pub(crate) use vault::{VaultMode, VaultPlace};

use crate::{command, demo};

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
    Backup(command::backup::Backup),
    /// Say whether a backup will work, and what to do about what will not
    Doctor(command::doctor::Doctor),
    /// Bring mirrors that you have into a vault, without fetching them again
    Import(command::import::Import),
    /// List the repositories of a vault
    List(command::list::List),
    /// Show the backups of a repository
    Log(command::log::Log),
    /// Prove that a vault holds what its logs say
    Verify(command::verify::Verify),
    /// Give a repository back as it was
    Restore(command::restore::Restore),
    /// Copy a vault to another place, or bring such a copy up to date
    Copy(command::copy::Copy),
    /// Join the many small packs of daily backups into few
    Compact(command::compact::Compact),
    /// Show it all on small made-up repositories: no token and no network needed
    Demo(demo::Demo),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
