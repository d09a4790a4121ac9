//! Release assets and attachments, from the flags to the disk.

use crate::support::{HELLO, World};

const ONLY: &str = "release-assets,issues,attachments";

/// A release with an asset, and an issue with an attachment.
async fn world() -> (World, u64) {
    let world = World::start().await;
    let repository = world.repository(HELLO);
    let release = repository.create_release("v1.0");
    let asset = repository.upload_asset(release, "hello.bin", vec![7; 3000]);
    let attached = world.github.attach_file("log.txt", "All is well\n");
    repository.open_issue("It fails", &format!("{}{attached}", world.emulator.url()));
    (world, asset)
}

#[tokio::test(flavor = "multi_thread")]
async fn assets_and_attachments_come_back_beside_the_metadata() {
    let (world, asset) = world().await;
    world.backup(&[HELLO, "--only", ONLY]).exits(0);
    world.run(&["verify", "--full"]).exits(0);
    let ran = world.run(&["restore", HELLO, "hello"]).exits(0);
    assert!(ran.stderr.contains("hello.meta/files: 2 files, 2.9 KiB"), "{}", ran.stderr);
    let file = format!("hello.meta/files/assets/{asset}/hello.bin");
    assert_eq!(std::fs::read(world.path(&file)).unwrap(), vec![7; 3000]);
    world.run(&["restore", HELLO, "bare", "--bare", "--no-files"]).exits(0);
    assert!(world.path("bare.meta").is_dir() && !world.path("bare.meta/files").exists());
    let ran = world.run(&["restore", HELLO, "hello.zip", "--format", "zip", "--json"]).exits(0);
    let attached: Vec<_> = ran.json().iter().filter_map(|row| row["attached"]["files"].as_u64()).collect();
    assert_eq!(attached, [2]);
    assert!(world.path(&format!("hello.meta.zip.files/assets/{asset}/hello.bin")).is_file());

    let place = world.vault().join(format!("127.0.0.1/{HELLO}/files/assets/{asset}/hello.bin"));
    let mut bytes = vec![7; 3000];
    bytes[1000] = 6;
    std::fs::write(&place, bytes).unwrap();
    world.run(&["verify"]).exits(0);
    let ran = world.run(&["verify", "--full"]).exits(4);
    assert!(ran.stdout.contains("hello.bin") || ran.stderr.contains("hello.bin"), "{ran:?}");
    world.run(&["restore", HELLO, "damaged"]).exits(4);
    world.backup(&[HELLO, "--only", ONLY, "--refetch"]).exits(0);
    world.run(&["verify", "--full"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_files_are_left_out_when_asked_and_told() {
    let (world, asset) = world().await;
    let ran = world.backup(&[HELLO, "--only", ONLY, "--max-file-size", "1K"]).exits(0);
    assert!(ran.stderr.contains(&format!("releases/assets/{asset}")) && ran.stderr.contains("size"), "{}", ran.stderr);
    let folder = world.vault().join(format!("127.0.0.1/{HELLO}/files"));
    assert!(folder.join("attachments").is_dir() && !folder.join("assets").exists());
    let ran = world.backup(&[HELLO, "--only", ONLY, "--max-file-size", "1K"]).exits(0);
    assert!(!ran.stderr.contains("releases/assets"), "told once: {}", ran.stderr);
    world.backup(&[HELLO, "--only", ONLY, "--check", "full"]).exits(0);
    assert!(folder.join(format!("assets/{asset}/hello.bin")).is_file());
    world.backup(&[HELLO, "--only", ONLY, "--max-file-size", "many"]).exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_that_is_not_what_github_says_is_exit_code_3() {
    let (world, asset) = world().await;
    world.repository(HELLO).misreport_asset(asset, None, Some(&format!("sha256:{}", "0".repeat(64))));
    let ran = world.backup(&[HELLO, "--only", ONLY]).exits(3);
    let failure = ran.failures().join("\n");
    assert!(failure.contains(&format!("releases/assets/{asset}")) && failure.contains("SHA-256"), "{failure}");
    world.repository(HELLO).misreport_asset(asset, None, None);
    world.backup(&[HELLO, "--only", ONLY]).exits(0);
    world.run(&["verify", "--full"]).exits(0);
}
