//! What `status` reads, and what it makes of time.

use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use gitark::{
    backup::report::RunReport,
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
