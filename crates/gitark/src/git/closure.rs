//! Whether a pack holds all that its objects lead to: no `have` may be built on a pack that does not.

use std::{
    collections::{HashMap, HashSet},
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
    Error,
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
    let mut worker = Worker { bundle, state: &state, with_commits, missing: HashSet::new() };
    let check = match trust {
        Trust::JustIndexed => SafetyCheck::SkipFileAndObjectChecksumVerification,
        Trust::Nothing => SafetyCheck::All,
    };
    let options = gix_pack::index::traverse::with_index::Options {
        thread_limit: (limits.threads > 0).then_some(limits.threads),
        check,
        alloc_limit_bytes: Some(limits.object_bytes),
    };
    bundle
        .index
        .traverse_with_index(
            &bundle.pack,
            move |kind, data, entry, _| {
                worker.object(kind, data, &entry.oid);
                Ok(())
            },
            &mut gix::progress::Discard,
            interrupt,
            options,
        )
        .map_err(|error| Error::BadPack(one_line(&error)))?;
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

struct Shared {
    /// By place in the index: the kind that the object is.
    real: Vec<AtomicU8>,
    /// By place in the index: the kinds that others say it is.
    expected: Vec<AtomicU8>,
    closure: Mutex<Closure>,
    malformed: Mutex<Option<ObjectId>>,
}

struct Worker<'a> {
    bundle: &'a Bundle,
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
    fn object(&mut self, kind: Kind, data: &[u8], id: &ObjectId) {
        let index = &self.bundle.index;
        if let Some(at) = index.lookup(id) {
            self.state.real[at as usize].store(Expected::of(kind) as u8, Ordering::Relaxed);
        }
        let shared = self.state;
        let missing = &mut self.missing;
        let well_formed = links::each_link(kind, data, |id, expected| match index.lookup(id) {
            Some(at) => {
                let slot = &shared.expected[at as usize];
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
        let links = match kind {
            Kind::Commit if self.with_commits => links::commit_links(data),
            _ => None,
        };
        let tag = if kind == Kind::Tag { links::tag_target(data) } else { None };
        if links.is_some() || tag.is_some() {
            shared.with(|closure| {
                closure.commits.extend(links.map(|links| (*id, links)));
                closure.tags.extend(tag.map(|target| (*id, target)));
            });
        }
        if well_formed.is_none() {
            *shared.malformed.lock().unwrap_or_else(PoisonError::into_inner) = Some(*id);
        }
    }
}

impl Shared {
    fn with<T>(&self, change: impl FnOnce(&mut Closure) -> T) {
        change(&mut self.closure.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
