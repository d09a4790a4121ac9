//! GitHub is gone: what `docs/restore.md` tells to type, typed.

use gitark::{restore, vault::lookup::At};

use crate::support::{World, git};

/// The commands of the block marked `sh tuesday`.
fn commands() -> String {
    let text = include_str!("../../../../docs/restore.md");
    let (_, after) = text.split_once("```sh tuesday\n").expect("the block is there");
    after.split_once("```").expect("the block ends").0.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_copy_is_pushed_to_another_forge_with_the_documented_commands() {
    let (world, repository) = World::with_repository().await;
    let main = repository.resolve("refs/heads/main").expect("main");
    repository.update_ref("refs/notes/commits", &main);
    repository.update_ref("refs/pull/1/head", &main);
    repository.update_ref(&format!("refs/replace/{main}"), &main);
    world.backup().await;
    repository.force_push("topic", &[("topic.txt", "forced\n")], "Forced");
    world.backup().await;

    let directory = tempfile::tempdir().expect("a directory");
    let restored = directory.path().join("hello.git");
    let options = restore::Options::new(restore::Format::Bare, At::Latest);
    restore::restore(&world.repository().await, &restored, &options, &tokio_util::sync::CancellationToken::new())
        .await
        .expect("a restore");
    let forge = directory.path().join("forge.git");
    git::git(directory.path(), &["init", "-q", "--bare", "forge.git"]);

    let script = commands();
    let run = |script: &str| {
        let mut shell = std::process::Command::new("sh");
        let git = git::command(directory.path());
        shell.env_clear();
        shell.envs(git.get_envs().filter_map(|(name, value)| value.map(|value| (name, value))));
        shell.env("RESTORED", &restored).env("FORGE", &forge).current_dir(directory.path()).args(["-euc", script]);
        shell.output().expect("sh starts")
    };
    let output = run(&script);
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    let mut wanted = repository.refs();
    wanted.retain(|name, _| ["refs/heads/", "refs/tags/", "refs/notes/"].iter().any(|prefix| name.starts_with(prefix)));
    assert_eq!(git::refs(&forge), wanted);
    git::fsck(&forge);
}
