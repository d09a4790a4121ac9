//! Many packs become few, and nobody notices but the disk.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::FutureExt as _;
use gitark::{
    compact::{self, CompactReport, Options},
    monitor::Silent,
    vault::{self, Storage, Vault, key::Kind, lookup::At},
};
use github_emulator::Repository;
use tokio_util::sync::CancellationToken;

use crate::support::{Plan, World, copy_tree, git};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn options(grace: Duration) -> Options {
    let repack = gitark::git::repack::RepackOptions::default();
    Options { all: false, grace, delete: true, temporary: std::env::temp_dir(), repack }
}

async fn compact_in(storage: Storage, options: &Options) -> Result<CompactReport, vault::Error> {
    let vault = Vault::open(storage).await?;
    compact::compact(&vault, &[], options, Arc::new(Silent), &CancellationToken::new()).await
}

async fn compact(vault: &Path, grace: Duration) -> CompactReport {
    let report = compact_in(Storage::local(vault).expect("a directory"), &options(grace)).await.expect("a run");
    assert!(report.repositories.iter().all(|row| row.problem.is_none()), "{report:?}");
    report
}

/// Backups of `repository` after a commit each, and the references at each, by entry.
async fn daily(world: &World, repository: &Repository, days: u64) -> BTreeMap<u64, BTreeMap<String, String>> {
    let mut seen = BTreeMap::new();
    for day in 1..=days {
        if day > 1 {
            let text: String = (0..200).map(|line| format!("line {}\n", line * (1 + line / (100 + day)))).collect();
            repository.commit("main", &[("src/long.rs", &text)], &format!("Day {day}"));
        }
        if day == days / 2 {
            repository.force_push("topic", &[("topic.txt", "another topic\n")], "Topic, again");
        }
        world.backup().await;
        seen.insert(day, repository.refs());
    }
    seen
}

fn packs(vault: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(World::bare_in(vault).join("objects/pack")).expect("packs");
    let files = files.map(|entry| entry.expect("an entry").path());
    files.filter(|path| path.extension().is_some_and(|found| found == "pack")).collect()
}

