//! LFS objects that are damaged in the vault.

use gitark::{
    backup::report::{Outcome, Verdict},
    copy,
    git::lfs::Absence,
    monitor::Silent,
    restore::{self, Format},
    vault::{Storage, Vault, key::Kind, lookup::At},
};
use tokio_util::sync::CancellationToken;

use super::{absence, hello, place, world};
use crate::support::{World, git};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Harm {
    Flip,
    Cut,
    Remove,
}

fn harm(path: &std::path::Path, harm: Harm) {
    let mut bytes = std::fs::read(path).unwrap();
    match harm {
        Harm::Flip => bytes[3] ^= 1,
        Harm::Cut => bytes.truncate(3),
        Harm::Remove => return std::fs::remove_file(path).unwrap(),
    }
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_verify_finds_damaged_lfs_objects_and_the_next_backup_mends_them() {
    for damage in [Harm::Flip, Harm::Cut, Harm::Remove] {
        for by_refetch in [false, true] {
            let (world, _, [one, two]) = world().await;
            world.backup().await;
            harm(&place(&world.bare(), &two), damage);
            let quick = World::verify_at(&world.vault, false).await;
            assert_eq!(quick.has_damage(), damage != Harm::Flip, "{damage:?}: {quick:?}");
            let full = World::verify_vault(&world.open().await, true, !by_refetch).await;
            let found = &full.repositories[0].damage;
            assert!(found.len() == 1 && found[0].key.ends_with(&two), "{damage:?}: {full:?}");
            if by_refetch {
                world.refetch().await;
            } else {
                assert_eq!(absence(&world, &two).await, Some(Absence::Damaged));
                assert!(World::verify_at(&world.vault, false).await.has_damage(), "it stays known");
                let report = world.backup().await;
                assert_eq!((hello(&report).outcome, hello(&report).work.lfs_stored), (Outcome::Changed, 1));
            }
            World::assert_whole(&world.vault).await;
            assert_eq!(std::fs::read(place(&world.bare(), &two)).unwrap(), [7; 5000], "{damage:?}");
            assert!(place(&world.bare(), &one).exists());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_that_upstream_cannot_mend_is_told_until_it_is() {
    let (world, repository, [one, _]) = world().await;
    world.backup().await;
    harm(&place(&world.bare(), &one), Harm::Flip);
    World::verify_vault(&world.open().await, true, true).await;
    repository.remove_lfs_object(&one);
    for _ in 0..2 {
        let report = world.backup_to(world.storage()).await.expect("a run");
        assert_eq!((hello(&report).outcome, report.verdict()), (Outcome::Damaged, Verdict::DamageFound), "{report:?}");
    }
    repository.add_lfs_object(b"the first large file\n");
    world.backup().await;
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_leaves_damaged_lfs_objects_out_and_says_so() {
    let (world, _, [one, two]) = world().await;
    world.backup().await;
    harm(&place(&world.bare(), &one), Harm::Flip);
    let target = tempfile::tempdir().expect("a directory");
    let path = target.path().join("hello");
    let options = restore::Options::new(Format::Checkout, At::Latest);
    let repository = world.repository().await;
    let restored = restore::restore(&repository, &path, &options, &CancellationToken::new()).await.expect("a restore");
    assert_eq!((restored.lfs.objects, restored.lfs.damage.len()), (1, 1), "{restored:?}");
    assert!(std::fs::read_to_string(path.join("one.bin")).unwrap().starts_with("version "));
    assert_eq!(std::fs::read(path.join("folder/two.bin")).unwrap(), [7; 5000]);
    assert!(place(&path.join(".git"), &two).exists() && !place(&path.join(".git"), &one).exists());
    git::fsck(&path);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_the_lfs_objects_and_takes_no_damaged_ones() {
    let (world, _, [one, two]) = world().await;
    world.backup().await;
    let copied = |target: std::path::PathBuf| {
        let storage = world.storage();
        async move {
            let source = Vault::open(storage).await.expect("a vault");
            let options = copy::Options { concurrency: 2, temporary: std::env::temp_dir() };
            let target = Storage::local(&target).expect("a directory");
            let silent = std::sync::Arc::new(Silent);
            copy::copy(&source, target, &[], &options, silent, &CancellationToken::new()).await.expect("a copy")
        }
    };
    let target = tempfile::tempdir().expect("a directory");
    let report = copied(target.path().to_owned()).await;
    assert_eq!((report.repositories[0].lfs_objects, &report.repositories[0].problem), (2, &None));
    World::assert_whole(target.path()).await;
    assert_eq!(std::fs::read(place(&World::bare_in(target.path()), &two)).unwrap(), [7; 5000]);
    assert_eq!(copied(target.path().to_owned()).await.repositories[0].lfs_objects, 0, "nothing is copied twice");

    harm(&place(&world.bare(), &one), Harm::Flip);
    let target = tempfile::tempdir().expect("a directory");
    let report = copied(target.path().to_owned()).await;
    assert!(report.repositories[0].damaged, "{report:?}");
    assert!(!place(&World::bare_in(target.path()), &one).exists());
    let copy = Vault::open(Storage::local(target.path()).expect("a directory")).await.expect("a vault");
    let none = copy.repository("127.0.0.1/octocat/hello", Kind::Code).sequences().await.expect("a log");
    assert!(none.is_empty(), "no entry names what is not there");
}
