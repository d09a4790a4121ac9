//! A backup with LFS objects, stopped at any store call.

use github_emulator::Repository;

use super::{commit_lfs, hello, live, oid};
use crate::support::{Call, Ground, Plan, World};

/// Large files that are new since the first backup.
fn push(repository: &Repository) -> Vec<String> {
    let content = |number: u8| vec![number; 1000 + usize::from(number)];
    (0..3).map(|number| commit_lfs(repository, &format!("new-{number}.bin"), &content(number))).collect()
}

/// Stops a backup with new objects before or after each call that changes something.
async fn stopped_anywhere(ground: Ground) {
    let (world, repository, _) = super::world().await;
    world.backup_to(ground.storage()).await.expect("a run");
    let new = push(&repository);
    let mut stops = 0;
    for plan in [Plan::StopBefore as fn(usize) -> Plan, Plan::StopAfter, Plan::LoseReply] {
        for at in 0.. {
            let copy = ground.copy().await;
            let (storage, faulty) = copy.faulty(plan(at));
            let result = world.backup_to(storage).await;
            if faulty.changes() <= at {
                assert!(result.is_ok_and(|report| hello(&report).is_good()));
                break;
            }
            stops += 1;
            // What the newest entry names is there, every byte of it.
            World::assert_named_content_is_whole(copy.storage()).await;
            let report = world.backup_to(copy.storage()).await.expect("the next run");
            assert!(hello(&report).is_good(), "{:?}: {report:?}", plan(at));
            let live = live(copy.storage()).await;
            assert!(new.iter().all(|name| live.lfs.contains_key(&oid(name))), "{:?}", plan(at));
            World::assert_whole_in(copy.storage()).await;
        }
    }
    assert!(stops > 30, "only {stops} places to stop at");
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_backup_of_lfs_objects_stopped_anywhere_is_done_by_the_next_run() {
    stopped_anywhere(Ground::disk()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_backup_of_lfs_objects_stopped_anywhere_is_done_by_the_next_run_in_memory() {
    stopped_anywhere(Ground::memory()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i1_objects_are_stored_after_packs_and_before_the_entry_that_names_them() {
    let (world, repository, _) = super::world().await;
    let (storage, faulty) = World::faulty_storage(&world.vault, Plan::Work);
    world.backup_to(storage.clone()).await.expect("a run");
    push(&repository);
    faulty.take_seen();
    world.backup_to(storage).await.expect("a run");
    let written: Vec<String> = faulty
        .take_seen()
        .into_iter()
        .map(|call| match call {
            Call::Create(key) | Call::Replace(key) => key,
            Call::Rename { to, overwrite: false, .. } => to,
            call => panic!("{call:?}"),
        })
        .collect();
    let places = |part: &str| -> Vec<usize> {
        written.iter().enumerate().filter(|(_, key)| key.contains(part)).map(|(at, _)| at).collect()
    };
    let (packs, objects, entry) = (places("/objects/pack/"), places("/lfs/objects/"), places("/gitark/log/"));
    assert_eq!((objects.len(), entry.len()), (3, 1), "{written:?}");
    assert!(packs.iter().max() < objects.iter().min() && objects.iter().max() < entry.iter().min(), "{written:?}");
}
