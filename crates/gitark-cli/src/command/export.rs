//! `gitark export`.

use std::{io, path::PathBuf};

use clap::{Args, ValueEnum};
use gitark::{
    metadata::{self, Exported, Options},
    monitor::{bytes, count},
    vault::{key::Kind, lookup::At},
};

use super::{Outcome, snapshot::some_metadata, target};
use crate::{
    arguments::{AtBackup, OneRepository, Talk},
    exit::{Exit, Failure},
    interrupt,
    output::{self, time},
    terminal,
};

/// Write what is around the code as files: issues, pull requests, releases
///
/// DIR must not exist, or be empty; it appears when all is written. docs/export.md describes the layouts.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark export octocat/hello hello --layout markdown\n  \
    gitark export octocat/hello hello --layout python-github-backup\n  \
    gitark export octocat/hello hello --layout json --at 2026-11-21")]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) of: OneRepository,
    /// The new directory
    #[arg(value_name = "DIR")]
    pub(crate) target: PathBuf,
    /// How the files are laid out
    #[arg(long, value_name = "LAYOUT", value_enum, default_value = "json")]
    pub(crate) layout: Layout,
    #[command(flatten)]
    pub(crate) backup: AtBackup,
    /// Print what was written (JSON)
    #[arg(long)]
    pub(crate) json: bool,
}

/// Layouts, as people say them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    /// The JSON files as they are kept
    Json,
    /// That of python-github-backup (PyPI github-backup)
    PythonGithubBackup,
    /// A Markdown file for each issue, pull request and release
    Markdown,
}

impl Layout {
    /// The library's word for it.
    fn layout(self) -> metadata::Layout {
        match self {
            Layout::Json => metadata::Layout::Json,
            Layout::PythonGithubBackup => metadata::Layout::PythonGithubBackup,
            Layout::Markdown => metadata::Layout::Markdown,
        }
    }
}

/// Writes the files.
pub(crate) async fn run(arguments: Export, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    target::refuse_here(&arguments.target)?;
    let (vault, named) = arguments.of.named().await?;
    if arguments.layout == Layout::Markdown && named.0.main_kind() == Kind::Meta {
        return Err(Failure::new(Exit::Usage, "what an account has is no text; use --layout json"));
    }
    let (repository, snapshot) = some_metadata(&vault, &named, arguments.backup.at).await?;
    let options = Options { layout: arguments.layout.layout(), at: At::Number(snapshot.entry()) };
    let exported = metadata::export(&repository, &arguments.target, options, &cancel).await?;
    if arguments.json {
        output::unless_unread(output::json(&mut io::stdout().lock(), &exported))?;
    } else if !talk.quiet {
        terminal::write_line(&described(&exported));
    }
    Ok(Exit::Done)
}

fn described(exported: &Exported) -> String {
    let (path, name) = (exported.path.display(), &exported.repository);
    let what = format!("{}, {}", count(exported.files, "file"), bytes(exported.bytes));
    format!("{path}: metadata of {name} at {}: {what}", time(exported.observed))
}
