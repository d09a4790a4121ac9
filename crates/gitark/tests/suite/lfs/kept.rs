//! What is kept, and what is asked for.

use gitark::{
    backup::{
        Options, Reason,
        report::{Outcome, Verdict},
    },
    git::lfs::Absence,
    import,
    monitor::Silent,
    vault::lookup::At,
};
use github_emulator::{LfsQuota, LfsScript, RequestClass};
use serde_json::Value;

use super::{absence, asked, commit_lfs, commit_pointer, hello, live, oid, place, world};
use crate::support::{Ground, Plan, World, git};

#[tokio::test(flavor = "multi_thread")]
async fn content_is_stored_at_git_lfs_own_place_and_asked_for_once() {
    let (world, repository, [one, two]) = world().await;
    let report = world.backup().await;
    assert_eq!((hello(&report).work.lfs_stored, hello(&report).work.lfs_missing), (2, 0));
    assert_eq!(std::fs::read(place(&world.bare(), &one)).unwrap(), b"the first large file\n");
    assert_eq!(std::fs::read(place(&world.bare(), &two)).unwrap(), [7; 5000]);
    assert_eq!(live(world.storage()).await.lfs.get(&oid(&two)), Some(&5000));
    World::assert_whole(&world.vault).await;

    // A push without large files, and one that has a file again under another name, ask for nothing.
    world.upstream.clear_requests();
    repository.commit("main", &[("small.txt", "small\n")], "Small");
    commit_pointer(&repository, "again.bin", &one, 21);
    let report = world.backup().await;
    assert_eq!(hello(&report).work.lfs_stored, 0);
    assert!(asked(&world, RequestClass::LfsBatch).is_empty() && asked(&world, RequestClass::LfsObject).is_empty());

    // What is new is all that is asked for.
    let three = commit_lfs(&repository, "three.bin", b"three");
    world.backup().await;
    let batches = asked(&world, RequestClass::LfsBatch);
    let body: Value = serde_json::from_str(batches[0].body.as_deref().unwrap()).unwrap();
    assert_eq!(body["objects"], serde_json::json!([{ "oid": three, "size": 5 }]));
    assert_eq!((batches.len(), asked(&world, RequestClass::LfsObject).len()), (1, 1));
}

