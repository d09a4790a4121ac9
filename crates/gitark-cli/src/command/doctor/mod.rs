//! `gitark doctor`.

mod proxy;
mod show;

use std::sync::Arc;

use clap::Args;
use gitark::{
    backup,
    finding::{Finding, Tell, Verdict},
    github,
    vault::inspect::{self, inspect_directory},
};

use self::show::Show;
use super::Outcome;
use crate::{
    arguments::{GitHubAccess, Sources, Talk, VaultMode},
    exit::{Exit, Failure},
    interrupt,
    place::Place,
    terminal::Progress,
};

/// Say whether a backup will work, before or after something goes wrong, and what to do about what will not.
///
/// Looks at the way to GitHub, the token, what can be listed and fetched with it, and at each vault's place. Nothing is
/// fetched. A vault's place keeps a start record under runs/, as after every run.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark doctor                              the token, and what it reaches\n  \
    gitark doctor octocat --to ./vault         an account, and a place\n  \
    gitark doctor --to s3://my-backups/github  how a bucket is set up\n\n\
    Exit codes: 0 it will work, perhaps with warnings · 1 a problem · 2 usage")]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// A vault, or the place for one: a directory, s3://BUCKET/PREFIX, gs://… or az://…; may be given again
    #[arg(long = "to", visible_alias = "vault", value_name = "VAULT", env = "GITARK_VAULT")]
    pub(crate) to: Vec<Place>,
    /// Write nothing: what only shows by writing is skipped
    #[arg(long)]
    pub(crate) read_only: bool,
    #[command(flatten)]
    pub(crate) github: GitHubAccess,
    #[command(flatten)]
    pub(crate) mode: VaultMode,
    /// Print JSON, an object for each check
    #[arg(long)]
    pub(crate) json: bool,
}

/// Looks at everything.
pub(crate) async fn run(mut arguments: Doctor, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let proxy = proxy::in_force(&arguments.github.api_url);
    arguments.github.read_secret(&mut arguments.sources, &mut arguments.to).await?;
    let inspection = arguments.github.inspection(arguments.sources.all(), proxy).await?;
    let options = arguments.github.options(None, Arc::new(Progress::new(talk)), &cancel);
    arguments.mode.set();
    let mut show = Show::new(arguments.json, talk);
    let tell: &mut Tell<'_> = &mut |finding| show.show(&finding);
    github::inspect(&inspection, &options, tell).await.map_err(backup::Error::GitHub)?;
    for place in &arguments.to {
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Failure::interrupted()),
            () = vault(place, &arguments, tell) => {}
        }
    }
    if arguments.to.is_empty() {
        tell(Finding {
            check: "vault".into(),
            of: "vault".into(),
            result: Verdict::Skipped,
            found: "none is named".into(),
            advice: Some("name its place with --to".into()),
        });
    }
    show.end();
    Ok(if show.has_problem() { Exit::Failed } else { Exit::Done })
}

async fn vault(place: &Place, arguments: &Doctor, tell: &mut Tell<'_>) {
    let options = inspect::Options { read_only: arguments.read_only };
    let storage = match place.missing_directory() {
        Some(directory) if arguments.read_only => return inspect_directory(directory, tell),
        // As a backup would.
        _ if !arguments.read_only => place.storage_to_write("--to").await,
        _ => place.storage().await,
    };
    match storage {
        Ok(storage) => inspect::inspect(&storage, &options, tell).await,
        Err(failure) => tell(Finding {
            check: "vault".into(),
            of: place.to_string(),
            result: Verdict::Problem,
            found: failure.message,
            advice: Some("mend that first; nothing else of this place was looked at".into()),
        }),
    }
}
