//! What is wrong with a command line or the settings, in one line and with hints.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{
    layer::{Entry, Origin},
    setting::Setting,
    tree::Tree,
};
use crate::{
    exit::{Exit, Failure},
    terminal,
};

/// How much of a line is shown.
const MOST_CHARACTERS: usize = 400;

/// Why no command is run.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Help or the version was asked for.
    Shown(Box<clap::Error>),
    /// Something is wrong.
    Refused {
        /// What, in one line.
        line: String,
        /// What to do, each in a line.
        hints: Vec<String>,
    },
}

impl From<String> for Stop {
    fn from(line: String) -> Self {
        Stop::Refused { line: one_line(&line), hints: Vec::new() }
    }
}

impl Stop {
    /// Tells it: help on stdout, else on stderr.
    pub(crate) fn tell(&self) -> Exit {
        match self {
            Stop::Shown(error) => {
                // A reader of the help that went away is no failure.
                let _ = error.print();
                if error.exit_code() == 0 { Exit::Done } else { Exit::Usage }
            }
            Stop::Refused { line, hints } => {
                terminal::refused(&Failure::new(Exit::Usage, line), hints);
                Exit::Usage
            }
        }
    }

    /// From clap's own error on the words of a command line.
    pub(crate) fn of_clap(error: clap::Error, words: &[OsString], tree: &Tree) -> Self {
        let path = [vec!["gitark".to_owned()], tree.path(words)].concat().join(" ");
        match error.kind() {
            ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return Stop::Shown(Box::new(error)),
            ErrorKind::MissingRequiredArgument if lacks_vault(&error) => {
                return Stop::Refused {
                    line: "no vault is given".into(),
                    hints: vec![
                        format!("name it: {path} {} ./vault", vault_flag(&error)),
                        "or set GITARK_VAULT, or vault in gitark.toml (`gitark config example`)".into(),
                    ],
                };
            }
            _ => {}
        }
        let text = error.render().to_string();
        let mut paragraphs = text.split("\n\n");
        let first = paragraphs.next().unwrap_or_default();
        let first = first.strip_prefix("error: ").unwrap_or(first);
        let line = first.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        let tips = paragraphs.flat_map(str::lines).map(str::trim).filter(|line| line.starts_with("tip: "));
        let mut hints: Vec<String> = tips.map(gitark::cause::printable).collect();
        hints.push(format!("for help: {path} --help"));
        Stop::Refused { line: one_line(&line), hints }
    }

    /// From clap's error on a command line to which values from elsewhere were added: it names where they are from.
    pub(super) fn of_settings(
        error: clap::Error,
        words: &[OsString],
        tree: &Tree,
        settings: &[Setting],
        in_force: &[Entry],
    ) -> Self {
        let argument = match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(argument)) => Some(argument.clone()),
            _ => None,
        };
        let setting = argument.and_then(|argument| settings.iter().find(|one| one.shown == argument));
        let entry = setting.and_then(|setting| in_force.iter().find(|entry| entry.id == setting.id));
        match (Self::of_clap(error, words, tree), entry.map(|entry| &entry.origin)) {
            (Stop::Refused { line, hints }, Some(origin @ (Origin::Variable(_) | Origin::File(..)))) => {
                Stop::Refused { line: format!("{origin}: {line}"), hints }
            }
            (stop, _) => stop,
        }
    }
}

/// A line that can be shown, and read: a value may be of any length.
fn one_line(text: &str) -> String {
    let mut line = gitark::cause::printable(text);
    if let Some((end, _)) = line.char_indices().nth(MOST_CHARACTERS) {
        line.truncate(end);
        line.push('…');
    }
    line
}

fn missing(error: &clap::Error) -> impl Iterator<Item = &str> {
    let arguments = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(arguments)) => arguments.as_slice(),
        _ => &[],
    };
    arguments.iter().map(String::as_str)
}

/// Whether only the vault is missing.
fn lacks_vault(error: &clap::Error) -> bool {
    let mut all = missing(error).peekable();
    all.peek().is_some() && all.all(|argument| argument.contains(" <VAULT>"))
}

fn vault_flag(error: &clap::Error) -> &str {
    missing(error).next().and_then(|argument| argument.split(' ').next()).unwrap_or("--vault")
}
