//! Secrets by reference: where they are read, what is said when they cannot be, and that nothing shows them.

use github_emulator::{EXAMPLE_PRIVATE_KEY, EXAMPLE_PUBLIC_KEY};
use serde_json::{Value, json};

use crate::support::{Aws, HELLO, Ran, SPOON, World, seaweedfs};

const SECRET: &str = "ghp_TheSecretOfThisTest0123456789abcdef";

/// A world where octocat's repositories are private, and AWS.
async fn world() -> (World, Aws) {
    let world = World::start().await;
    world.github.set_token(SECRET, "octocat");
    for name in [HELLO, SPOON] {
        world.repository(name).set_private(true);
    }
    (world, Aws::start())
}

/// `gitark backup`, which must not say the secret.
fn backup(world: &World, aws: &Aws, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = world.backup_command(&[arguments, &["-vv", "--no-gists"]].concat());
    let ran = Ran::of(aws.lend(&mut command).envs(variables.iter().copied()));
    assert!(!ran.stdout.contains("ghp_"), "{}", ran.stdout);
    assert!(!ran.stderr.contains("ghp_"), "{}", ran.stderr);
    ran
}

fn whole() -> Value {
    json!({
        "TOKEN_GITHUB": SECRET,
        "BACKUP_ONLY_OWNER_REPOS": "True",
        "BACKUP_S3_BUCKET": seaweedfs::BUCKET,
        "BACKUP_S3_PREFIX": "of/the/secret",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_read_from_where_a_reference_says() {
    let (world, aws) = world().await;
    aws.secret("prod/github-backup", whole());
    aws.secret("plain", format!("{SECRET}\n"));
    aws.parameter("/github-token", SECRET);
    std::fs::write(world.path("token.txt"), format!("{SECRET}\n")).unwrap();
    for reference in [
        "secretsmanager:prod/github-backup#TOKEN_GITHUB",
        "secretsmanager:plain",
        "ssm:/github-token",
        "file:token.txt",
    ] {
        backup(&world, &aws, &["--token-from", reference], &[("GITHUB_TOKEN", "wrong")]).exits(0);
    }
    backup(&world, &aws, &["--token-from", "env:MINE"], &[("MINE", SECRET)]).exits(0);
    // By a variable too, and several share the work.
    backup(&world, &aws, &[], &[("GITARK_TOKEN_FROM", "ssm:/github-token")]).exits(0);
    backup(&world, &aws, &["--token-from", "ssm:/github-token", "--token-from", "file:token.txt"], &[]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_an_app_is_read_from_where_a_reference_says() {
    let (world, aws) = world().await;
    world.github.create_app(77, "gitark", EXAMPLE_PUBLIC_KEY);
    world.github.install_app(77, "octocat", None, &[("contents", "read")]);
    aws.secret("app", json!({ "KEY": EXAMPLE_PRIVATE_KEY }));
    aws.parameter("app-key", EXAMPLE_PRIVATE_KEY);
    for reference in ["secretsmanager:app#KEY", "ssm:app-key"] {
        backup(&world, &aws, &["--app-id", "77", "--app-key-from", reference], &[]).exits(0);
    }
    backup(&world, &aws, &["--app-id", "77", "--app-key-from", "ssm:none"], &[])
        .exits(1)
        .says(&["--app-key-from", "no parameter none"]);
    backup(&world, &aws, &["--app-id", "77"], &[]).exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_reference_is_said_and_is_in_the_report() {
    let (world, aws) = world().await;
    aws.secret("prod/github-backup", json!({"OTHER": "x", "TOKEN_GITHUB": 5}));
    aws.secret("text", SECRET);
    aws.parameter("two", &format!("{SECRET} {SECRET}"));
    let from = |reference: &str, words: &[&str]| {
        let ran = backup(&world, &aws, &["--token-from", reference, "--json"], &[]).exits(1).says(words);
        assert_eq!(ran.json()[0]["reason"], "bad_secret", "{}", ran.stdout);
    };
    from("secretsmanager:none", &["no secret none in us-east-1", "check its name"]);
    from("secretsmanager:prod/github-backup#TOKEN", &["TOKEN is missing", "prod/github-backup"]);
    from("secretsmanager:prod/github-backup#TOKEN_GITHUB", &["TOKEN_GITHUB", "malformed"]);
    from("secretsmanager:text#TOKEN_GITHUB", &["no JSON object"]);
    from("ssm:two", &["more than a token"]);
    from("env:NONE", &["NONE", "is not set"]);
    from("file:none.txt", &["none.txt", "cannot be read"]);
    aws.refuse("AccessDeniedException", 9);
    from("ssm:two", &["may not be read", "ssm:GetParameter"]);
    aws.refuse("", 0);

    // The secret itself instead of a reference.
    for arguments in [&["--token-from", SECRET][..], &["--app-id", "7", "--app-key-from", SECRET]] {
        backup(&world, &aws, arguments, &[]).exits(2).says(&["a reference is expected", "ssm:NAME"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttled_answer_is_asked_for_again() {
    let (world, aws) = world().await;
    aws.parameter("github-token", SECRET);
    aws.refuse("ThrottlingException", 1);
    backup(&world, &aws, &["--token-from", "ssm:github-token"], &[]).exits(0);
    assert_eq!(aws.asked(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_secret_gives_token_owner_and_vault() {
    let Some(server) = seaweedfs::SeaweedFs::shared() else { return };
    let (world, aws) = world().await;
    let theirs = world.github.create_repository("monalisa/theirs");
    theirs.commit("main", &[("a", "a\n")], "One");
    world.github.add_collaborator(&theirs, "octocat");
    let prefix = seaweedfs::SeaweedFs::prefix();
    let mut secret = whole();
    secret["BACKUP_S3_PREFIX"] = prefix.as_str().into();
    let variables = [
        ("AWS_ENDPOINT_URL_S3", server.endpoint()),
        ("AWS_ACCESS_KEY_ID", seaweedfs::KEY),
        ("AWS_SECRET_ACCESS_KEY", seaweedfs::SECRET),
        ("GITARK_VAULT", ""),
        ("GITARK_SECRET", "prod/github-backup"),
    ];
    let names = |ran: Ran| {
        let rows = ran.json()[0]["repositories"].as_array().unwrap().clone();
        rows.iter().map(|row| row["repository"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    aws.secret("prod/github-backup", &secret);
    assert_eq!(names(backup(&world, &aws, &["--json"], &variables).exits(0)), [HELLO, SPOON]);
    secret["BACKUP_ONLY_OWNER_REPOS"] = "fAlse".into();
    aws.secret("prod/github-backup", &secret);
    let ran = backup(&world, &aws, &["--json"], &variables).exits(0);
    assert_eq!(ran.json()[0]["vault"], format!("s3://{}/{prefix}", seaweedfs::BUCKET));
    assert_eq!(names(ran), ["monalisa/theirs", HELLO, SPOON]);

    // Another bucket than the vault's.
    let named = [&variables[..], &[("GITARK_VAULT", "s3://elsewhere/x")]].concat();
    let words = ["s3://elsewhere/x", "BACKUP_S3_BUCKET", "make them the same"];
    backup(&world, &aws, &[], &named).exits(2).says(&words);
    // A key that is missing.
    secret.as_object_mut().unwrap().remove("BACKUP_S3_PREFIX");
    aws.secret("prod/github-backup", &secret);
    backup(&world, &aws, &[], &variables).exits(1).says(&["BACKUP_S3_PREFIX is missing", "prod/github-backup"]);
}
