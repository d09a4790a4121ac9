//! A vault in a bucket, as a user meets it.

use std::process::Command;

use crate::support::{
    HELLO, Ran, SPOON, World, git,
    seaweedfs::{BUCKET, KEY, SECRET, SeaweedFs},
};

/// A world, and the URL of an empty place in a bucket; `None` on a machine without SeaweedFS.
async fn world() -> Option<(World, String)> {
    let server = SeaweedFs::shared()?;
    let url = format!("s3://{BUCKET}/{}?endpoint={}", SeaweedFs::prefix(), server.endpoint());
    Some((World::start().await, url))
}

/// `gitark` with the credentials of `secret` in its environment.
fn command(world: &World, secret: &str, arguments: &[&str]) -> Command {
    let mut command = world.command(arguments);
    command.envs([("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", secret)]);
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

fn run(world: &World, arguments: &[&str]) -> Ran {
    Ran::of(&mut command(world, SECRET, arguments))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_in_a_bucket_is_backed_up_listed_proven_and_given_back() {
    let Some((world, url)) = world().await else { return };
    run(&world, &["backup", "octocat", "--to", &url]).exits(0);
    world.push(HELLO);
    run(&world, &["backup", "octocat", "--to", &url]).exits(0);
    let listed = run(&world, &["list", "--vault", &url]).exits(0).stdout;
    assert!(listed.contains(HELLO) && listed.contains(SPOON), "{listed}");
    run(&world, &["log", HELLO, "--vault", &url]).exits(0);
    run(&world, &["verify", "--full", "--vault", &url]).exits(0);
    run(&world, &["restore", HELLO, "hello", "--vault", &url]).exits(0);
    run(&world, &["restore", HELLO, "old.git", "--bare", "--at", "1", "--vault", &url]).exits(0);
    let tip = world.repository(HELLO).resolve("main").unwrap();
    assert_eq!(git(&world.path("hello"), &["rev-parse", "HEAD"]), tip);
    assert_eq!(git(&world.path("old.git"), &["rev-parse", "main"]), git(&world.path("hello"), &["rev-parse", "HEAD^"]));
    git(&world.path("hello"), &["fsck", "--strict", "--full"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_is_copied_into_a_bucket_joined_there_and_copied_back() {
    let Some((world, url)) = world().await else { return };
    for _ in 0..3 {
        world.push(HELLO);
        world.backup(&["octocat"]).exits(0);
    }
    run(&world, &["copy", "vault", &url]).exits(0);
    let same = format!("{url}&region=us-east-1");
    run(&world, &["copy", &url, &same]).exits(2).says(&["same place", "s3://"]);
    let in_bucket = |arguments: &[&str]| {
        let mut command = command(&world, SECRET, arguments);
        command.env("GITARK_VAULT", &url);
        Ran::of(&mut command)
    };
    let keys = in_bucket(&["compact", "--all", "--grace", "0s", "--no-delete"]).exits(0).stdout;
    assert_eq!(keys.lines().count(), 3 * 3, "{keys}");
    in_bucket(&["compact", "--grace", "0s"]).exits(0);
    assert_eq!(in_bucket(&["compact", "--grace", "0s", "--no-delete"]).exits(0).stdout, "");
    in_bucket(&["verify", "--full"]).exits(0);
    in_bucket(&["restore", HELLO, "old.git", "--bare", "--at", "2"]).exits(0);
    git(&world.path("old.git"), &["fsck", "--strict", "--full"]);
    run(&world, &["copy", &url, "back"]).exits(0);
    run(&world, &["verify", "--full", "--vault", "back"]).exits(0);
    git(&world.path("back/127.0.0.1/octocat/hello/hello.git"), &["fsck", "--strict", "--full"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_bucket_is_said_in_one_line() {
    let Some((world, url)) = world().await else { return };
    let empty = format!("{url}&region=us-east-1");
    run(&world, &["list", "--vault", &empty]).exits(1).says(&["not a gitark vault", "s3://"]);
    let wrong = Ran::of(&mut command(&world, "another secret", &["list", "--vault", &url]));
    wrong.exits(1).says(&["does not accept these credentials", "s3://"]);
    let no_bucket = url.replace(&format!("s3://{BUCKET}/"), "s3://no-such-bucket/");
    for arguments in [&["list", "--vault"][..], &["backup", "octocat", "--to"]] {
        run(&world, &[arguments, &[no_bucket.as_str()]].concat()).exits(1).says(&["there is no such bucket"]);
    }
    for (setting, code, words) in [
        ("path_style=maybe", 2, "true or false"),
        ("storage_class=GLACIER", 2, "cannot be read at once"),
        ("regoin=x", 2, "region"),
        ("profile=nobody", 1, "the AWS profile nobody"),
    ] {
        run(&world, &["list", "--vault", &format!("{url}&{setting}")]).exits(code).says(&[words]);
    }
    for endpoint in ["127.0.0.1:9000", "localhost", "ftp://127.0.0.1"] {
        let url = format!("s3://{BUCKET}/x?endpoint={endpoint}");
        run(&world, &["list", "--vault", &url]).exits(1).says(&[endpoint, "https://HOST"]);
    }
    let mut nobody = world.command(&["list", "--vault", &url]);
    nobody.env("AWS_EC2_METADATA_DISABLED", "true");
    Ran::of(&mut nobody).exits(1).says(&["AWS_ACCESS_KEY_ID"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_stores_are_asked_too() {
    let world = World::start().await;
    // A server that has nothing of that kind.
    let url = format!("az://container/vault?account=octocat&endpoint={}", world.emulator.url());
    for arguments in [&["list"][..], &["verify"], &["restore", HELLO, "hello"]] {
        let mut command = world.command(arguments);
        command.env("AZURE_STORAGE_ACCOUNT_KEY", "aGVsbG8=").args(["--vault", &url]);
        Ran::of(&mut command).exits(1).says(&["not a gitark vault", "az://container/vault"]);
    }
}
