//! The objects of all inputs, each in one place, and what they contain.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
};

use gix_hash::ObjectId;
use gix_object::Kind;
use gix_pack::{Bundle, data::entry::Header};

use super::{RepackInput, go_on, loose};
use crate::git::{Error, delta, pack};

/// The place of an object in [`Source::objects`].
pub(super) type Number = u32;

/// All objects of the inputs.
pub(super) struct Source {
    /// Sorted by name, each once.
    pub(super) objects: Vec<Object>,
    /// The numbers of the objects that are deltas, each after its base.
    pub(super) deltas: Vec<Number>,
    /// Largest first.
    packs: Vec<Pack>,
    /// Sorted by name.
    loose: Vec<PathBuf>,
    /// Whether the first pack is larger than all other inputs together, so that its objects are left as they are.
    settled: bool,
    object_bytes: usize,
}

/// One object, as it is stored.
pub(super) struct Object {
    pub(super) id: ObjectId,
    pub(super) kind: Kind,
    pub(super) place: Place,
    /// What it is a delta on.
    pub(super) base: Option<Number>,
    /// Bytes of its content, or of its delta.
    pub(super) size: u64,
}

/// Where an object is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// At this offset of a pack.
    Pack(u32, u64),
    /// In a file of its own.
    Loose(u32),
}

struct Pack {
    bundle: Bundle,
    /// Where entries begin, with the object that each is; sorted.
    entries: Vec<(u64, Number)>,
}

impl Source {
    /// Lists the objects of `input`. Of an object that is stored twice, the one in the larger pack is taken.
    pub(super) fn open(input: &RepackInput, object_bytes: usize, interrupt: &AtomicBool) -> Result<Self, Error> {
        let mut bundles = Vec::with_capacity(input.packs.len());
        for (pack_path, index_path) in &input.packs {
            go_on(interrupt)?;
            bundles.push(pack::open(pack_path, index_path).map_err(|error| in_file(pack_path, &error))?);
        }
        // By size and checksum, so that the order in which they are named does not matter.
        bundles.sort_by_cached_key(|bundle| (std::cmp::Reverse(bundle.pack.data_len()), bundle.pack.checksum()));
        let mut loose: Vec<_> = input.loose.iter().collect();
        loose.sort();
        loose.dedup_by_key(|(id, _)| id);

        let mut places = Vec::new();
        for (rank, bundle) in bundles.iter().enumerate() {
            let entries = bundle.index.iter();
            places.extend(entries.map(|entry| (entry.oid, Place::Pack(rank as u32, entry.pack_offset))));
        }
        places.extend(loose.iter().enumerate().map(|(at, (id, _))| (*id, Place::Loose(at as u32))));
        places.sort_unstable();
        places.dedup_by_key(|(id, _)| *id);
        if Number::try_from(places.len()).is_err() {
            return Err(Error::BadPack("there are more objects than a pack can hold".into()));
        }

        let objects = places.into_iter();
        let objects = objects.map(|(id, place)| Object { id, kind: Kind::Blob, place, base: None, size: 0 });
        let mut source = Self {
            objects: objects.collect(),
            deltas: Vec::new(),
            packs: Vec::new(),
            loose: loose.into_iter().map(|(_, path)| path.clone()).collect(),
            settled: false,
            object_bytes,
        };
        source.packs = bundles.into_iter().map(|bundle| source.pack(bundle)).collect();
        source.read_headers(interrupt)?;
        source.resolve_kinds()?;
        Ok(source)
    }

    fn pack(&self, bundle: Bundle) -> Pack {
        let number = |entry: gix_pack::index::Entry| Some((entry.pack_offset, self.number(&entry.oid)?));
        let mut entries: Vec<_> = bundle.index.iter().filter_map(number).collect();
        entries.sort_unstable();
        Pack { bundle, entries }
    }

    /// The number of `id`, if it is among the objects.
    pub(super) fn number(&self, id: &gix_hash::oid) -> Option<Number> {
        let found = self.objects.binary_search_by(|object| object.id.as_ref().cmp(id));
        found.ok().map(|at| at as Number)
    }

    pub(super) fn object(&self, number: Number) -> &Object {
        &self.objects[number as usize]
    }

    /// All numbers.
    pub(super) fn numbers(&self) -> std::ops::Range<Number> {
        0..self.objects.len() as Number
    }

    /// Whether an object is one of those that are left as they are.
    pub(super) fn is_settled(&self, number: Number) -> bool {
        self.settled && matches!(self.object(number).place, Place::Pack(0, _))
    }

    /// Whether any object is left as it is.
    pub(super) fn has_settled(&self) -> bool {
        self.settled
    }

