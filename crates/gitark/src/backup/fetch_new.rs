//! Fetching what the vault lacks, and proving that it is whole before anything is built on it.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    path::Path,
    sync::atomic::Ordering,
};

use gix_hash::ObjectId;
use gix_pack::Bundle;

use super::{Error, haves, job::Job, report::Work};
use crate::{
    cause,
    git::{
        self, Recourse,
        closure::{Closure, Trust, closure_of},
        fetch::{FetchProgress, FetchRequest},
        lfs::Pointer,
        links::CommitLinks,
        ls_refs::Upstream,
        remote::Discovery,
        tree_walk::tree_walk,
    },
    monitor::Event,
    vault::{nearby, object_reader::ObjectReader, packs::SpooledPack, state::State},
};

/// A pack that was fetched and proven whole, or the proof that none is needed.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    /// The pack, unless the vault has every object already.
    pub(super) pack: Option<SpooledPack>,
    /// Its commits, for the proof of fast-forwards.
    pub(super) commits: HashMap<ObjectId, CommitLinks>,
    /// The LFS pointers in it.
    pub(super) pointers: BTreeSet<Pointer>,
    /// What the next backup will ask for; empty where that is not worth a request.
    pub(super) nearby: Vec<ObjectId>,
    /// Ways that were tried and failed before.
    pub(super) warnings: Vec<String>,
}

/// Fetches what `upstream` has and `base` lacks into `spool`. Without a base, or with one that is damaged, everything
/// is fetched and must be whole by itself.
///
/// # Errors
/// The last failure, when no way works.
pub(super) async fn fetch_new(
    job: &Job<'_>,
    discovery: &Discovery,
    upstream: &Upstream,
    base: Option<&State>,
    spool: &Path,
) -> Result<Fetched, Error> {
    let known = base.map(haves::known_tips).unwrap_or_default();
    let wants: Vec<ObjectId> = upstream.tips().into_iter().filter(|tip| !known.contains(tip)).collect();
    let mut fetched = Fetched::default();
    if wants.is_empty() {
        return Ok(fetched);
    }
    let mut ways: Vec<Vec<ObjectId>> = Vec::new();
    if let Some(base) = base {
        ways.push(haves::haves(base, upstream));
        ways.push(haves::unchanged_haves(base, upstream));
    }
    ways.push(Vec::new());
    ways.dedup();
    let last = ways.len() - 1;
    // A failure of the server may pass, or may come from what was promised: the first one is met by a pause and the
    // same request, those after it by fewer promises.
    let failures = job.fetch_failures.load(Ordering::Relaxed);
    let first = failures.saturating_sub(1).min(last);
    for (at, haves) in ways.into_iter().enumerate().skip(first) {
        let request = FetchRequest { wants: wants.clone(), haves };
        match fetch_once(job, discovery, upstream, base, &known, &request, spool).await {
            Ok(done) => return Ok(Fetched { warnings: fetched.warnings, ..done }),
            Err(Error::Git(error)) if at < last && is_worth_fewer_haves(&error) => {
                let text = format!("{}; asking again with fewer promises", crate::cause::chain(&error));
                job.monitor.event(Event::Warning { repository: job.label(), text: text.clone() });
                fetched.warnings.push(text);
            }
            Err(error) => {
                if matches!(error, Error::Git(git::Error::Status { status: 500.., .. })) {
                    job.fetch_failures.fetch_add(1, Ordering::Relaxed);
                }
                return Err(error);
            }
        }
    }
    Ok(fetched)
}

/// A want that vanished since the listing needs a new listing, not fewer haves.
fn is_worth_fewer_haves(error: &git::Error) -> bool {
    match error {
        git::Error::Remote(text) => !text.contains("not our ref"),
        error => error.recourse() == Recourse::FewerHaves,
    }
}