/// The vault is whole, plain git reads it, and every backup comes back.
async fn assert_all_there(vault: &Path, wanted: &BTreeMap<u64, BTreeMap<String, String>>, when: &str) {
    World::assert_whole(vault).await;
    git::fsck(&World::bare_in(vault));
    git::mirror_and_fsck(&World::bare_in(vault).display().to_string());
    for (entry, refs) in wanted {
        assert_eq!(World::restored_refs(vault, At::Number(*entry)).await, *refs, "{when}: entry {entry}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_packs_become_few_and_every_backup_still_comes_back() {
    let (world, repository) = World::with_repository().await;
    let wanted = daily(&world, &repository, 8).await;
    let objects = git::objects(&world.bare());
    let bytes_before: u64 = packs(&world.vault).iter().map(|path| path.metadata().expect("a pack").len()).sum();

    let report = compact(&world.vault, DAY).await;
    let row = &report.repositories[0];
    assert_eq!((row.packs_before, row.sequence, row.deleted_packs), (8, Some(9), 0), "{row:?}");
    assert!(row.packs <= 2 && row.bytes < row.bytes_before, "{row:?}");
    assert!(row.waiting_packs >= 7 && row.waiting_until.is_some(), "{row:?}");
    assert_all_there(&world.vault, &wanted, "old packs are there still").await;
    let head = world.repository().await.tip().await.expect("a look").head.expect("a head");
    assert_eq!(head.pack_bytes, row.bytes, "the list tells what is live");

    // A second run finds nothing to join; when the grace is over it deletes.
    let row = compact(&world.vault, DAY).await.repositories.remove(0);
    assert_eq!((row.sequence, row.deleted_packs), (None, 0), "{row:?}");
    let row = compact(&world.vault, Duration::ZERO).await.repositories.remove(0);
    assert_eq!((row.sequence, row.waiting_packs), (None, 0), "{row:?}");
    assert!(row.deleted_packs >= 7, "{row:?}");
    let bytes: u64 = packs(&world.vault).iter().map(|path| path.metadata().expect("a pack").len()).sum();
    assert!(bytes * 3 < bytes_before * 2, "{bytes_before} bytes became {bytes}");
    assert_eq!(git::objects(&world.bare()), objects, "an object is gone");
    assert_all_there(&world.vault, &wanted, "old packs are gone").await;

    // Backups go on from there.
    repository.commit("main", &[("after.txt", "after\n")], "After");
    world.backup().await;
    assert_eq!(git::upstream_refs(&world.bare()), repository.refs());
    assert_all_there(&world.vault, &wanted, "after another backup").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compaction_stopped_anywhere_loses_nothing_and_the_next_one_finishes() {
    let (world, repository) = World::with_repository().await;
    let wanted = daily(&world, &repository, 4).await;
    let sample = BTreeMap::from([(2, wanted[&2].clone()), (4, wanted[&4].clone())]);
    let mut stops = 0;
    for plan in [Plan::StopBefore, Plan::StopAfter] {
        for at in 0.. {
            let stop = format!("{:?}", plan(at));
            let directory = tempfile::tempdir().expect("a directory");
            let vault = directory.path().join("vault");
            copy_tree(&world.vault, &vault);
            let (storage, faulty) = World::faulty_storage(&vault, plan(at));
            let _ = compact_in(storage, &options(Duration::ZERO)).await;
            if faulty.changes() <= at {
                break;
            }
            stops += 1;
            // As it was left: plain git and a restore find all.
            git::fsck(&World::bare_in(&vault));
            git::mirror_and_fsck(&World::bare_in(&vault).display().to_string());
            for (entry, refs) in &sample {
                assert_eq!(World::restored_refs(&vault, At::Number(*entry)).await, *refs, "{stop}: entry {entry}");
            }
            compact(&vault, Duration::ZERO).await;
            assert!(packs(&vault).len() <= 3, "{stop}: {:?}", packs(&vault));
            assert_all_there(&vault, &sample, &stop).await;
        }
    }
    assert!(stops > 20, "only {stops} places to stop at were found");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_delete_is_told_what_a_pruning_role_may_delete() {
    let (world, repository) = World::with_repository().await;
    let wanted = daily(&world, &repository, 4).await;
    let (storage, _) = World::faulty_storage(&world.vault, Plan::ForbidDelete);
    let report = compact_in(storage, &options(Duration::ZERO)).await.expect("a run");
    let row = &report.repositories[0];
    assert!(row.problem.is_none() && row.sequence.is_some() && row.deleted_packs == 0, "{row:?}");
    assert!(row.not_deleted.as_ref().is_some_and(|why| why.contains("forbids")), "{row:?}");
    assert_eq!(row.prunable.len(), 3 * 4, "keep, pack and idx of each: {row:?}");
    assert_all_there(&world.vault, &wanted, "nothing is deleted").await;
    // The role does as it is told, in any order.
    for key in &row.prunable {
        std::fs::remove_file(world.vault.join(key)).expect("deleted");
    }
    assert_all_there(&world.vault, &wanted, "all that was listed is deleted").await;
    assert_eq!(packs(&world.vault).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_during_a_compaction_and_a_compaction_during_a_backup_lose_nothing() {
    /// Lets the other happen before call `hold` of the one; false when the one has fewer calls.
    async fn held_at(hold: usize, compaction_first: bool) -> bool {
        let (world, repository) = World::with_repository().await;
        let mut wanted = daily(&world, &repository, 3).await;
        wanted.remove(&1);
        let world = Arc::new(world);
        if !compaction_first {
            repository.commit("main", &[("b.txt", "b\n")], "For the backup");
        }
        let (storage, faulty) = World::faulty_storage(&world.vault, Plan::Work);
        let held = Arc::new(AtomicBool::new(false));
        {
            let (world, held, repository) = (world.clone(), held.clone(), repository.clone());
            faulty.before_each_call(move |number, _| {
                let (world, repository) = (world.clone(), repository.clone());
                let is_it = number == hold;
                held.fetch_or(is_it, Ordering::SeqCst);
                async move {
                    if is_it && compaction_first {
                        repository.commit("main", &[("b.txt", "b\n")], "Meanwhile");
                        world.backup().await;
                    } else if is_it {
                        // With no grace at all: the worst for whoever reads.
                        compact(&world.vault, Duration::ZERO).await;
                    }
                }
                .boxed()
            });
        }
        if compaction_first {
            compact_in(storage, &options(Duration::ZERO)).await.expect("a run");
        } else {
            let report = world.backup_to(storage).await.expect("a run");
            assert!(report.repositories.iter().all(|row| row.is_good()), "held at {hold}: {report:?}");
        }
        if !held.load(Ordering::SeqCst) {
            return false;
        }
        let refs = repository.refs();
        assert_eq!(git::upstream_refs(&world.bare()), refs, "held at {hold}");
        assert_all_there(&world.vault, &wanted, &format!("held at {hold}")).await;
        assert_eq!(World::restored_refs(&world.vault, At::Latest).await, refs, "held at {hold}");
        true
    }
    for compaction_first in [true, false] {
        let mut hold = 0;
        while held_at(hold, compaction_first).await {
            hold += 3;
        }
        assert!(hold > 15, "only {hold} calls to hold at");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_or_a_check_that_began_before_a_compaction_ends_well() {
    let (world, repository) = World::with_repository().await;
    let wanted = daily(&world, &repository, 3).await;
    let world = Arc::new(world);
    repository.commit("main", &[("b.txt", "b\n")], "For a backup before the compaction");
    for check in [false, true] {
        for hold in 0.. {
            let directory = tempfile::tempdir().expect("a directory");
            let vault = directory.path().join("vault");
            copy_tree(&world.vault, &vault);
            let (storage, faulty) = World::faulty_storage(&vault, Plan::Work);
            let held = Arc::new(AtomicBool::new(false));
            {
                let (world, vault, held) = (world.clone(), vault.clone(), held.clone());
                faulty.before_each_call(move |number, _| {
                    let (world, vault) = (world.clone(), vault.clone());
                    let is_it = number == hold;
                    held.fetch_or(is_it, Ordering::SeqCst);
                    async move {
                        if is_it {
                            world.backup_to(Storage::local(&vault).expect("a directory")).await.expect("a run");
                            compact(&vault, Duration::ZERO).await;
                        }
                    }
                    .boxed()
                });
            }
            let opened = Vault::open(storage).await.expect("a vault");
            if check {
                let report = World::verify_vault(&opened, true, false).await;
                assert!(!report.has_damage() && !report.has_unreachable(), "held at {hold}: {report:?}");
            } else {
                let target = directory.path().join("restored.git");
                let repository = opened.repository("127.0.0.1/octocat/hello", Kind::Code);
                let options = gitark::restore::Options::new(gitark::restore::Format::Bare, At::Number(2));
                let restored =
                    gitark::restore::restore(&repository, &target, &options, &CancellationToken::new()).await;
                restored.unwrap_or_else(|error| panic!("held at {hold}: {error}"));
                git::fsck(&target);
                assert_eq!(git::refs(&target), wanted[&2], "held at {hold}");
            }
            if !held.load(Ordering::SeqCst) {
                assert!(hold > 8, "only {hold} calls to hold at");
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_named_and_nothing_is_built_on_it_or_deleted() {
    let (world, repository) = World::with_repository().await;
    daily(&world, &repository, 3).await;
    let pack = packs(&world.vault).remove(0);
    let mut bytes = std::fs::read(&pack).expect("a pack");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(&pack).expect("removed");
    std::fs::write(&pack, bytes).expect("damaged");
    let before = packs(&world.vault).len();
    let report = compact_in(world.storage(), &options(Duration::ZERO)).await.expect("a run");
    let row = &report.repositories[0];
    let name = pack.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(row.damaged && row.problem.as_ref().is_some_and(|problem| problem.contains(&name)), "{row:?}");
    assert_eq!(packs(&world.vault).len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_packs_stay_when_what_replaced_them_is_no_longer_whole() {
    let (world, repository) = World::with_repository().await;
    let wanted = daily(&world, &repository, 4).await;
    let shown = git::refs(&world.bare());
    assert!(shown.keys().any(|name| name.starts_with("refs/gitark/lost/")), "nothing was forced: {shown:?}");
    compact(&world.vault, DAY).await;
    let (entry, ..) = world.repository().await.entry(5).await.expect("a look").expect("an entry");
    let joined = World::bare_in(&world.vault).join(format!("objects/pack/pack-{}.pack", entry.packs[0].id));
    let mut bytes = std::fs::read(&joined).expect("a pack");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(&joined).expect("removed");
    std::fs::write(&joined, bytes).expect("damaged");
    let before = packs(&world.vault);
    let report = compact_in(world.storage(), &options(Duration::ZERO)).await.expect("a run");
    let row = &report.repositories[0];
    assert!(row.damaged && row.deleted_packs == 0, "{row:?}");
    assert_eq!(packs(&world.vault), before);

    // They have what upstream forgot, so the repair brings all of it back.
    repository.git(&["reflog", "expire", "--expire=now", "--all"]);
    repository.git(&["gc", "-q", "--prune=now"]);
    world.refetch().await;
    assert_all_there(&world.vault, &wanted, "after the repair").await;
    assert_eq!(git::refs(&world.bare()), shown, "a lost tip is gone");
}
