//! Files of a backup, read by range: what it costs.

use std::sync::Arc;

use gitark::{
    inspect::{self, Query},
    vault::{Storage, Vault, key::Kind, lookup::At},
};
use object_store::memory::InMemory;

use crate::support::{FaultyStore, Plan, World};

/// Text that hardly compresses.
fn noise(seed: u64, bytes: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(33 + (state % 90) as u8)
    };
    (0..bytes).map(|_| next()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_costs_what_it_has_and_not_what_the_repository_has() {
    let (world, repository) = World::with_repository().await;
    let files: Vec<(String, String)> =
        (0..200).map(|at| (format!("data/{}/{at}.txt", at % 7), noise(at, 30_000))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    repository.commit("main", &files, "Much");
    let store = FaultyStore::new(Arc::new(InMemory::new()), Plan::Work);
    let storage = Storage::new(Arc::new(store.clone()), None, "a bucket".into());
    world.backup_to(storage.clone()).await.expect("a run");
    let vault = Vault::open(storage).await.expect("a vault");
    let code = vault.repository("127.0.0.1/octocat/hello", Kind::Code);
    let pack_bytes = code.state_of(At::Latest).await.expect("a state").live.packs[0].pack_bytes;
    assert!(pack_bytes > 4 << 20, "{pack_bytes}");

    let query = |path: &str| Query { at: At::Latest, reference: None, path: path.into() };
    store.take_read_bytes();
    let small = inspect::read(&code, &query("src/lib.rs")).await.expect("a file");
    assert_eq!(small, b"fn two() {}\n");
    let read = store.take_read_bytes();
    assert!(read < 64 << 10, "{read} of {pack_bytes} bytes were read for a small file");
    let large = inspect::read(&code, &query("data/3/3.txt")).await.expect("a file");
    assert_eq!(large, noise(3, 30_000).as_bytes());
    let read = store.take_read_bytes();
    assert!(read < 192 << 10, "{read} of {pack_bytes} bytes were read for a larger one");
    let calls = store.calls();
    let listing = inspect::files(&code, &query("data"), false).await.expect("a listing");
    assert_eq!(listing.files.len(), 200);
    let (read, calls) = (store.take_read_bytes(), store.calls() - calls);
    assert!(read < 192 << 10 && calls < 60, "{read} of {pack_bytes} bytes in {calls} requests were read for a listing");
}