async fn fetch_once(
    job: &Job<'_>,
    discovery: &Discovery,
    upstream: &Upstream,
    base: Option<&State>,
    known: &HashSet<ObjectId>,
    request: &FetchRequest,
    spool: &Path,
) -> Result<Fetched, Error> {
    let (monitor, repository) = (job.monitor.clone(), job.label());
    let progress = move |progress| {
        let repository = repository.clone();
        monitor.event(match progress {
            FetchProgress::Remote(text) => Event::Remote { repository, text: cause::printable(&text) },
            FetchProgress::ReceivedBytes(bytes) => Event::ReceivedBytes { repository, bytes },
        });
    };
    let directory = tempfile::tempdir_in(spool)
        .map_err(|source| git::Error::Io { doing: format!("make a directory in {}", spool.display()), source })?;
    let indexed = job.remote.fetch(discovery, request, directory.path(), job.limits, progress).await?;
    let Some(indexed) = indexed else {
        check_whole(job, request.wants.iter().copied().collect(), base, known).await?;
        return Ok(Fetched::default());
    };
    let with_commits = base.is_some();
    let (pack_path, index_path) = (&indexed.pack_path, &indexed.index_path);
    // Digests are made while the objects are looked at: one is busy with the file, the other with its content.
    let (checked, pack) = tokio::join!(
        closure_of(pack_path, index_path, Trust::JustIndexed, with_commits, job.limits, job.cancel),
        SpooledPack::of(&indexed)
    );
    let ((bundle, closure), pack) = (checked?, pack?);
    let outside = request.wants.iter().filter(|want| bundle.index.lookup(want).is_none()).copied();
    let needed: HashSet<ObjectId> = closure.missing.iter().copied().chain(outside).collect();
    let mut nearby = check_whole(job, needed, base, known).await?;
    check_peeled(upstream, &closure)?;
    if job.repository.is_remote() {
        nearby.splice(0..0, of_pack(bundle, base, upstream).await?);
        nearby.truncate(nearby::MAXIMUM);
    }
    // What did not get here is removed at once; this stays until the repository is done and its spool goes.
    let _ = directory.keep();
    let Closure { commits, pointers, .. } = closure;
    Ok(Fetched { pack: Some(pack), commits, pointers, nearby, warnings: Vec::new() })
}

/// What the next backup will ask for of a new pack: of the first one what `HEAD` has, of a later one all.
async fn of_pack(bundle: Bundle, base: Option<&State>, upstream: &Upstream) -> Result<Vec<ObjectId>, git::Error> {
    let tip = upstream.head.tip(&upstream.refs);
    match (base, tip) {
        (Some(_), _) => Ok(bundle.index.iter().take(nearby::MAXIMUM).map(|entry| entry.oid).collect()),
        (None, None) => Ok(Vec::new()),
        (None, Some(tip)) => {
            let walk = tokio::task::spawn_blocking(move || tree_walk(&bundle, tip, nearby::MAXIMUM));
            walk.await.unwrap_or_else(|panic| Err(git::Error::BadPack(format!("walking its trees failed: {panic}"))))
        }
    }
}

/// What the pack needs and lacks must be in the vault already. Returns what was found there, and is near to it.
async fn check_whole(
    job: &Job<'_>,
    mut needed: HashSet<ObjectId>,
    base: Option<&State>,
    known: &HashSet<ObjectId>,
) -> Result<Vec<ObjectId>, Error> {
    needed.retain(|id| !known.contains(id));
    let mut found: Vec<ObjectId> = Vec::new();
    if let Some(base) = base.filter(|_| !needed.is_empty()) {
        if job.repository.is_remote() {
            let nearby = job.repository.nearby(base).await?;
            found.extend(needed.iter().copied());
            found.extend(nearby.difference(&needed).copied());
            needed.retain(|id| !nearby.contains(id));
        }
        let no_commits = HashMap::new();
        let mut reader =
            ObjectReader::new(job.repository.storage(), job.repository.bare(), &base.live.packs, &no_commits);
        needed = reader.missing(needed).await?;
    }
    match needed.iter().min() {
        None => Ok(found),
        Some(example) => Err(git::Error::Incomplete { count: needed.len(), example: *example }.into()),
    }
}

/// The server's word on what a tag leads to goes into `packed-refs`, so it is checked where the pack can tell.
fn check_peeled(upstream: &Upstream, closure: &Closure) -> Result<(), Error> {
    for (name, value) in &upstream.refs {
        if let Some(target) = closure.peel(&value.oid)
            && value.peeled != Some(target)
        {
            let text = format!("it says that {name} leads to {:?}, but the tag says {target}", value.peeled);
            return Err(git::Error::Contradiction(text).into());
        }
    }
    Ok(())
}

impl Fetched {
    /// Counts for the report; what is left to remember.
    pub(super) fn count(self, work: &mut Work) -> Vec<ObjectId> {
        work.warnings.extend(self.warnings);
        if let Some(pack) = self.pack {
            work.received_bytes = work.received_bytes.saturating_add(pack.record.pack_bytes);
            work.stored_bytes = work.stored_bytes.saturating_add(pack.record.bytes());
        }
        self.nearby
    }
}
