//! What `gitark doctor` finds at the place of a vault.

use crate::{
    doctor::{Findings, doctor},
    support::{
        Ran, World,
        seaweedfs::{BUCKET, KEY, SECRET, SeaweedFs},
    },
};

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_tried_and_asked_how_it_is_set_up() {
    let Some(server) = SeaweedFs::shared() else { return };
    let world = World::start().await;
    let on = |bucket: &str, secret: &str| {
        let url = format!("s3://{bucket}/{}?endpoint={}", SeaweedFs::prefix(), server.endpoint());
        let mut command = world.command(&["doctor", "octocat", "--json", "--to", &url]);
        command.envs([("AWS_ACCESS_KEY_ID", KEY), ("AWS_SECRET_ACCESS_KEY", secret)]);
        Ran::of(command.env("AWS_EC2_METADATA_DISABLED", "true"))
    };
    let ran = on(BUCKET, SECRET).exits(0);
    Findings::of(&ran)
        .has("vault", "ok", &["empty"])
        .has("create-only", "ok", &[])
        .has("read and list", "ok", &[])
        .has("clock", "ok", &["store"])
        .has("delete", "ok", &["allowed"])
        .has("versioning", "warning", &["off", "turn versioning on"])
        .has("lifecycle", "warning", &["incomplete uploads"]);
    let ran = on(BUCKET, "wrong").exits(1);
    Findings::of(&ran).has("vault", "problem", &["credentials"]).has("create-only", "skipped", &[]).has(
        "bucket",
        "skipped",
        &["out of reach"],
    );
    assert!(!ran.stdout.contains(SECRET));
    Findings::of(&on("no-such-bucket", SECRET).exits(1)).has("vault", "problem", &["no such bucket"]);

    // And one that is set up as docs/s3.md says.
    let bucket = "set-up-well";
    let rules = r#"{"Rules": [{"ID": "abort", "Status": "Enabled", "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}]}"#;
    for arguments in [
        &["s3api", "create-bucket", "--bucket", bucket, "--object-lock-enabled-for-bucket"][..],
        &["s3api", "put-bucket-lifecycle-configuration", "--bucket", bucket, "--lifecycle-configuration", rules],
    ] {
        if server.aws(arguments).is_none() {
            return;
        }
    }
    let ran = on(bucket, SECRET).exits(0);
    Findings::of(&ran).has("versioning", "ok", &["on"]).has("object lock", "ok", &["on"]).has(
        "lifecycle",
        "ok",
        &["incomplete uploads are aborted"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_writes_nothing() {
    let world = World::start().await;
    let findings = Findings::of(&doctor(&world, "", &["octocat", "--read-only"]).exits(0));
    findings.has("vault", "ok", &["not there yet"]).has("room", "ok", &[]).has(
        "create-only",
        "skipped",
        &["--read-only"],
    );
    assert!(!world.vault().exists());
    std::fs::create_dir(world.vault()).unwrap();
    let findings = Findings::of(&doctor(&world, "", &["octocat", "--read-only"]).exits(0));
    findings.has("vault", "ok", &["empty"]).has("links", "skipped", &[]).has("read and list", "skipped", &[]);
    assert_eq!(std::fs::read_dir(world.vault()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_no_vault_or_a_damaged_one_is_told_from_an_empty_one() {
    let world = World::backed_up().await;
    let document = world.vault().join("vault.json");
    let whole = std::fs::read_to_string(&document).unwrap();
    std::fs::write(&document, whole.replace("\"format\":1", "\"format\":2")).unwrap();
    Findings::of(&doctor(&world, "", &["octocat"]).exits(1)).has("vault", "problem", &["damaged", "vault.json"]);
    std::fs::remove_file(&document).unwrap();
    Findings::of(&doctor(&world, "", &["octocat"]).exits(1))
        .has("vault", "problem", &["other things", "127.0.0.1"])
        .has("create-only", "skipped", &[]);
    std::fs::write(world.path("file"), "").unwrap();
    let second = ["octocat", "--to", "file", "--to", "another"];
    let ran = doctor(&world, "", &second).exits(1);
    Findings::of(&ran).has("vault", "problem", &["\"of\":\"file\""]).has("create-only", "ok", &["\"of\":\"another\""]);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_everyone_may_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::start().await;
    std::fs::create_dir(world.vault()).unwrap();
    for (mode, words) in [(0o755, "may look into it"), (0o777, "may change it")] {
        std::fs::set_permissions(world.vault(), std::fs::Permissions::from_mode(mode)).unwrap();
        let findings = Findings::of(&doctor(&world, "", &["octocat"]).exits(0));
        findings.has("mode", "warning", &[words, "chmod o-rwx"]);
    }
}
