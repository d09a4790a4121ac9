//! `.meta.git` when runs are stopped, meet each other, or find damage: of a repository, of the account and of a gist.

use std::{path::Path, sync::Arc};

use futures::FutureExt as _;
use gitark::{
    backup::{
        self, Check, Options, Reason,
        report::{Outcome, RunReport, Verdict},
    },
    github::{Source, resources},
    vault::{Storage, Vault, key::Kind},
};
use github_emulator::{Gist, Repository};
use serde_json::json;

use crate::support::{Ground, Plan, World, git::git, run_of};

const BARE: &str = "127.0.0.1/octocat/hello/hello.meta.git";
const ACCOUNT: &str = "127.0.0.1/octocat/~account/account.meta.git";

/// What is backed up: a repository with what is around it, or an account's own data and a gist with its comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scene {
    Repository,
    AccountAndGist,
}

impl Scene {
    /// Few resources of each way of reading: the tests make many runs. Counters in repository.json alone make no new
    /// version, so that a first backup has another one.
    fn options(self, world: &World) -> Options {
        let names: &[&str] = match self {
            Scene::Repository => &["labels", "milestones", "releases", "issues", "pulls", "issue-comments"],
            Scene::AccountAndGist => &["account-profile", "starred", "gist-comments"],
        };
        let resources = names.iter().map(|name| resources::find(name).expect("a resource")).collect();
        // Stars are read by full checks.
        let check = if self == Scene::AccountAndGist { Check::Full } else { Check::Auto };
        Options { resources, check, ..world.options.clone() }
    }

    async fn back_up(self, world: &World, storage: Storage) -> Result<RunReport, backup::Error> {
        let login = "octocat".to_owned();
        let sources = match self {
            Scene::Repository => vec![Source::Account(login)],
            Scene::AccountAndGist => vec![Source::AccountData(login.clone()), Source::Gists(Some(login))],
        };
        run_of(&world.client, &sources, storage, &self.options(world)).await
    }

    /// The trees of the newest commits, as plain git sees them.
    fn trees(self, talk: &Talk, vault: &Path) -> Vec<String> {
        let id = talk.gist.id();
        let bares = match self {
            Scene::Repository => vec![BARE.to_owned()],
            Scene::AccountAndGist => vec![ACCOUNT.to_owned(), format!("gist.127.0.0.1/octocat/{id}/{id}.meta.git")],
        };
        let tree = |bare: String| {
            git(&vault.join(&bare), &["fsck", "--strict", "--full"]);
            git(&vault.join(&bare), &["rev-parse", "main^{tree}"])
        };
        bares.into_iter().map(tree).collect()
    }

    /// The trees that a first backup makes of what upstream has now.
    async fn expected(self, world: &World, talk: &Talk) -> Vec<String> {
        let ground = Ground::disk();
        let report = self.back_up(world, ground.storage()).await.expect("a run");
        assert!(is_done(&report), "{report:#?}");
        self.trees(talk, ground.files().await.path())
    }
}

/// What is upstream.
#[derive(Clone)]
struct Talk {
    repository: Repository,
    gist: Gist,
}

async fn talked() -> (World, Talk) {
    let (world, repository) = World::with_repository().await;
    repository.create_label("bug", "ff0000", "");
    for number in 1..=3 {
        repository.open_issue(&format!("Issue {number}"), "Words");
        repository.comment(number, "A word");
    }
    let gist = world.upstream.create_gist("octocat", true, &[("note.txt", "A note\n")]);
    gist.repository().set_settings("comments", json!([{ "id": 1, "body": "Well said" }]));
    for name in ["ada/engine", "ada/loom"] {
        world.upstream.create_repository(name);
    }
    world.upstream.star("octocat", "ada/engine");
    (world, Talk { repository, gist })
}

