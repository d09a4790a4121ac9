//! A pack that was given up or replaced, and then comes again under its old name.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::FutureExt as _;
use gitark::{
    backup,
    compact::{self, CompactReport},
    monitor::Silent,
    vault::{Storage, Vault, lookup::At},
};
use github_emulator::Repository;
use tokio_util::sync::CancellationToken;

use crate::support::{Plan, World, copy_tree, git};

async fn compact_in(storage: Storage, grace: Duration) -> CompactReport {
    let repack = gitark::git::repack::RepackOptions::default();
    let options = compact::Options { all: true, grace, delete: true, temporary: std::env::temp_dir(), repack };
    let vault = Vault::open(storage).await.expect("a vault");
    let report = compact::compact(&vault, &[], &options, Arc::new(Silent), &CancellationToken::new()).await;
    report.expect("a run")
}

fn packs(vault: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(World::bare_in(vault).join("objects/pack")).expect("packs");
    let files = files.map(|entry| entry.expect("an entry").path());
    files.filter(|path| path.extension().is_some_and(|found| found == "pack")).collect()
}

fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).expect("a file");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(path).expect("removed");
    std::fs::write(path, bytes).expect("damaged");
}

fn remove_pack(pack: &Path) {
    for extension in ["idx", "pack"] {
        std::fs::remove_file(pack.with_extension(extension)).expect("removed");
    }
}

/// The first backup's pack, and an upstream that has what it had then.
async fn first_pack() -> (World, Repository, PathBuf) {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    let first = packs(&world.vault).remove(0);
    (world, repository, first)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_pack_that_was_given_up_is_replaced_when_it_comes_again() {
    let (world, repository, first) = first_pack().await;
    let bytes = std::fs::read(&first).expect("a pack");
    repository.commit("extra", &[("extra.txt", "extra\n")], "Extra");
    flip(&first);
    let options = backup::Options { refetch: true, ..world.options.clone() };
    let (storage, _) = World::faulty_storage(&world.vault, Plan::ForbidDelete);
    world.backup_with(storage, &options).await.expect("a repair");
    // It is given up, and may not be deleted. Then the repair's own pack goes, and upstream is as it was.
    repository.delete_ref("refs/heads/extra");
    packs(&world.vault).iter().filter(|pack| **pack != first).for_each(|pack| remove_pack(pack));
    let (storage, _) = World::faulty_storage(&world.vault, Plan::ForbidDelete);
    world.backup_to(storage).await.expect("a run");
    let state = world.repository().await.load(None).await.expect("a log").expect("a backup");
    let name = first.file_stem().expect("a name").to_string_lossy().into_owned();
    assert!(state.live.packs.iter().any(|pack| name.ends_with(&pack.id.to_string())), "the same pack came again");
    assert!(std::fs::read(&first).expect("a pack") == bytes, "what the log says is live is damaged");
}

/// Two packs that became one and are still there, the first of which a repair will fetch again.
async fn compacted() -> (World, Repository) {
    let (world, repository, first) = first_pack().await;
    repository.commit("extra", &[("extra.txt", "extra\n")], "Extra");
    world.backup().await;
    repository.delete_ref("refs/heads/extra");
    world.backup().await;
    compact_in(world.storage(), Duration::from_secs(3600)).await;
    assert_eq!(packs(&world.vault).len(), 3);
    assert!(first.exists());
    (world, repository)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_that_a_repair_stores_again_is_not_deleted_as_a_replaced_one() {
    let (world, repository) = compacted().await;
    let world = Arc::new(world);
    let options = backup::Options { refetch: true, ..world.options.clone() };
    let mut times_told = 0;
    for repair_first in [true, false] {
        for hold in 0.. {
            let directory = tempfile::tempdir().expect("a directory");
            let vault = directory.path().join("vault");
            copy_tree(&world.vault, &vault);
            let (storage, faulty) = World::faulty_storage(&vault, Plan::Work);
            let held = Arc::new(AtomicBool::new(false));
            {
                let (world, vault, held, options) = (world.clone(), vault.clone(), held.clone(), options.clone());
                faulty.before_each_call(move |number, _| {
                    let (world, vault, options) = (world.clone(), vault.clone(), options.clone());
                    let is_it = number == hold;
                    held.fetch_or(is_it, Ordering::SeqCst);
                    async move {
                        let storage = Storage::local(&vault).expect("a directory");
                        if is_it && repair_first {
                            compact_in(storage, Duration::ZERO).await;
                        } else if is_it {
                            world.backup_with(storage, &options).await.expect("a repair");
                        }
                    }
                    .boxed()
                });
            }
            let mut is_told = false;
            if repair_first {
                world.backup_with(storage, &options).await.expect("a repair");
            } else {
                is_told = compact_in(storage, Duration::ZERO).await.repositories.iter().any(|row| row.damaged);
            }
            if !held.load(Ordering::SeqCst) {
                assert!(hold > 8, "only {hold} calls to hold at");
                break;
            }
            if is_told {
                // No store deletes on a condition: between the last look and the deletion nothing helps.
                times_told += 1;
                world.backup_with(Storage::local(&vault).expect("a directory"), &options).await.expect("a repair");
            }
            let report = World::verify_at(&vault, true).await;
            assert!(!report.has_damage(), "repair first {repair_first}, held at {hold}: {report:?}");
            git::fsck(&World::bare_in(&vault));
            assert_eq!(World::restored_refs(&vault, At::Latest).await, repository.refs());
        }
    }
    assert!(times_told < 5, "{times_told} times a pack was deleted while it came again");
}
