//! Real git, the judge of everything, with no configuration of this machine.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

/// A git command in `directory` that reads nobody's configuration.
pub(crate) fn command(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@example.com")])
        .envs([("GIT_COMMITTER_NAME", "C"), ("GIT_COMMITTER_EMAIL", "c@example.com")])
        .args(["-c", "safe.directory=*", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]);
    command
}

/// Runs git; the output, or what it complained about.
pub(crate) fn attempt(directory: &Path, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, String> {
    let mut command = command(directory);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("git starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // git may end before it has read everything.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("git ends");
    writer.join().expect("the writer ends");
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(format!("git {arguments:?} in {}: {}", directory.display(), String::from_utf8_lossy(&output.stderr)))
    }
}

/// Runs git, which must succeed; its output as text.
#[track_caller]
pub(crate) fn git(directory: &Path, arguments: &[&str]) -> String {
    match attempt(directory, arguments, b"") {
        Ok(output) => String::from_utf8_lossy(&output).trim_end().to_owned(),
        Err(error) => panic!("{error}"),
    }
}

/// All references with their values.
#[track_caller]
pub(crate) fn refs(directory: &Path) -> BTreeMap<String, String> {
    let lines = git(directory, &["for-each-ref", "--format=%(refname) %(objectname)"]);
    lines.lines().map(|line| line.split_once(' ').expect("two words")).map(|(a, b)| (a.into(), b.into())).collect()
}

/// The references but for gitark's own.
#[track_caller]
pub(crate) fn upstream_refs(directory: &Path) -> BTreeMap<String, String> {
    let mut refs = refs(directory);
    refs.retain(|name, _| !name.starts_with("refs/gitark/"));
    refs
}

/// Every object reachable from all references.
#[track_caller]
pub(crate) fn objects(directory: &Path) -> BTreeSet<String> {
    git(directory, &["rev-list", "--objects", "--no-object-names", "--all"]).lines().map(str::to_owned).collect()
}

/// `git fsck --full --strict` must have nothing to say but of dangling objects.
#[track_caller]
pub(crate) fn fsck(directory: &Path) {
    let output = command(directory).args(["fsck", "--full", "--strict"]).output().expect("git starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let complaints: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("dangling ") && !line.starts_with("notice: "))
        .filter(|line| !line.starts_with("Checking ") && !line.is_empty())
        .collect();
    assert!(output.status.success() && complaints.is_empty(), "fsck of {}: {complaints:?}", directory.display());
}

/// Clones `source` as a mirror into a new directory and checks the clone.
#[track_caller]
pub(crate) fn mirror_and_fsck(source: &str) -> tempfile::TempDir {
    let target = tempfile::tempdir().expect("a directory");
    git(target.path(), &["clone", "-q", "--mirror", source, "clone"]);
    fsck(&target.path().join("clone"));
    target
}
