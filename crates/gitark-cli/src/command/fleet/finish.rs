//! `gitark fleet finish`.

use std::{sync::Arc, time::Duration};

use clap::Args;
use gitark::{
    backup::{Options, fleet, report::RunReport},
    vault::RunId,
};

use crate::{
    arguments::{GitHubAccess, Notifications, Sources, Talk, VaultMode},
    command::{Outcome, backup::summary::Summary, sync::bad_run},
    exit::{Exit, Failure},
    notify::Message,
    output,
    place::{Place, one_vault},
    terminal::Progress,
};

/// End a run that many workers share: join what they found into its report
///
/// A repository without a result has failed with the reason worker_lost. Called again it says the same.
#[derive(Args, Debug)]
pub(crate) struct Finish {
    /// The run, as `gitark fleet list` says it
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// The vault: a directory, s3://BUCKET/PREFIX, gs://… or az://…
    #[arg(long = "to", visible_alias = "vault", value_name = "VAULT", env = "GITARK_VAULT", required = true)]
    pub(crate) to: Vec<Place>,
    /// Warn, with exit code 3, when less than this share of a listing's repositories is left since the last run; 0 never
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) shrink_warning: u8,
    #[command(flatten)]
    pub(crate) github: GitHubAccess,
    #[command(flatten)]
    pub(crate) mode: VaultMode,
    /// Print the report (JSON) on stdout
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) notifications: Notifications,
}

/// A shared run that ended.
pub(crate) struct Finished {
    /// Its report.
    pub(crate) report: RunReport,
    /// The vault, as it was named.
    pub(crate) vault: String,
    /// From the listing to the report.
    pub(crate) time: Duration,
}

pub(super) async fn run(mut arguments: Finish, talk: Talk) -> Outcome {
    let Finished { report, vault, time } = finish(&mut arguments, talk).await?;
    if arguments.json {
        output::unless_unread(output::json(&mut std::io::stdout().lock(), &report))?;
    }
    Summary { report: &report, time, vault: Some(&vault), of_several: false }.say(talk);
    Ok(Exit::from(report.verdict()))
}

/// Ends a shared run, and tells who wants to know.
pub(crate) async fn finish(arguments: &mut Finish, talk: Talk) -> Result<Finished, Failure> {
    let finished = try_finish(arguments, talk).await;
    let tell = |message: &mut Message| match &finished {
        Ok(Finished { report, vault, time }) => message.report(vault, report, *time),
        Err(failure) => message.failure("the end of a backup", failure),
    };
    arguments.notifications.send(tell).await;
    finished
}

async fn try_finish(arguments: &mut Finish, talk: Talk) -> Result<Finished, Failure> {
    let run = RunId::of_word(&arguments.run).ok_or_else(|| bad_run(&arguments.run))?;
    arguments.github.read_secret(&mut Sources::default(), &mut arguments.to).await?;
    arguments.mode.set();
    let place = one_vault(&arguments.to)?;
    let options = Options { shrink_share: f64::from(arguments.shrink_warning) / 100.0, ..Options::default() };
    let progress = Arc::new(Progress::new(talk));
    let report = fleet::finish(place.storage().await?, &run, &options, &*progress).await?;
    progress.finish();
    let time = Duration::try_from(report.finished.duration_since(report.run.started)).unwrap_or_default();
    Ok(Finished { vault: place.to_string(), report, time })
}
