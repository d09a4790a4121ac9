//! Stopped at every store call: what was there stays, and the next run converges.

use std::collections::BTreeMap;

use futures::FutureExt as _;
use gitark::{backup::report::RunReport, vault::lookup::At};
use github_emulator::Repository;

use crate::support::{Call, FaultyStore, Ground, Plan, World, git};

/// A push, a force-push, a new and a deleted branch, a moved tag.
fn change_much(repository: &Repository) {
    repository.commit("main", &[("src/lib.rs", "fn three() {}\n")], "Third");
    repository.force_push("topic", &[("topic.txt", "another topic\n")], "Topic, again");
    repository.commit("new/branch", &[("new.txt", "new\n")], "New");
    let main = repository.resolve("refs/heads/main").expect("main");
    repository.create_annotated_tag("v2", &main, "Version 2");
    repository.move_tag("v1", &main);
}

/// A vault with one backup of `old`, and an upstream that has `new` since.
pub(crate) struct Changed {
    world: World,
    ground: Ground,
    old: BTreeMap<String, String>,
    new: BTreeMap<String, String>,
}

impl Changed {
    pub(crate) async fn on(ground: Ground) -> Self {
        let (world, repository) = World::with_repository().await;
        let first = world.backup_to(ground.storage()).await.expect("a run");
        assert!(is_done(&first), "{first:?}");
        let old = repository.refs();
        change_much(&repository);
        let new = repository.refs();
        Self { world, ground, old, new }
    }

    /// A second backup that is stopped, into a copy of the vault; `None` when it has no such call.
    pub(crate) async fn stopped(&self, plan: Plan) -> Option<Ground> {
        let (Plan::StopBefore(at) | Plan::StopAfter(at)) = plan else { panic!("{plan:?} is no stop") };
        let copy = self.ground.copy().await;
        let (storage, faulty) = copy.faulty(plan);
        let result = self.world.backup_to(storage).await;
        if faulty.changes() <= at {
            assert!(result.is_ok_and(|report| is_done(&report)), "{plan:?}");
            return None;
        }
        // The last call is the report's own; a run that lost only its reply may still know that it is done.
        let failed = !result.is_ok_and(|report| is_done(&report));
        assert!(failed || matches!(plan, Plan::StopAfter(_)), "{plan:?}: a stopped run said that all is well");
        self.check_stopped(&copy, &format!("{plan:?}")).await;
        Some(copy)
    }

    /// What must hold of a vault in which entry 1 was complete with `old`, and a second backup of `new` was stopped.
    async fn check_stopped(&self, ground: &Ground, stop: &str) {
        let files = ground.files().await;
        let bare = World::bare_in(files.path());
        let seen = git::upstream_refs(&bare);
        assert!(seen == self.old || seen == self.new, "{stop}: plain git sees neither backup: {seen:?}");
        git::fsck(&bare);
        git::mirror_and_fsck(&bare.display().to_string());
        assert_eq!(World::restored_refs_from(ground.storage(), At::Number(1)).await, self.old, "{stop}");
    }

    /// Git's own maintenance, at the worst moment, in copies of a vault on a disk.
    async fn check_maintained(&self, ground: &Ground, stop: &str) {
        let committed = ground.files().await.path().join(SECOND_ENTRY).exists();
        for maintenance in [&["repack", "-adq"][..], &["gc", "-q", "--prune=now"], &["prune", "--expire=now"]] {
            let copy = ground.copy().await;
            git::git(&World::bare_in(copy.files().await.path()), maintenance);
            self.check_stopped(&copy, &format!("{stop}, {maintenance:?}")).await;
            if committed {
                let restored = World::restored_refs_from(copy.storage(), At::Latest).await;
                assert_eq!(restored, self.new, "{stop}, {maintenance:?}: committed data is gone");
            }
        }
    }

    /// Another run does what is left to do.
    pub(crate) async fn converges(&self, ground: &Ground, stop: &str) {
        self.world.backup_to(ground.storage()).await.expect("the next run");
        let files = ground.files().await;
        let seen = git::upstream_refs(&World::bare_in(files.path()));
        assert_eq!(seen, self.new, "{stop}: the next run does not converge");
        assert_eq!(World::restored_refs_from(ground.storage(), At::Latest).await, self.new, "{stop}");
        assert!(!files.path().join(THIRD_ENTRY).exists(), "{stop}: committed twice");
        World::assert_whole_in(ground.storage()).await;
    }

    /// A second backup that loses one reply, and another one; false when there is no such call.
    pub(crate) async fn loses_reply(&self, at: usize) -> bool {
        let copy = self.ground.copy().await;
        let (storage, faulty) = copy.faulty(Plan::LoseReply(at));
        let result = self.world.backup_to(storage).await;
        if faulty.changes() <= at {
            return false;
        }
        // A create recognises its own bytes; a view whose reply was lost fails that repository, visibly.
        let replaced = matches!(faulty.seen().get(at), Some(Call::Replace(_)));
        let done = result.is_ok_and(|report| is_done(&report));
        assert!(done || replaced, "reply {at} of {:?} lost", faulty.seen().get(at));
        self.converges(&copy, &format!("reply {at} lost")).await;
        true
    }

    /// A second backup in which one create meets a conflict with nothing written; false when there is no such call.
    pub(crate) async fn meets_conflict(&self, at: usize) -> bool {
        let copy = self.ground.copy().await;
        let (storage, faulty) = copy.faulty(Plan::Conflict(at));
        let report = self.world.backup_to(storage).await.expect("a run");
        if faulty.changes() <= at {
            return false;
        }
        assert!(is_done(&report), "conflict at {at}: {report:?}");
        let seen = git::upstream_refs(&World::bare_in(copy.files().await.path()));
        assert_eq!(seen, self.new, "conflict at {at}");
        World::assert_whole_in(copy.storage()).await;
        true
    }
}

const SECOND_ENTRY: &str = "127.0.0.1/octocat/hello/hello.git/gitark/log/00000002.json";
const THIRD_ENTRY: &str = "127.0.0.1/octocat/hello/hello.git/gitark/log/00000003.json";

fn is_done(report: &RunReport) -> bool {
    report.repositories.iter().all(|row| row.is_good())
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_stop_at_any_store_call_keeps_the_previous_backup_whole() {
    let changed = Changed::on(Ground::disk()).await;
    let mut stops = 0;
    for plan in [Plan::StopBefore, Plan::StopAfter] {
        for at in 0.. {
            let stop = format!("{:?}", plan(at));
            let Some(stopped) = changed.stopped(plan(at)).await else { break };
            stops += 1;
            changed.check_maintained(&stopped, &stop).await;
            changed.converges(&stopped, &stop).await;
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
            Call::Delete(key) | Call::Upload(key) | Call::Complete(key) => panic!("{key} was deleted or overwritten"),
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
    let changed = Changed::on(Ground::disk()).await;
    let mut at = 0;
    while changed.loses_reply(at).await {
        at += 1;
    }
    assert!(at > 10, "only {at} replies to lose");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_reply_with_nothing_written_is_tried_again() {
    let changed = Changed::on(Ground::disk()).await;
    let mut at = 0;
    while changed.meets_conflict(at).await {
        at += 1;
    }
    assert!(at > 10, "only {at} places for a conflict");
}
