//! A vault copied to another place.

use std::{path::Path, sync::Arc};

use gitark::{
    copy::{self, CopyReport, Error, Options},
    monitor::Silent,
    vault::{Storage, Vault, lookup::At},
};
use tokio_util::sync::CancellationToken;

use crate::support::{Plan, REPOSITORY, World, copy_tree, git};

async fn copy_to(source: &Path, target: Storage, names: &[String]) -> Result<CopyReport, Error> {
    let source = Vault::open(Storage::local(source).expect("a directory")).await.expect("a vault");
    let options = Options { concurrency: 2, temporary: std::env::temp_dir() };
    copy::copy(&source, target, names, &options, Arc::new(Silent), &CancellationToken::new()).await
}

fn is_whole(report: &CopyReport) -> bool {
    report.repositories.iter().all(|row| row.problem.is_none())
}

/// Two backups with a force-push between them, and a directory for copies.
async fn world() -> (World, tempfile::TempDir) {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    repository.force_push("topic", &[("topic.txt", "another topic\n")], "Topic, again");
    world.backup().await;
    (world, tempfile::tempdir().expect("a directory"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_a_vault_of_its_own_and_goes_on_from_an_older_one() {
    let (world, directory) = world().await;
    let target = directory.path();
    let storage = || Storage::local(target).expect("a directory");
    let report = copy_to(&world.vault, storage(), &[]).await.expect("a copy");
    assert!(is_whole(&report), "{report:?}");
    assert_eq!((report.repositories[0].packs, report.repositories[0].entries), (2, 2));
    World::assert_whole(target).await;
    let bare = World::bare_in(target);
    assert_eq!(git::refs(&bare), git::refs(&world.bare()), "lost tips are copied too");
    git::mirror_and_fsck(&bare.display().to_string());
    for at in [At::Number(1), At::Latest] {
        let restored = World::restored_refs(target, at).await;
        assert_eq!(restored, World::restored_refs(&world.vault, at).await);
    }

    // Later backups go into either, and a copy that is behind catches up.
    world.upstream.repository(REPOSITORY).expect("there").commit("main", &[("more.txt", "more\n")], "More");
    world.backup().await;
    let report = copy_to(&world.vault, storage(), &[REPOSITORY.into()]).await.expect("a copy");
    assert_eq!((report.repositories[0].packs, report.repositories[0].entries), (1, 1));
    let report = copy_to(&world.vault, storage(), &[]).await.expect("a copy");
    assert_eq!((report.repositories[0].packs, report.repositories[0].entries), (0, 0), "nothing is copied twice");
    let run = world.backup_to(storage()).await.expect("a run");
    assert_eq!(run.repositories[0].outcome, gitark::backup::report::Outcome::Unchanged, "the copy is a full vault");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_stopped_anywhere_is_whole_as_far_as_it_goes_and_is_finished_by_the_next() {
    let (world, _directory) = world().await;
    let wanted = git::refs(&world.bare());
    let mut stops = 0;
    for at in 0.. {
        let directory = tempfile::tempdir().expect("a directory");
        let (storage, faulty) = World::faulty_storage(directory.path(), Plan::StopBefore(at));
        let result = copy_to(&world.vault, storage, &[]).await;
        if faulty.changes() <= at {
            assert!(result.is_ok_and(|report| is_whole(&report)));
            break;
        }
        stops += 1;
        assert!(!result.is_ok_and(|report| is_whole(&report)), "stopped before change {at} and said that all is well");
        // Git takes it for a repository once there is a HEAD.
        if World::bare_in(directory.path()).join("HEAD").exists() {
            git::fsck(&World::bare_in(directory.path()));
        }
        let next = copy_to(&world.vault, Storage::local(directory.path()).expect("a directory"), &[]).await;
        assert!(next.is_ok_and(|report| is_whole(&report)), "stopped before change {at}");
        assert_eq!(git::refs(&World::bare_in(directory.path())), wanted, "stopped before change {at}");
        World::assert_whole(directory.path()).await;
    }
    assert!(stops > 12, "only {stops} places to stop at were found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_no_copy_is_left_as_it_is() {
    let (world, directory) = world().await;
    let (other, _) = World::with_repository().await;
    other.backup().await;
    let before = git::refs(&other.bare());
    let error = copy_to(&world.vault, other.storage(), &[]).await.expect_err("another vault");
    assert!(matches!(error, Error::AnotherVault { .. }), "{error}");
    assert_eq!(git::refs(&other.bare()), before);

    // Backups went into both since they were equal: neither history replaces the other.
    let target = directory.path().join("copy");
    copy_tree(&world.vault, &target);
    let storage = || Storage::local(&target).expect("a directory");
    let upstream = world.upstream.repository(REPOSITORY).expect("there");
    upstream.commit("main", &[("a.txt", "a\n")], "A");
    world.backup().await;
    upstream.commit("main", &[("b.txt", "b\n")], "B");
    world.backup_to(storage()).await.expect("a run");
    let wanted = git::refs(&World::bare_in(&target));
    let report = copy_to(&world.vault, storage(), &[]).await.expect("a copy");
    let problem = report.repositories[0].problem.clone().expect("a problem");
    assert!(problem.contains("00000003.json differs"), "{problem}");
    assert_eq!(git::refs(&World::bare_in(&target)), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_the_source_is_named_and_not_copied() {
    let (world, directory) = world().await;
    let packs = world.bare().join("objects/pack");
    let mut files = std::fs::read_dir(&packs).expect("packs").map(|entry| entry.expect("an entry").path());
    let pack = files.find(|path| path.extension().is_some_and(|found| found == "pack")).expect("a pack");
    let mut bytes = std::fs::read(&pack).expect("a pack");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(&pack).expect("removed");
    std::fs::write(&pack, bytes).expect("damaged");
    let report =
        copy_to(&world.vault, Storage::local(directory.path()).expect("a directory"), &[]).await.expect("a copy");
    let row = &report.repositories[0];
    assert!(row.damaged && row.problem.as_ref().is_some_and(|problem| problem.contains("pack-")), "{row:?}");
    let name = pack.file_name().expect("a name");
    assert!(!World::bare_in(directory.path()).join("objects/pack").join(name).exists());
    assert!(!World::bare_in(directory.path()).join("gitark/log/00000001.json").exists());
}
