//! `gitark backup`.

mod report;
pub(super) mod summary;

use std::{sync::Arc, time::Duration};

use gitark::{
    backup::{
        self, Options,
        report::{RunReport, Verdict},
    },
    github::GitHub,
    http,
    retry::RetryPolicy,
};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use crate::{
    arguments::{Backup, Talk},
    exit::{Exit, Failure},
    interrupt,
    terminal::{self, Progress},
    token,
};

/// Backs up.
pub(crate) async fn run(arguments: Backup, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    match back_up(&arguments, talk, &cancel).await {
        Ok(report) => {
            let written = report::write(&arguments, &report);
            if !talk.quiet {
                terminal::write_line(&summary::summary(&report));
            }
            match report.verdict() {
                // A report that could not be written does not hide what is worse.
                verdict @ (Verdict::Interrupted | Verdict::DamageFound) => {
                    if let Err(failure) = written
                        && !failure.message.is_empty()
                    {
                        terminal::say(&failure.message);
                    }
                    Ok(verdict.into())
                }
                verdict => written.map(|()| verdict.into()),
            }
        }
        Err(failure) => {
            if let Err(second) = report::write(&arguments, &report::FailedRun::new(&arguments, &failure))
                && !second.message.is_empty()
            {
                terminal::say(&second.message);
            }
            Err(failure)
        }
    }
}

async fn back_up(arguments: &Backup, talk: Talk, cancel: &CancellationToken) -> Result<RunReport, Failure> {
    let token = token::find(arguments.token_file.as_deref())?;
    let client = http::client(Duration::from_secs(arguments.stall_timeout))
        .map_err(|error| Failure::new(Exit::Failed, gitark::cause::chain(&error)))?;
    let retry = RetryPolicy { retries: arguments.retries, ..RetryPolicy::default() };
    let github =
        GitHub::new(client, &arguments.api_url, token, retry, cancel.clone()).map_err(backup::Error::GitHub)?;
    let listing = backup::list(&github, &arguments.sources, arguments.allow_empty).await?;

    // From here on only the vault, the spool and the report are written.
    super::set_file_mode(arguments.mode);
    let storage = arguments.to.storage_to_write("--to").await?;
    let options = Options {
        host: arguments.host.clone(),
        concurrency: arguments.concurrency.into(),
        refetch: arguments.refetch,
        wikis: !arguments.no_wikis,
        temporary: arguments.temp_dir.clone().unwrap_or_else(std::env::temp_dir),
        allow_empty: arguments.allow_empty,
        allow_overwriting_store: arguments.allow_overwriting_store,
        ..Options::default()
    };
    let progress = Arc::new(Progress::new(talk));
    let report = backup::run(&github, &listing, storage, &options, progress.clone(), cancel).await;
    progress.finish();
    Ok(report?)
}
