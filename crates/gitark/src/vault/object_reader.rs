//! Objects in stored packs, found and read by range: the cost follows what is asked, not the size of the repository.
//!
//! Formats: gitformat-pack(5), "pack-*.idx files" version 2.

mod content;

use std::collections::{BTreeMap, HashMap, HashSet};

use bytes::Bytes;
use gix_hash::ObjectId;
use gix_pack::data::entry::Header;

use super::{Error, Storage, key, log::PackRecord};
use crate::git::{
    ancestry::CommitSource,
    delta,
    links::{self, CommitLinks},
};

pub use content::Object;

const HEADER_BYTES: u64 = 8;
const FAN_OUT_BYTES: u64 = 1024;
const ID_BYTES: u64 = 20;
/// Bytes read at first for one object: most commits fit.
const OBJECT_READ_BYTES: u64 = 4096;
/// A commit larger than this is not read.
const MAXIMUM_COMMIT_BYTES: usize = 1 << 20;
/// Deltas on deltas that are followed.
const MAXIMUM_DEPTH: usize = 64;

/// Stored commits that one reader reads: the cost of the proofs of one backup is bounded, whatever was pushed.
const MAXIMUM_COMMITS: usize = 2_000;

/// Reads from the packs of one bare repository.
pub struct ObjectReader<'a> {
    storage: &'a Storage,
    bare: &'a str,
    packs: Vec<Pack>,
    /// Commits that need no reading: those of a pack that is not stored yet.
    known_commits: &'a HashMap<ObjectId, CommitLinks>,
    /// Stored commits that were read, and what could not be.
    read_commits: HashMap<ObjectId, Option<CommitLinks>>,
}

struct Pack {
    record: PackRecord,
    fan_out: Option<[u32; 256]>,
    /// Names of objects by first byte, as far as they were read.
    buckets: BTreeMap<u8, Bytes>,
}

impl Pack {
    fn bucket_range(&self, first: u8) -> Option<(u32, u32)> {
        let fan_out = self.fan_out.as_ref()?;
        let start = if first == 0 { 0 } else { fan_out[usize::from(first) - 1] };
        Some((start, fan_out[usize::from(first)]))
    }

    fn total(&self) -> u64 {
        self.fan_out.map_or(0, |fan_out| u64::from(fan_out[255]))
    }

    /// The place of `id` in the index, once its bucket was read.
    fn position(&self, id: &ObjectId) -> Option<u64> {
        let bucket = self.buckets.get(&id.first_byte())?;
        let (start, _) = self.bucket_range(id.first_byte())?;
        let (names, _) = bucket.as_chunks::<{ ID_BYTES as usize }>();
        let found = names.binary_search_by(|name| name.as_slice().cmp(id.as_bytes()));
        found.ok().map(|at| u64::from(start) + at as u64)
    }
}

impl<'a> ObjectReader<'a> {
    /// A reader over `packs` (oldest first, as in the log).
    pub fn new(
        storage: &'a Storage,
        bare: &'a str,
        packs: &[PackRecord],
        known_commits: &'a HashMap<ObjectId, CommitLinks>,
    ) -> Self {
        let packs = packs.iter().rev();
        let packs = packs.map(|record| Pack { record: record.clone(), fan_out: None, buckets: BTreeMap::new() });
        Self { storage, bare, packs: packs.collect(), known_commits, read_commits: HashMap::new() }
    }

    /// Which of `ids` are in none of the packs. Newest packs are asked first.
    ///
    /// # Errors
    /// [`Error::Damaged`] for an index that is missing or impossible, [`Error::Store`].
    pub async fn missing(&mut self, ids: HashSet<ObjectId>) -> Result<HashSet<ObjectId>, Error> {
        let mut missing = ids;
        for at in 0..self.packs.len() {
            if missing.is_empty() {
                break;
            }
            self.read_buckets(at, missing.iter().map(|id| id.first_byte())).await?;
            let pack = &self.packs[at];
            missing.retain(|id| pack.position(id).is_none());
        }
        Ok(missing)
    }

    async fn read_buckets(&mut self, at: usize, firsts: impl Iterator<Item = u8>) -> Result<(), Error> {
        let pack = &mut self.packs[at];
        let key = key::pack(self.bare, &pack.record.id, "idx");
        if pack.fan_out.is_none() {
            let range = 0..HEADER_BYTES + FAN_OUT_BYTES;
            let head = self.storage.read_range(&key, range).await?;
            pack.fan_out = Some(parse_fan_out(&key, &head, &pack.record)?);
        }
        let wanted: HashSet<u8> = firsts.filter(|first| !pack.buckets.contains_key(first)).collect();
        let mut wanted: Vec<u8> = wanted.into_iter().collect();
        wanted.sort_unstable();
        let names = HEADER_BYTES + FAN_OUT_BYTES;
        let mut ranges = Vec::with_capacity(wanted.len());
        for first in &wanted {
            let (start, end) = pack.bucket_range(*first).unwrap_or_default();
            ranges.push(names + u64::from(start) * ID_BYTES..names + u64::from(end) * ID_BYTES);
        }
        // An empty range is no request that a store answers.
        let asked: Vec<_> = ranges.iter().filter(|range| !range.is_empty()).cloned().collect();
        let mut parts =
            if asked.is_empty() { Vec::new() } else { self.storage.read_ranges(&key, &asked).await? }.into_iter();
        for (first, range) in wanted.into_iter().zip(ranges) {
            let bucket = if range.is_empty() { Bytes::new() } else { parts.next().unwrap_or_default() };
            pack.buckets.insert(first, bucket);
        }
        Ok(())
    }

