//! `gitark config show`.

use std::{
    ffi::{OsStr, OsString},
    io::{self, Write},
    path::Path,
};

use clap::Args;
use serde_json::{Map, Value as Json, json};
use url::Url;

use crate::{
    command::Outcome,
    exit::{Exit, Failure},
    output,
    settings::{self, Form, InForce, JOB_COMMAND, Origin, Set, Setting, Shape, Stop, Tree, Value},
    terminal, token,
};

/// Show every setting in force, and where it comes from.
///
/// Tokens are never shown. Where gitark.toml has jobs, those that would run are shown one after another.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark config show                           what `gitark backup` would use\n  \
    gitark config show --job nightly             what one job would use\n  \
    gitark config show verify --full --json      another command, with its flags")]
pub(super) struct Show {
    /// The job of gitark.toml; may be given more than once
    #[arg(id = "job", long = "job", value_name = "NAME")]
    jobs: Vec<String>,
    /// Print JSON, an object a line
    #[arg(long)]
    json: bool,
    /// A command as one would type it, with flags or without [default: backup]
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// What takes the place of what must not be shown.
const HIDDEN: &str = "(hidden)";

/// A setting in force.
struct Row<'a> {
    name: &'a str,
    value: Json,
    /// None: built in.
    origin: Option<Origin>,
}

/// Shows the settings; `file` is the one that was named before.
pub(super) fn run(arguments: &Show, file: Option<&Path>) -> Outcome {
    let tree = Tree::new();
    let in_force = match find(arguments, file, &tree) {
        Ok(in_force) => in_force,
        Err(stop) => return Ok(stop.tell()),
    };
    if in_force.settings.is_empty() {
        let message = format!("{} takes no settings", in_force.path.join(" "));
        return Err(Failure::new(Exit::Usage, message));
    }
    let variables = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for (name, near) in settings::unknown_variables(variables, &tree) {
        let hint = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        terminal::say(&format!("{name} is set, but no setting has that name{hint}"));
    }
    output::unless_unread(show(arguments, &in_force))?;
    Ok(Exit::Done)
}

fn find(arguments: &Show, file: Option<&Path>, tree: &Tree) -> Result<InForce, Stop> {
    let mut words = vec![OsString::from("gitark")];
    if let Some(file) = file {
        words.extend(["--config".into(), file.as_os_str().to_owned()]);
    }
    if arguments.command.is_empty() {
        words.push(JOB_COMMAND.into());
    }
    words.extend(arguments.command.iter().cloned());
    for job in &arguments.jobs {
        words.extend(["--job".into(), job.into()]);
    }
    let in_force = settings::in_force(&words, &|name| std::env::var_os(name), tree)?;
    for set in &in_force.sets {
        settings::check(set, &in_force, tree)?;
    }
    Ok(in_force)
}

fn show(arguments: &Show, in_force: &InForce) -> io::Result<()> {
    let out = &mut io::stdout().lock();
    let file = in_force.file.as_deref().map(|file| file.display().to_string());
    if !arguments.json {
        writeln!(out, "{}", file.as_ref().map_or("no settings file".into(), |file| format!("settings file: {file}")))?;
    }
    for set in &in_force.sets {
        let rows = rows(&in_force.settings, set);
        if arguments.json {
            let settings: Vec<Json> = rows.iter().map(Row::json).collect();
            let object = json!({
                "command": in_force.path.join(" "),
                "file": file,
                "job": set.job,
                "schedule": set.schedule,
                "settings": settings,
            });
            output::json(out, &object)?;
        } else {
            table(out, set, &rows)?;
        }
    }
    Ok(())
}

fn table(out: &mut impl Write, set: &Set, rows: &[Row<'_>]) -> io::Result<()> {
    if let Some(job) = &set.job {
        let schedule = set.schedule.as_ref().map_or_else(String::new, |text| format!(", schedule: {text}"));
        writeln!(out, "\njob {job}{schedule}")?;
    }
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let from = row.origin.as_ref().map_or("default".into(), ToString::to_string);
            vec![row.name.to_owned(), gitark::cause::printable(&text(&row.value)), from]
        })
        .collect();
    output::table(out, &["SETTING", "VALUE", "FROM"], &cells)
}

fn rows<'a>(settings: &'a [Setting], set: &Set) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = settings.iter().filter_map(|setting| row(setting, set)).collect();
    // Not a setting by name, as it must not be an argument; but who asks what is in force wants to know.
    let has_file = rows.iter().any(|row| row.name == "token-file");
    if let (true, false, Some(variable)) =
        (settings.iter().any(|one| one.name == "token-file"), has_file, token::variable())
    {
        rows.push(Row { name: "token", value: HIDDEN.into(), origin: Some(Origin::Variable(variable.into())) });
    }
    rows
}

fn row<'a>(setting: &'a Setting, set: &Set) -> Option<Row<'a>> {
    if !setting.is_in_files {
        return None;
    }
    let (value, origin) = match set.entries.iter().find(|entry| entry.id == setting.id) {
        Some(entry) => (value(setting, &entry.value), Some(entry.origin.clone())),
        None => (default(setting)?, None),
    };
    Some(Row { name: &setting.name, value, origin })
}

fn default(setting: &Setting) -> Option<Json> {
    match setting.form {
        Form::Switch => Some(false.into()),
        Form::Count => Some(0.into()),
        Form::One { .. } | Form::Many if setting.default.is_empty() => None,
        Form::One { .. } => setting.default.first().map(|text| word(setting, text.as_ref())),
        Form::Many => Some(setting.default.iter().map(|text| word(setting, text.as_ref())).collect()),
    }
}

fn value(setting: &Setting, value: &Value) -> Json {
    match (value, setting.form) {
        (Value::Switch(there), _) => (*there).into(),
        (Value::Count(times), _) => (*times).into(),
        (Value::Words(words), Form::Many) => words.iter().map(|text| word(setting, text)).collect(),
        (Value::Words(words), _) => words.first().map_or(Json::Null, |text| word(setting, text)),
    }
}

/// One value, without what must not be shown.
fn word(setting: &Setting, text: &OsStr) -> Json {
    let text = text.to_string_lossy();
    if setting.is_secret {
        return HIDDEN.into();
    }
    match (setting.shape == Shape::Number).then(|| text.parse::<u64>().ok()).flatten() {
        Some(number) => number.into(),
        None => without_password(&text).into(),
    }
}

/// An address without the user and the password in it.
fn without_password(text: &str) -> String {
    match Url::parse(text) {
        Ok(mut url) if url.has_host() && (url.password().is_some() || !url.username().is_empty()) => {
            let hidden = url.set_username("hidden").and_then(|()| url.set_password(None));
            if hidden.is_ok() { url.into() } else { HIDDEN.into() }
        }
        _ => text.to_owned(),
    }
}

/// A value for people.
fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(values) if values.is_empty() => "(none)".into(),
        Json::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(", "),
        Json::Null => "(none)".into(),
        other => other.to_string(),
    }
}

impl Row<'_> {
    fn json(&self) -> Json {
        let mut object = Map::new();
        object.insert("name".into(), self.name.into());
        object.insert("value".into(), self.value.clone());
        let source = match &self.origin {
            Some(Origin::Flag) => "flag",
            Some(Origin::Variable(name)) => {
                object.insert("variable".into(), name.as_str().into());
                "environment"
            }
            Some(Origin::File(path, line)) => {
                object.insert("file".into(), path.display().to_string().into());
                object.insert("line".into(), (*line).into());
                "file"
            }
            None => "default",
        };
        object.insert("source".into(), source.into());
        object.into()
    }
}
