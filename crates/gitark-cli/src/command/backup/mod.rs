//! `gitark backup`.

mod advice;
mod arguments;
mod report;
pub(super) mod summary;
mod vaults;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use gitark::{
    backup::{self, ListOptions, Options},
    github::Source,
};
use tokio_util::sync::CancellationToken;

pub(crate) use advice::advice;
pub(crate) use arguments::Backup;

use super::Outcome;
use crate::{
    arguments::Talk,
    exit::{Exit, Failure},
    interrupt::{self, Limit},
    notify::Message,
    terminal::{self, Progress},
};
pub(crate) use vaults::Ended;

/// Backs up.
pub(crate) async fn run(mut arguments: Backup, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let began = Instant::now();
    let ended = match back_up(&mut arguments, talk, &cancel).await {
        Ok(ended) => ended,
        Err(failure) => {
            // It is every vault's.
            tell_failure(&arguments, &failure).await;
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
    tell(&arguments, &ended, began.elapsed()).await;
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

/// Tells who wants to know how it ended.
pub(crate) async fn tell(arguments: &Backup, ended: &[Ended], time: Duration) {
    let tell = |message: &mut Message| {
        for one in ended {
            match &one.result {
                Ok(report) => message.report(&one.vault, report, time),
                Err(failure) => message.failure(&format!("backup into {}", one.vault), failure),
            }
        }
    };
    arguments.notifications.send(tell).await;
}

/// The same of a backup that failed in all vaults.
pub(crate) async fn tell_failure(arguments: &Backup, failure: &Failure) {
    let vaults: Vec<String> = arguments.to.iter().map(ToString::to_string).collect();
    let what = if vaults.is_empty() { "backup".to_owned() } else { format!("backup into {}", vaults.join(", ")) };
    arguments.notifications.send(|message| message.failure(&what, failure)).await;
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

/// Backs up; nobody is told how it ended.
pub(crate) async fn back_up(
    arguments: &mut Backup,
    talk: Talk,
    cancel: &CancellationToken,
) -> Result<Vec<Ended>, Failure> {
    let limit = Limit::new(arguments.stop_after, cancel);
    back_up_within(arguments, talk, &limit).await.map_err(|failure| limit.explain(failure))
}

async fn back_up_within(arguments: &mut Backup, talk: Talk, limit: &Limit) -> Result<Vec<Ended>, Failure> {
    let cancel = &limit.cancel;
    let deadline = arguments.deadline.into_iter().chain(arguments.stop_after).min();
    let deadline = deadline.and_then(|deadline| Instant::now().checked_add(deadline));
    let progress = Arc::new(Progress::new(talk));
    let Backup { github, sources, to, .. } = arguments;
    github.read_secret(sources, to).await?;
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
        out_of_time: limit.out_of_time.clone(),
        max_first_fetch_bytes: arguments.max_first_fetch.map(|kib| kib.saturating_mul(1024)),
        archives: arguments.archives.then(|| arguments.archive_prefix.clone()),
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
