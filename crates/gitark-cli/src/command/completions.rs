//! `gitark completions`.

use std::io::Write as _;

use clap::Args;
use clap_complete::{Shell, generate};

use super::Outcome;
use crate::{exit::Exit, output, settings::command_line};

/// Print completions for a shell.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark completions bash > ~/.local/share/bash-completion/completions/gitark\n  \
    gitark completions zsh > ~/.zfunc/_gitark      with ~/.zfunc in fpath\n  \
    gitark completions fish > ~/.config/fish/completions/gitark.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints them.
pub(crate) fn run(arguments: &Completions) -> Outcome {
    // In memory first: the generator cannot fail in words.
    let mut script = Vec::new();
    generate(arguments.shell, &mut command_line(), "gitark", &mut script);
    output::unless_unread(std::io::stdout().lock().write_all(&script))?;
    Ok(Exit::Done)
}
