//! A whole run: the listing, the repositories side by side, the report.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, atomic::AtomicUsize},
    time::Duration,
};

use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{
    Error, Reason,
    job::Job,
    report::{Outcome, RepositoryReport, RunReport, Work},
    sync::sync,
};
use crate::{
    cause,
    git::{self, pack::PackLimits, remote::Discovery},
    github::{self, GitHub, Repository, Source},
    monitor::{Ending, Event, Monitor},
    vault::{
        self, RunId, Storage, Vault,
        cache::Known,
        key::{self, Kind},
        log::Identity,
        repository::Tip,
    },
};

/// How a run goes about it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name of the vault's top folder; the API's host when absent.
    pub host: Option<String>,
    /// Repositories at once.
    pub concurrency: usize,
    /// Fetch everything again and repair what is damaged.
    pub refetch: bool,
    /// Back up wikis too.
    pub wikis: bool,
    /// Where packs are spooled when the vault is not a disk.
    pub temporary: PathBuf,
    /// The largest object that is accepted, in bytes.
    pub object_bytes: usize,
    /// An empty listing is fine.
    pub allow_empty: bool,
    /// Use a store that ignores create-only puts.
    pub allow_overwriting_store: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: None,
            concurrency: 4,
            refetch: false,
            wikis: true,
            temporary: std::env::temp_dir(),
            object_bytes: PackLimits::default().object_bytes,
            allow_empty: false,
            allow_overwriting_store: false,
        }
    }
}

/// What there is to back up, each repository once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// What was asked for, in words.
    pub sources: Vec<String>,
    /// The repositories.
    pub repositories: Vec<Repository>,
    /// What was asked for and could not be listed: the name and why.
    pub failures: Vec<(String, Reason, String)>,
}

/// Asks GitHub what there is. Nothing is written. A source that fails is noted when others remain.
///
/// # Errors
/// The failure of the only source, a refused token, or [`Error::Empty`].
pub async fn list(github: &GitHub, sources: &[Source], allow_empty: bool) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    let mut seen = HashSet::new();
    let mine = [Source::Mine];
    for source in if sources.is_empty() { &mine[..] } else { sources } {
        let name = match source {
            Source::Mine => None,
            Source::Account(login) => Some(login.clone()),
            Source::Repository(owner, name) => Some(format!("{owner}/{name}")),
        };
        listing.sources.extend(name.clone());
        match github.repositories(source).await {
            Ok(listed) => {
                listing.repositories.extend(listed.found.into_iter().filter(|repository| seen.insert(repository.id)));
                let odd = listed.odd.into_iter().map(|(name, why)| (printable(&name), Reason::Protocol, why));
                listing.failures.extend(odd);
            }
            Err(error @ (github::Error::Unauthorized { .. } | github::Error::Cancelled)) => return Err(error.into()),
            Err(error) if sources.len() < 2 => return Err(error.into()),
            Err(error) => {
                let text = cause::chain(&error);
                listing.failures.push((name.unwrap_or_default(), Error::from(error).reason(), text));
            }
        }
    }
    if listing.repositories.is_empty() && listing.failures.is_empty() && !allow_empty {
        return Err(Error::Empty);
    }
    Ok(listing)
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
    let run = RunId::new(Timestamp::now());
    let host = key::host_folder(options.host.as_deref().unwrap_or(github.host()))?;
    let vault = Vault::open_or_create(storage, &run, options.allow_overwriting_store).await?;
    sweep_spool(&vault);
    monitor.event(Event::Listed { repositories: listing.repositories.len() });
    let context = Context {
        github,
        vault: &vault,
        run: &run,
        host: &host,
        options,
        monitor: monitor.clone(),
        cancel,
        known: Known::read(&vault, &host).await?,
        server: Mutex::default(),
    };
    // Futures do nothing until they are polled. (A closure over borrowed items would make this future not `Send`.)
    let mut work = Vec::with_capacity(listing.repositories.len());
    for repository in &listing.repositories {
        work.push(context.repository(repository));
    }
    let mut rows: Vec<RepositoryReport> =
        stream::iter(work).buffer_unordered(options.concurrency.max(1)).concat().await;
    context.known.keep().await;
    rows.sort_by_key(|row| (row.repository.to_lowercase(), row.kind));
    for (name, reason, message) in &listing.failures {
        let row = RepositoryReport {
            repository: name.clone(),
            id: None,
            kind: Kind::Code,
            path: None,
            outcome: Outcome::Failed,
            reason: Some(*reason),
            message: Some(message.clone()),
            work: Work::default(),
        };
        rows.push(context.ended(row));
    }
    Ok(RunReport::store(&vault, run, &listing.sources, rows, cancel.is_cancelled()).await?)
}

struct Context<'a> {
    github: &'a GitHub,
    vault: &'a Vault,
    run: &'a RunId,
    host: &'a str,
    options: &'a Options,
    monitor: Arc<dyn Monitor>,
    cancel: &'a CancellationToken,
    known: Known<'a>,
    server: Mutex<Option<Discovery>>,
}

