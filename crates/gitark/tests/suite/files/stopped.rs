//! Files when runs are stopped.

use super::{Upstream, back_up_to, records, row};
use crate::support::{Ground, Plan, World, git};

#[tokio::test(flavor = "multi_thread")]
async fn i1_a_record_only_names_a_file_that_is_there_wherever_a_run_stops() {
    let Upstream { world, repository, release, .. } = Upstream::new().await;
    let ground = Ground::disk();
    back_up_to(&world, ground.storage()).await;
    repository.upload_asset(release, "new.bin", vec![9; 50_000]);
    repository.comment(1, &format!("{}{}", world.url(), world.upstream.attach_file("new.txt", "New\n")));
    let mut stops = 0;
    for plan in [Plan::StopBefore, Plan::LoseReply] {
        for at in 0.. {
            let copy = ground.copy().await;
            let (storage, faulty) = copy.faulty(plan(at));
            let _ = world.backup_with(storage, &super::options(&world)).await;
            if faulty.changes() <= at {
                break;
            }
            stops += 1;
            let files = copy.files().await;
            let bare = files.path().join(super::FOLDER).join("hello.meta.git");
            git::git(&bare, &["fsck", "--strict", "--full"]);
            for (path, record) in records(files.path()) {
                let place = super::place(files.path(), &record);
                let length = std::fs::metadata(&place).map(|found| found.len()).ok();
                assert_eq!(length, record["size"].as_u64(), "{:?}: {path} names {}", plan(at), place.display());
            }
            let report = back_up_to(&world, copy.storage()).await;
            assert!(row(&report).is_good(), "{:?}: {:#?}", plan(at), row(&report));
            assert_eq!(records(copy.files().await.path()).len(), 7, "{:?}", plan(at));
            World::assert_whole_in(copy.storage()).await;
        }
    }
    assert!(stops > 20, "only {stops} places to stop at");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_stopped_upload_in_parts_can_be_seen() {
    let (world, repository) = World::with_repository().await;
    let release = repository.create_release("v1.0");
    let asset = repository.upload_large_asset(release, "image.iso", 20 << 20);
    let key = format!("{}/files/assets/{asset}/image.iso", super::FOLDER);
    for at in 0.. {
        let ground = Ground::memory();
        let (storage, faulty) = ground.faulty(Plan::StopBefore(at));
        let _ = world.backup_with(storage, &super::options(&world)).await;
        if faulty.changes() <= at {
            return assert!(at > 12, "only {at} places to stop at");
        }
        let length = ground.storage().length(&key).await.expect("an answer");
        assert!(matches!(length, None | Some(0x140_0000)), "{length:?}");
        let report = back_up_to(&world, ground.storage()).await;
        assert!(row(&report).is_good(), "stopped before {at}: {:#?}", row(&report));
        World::assert_whole_in(ground.storage()).await;
    }
}