fn talk_more(world: &World, Talk { repository, gist }: &Talk) {
    repository.comment(2, "Another word");
    repository.close_issue(3);
    repository.create_milestone("Soon", "");
    repository.create_release("v1");
    repository.delete_label("bug");
    gist.repository().set_settings("comments", json!([{ "id": 1, "body": "Said" }, { "id": 2, "body": "Yes" }]));
    world.upstream.set_account_settings("octocat", "", json!({ "name": "Mona Lisa" }));
    world.upstream.star("octocat", "ada/loom");
}

fn is_done(report: &RunReport) -> bool {
    report.repositories.iter().all(|row| row.is_good())
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_stop_at_any_call_keeps_the_previous_metadata_whole() {
    keeps_the_previous_one_whole(Scene::Repository).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_stop_at_any_call_keeps_accounts_and_gists_whole() {
    keeps_the_previous_one_whole(Scene::AccountAndGist).await;
}

async fn keeps_the_previous_one_whole(scene: Scene) {
    let (world, talk) = talked().await;
    let ground = Ground::disk();
    scene.back_up(&world, ground.storage()).await.expect("a run");
    let old = scene.trees(&talk, ground.files().await.path());
    talk_more(&world, &talk);
    let new = scene.expected(&world, &talk).await;
    assert!(old.iter().zip(&new).all(|(old, new)| old != new), "{scene:?}");
    let mut stops = 0;
    for plan in [Plan::StopBefore, Plan::StopAfter, Plan::LoseReply] {
        for at in 0.. {
            let copy = ground.copy().await;
            let (storage, faulty) = copy.faulty(plan(at));
            let _ = scene.back_up(&world, storage).await;
            if faulty.changes() <= at {
                break;
            }
            stops += 1;
            let seen = scene.trees(&talk, copy.files().await.path());
            for ((seen, old), new) in seen.iter().zip(&old).zip(&new) {
                assert!(seen == old || seen == new, "{:?}: neither backup is seen", plan(at));
            }
            let report = scene.back_up(&world, copy.storage()).await.expect("the next run");
            assert!(is_done(&report), "{:?}: {report:#?}", plan(at));
            let seen = scene.trees(&talk, copy.files().await.path());
            assert_eq!(seen, new, "{:?}: the next run does not converge", plan(at));
            World::assert_whole_in(copy.storage()).await;
        }
    }
    assert!(stops > 40, "only {stops} places to stop at");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_backup_of_metadata_that_is_stopped_anywhere_is_done_by_the_next_run() {
    first_backup_is_done_by_the_next_run(Scene::Repository).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_backup_of_accounts_and_gists_that_is_stopped_anywhere_is_done_by_the_next_run() {
    first_backup_is_done_by_the_next_run(Scene::AccountAndGist).await;
}

async fn first_backup_is_done_by_the_next_run(scene: Scene) {
    let (world, talk) = talked().await;
    let new = scene.expected(&world, &talk).await;
    for at in 0.. {
        let ground = Ground::disk();
        let (storage, faulty) = ground.faulty(Plan::StopBefore(at));
        let _ = scene.back_up(&world, storage).await;
        if faulty.changes() <= at {
            assert!(at > 25, "only {at} places to stop at");
            return;
        }
        scene.back_up(&world, ground.storage()).await.expect("the next run");
        assert_eq!(scene.trees(&talk, ground.files().await.path()), new, "stopped before change {at}");
        World::assert_whole_in(ground.storage()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_two_runs_over_metadata_at_once_lose_nothing_and_never_go_back() {
    two_runs_lose_nothing(Scene::Repository).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_two_runs_over_accounts_and_gists_at_once_lose_nothing_and_never_go_back() {
    two_runs_lose_nothing(Scene::AccountAndGist).await;
}

async fn two_runs_lose_nothing(scene: Scene) {
    let mut hold = 0;
    loop {
        let (world, talk) = talked().await;
        let ground = Arc::new(Ground::disk());
        scene.back_up(&world, ground.storage()).await.expect("a run");
        talk_more(&world, &talk);
        let world = Arc::new(world);
        let (storage, faulty) = ground.faulty(Plan::Work);
        let is_held = Arc::new(std::sync::atomic::AtomicBool::new(false));
        {
            let (world, ground, is_held) = (world.clone(), ground.clone(), is_held.clone());
            let talk = talk.clone();
            faulty.before_each_call(move |number, _| {
                let (world, ground, talk) = (world.clone(), ground.clone(), talk.clone());
                let is_it = number == hold;
                is_held.fetch_or(is_it, std::sync::atomic::Ordering::SeqCst);
                async move {
                    if is_it {
                        talk.repository.comment(1, "Seen by another run");
                        world.upstream.set_account_settings("octocat", "", json!({ "name": "Seen by another run" }));
                        let seen = json!([{ "id": 3, "body": "Seen by another run" }]);
                        talk.gist.repository().set_settings("comments", seen);
                        let report = scene.back_up(&world, ground.storage()).await.expect("the other run");
                        assert!(is_done(&report), "{report:#?}");
                    }
                }
                .boxed()
            });
        }
        let report = scene.back_up(&world, storage).await.expect("the first run");
        if !is_held.load(std::sync::atomic::Ordering::SeqCst) {
            assert!(hold > 30, "only {hold} calls to hold at");
            return;
        }
        assert!(is_done(&report), "held at {hold}: {report:#?}");
        let seen = scene.trees(&talk, ground.files().await.path());
        assert_eq!(seen, scene.expected(&world, &talk).await, "held at {hold}");
        World::assert_whole_in(ground.storage()).await;
        hold += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_object_that_is_damaged_or_gone_is_found_and_the_next_run_reads_all_again() {
    let scene = Scene::Repository;
    let (world, talk) = talked().await;
    let ground = Ground::disk();
    scene.back_up(&world, ground.storage()).await.expect("a run");
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
            talk.repository.comment(1, "News");
            let report = scene.back_up(&world, copy.storage()).await.expect("a run");
            let row = report.repositories.iter().find(|row| row.kind == Kind::Meta).expect("a row");
            assert_eq!(row.outcome, Outcome::Changed, "{key}: {row:#?}");
            let seen = scene.trees(&talk, copy.files().await.path());
            assert_eq!(seen, scene.expected(&world, &talk).await, "{key}");
            World::assert_whole_in(copy.storage()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i7_damage_to_old_metadata_is_told_by_each_backup_until_it_is_mended() {
    let scene = Scene::Repository;
    let (world, talk) = talked().await;
    let ground = Ground::disk();
    scene.back_up(&world, ground.storage()).await.expect("a run");
    let is_pack = |key: &String| key.starts_with(BARE) && key.ends_with(".pack");
    let keys = ground.storage().list(BARE).await.expect("a listing");
    let pack = keys.into_iter().map(|(key, _)| key).find(is_pack).expect("a pack");
    let pack = ground.files().await.path().join(pack);
    let whole = std::fs::read(&pack).expect("read");
    let mut bytes = whole.clone();
    bytes[20] ^= 1;
    std::fs::remove_file(&pack).expect("removed");
    std::fs::write(&pack, bytes).expect("written");
    World::verify_vault(&Vault::open(ground.storage()).await.expect("a vault"), true, true).await;
    for news in [false, true] {
        if news {
            talk.repository.comment(1, "News");
        }
        let report = scene.back_up(&world, ground.storage()).await.expect("a run");
        let row = report.repositories.iter().find(|row| row.kind == Kind::Meta).expect("a row");
        assert_eq!((row.outcome, row.reason), (Outcome::Damaged, Some(Reason::DamagedVault)), "{row:#?}");
        assert_eq!(report.verdict(), Verdict::DamageFound);
        // What is newest is kept all the same.
        assert_eq!(row.work.metadata.as_ref().map(|done| done.changed_files > 0), Some(news), "{row:#?}");
    }
}
