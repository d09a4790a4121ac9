//! Runs that many workers share.

use std::sync::Arc;

use gitark::{
    backup::{
        self, Check, Error, ListOptions, Options, Reason,
        fleet::{self, Item, Items},
        report::{Look, Outcome, RepositoryReport, RunReport, Verdict},
    },
    github::{self, Source},
    monitor::{Event, Monitor, Silent},
    status::{self, State},
    vault::{self, RunId, Storage, Vault},
};
use github_emulator::{Fault, FaultKind, RequestClass};
use object_store::memory::InMemory;
use tokio_util::sync::CancellationToken;

use crate::support::{FaultyStore, Plan, World, row};

const NAMES: [&str; 5] = ["octocat/five", "octocat/four", "octocat/one", "octocat/three", "octocat/two"];

/// An upstream where octocat has five repositories that nobody pushed to for a while, and a client with a token.
async fn world() -> (World, github::GitHub) {
    let world = World::new().await;
    for name in NAMES {
        let repository = world.upstream.create_repository(name);
        repository.commit("main", &[("README.md", "one\n")], "First");
        settle(&world, name);
    }
    world.upstream.set_token("ghp_fleet", "octocat");
    let client = world.client_with_token("ghp_fleet");
    (world, client)
}

fn settle(world: &World, name: &str) {
    let repository = world.upstream.repository(name).expect("there");
    repository.set_attributes(|attributes| attributes.pushed_at = 1_600_000_000);
}

/// The source that an item leads to, as the command line has it.
fn source(item: &Item) -> Source {
    Source::Repository(item.owner.clone(), item.repo.clone())
}

async fn list(world: &World, client: &github::GitHub, storage: Storage) -> Result<Items, Error> {
    let options = ListOptions { check: Check::Fast, ..ListOptions::default() };
    let listing = backup::list(client, &[Source::Account("octocat".into())], &options, &Silent).await?;
    let cancel = CancellationToken::new();
    fleet::list(client, &listing, storage, 40, &world.options, Arc::new(Silent), &cancel).await
}

async fn sync(
    world: &World,
    client: &github::GitHub,
    storage: Storage,
    item: &Item,
) -> Result<Vec<RepositoryReport>, Error> {
    let run = RunId::of_word(&item.run).expect("a run");
    let cancel = CancellationToken::new();
    fleet::sync(client, &source(item), storage, &run, &world.options, Arc::new(Silent), &cancel).await
}

async fn finish(world: &World, storage: Storage, run: &RunId) -> Result<RunReport, Error> {
    fleet::finish(storage, run, &world.options, &Silent).await
}

