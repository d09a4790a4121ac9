//! Release assets and attachments.

mod given_back;
mod kept;
mod stopped;
mod troubled;

use std::path::{Path, PathBuf};

use gitark::{
    backup::{
        Options,
        report::{RepositoryReport, RunReport},
    },
    github::resources,
    vault::{Storage, key::Kind},
};
use github_emulator::Repository;
use serde_json::Value;

use crate::support::{World, git};

/// Where the repository's files are in the vault.
const FOLDER: &str = "127.0.0.1/octocat/hello";

/// The resources that name files, and the files.
fn options(world: &World) -> Options {
    let names = ["releases", "issues", "issue-comments", "release-assets", "attachments"];
    let resources = names.iter().map(|name| resources::find(name).expect("a resource")).collect();
    Options { resources, ..world.options.clone() }
}

async fn back_up_to(world: &World, storage: Storage) -> RunReport {
    world.backup_with(storage, &options(world)).await.expect("a run")
}

async fn back_up(world: &World) -> RunReport {
    back_up_to(world, world.storage()).await
}

/// The row of what is around the code.
#[track_caller]
fn row(report: &RunReport) -> &RepositoryReport {
    report.repositories.iter().find(|row| row.kind == Kind::Meta).expect("a row")
}

/// An upstream with a release of two assets, and with an attachment in an issue, in a comment and in the notes.
struct Upstream {
    world: World,
    repository: Repository,
    release: u64,
    assets: [u64; 2],
    attached: [String; 3],
}

impl Upstream {
    async fn new() -> Self {
        let (world, repository) = World::with_repository().await;
        let release = repository.create_release("v1.0");
        let assets = [
            repository.upload_asset(release, "hello.txt", "Hello, world\n"),
            repository.upload_asset(release, "hello.bin", vec![7; 100_000]),
        ];
        let url = world.url();
        let attached = [
            format!("{url}{}", world.upstream.attach_file("log.txt", "All is well\n")),
            format!("{url}{}", world.upstream.attach_image(*b"\x89PNG")),
            format!("{url}{}", world.upstream.attach_file("notes.pdf", "%PDF\n")),
        ];
        repository.open_issue("It fails", &format!("See [log.txt]({}).", attached[0]));
        repository.comment(1, &format!("![a picture]({})", attached[1]));
        repository.edit_release(release, |release| release.body = Some(format!("Read {}", attached[2])));
        Self { world, repository, release, assets, attached }
    }
}

/// The records of files in the newest commit, by their paths.
fn records(vault: &Path) -> Vec<(String, Value)> {
    let bare = vault.join(FOLDER).join("hello.meta.git");
    let listed = git::git(&bare, &["ls-tree", "-r", "--name-only", "main", "release-assets/", "attachments/"]);
    let record = |path: &str| {
        let shown = git::git(&bare, &["show", &format!("main:{path}")]);
        (path.to_owned(), serde_json::from_str(&shown).expect("JSON"))
    };
    listed.lines().map(record).collect()
}

/// The record of the file at an address that ends so.
#[track_caller]
fn record(vault: &Path, url: &str) -> Value {
    let found =
        records(vault).into_iter().find(|(_, record)| record["url"].as_str().expect("an address").ends_with(url));
    found.unwrap_or_else(|| panic!("no record of {url} in {:#?}", records(vault))).1
}

/// Where the bytes of a file are on the disk.
fn place(vault: &Path, record: &Value) -> PathBuf {
    vault.join(FOLDER).join(record["file"].as_str().unwrap_or_else(|| panic!("no file in {record}")))
}

/// The bytes of the file at an address that ends so.
#[track_caller]
fn bytes(vault: &Path, url: &str) -> Vec<u8> {
    std::fs::read(place(vault, &record(vault, url))).expect("a file")
}

/// Files in the vault, whatever names them.
fn stored(vault: &Path) -> Vec<String> {
    fn below(directory: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => below(&path, found),
                path => found.push(path.display().to_string()),
            }
        }
    }
    let mut found = Vec::new();
    below(&vault.join(FOLDER).join("files"), &mut found);
    found
}