    /// What is stored of each object, without inflating packed ones.
    fn read_headers(&mut self, interrupt: &AtomicBool) -> Result<(), Error> {
        let mut loose_bytes = 0;
        for number in self.numbers() {
            if number % 1024 == 0 {
                go_on(interrupt)?;
            }
            let object = self.object(number);
            let (kind, size, base) = match object.place {
                Place::Loose(at) => {
                    let path = &self.loose[at as usize];
                    let file = loose::Loose::open(&object.id, path)?;
                    loose_bytes += file.stored_bytes;
                    (file.kind, file.size, None)
                }
                Place::Pack(rank, offset) => {
                    let entry = self.stored(number)?.entry;
                    let base = match entry.header {
                        Header::OfsDelta { base_distance } => {
                            let at = offset.checked_sub(base_distance).filter(|at| *at < offset);
                            Some(at.and_then(|at| self.packs[rank as usize].number_at(at)))
                        }
                        Header::RefDelta { base_id } => {
                            let inside = self.packs[rank as usize].bundle.index.lookup(base_id).is_some();
                            Some(self.number(&base_id).filter(|_| inside))
                        }
                        _ => None,
                    };
                    let base = match base {
                        Some(None) => return Err(self.bad(number, "the base of its delta is not in its pack")),
                        Some(found) => found,
                        None => None,
                    };
                    (entry.header.as_kind().unwrap_or(Kind::Blob), entry.decompressed_size, base)
                }
            };
            if size > self.object_bytes as u64 {
                return Err(self.bad(number, "it is larger than is accepted"));
            }
            let object = &mut self.objects[number as usize];
            (object.kind, object.size, object.base) = (kind, size, base);
        }
        let others: usize = self.packs.iter().skip(1).map(|pack| pack.bundle.pack.data_len()).sum();
        let first = self.packs.first().map(|pack| pack.bundle.pack.data_len());
        self.settled = first.is_some_and(|first| first as u64 > others as u64 + loose_bytes);
        Ok(())
    }

    /// A delta is of its base's kind. Bases come first, and there is no circle.
    fn resolve_kinds(&mut self) -> Result<(), Error> {
        let mut is_resolved: Vec<bool> = self.objects.iter().map(|object| object.base.is_none()).collect();
        let mut chain = Vec::new();
        for number in self.numbers() {
            let mut at = number;
            while !is_resolved[at as usize] {
                chain.push(at);
                // It would have to be a chain of all deltas and one more.
                if chain.len() > self.objects.len() {
                    return Err(self.bad(number, "its delta is, over others, a delta on itself"));
                }
                let Some(base) = self.object(at).base else { break };
                at = base;
            }
            let kind = self.object(at).kind;
            while let Some(at) = chain.pop() {
                self.objects[at as usize].kind = kind;
                is_resolved[at as usize] = true;
                self.deltas.push(at);
            }
        }
        Ok(())
    }

    /// The packed entry of an object that is in a pack.
    pub(super) fn stored(&self, number: Number) -> Result<Stored<'_>, Error> {
        let Place::Pack(rank, offset) = self.object(number).place else {
            return Err(self.bad(number, "it is in no pack"));
        };
        let pack = &self.packs[rank as usize];
        let bytes = pack.entry_bytes(offset).ok_or_else(|| self.bad(number, "it lies outside of its pack"))?;
        let entry = gix_pack::data::Entry::from_bytes(bytes, offset, gix_hash::Kind::Sha1);
        let entry = entry.map_err(|error| self.bad(number, pack::one_line(&error)))?;
        let compressed = usize::try_from(entry.data_offset - offset).ok().and_then(|header| bytes.get(header..));
        let compressed = compressed.ok_or_else(|| self.bad(number, "it is cut off"))?;
        Ok(Stored { entry, bytes, compressed })
    }

    /// The compressed bytes of a packed object, compared with the checksum in the index.
    pub(super) fn checked_bytes(&self, number: Number) -> Result<&[u8], Error> {
        let stored = self.stored(number)?;
        let object = self.object(number);
        let Place::Pack(rank, _) = object.place else { return Ok(stored.compressed) };
        let index = &self.packs[rank as usize].bundle.index;
        if let Some(expected) = index.lookup(object.id).and_then(|at| index.crc32_at_index(at)) {
            let mut sum = flate2::Crc::new();
            sum.update(stored.bytes);
            if sum.sum() != expected {
                return Err(self.bad(number, "its bytes do not match the checksum in the index"));
            }
        }
        Ok(stored.compressed)
    }

    /// Opens the file of a loose object; `None` for one in a pack.
    pub(super) fn loose(&self, number: Number) -> Result<Option<loose::Loose>, Error> {
        let object = self.object(number);
        match object.place {
            Place::Loose(at) => loose::Loose::open(&object.id, &self.loose[at as usize]).map(Some),
            Place::Pack(..) => Ok(None),
        }
    }

    /// An object that cannot be used because of this `problem`.
    pub(super) fn bad(&self, number: Number, problem: impl Into<String>) -> Error {
        let object = self.object(number);
        let path = match object.place {
            Place::Pack(rank, _) => self.packs[rank as usize].bundle.pack.path(),
            Place::Loose(at) => &self.loose[at as usize],
        };
        Error::BadObject { id: object.id, place: path.display().to_string(), problem: problem.into() }
    }
}

