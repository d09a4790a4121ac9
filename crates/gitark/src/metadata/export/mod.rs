//! What is around the code as files in a directory, in a layout of one's choice.

mod layout;
mod markdown;
mod names;
mod python_github_backup;
mod writer;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use self::{layout::Group, writer::Writer};
use super::{
    Error, Snapshot,
    snapshot::{BATCH, Files},
};
use crate::{
    restore::{self, Format, copy_packs, free, settle, staging},
    vault::{BareRepository, lookup::At},
};

pub use self::layout::Layout;

/// The bare repository beside the files while they are written.
const COPY: &str = "copy";

/// What to export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// In which layout.
    pub layout: Layout,
    /// At which backup of the metadata's own log.
    pub at: At,
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Where it is now.
    pub path: PathBuf,
    /// In which layout.
    pub layout: Layout,
    /// `OWNER/REPO` as it was called then.
    pub repository: String,
    /// The entry in the log of the metadata.
    pub entry: u64,
    /// The server's clock at that backup.
    pub observed: Timestamp,
    /// Files that were written.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Writes what `repository`, a `.meta.git`, has at a backup below `path`, where there must be nothing or an empty
/// directory. Packs are copied beside it first, checked against the log on their way; everything is synced, and takes
/// its place at the end. A failure leaves nothing behind.
///
/// # Errors
/// Any [`restore::Error`].
pub async fn export(
    repository: &BareRepository,
    path: &Path,
    options: Options,
    cancel: &CancellationToken,
) -> Result<Exported, restore::Error> {
    let target = free(path, Format::Checkout)?;
    let stored = Snapshot::open(repository, options.at).await.map_err(as_restore)?;
    let staging = staging(&target)?;
    let git_dir = staging.path().join(COPY);
    let (packs, root) = (git_dir.join("objects/pack"), staging.path().join("files"));
    for directory in [&packs, &root] {
        std::fs::create_dir_all(directory).map_err(|source| restore::Error::io("make", directory, source))?;
    }
    let packs = copy_packs(repository, &stored.state, &git_dir, cancel).await?;
    let snapshot = stored.copied(staging.path(), COPY, packs)?;
    let mut files = snapshot.files();
    let mut writer = Writer::new(root.clone(), options.layout, &snapshot)?;
    let groups = layout::groups(files.below("").await?);
    let mut groups = groups.into_iter().peekable();
    while groups.peek().is_some() {
        if cancel.is_cancelled() {
            return Err(restore::Error::Cancelled);
        }
        let (mut batch, mut count) = (Vec::new(), 0);
        while let Some(group) = groups.next_if(|_| count < BATCH) {
            count += group.files.len();
            batch.push(group);
        }
        let read = read(&mut files, &batch).await?;
        writer = writer.write(batch, read).await?;
    }
    let (count, bytes) = writer.finish()?;
    settle(&root, &target).await?;
    Ok(Exported {
        path: path.to_owned(),
        layout: options.layout,
        repository: stored.repository().to_owned(),
        entry: stored.entry(),
        observed: stored.observed(),
        files: count,
        bytes,
    })
}

/// The bytes of all files of these groups, in order.
async fn read(files: &mut Files<'_>, groups: &[Group]) -> Result<Vec<Vec<u8>>, restore::Error> {
    let ids: Vec<_> = groups.iter().flat_map(|group| &group.files).map(|(_, id)| *id).collect();
    Ok(files.bytes(&ids).await?)
}

fn as_restore(error: Error) -> restore::Error {
    match error {
        Error::Inspect(error) => error.into(),
        // Nothing else comes of opening a snapshot.
        error => restore::Error::Checkout(error.to_string()),
    }
}
