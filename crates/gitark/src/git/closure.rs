//! Whether a pack holds all that its objects lead to: no `have` may be built on a pack that does not.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::BuildHasher as _,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
};

use gix_hash::ObjectId;
use gix_object::Kind;
use gix_pack::{Bundle, index::traverse::SafetyCheck};
use tokio_util::sync::CancellationToken;

use super::{
    Error, kinds,
    lfs::{self, Pointer},
    links::{self, CommitLinks, Expected},
    pack::{self, PackLimits, one_line},
};
use crate::interrupt::Interrupt;

/// What a pack's objects lead to.
#[derive(Clone, Debug, Default)]
pub struct Closure {
    /// Objects that are named but not in the pack.
    pub missing: HashSet<ObjectId>,
    /// The pack's commits, when they were asked for.
    pub commits: HashMap<ObjectId, CommitLinks>,
    /// What the pack's tags name.
    pub tags: HashMap<ObjectId, (ObjectId, Kind)>,
    /// The LFS pointers among the pack's blobs.
    pub pointers: BTreeSet<Pointer>,
}

/// How thoroughly to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The pack was indexed by this process a moment ago: every object was hashed.
    JustIndexed,
    /// The pack was stored: check file checksums, object names and CRCs too.
    Nothing,
}

/// Opens the pack and index at these paths, decodes every object once on a blocking thread, and collects what the
/// objects lead to.
///
/// # Errors
/// [`Error::BadPack`] for damage, malformed objects, or an object that is not of the kind that another one says;
/// [`Error::Cancelled`].
pub async fn closure_of(
    pack_path: &Path,
    index_path: &Path,
    trust: Trust,
    with_commits: bool,
    limits: PackLimits,
    cancel: &CancellationToken,
) -> Result<(Bundle, Closure), Error> {
    let interrupt = Interrupt::watch(cancel);
    let (pack_path, index_path, flag) = (pack_path.to_owned(), index_path.to_owned(), interrupt.flag());
    let work = tokio::task::spawn_blocking(move || {
        let bundle = pack::open(&pack_path, &index_path)?;
        let closure = closure(&bundle, trust, with_commits, limits, &flag)?;
        Ok((bundle, closure))
    });
    let done = work.await.unwrap_or_else(|panic| Err(Error::BadPack(format!("checking it failed: {panic}"))));
    if cancel.is_cancelled() && done.is_err() { Err(Error::Cancelled) } else { done }
}

/// Decodes every object of `bundle` once and collects what they lead to. `interrupt` stops it.
///
/// # Errors
/// [`Error::BadPack`] for damage, malformed objects, or an object that is not of the kind that another one says.
fn closure(
    bundle: &Bundle,
    trust: Trust,
    with_commits: bool,
    limits: PackLimits,
    interrupt: &AtomicBool,
) -> Result<Closure, Error> {
    let objects = usize::try_from(bundle.index.num_objects()).unwrap_or_default();
    let state = Shared {
        real: atomics(objects),
        expected: atomics(objects),
        closure: Mutex::default(),
        malformed: Mutex::default(),
    };
    let positions = Positions::new(&bundle.index);
    let worker = Worker { positions: &positions, state: &state, with_commits, missing: HashSet::new() };
    match trust {
        Trust::JustIndexed => visit_links(bundle, worker, limits, interrupt),
        Trust::Nothing => visit_all(bundle, worker, limits, interrupt),
    }?;
    if let Some(id) = take(&state.malformed) {
        return Err(Error::BadPack(format!("object {id} is malformed")));
    }
    for (at, (real, expected)) in state.real.iter().zip(&state.expected).enumerate() {
        let (real, expected) = (real.load(Ordering::Relaxed), expected.load(Ordering::Relaxed));
        if expected & !real != 0 {
            let id = bundle.index.oid_at_index(u32::try_from(at).unwrap_or_default());
            return Err(Error::BadPack(format!("object {id} is not of the kind that another object says")));
        }
    }
    Ok(take(&state.closure))
}

