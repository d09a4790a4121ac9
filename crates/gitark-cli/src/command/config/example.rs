//! A `gitark.toml` to start from, with every setting of a backup in it.

use crate::settings::{Form, JOB_COMMAND, Setting, Shape, Tree};

const HEAD: &str = "\
# Settings of gitark. It looks for --config FILE, GITARK_CONFIG, ./gitark.toml
# and ~/.config/gitark/gitark.toml, and reads the first one that is there.
# `gitark config show` shows what is in force, and where it comes from.
#
# A key is a long flag without its dashes. A flag counts before a variable
# (GITARK_CONCURRENCY), a variable before this file. Relative paths start from
# this file's folder. No token belongs here: name its file with token-file, or
# set GITHUB_TOKEN.

# The vault, for every command.
vault = \"./vault\"
";

const DEFAULTS: &str = "
# Defaults of all jobs, and of other commands that have the same flag.
";

const JOBS: &str = "
# `gitark backup` runs all jobs, `gitark backup --job nightly` one. A job may
# set all of the above for itself. The schedule is for whatever plans the runs.
[jobs.nightly]
sources = [\"octocat\", \"rust-lang/log\"]
schedule = \"17 3 * * *\"

# Other commands have a table each, with their own flags.
[verify]
full = false
";

/// How far a comment goes.
const WIDTH: usize = 78;

/// The file.
pub(super) fn example(tree: &Tree) -> String {
    let mut text = format!("{HEAD}{DEFAULTS}");
    let is_said = |setting: &Setting| setting.is_called("vault") || setting.is_positional;
    for setting in tree.settings(JOB_COMMAND).iter().filter(|one| one.is_in_files && !is_said(one)) {
        text.push('\n');
        for line in wrapped(&setting.help) {
            text.push_str(&format!("# {line}\n"));
        }
        text.push_str(&format!("#{} = {}\n", setting.name, sample(setting)));
    }
    text + JOBS
}

/// A value of the right kind: what is built in where something is.
fn sample(setting: &Setting) -> String {
    let word = || match (setting.default.first(), &setting.shape) {
        (Some(default), Shape::Number) => default.clone(),
        (Some(default), _) => format!("{default:?}"),
        (None, Shape::Number) => "1".into(),
        (None, Shape::Path) => format!("{:?}", format!("./{}", setting.value_name)),
        (None, Shape::Choice(choices)) => format!("{:?}", choices.first().map_or("", String::as_str)),
        (None, _) => format!("{:?}", setting.value_name),
    };
    match setting.form {
        Form::Switch => "false".into(),
        Form::Count => "0".into(),
        Form::One { .. } => word(),
        Form::Many => format!("[{}]", word()),
    }
}

/// Text in lines that are not too long.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
