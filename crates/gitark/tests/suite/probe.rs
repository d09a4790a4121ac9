//! A store that ignores create-only puts is found out before anything is written.

use gitark::{backup, vault};

use crate::support::{Call, Plan, World};

#[tokio::test(flavor = "multi_thread")]
async fn i13_a_store_that_ignores_create_only_is_refused() {
    let (world, _) = World::with_repository().await;
    let (storage, faulty) = World::faulty_storage(&world.vault, Plan::Overwrite);
    let error = world.backup_to(storage.clone()).await.expect_err("refused");
    assert!(matches!(error, backup::Error::Vault(vault::Error::NoCreateOnly { .. })), "{error}");
    assert!(error.to_string().contains("--allow-overwriting-store"), "{error}");
    let seen = faulty.seen();
    assert!(seen.iter().all(|call| matches!(call, Call::Create(key) if key.starts_with("runs/"))), "{seen:?}");
    assert_eq!(seen.len(), 2, "the start record, twice");

    let options = backup::Options { allow_overwriting_store: true, ..world.options.clone() };
    let report = world.backup_with(storage, &options).await.expect("the user said so");
    assert!(report.repositories.iter().all(|row| row.is_good()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_is_made_by_every_run_not_only_the_first() {
    let (world, _) = World::with_repository().await;
    world.backup().await;
    let (storage, _) = World::faulty_storage(&world.vault, Plan::Overwrite);
    assert!(world.backup_to(storage).await.is_err());
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_with_other_things_or_a_newer_vault_is_left_alone() {
    let (world, _) = World::with_repository().await;
    std::fs::write(world.vault.join("thesis.txt"), "years of work").expect("written");
    let error = world.backup_to(world.storage()).await.expect_err("refused");
    assert!(matches!(error, backup::Error::Vault(vault::Error::OtherThings { .. })), "{error}");
    std::fs::remove_file(world.vault.join("thesis.txt")).expect("removed");

    let newer = serde_json::json!({"format": 2, "shape": "nobody knows yet"});
    std::fs::write(world.vault.join("vault.json"), vault::document::encode(&newer)).expect("written");
    let error = world.backup_to(world.storage()).await.expect_err("refused");
    assert!(matches!(error, backup::Error::Vault(vault::Error::NewerFormat { format: 2, .. })), "{error}");
    let left: Vec<_> =
        std::fs::read_dir(&world.vault).expect("a directory").map(|entry| entry.expect("one").file_name()).collect();
    assert_eq!(left, ["vault.json"], "nothing was written");
}
