//! Commands as a user would type them, with their output.

use std::{
    ffi::OsStr,
    fmt::Display,
    io::{self, PipeReader, Read as _, Write as _},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicBool, Ordering},
};

use tokio_util::sync::CancellationToken;

use crate::exit::{Exit, Failure};

/// How far a line may go before the rest of a command goes on the next one.
const LINE_WIDTH: usize = 79;

/// Variables of the user's that would change what the demo does, beside those of gitark.
const FOREIGN_VARIABLES: [&str; 13] = [
    "ALL_PROXY",
    "GH_TOKEN",
    "GITHUB_API_URL",
    "GITHUB_TOKEN",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_WORK_TREE",
    "HTTP_PROXY",
    "all_proxy",
    "http_proxy",
];

/// A word of a command: text or a path.
pub(super) type Word<'a> = &'a dyn AsRef<OsStr>;

/// Says what happens, and runs commands.
pub(super) struct Shell {
    gitark: PathBuf,
    cancel: CancellationToken,
    /// Whether anything was printed.
    began: AtomicBool,
}

impl Shell {
    pub(super) fn new(cancel: CancellationToken) -> Result<Self, Failure> {
        let gitark = std::env::current_exe()
            .map_err(|error| Failure::new(Exit::Failed, format!("cannot find the gitark that runs: {error}")))?;
        Ok(Self { gitark, cancel, began: AtomicBool::new(false) })
    }

    /// An empty line between one thing and the next.
    fn gap(&self, out: &mut impl io::Write) -> io::Result<()> {
        if self.began.swap(true, Ordering::Relaxed) { writeln!(out) } else { Ok(()) }
    }

    /// Says some lines.
    pub(super) fn say(&self, lines: &[impl Display]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        self.gap(&mut out)?;
        for line in lines {
            writeln!(out, "{line}")?;
        }
        out.flush()
    }

    /// Runs this gitark.
    pub(super) async fn gitark(&self, arguments: &[Word<'_>]) -> Result<(), Failure> {
        let command = Command::new(&self.gitark);
        self.run("gitark", command, arguments).await
    }

    /// Runs git without the user's configuration, which could add hints to what it prints.
    pub(super) async fn git(&self, arguments: &[Word<'_>]) -> Result<(), Failure> {
        let mut command = Command::new("git");
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_PAGER", "cat")
            .env("LC_ALL", "C");
        self.run("git", command, arguments).await
    }

    async fn run(&self, name: &str, mut command: Command, arguments: &[Word<'_>]) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        self.gap(&mut out)?;
        writeln!(out, "{}", typed(name, arguments))?;
        out.flush()?;
        drop(out);
        command.args(arguments.iter().map(AsRef::<OsStr>::as_ref)).stdin(Stdio::null());
        for variable in FOREIGN_VARIABLES {
            command.env_remove(variable);
        }
        let own =
            std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("GITARK_"));
        for variable in own {
            command.env_remove(variable);
        }
        // Nor does a gitark.toml that is found.
        command.env("GITARK_CONFIG", if cfg!(windows) { "NUL" } else { "/dev/null" });
        let ended = tokio::task::spawn_blocking(move || show(command)).await;
        let status = ended.unwrap_or_else(|panic| Err(io::Error::other(panic).into()))?;
        if self.cancel.is_cancelled() {
            return Err(Failure::interrupted());
        }
        if !status.success() {
            let message = format!("this step of the demo failed ({status}): {}", typed(name, arguments));
            return Err(Failure::new(Exit::Failed, message));
        }
        Ok(())
    }
}

/// Fails unless there is a git to run.
pub(super) async fn check_git() -> Result<(), Failure> {
    let found = tokio::task::spawn_blocking(|| Command::new("git").arg("--version").output()).await;
    let found = found.unwrap_or_else(|panic| Err(io::Error::other(panic)));
    match found {
        Ok(output) if output.status.success() => Ok(()),
        _ => {
            Err(Failure::new(Exit::Failed, "the demo needs git, and there is none on PATH; install git and try again"))
        }
    }
}

/// Runs a command and copies what it prints, on either channel and in its order, to stdout.
fn show(mut command: Command) -> Result<ExitStatus, Failure> {
    let (reader, mut child) = spawn(&mut command)
        .map_err(|error| Failure::new(Exit::Failed, format!("cannot run a step of the demo: {error}")))?;
    // The command holds our ends of the pipe, which would never close.
    drop(command);
    // A reader that goes away ends the demo, and this step with it.
    let copied = copy(reader);
    let status = child.wait()?;
    copied?;
    Ok(status)
}

fn spawn(command: &mut Command) -> io::Result<(PipeReader, Child)> {
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    Ok((reader, command.spawn()?))
}

/// Copies to stdout as it comes.
fn copy(mut reader: PipeReader) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(&buffer[..count])?;
        out.flush()?;
    }
}

/// The command as one would type it, on several lines when it is long.
fn typed(name: &str, arguments: &[Word<'_>]) -> String {
    let mut text = format!("$ {name}");
    let mut width = text.len();
    for argument in arguments {
        let word = quote(argument.as_ref());
        // Two for the space and for what ends the line.
        if width + word.len() + 3 > LINE_WIDTH {
            text.push_str(" \\\n     ");
            width = 5;
        }
        text.push(' ');
        text.push_str(&word);
        width += word.len() + 1;
    }
    text
}

/// A word as a shell takes it.
pub(super) fn quote(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=,+@".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.into_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{quote, typed};

    #[test]
    fn commands_can_be_typed() {
        assert_eq!(quote("./demo-vault".as_ref()), "./demo-vault");
        assert_eq!(quote("it's here".as_ref()), r"'it'\''s here'");
        assert_eq!(typed("git", &[&"log", &"--oneline"]), "$ git log --oneline");
        let place = "x".repeat(70);
        let long = typed("git", &[&"-C", &place, &"log"]);
        assert_eq!(long, format!("$ git -C \\\n      {place} \\\n      log"));
    }
}
