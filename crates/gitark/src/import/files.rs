//! The mirror's files, of which only plain ones are read: a link could lead anywhere on this machine.

use std::{
    fs::{self, Metadata},
    io::{self, Read as _},
    path::Path,
};

use bytes::Bytes;
use tokio::io::AsyncReadExt as _;

use super::{Error, Problem};
use crate::vault::storage::Incoming;

/// Bytes that are read at once.
const PIECE: usize = 1 << 18;

/// What is at `path`, which must be a plain file; `None` when there is nothing.
pub(super) fn file(path: &Path) -> Result<Option<Metadata>, Problem> {
    found(path, Metadata::is_file)
}

/// What is at `path`, which must be a directory; `None` when there is nothing.
pub(super) fn directory(path: &Path) -> Result<Option<Metadata>, Problem> {
    found(path, Metadata::is_dir)
}

fn found(path: &Path, is_right: impl Fn(&Metadata) -> bool) -> Result<Option<Metadata>, Problem> {
    match fs::symlink_metadata(path) {
        Ok(found) if is_right(&found) => Ok(Some(found)),
        Ok(_) => Err(Problem::NotPlain(path.to_owned())),
        Err(error) if is_nothing(&error) => Ok(None),
        Err(error) => Err(Problem::io(format!("look at {}", path.display()), error)),
    }
}

/// The content of the plain file at `path`, of at most `maximum` bytes, and what was there; `None` for no file.
pub(super) fn read(path: &Path, maximum: u64) -> Result<Option<(Vec<u8>, Metadata)>, Problem> {
    let Some(found) = file(path)? else { return Ok(None) };
    let cannot = |error| Problem::io(format!("read {}", path.display()), error);
    let opened = match fs::File::open(path) {
        Ok(opened) => opened,
        Err(error) if is_nothing(&error) => return Ok(None),
        Err(error) => return Err(cannot(error)),
    };
    let mut content = Vec::new();
    opened.take(maximum + 1).read_to_end(&mut content).map_err(cannot)?;
    if content.len() as u64 > maximum {
        return Err(cannot(io::Error::other(format!("it has more than {maximum} bytes"))));
    }
    Ok(Some((content, found)))
}

/// The names in the directory at `path`, sorted; none when there is no such directory.
pub(super) fn names(path: &Path) -> Result<Vec<std::ffi::OsString>, Problem> {
    let cannot = |error| Problem::io(format!("list {}", path.display()), error);
    if directory(path)?.is_none() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if is_nothing(&error) => return Ok(Vec::new()),
        Err(error) => return Err(cannot(error)),
    };
    for entry in entries {
        names.push(entry.map_err(cannot)?.file_name());
    }
    names.sort();
    Ok(names)
}

/// Copies the file at `path`, of `size` bytes, into the vault; false when it is longer. `named` is how the caller knows it.
pub(super) async fn pour(path: &Path, named: &Path, size: u64, incoming: &mut Incoming) -> Result<bool, Error> {
    let cannot = |error| Error::of(named, Problem::io(format!("read {}", path.display()), error));
    let mut file = tokio::fs::File::open(path).await.map_err(cannot)?;
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        (&mut file).take(PIECE as u64).read_to_end(&mut piece).await.map_err(cannot)?;
        if piece.is_empty() || incoming.received() > size {
            return Ok(incoming.received() == size);
        }
        incoming.write(&Bytes::from(piece)).await?;
    }
}

/// Git deletes while others read.
fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
