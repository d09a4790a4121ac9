//! `gitark.toml`: where it is, and what is written in it, before anybody asks what it means.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The file in the current directory, and in gitark's folder of the user's configuration.
const NAME: &str = "gitark.toml";

/// No settings file is longer.
const MOST_BYTES: u64 = 1 << 20;

/// A file that was read.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    /// Whether the user named it or has it in their own folder, and it is not just there.
    pub(crate) is_chosen: bool,
    /// In the order of the file.
    pub(crate) items: Vec<Item>,
}

/// A key with its value.
#[derive(Debug)]
pub(crate) struct Item {
    /// As it is written.
    pub(crate) key: String,
    /// Its line, from 1.
    pub(crate) line: usize,
    pub(crate) content: Content,
}

/// A value as TOML knows it. Numbers and dates are kept as they are written.
#[derive(Debug)]
pub(crate) enum Content {
    Boolean(bool),
    Integer(String),
    Float(String),
    Text(String),
    Date(String),
    List(Vec<Content>),
    Table(Vec<Item>),
}

/// The file that was named, else the one that is found. None when there is none.
pub(crate) fn find(
    named: Option<PathBuf>,
    environment: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Option<File>, String> {
    if let Some(path) = named {
        return read(&path).map(Some);
    }
    let of_user = environment("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(PathBuf::from(environment("HOME").filter(|home| !home.is_empty())?).join(".config")));
    let candidates = [Some(PathBuf::from(NAME)), of_user.map(|folder| folder.join("gitark").join(NAME))];
    for path in candidates.into_iter().flatten() {
        match std::fs::symlink_metadata(&path) {
            Ok(_) => return read(&path).map(|file| Some(File { is_chosen: path.is_absolute(), ..file })),
            // Its folder may be a file or forbidden: then it is not there for us.
            Err(_) => continue,
        }
    }
    Ok(None)
}

fn read(path: &Path) -> Result<File, String> {
    use std::io::Read as _;
    let cannot = |problem: &dyn std::fmt::Display| format!("cannot read the settings in {}: {problem}", path.display());
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(path).map_err(|error| cannot(&error))?;
    opened.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| cannot(&error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(cannot(&"it is longer than 1 MiB"));
    }
    File::parse(path, &bytes)
}

impl File {
    /// Reads the bytes of a file at `path`. The error is one line with the file's name and the line in it.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, String> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
            Err(error) => {
                let line = bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
                return Err(format!("{}:{line}: it is not UTF-8", path.display()));
            }
        };
        let table = DeTable::parse(text).map_err(|error| {
            let line = line_of(text, error.span().map_or(0, |span| span.start));
            format!("{}:{line}: {}", path.display(), error.message().trim().replace('\n', "; "))
        })?;
        Ok(Self { path: path.to_owned(), is_chosen: true, items: items(table.get_ref(), text) })
    }

    /// What relative paths in it start from.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The place in the file, for messages.
    pub(crate) fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }
}

fn items(table: &DeTable<'_>, text: &str) -> Vec<Item> {
    let mut all: Vec<_> = table.iter().collect();
    all.sort_by_key(|(key, _)| key.span().start);
    all.into_iter()
        .map(|(key, value)| Item {
            key: key.get_ref().clone().into_owned(),
            line: line_of(text, key.span().start),
            content: content(value, text),
        })
        .collect()
}

fn content(value: &Spanned<DeValue<'_>>, text: &str) -> Content {
    match value.get_ref() {
        DeValue::Boolean(value) => Content::Boolean(*value),
        DeValue::Integer(number) => {
            // Octal, hexadecimal and binary numbers as everybody else reads them.
            let plain = i128::from_str_radix(number.as_str(), number.radix()).map(|number| number.to_string());
            Content::Integer(plain.unwrap_or_else(|_| number.as_str().to_owned()))
        }
        DeValue::Float(number) => Content::Float(number.as_str().to_owned()),
        DeValue::String(value) => Content::Text(value.clone().into_owned()),
        DeValue::Datetime(value) => Content::Date(value.to_string()),
        DeValue::Array(values) => Content::List(values.iter().map(|value| content(value, text)).collect()),
        DeValue::Table(table) => Content::Table(items(table, text)),
    }
}

/// The line, from 1, of a byte.
fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
