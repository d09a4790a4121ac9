//! Small objects: created once, replaced, read whole and in parts, listed.

use std::sync::Arc;

use bytes::Bytes;
use gitark::vault::{Created, Error};
use tokio::sync::Barrier;

use super::noise;
use crate::support::Ground;

super::on_each_store!(
    of_eight_racing_creates_one_wins_and_all_see_it,
    a_create_never_overwrites_and_knows_its_own_bytes,
    a_replace_is_seen_at_once,
    what_is_missing_or_too_short_is_damage,
    many_ranges_with_gaps_are_the_right_bytes,
    a_listing_is_right_behind_every_write_and_delete,
    names_of_ours_are_kept_as_they_are,
);

/// SeaweedFS takes seconds for eight creates of one key.
const ROUNDS: usize = 2;

async fn of_eight_racing_creates_one_wins_and_all_see_it(ground: &Ground) {
    for round in 0..ROUNDS {
        let key = format!("race/{round}.json");
        let start = Arc::new(Barrier::new(8));
        let racers = (0..8).map(|number| {
            let (storage, key, start) = (ground.storage(), key.clone(), start.clone());
            tokio::spawn(async move {
                let bytes = Bytes::from(format!("written by {number}\n").repeat(number + 1));
                start.wait().await;
                (bytes.clone(), storage.create(&key, bytes).await.expect("an answer"))
            })
        });
        let mut winners = Vec::new();
        let mut seen = Vec::new();
        for racer in racers.collect::<Vec<_>>() {
            match racer.await.expect("a racer") {
                (bytes, Created::New) => winners.push(bytes),
                (_, Created::Exists(bytes)) => seen.push(bytes),
            }
        }
        assert_eq!(winners.len(), 1, "round {round}");
        assert_eq!(seen, vec![winners[0].clone(); 7], "round {round}");
        assert_eq!(ground.storage().read(&key).await.expect("a read"), Some(winners[0].clone()));
    }
}

async fn a_create_never_overwrites_and_knows_its_own_bytes(ground: &Ground) {
    let storage = ground.storage();
    let create = |text: &'static str| storage.create("log/00000001.json", Bytes::from(text));
    assert_eq!(create("first").await.expect("a create"), Created::New);
    assert_eq!(create("second").await.expect("an answer"), Created::Exists("first".into()));
    assert_eq!(create("first").await.expect("an answer"), Created::New, "our own bytes: the reply was lost");
    assert_eq!(storage.read("log/00000001.json").await.expect("a read"), Some("first".into()));
    assert_eq!(storage.create("log/empty", Bytes::new()).await.expect("a create"), Created::New);
    assert_eq!(storage.read("log/empty").await.expect("a read"), Some(Bytes::new()));
    assert_eq!(storage.length("log/empty").await.expect("a look"), Some(0));
}

async fn a_replace_is_seen_at_once(ground: &Ground) {
    let storage = ground.storage();
    for round in 0..10_usize {
        let bytes = Bytes::from(noise(100 * (10 - round)));
        storage.replace("view", bytes.clone()).await.expect("a replace");
        assert_eq!(storage.length("view").await.expect("a look"), Some(bytes.len() as u64));
        assert_eq!(storage.read_range("view", 0..50).await.expect("a part"), bytes.slice(0..50));
        assert_eq!(storage.read("view").await.expect("a read"), Some(bytes));
    }
    storage.delete("view").await.expect("a delete");
    assert_eq!(storage.read("view").await.expect("a read"), None);
    storage.delete("view").await.expect("what is gone may be deleted");
}

async fn what_is_missing_or_too_short_is_damage(ground: &Ground) {
    let storage = ground.storage();
    assert_eq!(storage.read("none").await.expect("a read"), None);
    assert_eq!(storage.length("none").await.expect("a look"), None);
    storage.replace("some", noise(50_000).into()).await.expect("a replace");
    type Ranges = &'static [(u64, u64)];
    let cases: [(&str, Ranges, &str); 7] = [
        ("none", &[(0, 10)], "it is missing"),
        ("none", &[(0, 10), (40_000, 50_000)], "it is missing"),
        ("some", &[(49_000, 50_001)], "it is too short"),
        ("some", &[(50_000, 50_001)], "it is too short"),
        ("some", &[(90_000, 90_001)], "it is too short"),
        // The last part begins behind the end, near enough to the one before to be asked for with it.
        ("some", &[(0, 10), (49_990, 50_000), (50_010, 50_020)], "it is too short"),
        ("some", &[(0, 10), (300_000, 300_001)], "it is too short"),
    ];
    for (key, ranges, problem) in cases {
        let ranges: Vec<_> = ranges.iter().map(|(start, end)| *start..*end).collect();
        let result = storage.read_ranges(key, &ranges).await;
        match &result {
            Err(Error::Damaged(damage)) => assert_eq!((damage.key.as_str(), damage.problem.as_str()), (key, problem)),
            _ => panic!("{key} {ranges:?}: {result:?}"),
        }
    }
    let missing = storage.local_file("none", &std::env::temp_dir()).await;
    assert!(matches!(missing, Err(Error::Damaged(_))), "{missing:?}");
}

