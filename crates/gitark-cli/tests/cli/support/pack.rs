//! Packs and packet lines, byte by byte.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};

/// The kinds of entries in a pack.
const BLOB: u8 = 3;
const OFFSET_DELTA: u8 = 6;

/// A pack under construction.
pub(crate) struct Pack(Vec<u8>);

impl Pack {
    /// A pack that says it holds so many objects.
    pub(crate) fn of(objects: u32) -> Self {
        let mut bytes = b"PACK\0\0\0\x02".to_vec();
        bytes.extend(objects.to_be_bytes());
        Self(bytes)
    }

    /// Adds a blob that says it has so many bytes.
    pub(crate) fn blob(mut self, says_bytes: u64, content: &[u8]) -> Self {
        self.entry(BLOB, says_bytes);
        self.0.extend(compress(content));
        self
    }

    /// Adds `base`, and a delta that says "all of the base" so many times.
    pub(crate) fn delta_bomb(mut self, base: &[u8], times: usize) -> Self {
        let start = self.0.len();
        self = self.blob(base.len() as u64, base);
        let distance = self.0.len() - start;
        let mut delta = little_endian(base.len() as u64);
        delta.extend(little_endian((base.len() * times) as u64));
        for _ in 0..times {
            // Copy from offset 0, three bytes of size.
            delta.push(0b1111_0000);
            delta.extend(&base.len().to_le_bytes()[..3]);
        }
        self.entry(OFFSET_DELTA, delta.len() as u64);
        self.0.extend(offset(distance));
        self.0.extend(compress(&delta));
        self
    }

    /// The pack with its checksum.
    pub(crate) fn end(self) -> Vec<u8> {
        let mut hash = gix_hash::hasher(gix_hash::Kind::Sha1);
        hash.update(&self.0);
        let mut bytes = self.0;
        bytes.extend(hash.try_finalize().unwrap().as_slice());
        bytes
    }

    fn entry(&mut self, kind: u8, size: u64) {
        let mut byte = kind << 4 | (size & 0xf) as u8;
        let mut rest = size >> 4;
        while rest > 0 {
            self.0.push(byte | 0x80);
            byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        self.0.push(byte);
    }
}

fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A size in a delta.
fn little_endian(mut size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while size > 0x7f {
        bytes.push(size as u8 | 0x80);
        size >>= 7;
    }
    bytes.push(size as u8);
    bytes
}

/// The distance back to a delta's base.
fn offset(mut distance: usize) -> Vec<u8> {
    let mut bytes = vec![(distance & 0x7f) as u8];
    while distance > 0x7f {
        distance = (distance >> 7) - 1;
        bytes.insert(0, 0x80 | (distance & 0x7f) as u8);
    }
    bytes
}

/// Packet lines.
pub(crate) struct Packet;

impl Packet {
    /// A line.
    pub(crate) fn line(payload: &[u8]) -> Vec<u8> {
        let mut bytes = format!("{:04x}", payload.len() + 4).into_bytes();
        bytes.extend(payload);
        bytes
    }

    /// Lines of text and the flush.
    pub(crate) fn lines(lines: &[impl AsRef<[u8]>]) -> Vec<u8> {
        let mut bytes: Vec<u8> = lines.iter().flat_map(|line| Self::line(&[line.as_ref(), b"\n"].concat())).collect();
        bytes.extend(b"0000");
        bytes
    }

    /// The answer to a fetch with this pack.
    pub(crate) fn fetch(pack: &[u8]) -> Vec<u8> {
        let mut bytes = Self::line(b"packfile\n");
        for chunk in pack.chunks(65_000) {
            bytes.extend(Self::line(&[b"\x01", chunk].concat()));
        }
        bytes.extend(b"0000");
        bytes
    }
}
