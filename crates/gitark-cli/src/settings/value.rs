//! The value of a setting, and how variables and the file write it.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use super::{
    file::Content,
    setting::{Form, Setting, Shape},
};
use crate::place::Place;

/// What a setting is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// There or not.
    Switch(bool),
    /// So many times.
    Count(u8),
    /// Values as the command line would have them.
    Words(Vec<OsString>),
}

impl Value {
    /// Whether it does anything. One that does not still hides what is set elsewhere.
    pub(crate) fn is_set(&self) -> bool {
        match self {
            Value::Switch(there) => *there,
            Value::Count(times) => *times > 0,
            Value::Words(words) => !words.is_empty(),
        }
    }

    /// The words of the command line for it.
    pub(crate) fn to_arguments(&self, setting: &Setting) -> Vec<OsString> {
        let flag = format!("--{}", setting.name);
        match self {
            Value::Switch(there) => vec![flag.into(); usize::from(*there)],
            Value::Count(times) => vec![flag.into(); usize::from(*times)],
            Value::Words(words) if setting.is_positional => words.clone(),
            Value::Words(words) => words
                .iter()
                .map(|word| {
                    let mut argument = OsString::from(format!("{flag}="));
                    argument.push(word);
                    argument
                })
                .collect(),
        }
    }

    /// Reads a variable. The error says what is expected.
    pub(crate) fn of_variable(setting: &Setting, text: &OsStr) -> Result<Self, String> {
        let plain = text.to_str().map(str::trim);
        Ok(match setting.form {
            Form::Switch => Value::Switch(plain.and_then(truth).ok_or("true or false is expected")?),
            Form::Count => {
                let times = plain.and_then(|text| text.parse().ok().or_else(|| truth(text).map(u8::from)));
                Value::Count(times.ok_or("a small number is expected")?)
            }
            Form::One { .. } => match text.to_str().map(str::trim_end) {
                Some(text) if text.contains('\n') => return Err("one line is expected".into()),
                Some(text) => Value::Words(vec![text.into()]),
                None => Value::Words(vec![text.to_owned()]),
            },
            Form::Many => Value::Words(match text.to_str() {
                Some(text) => text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Into::into).collect(),
                None => vec![text.to_owned()],
            }),
        })
    }

    /// Reads a value of the file that lies in `folder`. The error says what is expected.
    pub(crate) fn of_content(setting: &Setting, content: &Content, folder: &Path) -> Result<Self, String> {
        match (setting.form, content) {
            (Form::Switch, Content::Boolean(there)) => Ok(Value::Switch(*there)),
            (Form::Switch, _) => Err("true or false is expected".into()),
            (Form::Count, Content::Boolean(there)) => Ok(Value::Count((*there).into())),
            (Form::Count, Content::Integer(text)) => {
                Ok(Value::Count(text.parse().map_err(|_| "a small number is expected")?))
            }
            (Form::Count, _) => Err("a number or true is expected".into()),
            (Form::One { bare: true }, Content::Boolean(there)) => Ok(Value::Switch(*there)),
            (Form::Many, Content::List(items)) => {
                let words = items.iter().map(|item| word(setting, item, folder));
                Ok(Value::Words(words.collect::<Result<_, _>>()?))
            }
            (Form::One { .. } | Form::Many, content) => Ok(Value::Words(vec![word(setting, content, folder)?])),
        }
    }
}

/// One value of the file.
fn word(setting: &Setting, content: &Content, folder: &Path) -> Result<OsString, String> {
    let text = match (&setting.shape, content) {
        (_, Content::Text(text)) => text,
        (Shape::Number, Content::Integer(text) | Content::Float(text)) => text,
        (Shape::Text, Content::Integer(text) | Content::Float(text) | Content::Date(text)) => text,
        (Shape::Choice(choices), Content::Boolean(there)) if choices.contains(&there.to_string()) => {
            return Ok(there.to_string().into());
        }
        (Shape::Number, _) => return Err("a number is expected".into()),
        (Shape::Choice(choices), _) => return Err(format!("one of these is expected: {}", choices.join(", "))),
        (_, Content::List(_)) => return Err("one value is expected, not a list".into()),
        (_, Content::Table(_)) => return Err("a value is expected, not a table".into()),
        _ => return Err("a text in quotes is expected".into()),
    };
    if text.contains('\0') {
        return Err("a text without zero bytes is expected".into());
    }
    Ok(match &setting.shape {
        Shape::Path if text != "-" && !text.is_empty() => from_folder(folder, Path::new(text)).into_os_string(),
        Shape::Place => match text.parse() {
            Ok(Place::Directory(path)) => from_folder(folder, &path).into_os_string(),
            _ => text.into(),
        },
        _ => text.into(),
    })
}

/// A path of the file as the command must see it: from the file's folder, and `~/` from the home directory.
fn from_folder(folder: &Path, path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => folder.join(path),
    }
}

/// What people write for yes and no.
fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction, Command, value_parser};

    use super::*;
    use crate::settings::file::File;

    /// What a line of `/etc/gitark/gitark.toml` means to an argument.
    fn read(arg: Arg, line: &str) -> Result<Value, String> {
        let mut command = Command::new("gitark").arg(arg);
        command.build();
        let settings = Setting::of_command(&command);
        let file = File::parse(Path::new("/etc/gitark/gitark.toml"), line.as_bytes())?;
        Value::of_content(&settings[0], &file.items[0].content, file.folder())
    }

    fn words(words: &[&str]) -> Result<Value, String> {
        Ok(Value::Words(words.iter().map(Into::into).collect()))
    }

    #[test]
    fn what_a_line_means_follows_from_the_argument() {
        fn of(parser: impl Into<clap::builder::ValueParser>) -> Arg {
            Arg::new("x").long("x").value_parser(parser.into())
        }
        let place = || of(value_parser!(Place)).action(ArgAction::Append);
        assert_eq!(read(place(), "x = ['v', '/v', 's3://b/v']"), words(&["/etc/gitark/v", "/v", "s3://b/v"]));
        assert_eq!(read(place(), "x = 'v'"), words(&["/etc/gitark/v"]));
        assert_eq!(read(place(), "x = []"), words(&[]));
        assert_eq!(read(of(value_parser!(PathBuf)), "x = '-'"), words(&["-"]));
        assert!(read(of(value_parser!(PathBuf)), "x = ['a']").is_err());
        assert!(read(of(value_parser!(PathBuf)), "x = 3").is_err());
        assert_eq!(read(of(value_parser!(u64)), "x = 1_000"), words(&["1000"]));
        assert_eq!(read(of(value_parser!(u64)), "x = '7'"), words(&["7"]));
        assert_eq!(read(of(value_parser!(f64)), "x = 0.5"), words(&["0.5"]));
        assert_eq!(read(of(value_parser!(String)), "x = 2026-11-21"), words(&["2026-11-21"]));
        assert!(read(of(value_parser!(String)), "x = true").is_err());
        let choice = || of(clap::builder::PossibleValuesParser::new(["auto", "true"]));
        assert_eq!(read(choice(), "x = true"), words(&["true"]));
        assert!(read(choice(), "x = false").is_err_and(|problem| problem.contains("auto, true")));
        let optional = || of(value_parser!(String)).num_args(0..=1);
        assert_eq!(read(optional(), "x = true"), Ok(Value::Switch(true)));
        assert_eq!(read(optional(), "x = '5m'"), words(&["5m"]));
        let count = || Arg::new("x").long("x").action(ArgAction::Count);
        assert_eq!(read(count(), "x = 2"), Ok(Value::Count(2)));
        assert!(read(count(), "x = 256").is_err());
    }
}
