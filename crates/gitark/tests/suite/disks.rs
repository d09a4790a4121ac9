//! Disks that lack something, or fail: exFAT, NFS, a quota, simulated where the vault meets the store.

use gitark::{
    backup::{Reason, report::Outcome},
    vault::lookup::At,
};
use rustix::io::Errno;

use crate::support::{Plan, World, copy_tree, git, row};

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_hard_links_keeps_create_only_by_renames() {
    let (world, repository) = World::with_repository().await;
    let run = || async {
        let (storage, faulty) = World::faulty_storage(&world.vault, Plan::NoHardLinks);
        (world.backup_to(storage).await.expect("a run"), faulty)
    };
    let (report, _) = run().await;
    assert_eq!(row(&report, "octocat/hello").outcome, Outcome::New);
    repository.commit("main", &[("more.txt", "more\n")], "More");
    let (storage, _) = World::faulty_storage(&world.vault, Plan::NoHardLinks);
    let (other, _) = World::faulty_storage(&world.vault, Plan::NoHardLinks);
    // Two at once: one wins each entry.
    let (one, two) = tokio::join!(world.backup_to(storage), world.backup_to(other));
    for report in [one, two] {
        assert!(row(&report.expect("a run"), "octocat/hello").is_good());
    }
    World::assert_whole(&world.vault).await;
    git::fsck(&world.bare());
    assert_eq!(World::restored_refs(&world.vault, At::Latest).await, repository.refs());
    let left = git_files(&world.vault);
    assert!(!left.iter().any(|name| name.contains('#')), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_in_any_way_is_named_and_loses_nothing() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    let first = git::refs(&world.bare());
    repository.commit("main", &[("more.txt", "more\n")], "More");
    for (errno, words) in [
        (Errno::IO, "nput/output error"),
        (Errno::STALE, "tale"),
        (Errno::NOSPC, "No space left"),
        (Errno::DQUOT, "uota exceeded"),
    ] {
        for at in (0..).step_by(3) {
            let copy = tempfile::tempdir().expect("a directory");
            copy_tree(&world.vault, copy.path());
            let (storage, faulty) = World::faulty_storage(copy.path(), Plan::Errno(at, errno.raw_os_error()));
            let result = world.backup_to(storage).await;
            if faulty.calls() <= at {
                break;
            }
            let message = match &result {
                Err(error) => gitark::cause::chain(error),
                Ok(report) => {
                    let row = row(report, "octocat/hello");
                    match row.outcome {
                        // What failed was of no weight, or came behind the commit.
                        outcome if outcome != Outcome::Failed => String::new(),
                        _ => {
                            assert_eq!(row.reason, Some(Reason::Store), "{at}: {row:?}");
                            row.message.clone().unwrap_or_default()
                        }
                    }
                }
            };
            assert!(message.is_empty() || message.contains(words), "{at}: {message}");
            assert!(!message.contains('\n') && message.len() < 600, "{at}: {message}");
            // Nothing is lost, and the next run has it all.
            let bare = World::bare_in(copy.path());
            git::fsck(&bare);
            let now = git::refs(&bare);
            assert!(first.keys().all(|name| now.contains_key(name)), "{at}: {now:?}");
            let next = world.backup_to(gitark::vault::Storage::local(copy.path()).expect("a directory")).await;
            assert!(row(&next.expect("a run"), "octocat/hello").is_good(), "{at}");
            World::assert_whole(copy.path()).await;
            assert_eq!(git::upstream_refs(&bare), repository.refs(), "{at}");
        }
    }
}

/// The names of all files below a directory.
fn git_files(directory: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(git_files(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found
}
