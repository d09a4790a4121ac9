//! `gitark backup`.

mod arguments;
mod report;
pub(super) mod summary;

use std::sync::Arc;

use gitark::backup::{
    self, Options,
    report::{RunReport, Verdict},
};
use tokio_util::sync::CancellationToken;

pub(crate) use arguments::Backup;

use super::Outcome;
use crate::{
    arguments::Talk,
    exit::Failure,
    interrupt,
    terminal::{self, Progress},
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
    let github = arguments.github.connect(cancel)?;
    let listing = backup::list(&github, &arguments.sources, arguments.allow_empty).await?;

    // From here on only the vault, the spool and the report are written.
    super::set_file_mode(arguments.mode);
    let storage = arguments.to.storage_to_write("--to").await?;
    let options = Options {
        host: arguments.github.host.clone(),
        concurrency: arguments.concurrency.into(),
        refetch: arguments.refetch,
        wikis: !arguments.no_wikis,
        temporary: arguments.temporary.directory(),
        allow_empty: arguments.allow_empty,
        allow_overwriting_store: arguments.allow_overwriting_store,
        ..Options::default()
    };
    let progress = Arc::new(Progress::new(talk));
    let report = backup::run(&github, &listing, storage, &options, progress.clone(), cancel).await;
    progress.finish();
    Ok(report?)
}
