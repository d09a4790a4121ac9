//! A pack as it comes over the wire: written to a directory, every object hashed, indexed as git indexes it.

use std::{
    io::BufRead,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use gix_hash::ObjectId;
use gix_pack::Bundle;
use tokio_util::sync::CancellationToken;

use super::Error;
use crate::interrupt::Interrupt;

/// How reading a pack may use this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackLimits {
    /// Threads; 0 means all.
    pub threads: usize,
    /// The largest object that is accepted, in bytes.
    pub object_bytes: usize,
}

impl Default for PackLimits {
    /// All threads, and objects up to 1 GiB: ten times what GitHub takes in a push.
    fn default() -> Self {
        Self { threads: 0, object_bytes: 1 << 30 }
    }
}

/// A pack whose bytes match its checksum and whose objects match their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedPack {
    /// The checksum at the pack's end, which is in its name.
    pub id: ObjectId,
    /// Number of objects.
    pub objects: u64,
    /// The `.pack` file.
    pub pack_path: PathBuf,
    /// The `.idx` file.
    pub index_path: PathBuf,
}

impl IndexedPack {
    /// Opens pack and index.
    ///
    /// # Errors
    /// [`Error::BadPack`].
    pub fn open(&self) -> Result<Bundle, Error> {
        open(&self.pack_path, &self.index_path)
    }
}

/// Opens a pack and its index, wherever they lie and whatever they are called.
///
/// # Errors
/// [`Error::BadPack`].
pub fn open(pack_path: &Path, index_path: &Path) -> Result<Bundle, Error> {
    let bad = |error: gix::Error| Error::BadPack(one_line(&error));
    let pack = gix_pack::data::File::at(pack_path, gix_hash::Kind::Sha1).map_err(bad)?;
    let index = gix_pack::index::File::at(index_path, gix_hash::Kind::Sha1).map_err(bad)?;
    if pack.num_objects() != index.num_objects() {
        return Err(Error::BadPack("pack and index hold different numbers of objects".into()));
    }
    Ok(Bundle { pack, index })
}

/// What an error of gix and its causes say, on one line.
pub(crate) fn one_line(error: &gix::Error) -> String {
    crate::cause::chain(error)
}

/// Writes the pack in `reader` and its index to `directory`; `None` for a pack of no objects, which is not kept.
pub(crate) fn index(
    reader: &mut dyn BufRead,
    directory: &Path,
    interrupt: &AtomicBool,
    limits: PackLimits,
) -> Result<Option<IndexedPack>, Error> {
    let options = gix_pack::bundle::write::Options {
        thread_limit: (limits.threads > 0).then_some(limits.threads),
        alloc_limit_bytes: Some(limits.object_bytes),
        ..Default::default()
    };
    let outcome = Bundle::write_to_directory(
        reader,
        Some(directory),
        &mut gix::progress::Discard,
        interrupt,
        None::<gix_object::find::Never>,
        gix_hash::Kind::Sha1,
        options,
    )
    .map_err(|error| match error.downcast_any_ref::<std::io::Error>() {
        Some(io) if io.kind() == std::io::ErrorKind::StorageFull => {
            Error::io("write the pack", std::io::ErrorKind::StorageFull.into())
        }
        _ if error.is_resource_exhausted() => Error::TooLarge { limit: limits.object_bytes as u64 },
        _ => Error::BadPack(one_line(&error)),
    })?;
    let (Some(pack_path), Some(index_path)) = (outcome.data_path, outcome.index_path) else {
        return Ok(None);
    };
    if let Some(keep) = outcome.keep_path {
        std::fs::remove_file(&keep).map_err(|source| Error::io("remove a .keep file", source))?;
    }
    let indexed =
        IndexedPack { id: outcome.index.data_hash, objects: outcome.index.num_objects.into(), pack_path, index_path };
    check_end(&indexed.open()?)?;
    Ok(Some(indexed))
}

/// Indexes the pack in the file at `pack_path` again, with a copy of it in `directory`.
///
/// # Errors
/// As for a pack that comes over the wire.
pub(crate) async fn index_file(
    pack_path: &Path,
    directory: &Path,
    limits: PackLimits,
    cancel: &CancellationToken,
) -> Result<Option<IndexedPack>, Error> {
    let interrupt = Interrupt::watch(cancel);
    let (pack_path, directory, flag) = (pack_path.to_owned(), directory.to_owned(), interrupt.flag());
    let work = tokio::task::spawn_blocking(move || {
        let file = std::fs::File::open(&pack_path).map_err(|source| Error::io("read a pack", source))?;
        index(&mut std::io::BufReader::new(file), &directory, &flag, limits)
    });
    work.await.unwrap_or_else(|panic| Err(Error::BadPack(format!("indexing it failed: {panic}"))))
}

/// Nothing may stand between the last object and the checksum at the file's end: the indexer reads ahead, so bytes
/// behind the pack's own end would have been written too, and could end in the same checksum.
fn check_end(bundle: &Bundle) -> Result<(), Error> {
    let trailing = || Error::BadPack("there are bytes behind its end".into());
    let pack = &bundle.pack;
    if pack.checksum() != bundle.index.pack_checksum() {
        return Err(trailing());
    }
    let Some(last) = (0..bundle.index.num_objects()).map(|at| bundle.index.pack_offset_at_index(at)).max() else {
        return Ok(());
    };
    let entry = pack.entry(last).map_err(|error| Error::BadPack(one_line(&error)))?;
    let end = pack.pack_end() as u64;
    let mut rest = pack.entry_slice(entry.data_offset..end).ok_or_else(trailing)?;
    let mut inflate = flate2::Decompress::new(true);
    let mut scratch = vec![0; 1 << 16];
    loop {
        let before = inflate.total_in();
        let status = inflate.decompress(rest, &mut scratch, flate2::FlushDecompress::None);
        let consumed = usize::try_from(inflate.total_in() - before).unwrap_or(rest.len());
        rest = rest.get(consumed..).unwrap_or_default();
        match status {
            Ok(flate2::Status::StreamEnd) => break,
            Ok(_) if !rest.is_empty() || consumed > 0 => {}
            _ => return Err(Error::BadPack("its last object does not inflate".into())),
        }
    }
    if rest.is_empty() { Ok(()) } else { Err(trailing()) }
}
