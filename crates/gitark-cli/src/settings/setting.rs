//! A setting: an argument of a command, with the names that it has as a variable and in the file.

use std::{any::TypeId, path::PathBuf};

use clap::{Arg, ArgAction, Command, Id, ValueHint};

use crate::place::Place;

/// Arguments that have no meaning in a file: they say what to read from it, or show something and end.
const NOT_IN_FILES: [&str; 4] = ["config", "job", "help", "version"];

/// The heading of flags that say which repositories are meant.
const SOURCES: &str = "Sources";

/// An argument of a command that may also come from the environment or from the file.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// The argument.
    pub(crate) id: Id,
    /// Its name: the long flag, or what the argument is called where it has none.
    pub(crate) name: String,
    /// Other long flags for the same.
    pub(crate) aliases: Vec<String>,
    /// The variables that may hold it; the first one that is not empty counts.
    pub(crate) variables: Vec<String>,
    /// How many values it has.
    pub(crate) form: Form,
    /// What one value is.
    pub(crate) shape: Shape,
    /// Given by its place on the command line, not by a flag.
    pub(crate) is_positional: bool,
    /// May stand in the file.
    pub(crate) is_in_files: bool,
    /// Must not be shown.
    pub(crate) is_secret: bool,
    /// What the help calls its value.
    pub(crate) value_name: String,
    /// One line of help.
    pub(crate) help: String,
    /// What it is when nobody sets it.
    pub(crate) default: Vec<String>,
    /// It says which repositories are meant.
    pub(crate) is_source: bool,
    /// As clap writes it in messages.
    pub(crate) shown: String,
}

/// How many values a setting has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// There or not.
    Switch,
    /// So many times.
    Count,
    /// One value; with `bare` also none.
    One { bare: bool },
    /// Any number of values.
    Many,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A path on this machine.
    Path,
    /// A vault: a directory or a URL.
    Place,
    /// A number.
    Number,
    /// One of these words.
    Choice(Vec<String>),
    /// Whatever the command makes of it.
    Text,
}

impl Setting {
    /// The settings of a command, which must be built: those of its flags, and of a list of arguments without one.
    pub(crate) fn of_command(command: &Command) -> Vec<Self> {
        command.get_arguments().filter_map(Self::of).collect()
    }

    fn of(arg: &Arg) -> Option<Self> {
        let form = Form::of(arg)?;
        let name = match arg.get_long() {
            Some(long) => long.to_owned(),
            // A list such as the sources may be set, OWNER/REPO and DIR of a restore are said each time.
            None if arg.is_positional() && form == Form::Many => kebab(arg.get_id().as_str()),
            None => return None,
        };
        let aliases: Vec<String> = arg.get_all_aliases().unwrap_or_default().into_iter().map(str::to_owned).collect();
        let shape = Shape::of(arg);
        Some(Self {
            id: arg.get_id().clone(),
            variables: variables(arg, &name),
            is_positional: arg.is_positional(),
            is_in_files: !NOT_IN_FILES.contains(&arg.get_id().as_str()),
            is_secret: arg.is_hide_env_values_set() || has_secret_name(&name) && shape == Shape::Text,
            value_name: arg
                .get_value_names()
                .and_then(|names| names.first())
                .map(ToString::to_string)
                .unwrap_or_default(),
            help: arg.get_help().map(ToString::to_string).unwrap_or_default(),
            default: arg.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect(),
            is_source: arg.get_id() == "sources" || arg.get_help_heading() == Some(SOURCES),
            shown: arg.to_string(),
            name,
            aliases,
            form,
            shape,
        })
    }

    /// Its name and what else it may be called.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name).chain(&self.aliases).map(String::as_str)
    }

    /// Whether this is what `name` means, in kebab-case.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.names().any(|own| own == name)
    }

    /// Whether a setting of another command is the same thing: one of its names, and the same kind of value.
    pub(crate) fn is_also(&self, other: &Setting) -> bool {
        let is_flag = |form| matches!(form, Form::Switch | Form::Count);
        let same_form = self.form == other.form || !is_flag(self.form) && !is_flag(other.form);
        same_form
            && self.shape == other.shape
            && self.is_positional == other.is_positional
            && self.names().any(|name| other.is_called(name))
    }
}

impl Form {
    fn of(arg: &Arg) -> Option<Self> {
        Some(match arg.get_action() {
            ArgAction::SetTrue | ArgAction::SetFalse => Form::Switch,
            ArgAction::Count => Form::Count,
            ArgAction::Append => Form::Many,
            ArgAction::Set => Form::One { bare: arg.get_num_args().is_some_and(|count| count.min_values() == 0) },
            _ => return None,
        })
    }
}

impl Shape {
    fn of(arg: &Arg) -> Self {
        let parser = arg.get_value_parser();
        let is = |id: TypeId| parser.type_id() == id;
        let numbers = [
            TypeId::of::<u8>(),
            TypeId::of::<u16>(),
            TypeId::of::<u32>(),
            TypeId::of::<u64>(),
            TypeId::of::<usize>(),
            TypeId::of::<i32>(),
            TypeId::of::<i64>(),
            TypeId::of::<f64>(),
        ];
        if is(TypeId::of::<Place>()) {
            return Shape::Place;
        }
        let hint = arg.get_value_hint();
        let paths = [ValueHint::AnyPath, ValueHint::FilePath, ValueHint::DirPath, ValueHint::ExecutablePath];
        if is(TypeId::of::<PathBuf>()) || paths.contains(&hint) {
            return Shape::Path;
        }
        if numbers.into_iter().any(is) {
            return Shape::Number;
        }
        let choices: Vec<String> = arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
        if choices.is_empty() { Shape::Text } else { Shape::Choice(choices) }
    }
}

/// `snake_case` as `kebab-case`.
pub(crate) fn kebab(name: &str) -> String {
    name.replace('_', "-")
}

fn has_secret_name(name: &str) -> bool {
    ["token", "secret", "password", "passphrase"].iter().any(|word| name.contains(word))
}

/// What the argument says itself, and `GITARK_` with its name.
fn variables(arg: &Arg, name: &str) -> Vec<String> {
    let own = arg.get_env().and_then(|name| name.to_str()).map(str::to_owned);
    let by_name = format!("GITARK_{}", name.replace('-', "_").to_ascii_uppercase());
    match own {
        Some(own) if own == by_name => vec![own],
        Some(own) if own.starts_with("GITARK_") => vec![own, by_name],
        own => std::iter::once(by_name).chain(own).collect(),
    }
}
