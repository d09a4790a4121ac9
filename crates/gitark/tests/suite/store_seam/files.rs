//! Files on their way into a store and out of it.

use std::path::PathBuf;

use gitark::vault::Error;
use tempfile::TempDir;

use super::{LARGE, SMALL, noise};
use crate::support::{Ground, Kind};

super::on_each_store!(
    a_file_is_stored_and_comes_out_again,
    a_file_of_another_length_than_said_is_refused,
    only_a_repair_replaces_what_is_there,
);

/// A file in a spool, which goes away with the first value.
pub(super) fn spooled(ground: &Ground, bytes: &[u8]) -> (TempDir, PathBuf) {
    let spool = ground.spool();
    let path = spool.path().join("file");
    std::fs::write(&path, bytes).expect("written");
    (spool, path)
}

async fn a_file_is_stored_and_comes_out_again(ground: &Ground) {
    let storage = ground.storage();
    // Nothing, a little, exactly one part, one byte more, and several parts.
    for length in [0, SMALL, 8 << 20, (8 << 20) + 1, 20 << 20] {
        let bytes = noise(length);
        let (_spool, path) = spooled(ground, &bytes);
        let key = format!("files/{length}.pack");
        storage.store_file(&key, &path, length as u64, false).await.expect("stored");
        assert_eq!(storage.length(&key).await.expect("a look"), Some(length as u64));
        assert!(storage.read(&key).await.expect("a read").expect("there") == bytes, "{length}");
        let temporary = tempfile::tempdir().expect("a directory");
        let copy = storage.local_file(&key, temporary.path()).await.expect("a file");
        assert!(std::fs::read(copy.path()).expect("a file") == bytes, "{length}");
        let copies = || std::fs::read_dir(temporary.path()).expect("a directory").count();
        assert_eq!(copies(), usize::from(ground.kind() != Kind::Disk), "a disk needs no copy");
        drop(copy);
        assert_eq!(copies(), 0);
    }
}

async fn a_file_of_another_length_than_said_is_refused(ground: &Ground) {
    let storage = ground.storage();
    for length in [SMALL, LARGE] {
        let (_spool, path) = spooled(ground, &noise(length));
        for said in [length - 1, length + 1] {
            let result = storage.store_file("files/x.pack", &path, said as u64, false).await;
            assert!(matches!(result, Err(Error::Io { .. })), "{length}, said {said}: {result:?}");
            assert_eq!(storage.length("files/x.pack").await.expect("a look"), None, "{length}, said {said}");
        }
    }
}

async fn only_a_repair_replaces_what_is_there(ground: &Ground) {
    let storage = ground.storage();
    for length in [SMALL, LARGE] {
        let key = format!("files/{length}.pack");
        let (first, second, longer) = (noise(length), vec![b'2'; length], vec![b'3'; length + 1]);
        let store = |bytes: Vec<u8>, repair| {
            let (storage, key) = (&storage, &key);
            async move {
                let (_spool, path) = spooled(ground, &bytes);
                storage.store_file(key, &path, bytes.len() as u64, repair).await
            }
        };
        let stored = || async { storage.read(&key).await.expect("a read").expect("there") };
        store(first.clone(), false).await.expect("stored");
        store(second.clone(), false).await.expect("the same length under the name of a content is done");
        assert!(stored().await == first, "{length}");
        let result = store(longer.clone(), false).await;
        assert!(matches!(result, Err(Error::Damaged(_))), "{length}: {result:?}");
        assert!(stored().await == first, "{length}");
        store(second.clone(), true).await.expect("a repair");
        assert!(stored().await == second, "{length}");
        store(longer.clone(), true).await.expect("a repair");
        assert!(stored().await == longer, "{length}");
    }
}
