//! What is around the code as files, in the layouts of one's choice.

use std::{collections::BTreeMap, ffi::OsStr, path::Path, process::Command};

use serde_json::{Value, json};

use crate::{
    metadata::{back_up, talk},
    support::{HELLO, Ran, World, git},
};

/// A directory in which `github_backup` of PyPI's github-backup 0.65.0 is unpacked.
pub(crate) const TOOL: &str = "GITARK_GITHUB_BACKUP";

/// It asks https alone, and the emulator answers http: its addresses are put right on their way out, nothing else.
const LAUNCHER: &str = "
import sys
from github_backup import cli, github_backup
request = github_backup.Request
github_backup.Request = lambda url, *more, **named: request(url.replace('https://127.', 'http://127.'), *more, **named)
sys.exit(cli.main())
";

/// Runs that tool on octocat with the token `ghp_both`, into `theirs`.
pub(crate) fn run_tool(world: &World, tool: &OsStr, what: &[&str]) {
    std::fs::write(world.path("launcher.py"), LAUNCHER).unwrap();
    let url = world.emulator.url();
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let mut command = Command::new("python3");
    command
        .arg(world.path("launcher.py"))
        .args(["octocat", "--github-host", host, "--token", "ghp_both", "--output-directory"])
        .arg(world.path("theirs"))
        .args(what)
        .env("PYTHONPATH", tool)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", format!("url.{}/.insteadOf", url.trim_end_matches('/')))
        .env("GIT_CONFIG_VALUE_0", format!("https://ghp_both:x-oauth-basic@{host}/"));
    let ran = Ran::of(&mut command);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

/// All files below a directory, by path.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, directory: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn the_json_layout_is_the_tree_that_git_has() {
    let world = World::start().await;
    talk(&world);
    back_up(&world);
    let ran = world.run(&["export", HELLO, "out", "--layout", "json"]).exits(0);
    assert!(ran.stderr.contains("out: metadata of octocat/hello at "), "{}", ran.stderr);
    let files = tree(&world.path("out"));
    let bare = world.bare(HELLO).with_file_name("hello.meta.git");
    let listed = git(&bare, &["ls-tree", "-r", "--name-only", "main"]);
    assert_eq!(files.keys().map(String::as_str).collect::<Vec<_>>(), listed.lines().collect::<Vec<_>>());
    for (path, bytes) in &files {
        let kept = git(&bare, &["show", &format!("main:{path}")]);
        assert_eq!(String::from_utf8_lossy(bytes).trim(), kept, "{path}");
    }
    // What is there is not touched, and a failure leaves nothing behind.
    world.run(&["export", HELLO, "out", "--layout", "json"]).exits(1).says(&["out exists and is not empty"]);
    world.run(&["export", HELLO, ".", "--layout", "json"]).exits(2).says(&["the current directory"]);
    world.run(&["export", HELLO, "old", "--layout", "json", "--at", "2020-01-01"]).exits(1);
    assert!(!world.path("old").exists());
    let left = std::fs::read_dir(world.directory.path()).unwrap();
    assert!(left.flatten().all(|entry| !entry.file_name().to_string_lossy().starts_with(".gitark-restore-")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_markdown_layout_has_a_page_for_each_issue_pull_request_and_release() {
    let world = World::start().await;
    let (repository, issue, _) = talk(&world);
    repository.acting_as("grace").comment(issue, "Some words");
    back_up(&world);
    let ran = world.run(&["export", HELLO, "out", "--layout", "markdown", "--json"]).exits(0);
    assert_eq!(ran.json()[0]["files"], 3);
    let files = tree(&world.path("out"));
    assert_eq!(files.keys().collect::<Vec<_>>(), ["issues/1.md", "pulls/2.md", "releases/v1__0.md"]);
    let page = String::from_utf8(files["issues/1.md"].clone()).unwrap();
    for words in [
        "---\nnumber: 1\ntitle: \"It does not work\"\n",
        "labels: [\"bug\"]\n",
        "**grace** commented (",
        "\nSome words\n",
    ] {
        assert!(page.contains(words), "{words:?} is not in:\n{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_layout_of_python_github_backup_is_what_that_tool_writes() {
    let world = World::start().await;
    let (repository, issue, pull) = talk(&world);
    repository.comment(issue, "Words with \"quotes\", é and \u{1f600}");
    repository.acting_as("grace").comment(pull, "More words");
    repository.set_settings("hooks", json!([{ "id": 7, "name": "web", "config": { "url": "https://example.com" } }]));
    // Both see the same: GitHub says more to those who may do more.
    world.github.set_token("ghp_both", "octocat");
    let mut backup = world.backup_command(&[HELLO, "--only", "metadata"]);
    Ran::of(backup.env("GITHUB_TOKEN", "ghp_both")).exits(0);
    world.run(&["export", HELLO, "ours", "--layout", "python-github-backup"]).exits(0);
    let ours = tree(&world.path("ours"));
    let names: Vec<_> = ours.keys().map(|name| name.strip_prefix("repositories/hello/").unwrap()).collect();
    assert_eq!(
        names,
        [
            "hooks/hooks.json",
            "issues/1.json",
            "labels/labels.json",
            "milestones/1.json",
            "pulls/2.json",
            "releases/v1__0.json"
        ]
    );
    let Some(tool) = std::env::var_os(TOOL) else {
        eprintln!("skipped: {TOOL} names no directory with github_backup 0.65.0");
        return;
    };
    let what = ["--issues", "--issue-comments", "--pulls", "--pull-comments", "--milestones", "--labels", "--releases"];
    run_tool(&world, &tool, &[&what[..], &["--hooks", "--repository", "hello"]].concat());
    let theirs = tree(&world.path("theirs"));
    assert_eq!(ours.keys().collect::<Vec<_>>(), theirs.keys().collect::<Vec<_>>());
    for (path, bytes) in &theirs {
        let of = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace("/api/v3", "");
        let (ours, theirs) = (of(&ours[path]), of(bytes));
        if ours != theirs {
            // What GraphQL brings beside it is the one thing that may differ: docs/export.md.
            let (mut ours, theirs): (Value, Value) =
                (serde_json::from_str(&ours).unwrap(), serde_json::from_str(&theirs).unwrap());
            if let Some(fields) = ours.as_object_mut() {
                fields.remove("review_data");
            }
            assert_eq!(ours, theirs, "{path}");
        }
    }
}
