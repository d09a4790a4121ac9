//! What upstream forgets stays: force-pushes, deletions, vanished repositories.

use gitark::{
    backup::{Reason, report::Outcome},
    vault::{log::How, lookup::At},
};

use crate::support::{REPOSITORY, World, git, row};

/// How the references of entry `sequence` changed.
async fn how(world: &World, sequence: u64) -> Vec<(String, How)> {
    let (entry, ..) = world.repository().await.entry(sequence).await.expect("an entry").expect("there");
    entry.changes.into_iter().map(|change| (change.name, change.how)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_what_upstream_forgets_stays() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    let first = repository.refs();
    let old_main = repository.resolve("refs/heads/main").expect("main");
    let old_topic = repository.resolve("refs/heads/topic").expect("topic");
    let old_tag = repository.resolve("refs/tags/v1").expect("v1");
    repository.force_push("main", &[("README.md", "rewritten\n")], "Rewritten");
    repository.delete_ref("refs/heads/topic");
    repository.move_tag("v1", &repository.resolve("refs/heads/main").expect("main"));
    // Upstream really has them no more.
    repository.git(&["reflog", "expire", "--expire=now", "--all"]);
    repository.git(&["gc", "-q", "--prune=now"]);
    world.backup().await;

    let bare = world.bare();
    let seen = git::refs(&bare);
    for (name, oid) in [
        ("refs/gitark/lost/2/heads/main", &old_main),
        ("refs/gitark/lost/2/heads/topic", &old_topic),
        ("refs/gitark/lost/2/tags/v1", &old_tag),
    ] {
        assert_eq!(seen.get(name), Some(oid), "{name}");
    }
    git::fsck(&bare);
    let clone = git::mirror_and_fsck(&bare.display().to_string());
    assert_eq!(
        git::git(&clone.path().join("clone"), &["log", "-1", "--format=%s", "refs/gitark/lost/2/heads/topic"]),
        "Topic"
    );
    assert_eq!(World::restored_refs(&world.vault, At::Number(1)).await, first);
    let expected =
        [("refs/heads/main", How::Forced), ("refs/heads/topic", How::Deleted), ("refs/tags/v1", How::Forced)];
    assert_eq!(how(&world, 2).await, expected.map(|(name, how)| (name.to_owned(), how)));

    repository.vanish();
    // The account has nothing left to list, and asking by name is a failure, never a success.
    let listing = gitark::backup::list(
        &world.client,
        &["octocat".parse().expect("a source")],
        &Default::default(),
        &gitark::monitor::Silent,
    )
    .await;
    assert!(listing.is_err());
    let listing = gitark::backup::list(
        &world.client,
        &[REPOSITORY.parse().expect("a source")],
        &Default::default(),
        &gitark::monitor::Silent,
    )
    .await;
    assert_eq!(listing.expect_err("gone").reason(), Reason::GoneOrForbidden);
    assert_eq!(World::restored_refs(&world.vault, At::Number(1)).await, first);
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fast_forward_is_proven_and_keeps_no_old_tip() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    // By new commits; by a merge; and to a commit that the vault already has, without any new pack.
    repository.commit("main", &[("a.txt", "a\n")], "Ahead");
    repository.merge("main", "topic");
    world.backup().await;
    assert_eq!(how(&world, 2).await, [("refs/heads/main".to_owned(), How::FastForward)]);
    let main = repository.resolve("refs/heads/main").expect("main");
    repository.update_ref("refs/heads/topic", &main);
    world.backup().await;
    assert_eq!(how(&world, 3).await, [("refs/heads/topic".to_owned(), How::FastForward)]);
    let (entry, ..) = world.repository().await.entry(3).await.expect("an entry").expect("there");
    assert!(entry.packs.is_empty(), "nothing was new but a reference");
    let lost = git::refs(&world.bare()).into_keys().filter(|name| name.starts_with("refs/gitark/")).count();
    assert_eq!(lost, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_to_an_older_commit_is_a_force_push() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    let parent = repository.git(&["rev-parse", "refs/heads/main^"]);
    repository.update_ref("refs/heads/main", &parent);
    world.backup().await;
    assert_eq!(how(&world, 2).await, [("refs/heads/main".to_owned(), How::Forced)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pull_requests_are_counted_apart_and_pushed_to_and_fro_add_no_refs() {
    let (world, repository) = World::with_repository().await;
    let one = repository.resolve("refs/heads/topic").expect("topic");
    repository.update_ref("refs/pull/1/head", &one);
    repository.update_ref("refs/pull/1/merge", &one);
    world.backup().await;
    let two = repository.force_push("topic", &[("topic.txt", "two\n")], "Two");
    for round in 0..4 {
        repository.update_ref("refs/pull/1/head", if round % 2 == 0 { &two } else { &one });
        let report = world.backup().await;
        let work = &row(&report, REPOSITORY).work;
        assert_eq!(work.forced_pulls, 1, "{work:?}");
        assert_eq!(work.forced_refs, u64::from(round == 0), "{work:?}");
    }
    let refs = git::refs(&world.bare());
    assert!(!refs.contains_key("refs/pull/1/merge"));
    let lost: Vec<_> = refs.keys().filter(|name| name.ends_with("pull/1/head") && name.contains("lost")).collect();
    assert_eq!(lost.len(), 2, "one for each old value: {lost:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_was_deleted_and_made_anew_gets_a_folder_of_its_own() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    let first = repository.refs();
    repository.vanish();
    let again = world.upstream.create_repository(REPOSITORY);
    again.commit("main", &[("new.txt", "another history\n")], "Another history");
    let report = world.backup().await;
    assert_eq!(row(&report, REPOSITORY).outcome, Outcome::New);
    assert_eq!(git::refs(&world.bare()), first, "the first one's folder is as it was");
    let second = world.vault.join(format!("127.0.0.1/octocat/hello~{}/hello.git", again.id()));
    assert_eq!(git::refs(&second), again.refs());
    World::assert_whole(&world.vault).await;
}
