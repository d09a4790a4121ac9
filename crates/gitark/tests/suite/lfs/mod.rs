//! The content of Git LFS pointers, from the server to a working copy.

mod client;
mod crash;
mod damage;
mod git_lfs;
mod hostile;
mod kept;

use std::path::{Path, PathBuf};

use gitark::{
    backup::report::{RepositoryReport, RunReport},
    git::lfs::{Absence, Oid},
    vault::{Storage, Vault, key::Kind, log::Checkpoint},
};
use github_emulator::{Repository, Request, RequestClass, lfs_pointer};

use crate::support::{REPOSITORY, World, row};

/// Adds an object and commits a pointer to it; its name.
pub(crate) fn commit_lfs(repository: &Repository, path: &str, content: &[u8]) -> String {
    let oid = repository.add_lfs_object(content);
    commit_pointer(repository, path, &oid, content.len() as u64);
    oid
}

/// Commits a pointer.
fn commit_pointer(repository: &Repository, path: &str, oid: &str, size: u64) {
    repository.commit("main", &[(path, &lfs_pointer(oid, size))], "Add a large file");
}

/// An upstream whose repository has two large files and says so in `.gitattributes`.
async fn world() -> (World, Repository, [String; 2]) {
    let (world, repository) = World::with_repository().await;
    repository.commit("main", &[(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")], "Track");
    let one = commit_lfs(&repository, "one.bin", b"the first large file\n");
    let two = commit_lfs(&repository, "folder/two.bin", &[7; 5000]);
    (world, repository, [one, two])
}

/// Where an object is in the vault's bare repository at `bare`.
fn place(bare: &Path, oid: &str) -> PathBuf {
    bare.join("lfs/objects").join(&oid[..2]).join(&oid[2..4]).join(oid)
}

fn oid(text: &str) -> Oid {
    Oid::from_hex(text).expect("64 hex digits")
}

/// What the log says is live.
async fn live(storage: Storage) -> Checkpoint {
    let vault = Vault::open(storage).await.expect("a vault");
    let repository = vault.repository("127.0.0.1/octocat/hello", Kind::Code);
    repository.load(None).await.expect("a log").expect("a backup").live
}

/// Why an object is missing, by the log.
async fn absence(world: &World, name: &str) -> Option<Absence> {
    live(world.storage()).await.lfs_missing.get(&oid(name)).map(|missing| missing.reason)
}

fn hello(report: &RunReport) -> &RepositoryReport {
    row(report, REPOSITORY)
}

/// The requests of this class so far.
fn asked(world: &World, class: RequestClass) -> Vec<Request> {
    world.upstream.requests().into_iter().filter(|request| request.class == class).collect()
}
