//! `copy`.

use crate::support::{HELLO, Ran, SPOON, World, files, flip_a_byte, git, packs};

fn copy(world: &World, arguments: &[&str]) -> Ran {
    let ran = world.run(&[&["copy"], arguments].concat());
    if !arguments.contains(&"--json") {
        assert_eq!(ran.stdout, "", "people read stderr");
    }
    ran
}

/// A vault with both repositories and a wiki.
async fn world() -> World {
    let world = World::start().await;
    world.repository(SPOON).create_wiki().commit("master", &[("Home.md", "Home\n")], "Home");
    world.backup(&["octocat"]).exits(0);
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_a_vault_and_a_second_run_copies_what_is_new() {
    let world = world().await;
    let ran = copy(&world, &["vault", "copy"]).exits(0);
    for line in
        ["octocat/hello: 1 pack, 1 entry", "octocat/spoon.wiki: 1 pack", "2 repositories, 1 wiki up to date: 3 packs"]
    {
        assert!(ran.stderr.contains(line), "{line:?} is not in {}", ran.stderr);
    }
    let ran = copy(&world, &["vault", "copy"]).exits(0);
    assert_eq!(ran.stderr, "2 repositories, 1 wiki up to date: nothing new\n");
    assert!(copy(&world, &["vault", "copy", "-v"]).exits(0).stderr.contains("octocat/hello: already there"));

    world.push(HELLO);
    world.backup(&["octocat"]).exits(0);
    let quiet = copy(&world, &["vault", "copy", "--quiet", "--json"]).exits(0);
    assert_eq!(quiet.stderr, "");
    let report = quiet.json().remove(0);
    let rows = report["repositories"].as_array().unwrap();
    let copied = rows.iter().map(|row| (row["repository"].as_str().unwrap(), row["packs"].as_u64().unwrap()));
    let mut copied: Vec<_> = copied.collect();
    copied.sort_unstable();
    assert_eq!(copied, [(HELLO, 1), (SPOON, 0), ("octocat/spoon.wiki", 0)]);
    let quiet = copy(&world, &["vault", "copy", "--quiet"]).exits(0);
    assert_eq!(quiet.stderr, "");

    let list = |place: &str| world.run(&["list", "--vault", place]).exits(0).stdout;
    assert_eq!(list("copy"), list("vault"));
    world.run(&["verify", "--full", "--vault", "copy"]).exits(0);
    world.run(&["restore", HELLO, "first", "--at", "1", "--vault", "copy"]).exits(0);
    world.run(&["restore", SPOON, "spoon", "--vault", "copy"]).exits(0);
    assert!(!world.path("first/news.txt").exists() && world.path("spoon.wiki/Home.md").is_file());
    git(&world.path("copy/127.0.0.1/octocat/hello/hello.git"), &["fsck", "--strict", "--full"]);
    assert!(world.backup(&["octocat", "--to", "copy"]).exits(0).stderr.contains("3 unchanged"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_repository_is_copied_by_its_name() {
    let world = world().await;
    copy(&world, &["vault", "copy", SPOON]).exits(0);
    let listed = world.run(&["list", "--vault", "copy", "--json"]).exits(0).json();
    assert_eq!((listed.len(), &listed[0]["repository"]), (1, &SPOON.into()));
    world.run(&["verify", "--full", "--vault", "copy"]).exits(0);
    // The rest later.
    copy(&world, &["vault", "copy"]).exits(0);
    assert_eq!(world.run(&["list", "--vault", "copy"]).exits(0).stdout.lines().count(), 3);
    world.run(&["verify", "--full", "--vault", "copy"]).exits(0);

    copy(&world, &["vault", "none", "octocat/nothing"]).exits(1).says(&["octocat/nothing", "gitark list"]);
    copy(&world, &["vault", "none", HELLO, "hello"]).exits(2).says(&["hello", "OWNER/REPO"]);
    assert!(files(&world.path("none")).is_empty(), "no copy is begun");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_is_not_copied_into_itself_however_it_is_written() {
    let world = world().await;
    let vault = world.vault();
    let before = files(&vault);
    let absolute = vault.to_str().unwrap().to_owned();
    let below = format!("{absolute}/github.com");
    let mut places =
        vec!["vault", "./vault", "vault/", "vault/.", "vault/runs/..", &absolute, &below, "vault/new/place", "."];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&vault, world.path("link")).unwrap();
        places.extend(["link", "link/", "link/new"]);
    }
    for to in places {
        copy(&world, &["vault", to]).exits(2).says(&["vault", to, "same place", "another TO"]);
    }
    copy(&world, &["vault/runs", "./vault"]).exits(2).says(&["same place"]);
    assert_eq!(files(&vault), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_cannot_be_copied_from_or_to_is_named() {
    let world = world().await;
    world.backup(&[HELLO, "--to", "another"]).exits(0);
    std::fs::create_dir_all(world.path("other/photos")).unwrap();
    std::fs::write(world.path("other/photos/cat.jpg"), "a cat").unwrap();
    std::fs::write(world.path("file"), "mine").unwrap();
    let before = files(world.directory.path());
    for (from, to, words) in [
        ("nowhere", "copy", ["nowhere is not a directory", "check FROM"]),
        ("file", "copy", ["file is not a directory", "check FROM"]),
        ("other", "copy", ["other", "not a gitark vault"]),
        ("vault", "file", ["cannot make the vault's directory file", "check TO"]),
        ("vault", "file/copy", ["cannot make the vault's directory file/copy", "check TO"]),
        ("vault", "other", ["holds other things", "empty place"]),
        ("vault", "another", ["not a copy of", "an empty place or an older copy"]),
    ] {
        copy(&world, &[from, to]).exits(1).says(&words).shows_no_value();
    }
    assert_eq!(files(world.directory.path()), before);
    for arguments in [&["vault"][..], &[], &["vault", "copy", "--concurrency", "0"]] {
        copy(&world, arguments).exits(2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_the_source_is_named_and_the_rest_is_copied() {
    let world = world().await;
    let pack = flip_a_byte(&world.bare(HELLO));
    let name = pack.file_name().unwrap().to_str().unwrap();
    let ran = copy(&world, &["vault", "copy", "--quiet"]).exits(4).says(&["octocat/hello: DAMAGED: 127.0.0.1/", name]);
    assert!(ran.stderr.contains("gitark verify --full --vault vault"), "{}", ran.stderr);
    assert_eq!(packs(&world.path("copy/127.0.0.1/octocat/spoon/spoon.git")).len(), 1);
    world.run(&["restore", SPOON, "spoon", "--vault", "copy"]).exits(0);
    let report = copy(&world, &["vault", "copy", "--json"]).exits(4).json().remove(0);
    let row = report["repositories"].as_array().unwrap().iter().find(|row| row["repository"] == HELLO).unwrap();
    assert!(row["damaged"] == true && row["problem"].as_str().unwrap().contains(name), "{row}");

    world.backup(&[HELLO, "--refetch"]).exits(0);
    copy(&world, &["vault", "copy"]).exits(0);
    world.run(&["verify", "--full", "--vault", "copy"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_in_the_copy_is_named_and_copied_again_when_it_is_gone() {
    let world = world().await;
    copy(&world, &["vault", "copy"]).exits(0);
    let pack = packs(&world.path("copy/127.0.0.1/octocat/hello/hello.git")).remove(0);
    std::fs::remove_file(&pack).unwrap();
    std::fs::write(&pack, "cut").unwrap();
    let name = pack.file_name().unwrap().to_str().unwrap();
    let ran = copy(&world, &["vault", "copy"]).exits(4).says(&[HELLO, name, "another length"]);
    assert!(ran.stderr.contains("gitark verify --full --vault copy"), "{}", ran.stderr);
    std::fs::remove_file(&pack).unwrap();
    copy(&world, &["vault", "copy"]).exits(0);
    world.run(&["verify", "--full", "--vault", "copy"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_went_on_by_itself_is_left_as_it_is() {
    let world = world().await;
    copy(&world, &["vault", "copy"]).exits(0);
    for place in ["vault", "copy"] {
        world.push(HELLO);
        world.backup(&["octocat", "--to", place]).exits(0);
    }
    let tip = git(&world.path("copy/127.0.0.1/octocat/hello/hello.git"), &["rev-parse", "main"]);
    let words = ["octocat/hello: FAILED: ", "00000002.json differs", "an empty place"];
    let ran = copy(&world, &["vault", "copy"]).exits(3).says(&words);
    assert!(ran.stderr.contains("1 repository, 1 wiki up to date: nothing new; 1 FAILED"), "{}", ran.stderr);
    copy(&world, &["vault", "copy", HELLO]).exits(1).says(&words);
    assert_eq!(git(&world.path("copy/127.0.0.1/octocat/hello/hello.git"), &["rev-parse", "main"]), tip);
    assert_eq!(packs(&world.path("copy/127.0.0.1/octocat/hello/hello.git")).len(), 2, "no pack of the other");
}
