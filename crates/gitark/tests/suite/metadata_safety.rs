//! `.meta.git` when runs are stopped, meet each other, or find damage.

use std::{path::Path, sync::Arc};

use futures::FutureExt as _;
use gitark::{
    backup::{
        Options,
        report::{Outcome, RunReport},
    },
    github::resources,
    vault::key::Kind,
};
use github_emulator::Repository;

use crate::support::{Ground, Plan, World, git::git};

const BARE: &str = "127.0.0.1/octocat/hello/hello.meta.git";

/// Few resources of each way of reading: the tests make many runs. Counters in repository.json alone make no new version,
/// so that a first backup has another one.
fn options(world: &World) -> Options {
    let names = ["labels", "milestones", "releases", "issues", "pulls", "issue-comments"];
    let resources = names.iter().filter_map(|name| resources::find(name)).collect();
    Options { resources, ..world.options.clone() }
}

async fn talked() -> (World, Repository) {
    let (world, repository) = World::with_repository().await;
    repository.create_label("bug", "ff0000", "");
    for number in 1..=3 {
        repository.open_issue(&format!("Issue {number}"), "Words");
        repository.comment(number, "A word");
    }
    (world, repository)
}

fn talk_more(repository: &Repository) {
    repository.comment(2, "Another word");
    repository.close_issue(3);
    repository.create_milestone("Soon", "");
    repository.create_release("v1");
    repository.delete_label("bug");
}

fn is_done(report: &RunReport) -> bool {
    report.repositories.iter().all(|row| row.is_good())
}

/// The tree of the newest commit, as plain git sees it.
fn tree(vault: &Path) -> String {
    let bare = vault.join(BARE);
    git(&bare, &["fsck", "--strict", "--full"]);
    git(&bare, &["rev-parse", "main^{tree}"])
}

/// The tree that a first backup makes of what upstream has now.
async fn expected(world: &World) -> String {
    let ground = Ground::disk();
    let report = world.backup_with(ground.storage(), &options(world)).await.expect("a run");
    assert!(is_done(&report), "{report:#?}");
    tree(ground.files().await.path())
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_stop_at_any_call_keeps_the_previous_metadata_whole() {
    let (world, repository) = talked().await;
    let ground = Ground::disk();
    world.backup_with(ground.storage(), &options(&world)).await.expect("a run");
    let old = tree(ground.files().await.path());
    talk_more(&repository);
    let new = expected(&world).await;
    let mut stops = 0;
    for plan in [Plan::StopBefore, Plan::StopAfter, Plan::LoseReply] {
        for at in 0.. {
            let copy = ground.copy().await;
            let (storage, faulty) = copy.faulty(plan(at));
            let _ = world.backup_with(storage, &options(&world)).await;
            if faulty.changes() <= at {
                break;
            }
            stops += 1;
            let seen = tree(copy.files().await.path());
            assert!(seen == old || seen == new, "{:?}: neither backup is seen", plan(at));
            let report = world.backup_with(copy.storage(), &options(&world)).await.expect("the next run");
            assert!(is_done(&report), "{:?}: {report:#?}", plan(at));
            assert_eq!(tree(copy.files().await.path()), new, "{:?}: the next run does not converge", plan(at));
            World::assert_whole_in(copy.storage()).await;
        }
    }
    assert!(stops > 40, "only {stops} places to stop at");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_backup_of_metadata_that_is_stopped_anywhere_is_done_by_the_next_run() {
    let (world, _repository) = talked().await;
    let new = expected(&world).await;
    for at in 0.. {
        let ground = Ground::disk();
        let (storage, faulty) = ground.faulty(Plan::StopBefore(at));
        let _ = world.backup_with(storage, &options(&world)).await;
        if faulty.changes() <= at {
            assert!(at > 25, "only {at} places to stop at");
            return;
        }
        world.backup_with(ground.storage(), &options(&world)).await.expect("the next run");
        assert_eq!(tree(ground.files().await.path()), new, "stopped before change {at}");
        World::assert_whole_in(ground.storage()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_two_runs_over_metadata_at_once_lose_nothing_and_never_go_back() {
    let mut hold = 0;
    loop {
        let (world, repository) = talked().await;
        let ground = Arc::new(Ground::disk());
        world.backup_with(ground.storage(), &options(&world)).await.expect("a run");
        talk_more(&repository);
        let world = Arc::new(world);
        let (storage, faulty) = ground.faulty(Plan::Work);
        let is_held = Arc::new(std::sync::atomic::AtomicBool::new(false));
        {
            let (world, ground, is_held) = (world.clone(), ground.clone(), is_held.clone());
            let repository = repository.clone();
            faulty.before_each_call(move |number, _| {
                let (world, ground, repository) = (world.clone(), ground.clone(), repository.clone());
                let is_it = number == hold;
                is_held.fetch_or(is_it, std::sync::atomic::Ordering::SeqCst);
                async move {
                    if is_it {
                        repository.comment(1, "Seen by another run");
                        let report =
                            world.backup_with(ground.storage(), &options(&world)).await.expect("the other run");
                        assert!(is_done(&report), "{report:#?}");
                    }
                }
                .boxed()
            });
        }
        let report = world.backup_with(storage, &options(&world)).await.expect("the first run");
        if !is_held.load(std::sync::atomic::Ordering::SeqCst) {
            assert!(hold > 30, "only {hold} calls to hold at");
            return;
        }
        assert!(is_done(&report), "held at {hold}: {report:#?}");
        assert_eq!(tree(ground.files().await.path()), expected(&world).await, "held at {hold}");
        World::assert_whole_in(ground.storage()).await;
        hold += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_object_that_is_damaged_or_gone_is_found_and_the_next_run_reads_all_again() {
    let (world, repository) = talked().await;
    let ground = Ground::disk();
    world.backup_with(ground.storage(), &options(&world)).await.expect("a run");
    let keys = ground.storage().list(&format!("{BARE}/gitark/state")).await.expect("a listing");
    assert!(keys.len() > 2, "{keys:?}");
    for (key, _) in keys {
        for is_gone in [true, false] {
            let copy = ground.copy().await;
            let path = copy.files().await.path().join(&key);
            match is_gone {
                true => std::fs::remove_file(&path).expect("removed"),
                false => std::fs::write(&path, "{}\n").expect("written"),
            }
            let report = World::verify_at(copy.files().await.path(), false).await;
            let damage: Vec<_> = report.repositories.iter().flat_map(|row| &row.damage).collect();
            assert!(damage.iter().any(|damage| damage.key == key), "{key}: {damage:?}");
            repository.comment(1, "News");
            let report = world.backup_with(copy.storage(), &options(&world)).await.expect("a run");
            let row = report.repositories.iter().find(|row| row.kind == Kind::Meta).expect("a row");
            assert_eq!(row.outcome, Outcome::Changed, "{key}: {row:#?}");
            assert_eq!(tree(copy.files().await.path()), expected(&world).await, "{key}");
            World::assert_whole_in(copy.storage()).await;
        }
    }
}
