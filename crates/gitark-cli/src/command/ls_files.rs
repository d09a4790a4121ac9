//! `gitark ls-files`.

use std::io::{self, BufWriter, Write};

use clap::Args;
use gitark::inspect::{self, File, Query};

use super::Outcome;
use crate::{
    arguments::{AtBackup, OneRepository},
    exit::Exit,
    output,
};

/// List the files of a backup
///
/// It prints mode, kind, object id and path, as `git ls-tree -r` does. Only what is listed is read from the vault, not the whole repository.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark ls-files octocat/hello                       all files of HEAD\n  \
    gitark ls-files octocat/hello src --ref v1.0        a folder, of a tag\n  \
    gitark ls-files octocat/hello --at 2026-11-21 -l    of that day, with sizes")]
pub(crate) struct LsFiles {
    #[command(flatten)]
    pub(crate) of: OneRepository,
    /// A folder or a file; all files when it is not given
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<std::ffi::OsString>,
    #[command(flatten)]
    pub(crate) backup: AtBackup,
    #[command(flatten)]
    pub(crate) version: Version,
    /// Sizes in bytes, too
    #[arg(short, long)]
    pub(crate) long: bool,
    /// End lines with a NUL byte, and quote no path
    #[arg(short = 'z', conflicts_with = "json")]
    pub(crate) nul: bool,
    /// Print JSON, one object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which version of the files.
#[derive(Args, Clone, Debug)]
pub(crate) struct Version {
    /// A branch, a tag, a full reference name (refs/gitark/lost/… too), or a commit's id
    #[arg(long = "ref", value_name = "REF", default_value = "HEAD")]
    pub(crate) reference: String,
}

/// A file in JSON. A path that is not UTF-8 has its bytes in hex beside it.
#[derive(serde::Serialize)]
struct Row<'a> {
    mode: String,
    kind: String,
    oid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    path: std::borrow::Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
}

/// Lists the files.
pub(crate) async fn run(arguments: LsFiles) -> Outcome {
    let (_, repository) = arguments.of.open().await?;
    let path = arguments.path.map(|path| path.into_encoded_bytes()).unwrap_or_default();
    let query = Query { at: arguments.backup.at, reference: Some(arguments.version.reference), path };
    let listing = inspect::files(&repository, &query, arguments.long).await?;
    let out = &mut BufWriter::new(io::stdout().lock());
    for file in &listing.files {
        if arguments.json {
            output::json(out, &row(file))?;
        } else {
            line(out, file, arguments.long, arguments.nul)?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// As `git ls-tree -r` prints it, or `git ls-tree -r -l`.
fn line(out: &mut impl Write, file: &File, long: bool, nul: bool) -> io::Result<()> {
    write!(out, "{:06o} {} {}", file.mode, file.kind, file.id)?;
    if long {
        write!(out, " {:>7}", file.size.map_or("-".into(), |size| size.to_string()))?;
    }
    out.write_all(b"\t")?;
    if nul {
        out.write_all(&file.path)?;
        out.write_all(b"\0")
    } else {
        writeln!(out, "{}", output::path(&file.path))
    }
}

fn row(file: &File) -> Row<'_> {
    let is_text = std::str::from_utf8(&file.path).is_ok();
    Row {
        mode: format!("{:06o}", file.mode),
        kind: file.kind.to_string(),
        oid: file.id.to_string(),
        size: file.size,
        path: String::from_utf8_lossy(&file.path),
        path_hex: (!is_text).then(|| gitark::digest::hex(&file.path)),
    }
}
