//! One repository of a run: its code, and its wiki when there is one.

use std::{
    sync::{Arc, Mutex, atomic::AtomicUsize},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{
    Check, Error, Listing, Options, Reason,
    job::Job,
    metadata::MetadataWork,
    pace::{Pace, Place},
    report::{Look, Outcome, RepositoryReport, Work},
    sync::sync,
};
use crate::{
    cause,
    git::{self, pack::PackLimits, remote::Discovery},
    github::{GitHub, Probe, Repository},
    identity::RepositoryId,
    monitor::{Ending, Event, Monitor},
    vault::{
        self, RunId, Vault,
        cache::{CachedLook, CachedRepository, Known},
        key::Kind,
        log::Identity,
        repository::Tip,
    },
};

/// How long a full look stands for those after it that say the same.
const SHORT_WHILE: Duration = Duration::from_secs(12 * 3600);

/// What all repositories of a run share.
pub(super) struct Context<'a> {
    pub(super) github: &'a GitHub,
    pub(super) vault: &'a Vault,
    pub(super) run: &'a RunId,
    pub(super) options: &'a Options,
    pub(super) pace: &'a Pace,
    pub(super) probe: Option<&'a Probe>,
    pub(super) monitor: Arc<dyn Monitor>,
    pub(super) cancel: &'a CancellationToken,
    /// When the run began.
    pub(super) began: Instant,
    pub(super) known: Known<'a>,
    pub(super) known_gists: Option<Known<'a>>,
    /// What the git server can do; gists may have one of their own.
    pub(super) server: Mutex<Option<Discovery>>,
    pub(super) gist_server: Mutex<Option<Discovery>>,
}

/// What a run is given.
pub(super) struct With<'a> {
    pub(super) github: &'a GitHub,
    pub(super) vault: &'a Vault,
    pub(super) run: &'a RunId,
    pub(super) options: &'a Options,
    pub(super) pace: &'a Pace,
    pub(super) monitor: Arc<dyn Monitor>,
    pub(super) cancel: &'a CancellationToken,
}

impl<'a> Context<'a> {
    /// Reads what is remembered of the folders of `hosts`: of repositories, and of gists if any are listed.
    pub(super) async fn read(
        with: With<'a>,
        (host, gist_host): &'a (String, String),
        listing: &'a Listing,
    ) -> Result<Self, vault::Error> {
        let With { github, vault, run, options, pace, monitor, cancel } = with;
        let known_gists = match listing.repositories.iter().any(|repository| repository.gist.is_some()) {
            true => Some(Known::read(vault, gist_host).await?),
            false => None,
        };
        Ok(Self {
            github,
            vault,
            run,
            options,
            pace,
            probe: listing.probe.as_ref(),
            monitor,
            cancel,
            began: Instant::now(),
            known: Known::read(vault, host).await?,
            known_gists,
            server: Mutex::default(),
            gist_server: Mutex::default(),
        })
    }

    /// Remembers what was learned.
    pub(super) async fn keep(&self) {
        self.known.keep().await;
        if let Some(known) = &self.known_gists {
            known.keep().await;
        }
    }
}

