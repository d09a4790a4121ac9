//! The command line: the commands, and what several of them share.

mod at;
mod duration;
mod github;
mod large_files;
mod looks;
mod notifications;
mod repository;
mod resources;
mod selection;
mod vault;
mod writing;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use at::AtBackup;
pub(crate) use duration::parse_duration;
pub(crate) use github::GitHubAccess;
pub(crate) use large_files::LargeFiles;
pub(crate) use looks::Looks;
pub(crate) use notifications::Notifications;
pub(crate) use repository::{OneRepository, find};
pub(crate) use resources::Resources;
pub(crate) use selection::{Filters, Sources, parse_size};
pub(crate) use vault::VaultPlace;
pub(crate) use writing::{VaultMode, Writing};

use crate::{
    command, demo, lambda,
    terminal::{Colour, LogFormat},
    version,
};

/// Back up GitHub into plain git repositories, keep every version, prove it, and give any of it back.
///
/// The vault is a tree of bare git repositories: plain git reads it without gitark.
#[derive(Debug, Parser)]
#[command(name = "gitark", version = version::SHORT, long_version = version::long(), arg_required_else_help = true, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) talk: Talk,
    /// Read settings from this file, instead of a gitark.toml that is found
    #[arg(long, global = true, display_order = 902, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str =
    "Exit codes: 0 all done · 1 failed · 2 usage · 3 done in part · 4 damage found · 130 interrupted";

/// How much to say.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Talk {
    /// Say more; twice for requests
    #[arg(short, long, global = true, display_order = 900, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say nothing but failures
    #[arg(short, long, global = true, display_order = 901, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Colours on stderr: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t, hide_possible_values = true)]
    pub(crate) color: Colour,
    /// Form of stderr: text for people, or json, an object a line
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    pub(crate) log_format: LogFormat,
}

// What a command is for stands at its arguments: a comment here would take the place of all that is said there.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Backup(command::backup::Backup),
    Plan(command::plan::Plan),
    Doctor(command::doctor::Doctor),
    Import(command::import::Import),
    List(command::list::List),
    Log(command::log::Log),
    Show(command::show::Show),
    Diff(command::diff::Diff),
    LsFiles(command::ls_files::LsFiles),
    Cat(command::cat::Cat),
    Export(command::export::Export),
    Status(command::status::Status),
    Verify(command::verify::Verify),
    Restore(command::restore::Restore),
    Copy(command::copy::Copy),
    Compact(command::compact::Compact),
    Drill(Box<command::drill::Drill>),
    Sync(Box<command::sync::Sync>),
    Fleet(command::fleet::Fleet),
    Lambda(lambda::Lambda),
    Config(command::config::Config),
    Completions(command::completions::Completions),
    Man(command::man::ManualPages),
    Demo(demo::Demo),
}

#[cfg(test)]
mod examples;

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
