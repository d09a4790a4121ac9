//! `list`, `log`, `verify` and `restore`, asked for what is not there.

use crate::support::{HELLO, SPOON, World, files, git};

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_is_no_vault_is_named() {
    let world = World::start().await;
    std::fs::create_dir(world.path("empty")).unwrap();
    std::fs::write(world.path("file"), "mine").unwrap();
    for command in [vec!["list"], vec!["verify"], vec!["log", HELLO], vec!["restore", HELLO, "restored"]] {
        for (place, words) in [("missing", "--vault"), ("file", "--vault"), ("empty", "not a gitark vault")] {
            let mut command = command.clone();
            command.extend(["--vault", place]);
            let ran = world.run(&command).exits(1).says(&[place, words]);
            assert_eq!(ran.stdout, "");
        }
    }
    assert!(!world.path("restored").exists());
    assert!(files(&world.path("empty")).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_not_in_the_vault_is_named() {
    let world = World::backed_up().await;
    for command in [
        vec!["log", "octocat/nothing"],
        vec!["restore", "octocat/nothing", "restored"],
        vec!["verify", "octocat/nothing"],
    ] {
        let ran = world.run(&command).exits(1).says(&["octocat/nothing", "gitark list"]);
        assert_eq!(ran.stdout, "");
    }
    for command in [vec!["log", "hello"], vec!["restore", "hello", "restored"], vec!["verify", "../x"]] {
        world.run(&command).exits(2).says(&[command[1]]);
    }
    assert!(!world.path("restored").exists());
    // Any case will do.
    world.run(&["log", "OctoCat/Hello"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_on_two_hosts_must_be_said_in_full() {
    let world = World::backed_up().await;
    world.backup(&[HELLO, "--host", "example.com"]).exits(0);
    for command in [vec!["log", HELLO], vec!["restore", HELLO, "restored"]] {
        world.run(&command).exits(2).says(&["more than once", "127.0.0.1/octocat/hello", "example.com/octocat/hello"]);
    }
    world.run(&["log", "example.com/octocat/hello"]).exits(0);
    world.run(&["restore", "example.com/octocat/hello", "restored"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_repositories_with_one_name_the_id_tells_which() {
    let world = World::backed_up().await;
    let first = world.repository(HELLO);
    first.vanish();
    let second = world.github.create_repository(HELLO);
    second.commit("main", &[("other.txt", "other\n")], "Other");
    world.backup(&["octocat"]).exits(0);
    let ids = [first.id(), second.id()].map(|id| format!("id:{id}"));
    let said = ids.each_ref().map(|id| format!("{id} (octocat/hello)"));
    world.run(&["log", HELLO]).exits(2).says(&["more than once", &said[0], &said[1]]);
    for (id, file) in ids.iter().zip(["README.md", "other.txt"]) {
        let files = world.run(&["ls-files", id]).exits(0).stdout;
        assert!(files.contains(file), "{files}");
        world.run(&["restore", id, "restored"]).exits(0);
        assert!(world.path("restored").join(file).is_file());
        std::fs::remove_dir_all(world.path("restored")).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_is_never_on_top_of_something() {
    let world = World::backed_up().await;
    std::fs::create_dir(world.path("mine")).unwrap();
    std::fs::write(world.path("mine/file"), "mine").unwrap();
    for target in ["mine", "mine/file"] {
        world.run(&["restore", HELLO, target]).exits(1).says(&[target, "exists", "another directory"]);
    }
    world.run(&["restore", HELLO, "mine/file/below"]).exits(1).says(&["mine/file"]);
    assert_eq!(files(&world.path("mine")), [world.path("mine/file")]);
    // One that is empty is fine.
    std::fs::create_dir(world.path("empty")).unwrap();
    world.run(&["restore", HELLO, "empty"]).exits(0);
    assert!(world.path("empty/README.md").is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_never_was_is_named() {
    let world = World::backed_up().await;
    for at in ["2020-01-01", "2020-01-01T00:00:00Z", "99", "0"] {
        let words: [&str; 3] = [if at.len() > 2 { "2020-01-01" } else { at }, "no backup", "gitark log"];
        world.run(&["restore", HELLO, "restored", "--at", at]).exits(1).says(&words);
    }
    world.run(&["restore", HELLO, "restored", "--at", "yesterday"]).exits(2).says(&["yesterday", "2026-11-21"]);
    world.run(&["restore", "octocat/hello.wiki", "restored"]).exits(1).says(&["hello.wiki", "no backup"]);
    assert_eq!(std::fs::read_dir(world.directory.path()).unwrap().count(), 1, "nothing is left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_brings_the_wiki_of_the_same_backup() {
    let world = World::start().await;
    let wiki = world.repository(SPOON).create_wiki();
    let first = wiki.commit("master", &[("Home.md", "One\n")], "One");
    world.backup(&["octocat"]).exits(0);
    let second = wiki.commit("master", &[("Home.md", "Two\n")], "Two");
    world.backup(&["octocat"]).exits(0);
    world.push(SPOON);
    world.backup(&["octocat"]).exits(0);
    // Entry 2 of the code was the third run, when the wiki had not changed since its own entry 2.
    for (at, expected) in [("1", &first), ("2", &second), ("latest", &second)] {
        world.run(&["restore", SPOON, at, "--at", at]).exits(0);
        assert_eq!(git(&world.path(&format!("{at}.wiki")), &["rev-parse", "HEAD"]), *expected, "{at}");
    }
    world.run(&["restore", SPOON, "alone", "--no-wiki"]).exits(0);
    assert!(!world.path("alone.wiki").exists());
    let ran = world.run(&["restore", SPOON, "both.git", "--bare", "--json"]).exits(0);
    let kinds: Vec<_> = ran.json().iter().map(|row| row["kind"].clone()).collect();
    assert_eq!(kinds, ["code", "wiki"]);
    assert!(world.path("both.wiki.git/HEAD").is_file());
}