fn outcomes(report: &RunReport) -> Vec<(&str, Outcome, Option<Reason>)> {
    report.repositories.iter().map(|row| (row.repository.as_str(), row.outcome, row.reason)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_workers_did_is_one_run() {
    let (world, client) = world().await;
    let storage = Storage::memory();
    let begun = list(&world, &client, storage.clone()).await.expect("a list");
    assert_eq!((begun.items.len(), begun.unchanged), (5, 0));
    let array = storage.read(&begun.key).await.expect("read").expect("there");
    assert_eq!(serde_json::from_slice::<Vec<Item>>(&array).expect("a plain array"), begun.items);
    assert!(begun.items.iter().all(|item| (item.concurrency, item.points_per_minute) == (1, 22)), "{begun:?}");

    // One is broken, one gone since, one has no worker; the others are done, one of them by two workers at once.
    let fault = Fault::new(FaultKind::Status { status: 500, headers: Vec::new(), body: String::new() });
    world.upstream.add_fault(fault.on(RequestClass::InfoRefs).path("/octocat/four.git/info/refs"));
    let item = |name: &str| begun.items.iter().find(|item| name.ends_with(&item.repo)).expect("an item");
    let gone = Fault::new(FaultKind::Status { status: 404, headers: Vec::new(), body: String::new() });
    world.upstream.add_fault(gone.on(RequestClass::Api).path("/repos/octocat/two"));
    let names = ["octocat/four", "octocat/one", "octocat/one", "octocat/two", "octocat/five"];
    let workers = names.map(|name| sync(&world, &client, storage.clone(), item(name)));
    for (name, rows) in names.iter().zip(futures::future::join_all(workers).await) {
        assert_eq!(rows.expect("a result").len(), 1, "{name}");
    }
    let report = finish(&world, storage.clone(), &begun.run).await.expect("a report");
    let expected = [
        ("octocat/five", Outcome::New, None),
        ("octocat/four", Outcome::Failed, Some(Reason::Network)),
        ("octocat/one", Outcome::New, None),
        ("octocat/three", Outcome::Failed, Some(Reason::WorkerLost)),
        ("octocat/two", Outcome::Failed, Some(Reason::GoneOrForbidden)),
    ];
    assert_eq!(outcomes(&report), expected);
    assert_eq!((report.verdict(), report.run.started), (Verdict::Partial, begun.run.started));
    assert!(report.repositories.iter().all(|row| row.id.is_some()), "{report:?}");
    assert_eq!(report.sources, ["octocat"]);
    World::assert_whole_in(storage.clone()).await;
    // A second call finds the same.
    assert_eq!(finish(&world, storage.clone(), &begun.run).await.expect("a report"), report);

    // `status` reads it as any other.
    let vault = Vault::open(storage.clone()).await.expect("a vault");
    let found = status::status(&vault, status::Options::default()).await.expect("a status");
    assert_eq!((found.count(State::Good), found.count(State::Failing)), (2, 3), "{found:?}");
    assert_eq!(found.last_run.expect("a run").started, begun.run.started);

    // What ended well is not looked at again, by a shared run or by another.
    world.upstream.clear_faults();
    let again = list(&world, &client, storage.clone()).await.expect("a list");
    let moved: Vec<&str> = again.items.iter().map(|item| item.repo.as_str()).collect();
    assert_eq!((moved, again.unchanged), (vec!["four", "three", "two"], 2));
    for item in &again.items {
        sync(&world, &client, storage.clone(), item).await.expect("a result");
    }
    let report = finish(&world, storage.clone(), &again.run).await.expect("a report");
    assert_eq!(report.verdict(), Verdict::Done, "{report:?}");
    assert_eq!(row(&report, "octocat/one").work.look, Look::Fast);
    let found = status::status(&vault, status::Options::default()).await.expect("a status");
    assert_eq!((found.count(State::Good), found.count(State::Gone)), (5, 0), "{found:?}");

    let options = ListOptions { check: Check::Fast, ..ListOptions::default() };
    let listing = backup::list(&client, &[Source::Account("octocat".into())], &options, &Silent).await.expect("listed");
    let cancel = CancellationToken::new();
    let options = Options { check: Check::Fast, ..world.options.clone() };
    let report =
        backup::run(&client, &listing, storage.clone(), &options, Arc::new(Silent), &cancel).await.expect("a run");
    assert!(report.repositories.iter().all(|row| row.work.look == Look::Fast), "{report:?}");
    // And by none at all: an empty list is an answer.
    let nothing = list(&world, &client, storage.clone()).await.expect("a list");
    assert_eq!((nothing.items.len(), nothing.unchanged), (0, 5));
    assert_eq!(storage.read(&nothing.key).await.expect("read").expect("there"), "[]");
    assert_eq!(finish(&world, storage, &nothing.run).await.expect("a report").verdict(), Verdict::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_a_worker_goes_by_the_listers_proof() {
    let (world, client) = world().await;
    let storage = Storage::memory();
    let begun = list(&world, &client, storage.clone()).await.expect("a list");
    sync(&world, &client, storage.clone(), &begun.items[0]).await.expect("a result");
    let starts = storage.list("runs").await.expect("listed");
    assert_eq!(starts.iter().filter(|(key, _)| key.ends_with("/start.json")).count(), 1, "{starts:?}");

    // Nobody proved a store without create-only puts, and there is no such run.
    let store = FaultyStore::new(Arc::new(InMemory::new()), Plan::Overwrite);
    let overwriting = Storage::new(Arc::new(store), None, "overwriting".into());
    let refused = list(&world, &client, overwriting.clone()).await.expect_err("refused");
    assert!(matches!(refused, Error::Vault(vault::Error::NoCreateOnly { .. })), "{refused}");
    for storage in [storage, overwriting] {
        let item = Item { run: RunId::new(jiff::Timestamp::now()).word(), ..begun.items[0].clone() };
        let refused = sync(&world, &client, storage, &item).await.expect_err("refused");
        assert!(matches!(refused, Error::NoSuchRun { .. } | Error::Vault(vault::Error::NotAVault { .. })), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_shared_run_that_is_stopped_anywhere_loses_nothing() {
    let (world, client) = world().await;
    let inner = Arc::new(InMemory::new());
    let sound = Storage::new(inner.clone(), None, "sound".into());
    let stopped = |plan| Storage::new(Arc::new(FaultyStore::new(inner.clone(), plan)), None, "stopped".into());
    let plan = |at: usize| [Plan::StopBefore(at), Plan::StopAfter(at)];
    let mut stops = 0;

    // The lister: the next one begins a run of its own.
    'list: for at in 0.. {
        for plan in plan(at) {
            if list(&world, &client, stopped(plan)).await.is_ok() {
                break 'list;
            }
            stops += 1;
        }
    }
    let begun = list(&world, &client, sound.clone()).await.expect("a list");

    // A worker: another one does its work.
    'sync: for at in 0.. {
        for plan in plan(at) {
            let rows = sync(&world, &client, stopped(plan), &begun.items[0]).await;
            if rows.is_ok_and(|rows| rows.iter().all(RepositoryReport::is_good)) {
                break 'sync;
            }
            stops += 1;
        }
    }
    for item in &begun.items {
        sync(&world, &client, sound.clone(), item).await.expect("a result");
    }

    // Who joins: the next call says the same as any other.
    let mut reports = Vec::new();
    'finish: for at in 0.. {
        for plan in plan(at) {
            if let Ok(report) = finish(&world, stopped(plan), &begun.run).await {
                reports.push(report);
                break 'finish;
            }
            stops += 1;
        }
    }
    let both = tokio::join!(finish(&world, sound.clone(), &begun.run), finish(&world, sound.clone(), &begun.run));
    reports.extend([both.0.expect("a report"), both.1.expect("a report")]);
    assert!(reports.iter().all(|report| *report == reports[0] && report.verdict() == Verdict::Done), "{reports:?}");
    assert!(stops > 20, "only {stops} stops");
    World::assert_whole_in(sound.clone()).await;
    assert_eq!(list(&world, &client, sound).await.expect("a list").unchanged, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_two_that_join_at_once_leave_one_report() {
    let (world, client) = world().await;
    let storage = Storage::memory();
    let begun = list(&world, &client, storage.clone()).await.expect("a list");
    for item in &begun.items {
        sync(&world, &client, storage.clone(), item).await.expect("a result");
    }
    let both = tokio::join!(finish(&world, storage.clone(), &begun.run), finish(&world, storage.clone(), &begun.run));
    assert_eq!(both.0.expect("a report"), both.1.expect("a report"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_pack_that_is_too_large_for_a_worker_is_left_to_a_larger_one() {
    let (world, client) = world().await;
    let storage = Storage::memory();
    let small = Options { max_first_fetch_bytes: Some(1 << 20), ..world.options.clone() };
    let size = |kib: u64| {
        let repository = world.upstream.repository("octocat/one").expect("there");
        repository.set_attributes(|attributes| attributes.size = Some(kib));
    };
    size(2048);
    let report = backup_one(&client, storage.clone(), &small).await;
    let found = row(&report, "octocat/one");
    assert_eq!((found.outcome, found.reason), (Outcome::Failed, Some(Reason::NeedsLargerWorker)));
    let message = found.message.as_deref().expect("a message");
    assert!(
        message.contains("2.0 MiB") && message.contains("1.0 MiB") && message.contains("gitark backup"),
        "{message}"
    );

    // In a shared run the result of the larger worker counts.
    let begun = list(&world, &client, storage.clone()).await.expect("a list");
    let item = begun.items.iter().find(|item| item.repo == "one").expect("an item");
    assert_eq!(item.size_kb, 2048);
    let cancel = CancellationToken::new();
    let one = source(item);
    let in_lambda = fleet::sync(&client, &one, storage.clone(), &begun.run, &small, Arc::new(Silent), &cancel);
    assert_eq!(in_lambda.await.expect("a result")[0].reason, Some(Reason::NeedsLargerWorker));
    for item in &begun.items {
        sync(&world, &client, storage.clone(), item).await.expect("a result");
    }
    assert_eq!(finish(&world, storage.clone(), &begun.run).await.expect("a report").verdict(), Verdict::Done);

    // What is there already grows in small steps.
    world.upstream.repository("octocat/one").expect("there").commit("main", &[("b", "b\n")], "More");
    let report = backup_one(&client, storage, &small).await;
    assert_eq!(row(&report, "octocat/one").outcome, Outcome::Changed);
}

async fn backup_one(client: &github::GitHub, storage: Storage, options: &Options) -> RunReport {
    let one = Source::Repository("octocat".into(), "one".into());
    let listing = backup::list(client, &[one], &ListOptions::default(), &Silent).await.expect("a listing");
    let cancel = CancellationToken::new();
    backup::run(client, &listing, storage, options, Arc::new(Silent), &cancel).await.expect("a run")
}

/// Ends the time when a repository is begun.
struct EndsWhenBegun {
    out_of_time: CancellationToken,
    cancel: CancellationToken,
}

impl Monitor for EndsWhenBegun {
    fn event(&self, event: Event) {
        if matches!(event, Event::Began { .. }) {
            self.out_of_time.cancel();
            self.cancel.cancel();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_what_had_most_of_the_time_needs_a_larger_worker_and_what_was_not_begun_is_left() {
    let (world, client) = world().await;
    let (out_of_time, cancel) = (CancellationToken::new(), CancellationToken::new());
    let options = Options { concurrency: 1, out_of_time: out_of_time.clone(), ..world.options.clone() };
    let source = Source::Account("octocat".into());
    let listing = backup::list(&client, &[source], &ListOptions::default(), &Silent).await.expect("a listing");
    let monitor = EndsWhenBegun { out_of_time, cancel: cancel.clone() };
    let storage = Storage::memory();
    let report = backup::run(&client, &listing, storage.clone(), &options, Arc::new(monitor), &cancel).await;
    let report = report.expect("a run");
    let of = |reason| report.repositories.iter().filter(|row| row.reason == Some(reason)).count();
    assert_eq!((of(Reason::NeedsLargerWorker) + of(Reason::Deadline), of(Reason::Cancelled)), (5, 0), "{report:?}");
    assert!(of(Reason::Deadline) >= 4 && !report.cancelled, "{report:?}");
    // Nothing is lost by it.
    let report = backup_one(&client, storage.clone(), &world.options).await;
    assert_eq!(report.verdict(), Verdict::Done);
    World::assert_whole_in(storage).await;
}