    /// Where object `id` begins: the pack's place in our list and the offset.
    async fn locate(&mut self, id: &ObjectId) -> Result<Option<(usize, u64)>, Error> {
        for at in 0..self.packs.len() {
            self.read_buckets(at, std::iter::once(id.first_byte())).await?;
            let pack = &self.packs[at];
            let Some(position) = pack.position(id) else { continue };
            let key = key::pack(self.bare, &pack.record.id, "idx");
            let total = pack.total();
            let offsets = HEADER_BYTES + FAN_OUT_BYTES + total * (ID_BYTES + 4);
            let short = self.number(&key, offsets + position * 4, 4).await?;
            let offset = if short & 0x8000_0000 == 0 {
                short
            } else {
                self.number(&key, offsets + total * 4 + (short & 0x7fff_ffff) * 8, 8).await?
            };
            return Ok(Some((at, offset)));
        }
        Ok(None)
    }

    async fn number(&self, key: &str, at: u64, length: u64) -> Result<u64, Error> {
        let bytes = self.storage.read_range(key, at..at + length).await?;
        Ok(bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// The content of `id` if it is a commit of moderate size.
    async fn read_commit(&mut self, id: ObjectId) -> Result<Option<Vec<u8>>, Error> {
        let Some((at, mut offset)) = self.locate(&id).await? else {
            return Ok(None);
        };
        let mut deltas = Vec::new();
        let mut at = at;
        let base = loop {
            if deltas.len() > MAXIMUM_DEPTH {
                return Ok(None);
            }
            let Some((header, content)) = self.read_entry(at, offset).await? else {
                return Ok(None);
            };
            match header {
                Header::Commit => break content,
                Header::OfsDelta { base_distance } if base_distance > 0 && base_distance < offset => {
                    deltas.push(content);
                    offset -= base_distance;
                }
                Header::RefDelta { base_id } => {
                    deltas.push(content);
                    match self.locate(&base_id).await? {
                        Some(found) => (at, offset) = found,
                        None => return Ok(None),
                    }
                }
                _ => return Ok(None),
            }
        };
        Ok(deltas.iter().rev().try_fold(base, |base, delta| delta::apply(&base, delta, MAXIMUM_COMMIT_BYTES)))
    }

    /// The entry at `offset`, inflated; `None` when it is too large to be a commit or a delta of one.
    async fn read_entry(&self, at: usize, offset: u64) -> Result<Option<(Header, Vec<u8>)>, Error> {
        let record = &self.packs[at].record;
        let key = key::pack(self.bare, &record.id, "pack");
        // The trailing checksum is no entry.
        let end = record.pack_bytes.saturating_sub(ID_BYTES);
        let mut length = OBJECT_READ_BYTES;
        loop {
            let range = offset..end.min(offset.saturating_add(length));
            if range.is_empty() {
                return Err(Error::damaged(key, "an index points past its end"));
            }
            let whole = range.end == end;
            let bytes = self.storage.read_range(&key, range).await?;
            let Ok(entry) = gix_pack::data::Entry::from_bytes(&bytes, offset, gix_hash::Kind::Sha1) else {
                return Err(Error::damaged(key, format!("the entry at {offset} is malformed")));
            };
            let size = usize::try_from(entry.decompressed_size).unwrap_or(usize::MAX);
            if size > MAXIMUM_COMMIT_BYTES {
                return Ok(None);
            }
            let data = usize::try_from(entry.data_offset - offset).unwrap_or(usize::MAX);
            let mut content = Vec::with_capacity(size);
            let mut inflate = flate2::Decompress::new(true);
            let compressed = bytes.get(data..).unwrap_or_default();
            let status = inflate.decompress_vec(compressed, &mut content, flate2::FlushDecompress::Finish);
            if status.is_ok() && content.len() == size {
                return Ok(Some((entry.header, content)));
            }
            if whole || length as usize > 2 * MAXIMUM_COMMIT_BYTES {
                return Err(Error::damaged(key, format!("the entry at {offset} does not inflate")));
            }
            length *= 8;
        }
    }
}

impl CommitSource for ObjectReader<'_> {
    type Error = Error;

    fn at_hand(&self, id: &ObjectId) -> Option<&CommitLinks> {
        self.known_commits.get(id)
    }

    async fn commit(&mut self, id: ObjectId) -> Result<Option<CommitLinks>, Error> {
        if let Some(links) = self.known_commits.get(&id) {
            return Ok(Some(links.clone()));
        }
        if let Some(read) = self.read_commits.get(&id) {
            return Ok(read.clone());
        }
        if self.read_commits.len() >= MAXIMUM_COMMITS {
            return Ok(None);
        }
        let links = self.read_commit(id).await?.and_then(|content| links::commit_links(&content));
        self.read_commits.insert(id, links.clone());
        Ok(links)
    }
}

fn parse_fan_out(key: &str, head: &[u8], record: &PackRecord) -> Result<[u32; 256], Error> {
    let (magic, table) = head.split_at(HEADER_BYTES as usize);
    if magic != b"\xfftOc\0\0\0\x02" {
        return Err(Error::damaged(key, "it is no pack index of version 2"));
    }
    let mut fan_out = [0u32; 256];
    let mut before = 0;
    for (slot, bytes) in fan_out.iter_mut().zip(table.chunks_exact(4)) {
        *slot = bytes.iter().fold(0, |value, byte| value << 8 | u32::from(*byte));
        if *slot < before {
            return Err(Error::damaged(key, "its fan-out table is not sorted"));
        }
        before = *slot;
    }
    if u64::from(fan_out[255]) != record.objects {
        return Err(Error::damaged(key, "it holds another number of objects than the log says"));
    }
    Ok(fan_out)
}
