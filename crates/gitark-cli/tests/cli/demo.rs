//! `gitark demo`.

use std::process::Command;

use crate::support::{Ran, World, git};

fn demo(directory: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gitark"));
    command
        .arg("demo")
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", directory);
    command
}

#[test]
fn the_demo_tells_the_whole_story_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = demo(directory.path());
    // What a user may have set must not lead the demo astray.
    first.env("GITHUB_TOKEN", "ghp_mine").env("GITARK_VAULT", "/nowhere").env("HTTP_PROXY", "http://127.0.0.1:1");
    first.env("GITARK_JSON", "1").env("GITARK_RETRIES", "many");
    std::fs::write(directory.path().join("gitark.toml"), "api-url = 'http://127.0.0.1:1'\nverbose = 2\n").unwrap();
    let ran = Ran::of(&mut first).exits(0);
    assert_eq!(ran.stderr, "");
    for words in [
        "$ gitark backup octocat --to ./demo-vault --api-url http://127.0.0.1:",
        "force-pushes",
        "$ gitark list --vault ./demo-vault",
        "$ gitark log octocat/hello --vault ./demo-vault",
        "1 forced, 1 old tip kept",
        "$ gitark verify --full --vault ./demo-vault",
        "no damage (every byte read)",
        "$ gitark restore octocat/hello ./demo-restored --vault ./demo-vault --at 1",
        "./demo-restored.wiki: octocat/hello.wiki",
        "$ git clone ./demo-vault/127.0.0.1/octocat/hello/hello.git ./demo-clone",
        "Say goodbye instead",
        "refs/gitark/lost/2/heads/main",
        "gitark backup octocat --to ./vault",
    ] {
        assert!(ran.stdout.contains(words), "{words:?} is not in\n{}", ran.stdout);
    }
    let widest = ran.stdout.lines().max_by_key(|line| line.chars().count()).unwrap();
    assert!(widest.chars().count() <= 80, "{widest}");
    assert!(!ran.stdout.contains("hint:") && !ran.stdout.contains('\u{1b}'));
    assert_eq!(git(&directory.path().join("demo-restored"), &["log", "-1", "--format=%s"]), "Say it to the world");
    assert_eq!(git(&directory.path().join("demo-clone"), &["log", "-1", "--format=%s"]), "Say goodbye instead");

    let second = Ran::of(&mut demo(directory.path())).exits(2).says(&["./demo-vault exists", "--vault"]);
    assert_eq!(second.stdout, "");
}

#[test]
fn the_demo_touches_nothing_that_is_there() {
    for name in ["demo-vault", "demo-restored", "demo-restored.wiki", "demo-clone"] {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(name), "mine").unwrap();
        Ran::of(&mut demo(directory.path())).exits(2).says(&[name, "exists"]);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }
    let directory = tempfile::tempdir().unwrap();
    Ran::of(demo(directory.path()).args(["--vault", "demo-clone"])).exits(2).says(&["demo-clone", "--vault"]);
}

#[test]
fn the_demo_needs_git() {
    let directory = tempfile::tempdir().unwrap();
    let ran =
        Ran::of(demo(directory.path()).env("PATH", directory.path())).exits(1).says(&["needs git", "install git"]);
    assert_eq!(ran.stdout, "");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_goes_where_it_is_told() {
    let world = World::start().await;
    let ran = world.run(&["demo", "--vault", "my things/vault"]).exits(0);
    assert!(ran.stdout.contains("--vault 'my things/vault'"));
    assert!(world.path("my things/demo-clone").is_dir());
}
