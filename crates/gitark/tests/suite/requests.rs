//! What a backup asks of a bucket, call by call.

use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use gitark::{backup::report::Outcome, vault::Storage};
use object_store::memory::InMemory;

use crate::support::{Call, FaultyStore, Plan, World};

/// A bucket that remembers which keys were asked for.
struct Bucket {
    storage: Storage,
    store: FaultyStore,
    keys: Arc<Mutex<Vec<String>>>,
}

impl Bucket {
    fn new() -> Self {
        let store = FaultyStore::new(Arc::new(InMemory::new()), Plan::Work);
        let keys = Arc::new(Mutex::new(Vec::new()));
        let seen = keys.clone();
        store.before_each_call(move |_, key| {
            seen.lock().unwrap().push(key);
            async {}.boxed()
        });
        Self { storage: Storage::new(Arc::new(store.clone()), None, "a bucket".into()), store, keys }
    }

    /// The keys asked for since the last time, and the changes among the calls.
    fn asked(&self) -> (Vec<String>, Vec<Call>) {
        (std::mem::take(&mut *self.keys.lock().unwrap()), self.store.take_seen())
    }
}

/// Two repositories, the second with a wiki switched on that was never made, backed up once.
async fn world() -> (World, Bucket) {
    let (world, _) = World::with_repository().await;
    let other = world.upstream.create_repository("octocat/other");
    other.commit("main", &[("a.txt", "a\n")], "A");
    let bucket = Bucket::new();
    world.backup_to(bucket.storage.clone()).await.expect("a run");
    bucket.asked();
    (world, bucket)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_repository_costs_two_reads_and_nothing_is_written_but_the_report() {
    let (world, bucket) = world().await;
    let report = world.backup_to(bucket.storage.clone()).await.expect("a run");
    assert!(report.repositories.iter().all(|row| row.outcome == Outcome::Unchanged), "{report:?}");
    let (keys, changes) = bucket.asked();
    for repository in ["octocat/hello/", "octocat/other/"] {
        let of_it: Vec<_> = keys.iter().filter(|key| key.contains(repository)).collect();
        assert_eq!(of_it.len(), 2, "{of_it:?}");
        assert!(of_it[0].ends_with("head.json") && of_it[1].ends_with("log/00000002.json"), "{of_it:?}");
    }
    // The vault's document, what runs remember, the start record twice, the report.
    assert_eq!(keys.len(), 2 * 2 + 5, "{keys:?}");
    assert!(changes.iter().all(|call| matches!(call, Call::Create(key) if key.starts_with("runs/"))), "{changes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_commit_costs_few_requests_however_many_objects_there_are() {
    let (world, bucket) = world().await;
    let repository = world.upstream.repository("octocat/other").expect("there");
    let files: Vec<(String, String)> =
        (0..300).map(|at| (format!("d{}/f{at}.txt", at % 7), format!("{at}\n"))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    repository.commit("main", &files, "Many");
    world.backup_to(bucket.storage.clone()).await.expect("a run");
    for round in 0..3 {
        repository.commit("main", &[("d3/f3.txt", &format!("round {round}\n"))], "One line");
        bucket.asked();
        world.backup_to(bucket.storage.clone()).await.expect("a run");
        let (keys, changes) = bucket.asked();
        // Two more are those of the other repository.
        assert!(keys.len() <= 25 + 2, "{} requests: {keys:#?}", keys.len());
        let written_once: Vec<_> = changes.iter().filter(|call| matches!(call, Call::Create(_))).collect();
        // Start record twice, .keep, pack, index, entry, report.
        assert_eq!(written_once.len(), 7, "{written_once:?}");
        assert!(!keys.iter().any(|key| key.ends_with(".idx") && key.contains("hello")), "{keys:?}");
    }
    // The hint may be gone or damaged at any time: then the indexes are asked.
    for harm in ["{}\n", ""] {
        let hint = "cache/127.0.0.1/octocat/other/other.git/nearby.json";
        bucket.storage.replace(hint, harm.into()).await.expect("damaged");
        repository.commit("main", &[("d4/f4.txt", &format!("after {harm:?}\n"))], "After");
        let report = world.backup_to(bucket.storage.clone()).await.expect("a run");
        assert!(report.repositories.iter().all(|row| row.is_good()), "{report:?}");
    }
    let vault = gitark::vault::Vault::open(bucket.storage.clone()).await.expect("a vault");
    let report = World::verify_vault(&vault, true, false).await;
    assert!(!report.has_damage() && !report.has_unreachable(), "{report:?}");
}