impl Context<'_> {
    /// Backs up one repository: its code, and its wiki when there is one.
    async fn repository(&self, repository: &Repository) -> Vec<RepositoryReport> {
        let code = Identity { id: repository.id, name: printable(&repository.full_name), kind: Kind::Code };
        if self.cancel.is_cancelled() {
            return vec![self.ended(self.row(&code, None, Err(git::Error::Cancelled.into())))];
        }
        let (folder, tip) = match self.folder(repository).await {
            Ok(found) => found,
            Err(error) => return vec![self.ended(self.row(&code, None, Err(error.into())))],
        };
        let (path, done) = self.sync(&folder, &code, tip).await;
        let mut rows = vec![self.ended(self.row(&code, Some(path), done))];
        let wiki = Identity { id: repository.id, name: repository.full_name.clone(), kind: Kind::Wiki };
        if self.options.wikis && repository.has_wiki && !self.cancel.is_cancelled() {
            rows.extend(self.wiki(&folder, wiki).await.map(|row| self.ended(row)));
        }
        rows
    }

    /// The repository's folder, and what the vault says of its code if that was read for it: where the cache says, when
    /// `head.json` there agrees, else by the claim.
    async fn folder(&self, repository: &Repository) -> Result<(String, Option<Tip>), vault::Error> {
        let refetch = self.options.refetch;
        if let Some(folder) = self.known.get(repository.id).map(|known| known.folder).filter(|_| !refetch) {
            let tip = self.vault.repository(&folder, Kind::Code).tip().await?;
            if tip.head.as_ref().is_some_and(|head| head.repository.id == repository.id) {
                return Ok((folder, Some(tip)));
            }
        }
        let name = &repository.full_name;
        let claim = self.vault.claim_folder(self.host, repository.id, name, Timestamp::now(), refetch).await?;
        self.known.set(repository.id, &claim.folder, false);
        Ok((claim.folder, None))
    }

    /// The wiki's row; none when there is no wiki and never was.
    async fn wiki(&self, folder: &str, identity: Identity) -> Option<RepositoryReport> {
        // GitHub says "has a wiki" of every repository where one could be made, and then knows none. A refusal (403)
        // is told: the token may read the code beside it.
        let is_none = |error: &git::Error| matches!(error, git::Error::GoneOrForbidden { status: 401 | 404 | 410, .. });
        if self.known.get(identity.id).is_some_and(|known| known.no_wiki) {
            let remote = self.github.remote(&identity.name, identity.kind.infix());
            if let Err(error) = remote.discover().await
                && is_none(&error)
            {
                return None;
            }
        }
        let (path, done) = self.sync(folder, &identity, None).await;
        let mut no_wiki = false;
        if let Err(Error::Git(error)) = &done
            && is_none(error)
        {
            let backups = self.vault.repository(folder, Kind::Wiki).sequences().await;
            no_wiki = backups.is_ok_and(|backups| backups.is_empty());
        }
        self.known.set(identity.id, folder, no_wiki);
        (!no_wiki).then(|| self.row(&identity, Some(path), done))
    }

    /// Brings one bare repository up to date; its path in the vault, and what was done.
    async fn sync(
        &self,
        folder: &str,
        identity: &Identity,
        tip: Option<Tip>,
    ) -> (String, Result<(Outcome, Work), Error>) {
        let repository = self.vault.repository(folder, identity.kind);
        let path = repository.bare().to_owned();
        let job = Job {
            vault: self.vault,
            run: self.run,
            remote: self.github.remote(&identity.name, identity.kind.infix()),
            server: &self.server,
            repository,
            limits: PackLimits { threads: 0, object_bytes: self.options.object_bytes },
            temporary: &self.options.temporary,
            refetch: self.options.refetch,
            cancel: self.cancel,
            monitor: self.monitor.clone(),
            fetch_failures: AtomicUsize::new(0),
            identity: identity.clone(),
        };
        self.monitor.event(Event::Began { repository: job.label() });
        let notify = |error: &Error, wait: Duration| {
            let text = format!("{}; trying again in {wait:.1?}", cause::chain(error));
            self.monitor.event(Event::Warning { repository: job.label(), text });
        };
        let mut tip = tip;
        let done = self.github.retry().run(self.cancel, Error::is_transient, notify, || sync(&job, tip.take())).await;
        (path, done)
    }

    /// Tells how a repository ended.
    fn ended(&self, row: RepositoryReport) -> RepositoryReport {
        let ending = match row.outcome {
            Outcome::Failed if row.reason == Some(Reason::Cancelled) => Ending::Cancelled,
            Outcome::Failed => Ending::Failed,
            Outcome::Damaged => Ending::Damaged,
            Outcome::Unchanged => Ending::Unchanged,
            _ => Ending::Good,
        };
        self.monitor.event(Event::Ended { repository: row.label(), summary: row.summary(), ending });
        row
    }

    fn repair_hint(&self, identity: &Identity) -> String {
        let vault = self.vault.storage().location();
        format!("repair it with: gitark backup {} --to {vault} --refetch", identity.name)
    }

    fn row(&self, identity: &Identity, path: Option<String>, done: Result<(Outcome, Work), Error>) -> RepositoryReport {
        let row = RepositoryReport {
            repository: identity.name.clone(),
            id: Some(identity.id),
            kind: identity.kind,
            path,
            outcome: Outcome::Failed,
            reason: None,
            message: None,
            work: Work::default(),
        };
        match done {
            Ok((outcome, work)) => RepositoryReport {
                outcome,
                work,
                reason: (outcome == Outcome::Damaged).then_some(Reason::DamagedVault),
                message: (outcome == Outcome::Damaged)
                    .then(|| format!("something stored before is damaged; {}", self.repair_hint(identity))),
                ..row
            },
            Err(error) => {
                let mut message = cause::chain(&error);
                if matches!(error, Error::Vault(vault::Error::Damaged(_))) {
                    message.push_str(&format!("; {}", self.repair_hint(identity)));
                }
                RepositoryReport { reason: Some(error.reason()), message: Some(message), ..row }
            }
        }
    }
}

/// A name from outside, without what could confuse a terminal or a report.
fn printable(name: &str) -> String {
    cause::printable(name).chars().take(200).collect()
}

/// Removes what runs that were killed left in the spool, once it is too old to be in use.
fn sweep_spool(vault: &Vault) {
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
