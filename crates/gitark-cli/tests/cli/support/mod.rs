//! A GitHub with two repositories, a place for a vault, and the command.

mod aws;
mod lambda;
mod liar;
mod pack;
mod ran;
#[path = "../../../../gitark/tests/suite/support/seaweedfs.rs"]
pub(crate) mod seaweedfs;
mod stored;
mod tls;
mod tree;

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use github_emulator::{Emulator, GitHub, Repository};
use sha2::Digest as _;
use tempfile::TempDir;

pub(crate) use aws::Aws;
pub(crate) use lambda::{Invoked, invoke, invoke_with};
pub(crate) use liar::{Liar, answer, gzip};
pub(crate) use pack::{Pack, Packet};
pub(crate) use ran::Ran;
pub(crate) use stored::{Stored, files, flip_a_byte, packs, row};
pub(crate) use tls::Authority;
pub(crate) use tree::{Node, Nodes, commit_tree};

/// The repository that tests harm.
pub(crate) const HELLO: &str = "octocat/hello";
/// The repository that stays well.
pub(crate) const SPOON: &str = "octocat/spoon";

/// An emulated GitHub where octocat has [`HELLO`] and [`SPOON`], and a directory to work in.
pub(crate) struct World {
    pub(crate) github: GitHub,
    pub(crate) emulator: Emulator,
    pub(crate) directory: TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        let github = GitHub::new();
        for name in [HELLO, SPOON] {
            let repository = github.create_repository(name);
            repository.commit("main", &[("README.md", "# Hello\n")], "One");
            repository.commit("main", &[("more.txt", "more\n")], "Two");
        }
        let emulator = Emulator::start(github.clone()).await.unwrap();
        let directory = tempfile::Builder::new().prefix("gitark-cli-test-").tempdir().unwrap();
        Self { github, emulator, directory }
    }

    /// The same with a first backup in the vault.
    pub(crate) async fn backed_up() -> Self {
        let world = Self::start().await;
        world.backup(&["octocat"]).exits(0);
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn vault(&self) -> PathBuf {
        self.path("vault")
    }

    pub(crate) fn bare(&self, full_name: &str) -> PathBuf {
        let name = full_name.rsplit('/').next().unwrap();
        self.vault().join("127.0.0.1").join(full_name).join(format!("{name}.git"))
    }

    pub(crate) fn repository(&self, full_name: &str) -> Repository {
        self.github.repository(full_name).unwrap()
    }

    /// Pushes something to a repository.
    pub(crate) fn push(&self, full_name: &str) {
        self.repository(full_name).commit("main", &[("news.txt", "news\n")], "News");
    }

    /// `gitark` with these arguments in an environment that holds nothing of the machine's.
    pub(crate) fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gitark"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.directory.path())
            .env("GITARK_VAULT", self.vault())
            .env("GITHUB_API_URL", self.emulator.url())
            .env("RUST_BACKTRACE", "0");
        // What is around the code has tests of its own, which name it.
        let is = |word: &str| arguments.iter().any(|argument| argument.as_ref() == word);
        if (is("backup") || is("plan")) && !is("--only") && !is("show") {
            command.env("GITARK_SKIP", "metadata");
        }
        command
    }

    /// Runs `gitark` with these arguments.
    pub(crate) fn run(&self, arguments: &[impl AsRef<OsStr>]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// `gitark backup` into the vault, without second tries: those wait.
    pub(crate) fn backup_command(&self, arguments: &[&str]) -> Command {
        self.command(&[&["backup", "--retries", "0", "--max-wait", "0s"], arguments].concat())
    }

    pub(crate) fn backup(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.backup_command(arguments))
    }

    /// Asserts that the vault is whole, and that plain git and a restore see this commit on `main`.
    pub(crate) fn restores(&self, full_name: &str, commit: &str) {
        self.run(&["verify", "--full"]).exits(0);
        let bare = self.bare(full_name);
        git(&bare, &["fsck", "--strict", "--full"]);
        assert_eq!(git(&bare, &["rev-parse", "refs/heads/main"]), commit);
        let target = self.path("restored");
        self.run(&["restore", full_name, "restored"]).exits(0);
        assert_eq!(git(&target, &["rev-parse", "HEAD"]), commit);
        std::fs::remove_dir_all(target).unwrap();
    }
}

/// Runs git, which must succeed: its trimmed output.
pub(crate) fn git(directory: &Path, arguments: &[&str]) -> String {
    String::from_utf8(git_bytes(directory, arguments)).unwrap().trim().to_owned()
}

/// Runs git, which must succeed: its output.
pub(crate) fn git_bytes(directory: &Path, arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new("git");
    command
        .args(["-c", "safe.directory=*"])
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(std::process::Stdio::null());
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// SHA-256 in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
