//! Random histories of an upstream repository, backed up again and again: every backup is given back as real git kept
//! it at that time, and the vault forgets nothing.
//!
//! Seeds count from 0. `GITARK_HISTORIES=1000` tries so many of them, `GITARK_HISTORY_SEED=7` begins with another one,
//! or tries that one alone. A failure tells its seed, what happened, and how to repeat it.

mod checks;
mod commits;
mod extras;
mod mirror;
mod random;
mod steps;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use gitark::{
    backup::{self, Options, report::RunReport},
    github::{GitHub, Source},
    monitor::Silent,
    vault::Storage,
};
use tokio_util::sync::CancellationToken;

use self::{extras::Extra, mirror::Mirror, mirror::Seen, random::Random, steps::Upstream};
use crate::support::{Plan, REPOSITORY, World};

/// Histories that are tried when nobody asks for another number.
const HISTORIES: u64 = 100;

/// What happened so far, for people who look for the cause of a failure.
type Journal = Mutex<Vec<String>>;

#[test]
fn random_histories_come_back_as_git_kept_them() {
    let number = |name: &str| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().unwrap_or_else(|_| panic!("{name}={text:?} is no number")))
    };
    let (first, count) = (number("GITARK_HISTORY_SEED"), number("GITARK_HISTORIES"));
    let count = count.unwrap_or(if first.is_some() { 1 } else { HISTORIES });
    let (first, next) = (first.unwrap_or(0), AtomicU64::new(0));
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        // Two for each processor: they wait for git and the disk half of the time.
        for _ in 0..2 * std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::SeqCst);
                    if at >= count {
                        break;
                    }
                    if !is_kept(first + at) {
                        failed.lock().unwrap().push(first + at);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} of {count} histories failed: seeds {failed:?}", failed.len());
}

/// Whether the history of this seed comes back. A failure is told.
fn is_kept(seed: u64) -> bool {
    let journal = Journal::default();
    // One thread, so that the same seed does the same in the same order.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = catch_unwind(AssertUnwindSafe(|| runtime.block_on(live_through(seed, &journal))));
    if result.is_err() {
        let journal = journal.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        eprintln!("the history of seed {seed} failed after:\n  {}", journal.join("\n  "));
        eprintln!("repeat it: GITARK_HISTORY_SEED={seed} cargo test -p gitark --test suite histories -- --nocapture");
    }
    result.is_ok()
}

/// An upstream with its past, a vault, and what the vault must know.
struct History<'a> {
    world: World,
    /// Where the vault is copied to.
    copied: tempfile::TempDir,
    upstream: Upstream,
    mirror: Mirror,
    random: Random,
    journal: &'a Journal,
}

/// One history, from an empty vault to the last check.
async fn live_through(seed: u64, journal: &Journal) {
    let world = World::new().await;
    let repository = world.upstream.create_repository(REPOSITORY);
    let copied = tempfile::tempdir().expect("a directory");
    let mut random = Random::new(seed);
    let mirror = Mirror::new();
    let upstream = Upstream::new(repository, Random::new(random.next()), mirror.path());
    let mut history = History { world, copied, upstream, mirror, random, journal };
    if !history.random.one_in(4) {
        let done = history.upstream.first_pushes();
        history.tell(done);
    }
    // A few are so long that the log gets a second checkpoint.
    let (rounds, steps) = if history.random.one_in(50) { (60, 1) } else { (history.random.between(3, 8), 3) };
    for _ in 0..rounds {
        for _ in 0..history.random.between(1, steps) {
            history.step();
        }
        match history.random.below(12) {
            0..6 => history.backup().await,
            6..9 => {
                let extra = history.random.one_of(&Extra::ALL);
                history.extra(extra).await;
            }
            // Upstream moves on unseen.
            _ => {}
        }
    }
    history.backup().await;
    let vault = history.world.vault.clone();
    history.check_backups(&vault).await;
    history.check_vault(&vault).await;
    if history.copied.path().join("vault.json").exists() {
        history.copy(Plan::Work).await;
        let copied = history.copied.path().to_owned();
        history.check_backups(&copied).await;
        history.check_vault(&copied).await;
    }
}

impl History<'_> {
    fn tell(&self, what: impl Into<String>) {
        self.journal.lock().unwrap().push(what.into());
    }

    fn step(&mut self) {
        let done = self.upstream.step();
        self.tell(done);
    }

    /// Backs up what is there now, which must work, and looks at the vault with plain git.
    async fn backup(&mut self) {
        self.backup_with(false).await;
    }

    /// The same, perhaps with `--refetch`.
    async fn backup_with(&mut self, refetch: bool) {
        let (storage, _) = World::faulty_storage(&self.world.vault, Plan::Work);
        let report = self.run(storage, refetch).await.expect("a run");
        let sequence = self.check_report(&report);
        self.tell(format!("backup: entry {sequence}{}", if refetch { ", all fetched again" } else { "" }));
        self.note_backup();
    }

    /// One run, which may end in any way.
    async fn run(&mut self, storage: Storage, refetch: bool) -> Result<RunReport, backup::Error> {
        let source = self.upstream.source().parse().expect("a source");
        let options = Options { refetch, ..self.world.options.clone() };
        run(&self.world.client, source, storage, &options).await
    }

    /// The run must have stored everything; the entry that it stands for.
    fn check_report(&self, report: &RunReport) -> u64 {
        let [row] = &report.repositories[..] else { panic!("one row is expected: {report:?}") };
        assert!(row.is_good(), "{row:?}");
        assert_eq!(row.path.as_deref(), Some("127.0.0.1/octocat/hello/hello.git"), "its folder is its first name");
        row.work.sequence.expect("an entry")
    }

    /// Notes all new entries, after a run that stored everything. The newest must show upstream as it is now, and plain
    /// git must see the same in the vault.
    fn note_backup(&mut self) {
        let seen = self.upstream.seen().kept();
        self.note_entries(&seen);
        let newest = self.mirror.backups.last_key_value().map(|(_, seen)| seen);
        assert_eq!(newest, Some(&seen), "the newest entry is not upstream's state");
        assert_eq!(Seen::of(&self.world.bare()).live(), seen.in_the_vault(), "what plain git sees in the vault");
        self.upstream.may_be_renamed = true;
    }

    /// Notes that the entries which nobody noted yet stand for `seen`. To be called after every run, before upstream
    /// moves on.
    fn note_entries(&mut self, seen: &Seen) {
        let known = self.mirror.backups.len() as u64;
        let entries = self.entries();
        if entries > known {
            self.mirror.take_objects(&self.upstream.repository.path());
        }
        for sequence in known + 1..=entries {
            self.mirror.note(sequence, seen);
        }
    }

    /// The number of entries as they lie on the disk: a run that was stopped tells nothing, but may have committed.
    fn entries(&self) -> u64 {
        let log = self.world.bare().join("gitark/log");
        std::fs::read_dir(log).map_or(0, |entries| entries.count() as u64)
    }
}

/// One run over what `source` names.
async fn run(client: &GitHub, source: Source, storage: Storage, options: &Options) -> Result<RunReport, backup::Error> {
    let listing = backup::list(client, &[source], &Default::default(), &Silent).await?;
    backup::run(client, &listing, storage, options, Arc::new(Silent), &CancellationToken::new()).await
}
