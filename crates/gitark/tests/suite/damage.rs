//! Damage of every kind to every kind of file: `verify` names it, nothing is built on it, `--refetch` repairs it.

use std::path::{Path, PathBuf};

use gitark::{
    backup::{Reason, report::Outcome},
    vault::{Storage, Vault, lookup::At},
};
use github_emulator::RequestClass;

use crate::support::{Call, Plan, REPOSITORY, World, copy_tree, git, row};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Harm {
    Delete,
    Truncate,
    Flip,
}

impl Harm {
    pub(crate) const ALL: [Harm; 3] = [Harm::Delete, Harm::Truncate, Harm::Flip];

    /// What is left of `bytes`.
    fn done_to(self, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        let middle = bytes.len() / 2;
        match self {
            Harm::Delete => return None,
            Harm::Truncate => bytes.truncate(middle),
            Harm::Flip => bytes[middle] ^= 1,
        }
        Some(bytes)
    }

    fn inflict(self, path: &Path) {
        match self.done_to(std::fs::read(path).expect("the file")) {
            None => std::fs::remove_file(path).expect("deleted"),
            Some(bytes) => std::fs::write(path, bytes).expect("written"),
        }
    }

    /// The same to an object anywhere.
    pub(crate) async fn inflict_on(self, storage: &Storage, key: &str) {
        let bytes = storage.read(key).await.expect("a read").expect("the object");
        match self.done_to(bytes.to_vec()) {
            None => storage.delete(key).await.expect("deleted"),
            Some(bytes) => storage.replace(key, bytes.into()).await.expect("written"),
        }
    }
}

/// A vault with two entries, and a lost reference that upstream can give back no more.
async fn two_entries() -> (World, github_emulator::Repository) {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    repository.commit("main", &[("more.txt", &"more text\n".repeat(50))], "More");
    repository.force_push("topic", &[("topic.txt", "forced\n")], "Forced");
    world.backup().await;
    (world, repository)
}

