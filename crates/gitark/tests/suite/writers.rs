//! Two runs at once: work may be wasted, nothing is lost, and the vault never goes back in time.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures::FutureExt as _;
use gitark::vault::{Storage, Vault, key::Kind};
use object_store::memory::InMemory;

use crate::support::{FaultyStore, Ground, Plan, World, git};

async fn assert_log_is_in_order(storage: Storage) {
    let vault = Vault::open(storage).await.expect("a vault");
    let repository = vault.repository("127.0.0.1/octocat/hello", Kind::Code);
    let sequences = repository.sequences().await.expect("a listing");
    assert_eq!(sequences, (1..=sequences.len() as u64).collect::<Vec<_>>());
    let mut last = None;
    for sequence in sequences {
        let (entry, ..) = repository.entry(sequence).await.expect("an entry").expect("there");
        assert!(last.is_none_or(|last| last <= entry.observed), "time goes back at entry {sequence}");
        last = Some(entry.observed);
    }
}

/// The first run is held before its call number `hold`; meanwhile upstream changes and `others` runs come and go.
/// False when the first run has fewer calls.
pub(crate) async fn held_at(ground: Ground, hold: usize, first_backup: bool, others: usize) -> bool {
    let (world, repository) = World::with_repository().await;
    let (world, ground) = (Arc::new(world), Arc::new(ground));
    if !first_backup {
        world.backup_to(ground.storage()).await.expect("a run");
        repository.commit("main", &[("a.txt", "seen by the first run\n")], "Seen by the first run");
    }
    let (storage, faulty) = ground.faulty(Plan::Work);
    let held = Arc::new(AtomicBool::new(false));
    {
        let (world, ground, held) = (world.clone(), ground.clone(), held.clone());
        let repository = repository.clone();
        faulty.before_each_call(move |number, _| {
            let (world, ground, repository) = (world.clone(), ground.clone(), repository.clone());
            let is_it = number == hold;
            held.fetch_or(is_it, Ordering::SeqCst);
            async move {
                if !is_it {
                    return;
                }
                for round in 0..others {
                    let text = format!("{round}\n");
                    repository.commit("main", &[("b.txt", &text)], "Seen by another run");
                    repository.force_push("topic", &[("topic.txt", &text)], "Forced");
                    let report = world.backup_to(ground.storage()).await.expect("the other run");
                    assert!(report.repositories.iter().all(|row| row.is_good()), "held at {hold}: {report:?}");
                }
            }
            .boxed()
        });
    }
    let report = world.backup_to(storage).await.expect("the first run");
    if !held.load(Ordering::SeqCst) {
        return false;
    }
    assert!(report.repositories.iter().all(|row| row.is_good()), "held at {hold}: {report:?}");
    let files = ground.files().await;
    let bare = World::bare_in(files.path());
    let seen = git::upstream_refs(&bare);
    let wanted = repository.refs();
    // The first run may have looked before the others and have had nothing to say; then theirs is what is shown.
    assert_eq!(seen, wanted, "held at {hold}: the vault went back in time");
    git::fsck(&bare);
    assert_log_is_in_order(ground.storage()).await;
    World::assert_whole_in(ground.storage()).await;
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_two_runs_at_once_lose_nothing_and_never_go_back() {
    let mut hold = 0;
    while held_at(Ground::disk(), hold, false, 1).await {
        hold += 1;
    }
    assert!(hold > 22, "only {hold} calls to hold at");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_first_backups_at_once_make_one_log() {
    let mut hold = 0;
    while held_at(Ground::disk(), hold, true, 1).await {
        hold += 1;
    }
    assert!(hold > 20, "only {hold} calls to hold at");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_writer_that_wakes_after_several_runs_changes_nothing_back() {
    let mut hold = 0;
    while held_at(Ground::disk(), hold, false, 3).await {
        hold += 3;
    }
    assert!(hold > 22, "only {hold} calls to hold at");
}

/// What is written again and again, and so may be answered as it was a while ago.
const HEAD: &[&str] = &["gitark/head.json"];
const VIEWS: &[&str] =
    &["gitark/head.json", "/HEAD", "packed-refs", "info/refs", "info/packs", "repositories.json", "nearby.json"];

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_answers_with_old_views_for_a_while_loses_nothing() {
    let (world, repository) = World::with_repository().await;
    let bucket = |store: Arc<InMemory>| {
        let store = FaultyStore::new(store, Plan::Work);
        (Storage::new(Arc::new(store.clone()), None, "a bucket".into()), store)
    };
    // Three states of one vault: before a backup that finds much, after it, and with news upstream that it lacks.
    let first = Arc::new(InMemory::new());
    world.backup_to(bucket(first.clone()).0).await.expect("a run");
    let second = Arc::new(first.fork());
    let lost = repository.resolve("refs/heads/topic").expect("topic");
    repository.force_push("topic", &[("topic.txt", "forced\n")], "Forced");
    repository.commit("main", &[("a.txt", "a\n")], "Ahead");
    world.backup_to(bucket(second.clone()).0).await.expect("a run");
    for has_news in [false, true] {
        if has_news {
            repository.commit("main", &[("b.txt", "b\n")], "Further ahead");
        }
        for ends in [HEAD, VIEWS] {
            // The cache catches up before the call with this number, or not within the run.
            for until in (0..30).step_by(2).map(Some).chain([None]) {
                let what = format!("news: {has_news}, until call {until:?}, {ends:?}");
                let vault = Arc::new(second.fork());
                let (storage, store) = bucket(vault.clone());
                store.answer_from(first.clone(), ends);
                let caught_up = store.clone();
                store.before_each_call(move |number, _| {
                    if Some(number) == until {
                        caught_up.answer_in_time();
                    }
                    async {}.boxed()
                });
                let report = world.backup_to(storage).await.expect("a run");
                assert!(report.repositories.iter().all(|row| row.is_good()), "{what}: {report:?}");
                // The next run sees all as it is.
                let (storage, _) = bucket(vault);
                world.backup_to(storage.clone()).await.expect("a run");
                let files = Ground::files_of(&storage).await;
                let bare = World::bare_in(files.path());
                assert_eq!(git::upstream_refs(&bare), repository.refs(), "{what}");
                assert!(git::refs(&bare).values().any(|tip| *tip == lost), "{what}: an old tip is lost");
                assert_log_is_in_order(storage.clone()).await;
                World::assert_whole_in(storage).await;
            }
        }
    }
}
