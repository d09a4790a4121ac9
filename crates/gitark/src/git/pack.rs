//! A pack as it comes over the wire: written to a directory, every object hashed, indexed as git indexes it.

use std::{
    io::BufRead,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use gix_hash::ObjectId;
use gix_pack::Bundle;

use super::{Error, fetch::FetchLimits};

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
    limits: FetchLimits,
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
    // The indexer reads ahead: bytes behind the pack's own end would have been written too.
    let bundle = indexed.open()?;
    if bundle.pack.checksum() != indexed.id {
        return Err(Error::BadPack("there are bytes behind its end".into()));
    }
    Ok(Some(indexed))
}
