//! Writes the pack (gitformat-pack(5)).

use std::{
    io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write},
    sync::atomic::AtomicBool,
};

use flate2::{Compression, write::ZlibEncoder};
use gix_pack::data::entry::Header;

use super::{
    chains::Chains,
    delta_search::NewDeltas,
    go_on,
    order::History,
    source::{Number, Place, Reader, Source},
};
use crate::git::{Error, pack_writer::whole};

/// What to write.
pub(super) struct Plan<'a> {
    pub(super) source: &'a Source,
    pub(super) chains: &'a Chains,
    pub(super) history: &'a History,
    pub(super) deltas: NewDeltas,
    pub(super) interrupt: &'a AtomicBool,
}

impl Plan<'_> {
    /// Writes all objects to `out`, in their order but each base before its deltas.
    pub(super) fn write(mut self, out: impl Write) -> Result<(), Error> {
        let mut out = Output {
            inner: BufWriter::with_capacity(1 << 16, out),
            hasher: gix_hash::hasher(gix_hash::Kind::Sha1),
            written: 0,
        };
        let count = self.source.objects.len() as u32;
        let head = gix_pack::data::header::encode(gix_pack::data::Version::V2, count);
        out.write_all(&head).map_err(io)?;
        // No object begins at 0.
        let mut offsets = vec![0; self.source.objects.len()];
        let mut reader = Reader::new(self.source);
        let mut stack = Vec::new();
        for &number in &self.history.order {
            stack.push(number);
            while let Some(&at) = stack.last() {
                go_on(self.interrupt)?;
                if offsets[at as usize] != 0 {
                    stack.pop();
                    continue;
                }
                match self.base(at) {
                    Some(base) if offsets[base as usize] == 0 => {
                        if stack.len() > self.chains.maximum {
                            return Err(self.source.bad(at, "its deltas go too deep"));
                        }
                        stack.push(base);
                    }
                    base => {
                        let offset = out.written;
                        offsets[at as usize] = offset;
                        let distance = base.map(|base| offset - offsets[base as usize]);
                        self.object(at, distance, &mut reader, &mut out)?;
                        stack.pop();
                    }
                }
            }
        }
        let checksum = out.hasher.try_finalize().map_err(|error| Error::BadPack(crate::git::pack::one_line(&error)))?;
        out.inner.write_all(checksum.as_slice()).and_then(|()| out.inner.flush()).map_err(io)
    }

    fn base(&self, number: Number) -> Option<Number> {
        match self.deltas.get(number) {
            Some(delta) => Some(delta.base),
            None => self.chains.kept_base(self.source, number),
        }
    }

    /// Writes one entry, as a delta on what began `distance` bytes ago if there is one.
    fn object<W: Write>(
        &mut self,
        number: Number,
        distance: Option<u64>,
        reader: &mut Reader,
        out: &mut Output<W>,
    ) -> Result<(), Error> {
        let object = self.source.object(number);
        let header = match distance {
            Some(base_distance) => Header::OfsDelta { base_distance },
            None => whole(object.kind),
        };
        if let Some(delta) = self.deltas.get(number) {
            let mut bytes = vec![0; delta.compressed];
            let spool = &mut self.deltas.spool;
            let read = spool.seek(SeekFrom::Start(delta.start)).and_then(|_| spool.read_exact(&mut bytes));
            read.map_err(|source| Error::io("read a delta", source))?;
            header.write_to(delta.size, out).map_err(io)?;
            return out.write_all(&bytes).map_err(io);
        }
        if self.chains.is_cut(number) {
            let content = reader.content(number)?;
            header.write_to(content.len() as u64, out).map_err(io)?;
            let mut encoder = ZlibEncoder::new(out, Compression::default());
            return encoder.write_all(&content).and_then(|()| encoder.finish()).map(drop).map_err(io);
        }
        if let Place::Pack(..) = object.place {
            let bytes = self.source.checked_bytes(number)?;
            header.write_to(object.size, out).map_err(io)?;
            return out.write_all(bytes).map_err(io);
        }
        match self.source.loose(number)? {
            Some(loose) if (loose.kind, loose.size) == (object.kind, object.size) => {
                header.write_to(object.size, out).map_err(io)?;
                let mut encoder = ZlibEncoder::new(out, Compression::default());
                loose.copy_to(&mut encoder)?;
                encoder.finish().map(drop).map_err(io)
            }
            _ => Err(self.source.bad(number, "it changed while it was read")),
        }
    }
}

fn io(source: io::Error) -> Error {
    Error::io("write the pack", source)
}

/// Counts and hashes what goes through it.
struct Output<W: Write> {
    inner: BufWriter<W>,
    hasher: gix_hash::Hasher,
    written: u64,
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_all(bytes)?;
        self.hasher.update(bytes);
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
