//! Renames, names taken over, and names that differ in case only.

use gitark::{backup::report::Outcome, vault::lookup::At};

use crate::support::{REPOSITORY, World, git, row};

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_keeps_its_folder_and_is_found_by_both_names() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    repository.rename("octocat/greeting");
    repository.commit("main", &[("a.txt", "a\n")], "After the rename");
    let report = world.backup().await;
    assert_eq!(row(&report, "octocat/greeting").outcome, Outcome::Changed);
    assert_eq!(git::refs(&world.bare()), repository.refs());
    let vault = world.open().await;
    for name in ["octocat/greeting", "Octocat/Greeting", "octocat/hello", "127.0.0.1/octocat/greeting"] {
        let found = vault.find(name).await.expect("a search");
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].name, "octocat/greeting");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_alone_is_recorded_without_a_fetch() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    repository.rename("octocat/greeting");
    world.backup().await;
    let (entry, ..) = world.repository().await.entry(2).await.expect("an entry").expect("there");
    assert_eq!(entry.repository.name, "octocat/greeting");
    assert!(entry.packs.is_empty() && entry.changes.is_empty());
    let report = world.backup().await;
    assert_eq!(row(&report, "octocat/greeting").outcome, Outcome::Unchanged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_asked_for_by_its_old_name_is_followed() {
    let (world, repository) = World::with_repository().await;
    repository.rename("octocat/greeting");
    let listing = gitark::backup::list(
        &world.client,
        &[REPOSITORY.parse().expect("a source")],
        &Default::default(),
        &gitark::monitor::Silent,
    )
    .await;
    let listing = listing.expect("the redirect is followed");
    assert_eq!(listing.repositories[0].full_name, "octocat/greeting");
    // A listing that is older than the rename: git's own redirect is followed too.
    let mut stale = listing.clone();
    stale.repositories[0].full_name = REPOSITORY.into();
    let report = world.backup_listed(&stale).await;
    assert_eq!(row(&report, REPOSITORY).outcome, Outcome::New, "{report:?}");
    assert_eq!(git::refs(&world.bare()), repository.refs());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_name_taken_by_another_repository_mixes_nothing_up() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    repository.rename("octocat/greeting");
    // The same references, even: only the id tells them apart.
    let other = world.upstream.create_repository(REPOSITORY);
    other.import(&repository.path());
    assert_eq!(other.refs(), repository.refs());
    let report = world.backup().await;
    assert_eq!(row(&report, REPOSITORY).id, Some(other.id().into()));
    let taken = world.vault.join(format!("127.0.0.1/octocat/hello~{}/hello.git", other.id()));
    assert_eq!(git::refs(&taken), other.refs());

    repository.commit("main", &[("a.txt", "the first one goes on\n")], "Goes on");
    other.force_push("main", &[("b.txt", "the other one too\n")], "Goes elsewhere");
    world.backup().await;
    assert_eq!(git::upstream_refs(&world.bare()), repository.refs());
    assert_eq!(git::upstream_refs(&taken), other.refs());
    let found = world.open().await.find(REPOSITORY).await.expect("a search");
    assert_eq!(found.iter().map(|found| found.claim.repository_id.clone()).collect::<Vec<_>>(), [other.id().into()]);
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_differ_in_case_only_get_two_folders() {
    let (world, repository) = World::with_repository().await;
    let other = world.upstream.create_repository("octocat/other");
    other.commit("main", &[("other.txt", "other\n")], "Other");
    let listing = gitark::github::Repository::new(repository.id(), "octocat/Hello");
    let twin = gitark::github::Repository::new(other.id(), "octocat/hello");
    let listing = gitark::backup::Listing { repositories: vec![listing, twin], ..Default::default() };
    let report = world.backup_listed(&listing).await;
    let paths: Vec<_> = report.repositories.iter().map(|row| row.path.clone().expect("a path")).collect();
    assert_eq!(paths.len(), 2);
    assert_ne!(paths[0], paths[1]);
    assert_ne!(paths[0].to_lowercase(), paths[1].to_lowercase());
    assert!(paths.iter().all(|path| *path == path.to_lowercase()));
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_stopped_between_the_marker_and_the_claim_goes_on() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    std::fs::remove_file(world.vault.join(format!("127.0.0.1/~id/{}.json", repository.id()))).expect("the claim");
    repository.commit("main", &[("a.txt", "a\n")], "On");
    world.backup().await;
    assert_eq!(World::restored_refs(&world.vault, At::Latest).await, repository.refs());
    assert!(!world.vault.join(format!("127.0.0.1/octocat/hello~{}", repository.id())).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_found_by_every_name_that_it_ever_had() {
    let (world, repository) = World::with_repository().await;
    for name in ["octocat/second", "octocat/third", "octocat/last"] {
        world.backup().await;
        repository.rename(name);
    }
    world.backup().await;
    let vault = world.open().await;
    let by_id = format!("id:{}", repository.id());
    for name in ["octocat/last", "octocat/hello", "octocat/Second", "octocat/third", "127.0.0.1/octocat/third", &by_id]
    {
        let found = vault.find(name).await.expect("a search");
        assert_eq!(found.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["octocat/last"], "{name}");
    }
    for name in ["octocat/fourth", "elsewhere.example/octocat/third", "id:0", "id:"] {
        assert!(vault.find(name).await.expect("a search").is_empty(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_had_a_name_in_between_are_found_by_it() {
    let (world, repository) = World::with_repository().await;
    let other = world.upstream.create_repository("octocat/other");
    other.import(&repository.path());
    let shared = "octocat/shared";
    for (repository, last) in [(&repository, "octocat/one"), (&other, "octocat/two")] {
        world.backup().await;
        repository.rename(shared);
        world.backup().await;
        repository.rename(last);
        world.backup().await;
    }
    let found = world.open().await.find(shared).await.expect("a search");
    assert_eq!(found.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), ["octocat/one", "octocat/two"]);
}
