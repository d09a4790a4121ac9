//! Places where no vault can be.

use crate::support::{HELLO, SPOON, World, files, sha256};

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_cannot_be_made_is_named() {
    let world = World::start().await;
    std::fs::write(world.path("file"), "mine").unwrap();
    for place in ["file/vault", "file", "/proc/vault"] {
        world.backup(&["octocat", "--to", place]).exits(1).says(&["cannot make the vault's directory", place, "--to"]);
    }
    assert_eq!(std::fs::read_to_string(world.path("file")).unwrap(), "mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_with_other_things_is_left_alone() {
    let world = World::start().await;
    std::fs::create_dir_all(world.path("other/photos")).unwrap();
    std::fs::write(world.path("other/photos/cat.jpg"), "a cat").unwrap();
    world.backup(&["octocat", "--to", "other"]).exits(1).says(&["other", "holds other things", "empty place"]);
    assert_eq!(files(&world.path("other")), [world.path("other/photos/cat.jpg")]);
    for command in [vec!["list"], vec!["verify"], vec!["log", HELLO], vec!["restore", HELLO, "restored"]] {
        let mut command = command;
        command.extend(["--vault", "other"]);
        world.run(&command).exits(1).says(&["other", "not a gitark vault"]);
    }
    assert_eq!(files(&world.path("other")), [world.path("other/photos/cat.jpg")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_of_a_newer_format_is_left_alone() {
    let world = World::backed_up().await;
    let document = r#"{"format":99,"vault_id":"of another kind"}"#;
    let hash = sha256(document.as_bytes());
    let path = world.vault().join("vault.json");
    let before = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, format!("{document}\n{{\"sha256\":\"{hash}\"}}\n")).unwrap();
    let stored = world.files();
    let words = ["format 99", "update gitark"];
    world.backup(&["octocat"]).exits(1).says(&words);
    for command in [vec!["list"], vec!["verify"], vec!["log", HELLO], vec!["restore", HELLO, "restored"]] {
        world.run(&command).exits(1).says(&words);
    }
    assert_eq!(world.files(), stored);

    // And one whose document is damaged is damage.
    std::fs::write(&path, format!("{document}\n{{\"sha256\":\"{}\"}}\n", hash.replace('a', "b"))).unwrap();
    world.backup(&["octocat"]).exits(4).says(&["vault.json", "checksum"]);
    world.run(&["verify"]).exits(4).says(&["vault.json", "checksum"]);
    assert_eq!(world.files(), stored);

    std::fs::write(&path, before).unwrap();
    let tip = world.repository(SPOON).resolve("main").unwrap();
    world.restores(SPOON, &tip);
}
