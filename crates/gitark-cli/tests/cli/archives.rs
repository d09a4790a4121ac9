//! Zip archives of today.

use std::{collections::BTreeMap, io::Read as _, path::Path};

use github_emulator::{Fault, FaultKind, RequestClass};
use serde_json::{Value, json};

use crate::support::{
    HELLO, Ran, World,
    seaweedfs::{self, SeaweedFs},
};

const SECRET: &str = "ghp_TheSecretOfThisTest0123456789abcdef";

fn today() -> String {
    jiff::Timestamp::now().strftime("%F").to_string()
}

/// What a zip archive holds, without its one folder.
fn content(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut content = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let name = file.name().unwrap().split_once('/').unwrap().1.to_owned();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        if !name.is_empty() {
            content.insert(name, text);
        }
    }
    content
}

fn metadata(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("metadata.json")).unwrap()).unwrap()
}

fn with_archives(world: &World, arguments: &[&str]) -> Ran {
    let mut command = world.backup_command(&[&["octocat", "--archives", "--json"], arguments].concat());
    Ran::of(command.env("GITHUB_TOKEN", SECRET))
}

async fn world() -> World {
    let world = World::start().await;
    world.github.set_token(SECRET, "octocat");
    world.repository(HELLO).set_private(true);
    world.github.create_repository("octocat/empty");
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn archives_of_today_are_stored_and_one_that_fails_stops_no_other() {
    let world = world().await;
    let broken = Fault::new(FaultKind::Status { status: 500, headers: Vec::new(), body: String::new() });
    world.github.add_fault(broken.on(RequestClass::Api).path("/repos/octocat/spoon/zipball"));
    let report = with_archives(&world, &[]).exits(3).json()[0].clone();
    let archives = &report["archives"];
    let day = today();
    assert_eq!((&archives["stored"], &archives["there"]), (&json!(1), &json!(0)));
    assert_eq!(archives["folder"], format!("archives/{day}"));
    assert_eq!(
        (&archives["failed"][0]["repository"], &archives["failed"][0]["reason"]),
        (&json!("octocat/spoon"), &json!("network"))
    );
    assert!(report["repositories"].as_array().unwrap().iter().all(|row| row["outcome"] == "new"), "{report}");
    let folder = world.vault().join("archives").join(&day);
    let expected = [("README.md", "# Hello\n"), ("more.txt", "more\n")].map(|(name, text)| (name.into(), text.into()));
    assert_eq!(content(&std::fs::read(folder.join("octocat_hello.zip")).unwrap()), BTreeMap::from(expected));
    let told = metadata(&folder);
    assert_eq!((&told["date"], &told["repositories"][0]["file"]), (&json!(day), &json!("octocat_hello.zip")));
    assert_eq!(told["failed"][0]["repository"], "octocat/spoon");

    // The token goes to the API, and not to where it leads.
    let asked = world.github.requests();
    let (api, elsewhere): (Vec<_>, Vec<_>) = asked
        .iter()
        .filter(|request| request.path.contains("zip"))
        .partition(|request| request.path.starts_with("/repos/"));
    assert!(api.iter().all(|request| request.authorization.as_deref() == Some("Bearer")), "{api:?}");
    assert!(!elsewhere.is_empty() && elsewhere.iter().all(|request| request.authorization.is_none()), "{elsewhere:?}");

    // What is there is not fetched again; the rest is.
    world.github.clear_faults();
    world.github.clear_requests();
    let report = with_archives(&world, &[]).exits(0).json()[0].clone();
    assert_eq!((&report["archives"]["stored"], &report["archives"]["there"]), (&json!(1), &json!(1)));
    assert_eq!(metadata(&folder)["repositories"].as_array().unwrap().len(), 2);
    assert!(!world.github.requests().iter().any(|request| request.path.contains("hello/zipball")));
    // They are beside the vault's own, and do no harm there.
    world.run(&["verify", "--full"]).exits(0);
    world.run(&["status"]).exits(0);
    assert!(!world.run(&["list"]).exits(0).stdout.contains("archives"));

    // Elsewhere, where another program expects them.
    with_archives(&world, &["--archive-prefix", "", "--no-wikis"]).exits(0);
    assert!(world.vault().join(&day).join("octocat_hello.zip").is_file());
    with_archives(&world, &["--archive-prefix", "runs"]).exits(2);
    world.run(&["verify", "--full"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn i5_an_archive_that_is_cut_off_is_not_kept() {
    let world = world().await;
    let cut = |kind: FaultKind| Fault::new(kind).path("/octocat/hello/legacy.zip/HEAD").times(4);
    let whole = {
        with_archives(&world, &["--archive-prefix", "whole"]).exits(0);
        std::fs::read(world.vault().join("whole").join(today()).join("octocat_hello.zip")).unwrap()
    };
    // Said to be all of it, and broken off.
    let short = FaultKind::Garbage { body: whole[..whole.len() - 10].to_vec() };
    for kind in [short, FaultKind::Truncate { after_bytes: 100 }, FaultKind::Reset { after_bytes: 100 }] {
        world.github.add_fault(cut(kind.clone()));
        let report = with_archives(&world, &[]).exits(3).json()[0].clone();
        assert_eq!(report["archives"]["failed"][0]["repository"], HELLO, "{kind:?}");
        assert!(!world.vault().join("archives").join(today()).join("octocat_hello.zip").exists(), "{kind:?}");
        world.github.clear_faults();
    }
    // A moment later it is whole.
    world.github.add_fault(
        Fault::new(FaultKind::Truncate { after_bytes: 100 }).path("/octocat/hello/legacy.zip/HEAD").times(1),
    );
    let mut command = world.command(&["backup", "octocat", "--archives", "--retries", "1"]);
    Ran::of(command.env("GITHUB_TOKEN", SECRET)).exits(0);
    assert_eq!(std::fs::read(world.vault().join("archives").join(today()).join("octocat_hello.zip")).unwrap(), whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_archive_goes_to_a_bucket_in_parts() {
    let Some(server) = SeaweedFs::shared() else { return };
    let world = world().await;
    // 20 MiB that do not compress: three parts.
    let mut state = 1_u64;
    let noise: String = (0..(20 << 20) / 8)
        .flat_map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes().map(|byte| char::from(33 + byte % 90))
        })
        .collect();
    world.repository(HELLO).commit("main", &[("noise.txt", &noise)], "Noise");
    let url = format!("s3://{}/{}?endpoint={}", seaweedfs::BUCKET, SeaweedFs::prefix(), server.endpoint());
    let mut command = world.backup_command(&["octocat", "--archives", "--json", "--to", &url]);
    command.env("GITHUB_TOKEN", SECRET).env("AWS_EC2_METADATA_DISABLED", "true");
    command.envs([("AWS_ACCESS_KEY_ID", seaweedfs::KEY), ("AWS_SECRET_ACCESS_KEY", seaweedfs::SECRET)]);
    let report = Ran::of(&mut command).exits(0).json()[0].clone();
    assert_eq!(report["archives"]["stored"], 2);
    let place = url.split('?').next().unwrap();
    let file = world.path("hello.zip");
    let object = format!("{place}/archives/{}/octocat_hello.zip", today());
    server.aws(&["s3", "cp", &object, file.to_str().unwrap()]).unwrap();
    assert_eq!(content(&std::fs::read(file).unwrap())["noise.txt"], noise);
}
