//! A store that loses replies, answers with conflicts, or is not there.

use gitark::vault::{Created, Error};

use super::{LARGE, SMALL, files::spooled, noise};
use crate::support::{Ground, Plan};

super::on_each_object_store!(
    a_lost_reply_is_no_failure_when_all_was_done,
    a_conflict_with_nothing_written_is_tried_again,
    a_store_that_is_not_there_is_never_damage,
);

async fn a_lost_reply_is_no_failure_when_all_was_done(ground: &Ground) {
    let (storage, _) = ground.faulty(Plan::LoseReply(0));
    assert_eq!(storage.create("log/1", "ours".into()).await.expect("found"), Created::New);

    let (_spool, path) = spooled(ground, &noise(SMALL));
    let (storage, _) = ground.faulty(Plan::LoseReply(0));
    storage.store_file("files/small", &path, SMALL as u64, false).await.expect("found");

    let large = noise(LARGE);
    let (_spool, path) = spooled(ground, &large);
    // 0 begins the upload: nothing is stored yet. 1 completes it.
    for (at, key, is_done) in [(0, "files/begun", false), (1, "files/completed", true)] {
        let (storage, faulty) = ground.faulty(Plan::LoseReply(at));
        let result = storage.store_file(key, &path, LARGE as u64, false).await;
        assert_eq!((result.is_ok(), faulty.changes()), (is_done, at + 1), "{key}: {result:?}");
        let stored = ground.storage().read(key).await.expect("a read");
        assert!(stored == is_done.then(|| large.clone().into()), "{key}");
    }
    // A repair cannot tell its own bytes from those that it should replace.
    let (storage, _) = ground.faulty(Plan::LoseReply(1));
    let result = storage.store_file("files/completed", &path, LARGE as u64, true).await;
    assert!(matches!(result, Err(Error::Store { .. })), "{result:?}");
}

async fn a_conflict_with_nothing_written_is_tried_again(ground: &Ground) {
    let (storage, faulty) = ground.faulty(Plan::Conflict(0));
    assert_eq!(storage.create("log/1", "ours".into()).await.expect("tried again"), Created::New);
    assert_eq!(faulty.changes(), 2);

    let (_spool, path) = spooled(ground, &noise(SMALL));
    let (storage, faulty) = ground.faulty(Plan::Conflict(0));
    storage.store_file("files/small", &path, SMALL as u64, false).await.expect("tried again");
    assert_eq!(faulty.changes(), 2);
    assert!(ground.storage().read("files/small").await.expect("a read").expect("there") == noise(SMALL));
}

async fn a_store_that_is_not_there_is_never_damage(ground: &Ground) {
    ground.storage().replace("there", noise(1000).into()).await.expect("a replace");
    let (storage, _) = ground.faulty(Plan::Unreachable);
    let (_spool, small) = spooled(ground, &noise(SMALL));
    let (_spool, large) = spooled(ground, &noise(LARGE));
    let temporary = tempfile::tempdir().expect("a directory");
    let answers = [
        storage.create("new", "x".into()).await.map(drop),
        storage.replace("there", "x".into()).await,
        storage.read("there").await.map(drop),
        storage.read_ranges("there", &[0..10, 5000..5001]).await.map(drop),
        storage.length("there").await.map(drop),
        storage.list("").await.map(drop),
        storage.list_level("").await.map(drop),
        storage.local_file("there", temporary.path()).await.map(drop),
        storage.delete("there").await,
        storage.store_file("new", &small, SMALL as u64, false).await,
        storage.store_file("new", &small, SMALL as u64, true).await,
        storage.store_file("new", &large, LARGE as u64, false).await,
        storage.store_file("new", &large, LARGE as u64, true).await,
    ];
    for (at, answer) in answers.iter().enumerate() {
        assert!(matches!(answer, Err(Error::Store { .. })), "{at}: {answer:?}");
    }
    assert_eq!(std::fs::read_dir(temporary.path()).expect("a directory").count(), 0);
    let keys: Vec<_> = ground.storage().list("").await.expect("a listing").into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["there"]);
}
