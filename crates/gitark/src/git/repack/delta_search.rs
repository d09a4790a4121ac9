//! Looks for deltas between objects that are stored whole.
//!
//! Objects are sorted so that versions of one file come together, large before small, and each is tried against those
//! just before it. A delta is taken when it is smaller than half of the object, less the deeper it would be, and when
//! it is smaller, compressed, than what is stored.

use std::{
    collections::VecDeque,
    fs::File,
    io::{Seek as _, SeekFrom, Write as _},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use super::{
    RepackOptions,
    chains::Chains,
    go_on,
    order::{self, History},
    source::{Number, Place, Reader, Source},
};
use crate::git::{Error, delta, delta::encode::BlockIndex};

/// Larger objects are no deltas, and bases of none.
const MAXIMUM_BYTES: u64 = 64 << 20;
/// Smaller objects are no deltas: there is nothing to win.
const MINIMUM_BYTES: u64 = 50;
/// Bytes that a delta must save beyond the half of an object.
const MARGIN: usize = 20;
/// A base this many times larger is not tried.
const MAXIMUM_SHRINKING: usize = 32;
/// Objects that one thread takes at a time, more or less: where a name ends if it can be, and so that the result does
/// not depend on the number of threads.
const SHARE: usize = 512;

/// Everything that the search looks at.
pub(super) struct Search<'a> {
    pub(super) source: &'a Source,
    pub(super) chains: &'a Chains,
    pub(super) history: &'a History,
    pub(super) options: RepackOptions,
    pub(super) interrupt: &'a AtomicBool,
}

/// A delta that was found, compressed in the spool.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewDelta {
    pub(super) number: Number,
    pub(super) base: Number,
    /// Bytes before compression.
    pub(super) size: u64,
    /// Where it begins in the spool.
    pub(super) start: u64,
    pub(super) compressed: usize,
}

/// All deltas that were found.
pub(super) struct NewDeltas {
    /// Sorted by number.
    found: Vec<NewDelta>,
    pub(super) spool: File,
}

impl NewDeltas {
    pub(super) fn len(&self) -> usize {
        self.found.len()
    }

    pub(super) fn get(&self, number: Number) -> Option<NewDelta> {
        let at = self.found.binary_search_by_key(&number, |delta| delta.number).ok()?;
        Some(self.found[at])
    }
}

/// An object that may become a delta, or a settled one that may be a base.
struct Candidate {
    number: Number,
    kind: u8,
    name: u32,
    is_target: bool,
    size: u64,
}

