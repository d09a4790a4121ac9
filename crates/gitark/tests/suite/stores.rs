//! A vault that is no disk: everything goes through the object store, packs through the temporary directory.

use gitark::{
    backup::report::Outcome,
    inspect, restore,
    vault::{Storage, Vault, key::Kind, lookup::At},
};

use crate::support::{World, git};

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_in_memory_is_backed_up_proven_repaired_and_given_back() {
    let (world, repository) = World::with_repository().await;
    let storage = Storage::memory();
    world.backup_to(storage.clone()).await.expect("a run");
    let first = repository.refs();
    repository.force_push("topic", &[("topic.txt", "forced\n")], "Forced");
    repository.commit("main", &[("large.txt", &"0123456789abcdef\n".repeat(1_000_000))], "Large");
    let report = world.backup_to(storage.clone()).await.expect("a run");
    assert_eq!(report.repositories[0].outcome, Outcome::Changed);
    let report = world.backup_to(storage.clone()).await.expect("a run");
    assert_eq!(report.repositories[0].outcome, Outcome::Unchanged);

    let vault = Vault::open(storage.clone()).await.expect("a vault");
    let report = World::verify_vault(&vault, true, true).await;
    assert!(!report.has_damage() && !report.has_unreachable(), "{report:?}");

    // Damage is found and repaired here too.
    let bare = vault.repository("127.0.0.1/octocat/hello", Kind::Code);
    let (second, ..) = bare.entry(2).await.expect("an entry").expect("there");
    let pack = &gitark::vault::key::pack(bare.bare(), &second.packs[0].id, "pack");
    let mut bytes = storage.read(pack).await.expect("a read").expect("there").to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    storage.replace(pack, bytes.into()).await.expect("damaged");
    assert!(World::verify_vault(&vault, true, true).await.has_damage());
    let options = gitark::backup::Options { refetch: true, ..world.options.clone() };
    world.backup_with(storage.clone(), &options).await.expect("a run");

    let target = tempfile::tempdir().expect("a directory");
    for (at, wanted) in [(At::Latest, repository.refs()), (At::Number(1), first)] {
        let directory = target.path().join(format!("{at:?}"));
        let options = restore::Options::new(restore::Format::Bare, at);
        let cancel = tokio_util::sync::CancellationToken::new();
        restore::restore(&bare, &directory, &options, &cancel).await.expect("a restore");
        git::fsck(&directory);
        assert_eq!(git::refs(&directory), wanted);
        // As a file, too, and file by file.
        let bundle = directory.with_extension("bundle");
        let options = restore::Options::new(restore::Format::Bundle, at);
        restore::restore(&bare, &bundle, &options, &cancel).await.expect("a bundle");
        let clone = git::mirror_and_fsck(&bundle.display().to_string());
        assert_eq!(git::refs(&clone.path().join("clone")), wanted);
        let tar = directory.with_extension("tar");
        let options = restore::Options::new(restore::Format::Tar, at);
        restore::restore(&bare, &tar, &options, &cancel).await.expect("an archive");
        let (commit, tar) = (git::git(&directory, &["rev-parse", "HEAD"]), std::fs::read(tar).expect("a file"));
        assert_eq!(
            git::attempt(&directory, &["get-tar-commit-id"], &tar).expect("an id"),
            format!("{commit}\n").as_bytes()
        );
        let query = inspect::Query { at, reference: None, path: b"src/lib.rs".to_vec() };
        let file = inspect::read(&bare, &query).await.expect("a file");
        assert_eq!(file, git::attempt(&directory, &["show", "HEAD:src/lib.rs"], b"").expect("a file"));
    }
    // Key by key onto a disk: plain git reads it.
    for (key, _) in storage.list("").await.expect("a listing") {
        let path = target.path().join("copy").join(&key);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        std::fs::write(path, storage.read(&key).await.expect("a read").expect("there")).expect("written");
    }
    let copy = World::bare_in(&target.path().join("copy"));
    assert_eq!(git::upstream_refs(&copy), repository.refs());
    git::mirror_and_fsck(&copy.display().to_string());
}
