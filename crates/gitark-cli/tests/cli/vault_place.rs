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

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_is_none_is_refused_with_what_is_known() {
    let world = World::start().await;
    std::fs::create_dir(world.path("from")).unwrap();
    for (place, words) in [
        ("ftp://host/vault", ["ftp://", "a directory, s3://, gs:// or az://"]),
        ("https://my-backups.s3.amazonaws.com/github", ["https://", "a directory, s3://, gs:// or az://"]),
        ("file:///srv/vault", ["file://", "a directory, s3://, gs:// or az://"]),
        ("s3:/my-backups/github", ["s3://BUCKET/PREFIX", "./s3:/my-backups/github"]),
        ("S3:my-backups", ["s3://BUCKET/PREFIX", "./S3:my-backups"]),
        ("s3://", ["s3://BUCKET/PREFIX", "settings"]),
        (
            "s3://my-backups/github?reigon=x",
            ["reigon", "endpoint, kms_key, path_style, profile, region, storage_class"],
        ),
        ("gs://my-backups/github?region=x", ["region", "none"]),
        ("", ["a directory or a URL", "''"]),
    ] {
        for command in [
            &["backup", "octocat", "--to", place][..],
            &["list", "--vault", place],
            &["compact", "--vault", place],
            &["copy", "from", place],
            &["copy", place, "to"],
        ] {
            assert_eq!(world.run(command).exits(2).says(&words).stdout, "");
        }
        let mut command = world.command(&["list"]);
        command.env("GITARK_VAULT", place);
        let ran = crate::support::Ran::of(&mut command);
        assert_eq!(ran.exits(2).failures().len(), 1, "{place}");
    }
    assert_eq!(files(world.directory.path()).len(), 0, "nothing is made");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_may_name_a_url() {
    let world = World::start().await;
    let url = format!("az://container/vault?account=octocat&endpoint={}", world.emulator.url());
    for arguments in [&["list"][..], &["verify"], &["compact"], &["log", HELLO]] {
        let mut command = world.command(arguments);
        command.env("AZURE_STORAGE_ACCOUNT_KEY", "aGVsbG8=").env("GITARK_VAULT", &url);
        crate::support::Ran::of(&mut command).exits(1).says(&["not a gitark vault", "az://container/vault"]);
    }
}
