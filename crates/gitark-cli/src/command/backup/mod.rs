//! `gitark backup`.

mod advice;
mod arguments;
mod report;
pub(super) mod summary;
mod vaults;

use std::{sync::Arc, time::Instant};

use gitark::{
    backup::{self, ListOptions, Options},
    github::Source,
};
use tokio_util::sync::CancellationToken;

pub(crate) use arguments::Backup;

use super::Outcome;
use crate::{
    arguments::Talk,
    exit::{Exit, Failure},
    interrupt,
    terminal::{self, Progress},
};
use vaults::Ended;

/// Backs up.
pub(crate) async fn run(arguments: Backup, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let began = Instant::now();
    let ended = match back_up(&arguments, talk, &cancel).await {
        Ok(ended) => ended,
        Err(failure) => {
            // It is every vault's.
            if let Err(second) = report::write_failure(&arguments, &failure) {
                terminal::failed(&second, None);
            }
            return Err(failure);
        }
    };
    let written = report::write(&arguments, &ended);
    for one in &ended {
        one.say(talk, ended.len() > 1, began.elapsed());
    }
    let exit = Exit::of_all(&ended.iter().map(Ended::exit).collect::<Vec<_>>());
    match (written, exit) {
        // A report that could not be written does not hide what is worse.
        (Err(failure), Exit::Interrupted | Exit::Damage) => {
            terminal::failed(&failure, None);
            Ok(exit)
        }
        (written, exit) => written.map(|()| exit),
    }
}

/// What goes on while GitHub is asked what there is.
fn listing_phase(arguments: &Backup) -> String {
    let name = |source: &Source| match source {
        Source::Mine(_) => "what the token can reach".to_owned(),
        source => source.to_string(),
    };
    let sources: Vec<String> = arguments.sources.all().iter().map(name).collect();
    match &sources[..] {
        [] => "listing".to_owned(),
        [one] => format!("listing {one}"),
        [first, second] => format!("listing {first} and {second}"),
        [first, rest @ ..] => format!("listing {first} and {} more", rest.len()),
    }
}

async fn back_up(arguments: &Backup, talk: Talk, cancel: &CancellationToken) -> Result<Vec<Ended>, Failure> {
    let deadline = arguments.deadline.and_then(|deadline| Instant::now().checked_add(deadline));
    let progress = Arc::new(Progress::new(talk));
    progress.phase(listing_phase(arguments));
    let github = arguments.github.connect(deadline, progress.clone(), cancel).await?;
    let list = ListOptions {
        allow_empty: arguments.allow_empty,
        selection: arguments.filters.selection()?,
        check: arguments.looks.check(),
    };
    let listing = backup::list(&github, &arguments.sources.all(), &list, &*progress).await?;

    // From here on only the vaults, the spool and the report are written.
    let temporary = arguments.writing.begin();
    let options = Options {
        host: arguments.github.host.clone(),
        refetch: arguments.refetch,
        deadline,
        shrink_share: f64::from(arguments.shrink_warning) / 100.0,
        temporary,
        allow_overwriting_store: arguments.allow_overwriting_store,
        ..arguments.large_files.put_into(arguments.looks.options())
    };
    progress.phase("opening the vault");
    let ended = vaults::run(&github, &listing, &arguments.to, &options, &progress, cancel).await;
    progress.finish();
    match <[Ended; 1]>::try_from(ended) {
        // With one vault its failure is the run's.
        Ok([Ended { result: Err(failure), .. }]) => Err(failure),
        Ok(one) => Ok(one.into()),
        Err(several) => Ok(several),
    }
}
