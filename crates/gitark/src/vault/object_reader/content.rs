//! Whole objects of any kind, checked against their names.

use std::collections::{HashMap, HashSet};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use gix_hash::ObjectId;
use gix_object::Kind;
use gix_pack::data::entry::Header;

use super::{Error, FAN_OUT_BYTES, HEADER_BYTES, ID_BYTES, OBJECT_READ_BYTES, ObjectReader, key};
use crate::git::{delta, repack::MAXIMUM_DEPTH};

/// The largest object that is read: backups accept none that is larger.
const MAXIMUM_BYTES: usize = 1 << 30;
/// The most bytes of one object that are asked for at once.
const LARGEST_READ_BYTES: u64 = 4 << 20;
/// Bytes of an entry that hold its header and the first bytes of its delta, whatever table they are compressed with.
const START_BYTES: u64 = 512;
/// Objects that are read at once.
const READS_AT_ONCE: usize = 16;

/// An object whose content matches its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its kind.
    pub kind: Kind,
    /// Its content.
    pub content: Vec<u8>,
}

impl ObjectReader<'_> {
    /// The object `id`; `None` when it is in none of the packs. Where one pack is damaged, the others are asked too.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Store`].
    pub async fn object(&mut self, id: ObjectId) -> Result<Option<Object>, Error> {
        let mut damage = None;
        for at in 0..self.packs.len() {
            match self.object_in(at, id).await {
                Ok(None) => {}
                Ok(object) => return Ok(object),
                Err(Error::Damaged(found)) => damage = damage.or(Some(found)),
                Err(error) => return Err(error),
            }
        }
        damage.map_or(Ok(None), |damage| Err(Error::Damaged(damage)))
    }

    /// The objects `ids`, several side by side; in order.
    ///
    /// # Errors
    /// As [`ObjectReader::object`].
    pub async fn objects(&mut self, ids: &[ObjectId]) -> Result<Vec<Option<Object>>, Error> {
        let places = self.places(ids).await?;
        let reader = &*self;
        let mut reads = Vec::with_capacity(ids.len());
        for id in ids {
            reads.push(reader.object_at(places.get(id).copied(), *id));
        }
        let mut found: Vec<Option<Object>> = stream::iter(reads).buffered(READS_AT_ONCE).try_collect().await?;
        for (id, object) in ids.iter().zip(&mut found) {
            if object.is_none() {
                *object = self.object(*id).await?;
            }
        }
        Ok(found)
    }

    /// The sizes in bytes of the objects `ids`, from the headers of their entries; in order. `None` where one is in
    /// none of the packs.
    ///
    /// # Errors
    /// As [`ObjectReader::object`].
    pub async fn sizes(&mut self, ids: &[ObjectId]) -> Result<Vec<Option<u64>>, Error> {
        let places = self.places(ids).await?;
        let reader = &*self;
        let mut reads = Vec::with_capacity(ids.len());
        for id in ids {
            reads.push(reader.size_at(places.get(id).copied()));
        }
        let mut found: Vec<Option<u64>> = stream::iter(reads).buffered(READS_AT_ONCE).try_collect().await?;
        for (id, size) in ids.iter().zip(&mut found) {
            if size.is_none() {
                *size = self.object(*id).await?.map(|object| object.content.len() as u64);
            }
        }
        Ok(found)
    }

    /// The objects whose names begin with these hex digits, of which there are two or more.
    ///
    /// # Errors
    /// As [`ObjectReader::missing`].
    pub async fn with_prefix(&mut self, digits: &str) -> Result<HashSet<ObjectId>, Error> {
        let mut found = HashSet::new();
        let Some(first) = digits.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) else {
            return Ok(found);
        };
        for at in 0..self.packs.len() {
            self.read_buckets(at, std::iter::once(first)).await?;
            let bucket = self.packs[at].buckets.get(&first).map(|bucket| &bucket[..]).unwrap_or_default();
            let (names, _) = bucket.as_chunks::<{ ID_BYTES as usize }>();
            let names = names.iter().filter_map(|name| ObjectId::try_from(&name[..]).ok());
            found.extend(names.filter(|id| id.to_string().starts_with(digits)));
        }
        Ok(found)
    }

    /// Where objects begin: the newest pack's place in our list, and the offset. Damage is left to
    /// [`ObjectReader::object`], which asks again for what is not found here.
    async fn places(&mut self, ids: &[ObjectId]) -> Result<HashMap<ObjectId, (usize, u64)>, Error> {
        let mut places = HashMap::with_capacity(ids.len());
        for at in 0..self.packs.len() {
            let wanted: Vec<ObjectId> = ids.iter().filter(|id| !places.contains_key(*id)).copied().collect();
            if wanted.is_empty() {
                break;
            }
            match self.offsets(at, &wanted).await {
                Ok(offsets) => places.extend(offsets.into_iter().map(|(id, offset)| (id, (at, offset)))),
                Err(Error::Damaged(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(places)
    }

    async fn offsets(&mut self, at: usize, ids: &[ObjectId]) -> Result<Vec<(ObjectId, u64)>, Error> {
        self.read_buckets(at, ids.iter().map(|id| id.first_byte())).await?;
        let pack = &self.packs[at];
        let found: Vec<(ObjectId, u64)> =
            ids.iter().filter_map(|id| pack.position(id).map(|position| (*id, position))).collect();
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let key = key::pack(self.bare, &pack.record.id, "idx");
        let total = pack.total();
        let table = HEADER_BYTES + FAN_OUT_BYTES + total * (ID_BYTES + 4);
        let ranges: Vec<_> = found.iter().map(|(_, at)| table + at * 4..table + at * 4 + 4).collect();
        let parts = self.storage.read_ranges(&key, &ranges).await?;
        let mut offsets = Vec::with_capacity(found.len());
        for ((id, _), part) in found.iter().zip(parts) {
            let short = part.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
            let offset = match short & 0x8000_0000 {
                0 => short,
                _ => self.number(&key, table + total * 4 + (short & 0x7fff_ffff) * 8, 8).await?,
            };
            offsets.push((*id, offset));
        }
        Ok(offsets)
    }

    async fn object_in(&mut self, at: usize, id: ObjectId) -> Result<Option<Object>, Error> {
        match self.offsets(at, &[id]).await?.first() {
            Some((_, offset)) => self.read_object(at, *offset, id).await.map(Some),
            None => Ok(None),
        }
    }

    async fn object_at(&self, place: Option<(usize, u64)>, id: ObjectId) -> Result<Option<Object>, Error> {
        let Some((at, offset)) = place else { return Ok(None) };
        match self.read_object(at, offset, id).await {
            Ok(object) => Ok(Some(object)),
            Err(Error::Damaged(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The object at `offset`, its deltas applied, and its name compared.
    async fn read_object(&self, at: usize, offset: u64, id: ObjectId) -> Result<Object, Error> {
        let key = key::pack(self.bare, &self.packs[at].record.id, "pack");
        let damaged = |problem: &str| Error::damaged(key.clone(), format!("object {id} {problem}"));
        let (mut deltas, mut held, mut offset) = (Vec::new(), 0, offset);
        let (kind, base) = loop {
            let (header, content) = self.read_whole_entry(at, offset).await?;
            held += content.len();
            if held > MAXIMUM_BYTES || deltas.len() > MAXIMUM_DEPTH {
                return Err(damaged("is larger than any that is backed up"));
            }
            offset = match header {
                Header::OfsDelta { base_distance } if base_distance > 0 && base_distance < offset => {
                    offset - base_distance
                }
                // A pack needs nothing outside itself.
                Header::RefDelta { base_id } => {
                    self.offset_of(at, &base_id).await?.ok_or_else(|| damaged("is a delta on nothing"))?
                }
                header => match header.as_kind() {
                    Some(kind) => break (kind, content),
                    None => return Err(damaged("is a delta on nothing")),
                },
            };
            deltas.push(content);
        };
        let content = deltas.iter().rev().try_fold(base, |base, delta| delta::apply(&base, delta, MAXIMUM_BYTES));
        let content = content.ok_or_else(|| damaged("is a delta that does not fit"))?;
        match gix_object::compute_hash(gix_hash::Kind::Sha1, kind, &content) {
            Ok(actual) if actual == id => Ok(Object { kind, content }),
            _ => Err(damaged("is not what its name says")),
        }
    }

    /// The offset of `id` in one pack, without remembering what is read of the index: for the rare delta that names its
    /// base.
    async fn offset_of(&self, at: usize, id: &ObjectId) -> Result<Option<u64>, Error> {
        let pack = &self.packs[at];
        let mut alone =
            ObjectReader::new(self.storage, self.bare, std::slice::from_ref(&pack.record), self.known_commits);
        let offsets = alone.offsets(0, std::slice::from_ref(id)).await?;
        Ok(offsets.first().map(|(_, offset)| *offset))
    }

    /// The entry at `offset`, inflated. It is read in parts that grow, so that little more is read than it has.
    async fn read_whole_entry(&self, at: usize, offset: u64) -> Result<(Header, Vec<u8>), Error> {
        let record = &self.packs[at].record;
        let key = key::pack(self.bare, &record.id, "pack");
        let damaged = |problem: &str| Error::damaged(key.clone(), format!("the entry at {offset} {problem}"));
        // The trailing checksum is no entry.
        let end = record.pack_bytes.saturating_sub(ID_BYTES);
        let (mut next, mut length) = (offset, OBJECT_READ_BYTES);
        let mut header = None;
        let (mut content, mut inflate) = (Vec::new(), flate2::Decompress::new(true));
        while next < end {
            let bytes = self.storage.read_range(&key, next..end.min(next + length)).await?;
            next += bytes.len() as u64;
            length = (length * 4).min(LARGEST_READ_BYTES);
            let mut input = &bytes[..];
            let size = match &header {
                Some((_, size)) => *size,
                None => {
                    let entry = gix_pack::data::Entry::from_bytes(&bytes, offset, gix_hash::Kind::Sha1)
                        .map_err(|_| damaged("is malformed"))?;
                    let start = usize::try_from(entry.data_offset - offset).unwrap_or(usize::MAX);
                    input = bytes.get(start..).unwrap_or_default();
                    let size = usize::try_from(entry.decompressed_size).unwrap_or(usize::MAX);
                    if size > MAXIMUM_BYTES {
                        return Err(damaged("is larger than any that is backed up"));
                    }
                    header = Some((entry.header, size));
                    size
                }
            };
            if inflate_part(&mut inflate, input, &mut content, size).ok_or_else(|| damaged("does not inflate"))? {
                return match header {
                    Some((header, size)) if content.len() == size => Ok((header, content)),
                    _ => Err(damaged("has another length than it says")),
                };
            }
        }
        Err(damaged("does not inflate"))
    }

    /// The size of the object that begins there; `None` when it takes reading it whole to know.
    async fn size_at(&self, place: Option<(usize, u64)>) -> Result<Option<u64>, Error> {
        let Some((at, offset)) = place else { return Ok(None) };
        let record = &self.packs[at].record;
        let key = key::pack(self.bare, &record.id, "pack");
        let end = record.pack_bytes.saturating_sub(ID_BYTES).min(offset + START_BYTES);
        if offset >= end {
            return Ok(None);
        }
        let bytes = match self.storage.read_range(&key, offset..end).await {
            Err(Error::Damaged(_)) => return Ok(None),
            read => read?,
        };
        let Ok(entry) = gix_pack::data::Entry::from_bytes(&bytes, offset, gix_hash::Kind::Sha1) else {
            return Ok(None);
        };
        if entry.header.as_kind().is_some() {
            return Ok(Some(entry.decompressed_size));
        }
        let start = usize::try_from(entry.data_offset - offset).unwrap_or(usize::MAX);
        let mut delta = Vec::with_capacity(32);
        let compressed = bytes.get(start..).unwrap_or_default();
        let inflated =
            flate2::Decompress::new(true).decompress_vec(compressed, &mut delta, flate2::FlushDecompress::None);
        Ok(inflated.ok().and_then(|_| delta::result_size(&delta)))
    }
}

/// Inflates `input` onto `content`, which becomes at most `size` bytes; whether the stream has ended. `None` when it
/// cannot be inflated or would be longer.
fn inflate_part(
    inflate: &mut flate2::Decompress,
    mut input: &[u8],
    content: &mut Vec<u8>,
    size: usize,
) -> Option<bool> {
    loop {
        // One byte more than there should be, so that what is too long is seen.
        let room = (size + 1 - content.len()).min(1 << 20);
        if content.capacity() - content.len() < room {
            content.reserve(room);
        }
        let before = (inflate.total_in(), inflate.total_out());
        let status = inflate.decompress_vec(input, content, flate2::FlushDecompress::None).ok()?;
        input = input.get(usize::try_from(inflate.total_in() - before.0).ok()?..)?;
        if content.len() > size {
            return None;
        }
        match status {
            flate2::Status::StreamEnd => return Some(true),
            _ if (inflate.total_in(), inflate.total_out()) == before => return Some(false),
            _ => {}
        }
    }
}
