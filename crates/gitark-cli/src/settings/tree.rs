//! The commands and their arguments, as clap has them.

use clap::{Arg, Command, CommandFactory as _, builder::Resettable};

use super::setting::Setting;
use crate::{arguments::Arguments, terminal};

/// The command that jobs run, and whose settings stand at the top of the file.
pub(crate) const JOB_COMMAND: &str = "backup";

/// Commands that nobody configures: what they show must not depend on it.
const WITHOUT_SETTINGS: [&str; 5] = ["completions", "config", "demo", "help", "man"];

/// All commands.
#[derive(Debug)]
pub(crate) struct Tree {
    built: Command,
}

impl Tree {
    pub(crate) fn new() -> Self {
        let mut built = Arguments::command();
        built.build();
        Self { built }
    }

    /// The command at the end of this path, the first one for none.
    pub(super) fn command(&self, path: &[String]) -> &Command {
        path.iter().fold(&self.built, |command, name| command.find_subcommand(name).unwrap_or(command))
    }

    /// Whether the command of this name is there and takes settings.
    pub(crate) fn has_settings(&self, name: &str) -> bool {
        self.commands_with_settings().any(|known| known == name)
    }

    /// The commands that take settings.
    pub(crate) fn commands_with_settings(&self) -> impl Iterator<Item = &str> {
        self.built.get_subcommands().map(Command::get_name).filter(|name| !WITHOUT_SETTINGS.contains(name))
    }

    /// The settings of a command.
    pub(crate) fn settings(&self, name: &str) -> Vec<Setting> {
        self.built.find_subcommand(name).map(Setting::of_command).unwrap_or_default()
    }

    /// The command and the ones below it that these words name.
    pub(super) fn path(&self, words: &[std::ffi::OsString]) -> Vec<String> {
        let (mut command, mut path) = (&self.built, Vec::new());
        for word in words.iter().skip(1).filter_map(|word| word.to_str()).take_while(|word| *word != "--") {
            if let Some(next) = command.find_subcommand(word) {
                path.push(next.get_name().to_owned());
                command = next;
            }
        }
        path
    }
}

/// The command line for parsing: variables are read by the settings, and help only names them.
pub(crate) fn command_line() -> Command {
    without_variables(Arguments::command().color(terminal::help_colour()))
}

fn without_variables(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let Some(name) = arg.get_env().map(|name| name.to_string_lossy().into_owned()) else { return arg };
        let note = |help: String| format!("{help} [env: {name}]");
        let (help, long) = (arg.get_help().map(ToString::to_string), arg.get_long_help().map(ToString::to_string));
        let arg = arg.env(Resettable::Reset);
        let arg = match help {
            Some(help) => arg.help(note(help)),
            None => arg,
        };
        match long {
            Some(long) => arg.long_help(note(long)),
            None => arg,
        }
    });
    command.mut_subcommands(without_variables)
}

/// The same where no vault need be named.
pub(super) fn without_vault(command: Command) -> Command {
    let optional = |arg: Arg| if arg.get_id() == "to" { arg.required(false) } else { arg };
    command.mut_args(optional).mut_subcommands(without_vault)
}

/// The same where nothing is required: to see what the command line sets by itself.
pub(super) fn relaxed(command: Command) -> Command {
    let groups: Vec<String> = command.get_groups().map(|group| group.get_id().to_string()).collect();
    let command = command.mut_args(|arg| arg.required(false));
    let command = groups.into_iter().fold(command, |command, id| command.mut_group(id, |group| group.required(false)));
    command.mut_subcommands(|command| relaxed(command).arg_required_else_help(false))
}
