//! `gitark ls-files` and `gitark cat`: the files of a backup, one by one.

use std::process::Command;

use crate::support::{HELLO, Node, Nodes, World, commit_tree, flip_a_byte, git, git_bytes};

const BINARY: &[u8] = b"\0\x01\xff\xfe\r\n\0";

/// Files of every sort, in names of every sort.
const NODES: &Nodes = &[
    (b"README.md", Node::File(b"# Hello\n")),
    (b"a b\tc\n\"d\"", Node::File(b"odd\n")),
    (b"binary", Node::File(BINARY)),
    (b"empty", Node::File(b"")),
    (b"foo", Node::Folder(&[(b"bar.txt", Node::File(b"bar\n"))])),
    (b"foo.txt", Node::File(b"foo\n")),
    (b"latin-\xe9", Node::File(b"not UTF-8\n")),
    (b"link", Node::Link("foo/bar.txt")),
    (b"run.sh", Node::Executable(b"#!/bin/sh\n")),
    (b"sub", Node::Submodule),
    ("\u{fc}nic\u{f6}de".as_bytes(), Node::Folder(&[("\u{1f980}".as_bytes(), Node::File(b"crab\n"))])),
];

async fn world() -> World {
    let world = World::start().await;
    let repository = world.repository(HELLO);
    commit_tree(&repository, "main", NODES);
    repository.create_annotated_tag("v1", "refs/heads/main", "One");
    world.backup(&[HELLO]).exits(0);
    repository.force_push("main", &[("README.md", "# Rewritten\n")], "Forced");
    world.backup(&[HELLO]).exits(0);
    world
}

