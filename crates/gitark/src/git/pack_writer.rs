//! A pack of whole objects, made one object after another (gitformat-pack(5)).

use std::{
    collections::HashSet,
    fs::File,
    io::{self, BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use flate2::{Compression, write::ZlibEncoder};
use gix_hash::ObjectId;
use gix_object::Kind;
use gix_pack::data::entry::Header;

use super::{
    Error,
    pack::{self, IndexedPack, PackLimits, one_line},
};

/// Writes objects, each once, to an unnamed file until [`PackWriter::finish`] makes a pack of them.
///
/// It blocks: callers in async code give it to a blocking thread.
#[derive(Debug)]
pub struct PackWriter {
    directory: PathBuf,
    objects: BufWriter<File>,
    written: HashSet<ObjectId>,
}

impl PackWriter {
    /// A writer whose files lie in `directory`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn new(directory: &Path) -> Result<Self, Error> {
        let file = tempfile::tempfile_in(directory).map_err(|source| Error::io("make a file for a pack", source))?;
        Ok(Self {
            directory: directory.to_owned(),
            objects: BufWriter::with_capacity(1 << 16, file),
            written: HashSet::new(),
        })
    }

    /// Writes an object, unless it was written before: its name.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&mut self, kind: Kind, content: &[u8]) -> Result<ObjectId, Error> {
        let id = name(kind, content)?;
        if self.written.insert(id) {
            whole(kind).write_to(content.len() as u64, &mut self.objects).map_err(io)?;
            let mut encoder = ZlibEncoder::new(&mut self.objects, Compression::default());
            encoder.write_all(content).and_then(|()| encoder.finish()).map_err(io)?;
        }
        Ok(id)
    }

    /// How many objects were written.
    pub fn objects(&self) -> usize {
        self.written.len()
    }

    /// The pack of all objects and its index, in the writer's directory; `None` when there is none. Every object is hashed
    /// again from the bytes that were written.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::BadPack`].
    pub fn finish(self, interrupt: &AtomicBool, limits: PackLimits) -> Result<Option<IndexedPack>, Error> {
        let Ok(count) = u32::try_from(self.written.len()) else {
            return Err(Error::BadPack("it has too many objects".into()));
        };
        if count == 0 {
            return Ok(None);
        }
        let mut objects = self.objects.into_inner().map_err(|error| io(error.into_error()))?;
        let head = gix_pack::data::header::encode(gix_pack::data::Version::V2, count);
        let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
        hasher.update(&head);
        objects.seek(SeekFrom::Start(0)).map_err(io)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match objects.read(&mut buffer).map_err(io)? {
                0 => break,
                length => hasher.update(buffer.get(..length).unwrap_or_default()),
            }
        }
        let checksum = hasher.try_finalize().map_err(|error| Error::BadPack(one_line(&error)))?;
        objects.seek(SeekFrom::Start(0)).map_err(io)?;
        let mut reader = BufReader::with_capacity(1 << 16, head.chain(objects).chain(checksum.as_slice()));
        pack::index(&mut reader, &self.directory, interrupt, limits)
    }
}

/// The header of an entry that is no delta.
pub(super) fn whole(kind: Kind) -> Header {
    match kind {
        Kind::Commit => Header::Commit,
        Kind::Tree => Header::Tree,
        Kind::Blob => Header::Blob,
        Kind::Tag => Header::Tag,
    }
}

/// The name of an object.
pub(crate) fn name(kind: Kind, content: &[u8]) -> Result<ObjectId, Error> {
    gix_object::compute_hash(gix_hash::Kind::Sha1, kind, content).map_err(|error| Error::BadPack(one_line(&error)))
}

fn io(source: io::Error) -> Error {
    Error::io("write a pack", source)
}
