//! `gitark man`.

use std::{io::Write as _, path::PathBuf};

use clap::Args;
use clap_mangen::{Man, generate_to};

use super::Outcome;
use crate::{
    exit::{Exit, Failure},
    output,
    settings::command_line,
};

/// Write manual pages, one for each command.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark man ~/.local/share/man/man1     then: man gitark-backup\n  \
    gitark man | man -l -                  the first page, at once")]
pub(crate) struct ManualPages {
    /// Where to; the first page goes to stdout when it is not given
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Writes the pages.
pub(crate) fn run(arguments: &ManualPages) -> Outcome {
    match &arguments.directory {
        Some(directory) => {
            let written = std::fs::create_dir_all(directory).and_then(|()| generate_to(command_line(), directory));
            written.map_err(|error| {
                let message = format!("cannot write manual pages to {}: {error}", directory.display());
                Failure::new(Exit::Failed, message)
            })?;
        }
        None => {
            let mut page = Vec::new();
            Man::new(command_line()).render(&mut page)?;
            output::unless_unread(std::io::stdout().lock().write_all(&page))?;
        }
    }
    Ok(Exit::Done)
}
