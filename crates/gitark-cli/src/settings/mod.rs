//! Settings: what flags, variables and `gitark.toml` say, under the same names in all three.
//!
//! All of it is made from clap's own commands, so that a new flag is a setting by itself. What variables and the file
//! set is added to the words of the command line where these do not say it, and clap parses the whole: values are read
//! and refused by the same parsers, wherever they come from. `docs/settings.md` is for users.

mod environment;
mod file;
mod jobs;
mod layer;
#[cfg(test)]
mod random_files;
mod sections;
mod setting;
mod tree;
mod usage_error;
mod value;

use std::{ffi::OsString, path::PathBuf};

use clap::{ArgMatches, FromArgMatches as _, error::ErrorKind};

pub(crate) use environment::{Environment, unknown_variables};
pub(crate) use jobs::{Jobs, SharedReport};
pub(crate) use layer::{Entry, Origin};
pub(crate) use sections::nearest;
pub(crate) use setting::{Form, Setting, Shape};
pub(crate) use tree::{JOB_COMMAND, Tree, command_line};
pub(crate) use usage_error::Stop;
pub(crate) use value::Value;

use self::sections::Sections;
use crate::arguments::{Arguments, Talk};

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// How much the log says.
    pub(crate) talk: Talk,
    /// What to run, one after another; several only where jobs are.
    pub(crate) runs: Vec<Run>,
    /// Why there are several, where nobody named them.
    pub(crate) note: Option<String>,
}

/// A command with its arguments.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) arguments: Arguments,
    /// The job that it is.
    pub(crate) job: Option<String>,
}

/// What is in force for a command line, before it is parsed.
#[derive(Debug)]
pub(crate) struct InForce {
    /// The command.
    pub(crate) path: Vec<String>,
    /// Its settings.
    pub(crate) settings: Vec<Setting>,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
    /// One, or one for each job.
    pub(crate) sets: Vec<Set>,
    /// Nobody named the jobs.
    pub(crate) all_jobs: bool,
}

/// Values that belong together.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) job: Option<String>,
    pub(crate) schedule: Option<String>,
    pub(crate) entries: Vec<Entry>,
    /// The command line with all of them.
    pub(crate) words: Vec<OsString>,
}

/// Reads a command line, the variables and the file.
pub(crate) fn read(words: &[OsString], environment: Environment<'_>) -> Result<Invocation, Stop> {
    let tree = Tree::new();
    let in_force = in_force(words, environment, &tree)?;
    let mut runs = Vec::new();
    for set in &in_force.sets {
        let matches = parse(set, &in_force, &tree)?;
        let arguments = Arguments::from_arg_matches(&matches).map_err(|error| Stop::of_clap(error, words, &tree))?;
        runs.push(Run { arguments, job: set.job.clone() });
    }
    jobs::share_reports(&mut runs);
    // One log for all: it says what any job wants to hear.
    let talk = runs.iter().map(|run| run.arguments.talk).reduce(|mut one, other| {
        one.verbose = one.verbose.max(other.verbose);
        one.quiet &= other.quiet;
        one
    });
    let talk = talk.unwrap_or_default();
    let names: Vec<&str> = in_force.sets.iter().filter_map(|set| set.job.as_deref()).collect();
    let note = match &in_force.file {
        Some(file) if in_force.all_jobs => Some(format!("all jobs of {}: {}", file.display(), names.join(", "))),
        _ => None,
    };
    Ok(Invocation { talk, runs, note })
}

/// The command line for the values of a set. A secret that has all settings of a backup names the vault too.
fn command_of(set: &Set) -> clap::Command {
    match set.entries.iter().any(|entry| entry.id == "secret" && entry.value.is_set()) {
        true => tree::without_vault(command_line()),
        false => command_line(),
    }
}

/// Parses the command line of a set in full.
fn parse(set: &Set, in_force: &InForce, tree: &Tree) -> Result<ArgMatches, Stop> {
    let parsed = command_of(set).try_get_matches_from(&set.words);
    parsed.map_err(|error| Stop::of_settings(error, &set.words, tree, &in_force.settings, &set.entries))
}

