//! `gitark config`.

mod example;
mod schema;
mod show;

use std::{io::Write as _, path::Path};

use clap::{Args, Subcommand};

use super::Outcome;
use crate::{exit::Exit, output, settings::Tree};

/// Show the settings in force, or what a gitark.toml may hold.
///
/// A flag counts before a variable (--concurrency is GITARK_CONCURRENCY), a variable before gitark.toml, and that
/// before what is built in.
#[derive(Args, Debug)]
pub(crate) struct Config {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Show(show::Show),
    /// Print a JSON Schema of gitark.toml, for editors
    Schema,
    /// Print a gitark.toml to start from
    Example,
}

/// Shows settings; `file` is the one that was named on the command line.
pub(crate) fn run(arguments: Config, file: Option<&Path>) -> Outcome {
    match arguments.what {
        What::Show(arguments) => return show::run(&arguments, file),
        What::Schema => {
            let schema = serde_json::to_string_pretty(&schema::schema(&Tree::new())).map_err(std::io::Error::other)?;
            output::unless_unread(writeln!(std::io::stdout().lock(), "{schema}"))?;
        }
        What::Example => {
            output::unless_unread(write!(std::io::stdout().lock(), "{}", example::example(&Tree::new())))?;
        }
    }
    Ok(Exit::Done)
}
