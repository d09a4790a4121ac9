//! `gitark restore` into bundles and archives, with git as the judge.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
    path::Path,
};

use crate::support::{HELLO, Node, Nodes, World, commit_tree, files, flip_a_byte, git, git_bytes};

const LONG: &[u8] = &[b'n'; 200];

/// Files of every sort.
const NODES: &Nodes = &[
    (b"README.md", Node::File(b"# Hello\n")),
    (b"a b\tc\n\"d\"", Node::File(b"odd\n")),
    (b"binary", Node::File(b"\0\x01\xff\xfe\r\n\0")),
    (b"empty", Node::File(b"")),
    (
        b"folder",
        Node::Folder(&[(b"bar.txt", Node::File(b"bar\n")), (b"deep", Node::Folder(&[(LONG, Node::File(b"far\n"))]))]),
    ),
    (b"link", Node::Link("folder//bar.txt")),
    (b"link-away", Node::Link("/etc/passwd")),
    (b"run.sh", Node::Executable(b"#!/bin/sh\n")),
    (b"sub", Node::Submodule),
    ("\u{fc}nic\u{f6}de".as_bytes(), Node::File(b"u\n")),
];

/// One entry of an archive, as far as it matters when it is unpacked.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    kind: char,
    executable: bool,
    seconds: u64,
    content: Vec<u8>,
}

fn tar_entries(bytes: &[u8]) -> BTreeMap<Vec<u8>, Entry> {
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let kind = match entry.header().entry_type() {
            tar::EntryType::Regular => 'f',
            tar::EntryType::Directory => 'd',
            tar::EntryType::Symlink => 'l',
            tar::EntryType::XGlobalHeader => 'g',
            other => panic!("{other:?}"),
        };
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        content.extend(entry.link_name_bytes().unwrap_or_default().iter());
        let (mode, seconds) = (entry.header().mode().unwrap(), entry.header().mtime().unwrap());
        (entry.path_bytes().into_owned(), Entry { kind, executable: mode & 0o111 != 0, seconds, content })
    });
    entries.collect()
}

fn zip_entries(bytes: &[u8]) -> BTreeMap<Vec<u8>, Entry> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut entries = BTreeMap::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let (mode, time) = (entry.unix_mode().unwrap_or(0o644), entry.last_modified().unwrap());
        let kind = match (entry.is_dir(), entry.is_symlink()) {
            (true, _) => 'd',
            (_, true) => 'l',
            _ => 'f',
        };
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let seconds = u64::from(time.second()) + 60 * (u64::from(time.minute()) + 60 * u64::from(time.hour()));
        let executable = kind == 'f' && mode & 0o111 != 0;
        entries.insert(entry.name_raw().to_owned(), Entry { kind, executable, seconds, content });
    }
    entries
}

