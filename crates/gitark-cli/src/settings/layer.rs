//! Where values come from, and which of them count.

use std::{fmt, path::PathBuf};

use clap::{ArgMatches, Command, Id, parser::ValueSource};

use super::{
    setting::{Form, Setting},
    value::Value,
};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The command line.
    Flag,
    /// A variable of this name.
    Variable(String),
    /// A line of a file.
    File(PathBuf, usize),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag => f.write_str("flag"),
            Origin::Variable(name) => f.write_str(name),
            Origin::File(path, line) => write!(f, "{}:{line}", path.display()),
        }
    }
}

/// A value, of what, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: Id,
    pub(crate) value: Value,
    pub(crate) origin: Origin,
}

/// What one place sets.
pub(crate) type Layer = Vec<Entry>;

/// What the command line sets.
pub(super) fn of_flags(settings: &[Setting], matches: &ArgMatches) -> Layer {
    let given = settings.iter().filter(|one| matches.value_source(one.id.as_str()) == Some(ValueSource::CommandLine));
    given
        .map(|one| {
            let id = one.id.as_str();
            let words = || matches.get_raw(id).into_iter().flatten().map(ToOwned::to_owned).collect();
            let value = match one.form {
                Form::Switch => Value::Switch(true),
                Form::Count => Value::Count(matches.get_count(id)),
                Form::One { .. } | Form::Many => Value::Words(words()),
            };
            Entry { id: one.id.clone(), value, origin: Origin::Flag }
        })
        .collect()
}

/// What counts of these layers, the most important first.
///
/// A value hides those of the same setting in layers below, and those that cannot stand beside it: `--quiet` on the
/// command line means that `verbose` of the file does not count. What one layer holds against itself is left to clap.
pub(super) fn in_force(command: &Command, layers: Vec<Layer>) -> Vec<Entry> {
    let conflicts = conflicts(command);
    let excludes = |one: &Entry, other: &Entry| {
        let pairs = [(&one.id, &other.id), (&other.id, &one.id)];
        one.value.is_set() && other.value.is_set() && conflicts.iter().any(|(a, b)| pairs.contains(&(a, b)))
    };
    let mut counting: Vec<Entry> = Vec::new();
    for layer in layers {
        let is_hidden = |entry: &Entry| counting.iter().any(|above| above.id == entry.id || excludes(above, entry));
        let added: Vec<Entry> = layer.into_iter().filter(|entry| !is_hidden(entry)).collect();
        counting.extend(added);
    }
    counting
}

/// Pairs of arguments that cannot stand beside each other.
fn conflicts(command: &Command) -> Vec<(Id, Id)> {
    let mut pairs = Vec::new();
    for arg in command.get_arguments() {
        pairs.extend(command.get_arg_conflicts_with(arg).into_iter().map(|other| (arg.get_id(), other.get_id())));
    }
    let mut pairs: Vec<(Id, Id)> = pairs.into_iter().map(|(a, b)| (a.clone(), b.clone())).collect();
    for group in command.get_groups() {
        if !group.clone().is_multiple() {
            let ids: Vec<&Id> = group.get_args().collect();
            let others =
                |one: &Id| ids.iter().filter(move |id| **id != one).map(|id| (*id).clone()).collect::<Vec<_>>();
            pairs.extend(ids.iter().flat_map(|one| others(one).into_iter().map(|other| ((*one).clone(), other))));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction, ArgGroup};

    use super::*;

    fn entry(id: &'static str, there: bool) -> Entry {
        Entry { id: id.into(), value: Value::Switch(there), origin: Origin::Flag }
    }

    #[test]
    fn a_more_important_layer_hides_the_same_and_what_it_excludes() {
        let flag = |id: &'static str| Arg::new(id).long(id).action(ArgAction::SetTrue);
        let mut command = Command::new("gitark")
            .args([flag("quiet").conflicts_with("verbose"), flag("verbose"), flag("fast"), flag("full"), flag("other")])
            .group(ArgGroup::new("check").args(["fast", "full"]));
        command.build();
        let counting = |layers: &[&[(&'static str, bool)]]| {
            let layers = layers.iter().map(|layer| layer.iter().map(|(id, there)| entry(id, *there)).collect());
            let counting = in_force(&command, layers.collect());
            counting.iter().map(|entry| entry.id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(counting(&[&[("quiet", true)], &[("verbose", true), ("other", true)]]), ["quiet", "other"]);
        assert_eq!(counting(&[&[("verbose", true)], &[("quiet", true)]]), ["verbose"]);
        assert_eq!(counting(&[&[("full", true)], &[("fast", true)]]), ["full"]);
        // What is off excludes nothing, but hides what is on below it.
        assert_eq!(counting(&[&[("quiet", false)], &[("quiet", true), ("verbose", true)]]), ["quiet", "verbose"]);
        // A layer against itself is for clap to refuse.
        assert_eq!(counting(&[&[("quiet", true), ("verbose", true)]]).len(), 2);
    }
}