impl Context<'_> {
    /// Backs up one repository: its code, and its wiki when there is one.
    pub(super) async fn repository(&self, repository: &Repository) -> Vec<RepositoryReport> {
        if let Some(row) = self.unmoved(repository) {
            return vec![self.ended(row)];
        }
        let place = self.pace.place().await;
        let rows = self.look(repository, &place).await;
        let is_good = rows.iter().all(RepositoryReport::is_good);
        let fast = self.probe.and_then(|probe| probe.look(&repository.id));
        match fast.filter(|_| is_good) {
            Some(fast) => self.remember(repository, fast),
            // Without a fast look nothing is learned; after a failure the next run looks again.
            None if is_good => {}
            None => self.known(repository).set_look(&repository.id, None),
        }
        rows
    }

    /// Remembers that a full look ended well. One that said the same a short while ago stands for this one, so that runs
    /// without news leave the cache as it is.
    fn remember(&self, repository: &Repository, fast: &str) {
        let known = self.known(repository);
        let before = known.get(&repository.id).and_then(|known| known.look);
        if before.is_none_or(|before| {
            before.fast != fast || age(&before) >= SHORT_WHILE.min(self.options.full_look_every / 2)
        }) {
            known.set_look(&repository.id, Some(CachedLook { fast: fast.to_owned(), time: Timestamp::now() }));
        }
    }

    /// The row of a repository that has not moved since a full look that is not too old.
    pub(super) fn unmoved(&self, repository: &Repository) -> Option<RepositoryReport> {
        let known = self.known(repository).get(&repository.id)?;
        if self.options.refetch || !is_unmoved(repository, self.probe, &known, self.options) {
            return None;
        }
        let code = self.identity(repository, Kind::Code);
        let work = Work { look: Look::Fast, ..Work::default() };
        let path = self.vault.repository(&known.folder, Kind::Code).bare().to_owned();
        Some(self.row(&code, false, Some(path), Ok((Outcome::Unchanged, work))))
    }

    /// The rows of what could not be listed.
    pub(super) fn not_listed(&self, listing: &Listing) -> impl Iterator<Item = RepositoryReport> {
        listing.failures.iter().map(|(name, reason, message)| {
            self.ended(RepositoryReport::failed(name.clone(), None, *reason, message.clone()))
        })
    }

    /// Why nothing may be begun any more.
    pub(super) fn not_begun(&self) -> Option<Error> {
        match (self.options.out_of_time.is_cancelled(), self.cancel.is_cancelled()) {
            (true, _) => Some(Error::Deadline),
            (false, true) => Some(git::Error::Cancelled.into()),
            (false, false) => self.options.is_over().then_some(Error::Deadline),
        }
    }

    pub(super) fn identity(&self, repository: &Repository, kind: Kind) -> Identity {
        Identity { id: repository.id.clone(), name: printable(&repository.full_name), kind }
    }

    /// What is remembered of a repository's host.
    pub(super) fn known(&self, repository: &Repository) -> &Known<'_> {
        match &self.known_gists {
            Some(known) if repository.gist.is_some() => known,
            _ => &self.known,
        }
    }

    /// Backs up code and wiki by a full look.
    async fn look(&self, repository: &Repository, place: &Place<'_>) -> Vec<RepositoryReport> {
        let code = self.identity(repository, Kind::Code);
        if let Some(error) = self.not_begun() {
            return vec![self.ended(self.row(&code, repository.disabled, None, Err(error)))];
        }
        let (folder, tip) = match self.folder(self.known(repository), &repository.id, &repository.full_name).await {
            Ok(found) => found,
            Err(error) => return vec![self.ended(self.row(&code, repository.disabled, None, Err(error.into())))],
        };
        let began = Instant::now();
        let (path, done) = self.sync(&folder, &code, repository, tip, place).await;
        let mut rows = vec![self.stopped(self.row(&code, repository.disabled, Some(path), done), began)];
        if self.options.wikis && repository.has_wiki && !self.cancel.is_cancelled() {
            rows.extend(self.wiki(&folder, repository, place).await.map(|row| self.stopped(row, began)));
        }
        let is_there = rows.first().is_none_or(|code| !code.reason.is_some_and(Reason::is_of_all));
        if is_there && !self.cancel.is_cancelled() {
            rows.extend(self.around(&folder, repository).await.map(|row| self.stopped(row, began)));
        }
        rows
    }

    /// The folder of what has this id, and what the vault says of its main kind if that was read for it: where the cache
    /// says, when `head.json` there agrees, else by the claim.
    pub(super) async fn folder(
        &self,
        known: &Known<'_>,
        id: &RepositoryId,
        name: &str,
    ) -> Result<(String, Option<Tip>), vault::Error> {
        let refetch = self.options.refetch;
        if let Some(folder) = known.get(id).map(|known| known.folder).filter(|_| !refetch) {
            let tip = self.vault.repository(&folder, Kind::main_of(&folder)).tip().await?;
            if tip.head.as_ref().is_some_and(|head| head.repository.id == *id) {
                return Ok((folder, Some(tip)));
            }
        }
        let claim = self.vault.claim_folder(known.host_folder(), id, name, Timestamp::now(), refetch).await?;
        known.set(id, &claim.folder, false);
        Ok((claim.folder, None))
    }

    /// The wiki's row; none when there is no wiki and never was.
    async fn wiki(&self, folder: &str, repository: &Repository, place: &Place<'_>) -> Option<RepositoryReport> {
        let identity = self.identity(repository, Kind::Wiki);
        // GitHub says "has a wiki" of every repository where one could be made, and then knows none. A refusal (403)
        // is told: the token may read the code beside it.
        let is_none = |error: &git::Error| matches!(error, git::Error::GoneOrForbidden { status: 401 | 404 | 410, .. });
        if self.known.get(&identity.id).is_some_and(|known| known.no_wiki) {
            let remote = self.github.remote(repository, identity.kind.infix());
            if let Err(error) = remote.discover().await
                && is_none(&error)
            {
                return None;
            }
        }
        let (path, done) = self.sync(folder, &identity, repository, None, place).await;
        let mut no_wiki = false;
        if let Err(Error::Git(error)) = &done
            && is_none(error)
        {
            let backups = self.vault.repository(folder, Kind::Wiki).sequences().await;
            no_wiki = backups.is_ok_and(|backups| backups.is_empty());
        }
        self.known.set(&identity.id, folder, no_wiki);
        if no_wiki {
            self.monitor.event(Event::NothingThere { repository: identity.label() });
        }
        (!no_wiki).then(|| self.row(&identity, repository.disabled, Some(path), done))
    }

    /// Brings one bare repository up to date; its path in the vault, and what was done.
    async fn sync(
        &self,
        folder: &str,
        identity: &Identity,
        upstream: &Repository,
        tip: Option<Tip>,
        place: &Place<'_>,
    ) -> (String, Result<(Outcome, Work), Error>) {
        let repository = self.vault.repository(folder, identity.kind);
        let path = repository.bare().to_owned();
        let job = Job {
            github: self.github,
            vault: self.vault,
            run: self.run,
            remote: self.github.remote(upstream, identity.kind.infix()),
            server: if upstream.gist.is_some() { &self.gist_server } else { &self.server },
            repository,
            limits: PackLimits { threads: 0, object_bytes: self.options.object_bytes },
            options: self.options,
            cancel: self.cancel,
            monitor: self.monitor.clone(),
            fetch_failures: AtomicUsize::new(0),
            identity: identity.clone(),
            upstream_bytes: match identity.kind {
                Kind::Code => upstream.size.saturating_mul(1024),
                _ => 0,
            },
        };
        self.monitor.event(Event::Began { repository: job.label() });
        let notify = |error: &Error, wait: Duration| {
            if error.reason() == Reason::RateLimited {
                place.was_too_much();
            }
            let why = cause::chain(error);
            self.monitor.event(Event::Retrying { repository: job.label(), why, wait });
        };
        let mut tip = tip;
        let is_worth_it = |error: &Error| {
            let may_wait = error.asked_pause().is_none_or(|pause| self.github.may_wait(pause));
            error.is_transient() && may_wait && !self.options.is_over()
        };
        let retry = self.github.retry();
        let done = retry.run(self.cancel, is_worth_it, Error::asked_pause, notify, || sync(&job, tip.take())).await;
        let done = done.map_err(|error| if job.repository.is_remote() { error.of_own_disk() } else { error });
        match &done {
            Ok(_) => place.went_well(),
            Err(error) if error.reason() == Reason::RateLimited => place.was_too_much(),
            Err(_) => {}
        }
        (path, done)
    }

    /// Tells how a repository ended that was begun then. What was stopped because the time was over is no interrupted
    /// work: the next run does it, or a larger worker when it had most of the time.
    fn stopped(&self, row: RepositoryReport, began: Instant) -> RepositoryReport {
        if row.reason != Some(Reason::Cancelled) || !self.options.out_of_time.is_cancelled() {
            return self.ended(row);
        }
        let error = Error::out_of_time(began.elapsed(), self.began.elapsed());
        self.ended(RepositoryReport { reason: Some(error.reason()), message: Some(error.to_string()), ..row })
    }

    /// Tells how a repository ended.
    pub(super) fn ended(&self, row: RepositoryReport) -> RepositoryReport {
        let ending = match row.outcome {
            Outcome::Failed if matches!(row.reason, Some(Reason::Cancelled | Reason::Deadline)) => Ending::Cancelled,
            Outcome::Failed => Ending::Failed,
            Outcome::Damaged => Ending::Damaged,
            Outcome::Unchanged => Ending::Unchanged,
            _ => Ending::Good,
        };
        let details = row.details();
        self.monitor.event(Event::Ended { repository: row.label(), summary: row.summary(), ending, details });
        row
    }

    fn repair_hint(&self, identity: &Identity) -> String {
        let vault = self.vault.storage().location();
        let source = match &identity.id {
            RepositoryId::Gist(id) => format!("gist:{}", String::from(id.clone())),
            _ => identity.name.clone(),
        };
        let repair = format!("gitark backup {source} --to {vault} --refetch");
        match identity.kind {
            // GitHub tells of today alone.
            Kind::Meta => format!("{repair} writes the newest version anew; older ones come from a copy of the vault"),
            _ => format!("repair it with: {repair}"),
        }
    }

    pub(super) fn row(
        &self,
        identity: &Identity,
        is_disabled: bool,
        path: Option<String>,
        done: Result<(Outcome, Work), Error>,
    ) -> RepositoryReport {
        let row = RepositoryReport {
            repository: identity.name.clone(),
            id: Some(identity.id.clone()),
            kind: identity.kind,
            path,
            outcome: Outcome::Failed,
            reason: None,
            message: None,
            work: Work::default(),
        };
        match done {
            Ok((Outcome::Failed, work)) => {
                let (reason, message) = work.metadata.as_ref().and_then(MetadataWork::failure).unzip();
                RepositoryReport { reason, message, work, ..row }
            }
            Ok((outcome, work)) => RepositoryReport {
                outcome,
                reason: match (outcome, work.refs) {
                    (Outcome::Damaged, _) => Some(Reason::DamagedVault),
                    _ if work.lfs_reason.is_some() => work.lfs_reason,
                    (_, Some(0)) if identity.kind == Kind::Code => Some(Reason::Empty),
                    _ => None,
                },
                work,
                message: (outcome == Outcome::Damaged)
                    .then(|| format!("something stored before is damaged; {}", self.repair_hint(identity))),
                ..row
            },
            Err(error) => {
                let mut message = cause::chain(&error);
                if matches!(error, Error::Vault(vault::Error::Damaged(_))) {
                    message.push_str(&format!("; {}", self.repair_hint(identity)));
                }
                let reason = match error.reason() {
                    Reason::GoneOrForbidden if is_disabled => {
                        message = format!("GitHub disabled the repository: {message}");
                        Reason::Disabled
                    }
                    reason => reason,
                };
                RepositoryReport { reason: Some(reason), message: Some(message), ..row }
            }
        }
    }
}