impl Search<'_> {
    /// Looks for deltas; what is found lies in an unnamed file in `directory`.
    pub(super) fn run(&self, directory: &Path) -> Result<NewDeltas, Error> {
        let io = |source| Error::io("make a file for deltas", source);
        let spool = Mutex::new((tempfile::tempfile_in(directory).map_err(io)?, 0));
        let candidates = self.candidates()?;
        let shares = shares(&candidates);
        let next = AtomicUsize::new(0);
        let all = std::thread::available_parallelism().map_or(1, Into::into);
        let threads = match self.options.limits.threads {
            0 => all,
            threads => threads,
        };
        let work = || -> Result<Vec<NewDelta>, Error> {
            let mut found = Vec::new();
            let mut reader = Reader::new(self.source);
            while let Some(share) = shares.get(next.fetch_add(1, Ordering::Relaxed)) {
                let result = self.share(&candidates[share.clone()], &mut reader, &spool, &mut found);
                if result.is_err() {
                    // The others need not go on.
                    next.store(shares.len(), Ordering::Relaxed);
                    return result.map(|()| found);
                }
            }
            Ok(found)
        };
        let mut found = Vec::new();
        std::thread::scope(|scope| -> Result<(), Error> {
            let workers: Vec<_> = (0..threads.min(shares.len())).map(|_| scope.spawn(work)).collect();
            for worker in workers {
                let failed = |_| Err(Error::BadPack("looking for deltas failed".into()));
                found.extend(worker.join().unwrap_or_else(failed)?);
            }
            Ok(())
        })?;
        found.sort_unstable_by_key(|delta| delta.number);
        let (spool, _) = spool.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(NewDeltas { found, spool })
    }

    /// Objects that are not settled and will be whole, and the settled ones that may be their bases.
    ///
    /// A settled delta that was cut stays whole: what is settled may be a delta on it, and a base of what is not.
    fn candidates(&self) -> Result<Vec<Candidate>, Error> {
        let mut candidates = Vec::new();
        if self.options.window == 0 || self.chains.maximum == 0 {
            return Ok(candidates);
        }
        let mut reader = Reader::new(self.source);
        for number in self.source.numbers().filter(|&number| !self.source.is_settled(number)) {
            let object = self.source.object(number);
            let size = match object.base {
                None => object.size,
                Some(_) if self.chains.is_cut(number) => reader.content(number)?.len() as u64,
                Some(_) => continue,
            };
            candidates.push(self.candidate(number, true, size));
        }
        let replaced = self.history.replaced.iter();
        candidates.extend(replaced.map(|&number| self.candidate(number, false, self.source.object(number).size)));
        candidates.retain(|candidate| candidate.size <= MAXIMUM_BYTES);
        candidates.retain(|candidate| candidate.size >= MINIMUM_BYTES || !candidate.is_target);
        // Settled bases come before all that may need them, the newest last.
        candidates.sort_unstable_by_key(|candidate| {
            let Candidate { kind, name, is_target, size, number } = *candidate;
            let place = self.history.place[number as usize];
            let first = if is_target { size } else { place.into() };
            (kind, name, is_target, std::cmp::Reverse(first), place)
        });
        Ok(candidates)
    }

    fn candidate(&self, number: Number, is_target: bool, size: u64) -> Candidate {
        let kind = order::rank(self.source.object(number).kind);
        Candidate { number, kind, name: self.history.name[number as usize], is_target, size }
    }

    fn share(
        &self,
        candidates: &[Candidate],
        reader: &mut Reader,
        spool: &Mutex<(File, u64)>,
        found: &mut Vec<NewDelta>,
    ) -> Result<(), Error> {
        let mut window: VecDeque<Neighbour> = VecDeque::new();
        for candidate in candidates {
            go_on(self.interrupt)?;
            let number = candidate.number;
            let content = reader.content(number)?;
            if content.len() as u64 > MAXIMUM_BYTES {
                continue;
            }
            let mut this = Neighbour { number, content, index: None, depth: self.chains.depth(number) };
            if candidate.is_target
                && let Some((at, delta)) = self.best(&this, &mut window)
                && let Some(delta) = self.compressed(number, window[at].number, &delta, spool)?
            {
                found.push(delta);
                this.depth = window[at].depth + 1;
                // A base that served is likely to serve again.
                if let Some(base) = window.remove(at) {
                    window.push_front(base);
                }
            }
            window.push_front(this);
            window.truncate(self.options.window);
            while window.len() > 1 && window.iter().map(Neighbour::bytes).sum::<usize>() > self.options.window_bytes {
                window.pop_back();
            }
        }
        Ok(())
    }

    /// The smallest delta on one of `window`, in relation to its depth.
    fn best(&self, target: &Neighbour, window: &mut VecDeque<Neighbour>) -> Option<(usize, Vec<u8>)> {
        let length = target.content.len();
        let maximum = self.chains.maximum;
        let height = self.chains.height(target.number);
        let mut best: Option<(usize, Vec<u8>)> = None;
        // A delta must have fewer bytes than this at this depth: half of the object at first, then the best so far.
        let (mut bytes, mut at_depth) = ((length / 2).saturating_sub(MARGIN), 1);
        let kind = |number| self.source.object(number).kind;
        for (at, base) in window.iter_mut().enumerate() {
            let depth = base.depth + 1;
            if depth + height > maximum || kind(target.number) != kind(base.number) {
                continue;
            }
            // A deeper one has to be smaller for that, and one less deep may be larger.
            let allowed = bytes.saturating_mul(maximum + 1 - depth) / (maximum + 1 - at_depth);
            let grows = length.saturating_sub(base.content.len());
            if grows >= allowed || length < base.content.len() / MAXIMUM_SHRINKING {
                continue;
            }
            let index = base.index.get_or_insert_with(|| BlockIndex::new(&base.content));
            if let Some(delta) = delta::encode::encode(&base.content, index, &target.content, allowed - 1) {
                (bytes, at_depth) = (delta.len(), depth);
                best = Some((at, delta));
            }
        }
        best
    }

    /// Compresses `delta` into the spool; `None` when what is stored is not larger.
    fn compressed(
        &self,
        number: Number,
        base: Number,
        delta: &[u8],
        spool: &Mutex<(File, u64)>,
    ) -> Result<Option<NewDelta>, Error> {
        let io = |source| Error::io("write a delta", source);
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(delta).map_err(io)?;
        let bytes = encoder.finish().map_err(io)?;
        let object = self.source.object(number);
        let is_whole_in_pack = object.base.is_none() && matches!(object.place, Place::Pack(..));
        if is_whole_in_pack && bytes.len() >= self.source.stored(number)?.compressed.len() {
            return Ok(None);
        }
        let mut spool = spool.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, end) = &mut *spool;
        let start = *end;
        file.seek(SeekFrom::Start(start)).and_then(|_| file.write_all(&bytes)).map_err(io)?;
        *end += bytes.len() as u64;
        Ok(Some(NewDelta { number, base, size: delta.len() as u64, start, compressed: bytes.len() }))
    }
}

/// An object that those after it are tried against.
struct Neighbour {
    number: Number,
    content: Arc<Vec<u8>>,
    index: Option<BlockIndex>,
    depth: usize,
}

impl Neighbour {
    fn bytes(&self) -> usize {
        self.content.len() + self.index.as_ref().map_or(0, BlockIndex::bytes)
    }
}

/// Cuts `candidates` into parts, between names where that does not make them much too long.
fn shares(candidates: &[Candidate]) -> Vec<std::ops::Range<usize>> {
    let mut shares = Vec::new();
    let mut start = 0;
    for at in 1..=candidates.len() {
        let is_border = match (candidates.get(at - 1), candidates.get(at)) {
            (Some(before), Some(after)) => (before.kind, before.name) != (after.kind, after.name),
            _ => true,
        };
        let length = at - start;
        if at == candidates.len() || length >= 8 * SHARE || is_border && length >= SHARE {
            shares.push(start..at);
            start = at;
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_end_between_names_and_are_not_too_long() {
        let candidate = |name| Candidate { number: 0, kind: 0, name, is_target: true, size: 0 };
        let many: Vec<_> = (0..100_000).map(|at| candidate(if at < 50_000 { at / 100 } else { 7 })).collect();
        let shares = shares(&many);
        let mut next = 0;
        for share in &shares {
            assert_eq!(share.start, next);
            next = share.end;
            assert!(share.len() <= 8 * SHARE);
            assert!(share.end % 100 == 0 || share.end > 50_000, "{share:?}");
        }
        assert_eq!(next, many.len());
        assert!(super::shares(&[]).is_empty());
    }
}