/// Decodes every object, and checks files, names and CRCs.
fn visit_all(bundle: &Bundle, mut worker: Worker<'_>, limits: PackLimits, interrupt: &AtomicBool) -> Result<(), Error> {
    let options = gix_pack::index::traverse::with_index::Options {
        thread_limit: (limits.threads > 0).then_some(limits.threads),
        check: SafetyCheck::All,
        alloc_limit_bytes: Some(limits.object_bytes),
    };
    let visit = move |kind, data: &[u8], entry: &gix_pack::index::Entry, _: &dyn gix::Progress| {
        if let Some(at) = worker.positions.get(&entry.oid) {
            worker.state.real[at].store(Expected::of(kind) as u8, Ordering::Relaxed);
            worker.object(kind, data, at);
        }
        Ok(())
    };
    let discard = &mut gix::progress::Discard;
    bundle.index.traverse_with_index(&bundle.pack, visit, discard, interrupt, options).map(drop).map_err(bad)
}

/// Decodes what can lead to other objects. The rest, most of a pack's bytes, was decoded when it was indexed.
fn visit_links(bundle: &Bundle, worker: Worker<'_>, limits: PackLimits, interrupt: &AtomicBool) -> Result<(), Error> {
    let (index, pack) = (&bundle.index, &bundle.pack);
    let entries = kinds::entries(bundle, |id| worker.positions.get(id))?;
    for entry in &entries {
        worker.state.real[entry.at as usize].store(Expected::of(entry.kind) as u8, Ordering::Relaxed);
    }
    let blobs = entries.iter().filter(|entry| entry.kind == Kind::Blob).map(|entry| entry.at);
    let pointers = lfs::scan::pointers(bundle, blobs, interrupt)?;
    worker.state.with(|closure| closure.pointers = pointers);
    let discard = &mut gix::progress::Discard;
    let tree = gix_pack::cache::delta::Tree::from_offsets_in_pack(
        pack.path(),
        // The first is taken whatever it is: the headers are read from where the first entry must begin.
        entries
            .into_iter()
            .enumerate()
            .filter(|(at, entry)| *at == 0 || entry.kind != Kind::Blob)
            .map(|(_, entry)| entry),
        &|entry| entry.offset,
        &|id| Ok(worker.positions.get(id).and_then(|at| Some(index.pack_offset_at_index(u32::try_from(at).ok()?)))),
        discard,
        interrupt,
        gix_hash::Kind::Sha1,
    )
    .map_err(bad)?;
    let options = gix_pack::cache::delta::traverse::Options {
        object_progress: Box::new(gix::progress::Discard),
        size_progress: &mut gix::progress::Discard,
        thread_limit: (limits.threads > 0).then_some(limits.threads),
        should_interrupt: interrupt,
        object_hash: gix_hash::Kind::Sha1,
        alloc_limit_bytes: Some(limits.object_bytes),
    };
    let mut worker = worker;
    let visit = move |entry: &mut kinds::Entry,
                      _: &dyn gix::Progress,
                      context: gix_pack::cache::delta::traverse::Context<'_>| {
        worker.object(entry.kind, context.decompressed, entry.at as usize);
        Ok(())
    };
    tree.traverse(|range, pack| pack.entry_slice(range), pack, pack.pack_end() as u64, visit, options)
        .map(drop)
        .map_err(bad)
}

fn bad(error: gix::Error) -> Error {
    Error::BadPack(one_line(&error))
}

impl Closure {
    /// What `tag` leads to in the end; `None` when it is no tag of this pack, or leads to a tag outside it.
    pub fn peel(&self, tag: &ObjectId) -> Option<ObjectId> {
        let (mut target, mut kind) = *self.tags.get(tag)?;
        // A chain of tags cannot be a cycle of SHA-1s; the bound is for a hash that was broken.
        for _ in 0..self.tags.len() {
            if kind != Kind::Tag {
                return Some(target);
            }
            (target, kind) = *self.tags.get(&target)?;
        }
        None
    }
}

fn atomics(length: usize) -> Vec<AtomicU8> {
    std::iter::repeat_with(|| AtomicU8::new(0)).take(length).collect()
}

