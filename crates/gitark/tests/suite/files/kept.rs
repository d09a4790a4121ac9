//! What is kept, and what is never asked for again.

use gitark::{backup::report::Outcome, github::resources, vault::Storage};
use github_emulator::RequestClass;

use super::{Upstream, back_up, back_up_to, bytes, options, record, records, row, stored};
use crate::support::{Ground, World};

fn file_requests(world: &World) -> usize {
    world.upstream.requests().iter().filter(|request| request.class == RequestClass::File).count()
}

#[tokio::test]
async fn assets_and_attachments_are_kept_and_never_asked_for_again() {
    let Upstream { world, repository, release, attached, assets } = Upstream::new().await;
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::New, "{:#?}", row(&report));
    assert_eq!(row(&report).work.metadata.as_ref().expect("work").stored_files, 5);
    assert_eq!(bytes(&world.vault, &format!("assets/{}", assets[0])), b"Hello, world\n");
    assert_eq!(bytes(&world.vault, &format!("assets/{}", assets[1])), vec![7; 100_000]);
    assert_eq!(bytes(&world.vault, &attached[0]), b"All is well\n");
    assert_eq!(bytes(&world.vault, &attached[1]), b"\x89PNG");
    assert_eq!(bytes(&world.vault, &attached[2]), b"%PDF\n");
    let asset = record(&world.vault, &format!("assets/{}", assets[0]));
    assert_eq!((&asset["size"], &asset["found_in"]), (&13.into(), &format!("releases/{release}.json").into()));
    World::assert_whole(&world.vault).await;

    world.upstream.clear_requests();
    assert_eq!(row(&back_up(&world).await).outcome, Outcome::Unchanged);
    assert_eq!(file_requests(&world), 0);
    // A changed text and a changed release: only what is new in them is asked for.
    let more = format!("{}{}", world.url(), world.upstream.attach_file("more.txt", "More\n"));
    repository.comment(1, &format!("{} and again {}", more, attached[0]));
    repository.edit_release(release, |release| release.name = Some("One".into()));
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::Changed, "{:#?}", row(&report));
    assert_eq!(bytes(&world.vault, &more), b"More\n");
    // The redirect of GitHub's host, and the bytes.
    assert_eq!(file_requests(&world), 2);
    World::assert_whole(&world.vault).await;
}

#[tokio::test]
async fn what_is_deleted_or_replaced_upstream_stays() {
    let Upstream { world, repository, assets, .. } = Upstream::new().await;
    back_up(&world).await;
    let replacement = repository.replace_asset(assets[0], "Good day\n");
    repository.delete_asset(assets[1]);
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::Changed, "{:#?}", row(&report));
    assert_eq!(bytes(&world.vault, &format!("assets/{}", assets[0])), b"Hello, world\n");
    assert_eq!(bytes(&world.vault, &format!("assets/{}", assets[1])), vec![7; 100_000]);
    assert_eq!(bytes(&world.vault, &format!("assets/{replacement}")), b"Good day\n");
    World::assert_whole(&world.vault).await;
}

#[tokio::test]
async fn files_that_an_earlier_run_left_out_are_found_by_the_next_that_wants_them() {
    let Upstream { world, attached, repository, .. } = Upstream::new().await;
    let without = |names: &[&str]| {
        let mut options = options(&world);
        options.resources.retain(|resource| !names.contains(&resource.name));
        options
    };
    let none = without(&["release-assets", "attachments"]);
    world.backup_with(world.storage(), &none).await.expect("a run");
    assert_eq!((records(&world.vault).len(), stored(&world.vault).len()), (0, 0));
    world.backup_with(world.storage(), &without(&["attachments"])).await.expect("a run");
    assert_eq!((records(&world.vault).len(), stored(&world.vault).len()), (2, 2));
    back_up(&world).await;
    assert_eq!(records(&world.vault).len(), 5);
    // And what came while they were left out again.
    let more = format!("{}{}", world.url(), world.upstream.attach_file("more.txt", "More\n"));
    repository.comment(1, &more);
    world.backup_with(world.storage(), &none).await.expect("a run");
    assert_eq!(records(&world.vault).len(), 5);
    let report = back_up(&world).await;
    assert_eq!(bytes(&world.vault, &more), b"More\n", "{:#?}", row(&report));
    assert_eq!(bytes(&world.vault, &attached[0]), b"All is well\n");
    World::assert_whole(&world.vault).await;
}

#[tokio::test]
async fn a_file_that_is_too_large_is_left_out_and_had_when_it_may_be_larger() {
    let Upstream { world, assets, attached, .. } = Upstream::new().await;
    let mut small = options(&world);
    small.max_file_bytes = Some(12);
    let report = world.backup_with(world.storage(), &small).await.expect("a run");
    assert_eq!(row(&report).outcome, Outcome::New, "{:#?}", row(&report));
    assert_eq!(row(&report).work.metadata.as_ref().expect("work").missing_files, 2);
    for asset in assets {
        assert_eq!(record(&world.vault, &format!("assets/{asset}"))["missing"], "too_large");
    }
    assert_eq!(bytes(&world.vault, &attached[0]), b"All is well\n");
    let mut full = options(&world);
    full.check = gitark::backup::Check::Full;
    let report = world.backup_with(world.storage(), &full).await.expect("a run");
    assert_eq!(row(&report).outcome, Outcome::Changed, "{:#?}", row(&report));
    assert_eq!(bytes(&world.vault, &format!("assets/{}", assets[0])), b"Hello, world\n");
    World::assert_whole(&world.vault).await;
}

#[tokio::test]
async fn a_large_asset_goes_to_an_object_store_in_parts() {
    const BYTES: u64 = 37_000_001;
    let (world, repository) = World::with_repository().await;
    let release = repository.create_release("v1.0");
    let asset = repository.upload_large_asset(release, "image.iso", BYTES);
    for ground in [Some(Ground::memory()), Ground::bucket()].into_iter().flatten() {
        let report = back_up_to(&world, ground.storage()).await;
        assert_eq!(row(&report).outcome, Outcome::New, "{:#?}", row(&report));
        let key = format!("{}/files/assets/{asset}/image.iso", super::FOLDER);
        assert_eq!(ground.storage().length(&key).await.expect("an answer"), Some(BYTES));
        World::assert_whole_in(ground.storage()).await;
        assert_eq!(ground.unfinished_uploads().unwrap_or_default(), 0);
    }
}

#[tokio::test]
async fn two_runs_at_once_keep_each_file_once() {
    let Upstream { world, .. } = Upstream::new().await;
    let (one, other): (Storage, Storage) = (world.storage(), world.storage());
    let (one, other) = tokio::join!(back_up_to(&world, one), back_up_to(&world, other));
    for report in [&one, &other] {
        assert!(row(report).is_good(), "{:#?}", row(report));
    }
    assert_eq!((records(&world.vault).len(), stored(&world.vault).len()), (5, 5));
    World::assert_whole(&world.vault).await;
    assert_eq!(row(&back_up(&world).await).outcome, Outcome::Unchanged);
}

#[test]
fn both_are_resources_that_can_be_chosen() {
    for name in ["release-assets", "attachments"] {
        assert!(resources::find(name).is_some());
    }
}
