//! Git LFS as git-lfs meets it.

use std::process::Command;

use github_emulator::{Emulator, GitHub, LfsQuota, RequestClass, lfs_pointer};

use crate::client::{exchange, get};

const JSON: [&str; 2] = ["Accept: application/vnd.git-lfs+json", "Content-Type: application/vnd.git-lfs+json"];

#[tokio::test(flavor = "multi_thread")]
async fn git_lfs_gets_content_from_it() {
    if !Command::new("git").args(["lfs", "version"]).output().is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: git-lfs is not installed (apt-get install git-lfs)");
        return;
    }
    let github = GitHub::new();
    let repository = github.create_repository("octocat/hello");
    let oid = repository.add_made_up_lfs_object(300_000, 1);
    let attributes = (".gitattributes", "*.bin filter=lfs -text\n");
    repository.commit("main", &[attributes, ("large.bin", &lfs_pointer(&oid, 300_000))], "Large");
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let url = format!("{}/octocat/hello.git", emulator.url());
    for arguments in [
        &["clone", "-q", &url, "clone"][..],
        &["-C", "clone", "lfs", "fetch"],
        &["-C", "clone", "lfs", "fsck", "--objects"],
    ] {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(directory.path()).env_clear().env("HOME", directory.path());
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("GIT_CONFIG_NOSYSTEM", "1");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let classes: Vec<RequestClass> = github.requests().iter().map(|request| request.class).collect();
    assert!(classes.contains(&RequestClass::LfsBatch) && classes.contains(&RequestClass::LfsObject), "{classes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_needs_its_header_and_takes_ranges() {
    let github = GitHub::new();
    let repository = github.create_repository("octocat/hello");
    let oid = repository.add_lfs_object(b"0123456789");
    let emulator = Emulator::start(github).await.unwrap();
    let batch = format!("{}/octocat/hello.git/info/lfs/objects/batch", emulator.url());
    let objects = serde_json::json!([{ "oid": oid, "size": 10 }, { "oid": "0".repeat(64), "size": 1 }]);
    let request = serde_json::json!({ "operation": "download", "objects": objects }).to_string();
    let answer = exchange(&batch, "POST", &JSON, request.as_bytes()).await.json();
    assert_eq!(answer["objects"][1]["error"]["code"], 404);
    let action = &answer["objects"][0]["actions"]["download"];
    let href = action["href"].as_str().unwrap();
    let header = format!("Authorization: {}", action["header"]["Authorization"].as_str().unwrap());
    assert_eq!(get(href, &[]).await.status, 403);
    assert_eq!(get(href, &["Authorization: Bearer token"]).await.status, 403);
    assert_eq!(get(href, &[&header]).await.body, b"0123456789");
    let part = get(href, &[&header, "Range: bytes=4-"]).await;
    assert_eq!(
        (part.status, part.header("content-range"), &part.body[..]),
        (206, Some("bytes 4-9/10"), &b"456789"[..])
    );
    assert_eq!(get(href, &[&header, "Range: bytes=10-"]).await.status, 416);
    repository.set_lfs_quota(Some(LfsQuota::Forbidden));
    let refused = exchange(&batch, "POST", &JSON, request.as_bytes()).await;
    assert!(refused.status == 403 && refused.text().contains("over its data quota"));
}
