//! What the file means: defaults, tables of commands, jobs. Whatever is not known is refused with the nearest known.

use std::path::Path;

use super::{
    file::{Content, File, Item},
    layer::{Entry, Layer, Origin},
    setting::{Form, Setting, kebab},
    tree::{JOB_COMMAND, Tree},
    value::Value,
};

/// How near a word must be for a hint; what clap asks of flags.
const NEAR: f64 = 0.7;
/// What must be a slip of the pen.
const VERY_NEAR: f64 = 0.9;

/// What only makes sense for one command: how its output looks, and where it goes.
const OF_ONE_COMMAND: [&str; 2] = ["json", "report"];

/// Beginnings of GitHub's tokens.
const TOKENS: [&str; 6] = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"];

/// A file by its parts, each checked for names and types.
#[derive(Debug)]
pub(crate) struct Sections {
    /// The settings of a backup: what top-level keys and jobs hold.
    of_backup: Vec<Setting>,
    /// Top-level keys.
    defaults: Layer,
    /// Tables of commands.
    commands: Vec<(String, Layer)>,
    /// Jobs in the file's order.
    pub(crate) jobs: Vec<Job>,
}

/// A job of the file.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) name: String,
    /// For whoever plans runs; gitark only keeps and shows it.
    pub(crate) schedule: Option<String>,
    pub(crate) layer: Layer,
}

impl Sections {
    /// Takes a file apart. The error is one line.
    pub(crate) fn of(file: &File, tree: &Tree) -> Result<Self, String> {
        let of_backup = tree.settings(JOB_COMMAND);
        let reader = Reader { file, tree };
        let mut sections =
            Self { of_backup: Vec::new(), defaults: Layer::new(), commands: Vec::new(), jobs: Vec::new() };
        for item in &file.items {
            let name = kebab(&item.key);
            match &item.content {
                Content::Table(items) if name == "jobs" => {
                    sections.jobs = items.iter().map(|item| reader.job(item, &of_backup)).collect::<Result<_, _>>()?;
                }
                Content::Table(items) if tree.has_settings(&item.key) => {
                    let layer = reader.layer(items, &tree.settings(&item.key), &item.key)?;
                    sections.commands.push((item.key.clone(), layer));
                }
                Content::Table(_) if !of_backup.iter().any(|one| one.is_called(&name)) => {
                    let known = tree.commands_with_settings().chain(["jobs"]);
                    let hint =
                        nearest(&name, known).map_or_else(String::new, |near| format!("; did you mean [{near}]?"));
                    return Err(reader.refuse(item, format!("there is no table [{}]{hint}", shown(&item.key))));
                }
                _ if name == "jobs" => return Err(reader.refuse(item, "jobs are tables: [jobs.NAME]")),
                _ => {
                    let entry = reader.entry(item, &of_backup, None)?;
                    reader.is_new(item, &entry, sections.defaults.iter())?;
                    sections.defaults.push(entry);
                }
            }
        }
        Ok(Self { of_backup, ..sections })
    }

    /// What the file sets for a command with these settings, and for a job; the most important first.
    pub(super) fn layers(&self, command: &str, settings: &[Setting], job: Option<&Job>) -> Vec<Layer> {
        let of_command = self.commands.iter().find(|(name, _)| name == command).map(|(_, layer)| layer.clone());
        let of_job = job.map(|job| self.for_command(&job.layer, command, settings));
        of_job.into_iter().chain(of_command).chain([self.for_command(&self.defaults, command, settings)]).collect()
    }

    /// What settings of a backup mean to a command: those that it has too.
    fn for_command(&self, layer: &Layer, command: &str, settings: &[Setting]) -> Layer {
        let here = |entry: &Entry| {
            let of = self.of_backup.iter().find(|one| one.id == entry.id)?;
            let is_shared = command == JOB_COMMAND || !OF_ONE_COMMAND.contains(&of.name.as_str());
            let own = settings.iter().find(|one| one.is_also(of)).filter(|_| is_shared)?;
            Some(Entry { id: own.id.clone(), ..entry.clone() })
        };
        layer.iter().filter_map(here).collect()
    }

    /// The job of this name.
    pub(super) fn job(&self, name: &str, file: &Path) -> Result<&Job, String> {
        self.jobs.iter().find(|job| job.name == name).ok_or_else(|| {
            let names = self.jobs.iter().map(|job| job.name.as_str());
            let hint = match nearest(name, names.clone()) {
                Some(near) => format!("; did you mean {near}?"),
                None if self.jobs.is_empty() => "; it has no jobs".into(),
                None => format!("; it has: {}", names.collect::<Vec<_>>().join(", ")),
            };
            format!("there is no job {} in {}{hint}", shown(name), file.display())
        })
    }
}

/// Reads tables of a file.
struct Reader<'a> {
    file: &'a File,
    tree: &'a Tree,
}