fn age(look: &CachedLook) -> Duration {
    since(look.time)
}

/// How long ago `time` was; a time that is yet to come is long ago.
pub(super) fn since(time: Timestamp) -> Duration {
    Duration::try_from(Timestamp::now().duration_since(time)).unwrap_or(Duration::MAX)
}

/// How long after a full look the next one is due. Those of many repositories are spread over the last quarter of the
/// time.
pub(super) fn due(id: &RepositoryId, options: &Options) -> Duration {
    let early = options.full_look_every.mul_f64(id.part(1000) as f64 / 4000.0);
    options.full_look_every.saturating_sub(early)
}

/// Whether a fast look is enough: nothing has moved since a full look that is not too old.
pub(super) fn is_unmoved(
    repository: &Repository,
    probe: Option<&Probe>,
    known: &CachedRepository,
    options: &Options,
) -> bool {
    let fast = probe.and_then(|probe| probe.look(&repository.id));
    let Some(look) = known.look.as_ref().filter(|look| fast == Some(&look.fast)) else { return false };
    match options.check {
        Check::Auto => age(look) < due(&repository.id, options),
        Check::Fast => true,
        Check::Full => false,
    }
}

/// A name from outside, without what could confuse a terminal or a report.
pub(super) fn printable(name: &str) -> String {
    cause::printable(name).chars().take(200).collect()
}
