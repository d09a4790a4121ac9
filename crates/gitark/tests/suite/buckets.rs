//! The promises of a vault on a disk, held where it is none: in memory, and in a bucket of SeaweedFS, at fewer calls.

use gitark::{
    backup::{self, Options, report::Outcome},
    monitor::Silent,
    vault::{self, Vault},
    verify,
};
use tokio_util::sync::CancellationToken;

use crate::{
    crash::Changed,
    damage::Harm,
    support::{Call, Ground, Plan, REPOSITORY, SeaweedFs, World, git, row, seaweedfs},
    writers::held_at,
};

/// One of so many calls is tried in a bucket.
const STEP: usize = 4;

/// Stops a backup before every `step`th call, and after those half way between; how many stops there were.
async fn stops(ground: Ground, step: usize) -> usize {
    let changed = Changed::on(ground).await;
    let mut stops = 0;
    for (plan, first) in [(Plan::StopBefore as fn(usize) -> Plan, 0), (Plan::StopAfter, step / 2 - 1)] {
        for at in (first..).step_by(step) {
            let Some(stopped) = changed.stopped(plan(at)).await else { break };
            changed.converges(&stopped, &format!("{:?}", plan(at))).await;
            stops += 1;
        }
    }
    stops
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_stop_at_any_call_keeps_the_previous_backup_whole_in_memory() {
    // Before one call is after the one before it: every place is met.
    let stops = stops(Ground::memory(), 2).await;
    assert!(stops > 10, "only {stops} places to stop at were found");
}

#[tokio::test(flavor = "multi_thread")]
async fn i3_a_stop_keeps_the_previous_backup_whole_in_a_bucket() {
    let Some(ground) = Ground::bucket() else { return };
    let stops = stops(ground, STEP).await;
    assert!(stops > 5, "only {stops} places to stop at were found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_and_a_conflict_lose_nothing_in_a_bucket() {
    let Some(ground) = Ground::bucket() else { return };
    let changed = Changed::on(ground).await;
    let mut at = 1;
    while changed.loses_reply(at).await {
        at += STEP;
    }
    assert!(at > 10, "only {at} replies to lose");
    at = 2;
    while changed.meets_conflict(at).await {
        at += STEP;
    }
    assert!(at > 10, "only {at} places for a conflict");
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_two_runs_at_once_lose_nothing_in_memory() {
    let mut hold = 0;
    while held_at(Ground::memory(), hold, false, 1).await {
        hold += 3;
    }
    assert!(hold > 20, "only {hold} calls to hold at");
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_two_runs_at_once_lose_nothing_in_a_bucket() {
    for (first_backup, step) in [(false, 3 * STEP), (true, 4 * STEP)] {
        let mut hold = STEP;
        loop {
            let Some(ground) = Ground::bucket() else { return };
            if !held_at(ground, hold, first_backup, 1).await {
                break;
            }
            hold += step;
        }
        assert!(hold > 20, "only {hold} calls to hold at");
    }
}

/// A vault with two backups, and the keys in it.
async fn two_entries(ground: &Ground) -> (World, github_emulator::Repository, Vec<String>) {
    let (world, repository) = World::with_repository().await;
    world.backup_to(ground.storage()).await.expect("a run");
    repository.commit("main", &[("more.txt", &"more text\n".repeat(50))], "More");
    world.backup_to(ground.storage()).await.expect("a run");
    let keys = ground.storage().list("").await.expect("a listing");
    (world, repository, keys.into_iter().map(|(key, _)| key).collect())
}

/// What `verify --full` says, without a note in the log, its copies in `temporary`.
async fn verified(ground: &Ground, temporary: &std::path::Path) -> verify::VerifyReport {
    let vault = Vault::open(ground.storage()).await.expect("a vault");
    let temporary = temporary.to_owned();
    let options = verify::Options { full: true, record: false, temporary, object_bytes: 1 << 30 };
    let silent = std::sync::Arc::new(Silent);
    verify::verify(&vault, &[], &options, silent, &CancellationToken::new()).await.expect("a check")
}

/// Does each harm to an object whose key ends so; all of it is found and mended.
async fn found_and_repaired(ground: Ground, harms: &[(Harm, &str)]) {
    let (world, repository, keys) = two_entries(&ground).await;
    let temporary = tempfile::tempdir().expect("a directory");
    let options = Options { refetch: true, temporary: temporary.path().to_owned(), ..world.options.clone() };
    for (harm, end) in harms {
        let case = format!("{harm:?} {end}");
        let damaged = ground.copy().await;
        let key = keys.iter().find(|key| key.ends_with(end)).expect("such a key");
        harm.inflict_on(&damaged.storage(), key).await;
        let report = verified(&damaged, temporary.path()).await;
        assert!(!report.has_unreachable(), "{case}: {report:?}");
        let named = report.repositories.iter().flat_map(|row| &row.damage).any(|damage| damage.key == *key);
        assert!(named, "{case}: {key} is not named in {report:?}");

        let report = world.backup_with(damaged.storage(), &options).await.expect("a run");
        assert_eq!(row(&report, REPOSITORY).outcome, Outcome::Changed, "{case}: {report:?}");
        let files = damaged.files().await;
        assert_eq!(git::upstream_refs(&World::bare_in(files.path())), repository.refs(), "{case}");
        git::fsck(&World::bare_in(files.path()));
        let report = verified(&damaged, temporary.path()).await;
        assert!(!report.has_damage() && !report.has_unreachable(), "{case}: {report:?}");
        let left = std::fs::read_dir(temporary.path()).expect("a directory").count();
        assert_eq!(left, 0, "{case}: something is left in the temporary directory");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_verify_finds_damage_and_a_refetch_repairs_it_in_memory() {
    let ends =
        [".pack", ".idx", ".keep", "log/00000001.json", "log/00000002.json", "head.json", "packed-refs", "/HEAD"];
    let harms = ends.iter().flat_map(|end| Harm::ALL.map(|harm| (harm, *end)));
    found_and_repaired(Ground::memory(), &harms.collect::<Vec<_>>()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_verify_finds_damage_and_a_refetch_repairs_it_in_a_bucket() {
    let Some(ground) = Ground::bucket() else { return };
    let harms = [
        (Harm::Flip, ".pack"),
        (Harm::Truncate, ".pack"),
        (Harm::Delete, ".idx"),
        (Harm::Truncate, ".idx"),
        (Harm::Flip, "log/00000002.json"),
        (Harm::Delete, "packed-refs"),
    ];
    found_and_repaired(ground, &harms).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_meets_an_index_cut_anywhere_names_it_and_goes_on() {
    let ground = Ground::memory();
    let (world, repository, keys) = two_entries(&ground).await;
    let tip = repository.commit("main", &[("a.txt", "a\n"), ("src/lib.rs", "fn new() {}\n")], "Behind the damage");
    // Behind the fan-out table, within each name of an object: look-ups of several objects at once meet the end.
    for names in 0..10 {
        let cut = ground.copy().await;
        let storage = cut.storage();
        for key in keys.iter().filter(|key| key.ends_with(".idx")) {
            let bytes = storage.read(key).await.expect("a read").expect("there");
            let left = (8 + 1024 + 20 * names + 5).min(bytes.len() - 1);
            storage.replace(key, bytes.slice(0..left)).await.expect("cut");
        }
        let report = world.backup_to(storage).await.expect("a run");
        assert_eq!(row(&report, REPOSITORY).outcome, Outcome::Damaged, "{names} names are left: {report:?}");
        let seen = git::upstream_refs(&World::bare_in(cut.files().await.path()));
        assert_eq!(seen.get("refs/heads/main"), Some(&tip), "{names} names are left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_a_bucket_passes_the_probe_and_one_that_overwrites_is_refused() {
    let Some(ground) = Ground::bucket() else { return };
    let (world, _) = World::with_repository().await;
    let (storage, faulty) = ground.faulty(Plan::Overwrite);
    let error = world.backup_to(storage).await.expect_err("refused");
    assert!(matches!(error, backup::Error::Vault(vault::Error::NoCreateOnly { .. })), "{error}");
    assert!(faulty.seen().iter().all(|call| matches!(call, Call::Create(key) if key.starts_with("runs/"))));
    let report = world.backup_to(ground.storage()).await.expect("a run");
    assert_eq!(row(&report, REPOSITORY).outcome, Outcome::New);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_in_the_temporary_directory() {
    let (world, repository) = World::with_repository().await;
    let temporary = tempfile::tempdir().expect("a directory");
    let options = Options { temporary: temporary.path().to_owned(), ..world.options.clone() };
    let left = || std::fs::read_dir(temporary.path()).expect("a directory").count();
    for ground in [Some(Ground::memory()), Ground::bucket()].into_iter().flatten() {
        repository.commit("main", &[("large.txt", &large_text())], "Large");
        let (storage, faulty) = ground.faulty(Plan::Work);
        world.backup_with(storage, &options).await.expect("a run");
        assert!(faulty.seen().iter().any(|call| matches!(call, Call::Complete(_))), "no pack went up in parts");
        assert_eq!(left(), 0, "{:?}", ground.kind());
        repository.commit("main", &[("small.txt", "small\n")], "Small");
        let (storage, _) = ground.faulty(Plan::StopBefore(5));
        let _ = world.backup_with(storage, &options).await;
        assert_eq!(left(), 0, "{:?}: after a failure", ground.kind());
        assert!(!verified(&ground, temporary.path()).await.has_damage());
        assert_eq!(left(), 0, "{:?}: after a check", ground.kind());
    }
}

/// Text that takes more than one part when it is packed.
fn large_text() -> String {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{state:016x}")
    };
    // Longer than what zlib looks back for something that repeats.
    let block: String = (0..1 << 12).map(|_| next()).collect();
    block.repeat(300)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_aws_s3_sync_copied_is_cloned_by_plain_git() {
    let Some(ground) = Ground::bucket() else { return };
    let (world, repository) = World::with_repository().await;
    world.backup_to(ground.storage()).await.expect("a run");
    repository.force_push("topic", &[("topic.txt", "forced\n")], "Forced");
    world.backup_to(ground.storage()).await.expect("a run");

    let target = tempfile::tempdir().expect("a directory");
    let copy = target.path().join("hello.git");
    let bare = format!("s3://{}/{}/127.0.0.1/octocat/hello/hello.git", seaweedfs::BUCKET, ground.prefix());
    let server = SeaweedFs::shared().expect("it has the bucket");
    let sync = ["s3", "sync", "--only-show-errors", &bare, copy.to_str().expect("UTF-8")];
    if server.aws(&sync).is_none() {
        return;
    }
    git::fsck(&copy);
    assert_eq!(git::upstream_refs(&copy), repository.refs());
    git::git(target.path(), &["clone", "-q", "hello.git", "clone"]);
    let clone = target.path().join("clone");
    git::fsck(&clone);
    assert_eq!(git::git(&clone, &["rev-parse", "HEAD"]), repository.refs()["refs/heads/main"]);
    assert_eq!(std::fs::read_to_string(clone.join("README.md")).expect("a file"), "one\n");
}
