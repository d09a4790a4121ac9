//! Running git without the configuration of the machine.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The author, committer and tagger of everything scripted.
pub(crate) const IDENTITY: (&str, &str) = ("Mona Lisa", "octocat@example.com");

/// The date of the first scripted commit of a repository, in seconds since the epoch.
pub(crate) const FIRST_DATE: i64 = 1_700_000_000;

/// The seconds between two scripted events.
pub(crate) const TICK: i64 = 60;

/// Configuration for every command: any owner of a directory is fine, nothing runs in the
/// background, and a test's repositories need not survive a power cut.
const CONFIGURATION: [(&str, &str); 4] =
    [("safe.directory", "*"), ("gc.auto", "0"), ("maintenance.auto", "false"), ("core.fsync", "none")];

/// `git` in a directory with a clean environment.
pub(crate) fn command(directory: &Path) -> Command {
    let (name, email) = IDENTITY;
    let date = format!("{FIRST_DATE} +0000");
    let mut command = Command::new("git");
    command
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TZ", "UTC")
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", name)
        .env("GIT_AUTHOR_EMAIL", email)
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_NAME", name)
        .env("GIT_COMMITTER_EMAIL", email)
        .env("GIT_COMMITTER_DATE", &date)
        .env("GIT_CONFIG_COUNT", CONFIGURATION.len().to_string());
    for (index, (key, value)) in CONFIGURATION.iter().enumerate() {
        command.env(format!("GIT_CONFIG_KEY_{index}"), key).env(format!("GIT_CONFIG_VALUE_{index}"), value);
    }
    command
}

/// `git` in a bare repository, which it looks for nowhere else.
pub(crate) fn command_in_repository(directory: &Path) -> Command {
    let mut command = command(directory);
    command.env("GIT_DIR", directory);
    command
}

/// Makes an empty bare repository whose HEAD is the unborn `branch`.
pub(crate) fn init(directory: &Path, branch: &str) {
    std::fs::create_dir_all(directory).expect("creating a repository's directory");
    let mut command = command(directory);
    command.args(["init", "--quiet", "--bare", "--template=", "-b", branch]);
    command.arg(directory);
    run(command, &[]);
}

/// Runs a command to its end: the trimmed output, or its error when it fails.
pub(crate) fn attempt(mut command: Command, input: &[u8]) -> Result<String, String> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starting git");
    let mut stdin = child.stdin.take().expect("git's input is piped");
    let output = std::thread::scope(|scope| {
        // A command need not read its input to the end.
        scope.spawn(move || stdin.write_all(input).ok());
        child.wait_with_output().expect("waiting for git")
    });
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(format!(
            "{:?} failed ({}): {}",
            command.get_args().collect::<Vec<_>>(),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

/// Runs a command which must succeed.
pub(crate) fn run(command: Command, input: &[u8]) -> String {
    match attempt(command, input) {
        Ok(output) => output,
        Err(error) => panic!("git {error}"),
    }
}
