//! `gitark demo`: the whole story on small repositories that are made on the spot.
//!
//! Every step is a command that a user could type, run as such, with its real output below it.

mod places;
mod shell;
mod upstream;

use std::path::PathBuf;

use clap::Args;
use github_emulator::Emulator;
use tokio_util::sync::CancellationToken;

use crate::{
    command::Outcome,
    exit::{Exit, Failure},
    interrupt,
};
use places::Places;
use shell::Shell;

/// Show it all on small made-up repositories: no token and no network needed.
#[derive(Args, Debug)]
pub(crate) struct Demo {
    /// Where the demo's vault goes; must not exist
    #[arg(long, value_name = "VAULT", default_value = "./demo-vault")]
    pub(crate) vault: PathBuf,
}

/// The repository that the story is about.
const HELLO: &str = "octocat/hello";

/// Runs the demo.
pub(crate) async fn run(arguments: Demo) -> Outcome {
    let places = Places::new(&arguments.vault)?;
    let cancel = interrupt::cancel_on_interrupt();
    shell::check_git().await?;
    let github = upstream::make().await?;
    let emulator = Emulator::start(github)
        .await
        .map_err(|error| Failure::new(Exit::Failed, format!("cannot listen on 127.0.0.1: {error}")))?;
    let outcome = tell(&emulator, &places, &cancel).await;
    emulator.stop().await;
    outcome
}

/// The story, step by step. The first step that fails ends it.
async fn tell(emulator: &Emulator, places: &Places, cancel: &CancellationToken) -> Outcome {
    let shell = Shell::new(cancel.clone())?;
    let (api, bare) = (emulator.url(), places.bare(HELLO));
    let Places { vault, restored, clone } = places;

    shell.say(&[
        "A GitHub with three made-up repositories of octocat runs on this machine for",
        "as long as the demo does. First, back up all that octocat has:",
    ])?;
    shell.gitark(&[&"backup", &"octocat", &"--to", vault, &"--api-url", &api]).await?;

    upstream::push_and_force_push(emulator.github()).await?;
    shell.say(&[
        "Now somebody pushes a commit to octocat/spoon, and somebody else force-pushes",
        "octocat/hello: its newest commit is gone from GitHub. Back up again:",
    ])?;
    shell.gitark(&[&"backup", &"octocat", &"--to", vault, &"--api-url", &api]).await?;

    shell.say(&["Only what is new was fetched. What is in the vault:"])?;
    shell.gitark(&[&"list", &"--vault", vault]).await?;
    shell.say(&["The force-push is in the log:"])?;
    shell.gitark(&[&"log", &HELLO, &"--vault", vault]).await?;
    shell.say(&["Prove that every byte is as it was written, and that nothing is missing:"])?;
    shell.gitark(&[&"verify", &"--full", &"--vault", vault]).await?;

    shell.say(&["Get octocat/hello back as the first backup saw it:"])?;
    shell.gitark(&[&"restore", &HELLO, restored, &"--vault", vault, &"--at", &"1"]).await?;
    shell.git(&[&"-C", restored, &"log", &"--oneline"]).await?;

    shell.say(&["The vault is plain git. Without gitark, the newest state:"])?;
    shell.git(&[&"clone", &bare, clone]).await?;
    shell.git(&[&"-C", clone, &"log", &"--oneline"]).await?;
    shell.say(&["And what was force-pushed away is still there:"])?;
    shell.git(&[&"-C", &bare, &"for-each-ref", &"refs/gitark/lost"]).await?;
    shell.git(&[&"-C", &bare, &"log", &"--oneline", &"refs/gitark/lost/2/heads/main"]).await?;

    shell.say(&["That was all of it. Everything is yours to look at, and to delete:"])?;
    let made = [(vault, "the vault"), (restored, "the restored repository, its wiki beside it"), (clone, "the clone")];
    let made = made.map(|(place, what)| (shell::quote(place.as_os_str()), what));
    let width = made.iter().map(|(place, _)| place.chars().count()).max().unwrap_or_default();
    shell.say(&made.map(|(place, what)| format!("  {place:<width$}  {what}")))?;
    shell.say(&["Try it in earnest:", "", "  gitark backup octocat --to ./vault"])?;
    Ok(Exit::Done)
}
