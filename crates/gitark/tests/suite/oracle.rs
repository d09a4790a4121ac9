//! Statements about git that the design stands on, each tried with the git at hand.

use github_emulator::RequestClass;

use crate::support::{StaticServer, World, copy_tree, git};

#[tokio::test(flavor = "multi_thread")]
async fn git_skips_the_marker_in_refs_in_all_that_it_does() {
    let (world, _) = World::with_repository().await;
    world.backup().await;
    let bare = world.bare();
    assert!(bare.join("refs/gitark.lock").exists());
    let before = git::refs(&bare);
    git::fsck(&bare);
    git::mirror_and_fsck(&bare.display().to_string());
    match git::attempt(&bare, &["refs", "verify", "--strict"], b"") {
        Ok(_) => {}
        // It came with git 2.47.
        Err(error) if error.contains("is not a git command") => eprintln!("skipped: this git has no `git refs verify`"),
        Err(error) => panic!("{error}"),
    }
    git::git(&bare, &["gc", "-q", "--prune=now"]);
    assert_eq!(git::refs(&bare), before);
    assert!(bare.join("refs/gitark.lock").exists());
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_by_git_in_the_vault_does_no_harm() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    repository.force_push("topic", &[("topic.txt", "forced\n")], "Forced");
    world.backup().await;
    let before = git::refs(&world.bare());
    for command in [
        &["repack", "-adq"][..],
        &["gc", "-q", "--prune=now"],
        &["pack-refs", "--all"],
        &["update-server-info"],
        &["prune", "--expire=now"],
    ] {
        git::git(&world.bare(), command);
        assert_eq!(git::refs(&world.bare()), before, "{command:?}");
        World::assert_whole(&world.vault).await;
    }
    repository.commit("main", &[("a.txt", "a\n")], "After maintenance");
    world.backup().await;
    git::fsck(&world.bare());
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_keep_file_a_repack_would_delete_committed_data() {
    // Why each pack has a .keep: a pack that no reference names yet is deleted with it, and stays without.
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    repository.commit("main", &[("a.txt", "a\n")], "Committed, not shown yet");
    let (storage, faulty) = World::faulty_storage(&world.vault, crate::support::Plan::Work);
    // Stop right after the log entry: the commit point.
    let shared = faulty.clone();
    faulty.after_each_change(move |_, key| {
        if key.ends_with("log/00000002.json") {
            shared.set_plan(crate::support::Plan::Unreachable);
        }
        Box::pin(std::future::ready(()))
    });
    let _ = world.backup_to(storage).await;
    let without = tempfile::tempdir().expect("a directory");
    copy_tree(&world.vault, without.path());
    for entry in std::fs::read_dir(World::bare_in(without.path()).join("objects/pack")).expect("packs") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "keep") {
            std::fs::remove_file(path).expect("removed");
        }
    }
    git::git(&World::bare_in(without.path()), &["repack", "-adq"]);
    assert!(
        World::verify_at(without.path(), true).await.has_damage(),
        "the pack was not deleted: is .keep still needed?"
    );
    git::git(&world.bare(), &["repack", "-adq"]);
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn packs_are_indexed_as_git_does_and_together_hold_upstreams_objects() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    for round in 0..3 {
        repository.commit("main", &[("src/lib.rs", &format!("fn round_{round}() {{}}\n"))], "Round");
        world.backup().await;
    }
    assert_eq!(git::objects(&world.bare()), git::objects(&repository.path()));
    git::fsck(&world.bare());
    let packs = world.bare().join("objects/pack");
    let mut checked = 0;
    for entry in std::fs::read_dir(&packs).expect("packs") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "pack") {
            let scratch = tempfile::tempdir().expect("a directory");
            let copy = scratch.path().join("copy.pack");
            std::fs::copy(&path, &copy).expect("a copy");
            // Alone, in an empty place: the pack needs nothing outside it for its deltas.
            git::git(scratch.path(), &["index-pack", "copy.pack"]);
            let ours = std::fs::read(path.with_extension("idx")).expect("our index");
            assert_eq!(ours, std::fs::read(copy.with_extension("idx")).expect("git's index"));
            checked += 1;
        }
    }
    assert_eq!(checked, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_copied_key_by_key_clones_without_gitark() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    repository.commit("main", &[("a.txt", "a\n")], "Another");
    world.backup().await;
    // As an object store's sync does it: objects only, no empty directories.
    let target = tempfile::tempdir().expect("a directory");
    for (key, _) in world.storage().list("").await.expect("a listing") {
        let path = target.path().join(&key);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        std::fs::write(path, world.storage().read(&key).await.expect("a read").expect("there")).expect("written");
    }
    let bare = World::bare_in(target.path());
    git::fsck(&bare);
    let clone = git::mirror_and_fsck(&bare.display().to_string());
    assert_eq!(git::refs(&clone.path().join("clone")), repository.refs());
    World::assert_whole(target.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_static_web_server_over_the_vault_can_be_cloned() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    repository.force_push("topic", &[("topic.txt", "forced\n")], "Forced");
    world.backup().await;
    let server = StaticServer::start(&world.vault).await;
    let url = format!("{}/127.0.0.1/octocat/hello/hello.git", server.url());
    let wanted = git::refs(&world.bare());
    let clone = tokio::task::spawn_blocking(move || git::mirror_and_fsck(&url)).await.expect("a clone");
    assert_eq!(git::refs(&clone.path().join("clone")), wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_repository_of_a_server_is_asked_what_the_server_can_do() {
    let (mut world, _) = World::with_repository().await;
    world.options.concurrency = 1;
    for name in ["octocat/a", "octocat/b", "octocat/c"] {
        world.upstream.create_repository(name).commit("main", &[("a.txt", name)], "A");
    }
    world.backup().await;
    // One that has moved since the listing is asked after all, and found where it is.
    let listing = gitark::backup::list(
        &world.client,
        &["octocat".parse().expect("a source")],
        &Default::default(),
        &gitark::monitor::Silent,
    )
    .await;
    let listing = listing.expect("a listing");
    world.upstream.repository("octocat/b").expect("there").rename("octocat/moved");
    world.upstream.clear_requests();
    let report = world.backup_listed(&listing).await;
    assert!(report.repositories.iter().all(|row| row.is_good()), "{report:?}");
    let git = world.upstream.requests().into_iter().map(|request| request.class);
    let asked = git.filter(|class| *class == RequestClass::InfoRefs).count();
    assert_eq!(asked, 1 + 2, "the first, and the one that moved at its old and its new place");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_changed_costs_two_git_requests_and_writes_only_the_report() {
    let (world, _) = World::with_repository().await;
    world.backup().await;
    world.upstream.clear_requests();
    let (storage, faulty) = World::faulty_storage(&world.vault, crate::support::Plan::Work);
    world.backup_to(storage).await.expect("a run");
    let git = world.upstream.requests().into_iter().filter(|request| request.class != RequestClass::Api);
    assert_eq!(git.map(|request| request.class).collect::<Vec<_>>(), [RequestClass::InfoRefs, RequestClass::LsRefs]);
    let seen = faulty.seen();
    assert!(
        seen.iter().all(|call| matches!(call, crate::support::Call::Create(key) if key.starts_with("runs/"))),
        "{seen:?}"
    );
}
