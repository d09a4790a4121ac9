//! Git LFS, as the command tells of it.

use std::path::{Path, PathBuf};

use github_emulator::{LfsQuota, LfsScript, RequestClass, lfs_pointer};
use serde_json::Value;

use crate::support::{HELLO, Ran, World, git};

const CONTENT: &[u8] = b"the content of a large file\n";

/// A world in which [`HELLO`] has a large file `film.bin`; the name of its content.
async fn world() -> (World, String) {
    let world = World::start().await;
    let repository = world.repository(HELLO);
    let oid = repository.add_lfs_object(CONTENT);
    let pointer = lfs_pointer(&oid, CONTENT.len() as u64);
    repository.commit("main", &[(".gitattributes", "*.bin filter=lfs -text\n"), ("film.bin", &pointer)], "Film");
    (world, oid)
}

/// Where an object is in a bare repository.
fn place(bare: &Path, oid: &str) -> PathBuf {
    bare.join("lfs/objects").join(&oid[..2]).join(&oid[2..4]).join(oid)
}

/// Asserts that one line on stderr has all these words.
#[track_caller]
fn tells(ran: &Ran, words: &[&str]) {
    let has = |line: &str| words.iter().all(|word| line.contains(word));
    assert!(ran.stderr.lines().any(has), "{words:?} are not in a line of:\n{}", ran.stderr);
}

