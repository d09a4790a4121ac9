//! Odd repositories, all of them legal.

use gitark::{
    backup::{Reason, report::Outcome},
    restore,
    vault::{key::Kind, log::How, lookup::At},
};

use crate::support::{REPOSITORY, World, git, row};

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_repository_is_backed_up_and_grows() {
    let world = World::new().await;
    let repository = world.upstream.create_repository(REPOSITORY);
    let report = world.backup().await;
    assert_eq!(row(&report, REPOSITORY).outcome, Outcome::New);
    assert_eq!(git::git(&world.bare(), &["symbolic-ref", "HEAD"]), "refs/heads/main");
    git::fsck(&world.bare());
    git::mirror_and_fsck(&world.bare().display().to_string());
    World::assert_whole(&world.vault).await;
    assert!(World::restored_refs(&world.vault, At::Latest).await.is_empty());
    assert_eq!(row(&world.backup().await, REPOSITORY).outcome, Outcome::Unchanged);

    repository.commit("main", &[("a.txt", "a\n")], "First");
    world.backup().await;
    assert_eq!(git::refs(&world.bare()), repository.refs());
    // And back to empty: nothing that was there is lost.
    repository.delete_ref("refs/heads/main");
    world.backup().await;
    let refs = git::refs(&world.bare());
    assert_eq!(refs.keys().collect::<Vec<_>>(), ["refs/gitark/lost/3/heads/main"]);
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unborn_head_and_a_new_default_branch_are_shown_as_they_are() {
    let (world, repository) = World::with_repository().await;
    repository.set_default_branch("not/yet/born");
    world.backup().await;
    assert_eq!(git::git(&world.bare(), &["symbolic-ref", "HEAD"]), "refs/heads/not/yet/born");
    git::fsck(&world.bare());
    repository.set_default_branch("topic");
    world.backup().await;
    assert_eq!(git::git(&world.bare(), &["symbolic-ref", "HEAD"]), "refs/heads/topic");
    let (entry, ..) = world.repository().await.entry(2).await.expect("an entry").expect("there");
    assert!(entry.changes.is_empty() && entry.packs.is_empty());
    let clone = tempfile::tempdir().expect("a directory");
    git::git(clone.path(), &["clone", "-q", &world.bare().display().to_string(), "clone"]);
    assert_eq!(std::fs::read_to_string(clone.path().join("clone/topic.txt")).expect("a file"), "topic\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_branch_is_one_deleted_and_one_created() {
    let (world, repository) = World::with_repository().await;
    world.backup().await;
    repository.rename_branch("main", "trunk");
    world.backup().await;
    assert_eq!(git::git(&world.bare(), &["symbolic-ref", "HEAD"]), "refs/heads/trunk");
    assert_eq!(git::upstream_refs(&world.bare()), repository.refs());
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wiki_that_was_never_made_is_no_failure_and_one_that_was_is_kept() {
    let (world, repository) = World::with_repository().await;
    repository.enable_wiki();
    let report = world.backup().await;
    assert_eq!(report.repositories.len(), 1, "no row for a wiki that is not there: {report:?}");
    assert!(!world.vault.join("127.0.0.1/octocat/hello/hello.wiki.git").exists());

    let wiki = repository.create_wiki();
    wiki.commit("master", &[("Home.md", "# Home\n")], "Home");
    let report = world.backup().await;
    assert_eq!(report.repositories[1].kind, Kind::Wiki);
    assert_eq!(report.repositories[1].outcome, Outcome::New);
    let bare = world.vault.join("127.0.0.1/octocat/hello/hello.wiki.git");
    assert_eq!(git::refs(&bare), wiki.refs());
    git::fsck(&bare);
    World::assert_whole(&world.vault).await;

    // A wiki that is gone now is a failure that is seen, and what was kept stays.
    wiki.vanish();
    let report = world.backup_to(world.storage()).await.expect("a run");
    assert_eq!(report.repositories[1].reason, Some(Reason::GoneOrForbidden), "{report:?}");
    assert_eq!(git::refs(&bare).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_references_are_kept_and_one_of_them_changes() {
    let (world, repository) = World::with_repository().await;
    let tip = repository.resolve("refs/heads/main").expect("main");
    let other = repository.resolve("refs/heads/topic").expect("topic");
    let mut commands = String::new();
    for number in 0..10_000 {
        let oid = if number % 2 == 0 { &tip } else { &other };
        commands.push_str(&format!("create refs/pull/{number}/head {oid}\n"));
    }
    repository.git_with_input(&["update-ref", "--stdin"], commands.as_bytes());
    world.backup().await;
    assert_eq!(git::refs(&world.bare()), repository.refs());
    repository.commit("main", &[("a.txt", "a\n")], "One of ten thousand");
    world.backup().await;
    assert_eq!(git::refs(&world.bare()), repository.refs());
    let log = world.bare().join("gitark/log/00000002.json");
    let bytes = std::fs::metadata(log).expect("the entry").len();
    assert!(bytes < 4096, "one changed reference costs {bytes} bytes of log");
    git::mirror_and_fsck(&world.bare().display().to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn names_in_any_script_and_a_branch_that_becomes_a_directory_are_kept() {
    let (world, repository) = World::with_repository().await;
    let tip = repository.resolve("refs/heads/main").expect("main");
    for name in [
        "heads/ünïcode/🦀",
        "heads/a",
        "heads/日本語",
        "tags/quote\"d",
        "heads/percent%20",
        "heads/UPPER",
        "heads/upper",
        "heads/-dash",
    ] {
        repository.update_ref(&format!("refs/{name}"), &tip);
    }
    world.backup().await;
    assert_eq!(git::refs(&world.bare()), repository.refs());
    let old_a = repository.force_push("a", &[("a.txt", "a\n")], "A");
    world.backup().await;
    repository.delete_ref("refs/heads/a");
    repository.update_ref("refs/heads/a/b", &tip);
    world.backup().await;
    let refs = git::refs(&world.bare());
    assert_eq!(git::upstream_refs(&world.bare()), repository.refs());
    assert_eq!(refs.get("refs/gitark/lost/3/heads/a"), Some(&old_a));
    git::fsck(&world.bare());
    git::mirror_and_fsck(&world.bare().display().to_string());
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_of_tags_of_trees_and_of_blobs_are_kept_with_what_they_lead_to() {
    let (world, repository) = World::with_repository().await;
    let tree = repository.git(&["rev-parse", "refs/heads/main^{tree}"]);
    let blob = repository.git(&["rev-parse", "refs/heads/main:README.md"]);
    let inner = repository.resolve("refs/tags/v1").expect("v1");
    repository.create_annotated_tag("tag-of-tag", &inner, "A tag of a tag");
    repository.create_annotated_tag("tag-of-tree", &tree, "A tag of a tree");
    repository.create_annotated_tag("tag-of-blob", &blob, "A tag of a blob");
    repository.create_tag("light-tree", &tree);
    repository.create_tag("light-blob", &blob);
    world.backup().await;
    assert_eq!(git::refs(&world.bare()), repository.refs());
    let peeled = |directory| git::git(directory, &["for-each-ref", "--format=%(refname) %(*objectname)"]);
    assert_eq!(peeled(&world.bare()), peeled(&repository.path()));
    git::fsck(&world.bare());
    // Built upon, too: haves on trees and blobs are of no use and do no harm.
    repository.commit("main", &[("a.txt", "a\n")], "On");
    world.backup().await;
    World::assert_whole(&world.vault).await;
    assert_eq!(World::restored_refs(&world.vault, At::Latest).await, repository.refs());
}

#[tokio::test(flavor = "multi_thread")]
async fn upstream_replace_refs_and_refs_gitark_are_parked_and_given_back() {
    let (world, repository) = World::with_repository().await;
    let main = repository.resolve("refs/heads/main").expect("main");
    let topic = repository.resolve("refs/heads/topic").expect("topic");
    repository.update_ref(&format!("refs/replace/{main}"), &topic);
    repository.update_ref("refs/gitark/lost/1/heads/main", &topic);
    repository.update_ref("refs/notes/commits", &topic);
    world.backup().await;
    let bare = world.bare();
    let refs = git::refs(&bare);
    assert_eq!(refs.get(&format!("refs/gitark/upstream/replace/{main}")), Some(&topic));
    assert_eq!(refs.get("refs/gitark/upstream/gitark/lost/1/heads/main"), Some(&topic));
    assert_eq!(refs.get("refs/notes/commits"), Some(&topic));
    // A replace reference would change what git log shows.
    assert_eq!(git::git(&bare, &["log", "-1", "--format=%s", "main"]), "Second");
    assert_eq!(repository.git(&["log", "-1", "--format=%s", "main"]), "Topic");
    assert_eq!(World::restored_refs(&world.vault, At::Latest).await, repository.refs());
    let (entry, ..) = world.repository().await.entry(1).await.expect("an entry").expect("there");
    assert_eq!(entry.parked.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shallow_upstream_is_refused_with_its_reason() {
    let (world, repository) = World::with_repository().await;
    let main = repository.resolve("refs/heads/main").expect("main");
    std::fs::write(repository.path().join("shallow"), format!("{main}\n")).expect("written");
    let report = world.backup_to(world.storage()).await.expect("a run");
    assert_eq!(row(&report, REPOSITORY).reason, Some(Reason::ShallowUpstream), "{report:?}");
    assert!(world.repository().await.sequences().await.expect("a listing").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn old_histories_with_padded_modes_and_missing_authors_are_kept() {
    let world = World::new().await;
    let repository = world.upstream.create_repository(REPOSITORY);
    let blob = repository.git_with_input(&["hash-object", "-w", "--stdin"], b"text\n");
    let raw = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
    };
    let inner = [b"100644 file\0".as_slice(), &raw(&blob)].concat();
    let write = |kind: &str, data: &[u8]| {
        repository.git_with_input(&["hash-object", "-t", kind, "-w", "--literally", "--stdin"], data)
    };
    let inner = write("tree", &inner);
    let padded = [b"040000 directory\0".as_slice(), &raw(&inner), b"0160000 submodule\0", &raw(&blob)].concat();
    let tree = write("tree", &padded);
    let commit = write("commit", format!("tree {tree}\ncommitter nobody\n\nNo author\n").as_bytes());
    repository.update_ref("refs/heads/main", &commit);
    world.backup().await;
    assert_eq!(git::refs(&world.bare()), repository.refs());
    assert_eq!(git::objects(&world.bare()), git::objects(&repository.path()));
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detached_head_is_kept_and_given_back() {
    let (world, repository) = World::with_repository().await;
    let main = repository.resolve("refs/heads/main").expect("main");
    let parent = repository.git(&["rev-parse", "main^"]);
    repository.git(&["update-ref", "--no-deref", "HEAD", &parent]);
    world.backup().await;
    assert_eq!(git::git(&world.bare(), &["rev-parse", "HEAD"]), parent);
    repository.git(&["update-ref", "--no-deref", "HEAD", &main]);
    world.backup().await;
    assert_eq!(git::git(&world.bare(), &["rev-parse", "HEAD"]), main);
    assert_eq!(git::refs(&world.bare()).get("refs/gitark/lost/2-HEAD"), Some(&parent));
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_working_copy_is_clean_and_stays_inside_its_directory() {
    let (world, repository) = World::with_repository().await;
    repository.commit("main", &[("deep/er/file.txt", "deep\n"), (".gitattributes", "*.txt text\n")], "Deep");
    world.backup().await;
    let target = tempfile::tempdir().expect("a directory");
    let directory = target.path().join("hello");
    let options = restore::Options::new(restore::Format::Checkout, At::Latest);
    let restored =
        restore::restore(&world.repository().await, &directory, &options, &tokio_util::sync::CancellationToken::new())
            .await
            .expect("a restore");
    assert_eq!(restored.files, 4);
    assert_eq!(git::git(&directory, &["status", "--porcelain"]), "");
    assert_eq!(std::fs::read_to_string(directory.join("deep/er/file.txt")).expect("a file"), "deep\n");
    assert_eq!(git::refs(&directory), repository.refs());

    // A tree that would write outside, or into .git, is refused and leaves nothing.
    let blob = repository.git(&["rev-parse", "main:README.md"]);
    for name in ["..", ".git", ".GIT"] {
        let raw: Vec<u8> =
            (0..40).step_by(2).map(|at| u8::from_str_radix(&blob[at..at + 2], 16).expect("hex")).collect();
        let tree = [format!("100644 {name}\0").as_bytes(), &raw].concat();
        let tree = repository.git_with_input(&["hash-object", "-t", "tree", "-w", "--literally", "--stdin"], &tree);
        let commit = repository.git_with_input(&["commit-tree", &tree], b"evil\n");
        repository.update_ref("refs/heads/main", &commit);
        world.backup().await;
        let evil = target.path().join("evil");
        let result =
            restore::restore(&world.repository().await, &evil, &options, &tokio_util::sync::CancellationToken::new())
                .await;
        assert!(matches!(result, Err(restore::Error::Checkout(_))), "{name}: {result:?}");
        let left: Vec<_> = std::fs::read_dir(target.path())
            .expect("a directory")
            .map(|entry| entry.expect("one").file_name())
            .collect();
        assert_eq!(left, ["hello"], "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_come_and_every_entry_can_be_given_back() {
    let (world, repository) = World::with_repository().await;
    let mut history = vec![];
    for round in 0..40 {
        repository.commit("main", &[("round.txt", &format!("{round}\n"))], "Round");
        world.backup().await;
        history.push(repository.refs());
    }
    let stored = world.repository().await;
    let mut checkpoints = vec![];
    for sequence in 1..=40 {
        let (entry, ..) = stored.entry(sequence).await.expect("an entry").expect("there");
        if entry.checkpoint.is_some() {
            checkpoints.push(sequence);
        } else {
            assert_eq!(entry.changes.len(), 1);
            assert_eq!(entry.changes[0].how, How::FastForward);
        }
    }
    assert_eq!(checkpoints, [1, 33]);
    for sequence in [1, 2, 20, 32, 33, 34, 40] {
        let restored = World::restored_refs(&world.vault, At::Number(sequence)).await;
        assert_eq!(restored, history[sequence as usize - 1], "entry {sequence}");
    }
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_at_a_relative_path_gets_its_packs_by_rename() {
    let (world, repository) = World::with_repository().await;
    // Tests share a working directory, so it is not changed: the path climbs from it.
    let here = std::env::current_dir().expect("a directory");
    let up: std::path::PathBuf = here.components().skip(1).map(|_| "..").collect();
    let relative = up.join(world.vault.strip_prefix("/").expect("an absolute path"));
    assert!(relative.is_relative());
    let storage = gitark::vault::Storage::local(&relative).expect("the vault");
    assert!(storage.root().is_some_and(std::path::Path::is_absolute));
    world.backup_to(storage).await.expect("a run");
    assert_eq!(git::refs(&world.bare()), repository.refs());
    World::assert_whole(&world.vault).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_too_large_is_a_reason_of_its_own() {
    let (mut world, repository) = World::with_repository().await;
    world.backup().await;
    world.options.object_bytes = 10_000;
    // Something that does not compress away.
    let text: String = (0..4000_u32).map(|number| format!("{}\n", number.wrapping_mul(2_654_435_761))).collect();
    let large = repository.commit("main", &[("large.txt", &text)], "Large");
    let report = world.backup_to(world.storage()).await.expect("a run");
    let found = row(&report, REPOSITORY);
    assert_eq!((found.outcome, found.reason), (Outcome::Failed, Some(Reason::TooLarge)), "{found:?}");
    World::assert_whole(&world.vault).await;
    world.options.object_bytes = 1 << 20;
    world.backup().await;
    assert_eq!(World::restored_refs(&world.vault, At::Latest).await["refs/heads/main"], large);
}
