//! `gitark cat`.

use std::io::{self, Write as _};

use clap::Args;
use gitark::inspect::{self, Query};

use super::{Outcome, ls_files::Version};
use crate::{
    arguments::{AtBackup, OneRepository},
    exit::Exit,
};

/// Print a file of a backup
///
/// It prints every byte as it is. Only that file is read from the vault, not the whole repository.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark cat octocat/hello README.md                         of HEAD\n  \
    gitark cat octocat/hello src/main.rs --ref v1.0            of a tag\n  \
    gitark cat octocat/hello logo.png --at 3 > logo.png        of entry 3\n  \
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
}

/// Prints the file.
pub(crate) async fn run(arguments: Cat) -> Outcome {
    let (_, repository) = arguments.of.open().await?;
    let path = arguments.path.into_encoded_bytes();
    let query = Query { at: arguments.backup.at, reference: Some(arguments.version.reference), path };
    let bytes = inspect::read(&repository, &query).await?;
    let out = &mut io::stdout().lock();
    out.write_all(&bytes)?;
    out.flush()?;
    Ok(Exit::Done)
}
