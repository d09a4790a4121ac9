//! git-lfs itself, the judge of what is a pointer, and of what a vault and a restored repository have.

use std::{path::Path, process::Command};

use gitark::{
    git::lfs::Pointer,
    restore::{self, Format},
    vault::lookup::At,
};
use tokio_util::sync::CancellationToken;

use super::{place, world};
use crate::support::git;

/// False, said in a line, on a machine without git-lfs.
fn has_git_lfs() -> bool {
    let found = Command::new("git").args(["lfs", "version"]).output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("skipped: git-lfs is not installed (apt-get install git-lfs)");
    }
    found
}

/// git with git-lfs' filters, which come from no configuration file.
#[track_caller]
fn git_lfs(directory: &Path, arguments: &[&str]) -> String {
    let filters = [
        "filter.lfs.clean=git-lfs clean -- %f",
        "filter.lfs.smudge=git-lfs smudge -- %f",
        "filter.lfs.process=git-lfs filter-process",
        "filter.lfs.required=true",
    ];
    let mut command = git::command(directory);
    command.args(filters.iter().flat_map(|filter| ["-c", filter])).args(arguments).env("HOME", directory);
    let output = command.output().expect("git starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn git_lfs_clones_from_the_vault_and_finds_a_restored_repository_whole() {
    if !has_git_lfs() {
        return;
    }
    let (world, _, [one, two]) = world().await;
    world.backup().await;
    // From the vault itself, without gitark.
    let directory = tempfile::tempdir().expect("a directory");
    let url = format!("file://{}", world.bare().display());
    git_lfs(directory.path(), &["clone", "-q", &url, "clone"]);
    let clone = directory.path().join("clone");
    git_lfs(&clone, &["lfs", "pull"]);
    assert_eq!(std::fs::read(clone.join("one.bin")).unwrap(), b"the first large file\n");
    assert_eq!(std::fs::read(clone.join("folder/two.bin")).unwrap(), [7; 5000]);
    git_lfs(&clone, &["lfs", "fsck"]);

    let repository = world.repository().await;
    for format in [Format::Bare, Format::Checkout] {
        let path = directory.path().join(format!("{format:?}"));
        let options = restore::Options::new(format, At::Latest);
        restore::restore(&repository, &path, &options, &CancellationToken::new()).await.expect("a restore");
        let said = git_lfs(&path, &["lfs", "fsck", "--objects"]);
        assert!(said.contains("OK"), "{format:?}: {said}");
        let git_dir = if format == Format::Bare { path.clone() } else { path.join(".git") };
        assert!(place(&git_dir, &one).exists() && place(&git_dir, &two).exists());
        // Of a restored repository the content is pushed to another forge from where it is.
        let other = directory.path().join(format!("{format:?}.other.git"));
        git::git(directory.path(), &["init", "-q", "--bare", other.to_str().expect("text")]);
        let url = format!("file://{}", other.display());
        git_lfs(&path, &["lfs", "push", "--all", &url]);
        assert!(place(&other, &one).exists() && place(&other, &two).exists());
    }
    let restored = directory.path().join("Checkout");
    assert_eq!(git_lfs(&restored, &["status", "--porcelain"]), "", "git takes the files for unchanged");
    git_lfs(&restored, &["update-index", "-q", "--really-refresh"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_working_copy_has_content_where_gitattributes_say_so() {
    let (world, repository, [one, _]) = world().await;
    // The same pointer where no attribute gives it to git-lfs, and one that needs a program of the user's.
    let pointer = github_emulator::lfs_pointer(&one, 21);
    let extension = pointer.replace("oid ", &format!("ext-0-case sha256:{}\noid ", "a".repeat(64)));
    repository.commit("main", &[("plain.txt", &pointer), ("extension.bin", &extension)], "More");
    world.backup().await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("hello");
    let options = restore::Options::new(Format::Checkout, At::Latest);
    let (repository, cancel) = (world.repository().await, CancellationToken::new());
    let restored = restore::restore(&repository, &path, &options, &cancel).await.expect("a restore");
    assert_eq!((restored.lfs.objects, restored.lfs.missing), (2, 0));
    assert_eq!(std::fs::read(path.join("one.bin")).unwrap(), b"the first large file\n");
    assert_eq!(std::fs::read(path.join("folder/two.bin")).unwrap(), [7; 5000]);
    for kept in ["plain.txt", "extension.bin"] {
        assert!(std::fs::read_to_string(path.join(kept)).unwrap().starts_with("version "), "{kept}");
    }
    // By the index alone, also without git-lfs.
    assert_eq!(git::git(&path, &["status", "--porcelain"]), "");
}

#[test]
fn what_git_lfs_takes_for_a_pointer_is_one() {
    if !has_git_lfs() {
        return;
    }
    let oid = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";
    let version = "version https://git-lfs.github.com/spec/v1";
    let good = format!("{version}\noid sha256:{oid}\nsize 12345\n");
    let with_line = |line: &str| format!("{version}\n{line}\noid sha256:{oid}\nsize 1\n");
    let spaces = |number: usize| format!("{good}{}", " ".repeat(number));
    let variants = [
        good.clone(),
        good.replace('\n', "\r\n"),
        good.trim_end().to_owned(),
        format!("\n\n  {good}\n\n"),
        good.replace("\nsize", "\n\nsize"),
        good.replace("git-lfs", "hawser"),
        good.replace("https://git-lfs.github.com/spec/v1", "http://git-media.io/v/2"),
        good.replace("spec/v1", "spec/v2"),
        good.replace("https", "http"),
        good.replace("12345", "0"),
        good.replace("12345", "+1"),
        good.replace("12345", "007"),
        good.replace("12345", "-1"),
        good.replace("12345", "1.5"),
        good.replace("12345", "1_000"),
        good.replace("12345", "9223372036854775807"),
        good.replace("12345", "9223372036854775808"),
        good.replace("12345", "12345 "),
        good.replace("sha256:", "sha256: "),
        good.replace("sha256:", "md5:"),
        good.replace("sha256:", ""),
        good.replace(oid, &oid.to_uppercase()),
        good.replace(oid, &oid[1..]),
        good.replace(oid, &format!("{oid}0")),
        good.replace(oid, &format!("{}z", &oid[1..])),
        good.replace("oid ", "oid  "),
        good.replace("oid ", "oid\t"),
        format!("{version}\nsize 12345\noid sha256:{oid}\n"),
        format!("oid sha256:{oid}\n{version}\nsize 12345\n"),
        format!("{good}more lines\n"),
        format!("{good}# a comment"),
        format!("{version}\noid sha256:{oid}\n"),
        with_line(&format!("ext-0-foo sha256:{oid}")),
        with_line(&format!("ext-1-foo sha256:{oid}\next-0-bar sha256:{oid}")),
        with_line(&format!("ext-0-foo sha256:{oid}\next-0-bar sha256:{oid}")),
        with_line(&format!("ext-10-foo sha256:{oid}")),
        with_line(&format!("ext-0- sha256:{oid}")),
        with_line(&format!("ext-x-foo sha256:{oid}")),
        with_line("ext-0-foo sha256:abc"),
        with_line("ext-0-foo"),
        with_line("key value"),
        spaces(1023 - good.len()),
        format!("{}\n{}", good.trim_end(), "x".repeat(900)),
        "a text about git-lfs that is long enough to be looked at, but is no pointer file at all, as one sees here, at \
         least with human eyes, and git-lfs does too\n"
            .to_owned(),
    ];
    let directory = tempfile::tempdir().expect("a directory");
    for text in variants {
        std::fs::write(directory.path().join("file"), &text).unwrap();
        let mut command = git::command(directory.path());
        command.args(["lfs", "pointer", "--check", "--file", "file"]).env("HOME", directory.path());
        let says = command.output().expect("git starts").status.success();
        assert_eq!(Pointer::parse(text.as_bytes()).is_some(), says, "{text:?}");
    }
}
