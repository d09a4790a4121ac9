//! A whole run: the repositories side by side, and the report.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, future::join_all, stream::FuturesUnordered};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{
    Check, Error, Listing,
    archives::archive,
    one::{Context, With},
    pace::Pace,
    report::{RepositoryReport, RunReport, Shrunk},
};
use crate::{
    git::pack::PackLimits,
    github::{
        Account, GitHub, Repository,
        resources::{self, Resource, Scope},
    },
    monitor::{Event, Monitor},
    vault::{RunId, Storage, Vault, cache::Known, key},
};

/// How a run goes about it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name of the vault's top folder; the API's host when absent.
    pub host: Option<String>,
    /// Repositories at once, at most.
    pub concurrency: usize,
    /// How repositories are looked at that may not have changed.
    pub check: Check,
    /// With [`Check::Auto`], how long after a full look the next one comes at the latest.
    pub full_look_every: Duration,
    /// Fetch everything again and repair what is damaged.
    pub refetch: bool,
    /// Back up wikis too.
    pub wikis: bool,
    /// Back up the content of Git LFS too.
    pub lfs: bool,
    /// LFS objects of more bytes are left out.
    pub max_lfs_bytes: Option<u64>,
    /// What is backed up besides code and wikis.
    pub resources: Vec<&'static Resource>,
    /// No repository is begun after this.
    pub deadline: Option<Instant>,
    /// Cancelled by the caller, before it cancels the run, when its time is over. What is under way then is no
    /// interrupted work: the next run does it, or a larger worker when it had most of the time.
    pub out_of_time: CancellationToken,
    /// Repositories that are new in the vault are left out when GitHub says that they have more bytes: this worker has
    /// no room or no time for their first pack.
    pub max_first_fetch_bytes: Option<u64>,
    /// A source with less than this share of the repositories of its last run, and a repository with less than this
    /// share of its references, has shrunk: 0.5 is half. 0 for none.
    pub shrink_share: f64,
    /// Where packs are spooled when the vault is not a disk.
    pub temporary: PathBuf,
    /// The largest object that is accepted, in bytes.
    pub object_bytes: usize,
    /// The largest release asset or attachment that is backed up, in bytes; of any size when absent.
    pub max_file_bytes: Option<u64>,
    /// Have GitHub's zip archives of today too, below this folder of the vault; `archives` as a rule, and the vault itself
    /// when it is empty.
    pub archives: Option<String>,
    /// Use a store that ignores create-only puts.
    pub allow_overwriting_store: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: None,
            concurrency: 8,
            check: Check::Auto,
            full_look_every: Duration::from_secs(7 * 24 * 3600),
            refetch: false,
            wikis: true,
            lfs: true,
            max_lfs_bytes: None,
            resources: resources::everything().into_iter().map(|(resource, _)| resource).collect(),
            deadline: None,
            out_of_time: CancellationToken::new(),
            max_first_fetch_bytes: None,
            shrink_share: 0.5,
            temporary: std::env::temp_dir(),
            object_bytes: PackLimits::default().object_bytes,
            max_file_bytes: None,
            archives: None,
            allow_overwriting_store: false,
        }
    }
}

impl Options {
    /// Whether the time to begin anything is over.
    pub(super) fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// The vault's top folders for repositories and for gists.
    pub(super) fn host_folders(&self, github: &GitHub) -> Result<(String, String), Error> {
        let host = self.host.as_deref().unwrap_or(github.host());
        Ok((key::host_folder(host)?, key::gist_host_folder(host)?))
    }

    /// Whether `now` is far fewer than `before`. Of a handful, one that is gone says little.
    pub(super) fn has_shrunk(&self, before: u64, now: u64) -> bool {
        const HANDFUL: u64 = 10;
        before >= HANDFUL && (now as f64) < before as f64 * self.shrink_share
    }
}

/// Backs up what `listing` names into the vault in `storage`. One bad repository never stops the rest.
///
/// # Errors
/// Only what concerns the run as a whole: the vault cannot be opened, or its report cannot be written.
pub async fn run(
    github: &GitHub,
    listing: &Listing,
    storage: Storage,
    options: &Options,
    monitor: Arc<dyn Monitor>,
    cancel: &CancellationToken,
) -> Result<RunReport, Error> {
    let pace = Pace::new(options.concurrency);
    run_at(github, listing, storage, options, &pace, monitor, cancel).await
}

/// The same into several vaults at once, each by its own log: one that fails does not stop the others. The results are
/// in the order of `vaults`.
pub async fn run_all(
    github: &GitHub,
    listing: &Listing,
    vaults: Vec<(Storage, Arc<dyn Monitor>)>,
    options: &Options,
    cancel: &CancellationToken,
) -> Vec<Result<RunReport, Error>> {
    let pace = &Pace::new(options.concurrency);
    let mut runs = Vec::with_capacity(vaults.len());
    for (storage, monitor) in vaults {
        runs.push(run_at(github, listing, storage, options, pace, monitor, cancel));
    }
    join_all(runs).await
}