/// Two versions, of which the first is tagged.
async fn world() -> World {
    let world = World::start().await;
    let repository = world.repository(HELLO);
    commit_tree(&repository, "main", NODES);
    repository.create_annotated_tag("v1", "refs/heads/main", "One");
    repository.update_ref("refs/pull/7/head", &repository.resolve("main").unwrap());
    world.backup(&[HELLO]).exits(0);
    repository.commit("main", &[("README.md", "# More\n"), ("folder/bar.txt", "more bar\n")], "More");
    repository.commit("aaa", &[("other.txt", "other\n")], "Other");
    world.backup(&[HELLO]).exits(0);
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn archives_hold_what_git_archive_puts_into_them() {
    let world = world().await;
    let upstream = world.repository(HELLO).path();
    for (number, (reference, arguments)) in [
        ("main", vec![]),
        ("v1", vec!["--ref", "v1"]),
        ("v1", vec!["--at", "1"]),
        ("aaa", vec!["--ref", "refs/heads/aaa"]),
    ]
    .into_iter()
    .enumerate()
    {
        let commit = git(&upstream, &["rev-parse", &format!("{reference}^{{commit}}")]);
        let prefix = format!("--prefix=hello-{}/", &commit[..10]);
        let restore = |format: &str| {
            let target = format!("{number}.{format}");
            let mut all = vec!["restore", HELLO, &target, "--format", format];
            all.extend(&arguments);
            world.run(&all).exits(0);
            std::fs::read(world.path(&target)).unwrap()
        };
        let of_git = tar_entries(&git_bytes(&upstream, &["archive", "--format=tar", &prefix, &commit]));
        let tar = restore("tar");
        assert_eq!(tar_entries(&tar), of_git, "{reference}");
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&restore("tar.gz")[..]).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == tar, "tar.gz is the tar compressed");
        let of_git = git_bytes(&upstream, &["-c", "core.quotePath=false", "archive", "--format=zip", &prefix, &commit]);
        let zip = restore("zip");
        assert_eq!(zip_entries(&zip), zip_entries(&of_git), "{reference}");
        let comment = |bytes: &[u8]| zip::ZipArchive::new(Cursor::new(bytes.to_vec())).unwrap().comment().to_vec();
        assert_eq!(comment(&zip), comment(&of_git));
    }
    let mode = std::fs::metadata(world.path("0.tar")).unwrap();
    assert!(mode.is_file());
    #[cfg(unix)]
    assert_ne!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o044, 0, "readable as the umask says");
    // And once more: the same bytes.
    world.run(&["restore", HELLO, "again.zip", "--format", "zip"]).exits(0);
    assert_eq!(std::fs::read(world.path("again.zip")).unwrap(), std::fs::read(world.path("0.zip")).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_is_what_git_verifies_and_clones() {
    let world = world().await;
    let upstream = world.repository(HELLO);
    for (at, packs) in [("1", 1), ("latest", 2)] {
        let bundle = format!("{at}.bundle");
        world.run(&["restore", HELLO, &bundle, "--format", "bundle", "--at", at]).exits(0);
        let restored = format!("{at}.git");
        world.run(&["restore", HELLO, &restored, "--bare", "--at", at]).exits(0);
        let packs_there = files(&world.path(&restored).join("objects/pack")).len() / 2;
        assert_eq!(packs_there, packs);
        let directory = world.path(&restored);
        git(&directory, &["bundle", "verify", &format!("../{bundle}")]);
        let listed = git(&directory, &["bundle", "list-heads", &format!("../{bundle}")]);
        let refs = git(&directory, &["for-each-ref", "--format=%(objectname) %(refname)"]);
        for line in refs.lines() {
            assert!(listed.contains(line), "{line} is not in {listed}");
        }
        assert_eq!(listed.lines().count(), refs.lines().count() + 1, "and HEAD");
        let root = world.directory.path();
        let clone = format!("{at}-clone");
        git(root, &["clone", "-q", &bundle, &clone]);
        assert_eq!(git(&world.path(&clone), &["symbolic-ref", "HEAD"]), "refs/heads/main");
        git(&world.path(&clone), &["fsck", "--full"]);
        let mirror = format!("{at}-mirror");
        git(root, &["clone", "-q", "--mirror", &bundle, &mirror]);
        let of_mirror = git(&world.path(&mirror), &["for-each-ref", "--format=%(objectname) %(refname)"]);
        assert_eq!(of_mirror, refs);
    }
    assert_eq!(git(&world.path("latest-clone"), &["rev-parse", "HEAD"]), upstream.resolve("main").unwrap());
    // The default branch is found even where another one has the same commit and an earlier name.
    upstream.update_ref("refs/heads/aaa", &upstream.resolve("main").unwrap());
    upstream.rename_branch("main", "work");
    upstream.set_default_branch("work");
    world.backup(&[HELLO]).exits(0);
    world.run(&["restore", HELLO, "work.bundle", "--format", "bundle"]).exits(0);
    git(world.directory.path(), &["clone", "-q", "work.bundle", "work"]);
    assert_eq!(git(&world.path("work"), &["symbolic-ref", "HEAD"]), "refs/heads/work");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wiki_goes_beside_the_file_and_nothing_is_overwritten() {
    let world = World::start().await;
    let repository = world.repository(HELLO);
    repository.create_wiki().commit("master", &[("Home.md", "One\n")], "One");
    world.backup(&[HELLO]).exits(0);
    for format in ["bundle", "tar", "tar.gz", "zip"] {
        let target = format!("hello.{format}");
        let ran = world.run(&["restore", HELLO, &target, "--format", format, "--json"]).exits(0);
        let rows = ran.json();
        assert_eq!((&rows[0]["format"], &rows[0]["path"]), (&format.into(), &target.as_str().into()));
        assert_eq!(rows[1]["path"], format!("hello.wiki.{format}"));
        for row in &rows {
            let length = std::fs::metadata(world.path(row["path"].as_str().unwrap())).unwrap().len();
            assert_eq!(row["bytes"], length);
        }
        let before = std::fs::read(world.path(&target)).unwrap();
        world.run(&["restore", HELLO, &target, "--format", format]).exits(1).says(&[&target, "exists", "another file"]);
        assert_eq!(std::fs::read(world.path(&target)).unwrap(), before);
    }
    let listed = tar_entries(&std::fs::read(world.path("hello.wiki.tar")).unwrap());
    assert!(listed.keys().any(|path| path.starts_with(b"hello.wiki-") && path.ends_with(b"/Home.md")), "{listed:?}");
    // A version of the code is none of the wiki.
    world.run(&["restore", HELLO, "one.zip", "--format", "zip", "--ref", "main"]).exits(0);
    assert!(!world.path("one.wiki.zip").exists());
    for arguments in [vec!["--ref", "main"], vec!["--ref", "main", "--format", "bundle"]] {
        let mut all = vec!["restore", HELLO, "x"];
        all.extend(arguments);
        world.run(&all).exits(2).says(&["--ref", "tar"]);
    }
    world.run(&["restore", HELLO, "x", "--bare", "--format", "bare"]).exits(2);
    world.run(&["restore", HELLO, "x", "--format", "rar"]).exits(2).says(&["rar"]);
    world.run(&["restore", HELLO, "x.zip", "--format", "zip", "--ref", "mian"]).exits(1).says(&["mian", "main"]);
    world.github.create_repository("octocat/empty");
    world.backup(&["octocat/empty"]).exits(0);
    world.run(&["restore", "octocat/empty", "x", "--format", "tar"]).exits(1).says(&["no files", "refs/heads/main"]);
    world.run(&["restore", "octocat/empty", "x", "--format", "bundle"]).exits(1).says(&["empty", "--format bare"]);
    nothing_is_left(&world);
}

/// What was begun and did not come to an end is gone.
fn nothing_is_left(world: &World) {
    for entry in std::fs::read_dir(world.directory.path()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.starts_with(".gitark") && !name.starts_with('x'), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_makes_no_file() {
    let world = World::backed_up().await;
    flip_a_byte(&world.bare(HELLO));
    for format in ["bundle", "tar", "tar.gz", "zip"] {
        let target = format!("x.{format}");
        world.run(&["restore", HELLO, &target, "--format", format]).exits(4).says(&["damaged"]).shows_no_value();
    }
    nothing_is_left(&world);
}

/// What HFS+ takes for `.git`, because it skips some characters.
const HFS: &str = ".g\u{200c}it";

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_get_into_no_archive_and_no_working_copy() {
    let cases: &[(&Nodes, &str)] = &[
        (&[(b"..", Node::Folder(&[(b"up", Node::File(b"up\n"))]))], ".."),
        (&[(b"../x", Node::File(b"x\n"))], "../x"),
        (&[(b"/tmp/x", Node::File(b"x\n"))], "/tmp/x"),
        (&[(b".git", Node::Folder(&[(b"config", Node::File(b"[core]\n"))]))], ".git"),
        (&[(b".GIT", Node::File(b"gitdir: x\n"))], ".GIT"),
        (&[(b"git~1", Node::File(b"gitdir: x\n"))], "git~1"),
        (&[(b".g\xe2\x80\x8cit", Node::File(b"gitdir: x\n"))], HFS),
        (&[(b"a", Node::Folder(&[(b".", Node::File(b"x\n"))]))], "a/."),
        (&[(b".gitmodules", Node::Link("elsewhere"))], ".gitmodules"),
        (&[(b"l", Node::Link("/tmp")), (b"l", Node::Folder(&[(b"x", Node::File(b"x\n"))]))], "l"),
    ];
    for (nodes, name) in cases {
        let world = World::start().await;
        commit_tree(&world.repository(HELLO), "main", nodes);
        world.backup(&[HELLO]).exits(0);
        for format in ["tar", "tar.gz", "zip"] {
            let target = format!("x.{format}");
            let ran = world.run(&["restore", HELLO, &target, "--format", format]).exits(1).shows_no_value();
            ran.says(&["cannot go into an archive", name, "--format bundle"]);
        }
        // What only HFS+ takes for `.git` is no harm on other file systems.
        if cfg!(target_os = "macos") || *name != HFS {
            let ran = world.run(&["restore", HELLO, "x"]).exits(1).shows_no_value();
            ran.says(&["cannot be checked out", "--bare"]);
        }
        nothing_is_left(&world);
        // The history itself comes back whole.
        world.run(&["restore", HELLO, "h.bundle", "--format", "bundle"]).exits(0);
        world.run(&["restore", HELLO, "h.git", "--bare"]).exits(0);
        let objects = |directory: &Path| git(directory, &["rev-list", "--objects", "--no-object-names", "--all"]);
        assert_eq!(objects(&world.path("h.git")), objects(&world.repository(HELLO).path()), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zip_of_names_that_are_not_utf_8_is_refused_and_a_tar_is_not() {
    let world = World::start().await;
    commit_tree(
        &world.repository(HELLO),
        "main",
        &[(b"latin-\xe9", Node::File(b"x\n")), (b"dev\\x2d", Node::File(b"x\n"))],
    );
    world.backup(&[HELLO]).exits(0);
    world.run(&["restore", HELLO, "x.zip", "--format", "zip"]).exits(1).says(&["latin-", "UTF-8", "--format"]);
    nothing_is_left(&world);
    world.run(&["restore", HELLO, "hello.tar", "--format", "tar"]).exits(0);
    let names: Vec<_> = tar_entries(&std::fs::read(world.path("hello.tar")).unwrap()).into_keys().collect();
    assert!(names.iter().any(|name| name.ends_with(b"/latin-\xe9")));
    assert!(names.iter().any(|name| name.ends_with(b"/dev\\x2d")));
}
