//! Files that are damaged, copied, and given back.

use std::{path::Path, sync::Arc};

use gitark::{
    backup::report::Outcome,
    copy,
    monitor::Silent,
    restore::{self, Format},
    vault::{Storage, Vault, key::Kind, lookup::At},
};
use tokio_util::sync::CancellationToken;

use super::{Upstream, back_up, bytes, options, place, record, row};
use crate::support::{World, git};

async fn problems(vault: &Path, full: bool) -> Vec<String> {
    let report = World::verify_at(vault, full).await;
    report.repositories.iter().flat_map(|row| &row.damage).map(ToString::to_string).collect()
}

#[tokio::test]
async fn i10_verify_finds_a_missing_a_cut_and_a_changed_file_and_refetch_mends_them() {
    let Upstream { world, assets, attached, .. } = Upstream::new().await;
    back_up(&world).await;
    assert_eq!(World::verify_at(&world.vault, false).await.repositories.iter().map(|row| row.files).sum::<u64>(), 5);
    let at = |url: &str| place(&world.vault, &record(&world.vault, url));
    let (gone, cut, flipped, spoilt) = (
        at(&attached[0]),
        at(&format!("assets/{}", assets[1])),
        at(&format!("assets/{}", assets[0])),
        at(&attached[2]),
    );
    std::fs::remove_file(&gone).expect("removed");
    std::fs::write(&cut, vec![7; 99_999]).expect("written");
    std::fs::write(&flipped, "Hello, World\n").expect("written");
    std::fs::write(&spoilt, "%PDG\n").expect("written");
    let quick = problems(&world.vault, false).await;
    assert_eq!(quick.len(), 2, "{quick:#?}");
    assert!(quick.iter().any(|text| text.contains("log.txt") && text.contains("missing")), "{quick:#?}");
    assert!(quick.iter().any(|text| text.contains("hello.bin") && text.contains("99999")), "{quick:#?}");
    assert_eq!(problems(&world.vault, true).await.len(), 4);

    let mut repair = options(&world);
    repair.refetch = true;
    let report = world.backup_with(world.storage(), &repair).await.expect("a run");
    assert!(row(&report).is_good(), "{:#?}", row(&report));
    assert_eq!(bytes(&world.vault, &attached[0]), b"All is well\n");
    assert_eq!(bytes(&world.vault, &attached[2]), b"%PDF\n");
    assert_eq!(bytes(&world.vault, &format!("assets/{}", assets[0])), b"Hello, world\n");
    World::assert_whole(&world.vault).await;
}

#[tokio::test]
async fn a_copy_has_the_files_and_brings_only_new_ones_along() {
    let Upstream { world, repository, release, attached, .. } = Upstream::new().await;
    back_up(&world).await;
    let target = tempfile::tempdir().expect("a directory");
    let copied = async || {
        let source = Vault::open(world.storage()).await.expect("a vault");
        let storage = Storage::local(target.path()).expect("a directory");
        let options = copy::Options { concurrency: 2, temporary: std::env::temp_dir() };
        let cancel = CancellationToken::new();
        let report = copy::copy(&source, storage, &[], &options, Arc::new(Silent), &cancel).await.expect("a copy");
        assert!(report.repositories.iter().all(|row| row.problem.is_none()), "{report:?}");
        report.repositories.iter().map(|row| row.files).sum::<u64>()
    };
    assert_eq!(copied().await, 5);
    assert_eq!(bytes(target.path(), &attached[0]), b"All is well\n");
    World::assert_whole(target.path()).await;
    repository.upload_asset(release, "more.txt", "More\n");
    back_up(&world).await;
    assert_eq!(copied().await, 1);
    assert_eq!(copied().await, 0);
    World::assert_whole(target.path()).await;
    // Nothing that is damaged is copied.
    let at = place(&world.vault, &record(&world.vault, &attached[0]));
    std::fs::write(&at, "All is bad!\n").expect("written");
    std::fs::remove_file(place(target.path(), &record(target.path(), &attached[0]))).expect("removed");
    let source = Vault::open(world.storage()).await.expect("a vault");
    let storage = Storage::local(target.path()).expect("a directory");
    let options = copy::Options { concurrency: 2, temporary: std::env::temp_dir() };
    let cancel = CancellationToken::new();
    let report = copy::copy(&source, storage, &[], &options, Arc::new(Silent), &cancel).await.expect("a copy");
    assert!(report.repositories.iter().any(|row| row.damaged), "{report:?}");
}

#[tokio::test]
async fn metadata_is_given_back_with_the_files_of_its_time() {
    let Upstream { world, repository, release, assets, .. } = Upstream::new().await;
    back_up(&world).await;
    repository.upload_asset(release, "more.txt", "More\n");
    assert_eq!(row(&back_up(&world).await).outcome, Outcome::Changed);
    let vault = world.open().await;
    let metadata = vault.repository("127.0.0.1/octocat/hello", Kind::Meta);
    let directory = tempfile::tempdir().expect("a directory");
    for (at, files) in [(At::Number(1), 5), (At::Latest, 6)] {
        for format in [Format::Checkout, Format::Bare, Format::Zip, Format::Bundle] {
            let path = directory.path().join(format!("{files}{}", format.ending()));
            let options = restore::Options::new(format, at);
            let done =
                restore::restore(&metadata, &path, &options, &CancellationToken::new()).await.expect("a restore");
            let attached = done.attached.expect("files");
            assert_eq!((attached.files, attached.missing), (files, 0), "{format:?}");
            let hello = attached.path.join(format!("assets/{}/hello.txt", assets[0]));
            assert_eq!(std::fs::read(&hello).expect("a file"), b"Hello, world\n", "{}", hello.display());
            if format == Format::Checkout {
                assert_eq!(git::git(&path, &["status", "--porcelain"]), "", "git leaves the files alone");
            }
        }
    }
    let options = restore::Options { files: false, ..restore::Options::new(Format::Bare, At::Latest) };
    let path = directory.path().join("without.git");
    let done = restore::restore(&metadata, &path, &options, &CancellationToken::new()).await.expect("a restore");
    assert_eq!(done.attached, None);
}
