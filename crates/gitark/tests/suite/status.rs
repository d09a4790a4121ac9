//! What `status` reads, and what it makes of time.

use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use gitark::{
    backup::{
        Reason,
        report::{Outcome, RunReport},
    },
    status::{Options, State, status},
    vault::{RunId, Storage, Vault},
};
use jiff::{SignedDuration, Timestamp};
use object_store::memory::InMemory;

use crate::support::{FaultyStore, Plan, World};

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_reports_are_read_until_every_repository_is_seen() {
    let (world, _) = World::with_repository().await;
    let other = world.upstream.create_repository("octocat/other");
    other.commit("main", &[("a.txt", "a\n")], "A");
    let store = FaultyStore::new(Arc::new(InMemory::new()), Plan::Work);
    let storage = Storage::new(Arc::new(store.clone()), None, "a bucket".into());
    let newest = world.backup_to(storage.clone()).await.expect("a run");
    let vault = Vault::open(storage).await.expect("a vault");
    for days in 1..20 {
        let run = RunId::new(newest.run.started - SignedDuration::from_hours(24 * days));
        vault.store_run_report(&run, &RunReport { run: run.clone(), ..newest.clone() }).await.expect("stored");
    }
    let keys = Arc::new(Mutex::new(Vec::new()));
    let seen = keys.clone();
    store.before_each_call(move |_, key| {
        seen.lock().unwrap().push(key);
        async {}.boxed()
    });
    let found = status(&vault, Options::default()).await.expect("a status");
    assert_eq!(found.count(State::Good), 2, "{found:?}");
    let reports = keys.lock().unwrap().iter().filter(|key| key.starts_with("runs/") && key.ends_with(".json")).count();
    assert_eq!(reports, 1, "the first of twenty is enough");

    // Three days later.
    let now = Timestamp::now() + SignedDuration::from_hours(72);
    let options = |hours| Options { max_age: SignedDuration::from_hours(hours), now };
    assert_eq!(status(&vault, options(26)).await.expect("a status").count(State::Stale), 2);
    assert_eq!(status(&vault, options(73)).await.expect("a status").count(State::Good), 2);
    // Half a year later reports are out of sight, and the entries tell.
    let now = now + SignedDuration::from_hours(24 * 180);
    let found = status(&vault, Options { now, ..Options::default() }).await.expect("a status");
    assert!(found.last_run.is_none() && found.repositories.iter().all(|row| row.checked.is_some()), "{found:?}");
}

/// Puts a report of a run `days` ago into the vault: that of `like`, changed.
async fn ago(vault: &Vault, like: &RunReport, days: i64, change: impl FnOnce(&mut RunReport)) {
    let run = RunId::new(like.run.started - SignedDuration::from_hours(24 * days));
    let mut report = RunReport { run: run.clone(), ..like.clone() };
    change(&mut report);
    vault.store_run_report(&run, &report).await.expect("stored");
}

/// Takes [`OTHER`] out of a report.
fn without_other(report: &mut RunReport) {
    report.repositories.retain(|row| row.repository != OTHER);
}

const OTHER: &str = "octocat/other";

/// A vault with two repositories, the time of its backup pushed back by `days`: a status now sees no newer look.
async fn two(days: i64) -> (Vault, RunReport, Options) {
    let (world, _) = World::with_repository().await;
    world.upstream.create_repository(OTHER).commit("main", &[("a.txt", "a\n")], "A");
    let storage = Storage::memory();
    let report = world.backup_to(storage.clone()).await.expect("a run");
    let now = report.run.started + SignedDuration::from_hours(24 * days);
    (Vault::open(storage).await.expect("a vault"), report, Options { now, ..Options::default() })
}

/// The state of [`OTHER`], and how many days before `now` it went.
async fn of_other(vault: &Vault, options: Options) -> (State, Option<i64>) {
    let found = status(vault, options).await.expect("a status");
    let row = found.repositories.iter().find(|row| row.repository == OTHER).expect("a row");
    (row.state, row.gone_since.map(|since| (options.now.duration_since(since).as_hours() + 12) / 24))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_later_runs_of_the_same_sources_do_not_list_is_gone() {
    let (vault, report, options) = two(10).await;
    assert_eq!(of_other(&vault, options).await, (State::Stale, None));
    // Cut short, of other sources, or with a source that failed: they prove nothing.
    ago(&vault, &report, -1, |report| {
        without_other(report);
        report.cancelled = true;
    })
    .await;
    ago(&vault, &report, -2, |report| {
        without_other(report);
        report.sources = vec!["octocat/hello".into()];
    })
    .await;
    ago(&vault, &report, -3, |report| {
        without_other(report);
        let failed = &mut report.repositories[0];
        (failed.id, failed.outcome, failed.reason) = (None, Outcome::Failed, Some(Reason::SignOnNeeded));
    })
    .await;
    assert_eq!(of_other(&vault, options).await, (State::Stale, None));
    // The first of those that do is told, and more sources do no harm.
    for days in [4, 5, 6] {
        ago(&vault, &report, -days, |report| {
            without_other(report);
            report.sources.push("another".into());
        })
        .await;
    }
    assert_eq!(of_other(&vault, options).await, (State::Gone, Some(6)));
    // Half a year later no report that has it is looked at any more, but the one that its newest entry names.
    ago(&vault, &report, -180, without_other).await;
    let later = Options { now: options.now + SignedDuration::from_hours(24 * 171), ..options };
    assert_eq!(of_other(&vault, later).await, (State::Gone, Some(1)));
    // Back again.
    ago(&vault, &report, -181, |_| {}).await;
    assert_eq!(of_other(&vault, later).await, (State::Good, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_of_another_job_hide_nothing_and_new_filters_of_the_same_do() {
    let (vault, report, options) = two(10).await;
    let filtered = |report: &mut RunReport| {
        without_other(report);
        report.filters = vec!["include hello".into()];
    };
    // Another job has run before and after: that this one does not run any more is not hidden.
    for days in [2, -2, -9] {
        ago(&vault, &report, days, filtered).await;
    }
    assert_eq!(of_other(&vault, options).await, (State::Stale, None));

    let (vault, report, options) = two(10).await;
    for days in [-2, -9] {
        ago(&vault, &report, days, filtered).await;
    }
    assert_eq!(of_other(&vault, options).await, (State::Gone, Some(8)));
}