fn take<T: Default>(mutex: &Mutex<T>) -> T {
    std::mem::take(&mut mutex.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Finds objects by name in about one step: a search in the sorted index takes one for each halving, and a closure
/// check looks for every entry of every tree.
struct Positions<'a> {
    index: &'a gix_pack::index::File,
    /// Places in the index, plus one; 0 is an empty slot.
    slots: Vec<u32>,
    /// Chosen anew for each table, so that nobody can make objects that all want the same slot.
    factor: u64,
    shift: u32,
}

impl<'a> Positions<'a> {
    fn new(index: &'a gix_pack::index::File) -> Self {
        let count = index.num_objects();
        let slots = (u64::from(count) * 2).next_power_of_two().max(2);
        let factor = std::hash::RandomState::new().hash_one(count) | 1;
        let slots_in_memory = vec![0; usize::try_from(slots).unwrap_or_default()];
        let mut table = Self { index, slots: slots_in_memory, factor, shift: 64 - slots.trailing_zeros() };
        for at in 0..count {
            let mut slot = table.slot(index.oid_at_index(at));
            while table.slots[slot] != 0 {
                slot = (slot + 1) & (table.slots.len() - 1);
            }
            table.slots[slot] = at + 1;
        }
        table
    }

    fn slot(&self, id: &gix_hash::oid) -> usize {
        let first = id.as_bytes().first_chunk().copied().map_or(0, u64::from_le_bytes);
        usize::try_from(first.wrapping_mul(self.factor) >> self.shift).unwrap_or_default()
    }

    /// The place of `id` in the index.
    fn get(&self, id: &gix_hash::oid) -> Option<usize> {
        let mut slot = self.slot(id);
        loop {
            let at = self.slots[slot].checked_sub(1)?;
            if self.index.oid_at_index(at) == id {
                return Some(at as usize);
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }
}

struct Shared {
    /// By place in the index: the kind that the object is.
    real: Vec<AtomicU8>,
    /// By place in the index: the kinds that others say it is.
    expected: Vec<AtomicU8>,
    closure: Mutex<Closure>,
    malformed: Mutex<Option<ObjectId>>,
}

struct Worker<'a> {
    positions: &'a Positions<'a>,
    state: &'a Shared,
    with_commits: bool,
    /// What this thread already reported, so that the shared set is not locked for each.
    missing: HashSet<ObjectId>,
}

impl Clone for Worker<'_> {
    fn clone(&self) -> Self {
        Self { missing: HashSet::new(), ..*self }
    }
}

impl Worker<'_> {
    /// Takes the object at place `at` of the index.
    fn object(&mut self, kind: Kind, data: &[u8], at: usize) {
        let positions = self.positions;
        let id = positions.index.oid_at_index(u32::try_from(at).unwrap_or_default());
        let shared = self.state;
        let missing = &mut self.missing;
        let well_formed = links::each_link(kind, data, |id, expected| match positions.get(id) {
            Some(at) => {
                let slot = &shared.expected[at];
                if slot.load(Ordering::Relaxed) & expected as u8 == 0 {
                    slot.fetch_or(expected as u8, Ordering::Relaxed);
                }
            }
            None => {
                if missing.insert(id.to_owned()) {
                    shared.with(|closure| closure.missing.insert(id.to_owned()));
                }
            }
        });
        if let (Kind::Blob, Some(pointer)) = (kind, Pointer::parse(data)) {
            shared.with(|closure| closure.pointers.insert(pointer));
        }
        let links = match kind {
            Kind::Commit if self.with_commits => links::commit_links(data),
            _ => None,
        };
        let tag = if kind == Kind::Tag { links::tag_target(data) } else { None };
        if links.is_some() || tag.is_some() {
            shared.with(|closure| {
                closure.commits.extend(links.map(|links| (id.to_owned(), links)));
                closure.tags.extend(tag.map(|target| (id.to_owned(), target)));
            });
        }
        if well_formed.is_none() {
            *shared.malformed.lock().unwrap_or_else(PoisonError::into_inner) = Some(id.to_owned());
        }
    }
}

impl Shared {
    fn with<T>(&self, change: impl FnOnce(&mut Closure) -> T) {
        change(&mut self.closure.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
