//! `gitark cat`.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use clap::Args;
use gitark::{
    git::lfs::Pointer,
    inspect::{self, Query},
};

use super::{Outcome, ls_files::Version};
use crate::{
    arguments::{AtBackup, OneRepository, Talk},
    exit::Exit,
    terminal,
};

/// Print a file of a backup
///
/// It prints every byte as git has it, of a file in Git LFS its pointer, or with --lfs its content. Only that file is
/// read from the vault, not the whole repository.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark cat octocat/hello README.md                         of HEAD\n  \
    gitark cat octocat/hello src/main.rs --ref v1.0            of a tag\n  \
    gitark cat octocat/hello logo.png --at 3 > logo.png        of entry 3\n  \
    gitark cat octocat/hello film.mp4 --lfs > film.mp4         of Git LFS\n  \
    gitark cat octocat/hello a.txt --ref refs/gitark/lost/7/heads/topic")]
pub(crate) struct Cat {
    #[command(flatten)]
    pub(crate) of: OneRepository,
    /// The file, from the top of the repository
    #[arg(value_name = "PATH")]
    pub(crate) path: std::ffi::OsString,
    #[command(flatten)]
    pub(crate) backup: AtBackup,
    #[command(flatten)]
    pub(crate) version: Version,
    /// Of a pointer of Git LFS, print the content that it stands for
    #[arg(long)]
    pub(crate) lfs: bool,
    /// Where content of Git LFS waits until it is checked
    #[arg(long, value_name = "DIR", requires = "lfs")]
    pub(crate) temp_dir: Option<PathBuf>,
}

/// Prints the file.
pub(crate) async fn run(arguments: Cat, talk: Talk) -> Outcome {
    let (_, repository) = arguments.of.open().await?;
    let path = arguments.path.into_encoded_bytes();
    let query = Query { at: arguments.backup.at, reference: Some(arguments.version.reference), path };
    let bytes = inspect::read(&repository, &query).await?;
    let pointer = Pointer::parse(&bytes);
    let temporary = arguments.temp_dir.unwrap_or_else(std::env::temp_dir);
    let content = match &pointer {
        Some(pointer) if arguments.lfs => Some(inspect::lfs_content(&repository, pointer, &temporary).await?),
        _ => None,
    };
    let out = &mut io::stdout().lock();
    match &content {
        Some(content) => drop(io::copy(&mut std::fs::File::open(content.path())?, out)?),
        None => out.write_all(&bytes)?,
    }
    if pointer.is_some() && !arguments.lfs && !talk.quiet {
        terminal::write_line("this is a pointer of Git LFS; --lfs prints its content");
    }
    out.flush()?;
    Ok(Exit::Done)
}
