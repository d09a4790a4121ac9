//! Files of a backup, read by range: what it costs.

use std::{collections::HashMap, sync::Arc};

use gitark::{
    git::ObjectId,
    inspect::{self, Query},
    vault::{
        Storage, Vault,
        key::{self, Kind},
        log::PackRecord,
        lookup::At,
        object_reader::ObjectReader,
    },
};
use object_store::memory::InMemory;

use crate::support::{FaultyStore, Plan, World, git};

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

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_read_as_git_reads_them_whatever_names_the_base_of_a_delta() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    git::git(root, &["init", "-q", "."]);
    for version in 0..30 {
        let lines: String =
            (0..300).map(|line| format!("line {line} {}\n", noise(line * 31 % (version + 1), 20))).collect();
        std::fs::write(root.join("long.txt"), lines).expect("written");
        git::git(root, &["add", "."]);
        git::git(root, &["commit", "-q", "-m", "Version"]);
    }
    git::git(root, &["tag", "-a", "-m", "Tag", "v1"]);
    let list = git::git(root, &["rev-list", "--objects", "--no-object-names", "--all"]);
    let ids: Vec<ObjectId> = list.lines().map(|id| ObjectId::from_hex(id.as_bytes()).expect("an id")).collect();
    for by_offset in [false, true] {
        let mut arguments = vec!["pack-objects", "-q", "--no-reuse-delta", "--depth=40"];
        arguments.extend(by_offset.then_some("--delta-base-offset"));
        arguments.push("new");
        let name = git::attempt(root, &arguments, format!("{list}\n").as_bytes()).expect("a pack");
        let name = String::from_utf8(name).expect("text").trim().to_owned();
        let read = |extension| std::fs::read(root.join(format!("new-{name}.{extension}"))).expect("a file");
        let (pack, index, id) = (read("pack"), read("idx"), ObjectId::from_hex(name.as_bytes()).expect("an id"));
        let record = PackRecord {
            id,
            objects: ids.len() as u64,
            pack_bytes: pack.len() as u64,
            pack_sha256: String::new(),
            index_bytes: index.len() as u64,
            index_sha256: String::new(),
        };
        let storage = Storage::memory();
        for (extension, bytes) in [("pack", pack), ("idx", index)] {
            storage.create(&key::pack("r.git", &id, extension), bytes.into()).await.expect("stored");
        }
        let (packs, no_commits) = ([record], HashMap::new());
        let mut reader = ObjectReader::new(&storage, "r.git", &packs, &no_commits);
        let (objects, sizes) = (reader.objects(&ids).await.expect("objects"), reader.sizes(&ids).await.expect("sizes"));
        for ((id, object), size) in ids.iter().zip(objects).zip(sizes) {
            let object = object.expect("an object");
            let (kind, id) = (object.kind.to_string(), id.to_string());
            assert_eq!(object.content, git::attempt(root, &["cat-file", &kind, &id], b"").expect("an object"), "{id}");
            assert_eq!(size, Some(object.content.len() as u64), "{id}");
        }
        assert_eq!(reader.object(ObjectId::from_hex(&[b'1'; 40]).expect("an id")).await.expect("read"), None);
    }
}