/// Files below `bare` whose path ends with `end`, sorted.
fn files(bare: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![bare.to_owned()];
    while let Some(directory) = todo.pop() {
        for entry in std::fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                todo.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no {end} in {}", bare.display());
    found
}

const TARGETS: [&str; 13] = [
    "~id/1000.json",
    "vault.json",
    "gitark.lock",
    "log/00000001.json",
    "log/00000002.json",
    "head.json",
    "packed-refs",
    "/HEAD",
    "info/refs",
    "info/packs",
    ".pack",
    ".idx",
    ".keep",
];

#[tokio::test(flavor = "multi_thread")]
async fn i10_verify_finds_every_kind_of_damage() {
    let (world, _) = two_entries().await;
    World::assert_whole(&world.vault).await;
    let mut cases = 0;
    for target in TARGETS {
        for original in files(&world.vault, target) {
            for harm in Harm::ALL {
                let copy = tempfile::tempdir().expect("a directory");
                copy_tree(&world.vault, copy.path());
                let inside = original.strip_prefix(&world.vault).expect("inside");
                harm.inflict(&copy.path().join(inside));
                let case = format!("{harm:?} {}", inside.display());
                let storage = Storage::local(copy.path()).expect("a directory");
                let vault = match Vault::open(storage).await {
                    Ok(vault) => vault,
                    Err(error) => {
                        assert_eq!(target, "vault.json", "{case}: {error}");
                        continue;
                    }
                };
                let report = World::verify_vault(&vault, true, false).await;
                let named: Vec<&str> = report
                    .repositories
                    .iter()
                    .flat_map(|row| &row.damage)
                    .chain(&report.damage)
                    .map(|damage| damage.key.as_str())
                    .collect();
                let key = inside.to_string_lossy();
                // A claim that is gone is known by the folder that nothing leads to.
                let is_named = match (target, harm) {
                    ("~id/1000.json", Harm::Delete) => named.contains(&"127.0.0.1/octocat/hello"),
                    _ => named.contains(&key.as_ref()),
                };
                assert!(is_named, "{case}: not named in {named:?}");
                assert!(!report.has_unreachable(), "{case}: damage was called a failure of the store");
                // The quick check finds all but flips in packs and indexes.
                let quick = World::verify_vault(&vault, false, false).await;
                let only_full = harm == Harm::Flip && (target == ".pack" || target == ".idx");
                assert_eq!(quick.has_damage(), !only_full, "{case}: the quick check");
                cases += 1;
            }
        }
    }
    assert!(cases >= 36, "only {cases} cases");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_flipped_byte_of_a_pack_and_its_index_is_found() {
    let (world, _) = World::with_repository().await;
    world.backup().await;
    for end in [".pack", ".idx"] {
        let path = files(&world.vault, end).swap_remove(0);
        let bytes = std::fs::read(&path).expect("the file");
        // Every 13th byte: all parts of the formats are met.
        for at in (0..bytes.len()).step_by(13) {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x40;
            std::fs::write(&path, &flipped).expect("written");
            assert!(World::verify_at(&world.vault, true).await.has_damage(), "{end}, byte {at}");
        }
        std::fs::write(&path, &bytes).expect("written");
    }
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refetch_repairs_every_kind_of_damage() {
    let (world, repository) = two_entries().await;
    let lost = git::refs(&world.bare()).into_iter().filter(|(name, _)| name.starts_with("refs/gitark/lost/"));
    let lost: Vec<_> = lost.collect();
    assert_eq!(lost.len(), 1, "the forced topic");
    let (first, ..) = world.repository().await.entry(1).await.expect("an entry").expect("there");
    let first_pack = world.bare().join(format!("objects/pack/pack-{}.pack", first.packs[0].id));
    for target in TARGETS.into_iter().filter(|target| *target != "vault.json") {
        for (at, original) in files(&world.vault, target).into_iter().enumerate() {
            for harm in Harm::ALL {
                let directory = tempfile::tempdir().expect("a directory");
                let vault = directory.path().join("vault");
                copy_tree(&world.vault, &vault);
                let inside = original.strip_prefix(&world.vault).expect("inside");
                harm.inflict(&vault.join(inside));
                let case = format!("{harm:?} {} ({at})", inside.display());
                let (storage, _) = World::faulty_storage(&vault, Plan::Work);
                let options = gitark::backup::Options { refetch: true, ..world.options.clone() };
                let report = world.backup_with(storage.clone(), &options).await.expect("a run");
                let row = row(&report, REPOSITORY);
                let bare = World::bare_in(&vault);
                assert_eq!(git::upstream_refs(&bare), repository.refs(), "{case}");
                // The first pack alone holds the old topic; its index can be made again from it.
                let holds_lost_tip = target == ".pack" && original == first_pack;
                if holds_lost_tip {
                    assert_eq!(row.outcome, Outcome::Damaged, "{case}: {row:?}");
                    // The only pack with the old topic: nobody has it any more, and that is said each time.
                    assert!(
                        row.work.warnings.iter().any(|text| text.contains("only in damaged packs")),
                        "{case}: {row:?}"
                    );
                    assert!(World::verify_at(&vault, true).await.has_damage(), "{case}");
                    continue;
                }
                assert_eq!(row.outcome, Outcome::Changed, "{case}: {row:?}");
                for (_, oid) in &lost {
                    let held = git::attempt(&bare, &["cat-file", "-e", oid], b"");
                    assert!(held.is_ok(), "{case}: the lost tip {oid} is gone");
                    let named = git::refs(&bare).values().any(|value| value == oid);
                    assert!(named, "{case}: nothing names the lost tip {oid}");
                }
                git::fsck(&bare);
                World::assert_whole(&vault).await;
                let again = world.backup_to(storage).await.expect("a run");
                assert!(again.repositories.iter().all(|row| row.outcome == Outcome::Unchanged), "{case}: {again:?}");
                assert_eq!(World::restored_refs(&vault, At::Latest).await, repository.refs(), "{case}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_does_not_build_on_damage_that_verify_noted() {
    for end in [".pack", ".idx"] {
        let (world, repository) = two_entries().await;
        let path = files(&world.vault, end).swap_remove(0);
        Harm::Flip.inflict(&path);
        let report = World::verify_vault(&world.open().await, true, true).await;
        assert!(report.has_damage());
        // Nothing new upstream: the damage is told all the same.
        let report = world.backup_to(world.storage()).await.expect("a run");
        assert_eq!(row(&report, REPOSITORY).outcome, Outcome::Damaged);
        assert_eq!(row(&report, REPOSITORY).reason, Some(Reason::DamagedVault));

        let tip = repository.commit("main", &[("after.txt", "after\n")], "After the damage");
        world.upstream.clear_requests();
        let report = world.backup_to(world.storage()).await.expect("a run");
        assert_eq!(row(&report, REPOSITORY).outcome, Outcome::Damaged);
        let fetches = world.upstream.requests();
        let words: Vec<&String> = fetches
            .iter()
            .filter(|request| request.class == RequestClass::Fetch)
            .flat_map(|request| &request.words)
            .collect();
        assert!(words.iter().any(|word| **word == format!("want {tip}")), "{words:?}");
        assert!(!words.iter().any(|word| word.starts_with("have ")), "built on damage: {words:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_finds_missing_and_cut_packs_by_itself() {
    for (harm, end) in [(Harm::Delete, ".pack"), (Harm::Truncate, ".pack"), (Harm::Delete, ".idx")] {
        let (world, repository) = World::with_repository().await;
        world.backup().await;
        harm.inflict(&files(&world.vault, end)[0]);
        repository.commit("main", &[("after.txt", "after\n")], "After the damage");
        let report = world.backup_to(world.storage()).await.expect("a run");
        let row = row(&report, REPOSITORY);
        assert_eq!(row.outcome, Outcome::Damaged, "{harm:?} {end}");
        assert!(row.work.warnings.iter().any(|text| text.contains(end)), "{row:?}");
        // What upstream still has is whole again.
        assert_eq!(World::restored_refs_of_refetched(&world).await, repository.refs(), "{harm:?} {end}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keep_file_that_is_gone_is_put_back_and_costs_nothing() {
    for harm in [Harm::Delete, Harm::Truncate] {
        let (world, repository) = World::with_repository().await;
        world.backup().await;
        harm.inflict(&files(&world.vault, ".keep")[0]);
        repository.commit("main", &[("after.txt", "after\n")], "After the damage");
        let report = world.backup().await;
        assert_eq!(row(&report, REPOSITORY).outcome, Outcome::Changed, "{harm:?}");
        assert_eq!(row(&report, REPOSITORY).work.warnings.len(), 1, "{harm:?}");
        World::assert_whole(&world.vault).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_that_a_backup_meets_does_not_stop_new_commits() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    // The fan-out table: every look-up meets it.
    let path = files(&world.vault, ".idx").swap_remove(0);
    let mut bytes = std::fs::read(&path).expect("the index");
    bytes[8 + 4 * 100] ^= 0x40;
    std::fs::write(&path, bytes).expect("written");
    let new = repository.commit("main", &[("after.txt", "after\n")], "After the damage");
    let report = world.backup_to(world.storage()).await.expect("a run");
    assert_eq!(row(&report, REPOSITORY).outcome, Outcome::Damaged, "{report:?}");
    assert_eq!(git::refs(&world.bare()).get("refs/heads/main"), Some(&new));
    assert_eq!(World::restored_refs_of_refetched(&world).await, repository.refs());
}

#[tokio::test(flavor = "multi_thread")]
async fn older_entries_come_back_after_a_repair_replaced_their_packs() {
    let (world, repository) = World::with_repository().await;
    let mut history = Vec::new();
    for round in 0..3 {
        repository.commit("main", &[("round.txt", &format!("{round}\n"))], "Round");
        world.backup().await;
        history.push(repository.refs());
    }
    let (second, ..) = world.repository().await.entry(2).await.expect("an entry").expect("there");
    let pack = world.bare().join(format!("objects/pack/pack-{}.pack", second.packs[0].id));
    Harm::Truncate.inflict(&pack);
    let report = world.refetch().await;
    assert_eq!(row(&report, REPOSITORY).outcome, Outcome::Changed, "{report:?}");
    assert!(!pack.exists(), "the damaged pack is given up");
    for (at, refs) in history.iter().enumerate() {
        assert_eq!(World::restored_refs(&world.vault, At::Number(at as u64 + 1)).await, *refs, "entry {}", at + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_that_is_stopped_anywhere_is_done_by_the_next() {
    let (world, repository) = two_entries().await;
    repository.commit("main", &[("third.txt", "third\n")], "Third");
    world.backup().await;
    Harm::Flip.inflict(&files(&world.vault, "log/00000003.json")[0]);
    Harm::Truncate.inflict(&files(&world.vault, ".pack")[0]);
    for at in 0.. {
        let directory = tempfile::tempdir().expect("a directory");
        let vault = directory.path().join("vault");
        copy_tree(&world.vault, &vault);
        let (storage, faulty) = World::faulty_storage(&vault, Plan::StopBefore(at));
        let options = gitark::backup::Options { refetch: true, ..world.options.clone() };
        let _ = world.backup_with(storage, &options).await;
        if faulty.changes() <= at {
            assert!(at > 12, "only {at} places to stop at");
            break;
        }
        let (storage, _) = World::faulty_storage(&vault, Plan::Work);
        // Once the repair is in the log, a plain backup goes on from it; before, only another repair helps.
        let is_logged = World::bare_in(&vault).join("gitark/log/00000004.json").exists();
        if is_logged {
            let report = world.backup_to(storage.clone()).await.expect("a run");
            assert_ne!(row(&report, REPOSITORY).outcome, Outcome::Failed, "stopped before {at}: {report:?}");
        } else {
            world.backup_with(storage.clone(), &options).await.expect("a run");
        }
        assert_eq!(git::upstream_refs(&World::bare_in(&vault)), repository.refs(), "stopped before {at}");
        assert_eq!(World::restored_refs(&vault, At::Latest).await, repository.refs(), "stopped before {at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_whose_write_fails_is_no_repair() {
    let (world, _) = World::with_repository().await;
    world.backup().await;
    Harm::Flip.inflict(&files(&world.vault, ".pack")[0]);
    let options = gitark::backup::Options { refetch: true, ..world.options.clone() };
    // Which change is the rename over the damaged pack: told by a repair of a copy.
    let copy = tempfile::tempdir().expect("a directory");
    copy_tree(&world.vault, copy.path());
    let (storage, faulty) = World::faulty_storage(copy.path(), Plan::Work);
    world.backup_with(storage, &options).await.expect("a run");
    let is_it = |call: &Call| matches!(call, Call::Rename { to, .. } if to.ends_with(".pack"));
    let rename = faulty.seen().iter().position(is_it).expect("the damaged pack is renamed over");
    // It is answered with an error and not done; what lies there has the right length all the same.
    let (storage, faulty) = World::faulty_storage(&world.vault, Plan::FailOnce(rename));
    let report = world.backup_with(storage, &options).await.expect("a run");
    assert!(faulty.seen().get(rename).is_some_and(is_it));
    assert_eq!(row(&report, REPOSITORY).outcome, Outcome::Failed, "{report:?}");
    assert_eq!(world.repository().await.sequences().await.expect("a listing"), [1], "nothing says that it is repaired");
    assert!(World::verify_at(&world.vault, true).await.has_damage());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_keeps_the_commit_of_a_detached_head() {
    let (world, repository) = World::with_repository().await;
    let detached = repository.commit("detached", &[("d.txt", "d\n")], "Detached");
    repository.git(&["update-ref", "--no-deref", "HEAD", &detached]);
    repository.delete_ref("refs/heads/detached");
    world.backup().await;
    repository.set_default_branch("main");
    world.refetch().await;
    assert_eq!(git::refs(&world.bare()).get("refs/gitark/lost/2-HEAD"), Some(&detached));
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_is_found_past_entries_that_cannot_be_read() {
    let (world, repository) = World::with_repository().await;
    // Five entries a minute apart, by the server's own clock.
    let start: jiff::Timestamp = "2026-11-21T05:00:00Z".parse().expect("a time");
    let minute = |number: i64| start + jiff::SignedDuration::from_mins(number);
    let mut history = vec![];
    for number in 1..=4 {
        repository.commit("main", &[("round.txt", &format!("{number}\n"))], "Round");
        world.backup().await;
        history.push(repository.refs());
    }
    let bare = world.bare();
    redate(&bare, &|number| minute(number));
    let at = |time| {
        let world = &world;
        async move { world.repository().await.sequence_at(At::Time(time)).await }
    };
    assert_eq!(at(minute(3)).await.expect("a search"), Some(3));
    // Entry 4 cannot be read: entry 3 alone tells that it is later than what is asked for.
    std::fs::write(bare.join("gitark/log/00000004.json"), b"cut").expect("written");
    assert_eq!(at(minute(2)).await.expect("a search"), Some(2));
    assert!(at(minute(3)).await.is_err(), "entry 4 may be of the same minute");
    assert!(world.repository().await.sequence_at(At::Latest).await.is_err());
    // A repair stands for it, and then it is in nobody's way.
    world.refetch().await;
    assert_eq!(at(minute(3)).await.expect("a search"), Some(3));
    assert_eq!(World::restored_refs(&world.vault, At::Number(3)).await, history[2]);
}

/// Gives every entry of a log the observed time that `when` says, and chains them anew.
fn redate(bare: &Path, when: &dyn Fn(i64) -> jiff::Timestamp) {
    let mut previous = None;
    for number in 1.. {
        let path = bare.join(format!("gitark/log/{number:08}.json"));
        let Ok(bytes) = std::fs::read(&path) else { break };
        let mut entry: gitark::vault::log::Entry = gitark::vault::document::decode("entry", &bytes).expect("an entry");
        entry.observed = when(number);
        entry.previous = previous;
        let bytes = gitark::vault::document::encode(&entry);
        previous = Some(gitark::vault::document::check("entry", &bytes).expect("whole").1);
        std::fs::write(path, bytes).expect("written");
    }
    std::fs::remove_file(bare.join("gitark/head.json")).expect("the hint goes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_log_stops_a_backup_and_says_how_to_repair_it() {
    let (world, repository) = two_entries().await;
    Harm::Flip.inflict(&files(&world.vault, "log/00000002.json")[0]);
    repository.commit("main", &[("after.txt", "after\n")], "After the damage");
    let report = world.backup_to(world.storage()).await.expect("a run");
    let row = row(&report, REPOSITORY);
    assert_eq!((row.outcome, row.reason), (Outcome::Failed, Some(Reason::DamagedVault)));
    let message = row.message.as_deref().unwrap_or_default();
    assert!(message.contains("00000002.json") && message.contains("--refetch"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_a_stopped_store_is_never_called_damage() {
    let (world, _) = two_entries().await;
    let (storage, faulty) = World::faulty_storage(&world.vault, Plan::Work);
    let vault = Vault::open(storage).await.expect("a vault");
    faulty.set_plan(Plan::Unreachable);
    let options =
        gitark::verify::Options { full: true, record: true, temporary: std::env::temp_dir(), object_bytes: 1 << 30 };
    let cancel = tokio_util::sync::CancellationToken::new();
    let silent = std::sync::Arc::new(gitark::monitor::Silent);
    let result = gitark::verify::verify(&vault, &[], &options, silent, &cancel).await;
    assert!(matches!(result, Err(gitark::vault::Error::Store { .. })), "{result:?}");

    // The store goes down in the middle, at every read.
    for at in 0.. {
        let (storage, faulty) = World::faulty_storage(&world.vault, Plan::Work);
        let vault = Vault::open(storage).await.expect("a vault");
        let before = faulty.calls();
        let shared = faulty.clone();
        faulty.before_each_call(move |number, _| {
            if number >= before + at {
                shared.set_plan(Plan::Unreachable);
            }
            Box::pin(std::future::ready(()))
        });
        let silent = std::sync::Arc::new(gitark::monitor::Silent);
        let result = gitark::verify::verify(&vault, &[], &options, silent, &cancel).await;
        if faulty.calls() <= before + at {
            assert!(at > 10);
            break;
        }
        if let Ok(report) = result {
            assert!(!report.has_damage(), "down at read {at}: {report:?}");
            assert!(report.has_unreachable(), "down at read {at}: {report:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_keeps_a_tip_that_only_the_views_still_show() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    let first = repository.resolve("refs/heads/topic").expect("topic");
    let second = repository.force_push("topic", &[("topic.txt", "two\n")], "Two");
    world.backup().await;
    // Entry 2, the only one to name the second tip, is cut off; upstream has moved on.
    Harm::Truncate.inflict(&files(&world.vault, "log/00000002.json")[0]);
    let third = repository.force_push("topic", &[("topic.txt", "three\n")], "Three");
    let report = world.refetch().await;
    assert_eq!(row(&report, REPOSITORY).outcome, Outcome::Changed, "{report:?}");
    let named: Vec<String> = git::refs(&world.bare()).into_values().collect();
    for tip in [&first, &second, &third] {
        assert!(named.contains(tip), "{tip} has no reference any more");
    }
    git::fsck(&world.bare());
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_claim_of_a_renamed_repository_is_repaired_to_its_old_folder() {
    for harm in Harm::ALL {
        let (world, repository) = two_entries().await;
        repository.rename("octocat/greeting");
        harm.inflict(&files(&world.vault, "~id/1000.json")[0]);
        world.refetch().await;
        assert_eq!(git::upstream_refs(&world.bare()), repository.refs(), "{harm:?}");
        assert!(!world.vault.join("127.0.0.1/octocat/greeting").exists(), "{harm:?}");
        World::assert_whole(&world.vault).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_writes_damaged_views_anew_from_the_log() {
    for target in ["head.json", "packed-refs", "/HEAD", "info/refs", "info/packs", "/config"] {
        for harm in Harm::ALL {
            let (world, repository) = two_entries().await;
            harm.inflict(&files(&world.vault, target)[0]);
            let report = World::verify_vault(&world.open().await, false, true).await;
            assert!(report.has_damage(), "{harm:?} {target}");
            World::assert_whole(&world.vault).await;
            assert_eq!(git::upstream_refs(&world.bare()), repository.refs(), "{harm:?} {target}");
            let entries = world.repository().await.sequences().await.expect("a listing");
            assert_eq!(entries, [1, 2], "views are mended without an entry");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_run_report_is_found() {
    let (world, _) = two_entries().await;
    let report = files(&world.vault.join("runs"), ".json").swap_remove(0);
    Harm::Flip.inflict(&report);
    assert!(World::verify_at(&world.vault, true).await.has_damage());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_index_is_made_again_from_its_pack() {
    for harm in Harm::ALL {
        let (world, repository) = two_entries().await;
        // Upstream has nothing of the old history any more: only the pack holds it.
        repository.git(&["gc", "-q", "--prune=now"]);
        let before: Vec<_> =
            files(&world.vault, ".idx").iter().map(|path| std::fs::read(path).expect("an index")).collect();
        for path in files(&world.vault, ".idx") {
            harm.inflict(&path);
        }
        let report = world.refetch().await;
        assert_eq!(row(&report, REPOSITORY).outcome, Outcome::Changed, "{harm:?}: {report:?}");
        let after: Vec<_> =
            files(&world.vault, ".idx").iter().map(|path| std::fs::read(path).expect("an index")).collect();
        assert!(before.iter().all(|index| after.contains(index)), "{harm:?}");
        World::assert_whole(&world.vault).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_claim_stops_a_backup_and_says_how_to_repair_it() {
    for harm in [Harm::Truncate, Harm::Flip] {
        let (world, repository) = two_entries().await;
        harm.inflict(&files(&world.vault, "~id/1000.json")[0]);
        // What runs remember of the folder may be gone at any time.
        std::fs::remove_dir_all(world.vault.join("cache")).expect("a cache");
        repository.commit("main", &[("after.txt", "after\n")], "After the damage");
        let report = world.backup_to(world.storage()).await.expect("a run");
        let failed = row(&report, REPOSITORY);
        assert_eq!((failed.outcome, failed.reason), (Outcome::Failed, Some(Reason::DamagedVault)), "{harm:?}");
        let message = failed.message.as_deref().unwrap_or_default();
        assert!(message.contains("~id/1000.json") && message.contains("--refetch"), "{message}");
        assert_eq!(World::restored_refs_of_refetched(&world).await, repository.refs(), "{harm:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newest_entry_that_is_gone_is_damage_and_not_forgotten() {
    let (world, repository) = two_entries().await;
    Harm::Delete.inflict(&files(&world.vault, "log/00000002.json")[0]);
    repository.commit("main", &[("after.txt", "after\n")], "After the damage");
    let report = world.backup_to(world.storage()).await.expect("a run");
    let failed = row(&report, REPOSITORY);
    assert_eq!(failed.reason, Some(Reason::DamagedVault), "{failed:?}");
    assert!(failed.message.as_deref().unwrap_or_default().contains("00000002.json"), "{failed:?}");
    assert!(world.repository().await.sequence_at(At::Latest).await.is_err(), "restore must say so");
    world.refetch().await;
    World::assert_whole(&world.vault).await;
    assert_eq!(world.repository().await.sequences().await.expect("a listing"), [1, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_past_a_damaged_pack_is_not_fooled_by_replace_refs_or_a_detached_head() {
    for detached in [false, true] {
        let (world, repository) = World::with_repository().await;
        world.backup().await;
        let hidden = repository.commit("main", &[("hidden.txt", "hidden\n")], "Hidden");
        if detached {
            repository.git(&["update-ref", "--no-deref", "HEAD", &hidden]);
            let parent = repository.git(&["rev-parse", &format!("{hidden}^")]);
            repository.update_ref("refs/heads/main", &parent);
        }
        world.backup().await;
        if !detached {
            let topic = repository.resolve("refs/heads/topic").expect("topic");
            repository.update_ref(&format!("refs/replace/{hidden}"), &topic);
        } else {
            repository.create_tag("later", &repository.resolve("refs/heads/topic").expect("topic"));
        }
        world.backup().await;
        let (second, ..) = world.repository().await.entry(2).await.expect("an entry").expect("there");
        Harm::Flip.inflict(&world.bare().join(format!("objects/pack/pack-{}.pack", second.packs[0].id)));
        let target = tempfile::tempdir().expect("a directory");
        let options = gitark::restore::Options::new(gitark::restore::Format::Bare, At::Latest);
        let cancel = tokio_util::sync::CancellationToken::new();
        let directory = target.path().join("restored.git");
        let result = gitark::restore::restore(&world.repository().await, &directory, &options, &cancel).await;
        assert!(matches!(result, Err(gitark::restore::Error::Vault(_))), "detached {detached}: {result:?}");
        assert_eq!(std::fs::read_dir(target.path()).expect("a directory").count(), 0, "nothing is left behind");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repair_of_history_that_is_gone_everywhere_comes_to_an_end() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    for number in 0..2 {
        repository.commit("gone", &[("gone.txt", &format!("{number}\n"))], "Gone");
        world.backup().await;
    }
    let (second, ..) = world.repository().await.entry(2).await.expect("an entry").expect("there");
    repository.delete_ref("refs/heads/gone");
    repository.git(&["gc", "-q", "--prune=now"]);
    for extension in ["pack", "idx", "keep"] {
        let path = world.bare().join(format!("objects/pack/pack-{}.{extension}", second.packs[0].id));
        Harm::Delete.inflict(&path);
    }
    Harm::Delete.inflict(&files(&world.vault, "log/00000002.json")[0]);
    let report = world.refetch().await;
    assert!(!row(&report, REPOSITORY).work.warnings.is_empty(), "what is lost is said: {report:?}");
    World::assert_whole(&world.vault).await;
    let report = world.refetch().await;
    assert_eq!(row(&report, REPOSITORY).outcome, Outcome::Changed);
    World::assert_whole(&world.vault).await;
    assert_eq!(git::upstream_refs(&world.bare()), repository.refs());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_repair_replaced_and_could_not_delete_is_out_of_use_and_goes_later() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    repository.commit("main", &[("two.txt", "two\n")], "Two");
    world.backup().await;
    let (second, ..) = world.repository().await.entry(2).await.expect("an entry").expect("there");
    let path = world.bare().join(format!("objects/pack/pack-{}.pack", second.packs[0].id));
    Harm::Flip.inflict(&path);
    let saved = tempfile::tempdir().expect("a directory");
    copy_tree(&world.bare().join("objects/pack"), saved.path());
    world.refetch().await;
    assert!(!path.exists());
    // As if the files could not be deleted.
    for extension in ["pack", "idx", "keep"] {
        let name = format!("pack-{}.{extension}", second.packs[0].id);
        std::fs::copy(saved.path().join(&name), world.bare().join("objects/pack").join(&name)).expect("put back");
    }
    let listing = std::fs::read_to_string(world.bare().join("objects/info/packs")).expect("the view");
    assert!(!listing.contains(&second.packs[0].id.to_string()));
    let report = World::verify_at(&world.vault, true).await;
    assert!(
        !report.has_damage() && report.repositories[0].notes.iter().any(|note| note.contains("replaced")),
        "{report:?}"
    );
    repository.commit("main", &[("three.txt", "three\n")], "Three");
    world.backup().await;
    assert!(!path.exists(), "the next backup with news deletes it");
    git::fsck(&world.bare());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_that_is_interrupted_anywhere_says_so_and_names_no_damage() {
    let (world, _) = two_entries().await;
    for at in 0.. {
        let (storage, faulty) = World::faulty_storage(&world.vault, Plan::Work);
        let vault = Vault::open(storage).await.expect("a vault");
        let before = faulty.calls();
        let cancel = tokio_util::sync::CancellationToken::new();
        let interrupts = cancel.clone();
        faulty.before_each_call(move |number, _| {
            if number == before + at {
                interrupts.cancel();
            }
            Box::pin(std::future::ready(()))
        });
        let temporary = std::env::temp_dir();
        let options = gitark::verify::Options { full: true, record: true, temporary, object_bytes: 1 << 30 };
        let silent = std::sync::Arc::new(gitark::monitor::Silent);
        let report = gitark::verify::verify(&vault, &[], &options, silent, &cancel).await.expect("a check");
        if faulty.calls() <= before + at {
            assert!(!report.cancelled && at > 10, "{at} calls");
            break;
        }
        assert!(report.cancelled, "interrupted at call {at}: {report:?}");
        assert!(!report.has_damage(), "interrupted at call {at}: {report:?}");
    }
}