/// Requests and store calls of a first backup, of one without news, and of one with news.
async fn cost_without_pointers(lfs: bool) -> Vec<(usize, usize)> {
    let (world, repository) = World::with_repository().await;
    let options = Options { lfs, ..world.options.clone() };
    let (storage, counting) = World::faulty_storage(&world.vault, Plan::Work);
    let mut costs = Vec::new();
    for outcome in [Outcome::New, Outcome::Unchanged, Outcome::Changed] {
        if outcome == Outcome::Changed {
            repository.commit("main", &[("small.txt", "small\n")], "Small");
        }
        world.upstream.clear_requests();
        let before = counting.calls();
        let report = world.backup_with(storage.clone(), &options).await.expect("a run");
        assert_eq!(hello(&report).outcome, outcome);
        costs.push((world.upstream.requests().len(), counting.calls() - before));
    }
    costs
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_without_pointers_costs_no_request_and_no_store_call_more() {
    assert_eq!(cost_without_pointers(true).await, cost_without_pointers(false).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_asked_for_by_the_hundred() {
    let (world, repository) = World::with_repository().await;
    let pointers: Vec<(String, String)> = (0..205)
        .map(|number| {
            let content = format!("large file {number}");
            let oid = repository.add_lfs_object(content.as_bytes());
            (format!("{number}.bin"), github_emulator::lfs_pointer(&oid, content.len() as u64))
        })
        .collect();
    let files: Vec<(&str, &str)> = pointers.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    repository.commit("main", &files, "Many");
    let report = world.backup().await;
    assert_eq!(hello(&report).work.lfs_stored, 205);
    assert_eq!(asked(&world, RequestClass::LfsBatch).len(), 3);
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_smaller_batches_gets_them() {
    let (world, _, _) = world().await;
    world.upstream.set_lfs_batch_limit(Some(1));
    let report = world.backup().await;
    assert_eq!(hello(&report).work.lfs_stored, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_object_is_a_warning_and_is_had_later() {
    let (world, repository, [one, _]) = world().await;
    repository.remove_lfs_object(&one);
    let report = world.backup().await;
    assert_eq!((report.verdict(), hello(&report).reason), (Verdict::Done, None));
    assert_eq!((hello(&report).work.lfs_stored, hello(&report).work.lfs_missing), (1, 1));
    assert!(hello(&report).work.warnings[0].contains(&one), "{report:?}");
    assert_eq!(absence(&world, &one).await, Some(Absence::Gone));
    World::assert_whole(&world.vault).await;

    // Nothing else is new, and it is not there yet.
    let report = world.backup().await;
    assert_eq!((hello(&report).outcome, hello(&report).work.sequence), (Outcome::Unchanged, Some(1)));
    repository.add_lfs_object(b"the first large file\n");
    let report = world.backup().await;
    assert_eq!((hello(&report).outcome, hello(&report).work.sequence), (Outcome::Changed, Some(2)));
    assert_eq!((absence(&world, &one).await, hello(&report).work.lfs_missing), (None, 0));
    assert!(place(&world.bare(), &one).exists());
    World::assert_whole(&world.vault).await;
    world.upstream.clear_requests();
    world.backup().await;
    assert!(asked(&world, RequestClass::LfsBatch).is_empty(), "all is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_quota_is_told_each_time_and_the_code_is_kept() {
    for how in [LfsQuota::Forbidden, LfsQuota::TooMany, LfsQuota::Bandwidth, LfsQuota::PerObject] {
        let (world, repository, [one, two]) = world().await;
        repository.set_lfs_quota(Some(how));
        for outcome in [Outcome::New, Outcome::Unchanged] {
            let report = world.backup_to(world.storage()).await.expect("a run");
            assert_eq!((hello(&report).outcome, hello(&report).reason), (outcome, Some(Reason::LfsQuota)), "{how:?}");
            assert_eq!(report.verdict(), Verdict::Partial, "{how:?}");
        }
        git::mirror_and_fsck(&world.bare().display().to_string());
        assert_eq!(absence(&world, &one).await, Some(Absence::Quota));
        repository.set_lfs_quota(None);
        let report = world.backup().await;
        assert_eq!((report.verdict(), hello(&report).work.lfs_stored), (Verdict::Done, 2), "{how:?}");
        assert!(place(&world.bare(), &two).exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_left_out_comes_when_it_is_wanted() {
    let (world, _, [one, two]) = world().await;
    let without = Options { lfs: false, ..world.options.clone() };
    let report = world.backup_with(world.storage(), &without).await.expect("a run");
    assert_eq!((report.verdict(), hello(&report).work.lfs_missing), (Verdict::Done, 0));
    assert!(asked(&world, RequestClass::LfsBatch).is_empty());
    assert_eq!(absence(&world, &one).await, Some(Absence::NotAsked));

    let small = Options { max_lfs_bytes: Some(100), ..world.options.clone() };
    let report = world.backup_with(world.storage(), &small).await.expect("a run");
    assert_eq!((report.verdict(), hello(&report).work.lfs_stored), (Verdict::Done, 1));
    assert_eq!((absence(&world, &one).await, absence(&world, &two).await), (None, Some(Absence::TooLarge)));
    assert_eq!(hello(&report).work.warnings.len(), 1, "{report:?}");
    let report = world.backup_with(world.storage(), &small).await.expect("a run");
    assert!(hello(&report).work.warnings.is_empty(), "told once: {report:?}");

    world.backup().await;
    assert!(place(&world.bare(), &two).exists());
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_of_many_parts_goes_to_an_object_store_as_it_comes() {
    let (world, repository) = World::with_repository().await;
    let mut sizes = Vec::new();
    for size in [0, 1, 8 << 20, (8 << 20) + 1, (17 << 20) + 3] {
        let oid = repository.add_made_up_lfs_object(size, size);
        commit_pointer(&repository, &format!("{size}.bin"), &oid, size);
        sizes.push((oid, size));
    }
    for ground in [Some(Ground::memory()), Ground::bucket()].into_iter().flatten() {
        let report = world.backup_to(ground.storage()).await.expect("a run");
        assert!(hello(&report).is_good(), "{report:?}");
        let live = live(ground.storage()).await;
        for (name, size) in &sizes {
            assert_eq!(live.lfs.get(&oid(name)), Some(size), "{name}");
        }
        World::assert_whole_in(ground.storage()).await;
        assert!(ground.unfinished_uploads().is_none_or(|uploads| uploads == 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pull_requests_and_old_versions_have_their_content_too() {
    let (world, repository, _) = world().await;
    let old = commit_lfs(&repository, "one.bin", b"a version that is soon gone");
    commit_lfs(&repository, "one.bin", b"the newest version");
    let pull = repository.add_lfs_object(b"of a pull request");
    repository.commit("fork", &[("pull.bin", &github_emulator::lfs_pointer(&pull, 17))], "Pull");
    repository.update_ref("refs/pull/1/head", &repository.resolve("refs/heads/fork").unwrap());
    repository.delete_ref("refs/heads/fork");
    world.backup().await;
    for oid in [&old, &pull] {
        assert!(place(&world.bare(), oid).exists(), "{oid}");
    }
    assert!(!World::restored_refs(&world.vault, At::Latest).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_takes_what_the_mirror_has_and_the_next_backup_gets_the_rest() {
    let (world, repository, [one, two]) = world().await;
    let directory = tempfile::tempdir().expect("a directory");
    git::git(directory.path(), &["clone", "-q", "--mirror", &world.clone_url("octocat/hello"), "hello.git"]);
    let mirror = directory.path().join("hello.git");
    let there = place(&mirror, &one);
    std::fs::create_dir_all(there.parent().unwrap()).unwrap();
    std::fs::write(&there, b"the first large file\n").unwrap();
    // Of the right length, and not what its name says.
    let damaged = place(&mirror, &two);
    std::fs::create_dir_all(damaged.parent().unwrap()).unwrap();
    std::fs::write(&damaged, [8; 5000]).unwrap();

    let source = import::Source {
        directory: mirror,
        name: Some("octocat/hello".into()),
        id: Some(repository.id()),
        ..import::Source::default()
    };
    let plan = import::plan(&world.client, None, &[source]).await.expect("a plan");
    let cancel = tokio_util::sync::CancellationToken::new();
    let silent = std::sync::Arc::new(Silent);
    let options = import::Options::default();
    let report = import::import(&plan, world.storage(), &options, silent, &cancel).await.expect("an import");
    assert_eq!(hello(&report).work.lfs_stored, 1, "{report:?}");
    assert_eq!(absence(&world, &two).await, Some(Absence::NotAsked));
    World::assert_whole(&world.vault).await;

    repository.script_lfs_object(&one, LfsScript::Error { code: 404, message: "gone upstream".into() });
    let report = world.backup().await;
    assert_eq!(hello(&report).work.lfs_stored, 1);
    for oid in [&one, &two] {
        assert!(place(&world.bare(), oid).exists(), "{oid}");
    }
    World::assert_whole(&world.vault).await;
}