fn in_file(path: &Path, error: &Error) -> Error {
    match error {
        Error::BadPack(problem) => Error::BadPack(format!("{}: {problem}", path.display())),
        error => Error::BadPack(format!("{}: {error}", path.display())),
    }
}

/// An entry of a pack.
pub(super) struct Stored<'a> {
    pub(super) entry: gix_pack::data::Entry,
    /// All of it.
    bytes: &'a [u8],
    /// What follows its header.
    pub(super) compressed: &'a [u8],
}

impl Pack {
    fn number_at(&self, offset: u64) -> Option<Number> {
        let found = self.entries.binary_search_by_key(&offset, |(offset, _)| *offset).ok()?;
        Some(self.entries[found].1)
    }

    /// From `offset` to where the next entry begins, or to the pack's end.
    fn entry_bytes(&self, offset: u64) -> Option<&[u8]> {
        let after = self.entries.partition_point(|(start, _)| *start <= offset);
        let end = self.entries.get(after).map_or(self.bundle.pack.pack_end() as u64, |(next, _)| *next);
        (offset < end && end <= self.bundle.pack.pack_end() as u64)
            .then(|| self.bundle.pack.entry_slice(offset..end))
            .flatten()
    }
}

/// Reads objects, and keeps some of those that were read last: they are bases of deltas that come next.
pub(super) struct Reader<'a> {
    source: &'a Source,
    recent: HashMap<Number, Arc<Vec<u8>>>,
    before: HashMap<Number, Arc<Vec<u8>>>,
    /// Bytes in `recent`.
    recent_bytes: usize,
}

/// Bytes that a reader keeps, twice.
const KEPT_BYTES: usize = 16 << 20;

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self { source, recent: HashMap::new(), before: HashMap::new(), recent_bytes: 0 }
    }

    /// What the object contains. Packed ones are not hashed here; the indexer does that.
    pub(super) fn content(&mut self, number: Number) -> Result<Arc<Vec<u8>>, Error> {
        let mut chain = Vec::new();
        let mut at = number;
        let mut content = loop {
            if let Some(content) = self.kept(at) {
                break content;
            }
            match self.source.object(at).base {
                Some(base) => {
                    chain.push(at);
                    at = base;
                }
                None => break self.keep(at, self.inflated(at)?),
            }
        };
        for at in chain.into_iter().rev() {
            let delta = self.inflated(at)?;
            let applied = delta::apply(&content, &delta, self.source.object_bytes);
            content = self.keep(at, applied.ok_or_else(|| self.source.bad(at, "its delta is malformed"))?);
        }
        Ok(content)
    }

    /// Content or delta, as it is stored.
    fn inflated(&self, number: Number) -> Result<Vec<u8>, Error> {
        if let Some(loose) = self.source.loose(number)? {
            return loose.content();
        }
        let size = self.source.object(number).size as usize;
        // One byte more than there should be, to tell when there are too many.
        let mut content = Vec::with_capacity(size + 1);
        let compressed = self.source.stored(number)?.compressed;
        let mut inflate = flate2::Decompress::new(true);
        match inflate.decompress_vec(compressed, &mut content, flate2::FlushDecompress::Finish) {
            Ok(flate2::Status::StreamEnd) if content.len() == size => Ok(content),
            _ => Err(self.source.bad(number, "it does not inflate")),
        }
    }

    fn kept(&mut self, number: Number) -> Option<Arc<Vec<u8>>> {
        if let Some(content) = self.recent.get(&number) {
            return Some(content.clone());
        }
        let content = self.before.remove(&number)?;
        self.insert(number, content.clone());
        Some(content)
    }

    fn keep(&mut self, number: Number, content: Vec<u8>) -> Arc<Vec<u8>> {
        let content = Arc::new(content);
        if content.len() <= KEPT_BYTES / 2 {
            self.insert(number, content.clone());
        }
        content
    }

    fn insert(&mut self, number: Number, content: Arc<Vec<u8>>) {
        if self.recent_bytes > KEPT_BYTES {
            self.before = std::mem::take(&mut self.recent);
            self.recent_bytes = 0;
        }
        // An empty one takes room too.
        self.recent_bytes += content.len() + 64;
        self.recent.insert(number, content);
    }
}