async fn many_ranges_with_gaps_are_the_right_bytes(ground: &Ground) {
    let storage = ground.storage();
    let bytes = Bytes::from(noise(400_000));
    storage.replace("pack", bytes.clone()).await.expect("a replace");
    // Side by side, overlapping, twice the same, with gaps below and above what is worth a request of its own, in no
    // order, and up to the last byte.
    let mut ranges = vec![0..1, 1..20, 10..30, 10..30, 24_000..25_000, 70_000..70_001, 200_000..300_000];
    ranges.extend([399_999..400_000, 100..101]);
    ranges.extend((0..40_u64).map(|number| number * 9_973..number * 9_973 + 20));
    let parts = storage.read_ranges("pack", &ranges).await.expect("the parts");
    assert_eq!(parts.len(), ranges.len());
    for (part, range) in parts.iter().zip(&ranges) {
        let wanted = bytes.slice(usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap());
        assert!(*part == wanted, "{range:?}");
    }
}

async fn a_listing_is_right_behind_every_write_and_delete(ground: &Ground) {
    let storage = ground.storage();
    let list = || async { storage.list("a/b").await.expect("a listing").into_iter().map(|(key, _)| key) };
    let mut wanted = Vec::new();
    // Neighbours whose names begin alike do not belong to it.
    for key in ["a/bc/x", "a/b.txt", "a/b~1/x"] {
        storage.create(key, "x".into()).await.expect("a create");
    }
    assert_eq!(list().await.count(), 0);
    for number in [3, 1, 2] {
        let key = format!("a/b/{number:08}.json");
        storage.create(&key, Bytes::from(vec![b'x'; number])).await.expect("a create");
        wanted.push(key);
        wanted.sort();
        assert_eq!(list().await.collect::<Vec<_>>(), wanted);
    }
    storage.create("a/b/deep/er/x", "x".into()).await.expect("a create");
    let lengths: Vec<u64> =
        storage.list("a/b").await.expect("a listing").into_iter().map(|(_, length)| length).collect();
    assert_eq!(lengths, [1, 2, 3, 1]);
    let level = |folders: &[&str], objects: &[&str]| {
        (folders.iter().map(ToString::to_string).collect(), objects.iter().map(ToString::to_string).collect())
    };
    let files = ["00000001.json", "00000002.json", "00000003.json"];
    assert_eq!(storage.list_level("a/b").await.expect("a level"), level(&["deep"], &files));
    assert_eq!(storage.list_level("a").await.expect("a level"), level(&["b", "bc", "b~1"], &["b.txt"]));
    assert_eq!(storage.list_level("").await.expect("a level").0, ["a"]);
    for key in wanted.iter().rev() {
        storage.delete(key).await.expect("a delete");
        let left = list().await.collect::<Vec<_>>();
        assert!(!left.contains(key), "{left:?}");
    }
    assert_eq!(list().await.collect::<Vec<_>>(), ["a/b/deep/er/x"]);
    assert_eq!(storage.list_level("a/b").await.expect("a level"), level(&["deep"], &[]));
    assert_eq!(storage.list("nothing").await.expect("a listing"), []);
    assert_eq!(storage.list_level("nothing").await.expect("a level"), level(&[], &[]));
}

async fn names_of_ours_are_kept_as_they_are(ground: &Ground) {
    let storage = ground.storage();
    let keys = [
        "127.0.0.1/octocat/hello~1296269/hello.git/HEAD",
        "github.com/~id/1296269.json",
        "github.com/octocat/.github/.github.git/refs/gitark.lock",
        "github.com/octocat/-_-/-_-.wiki.git/objects/info/packs",
        "github.com/octocat/aux~/aux.git/config",
        "github.com/octocat/hello.~/x",
        "~localhost/a/b",
    ];
    for key in keys {
        storage.create(key, Bytes::from(key)).await.expect("a create");
    }
    let mut wanted = keys.to_vec();
    wanted.sort_unstable();
    let listed = storage.list("").await.expect("a listing");
    assert_eq!(listed.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), wanted);
    for key in keys {
        assert_eq!(storage.read(key).await.expect("a read"), Some(Bytes::from(key)), "{key}");
        let (folder, name) = key.rsplit_once('/').expect("a folder");
        assert!(storage.list_level(folder).await.expect("a level").1.contains(&name.to_owned()), "{key}");
    }
    let folders = storage.list_level("github.com/octocat").await.expect("a level").0;
    assert_eq!(folders, ["-_-", ".github", "aux~", "hello.~"]);
}
