//! Stopped at every store call: what was there stays, and the next run converges.

use std::{collections::BTreeMap, path::Path};

use futures::FutureExt as _;
use gitark::vault::lookup::At;
use github_emulator::Repository;

use crate::support::{Call, FaultyStore, Plan, World, copy_tree, git};

/// A push, a force-push, a new and a deleted branch, a moved tag.
fn change_much(repository: &Repository) {
    repository.commit("main", &[("src/lib.rs", "fn three() {}\n")], "Third");
    repository.force_push("topic", &[("topic.txt", "another topic\n")], "Topic, again");
    repository.commit("new/branch", &[("new.txt", "new\n")], "New");
    let main = repository.resolve("refs/heads/main").expect("main");
    repository.create_annotated_tag("v2", &main, "Version 2");
    repository.move_tag("v1", &main);
}

/// What must hold of a vault in which entry 1 was complete with `old`, and a second backup of `new` was stopped.
async fn check_stopped(vault: &Path, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>, stop: &str) {
    let bare = World::bare_in(vault);
    let seen = git::upstream_refs(&bare);
    assert!(seen == *old || seen == *new, "{stop}: plain git sees neither backup: {seen:?}");
    git::fsck(&bare);
    git::mirror_and_fsck(&bare.display().to_string());
    assert_eq!(World::restored_refs(vault, At::Number(1)).await, *old, "{stop}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_stop_at_any_store_call_keeps_the_previous_backup_whole() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    let old = repository.refs();
    change_much(&repository);
    let new = repository.refs();
    let mut stops = 0;
    for plan in [Plan::StopBefore, Plan::StopAfter] {
        for at in 0.. {
            let stop = format!("{:?}", plan(at));
            let directory = tempfile::tempdir().expect("a directory");
            let vault = directory.path().join("vault");
            copy_tree(&world.vault, &vault);
            let (storage, faulty) = World::faulty_storage(&vault, plan(at));
            let result = world.backup_to(storage).await;
            if faulty.changes() <= at {
                assert!(
                    result.is_ok_and(|report| report.repositories.iter().all(|row| row.reason.is_none())),
                    "{stop}"
                );
                break;
            }
            stops += 1;
            let failed = match &result {
                Err(_) => true,
                Ok(report) => report.repositories.iter().any(|row| row.reason.is_some()),
            };
            // The last call is the report's own; a run that lost only its reply may still know that it is done.
            assert!(failed || matches!(plan(at), Plan::StopAfter(_)), "{stop}: a stopped run said that all is well");
            check_stopped(&vault, &old, &new, &stop).await;
            let committed = vault.join("127.0.0.1/octocat/hello/hello.git/gitark/log/00000002.json").exists();

            // Git's own maintenance, at the worst moment, in copies.
            for maintenance in [&["repack", "-adq"][..], &["gc", "-q", "--prune=now"], &["prune", "--expire=now"]] {
                let copy = directory.path().join("maintained");
                copy_tree(&vault, &copy);
                git::git(&World::bare_in(&copy), maintenance);
                check_stopped(&copy, &old, &new, &format!("{stop}, {maintenance:?}")).await;
                if committed {
                    let restored = World::restored_refs(&copy, At::Latest).await;
                    assert_eq!(restored, new, "{stop}, {maintenance:?}: committed data is gone");
                }
                std::fs::remove_dir_all(&copy).expect("the copy goes");
            }

            world.backup_to(World::faulty_storage(&vault, Plan::Work).0).await.expect("the next run");
            assert_eq!(git::upstream_refs(&World::bare_in(&vault)), new, "{stop}: the next run does not converge");
            assert_eq!(World::restored_refs(&vault, At::Latest).await, new, "{stop}");
            World::assert_whole(&vault).await;
        }
    }
    assert!(stops > 20, "only {stops} places to stop at were found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_backup_that_is_stopped_anywhere_is_done_by_the_next_run() {
    let (world, repository) = World::with_repository().await;
    let wanted = repository.refs();
    for at in 0.. {
        let directory = tempfile::tempdir().expect("a directory");
        let (storage, faulty) = World::faulty_storage(directory.path(), Plan::StopBefore(at));
        let _ = world.backup_to(storage).await;
        if faulty.changes() <= at {
            assert!(at > 12, "only {at} places to stop at");
            return;
        }
        world.backup_to(World::faulty_storage(directory.path(), Plan::Work).0).await.expect("the next run");
        assert_eq!(git::refs(&World::bare_in(directory.path())), wanted, "stopped before change {at}");
        World::assert_whole(directory.path()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i1_a_published_ref_only_names_stored_objects() {
    let (world, repository) = World::with_repository().await;
    let (storage, faulty) = World::faulty_storage(&world.vault, Plan::Work);
    let bare = world.bare();
    // After every single change, git must find all that any reference names, from the first backup on.
    faulty.after_each_change(move |number, key| {
        let bare = bare.clone();
        async move {
            if !bare.join("packed-refs").exists() || !bare.join("HEAD").exists() {
                return;
            }
            tokio::task::spawn_blocking(move || {
                let missing = git::attempt(&bare, &["rev-list", "--objects", "--all", "--quiet"], b"");
                assert!(missing.is_ok(), "after change {number} ({key}): {missing:?}");
            })
            .await
            .expect("the check");
        }
        .boxed()
    });
    world.backup_to(storage.clone()).await.expect("a run");
    change_much(&repository);
    world.backup_to(storage.clone()).await.expect("a run");
    repository.delete_ref("refs/heads/topic");
    world.backup_to(storage).await.expect("a run");
    assert!(faulty.changes() > 30);
}

/// The files that may be written more than once.
fn is_view(key: &str) -> bool {
    ["/HEAD", "/config", "/packed-refs", "/info/refs", "/objects/info/packs", "/gitark/head.json"]
        .iter()
        .any(|view| key.ends_with(view))
}

fn assert_only_views_are_replaced(faulty: &FaultyStore) {
    for call in faulty.seen() {
        match &call {
            Call::Create(_) => {}
            Call::Replace(key) => assert!(is_view(key) || key.starts_with("cache/"), "{call:?}"),
            Call::Rename { from, overwrite, .. } => assert!(from.starts_with("cache/spool/") && !overwrite, "{call:?}"),
            Call::Delete(key) | Call::Upload(key) => panic!("{key} was deleted or overwritten"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i2_write_once_objects_are_never_overwritten_or_deleted() {
    let (world, repository) = World::with_repository().await;
    let (storage, faulty) = World::faulty_storage(&world.vault, Plan::Work);
    world.backup_to(storage.clone()).await.expect("a run");
    for round in 0..3 {
        repository.commit("main", &[("round.txt", &format!("{round}\n"))], "Round");
        repository.force_push("topic", &[("topic.txt", &format!("{round}\n"))], "Topic");
        // One run is stopped between the commit and the views, the next one goes on.
        faulty.set_plan(Plan::StopBefore(faulty.changes() + 8));
        let _ = world.backup_to(storage.clone()).await;
        faulty.set_plan(Plan::Work);
        world.backup_to(storage.clone()).await.expect("a run");
    }
    repository.vanish();
    let _ = world.backup_to(storage.clone()).await;
    assert_only_views_are_replaced(&faulty);
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_at_any_call_loses_nothing_and_is_committed_once() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    change_much(&repository);
    let new = repository.refs();
    for at in 0.. {
        let directory = tempfile::tempdir().expect("a directory");
        let vault = directory.path().join("vault");
        copy_tree(&world.vault, &vault);
        let (storage, faulty) = World::faulty_storage(&vault, Plan::LoseReply(at));
        let result = world.backup_to(storage).await;
        if faulty.changes() <= at {
            break;
        }
        // A create recognises its own bytes; a view whose reply was lost fails that repository, visibly.
        let replaced = matches!(faulty.seen().get(at), Some(Call::Replace(_)));
        let done = result.is_ok_and(|report| report.repositories.iter().all(|row| row.reason.is_none()));
        assert!(done || replaced, "reply {at} of {:?} lost", faulty.seen().get(at));
        world.backup_to(World::faulty_storage(&vault, Plan::Work).0).await.expect("the next run");
        assert_eq!(git::upstream_refs(&World::bare_in(&vault)), new);
        assert!(!vault.join("127.0.0.1/octocat/hello/hello.git/gitark/log/00000003.json").exists(), "committed twice");
        World::assert_whole(&vault).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_reply_with_nothing_written_is_tried_again() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    change_much(&repository);
    for at in 0.. {
        let directory = tempfile::tempdir().expect("a directory");
        let vault = directory.path().join("vault");
        copy_tree(&world.vault, &vault);
        let (storage, faulty) = World::faulty_storage(&vault, Plan::Conflict(at));
        let report = world.backup_to(storage).await.expect("a run");
        if faulty.changes() <= at {
            break;
        }
        assert!(report.repositories.iter().all(|row| row.reason.is_none()), "conflict at {at}: {report:?}");
        assert_eq!(git::upstream_refs(&World::bare_in(&vault)), repository.refs());
        World::assert_whole(&vault).await;
    }
}