impl Reader<'_> {
    fn refuse(&self, item: &Item, problem: impl std::fmt::Display) -> String {
        format!("{}: {problem}", self.file.at(item.line))
    }

    fn job(&self, item: &Item, settings: &[Setting]) -> Result<Job, String> {
        let Content::Table(items) = &item.content else {
            return Err(self.refuse(item, "a job is a table: [jobs.NAME]"));
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if item.key.is_empty() || !item.key.chars().all(is_plain) {
            let problem = format!("{} is no name for a job; use letters, digits, - _ and .", shown(&item.key));
            return Err(self.refuse(item, problem));
        }
        let (schedules, settings_of_job): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.key == "schedule");
        let schedule = match schedules.first().map(|item| (item, &item.content)) {
            None => None,
            Some((_, Content::Text(text))) => Some(text.clone()),
            Some((item, _)) => return Err(self.refuse(item, "schedule: a text in quotes is expected")),
        };
        let layer = self.layer(settings_of_job, settings, "a job")?;
        Ok(Job { name: item.key.clone(), schedule, layer })
    }

    fn layer<'i>(
        &self,
        items: impl IntoIterator<Item = &'i Item>,
        settings: &[Setting],
        owner: &str,
    ) -> Result<Layer, String> {
        let mut layer = Layer::new();
        for item in items {
            let entry = self.entry(item, settings, Some(owner))?;
            self.is_new(item, &entry, layer.iter())?;
            layer.push(entry);
        }
        Ok(layer)
    }

    /// A key of `owner`'s table, or of the top.
    fn entry(&self, item: &Item, settings: &[Setting], owner: Option<&str>) -> Result<Entry, String> {
        let name = kebab(&item.key);
        let known = settings.iter().filter(|one| one.is_in_files);
        let Some(setting) = known.clone().find(|one| one.is_called(&name)) else {
            return Err(self.refuse(item, self.unknown(item, &name, known, owner)));
        };
        if !self.file.is_chosen && OF_CHOSEN_FILES.contains(&setting.name.as_str()) {
            let file = self.file.path.display();
            let problem = format!("{} decides where tokens go; for that name the file: --config {file}", setting.name);
            return Err(self.refuse(item, problem));
        }
        if holds_token(&item.content) {
            return Err(self.refuse(item, format!("{}: {NO_TOKENS}", setting.name)));
        }
        let value = Value::of_content(setting, &item.content, self.file.folder())
            .map_err(|expected| self.refuse(item, format!("{}: {expected}", item.key)))?;
        let origin = Origin::File(self.file.path.clone(), item.line);
        Ok(Entry { id: setting.id.clone(), value, origin })
    }

    fn is_new<'e>(
        &self,
        item: &Item,
        entry: &Entry,
        mut before: impl Iterator<Item = &'e Entry>,
    ) -> Result<(), String> {
        match before.find(|other| other.id == entry.id).map(|other| &other.origin) {
            Some(Origin::File(_, line)) => {
                Err(self.refuse(item, format!("{} is set in line {line} already, by its other name", item.key)))
            }
            _ => Ok(()),
        }
    }

    /// What to say of a key that is not known.
    fn unknown<'s>(
        &self,
        item: &Item,
        name: &str,
        known: impl Iterator<Item = &'s Setting> + Clone,
        owner: Option<&str>,
    ) -> String {
        let plain = name.to_ascii_lowercase();
        let is_one = TOKENS.iter().any(|start| item.key.starts_with(start));
        if is_one || ["token", "secret", "password"].iter().any(|end| plain.ends_with(end)) {
            return NO_TOKENS.into();
        }
        let key = shown(&item.key);
        let has = |command: &&str| self.tree.settings(command).iter().any(|one| one.is_in_files && one.is_called(name));
        let of_another = self.tree.commands_with_settings().find(has).filter(|command| owner != Some(command));
        let hint = match (of_another, nearest(name, known.flat_map(Setting::names))) {
            (Some(command), near) if near.is_none_or(|near| strsim::jaro(name, near) < VERY_NEAR) => {
                format!("it is one of {command}: write it under [{command}]")
            }
            (_, Some(near)) => format!("did you mean {near}?"),
            (_, None) => "`gitark config example` shows all".into(),
        };
        match owner {
            Some(owner) => format!("{owner} has no setting {key}; {hint}"),
            None => format!("there is no setting {key}; {hint}"),
        }
    }
}

/// What decides where a token goes counts only in a file that the user chose: who unpacks or clones a folder from
/// elsewhere has not chosen the file in it.
const OF_CHOSEN_FILES: [&str; 2] = ["api-url", "ca-file"];

const NO_TOKENS: &str =
    "a token must not be in this file; write it into a file of its own and name that with token-file";

fn holds_token(content: &Content) -> bool {
    match content {
        Content::Text(text) => TOKENS.iter().any(|start| text.starts_with(start)),
        Content::List(items) => items.iter().any(holds_token),
        _ => false,
    }
}

/// A key for a message.
fn shown(key: &str) -> String {
    let key: String = gitark::cause::printable(key).chars().take(60).collect();
    format!("\"{key}\"")
}

/// The known word that is most like this one, if any is.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |other: &str| strsim::jaro(word, other);
    let near = known.map(|other| (likeness(other), other)).filter(|(likeness, _)| *likeness > NEAR);
    near.max_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, other)| other)
}

/// What one value is where the file has several.
pub(super) fn one_of_many(settings: &[Setting], entries: &[Entry], command: &str) -> Result<(), String> {
    for entry in entries {
        let setting = settings.iter().find(|one| one.id == entry.id);
        if let (Some(setting), Value::Words(words), Origin::File(..)) = (setting, &entry.value, &entry.origin)
            && matches!(setting.form, Form::One { .. })
            && words.len() > 1
        {
            let (name, count) = (&setting.name, words.len());
            return Err(format!("{}: these are {count}, and {command} takes one: name it with --{name}", entry.origin));
        }
    }
    Ok(())
}