async fn run_at(
    github: &GitHub,
    listing: &Listing,
    storage: Storage,
    options: &Options,
    pace: &Pace,
    monitor: Arc<dyn Monitor>,
    cancel: &CancellationToken,
) -> Result<RunReport, Error> {
    let run = RunId::new(Timestamp::now());
    let hosts = options.host_folders(github)?;
    let vault = Vault::open_or_create(storage, &run, options.allow_overwriting_store).await?;
    sweep_spool(&vault);
    let accounts = accounts(listing, options);
    monitor.event(Event::Listed { repositories: listing.repositories.len() + accounts.len() });
    let with = With { github, vault: &vault, run: &run, options, pace, monitor, cancel };
    let context = Context::read(with, &hosts, listing).await?;
    let mut rows = work(&context, accounts, &listing.repositories).await;
    let shrunk = shrunk(&context.known, &listing.sources, options, &*context.monitor);
    context.keep().await;
    let archives = match &options.archives {
        Some(prefix) => Some(archive(&context, &listing.repositories, &rows, prefix).await),
        None => None,
    };
    rows.sort_by_cached_key(RepositoryReport::order);
    rows.extend(context.not_listed(listing));
    let report = RunReport {
        sources: listing.sources.iter().map(|(name, _)| name.clone()).collect(),
        filters: listing.filters.clone(),
        shrunk,
        archives,
        cancelled: cancel.is_cancelled() && !options.out_of_time.is_cancelled(),
        repositories: rows,
        ..RunReport::new(&vault, run)
    };
    Ok(report.store(&vault).await?)
}

/// The accounts whose own data are backed up.
pub(super) fn accounts<'a>(listing: &'a Listing, options: &Options) -> &'a [Account] {
    if has_account(options) { &listing.accounts } else { &[] }
}

/// Whether anything of accounts is meant.
fn has_account(options: &Options) -> bool {
    let mut accounts = Scope::ALL.into_iter().filter(|scope| scope.is_account());
    accounts.any(|scope| !scope.among(&options.resources).is_empty())
}

/// What is worked on.
enum Task<'a> {
    Account(&'a Account),
    Repository(&'a Repository),
}

impl Task<'_> {
    async fn work(self, context: &Context<'_>) -> Vec<RepositoryReport> {
        match self {
            Task::Account(account) => context.account(account).await.into_iter().collect(),
            Task::Repository(repository) => context.repository(repository).await,
        }
    }
}

/// Works on accounts and repositories, several side by side. Only those have a future of their own: there may be many
/// thousands.
pub(super) async fn work(
    context: &Context<'_>,
    accounts: &[Account],
    repositories: &[Repository],
) -> Vec<RepositoryReport> {
    let tasks = accounts.iter().map(Task::Account).chain(repositories.iter().map(Task::Repository));
    let work = tasks.map(|task| task.work(context));
    side_by_side(context.options.concurrency, work).await.into_iter().flatten().collect()
}

/// Does `work`, so many pieces at once, and gives what comes of it in the order in which it is done.
pub(super) async fn side_by_side<F: Future>(at_once: usize, mut work: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut working = FuturesUnordered::new();
    let mut done = Vec::new();
    loop {
        while working.len() < at_once.max(1)
            && let Some(piece) = work.next()
        {
            working.push(piece);
        }
        match working.next().await {
            Some(one) => done.push(one),
            None => return done,
        }
    }
}

/// Remembers how many repositories each source has, and tells of those that had far more the last time.
pub(super) fn shrunk(
    known: &Known<'_>,
    sources: &[(String, usize)],
    options: &Options,
    monitor: &dyn Monitor,
) -> Vec<Shrunk> {
    let mut shrunk = Vec::new();
    for (source, now) in sources {
        let before = known.set_source(source, *now);
        if let Some(before) = before
            && options.has_shrunk(before as u64, *now as u64)
        {
            let found = Shrunk { source: source.clone(), before: before as u64, now: *now as u64 };
            monitor.event(Event::Warning { repository: source.clone(), text: found.to_string() });
            shrunk.push(found);
        }
    }
    shrunk
}

/// Removes what runs that were killed left in the spool, once it is too old to be in use.
pub(super) fn sweep_spool(vault: &Vault) {
    const TOO_OLD: Duration = Duration::from_secs(7 * 24 * 3600);
    let Some(root) = vault.storage().root() else { return };
    let spool: PathBuf = Path::new(root).join(key::SPOOL);
    for entry in std::fs::read_dir(spool).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|found| found.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > TOO_OLD) {
            // What cannot be removed now is tried again by the next run.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
