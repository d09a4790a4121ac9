//! Uploads to a store that is no disk: small files by one put, large ones in parts.

use std::{
    fs::OpenOptions,
    path::Path,
    time::{Duration, SystemTime},
};

use gitark::vault::Error;

use super::{LARGE, SMALL, files::spooled, noise};
use crate::support::{Call, Ground, Plan};

super::on_each_object_store!(
    small_files_go_up_in_one_put_and_large_ones_in_parts,
    a_file_that_changes_on_its_way_is_an_error_and_nothing_is_visible,
    an_upload_that_fails_leaves_neither_object_nor_parts,
);

const KEY: &str = "files/x.pack";

async fn small_files_go_up_in_one_put_and_large_ones_in_parts(ground: &Ground) {
    let (storage, faulty) = ground.faulty(Plan::Work);
    for length in [8 << 20, (8 << 20) + 1] {
        let (_spool, path) = spooled(ground, &noise(length));
        let key = format!("files/{length}.pack");
        for _ in 0..2 {
            // The second time all is there.
            storage.store_file(&key, &path, length as u64, false).await.expect("stored");
        }
    }
    let (small, large) = ("files/8388608.pack".to_owned(), "files/8388609.pack".to_owned());
    let wanted = [Call::Create(small.clone()), Call::Create(small), Call::Upload(large.clone()), Call::Complete(large)];
    assert_eq!(faulty.seen(), wanted);
}

/// Makes another file of the one at `path`, as a program would that cleans up or writes there.
type Change = fn(&Path);

const CHANGES: [(&str, Change); 3] = [
    ("cut", |path| {
        let file = OpenOptions::new().write(true).open(path).expect("the file");
        file.set_len(LARGE as u64 - 1).expect("cut");
    }),
    ("grown", |path| {
        let file = OpenOptions::new().write(true).open(path).expect("the file");
        file.set_len(LARGE as u64 + 1).expect("grown");
    }),
    ("overwritten", |path| {
        std::fs::write(path, vec![b'x'; LARGE]).expect("overwritten");
        let file = OpenOptions::new().write(true).open(path).expect("the file");
        // A clock of the file system may be too coarse to see it.
        file.set_modified(SystemTime::now() + Duration::from_secs(60)).expect("a time");
    }),
];

async fn a_file_that_changes_on_its_way_is_an_error_and_nothing_is_visible(ground: &Ground) {
    for (name, change) in CHANGES {
        let (_spool, path) = spooled(ground, &noise(LARGE));
        let (storage, faulty) = ground.faulty(Plan::Work);
        let changed = path.clone();
        // When the upload is begun, the file is open and nothing of it is read.
        faulty.after_each_change(move |number, _| {
            if number == 1 {
                change(&changed);
            }
            Box::pin(std::future::ready(()))
        });
        let result = storage.store_file(KEY, &path, LARGE as u64, false).await;
        assert!(matches!(result, Err(Error::Io { .. })), "{name}: {result:?}");
        assert_eq!(faulty.seen(), [Call::Upload(KEY.into())], "{name}: it was completed");
        assert_eq!(ground.storage().list("").await.expect("a listing"), [], "{name}");
    }
    assert_eq!(ground.unfinished_uploads().unwrap_or(0), 0, "parts are left");
    // A file that is gone.
    for length in [SMALL, LARGE] {
        let gone = ground.storage().store_file(KEY, Path::new("/nowhere/file"), length as u64, false).await;
        assert!(matches!(gone, Err(Error::Io { .. })), "{gone:?}");
    }
}

async fn an_upload_that_fails_leaves_neither_object_nor_parts(ground: &Ground) {
    let (_spool, path) = spooled(ground, &noise(LARGE));
    let store = async |plan| {
        let (storage, faulty) = ground.faulty(plan);
        (storage.store_file(KEY, &path, LARGE as u64, false).await, faulty)
    };
    // The store fails before the upload begins, and when it should end.
    for at in [0, 1] {
        let (result, _) = store(Plan::FailOnce(at)).await;
        assert!(matches!(result, Err(Error::Store { .. })), "{at}: {result:?}");
        assert_eq!(ground.storage().list("").await.expect("a listing"), [], "{at}");
    }
    assert_eq!(ground.unfinished_uploads().unwrap_or(0), 0, "parts are left");
    // A machine that goes down cannot abort: what is left then is what a lifecycle rule of the bucket is for.
    let (result, _) = store(Plan::StopBefore(1)).await;
    assert!(matches!(result, Err(Error::Store { .. })), "{result:?}");
    assert_eq!(ground.storage().list("").await.expect("a listing"), []);
    assert_eq!(ground.unfinished_uploads().unwrap_or(1), 1);
    // The next upload does not mind.
    let (result, _) = store(Plan::Work).await;
    result.expect("stored");
    assert_eq!(ground.storage().length(KEY).await.expect("a look"), Some(LARGE as u64));
}