fn reported(world: &World) -> Value {
    let text = std::fs::read_to_string(world.path("report.json")).unwrap();
    let report: Value = serde_json::from_str(&text).unwrap();
    report["repositories"].as_array().unwrap().iter().find(|row| row["repository"] == HELLO).unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn content_comes_back_in_a_working_copy_and_by_cat() {
    let (world, oid) = world().await;
    world.backup(&["octocat"]).exits(0).sums(&[("LFS", "1 object")]);
    assert_eq!(std::fs::read(place(&world.bare(HELLO), &oid)).unwrap(), CONTENT);
    world.run(&["verify"]).exits(0);
    world.run(&["verify", "--full"]).exits(0);

    let restored = world.run(&["restore", HELLO, "hello"]).exits(0);
    assert!(restored.stderr.contains("1 LFS object"), "{}", restored.stderr);
    assert_eq!(std::fs::read(world.path("hello/film.bin")).unwrap(), CONTENT);
    assert_eq!(git(&world.path("hello"), &["status", "--porcelain"]), "");
    world.run(&["restore", HELLO, "hello.git", "--bare"]).exits(0);
    assert_eq!(std::fs::read(place(&world.path("hello.git"), &oid)).unwrap(), CONTENT);
    // An archive has what git has.
    world.run(&["restore", HELLO, "hello.tar", "--format", "tar"]).exits(0);
    let tar = std::fs::read(world.path("hello.tar")).unwrap();
    assert!(tar.windows(oid.len()).any(|part| part == oid.as_bytes()));

    let pointer = world.run(&["cat", HELLO, "film.bin"]).exits(0);
    assert!(pointer.stdout.contains(&oid) && pointer.stderr.contains("--lfs"), "{pointer:?}");
    assert_eq!(world.run(&["cat", HELLO, "film.bin", "--quiet"]).exits(0).stderr, "");
    let content = world.run(&["cat", HELLO, "film.bin", "--lfs"]).exits(0);
    assert_eq!((content.stdout.as_bytes(), content.stderr.as_str()), (CONTENT, ""));
    assert_eq!(world.run(&["cat", HELLO, "README.md", "--lfs"]).exits(0).stdout, "# Hello\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_had_ends_with_3_and_a_reason() {
    let (world, oid) = world().await;
    let repository = world.repository(HELLO);
    repository.set_lfs_quota(Some(LfsQuota::Forbidden));
    let backup = || world.backup(&["octocat", "--report", "report.json"]);
    tells(&backup().exits(3), &["quota", &oid]);
    assert_eq!((&reported(&world)["reason"], &reported(&world)["outcome"]), (&"lfs_quota".into(), &"new".into()));
    let missing = world.run(&["cat", HELLO, "film.bin", "--lfs"]).exits(1);
    missing.says(&[&oid, "over the data quota"]);
    world.run(&["verify", "--full"]).exits(0);
    let restored = world.run(&["restore", HELLO, "hello"]).exits(0);
    assert!(restored.stderr.contains("1 not in the vault"), "{}", restored.stderr);
    repository.set_lfs_quota(None);

    repository.script_lfs_object(&oid, LfsScript::WrongBytes(vec![7; CONTENT.len()]));
    tells(&backup().exits(3), &[&oid, "not what the pointers say"]);
    assert_eq!(reported(&world)["reason"], "lfs_incomplete");
    repository.clear_lfs_scripts(&oid);

    repository.remove_lfs_object(&oid);
    tells(&backup().exits(0), &[&oid, "not on the server"]);
    assert_eq!((&reported(&world)["reason"], &reported(&world)["lfs_missing"]), (&Value::Null, &1.into()));
    repository.add_lfs_object(CONTENT);
    backup().exits(0);
    assert_eq!(world.run(&["cat", HELLO, "film.bin", "--lfs"]).exits(0).stdout.as_bytes(), CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_left_out_or_bounded() {
    let (world, oid) = world().await;
    world.backup(&["octocat", "--no-lfs"]).exits(0);
    assert!(!world.github.requests().iter().any(|request| request.class == RequestClass::LfsBatch));
    tells(&world.backup(&["octocat", "--max-lfs-size", "10"]).exits(0), &[&oid, "too large"]);
    world.backup(&["octocat", "--max-lfs-size", "1X"]).exits(2);
    assert!(!place(&world.bare(HELLO), &oid).exists());
    std::fs::write(world.path("gitark.toml"), "max_lfs_size = \"1K\"\n").unwrap();
    world.backup(&["octocat"]).exits(0);
    assert_eq!(std::fs::read(place(&world.bare(HELLO), &oid)).unwrap(), CONTENT);
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_ends_with_4_and_is_mended_by_the_next_backup() {
    let (world, oid) = world().await;
    world.backup(&["octocat"]).exits(0);
    let object = place(&world.bare(HELLO), &oid);
    let mut bytes = std::fs::read(&object).unwrap();
    bytes[3] ^= 1;
    std::fs::write(&object, bytes).unwrap();
    let cat = world.run(&["cat", HELLO, "film.bin", "--lfs"]).exits(4);
    assert!(cat.stdout.is_empty(), "a flipped byte is never printed");
    tells(&world.run(&["restore", HELLO, "hello"]).exits(4), &["left out", &oid]);
    assert!(world.path("hello/README.md").exists(), "the history does not need it");
    tells(&world.run(&["restore", "--all", "all"]).exits(4), &["damaged and left out", &oid]);
    assert!(world.path("all/octocat/hello/README.md").exists(), "nor do all repositories");
    let verify = world.run(&["verify", "--full"]).exits(4);
    assert!(verify.stdout.contains(&oid), "{}", verify.stdout);
    world.backup(&["octocat"]).exits(0);
    world.run(&["verify", "--full"]).exits(0);
    let copied = world.run(&["copy", "vault", "copy"]).exits(0);
    assert!(copied.stderr.contains("1 LFS object"), "{}", copied.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn i12_a_server_on_the_internet_leads_nobody_to_this_machine() {
    let (world, oid) = world().await;
    world.github.set_token("ghp_marked", "octocat");
    let repository = world.repository(HELLO);
    let here = world.emulator.url();
    // A proxy makes the emulator a server whose name is none of this machine.
    let backup = || {
        let mut command = world.backup_command(&["octocat", "--api-url", "http://github.example"]);
        command.env("GITHUB_TOKEN", "ghp_marked").env("HTTP_PROXY", &here).env("http_proxy", &here);
        Ran::of(&mut command)
    };
    for address in ["http://127.0.0.1:1/x", "http://localhost/x", "http://10.0.0.1/x", "http://[::1]/x"] {
        repository.script_lfs_object(&oid, LfsScript::Href(address.into()));
        tells(&backup().exits(3).shows_no_value(), &["LFS object", "private network or on this machine"]);
        repository.clear_lfs_scripts(&oid);
        let location = address.to_owned();
        repository.script_lfs_object(&oid, LfsScript::RedirectTo { status: 302, location });
        tells(&backup().exits(3).shows_no_value(), &["LFS object", "private network or on this machine"]);
        repository.clear_lfs_scripts(&oid);
    }
    assert!(!world.github.requests().iter().any(|request| request.path.ends_with("/x")));
    backup().exits(0);
}
