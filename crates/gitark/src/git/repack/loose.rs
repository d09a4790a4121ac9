//! Loose objects: one file each, `type size\0content`, compressed (gitrepository-layout(5), "objects").

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Write},
    path::{Path, PathBuf},
};

use flate2::bufread::ZlibDecoder;
use gix_hash::ObjectId;
use gix_object::Kind;

use crate::git::Error;

/// The longest head is "commit", a space, a number of twenty digits and a zero.
const MAXIMUM_HEAD: u64 = 32;

/// A loose object whose head was read.
pub(super) struct Loose {
    pub(super) kind: Kind,
    /// Bytes of content.
    pub(super) size: u64,
    /// Bytes of the file.
    pub(super) stored_bytes: u64,
    id: ObjectId,
    path: PathBuf,
    rest: BufReader<ZlibDecoder<BufReader<File>>>,
}

impl Loose {
    /// Opens the file of object `id`.
    pub(super) fn open(id: &ObjectId, path: &Path) -> Result<Self, Error> {
        let read = |source| Error::io(format!("read {}", path.display()), source);
        let file = File::open(path).map_err(read)?;
        let stored_bytes = file.metadata().map_err(read)?.len();
        let mut rest = BufReader::new(ZlibDecoder::new(BufReader::new(file)));
        let mut head = Vec::new();
        let done = (&mut rest).take(MAXIMUM_HEAD).read_until(0, &mut head);
        let (kind, size) = done.ok().and_then(|_| parse(&head)).ok_or_else(|| bad(id, path, "it has no head"))?;
        Ok(Self { kind, size, stored_bytes, id: *id, path: path.to_owned(), rest })
    }

    /// All of it. The caller has looked at its size.
    pub(super) fn content(self) -> Result<Vec<u8>, Error> {
        let mut content = Vec::with_capacity(usize::try_from(self.size).unwrap_or_default());
        self.copy_to(&mut content)?;
        Ok(content)
    }

    /// Writes its content to `out`, which cannot be told apart from the right one by its name.
    pub(super) fn copy_to(mut self, out: &mut dyn Write) -> Result<(), Error> {
        let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
        hasher.update(&gix_object::encode::loose_header(self.kind, self.size));
        let mut left = self.size;
        loop {
            let bytes = self
                .rest
                .fill_buf()
                .map_err(|error| bad(&self.id, &self.path, &format!("it does not inflate ({error})")))?;
            let count = bytes.len() as u64;
            if count == 0 && left == 0 {
                break;
            }
            if count == 0 || count > left {
                return Err(bad(&self.id, &self.path, "its length is not what its head says"));
            }
            hasher.update(bytes);
            out.write_all(bytes).map_err(|source| Error::io("write the pack", source))?;
            left -= count;
            self.rest.consume(count as usize);
        }
        match hasher.try_finalize() {
            Ok(id) if id == self.id => Ok(()),
            _ => Err(bad(&self.id, &self.path, "its content does not match its name")),
        }
    }
}

fn parse(head: &[u8]) -> Option<(Kind, u64)> {
    let text = std::str::from_utf8(head.strip_suffix(b"\0")?).ok()?;
    let (kind, size) = text.split_once(' ')?;
    Some((Kind::from_bytes(kind.as_bytes()).ok()?, size.parse().ok()?))
}

fn bad(id: &ObjectId, path: &Path, problem: &str) -> Error {
    Error::BadObject { id: *id, place: path.display().to_string(), problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        assert_eq!(parse(b"blob 12\0"), Some((Kind::Blob, 12)));
        assert_eq!(parse(b"commit 0\0"), Some((Kind::Commit, 0)));
        for head in [&b"blob 12"[..], b"", b"\0", b"blob\0", b"blob -1\0", b"blob \0", b"blub 1\0", b"blob 1 \0"] {
            assert_eq!(parse(head), None, "{head:?}");
        }
    }
}