/// Whether the values of a set would be taken by the command, as far as they are there.
pub(crate) fn check(set: &Set, in_force: &InForce, tree: &Tree) -> Result<(), Stop> {
    match command_line().try_get_matches_from(&set.words) {
        Err(error) if error.kind() != ErrorKind::MissingRequiredArgument => {
            Err(Stop::of_settings(error, &set.words, tree, &in_force.settings, &set.entries))
        }
        _ => Ok(()),
    }
}

/// Finds out what is in force for a command line.
pub(crate) fn in_force(words: &[OsString], environment: Environment<'_>, tree: &Tree) -> Result<InForce, Stop> {
    let matches = tree::relaxed(command_line()).try_get_matches_from(words).map_err(|error| {
        // The same error of the strict command line shows what is required.
        let strict = command_line().try_get_matches_from(words).err().filter(|strict| strict.kind() == error.kind());
        Stop::of_clap(strict.unwrap_or(error), words, tree)
    })?;
    let (mut path, mut own) = (Vec::new(), &matches);
    while let Some((name, below)) = own.subcommand() {
        path.push(name.to_owned());
        own = below;
    }
    let name = path.first().cloned().unwrap_or_default();
    if !tree.has_settings(&name) {
        let set = Set { job: None, schedule: None, entries: Vec::new(), words: words.to_vec() };
        return Ok(InForce { path, settings: Vec::new(), file: None, sets: vec![set], all_jobs: false });
    }
    let command = tree.command(&path);
    let settings = Setting::of_command(command);
    let flags = layer::of_flags(&settings, own);
    let variables = environment::layer(&settings, environment)?;

    let file = file::find(named_file(&flags, &variables), environment)?;
    let sections = file.as_ref().map(|file| Sections::of(file, tree)).transpose()?;
    let chosen = jobs::choose(&settings, &[&flags, &variables], file.as_ref(), sections.as_ref())?;
    let mut sets = Vec::new();
    for job in chosen.jobs {
        let of_file = sections.as_ref().map(|sections| sections.layers(&name, &settings, job));
        let layers = [flags.clone(), variables.clone()].into_iter().chain(of_file.into_iter().flatten()).collect();
        let entries = layer::in_force(command, layers);
        sections::one_of_many(&settings, &entries, &name)?;
        sets.push(Set {
            job: job.map(|job| job.name.clone()),
            schedule: job.and_then(|job| job.schedule.clone()),
            words: completed(words, &settings, &entries, command),
            entries,
        });
    }
    Ok(InForce { path, settings, file: file.map(|file| file.path), sets, all_jobs: chosen.is_all })
}

/// The file that `--config` or `GITARK_CONFIG` names.
fn named_file(flags: &[Entry], variables: &[Entry]) -> Option<PathBuf> {
    let named = flags.iter().chain(variables).find(|entry| entry.id == "config")?;
    match &named.value {
        Value::Words(words) => words.first().map(PathBuf::from),
        _ => None,
    }
}

/// The words of the command line with what is set elsewhere: flags before a `--`, a list at the end.
fn completed(words: &[OsString], settings: &[Setting], entries: &[Entry], command: &clap::Command) -> Vec<OsString> {
    let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let (before, after) = words.split_at(end);
    let mut all = before.to_vec();
    let mut list = Vec::new();
    for entry in entries.iter().filter(|entry| entry.origin != Origin::Flag) {
        let Some(setting) = settings.iter().find(|one| one.id == entry.id) else { continue };
        let arguments = entry.value.to_arguments(setting);
        if setting.is_positional { list.extend(arguments) } else { all.extend(arguments) }
    }
    all.extend_from_slice(after);
    let places = command.get_positionals().count();
    let given = entries.iter().filter(|entry| entry.origin == Origin::Flag);
    let given = given.filter(|entry| command.get_positionals().any(|arg| *arg.get_id() == entry.id)).count();
    // A list comes last: without what comes before it on the command line its words would be taken for that.
    if !list.is_empty() && given + 1 == places {
        if after.is_empty() {
            all.push("--".into());
        }
        all.extend(list);
    }
    all
}
