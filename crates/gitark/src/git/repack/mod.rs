//! Many packs and loose objects become one pack.
//!
//! What is stored as a delta stays the delta that it is, byte for byte. New deltas are looked for where packs that were
//! made one at a time have none: between the versions of a file that came in different packs. The heuristics are those
//! that git describes for its own packs (`Documentation/technical/pack-heuristics.adoc`, git-pack-objects(1)).
//!
//! 1. `source` lists the objects of all inputs, each once, and reads them.
//! 2. `chains` finds how deep the deltas go, and cuts what goes deeper than is asked for.
//! 3. `order` walks the history that is new: what is recent, and by which name a tree knows an object.
//! 4. `delta_search` tries neighbours of a kind, name and size against each other.
//! 5. `write` writes the pack straight into the indexer, which hashes every object again.

mod chains;
mod delta_search;
mod loose;
mod order;
mod source;
mod write;

use std::{
    io::BufReader,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use gix_hash::ObjectId;
use tokio_util::sync::CancellationToken;

use self::{chains::Chains, delta_search::Search, order::History, source::Source};
use super::{
    Error,
    pack::{self, IndexedPack, PackLimits},
};
use crate::interrupt::Interrupt;

/// What to put into one new pack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepackInput {
    /// Packs with their indexes: `.pack` and `.idx`. None may need objects outside itself for its deltas.
    pub packs: Vec<(PathBuf, PathBuf)>,
    /// Loose objects: the name, and the file that holds it as git writes it below `objects/`.
    pub loose: Vec<(ObjectId, PathBuf)>,
}

/// How much work a repack does, and how much room it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepackOptions {
    /// Threads, and the largest object that is accepted.
    pub limits: PackLimits,
    /// How many neighbours are tried as the base of a delta; 0 makes no new delta.
    pub window: usize,
    /// The longest chain of deltas, at most [`MAXIMUM_DEPTH`]; 0 stores every object whole.
    pub depth: usize,
    /// Bytes that the neighbours may take in memory, for each thread. The window is narrower where they are large.
    pub window_bytes: usize,
}

/// The longest chain of deltas that can be asked for, as in git.
pub const MAXIMUM_DEPTH: usize = 4095;

impl Default for RepackOptions {
    /// A window of 10 and a depth of 50, as git's, and 256 MiB a thread.
    fn default() -> Self {
        Self { limits: PackLimits::default(), window: 10, depth: 50, window_bytes: 256 << 20 }
    }
}

/// Writes one pack with every object of `input`, once each, and its index to `directory`; `None` when there is none.
///
/// The pack needs nothing outside itself. Equal inputs give equal bytes, in whatever order they are named and however
/// many threads there are. Every object is hashed again from the bytes that were written, and the names are compared
/// with those of the inputs before this returns. New deltas lie in an unnamed file in `directory` until then.
///
/// # Errors
/// [`Error::BadObject`] for a damaged object; [`Error::BadPack`] for damage that has no name, or when the new pack does
/// not hold what the inputs do; [`Error::Io`]; [`Error::Cancelled`].
pub async fn repack(
    input: RepackInput,
    directory: &Path,
    options: RepackOptions,
    cancel: &CancellationToken,
) -> Result<Option<IndexedPack>, Error> {
    let interrupt = Interrupt::watch(cancel);
    let (directory, flag) = (directory.to_owned(), interrupt.flag());
    let work = tokio::task::spawn_blocking(move || run(&input, &directory, options, &flag));
    let done = work.await.unwrap_or_else(|panic| Err(Error::BadPack(format!("repacking failed: {panic}"))));
    if cancel.is_cancelled() && done.is_err() { Err(Error::Cancelled) } else { done }
}

fn run(
    input: &RepackInput,
    directory: &Path,
    options: RepackOptions,
    interrupt: &AtomicBool,
) -> Result<Option<IndexedPack>, Error> {
    let source = Source::open(input, options.limits.object_bytes, interrupt)?;
    if source.objects.is_empty() {
        return Ok(None);
    }
    let chains = Chains::new(&source, options.depth.min(MAXIMUM_DEPTH));
    let history = History::walk(&source, interrupt)?;
    let search = Search { source: &source, chains: &chains, history: &history, options, interrupt };
    let deltas = search.run(directory)?;
    tracing::debug!(objects = source.objects.len(), new_deltas = deltas.len(), "writing a pack");

    let (reader, writer) = std::io::pipe().map_err(|source| Error::io("make a pipe", source))?;
    let plan = write::Plan { source: &source, chains: &chains, history: &history, deltas, interrupt };
    let (written, indexed) = std::thread::scope(|scope| {
        let writing = scope.spawn(|| plan.write(writer));
        // The reader ends with the indexer, so that a writer with more to say does not wait for ever.
        let indexed = pack::index(&mut BufReader::with_capacity(1 << 16, reader), directory, interrupt, options.limits);
        let written = writing.join().unwrap_or_else(|_| Err(Error::BadPack("writing it failed".into())));
        (written, indexed)
    });
    let indexed = match (written, indexed) {
        // A pack that is cut off is what the indexer makes of a writer that failed, and a broken pipe the reverse.
        (Err(Error::Io { source, .. }), indexed) if source.kind() == std::io::ErrorKind::BrokenPipe => indexed?,
        (Err(error), _) => return Err(error),
        (Ok(()), indexed) => indexed?,
    };
    let Some(indexed) = indexed else {
        return Err(Error::BadPack("nothing was written".into()));
    };
    check(&source, &indexed)?;
    Ok(Some(indexed))
}

/// The new pack must hold the objects of the inputs, no more and no fewer.
fn check(source: &Source, indexed: &IndexedPack) -> Result<(), Error> {
    let index = indexed.open()?.index;
    let expected = source.objects.iter().map(|object| object.id);
    match index.iter().map(|entry| entry.oid).zip(expected).find(|(written, expected)| written != expected) {
        Some((_, expected)) => Err(Error::BadPack(format!("object {expected} came out as another one"))),
        None if indexed.objects != source.objects.len() as u64 => {
            Err(Error::BadPack("the new pack holds another number of objects".into()))
        }
        None => Ok(()),
    }
}

/// Whether the caller wants this to end.
fn go_on(interrupt: &AtomicBool) -> Result<(), Error> {
    if interrupt.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
}
