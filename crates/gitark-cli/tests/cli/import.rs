//! `gitark import`.

use std::path::PathBuf;

use github_emulator::RequestClass;

use crate::support::{HELLO, SPOON, Stored, World, files, git, row};

impl World {
    /// A mirror of a repository, as a nightly job has it.
    fn mirror(&self, name: &str, directory: &str) -> PathBuf {
        let url = format!("{}/{name}.git", self.emulator.url());
        git(self.directory.path(), &["clone", "-q", "--mirror", &url, directory]);
        self.path(directory)
    }

    fn fetches(&self) -> usize {
        self.github.requests().iter().filter(|request| request.class == RequestClass::Fetch).count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_is_imported_and_the_next_backup_goes_on_from_it() {
    let world = World::start().await;
    world.mirror(HELLO, "hello.git");
    world.github.clear_requests();
    let ran = world.run(&["import", "hello.git"]).exits(0).sums(&[("new", "1")]);
    assert!(ran.stderr.starts_with("octocat/hello: new, 1 ref, "), "{}", ran.stderr);
    let log = world.run(&["log", HELLO]).exits(0).stdout;
    assert!(log.contains("first backup of octocat/hello (imported): 1 ref"), "{log}");
    let entries = world.run(&["log", HELLO, "--json"]).exits(0).json();
    assert_eq!(entries[0]["imported"], true);
    let report = world.newest_report();
    assert_eq!((&row(&report, HELLO)["outcome"], &report["sources"][0]), (&"new".into(), &"hello.git".into()));

    assert!(world.backup(&[HELLO]).exits(0).stderr.contains("1 unchanged"));
    assert_eq!(world.fetches(), 0);
    world.push(HELLO);
    world.backup(&[HELLO]).exits(0).sums(&[("changed", "1")]);
    assert_eq!(world.fetches(), 1);
    let main = world.repository(HELLO).resolve("refs/heads/main").unwrap();
    world.restores(HELLO, &main);

    let stored = Stored::of(&world);
    world.run(&["import", "hello.git"]).exits(1).says(&[HELLO, "has backups already"]);
    stored.is_kept(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_from_github_is_imported_by_its_id_and_nothing_is_asked() {
    let world = World::start().await;
    let mirror = world.mirror(HELLO, "hello.git");
    let main = git(&mirror, &["rev-parse", "refs/heads/main"]);
    world.repository(HELLO).vanish();
    world.run(&["import", "hello.git"]).exits(1).says(&[HELLO, "gone", "--id N"]);
    assert!(!world.vault().exists());
    world.github.clear_requests();
    // No token is looked for either.
    world.run(&["import", "hello.git", "--id", "1296269", "--token-file", "nothing"]).exits(0);
    assert_eq!(world.github.requests().len(), 0);
    world.restores(HELLO, &main);
    assert!(world.vault().join("127.0.0.1/~id/1296269.json").exists());

    // Under a name that is said, and as a wiki.
    git(&mirror, &["config", "remote.origin.url", "/srv/hello.git"]);
    world.run(&["import", "hello.git", "--id", "7"]).exits(2).says(&["/srv/hello.git", "--name OWNER/REPO"]);
    for (id, name) in [("7", ["--name", "octocat/other.wiki"]), ("8", ["--name", "octocat/another"])] {
        world.run(&["import", "hello.git", "--id", id, "--kind", "wiki", name[0], name[1]]).exits(0);
    }
    assert!(world.vault().join("127.0.0.1/octocat/other/other.wiki.git/HEAD").exists());
    assert!(world.vault().join("127.0.0.1/octocat/another/another.wiki.git/HEAD").exists());
    world.run(&["verify", "--full"]).exits(0);
    world.run(&["restore", "octocat/other.wiki", "wiki"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_mirrors_are_imported_one_by_one() {
    let world = World::start().await;
    world.repository(SPOON).create_wiki().commit("master", &[("Home.md", "# Home\n")], "Home");
    for (name, directory) in [(HELLO, "a.git"), (SPOON, "b.git"), ("octocat/spoon.wiki", "c.git")] {
        world.mirror(name, directory);
    }
    let ran = world.run(&["import", "a.git", "b.git", "c.git", "--json", "-q"]).exits(0);
    assert_eq!(ran.stderr, "");
    let report = &ran.json()[0];
    let kinds: Vec<_> = report["repositories"].as_array().unwrap().iter().map(|row| row["kind"].clone()).collect();
    assert_eq!(kinds, ["code", "code", "wiki"]);
    assert!(world.backup(&["octocat"]).exits(0).stderr.contains("2 repositories, 1 wiki: 3 unchanged"));

    // The same again is as good; one that is broken is told, and the others are done.
    std::fs::remove_dir_all(world.vault()).unwrap();
    std::fs::remove_dir_all(world.path("a.git/refs")).unwrap();
    let ran = world.run(&["import", "a.git", "b.git"]).exits(3).says(&["a.git", "no bare git repository"]);
    ran.sums(&[("new", "1"), ("FAILED", "1")]);
    let reasons: Vec<_> = world.newest_report()["repositories"].as_array().unwrap().clone();
    assert_eq!(reasons[1]["reason"], "unusable_mirror");
    world.run(&["import", "a.git", "b.git", "c.git"]).exits(3).says(&["a.git"]);
    world.run(&["import", "a.git", "a.git"]).exits(1);
    world.run(&["verify", "--full"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_told_before_anything_is_written() {
    let world = World::start().await;
    let mirror = world.mirror(HELLO, "hello.git");
    git(world.directory.path(), &["clone", "-q", mirror.to_str().unwrap(), "working"]);
    let says = |code: i32, arguments: &[&str], words: &[&str]| {
        world.run(&[&["import"], arguments].concat()).exits(code).shows_no_value().says(words);
        assert!(!world.vault().exists());
    };
    says(1, &["working"], &["working: it is a working copy", "git clone --mirror"]);
    says(1, &["nothing"], &["nothing: cannot open it", "No such file"]);
    says(2, &["hello.git", "working", "--id", "7"], &["one DIR"]);
    says(2, &["hello.git", "--name", "hello"], &["OWNER/REPO"]);
    says(2, &["hello.git", "--api-url", "https://api.example.com"], &["127.0.0.1", "--api-url", "--name"]);
    git(&mirror, &["config", "remote.origin.url", "https://user:ghp_Secret@github.com/a/b/c?x=ghp_Secret"]);
    says(2, &["hello.git"], &["https://github.com/a/b/c", "--name OWNER/REPO"]);
    for arguments in [&["import"][..], &["import", "hello.git", "--id", "0"], &["import", "x", "--from", "svn"]] {
        world.run(arguments).exits(2);
    }
    let secret = b"ghp_Secret";
    let leaks = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        !path.starts_with(&mirror) && bytes.windows(secret.len()).any(|part| part == secret)
    };
    // With the name it goes, and the address in the mirror's config stays there.
    world.run(&["import", "hello.git", "--name", HELLO]).exits(0);
    assert_eq!(files(world.directory.path()).iter().filter(|path| leaks(path)).count(), 0);
}
