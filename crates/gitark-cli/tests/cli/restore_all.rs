//! `gitark restore --all`: the whole vault, below one directory.

use crate::support::{HELLO, SPOON, World, files, flip_a_byte, git};

fn head(world: &World, path: &str) -> String {
    git(&world.path(path), &["rev-parse", "HEAD"])
}

#[tokio::test(flavor = "multi_thread")]
async fn every_repository_comes_back_with_its_wiki_in_every_form() {
    let world = World::start().await;
    world.repository(SPOON).create_wiki().commit("master", &[("Home.md", "One\n")], "One");
    world.github.create_repository("octocat/empty");
    world.backup(&["octocat"]).exits(0);
    let ran = world.run(&["restore", "--all", "all"]).exits(0);
    assert!(ran.stderr.ends_with("all: 3 repositories, 1 wiki\n"), "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().count(), 5, "a line each: {}", ran.stderr);
    for name in [HELLO, SPOON] {
        assert_eq!(head(&world, &format!("all/{name}")), world.repository(name).resolve("main").unwrap());
        assert!(world.path("all").join(name).join("README.md").is_file());
    }
    assert!(world.path("all/octocat/spoon.wiki/Home.md").is_file());
    assert!(world.path("all/octocat/empty/.git/HEAD").is_file());
    for (format, ending) in
        [("bare", ".git"), ("bundle", ".bundle"), ("tar", ".tar"), ("tar.gz", ".tar.gz"), ("zip", ".zip")]
    {
        let ran = world.run(&["restore", "--all", format, "--format", format, "--json"]).exits(0);
        let paths: Vec<_> = ran.json().iter().filter_map(|row| Some(row["path"].as_str()?.to_owned())).collect();
        let expected = |name: &str| format!("{format}/octocat/{name}{ending}");
        let mut all: Vec<String> = ["hello", "spoon", "spoon.wiki"].map(expected).to_vec();
        if format == "bare" {
            all.insert(0, expected("empty"));
        } else {
            let skipped: Vec<_> = ran.json().into_iter().filter(|row| row["outcome"] == "skipped").collect();
            assert_eq!((skipped.len(), &skipped[0]["problem"]), (1, &"it is empty".into()));
        }
        assert_eq!(paths, all);
        assert!(paths.iter().all(|path| world.path(path).exists()));
    }
    let ran = world.run(&["restore", "--all", "codes", "--bare", "--no-wiki"]).exits(0);
    assert!(ran.stderr.ends_with("codes: 3 repositories\n"), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_had_no_backup_then_is_named_and_skipped() {
    let world = World::start().await;
    world.backup(&[HELLO]).exits(0);
    // The server's clock has seconds.
    let shown = world.run(&["show", HELLO, "--json"]).exits(0).json().remove(0);
    let then = shown["observed"].as_str().unwrap().to_owned();
    let entry = world.bare(HELLO).join("gitark/log/00000001.json");
    assert!(entry.is_file());
    let ran = world.run(&["restore", "--all", "then", "--at", &then]).exits(0);
    assert!(ran.stderr.contains("then: 1 repository"), "{}", ran.stderr);
    let ran = world.run(&["restore", "--all", "before", "--at", "2020-01-01", "--json"]).exits(1);
    let ran = ran.says(&["nothing was restored", "no repository had a backup then"]);
    let rows = ran.json();
    assert_eq!((&rows[0]["repository"], &rows[0]["outcome"]), (&HELLO.into(), &"skipped".into()));
    let ran = world.run(&["restore", "--all", "before", "--at", "2020-01-01"]).exits(1);
    assert!(
        ran.stderr.contains("octocat/hello: skipped: no backup at or before 2020-01-01T23:59:59"),
        "{}",
        ran.stderr
    );
    world.run(&["restore", "--all", "x", "--at", "3"]).exits(2).says(&["--at", "date or a time"]);
    for more in [vec![HELLO], vec![HELLO, "x"], vec!["--ref", "main"]] {
        let mut all = vec!["restore", "--all", "x"];
        all.extend(more);
        world.run(&all).exits(2);
    }
    world.run(&["restore", HELLO]).exits(2).says(&["required"]);
    assert!(!world.path("x").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_fails_does_not_stop_the_others() {
    let world = World::backed_up().await;
    // In the way.
    std::fs::create_dir_all(world.path("all/octocat/hello")).unwrap();
    std::fs::write(world.path("all/octocat/hello/mine"), "mine").unwrap();
    world.run(&["restore", "--all", "all"]).exits(3).says(&["octocat/hello: FAILED", "exists and is not empty"]);
    assert_eq!(files(&world.path("all/octocat/hello")), [world.path("all/octocat/hello/mine")]);
    assert!(world.path("all/octocat/spoon/README.md").is_file());
    // All of them.
    let ran = world.run(&["restore", "--all", "all"]).exits(1);
    assert_eq!(ran.failures().len(), 2);
    // Damage.
    flip_a_byte(&world.bare(HELLO));
    let ran = world.run(&["restore", "--all", "damaged", "--json"]).exits(4).shows_no_value();
    assert_eq!(ran.failures().len(), 1);
    let rows = ran.json();
    let of = |name: &str| rows.iter().find(|row| row["repository"] == name).unwrap();
    assert_eq!((&of(HELLO)["outcome"], &of(HELLO)["damaged"]), (&"failed".into(), &true.into()));
    assert_eq!(of(SPOON)["outcome"], "restored");
    assert!(!world.path("damaged/octocat/hello").exists() && world.path("damaged/octocat/spoon/README.md").is_file());
    let claim = files(&world.vault().join("127.0.0.1/~id")).remove(0);
    std::fs::write(&claim, "{}\n").unwrap();
    world.run(&["restore", "--all", "claims"]).exits(4).says(&["~id", "DAMAGED: its content"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_another_repository_took_over_is_told_apart() {
    let world = World::backed_up().await;
    let old = world.repository(HELLO).resolve("main").unwrap();
    world.repository(HELLO).vanish();
    let new = world.github.create_repository("octocat/Hello");
    let tip = new.commit("main", &[("new.txt", "new\n")], "Another");
    world.backup(&["octocat/hello", "--host", "127.0.0.1"]).exits(0);
    world.run(&["restore", "--all", "all"]).exits(0);
    let id = new.id();
    let first = std::fs::read_dir(world.path("all/octocat"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let first = first.into_iter().find(|name| name.starts_with("hello~")).unwrap();
    assert_ne!(first, format!("hello~{id}"), "the newer one has the plain name");
    assert_eq!(head(&world, &format!("all/octocat/{first}")), old);
    assert_eq!(head(&world, "all/octocat/Hello"), tip);

    // Two hosts.
    world.backup(&[SPOON, "--host", "example.com"]).exits(0);
    world.run(&["restore", "--all", "hosts", "--bare"]).exits(0);
    for path in ["hosts/127.0.0.1/octocat/spoon.git", "hosts/example.com/octocat/spoon.git"] {
        assert!(world.path(path).join("HEAD").is_file(), "{path}");
    }
}