/// stdout as bytes.
fn output(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn ls_files_prints_what_git_prints() {
    let world = world().await;
    let bare = world.bare(HELLO);
    for (reference, more) in [
        ("v1", vec!["--ref", "v1"]),
        ("HEAD", vec![]),
        ("refs/gitark/lost/2/heads/main", vec!["--ref", "refs/gitark/lost/2/heads/main"]),
    ] {
        for (ours, theirs) in [(vec![], vec![]), (vec!["-z"], vec!["-z"]), (vec!["--long"], vec!["-l"])] {
            let mut arguments = vec!["ls-files", HELLO];
            arguments.extend(more.iter().copied().chain(ours));
            let mut oracle = vec!["-c", "core.quotePath=false", "ls-tree", "-r"];
            oracle.extend(theirs);
            oracle.push(reference);
            let ours = String::from_utf8_lossy(&output(&mut world.command(&arguments))).into_owned();
            let theirs = String::from_utf8_lossy(&git_bytes(&bare, &oracle)).into_owned();
            // What is not UTF-8 is quoted too, as git does by default.
            let quoted = theirs.replace("latin-\u{fffd}\n", "\"latin-\\351\"\n");
            assert_eq!(ours, quoted, "{arguments:?}");
        }
    }
    // A folder, and a file.
    let of_git = git_bytes(&bare, &["ls-tree", "-r", "v1", "foo"]);
    for path in ["foo", "foo/", "./foo", "/foo//"] {
        assert_eq!(output(&mut world.command(&["ls-files", HELLO, path, "--ref", "v1"])), of_git, "{path}");
    }
    assert_eq!(
        output(&mut world.command(&["ls-files", HELLO, "foo/bar.txt", "--at", "1"])),
        git_bytes(&bare, &["ls-tree", "-r", "v1", "foo/bar.txt"])
    );
    let rows = world.run(&["ls-files", HELLO, "--at", "1", "--long", "--json"]).exits(0).json();
    let row = |path: &str| rows.iter().find(|row| row["path"] == path).unwrap();
    assert_eq!((&row("run.sh")["mode"], &row("run.sh")["size"]), (&"100755".into(), &10.into()));
    assert_eq!((&row("sub")["kind"], row("sub").get("size")), (&"commit".into(), None));
    assert_eq!(row("latin-\u{fffd}")["path_hex"], "6c6174696e2de9");
}

#[tokio::test(flavor = "multi_thread")]
async fn cat_prints_every_byte_of_a_file_as_it_was() {
    let world = world().await;
    let bare = world.bare(HELLO);
    let cat = |arguments: &[&str]| output(world.command(&["cat", HELLO]).args(arguments));
    for path in ["README.md", "binary", "empty", "foo/bar.txt", "link", "\u{fc}nic\u{f6}de/\u{1f980}", "a b\tc\n\"d\""]
    {
        let of_git = git_bytes(&bare, &["cat-file", "blob", &format!("v1:{path}")]);
        assert_eq!(cat(&[path, "--ref", "v1"]), of_git, "{path}");
        assert_eq!(cat(&[path, "--at", "1"]), of_git, "{path}");
    }
    assert_eq!(cat(&["binary", "--ref", "v1"]), BINARY);
    // By a lost tip, by its id, and by the beginning of that.
    let lost = git(&bare, &["rev-parse", "refs/gitark/lost/2/heads/main"]);
    for reference in ["refs/gitark/lost/2/heads/main", "gitark/lost/2/heads/main", &lost, &lost[..8]] {
        assert_eq!(cat(&["README.md", "--ref", reference]), b"# Hello\n", "{reference}");
    }
    assert_eq!(cat(&["README.md"]), b"# Rewritten\n");
    for branch in ["main", "heads/main", "refs/heads/main", "HEAD"] {
        assert_eq!(cat(&["README.md", "--ref", branch]), b"# Rewritten\n", "{branch}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_older_backups_are_read_after_a_compaction() {
    let world = world().await;
    let repository = world.repository(HELLO);
    let text =
        |round: usize| (0..400).map(|line| format!("line {line} of {}\n", line % (round + 2))).collect::<String>();
    for round in 0..6 {
        repository.commit("main", &[("long.txt", &text(round))], "Round");
        world.backup(&[HELLO]).exits(0);
    }
    world.run(&["compact", HELLO, "--all", "--grace", "0s"]).exits(0);
    world.run(&["compact", HELLO, "--all", "--grace", "0s"]).exits(0);
    for round in 0..6 {
        let at = (round + 3).to_string();
        let ran = world.run(&["cat", HELLO, "long.txt", "--at", &at]).exits(0);
        assert_eq!(ran.stdout, text(round), "{at}");
        let listed = world.run(&["ls-files", HELLO, "long.txt", "--at", &at, "--long", "--json"]).exits(0).json();
        assert_eq!(listed[0]["size"], text(round).len(), "{at}");
    }
    assert_eq!(world.run(&["cat", HELLO, "README.md", "--at", "1"]).exits(0).stdout, "# Hello\n");
    // And what the log does not say is proven by their commits.
    for (from, to, how) in [("1", "5", "forced"), ("5", "2", "forced"), ("2", "5", "fast-forward")] {
        let text = world.run(&["diff", HELLO, from, to]).exits(0).stdout;
        assert!(text.lines().any(|line| line.starts_with(how) && line.ends_with("refs/heads/main")), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_named_with_what_is_like_it() {
    let world = world().await;
    let cat = |arguments: &[&str]| {
        let mut all = vec!["cat", HELLO];
        all.extend(arguments);
        let ran = world.run(&all).exits(1).shows_no_value();
        assert_eq!(ran.stdout, "");
        ran
    };
    cat(&["readme.MD"]).says(&["has no readme.MD (did you mean README.md?)", "gitark ls-files"]);
    cat(&["foo/baz.txt", "--ref", "v1"]).says(&["refs/tags/v1 has no foo/baz.txt", "foo/bar.txt"]);
    cat(&["README.md/x"]).says(&["has no README.md/x"]);
    cat(&["foo", "--ref", "v1"]).says(&["foo is a directory with bar.txt", "name a file"]);
    cat(&["/", "--ref", "v1"]).says(&["the top folder is a directory"]);
    cat(&["sub", "--ref", "v1"]).says(&["sub is a submodule", "1234567890123456789012345678901234567890"]);
    cat(&["README.md", "--ref", "mian"]).says(&["no reference or object \"mian\"", "main", "gitark show"]);
    cat(&["README.md", "--ref", "00000000"]).says(&["00000000"]);
    cat(&["README.md", "--at", "7"]).says(&["no backup at number 7"]);
    world.run(&["ls-files", HELLO, "nothing"]).exits(1).says(&["has no nothing"]);
    let blob = git(&world.bare(HELLO), &["rev-parse", "main:README.md"]);
    cat(&["README.md", "--ref", &blob]).says(&["leads to a blob"]);

    let empty = world.github.create_repository("octocat/empty");
    world.backup(&["octocat/empty"]).exits(0);
    world.run(&["ls-files", "octocat/empty"]).exits(1).says(&["no files", "refs/heads/main, which does not exist"]);
    drop(empty);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_is_never_printed() {
    let world = World::backed_up().await;
    let pack = flip_a_byte(&world.bare(HELLO));
    let whole = std::fs::read(&pack).unwrap();
    let files: Vec<String> = git(&world.repository(HELLO).path(), &["ls-tree", "-r", "--name-only", "main"])
        .lines()
        .map(str::to_owned)
        .collect();
    let mut damaged = 0;
    for at in (12..whole.len() - 20).step_by(5) {
        let mut bytes = whole.clone();
        bytes[whole.len() / 2] ^= 1;
        bytes[at] ^= 0x10;
        std::fs::write(&pack, bytes).unwrap();
        let path = &files[at % files.len()];
        let ran = world.run(&["cat", HELLO, path]);
        match ran.code {
            0 => {
                assert_eq!(ran.stdout, git(&world.repository(HELLO).path(), &["show", &format!("main:{path}")]) + "\n")
            }
            _ => {
                let ran = ran.exits(4).says(&["damaged"]).shows_no_value();
                assert_eq!(ran.stdout, "");
                damaged += 1;
            }
        }
    }
    assert!(damaged > 0);
    std::fs::remove_file(pack.with_extension("idx")).unwrap();
    world.run(&["cat", HELLO, "README.md"]).exits(4).says(&["damaged", ".idx", "missing"]);
    world.run(&["ls-files", HELLO]).exits(4).says(&["damaged", ".idx", "missing"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_listed_as_they_are_and_open_nothing() {
    let world = World::start().await;
    let nodes: &Nodes = &[
        (b"..", Node::Folder(&[(b"up", Node::File(b"up\n"))])),
        (b"../x", Node::File(b"x\n")),
        (b".git", Node::Folder(&[(b"config", Node::File(b"c\n"))])),
        (b"\x1b[31mred", Node::File(b"red\n")),
    ];
    commit_tree(&world.repository(HELLO), "main", nodes);
    world.backup(&[HELLO]).exits(0);
    let listed = world.run(&["ls-files", HELLO]).exits(0).stdout;
    assert!(listed.contains("\t../up\n") && listed.contains("\t.git/config\n"), "{listed}");
    assert!(listed.contains("\t\"\\033[31mred\"\n"), "{listed}");
    assert_eq!(world.run(&["cat", HELLO, ".git/config"]).exits(0).stdout, "c\n");
}
