//! `gitark copy`.

use std::sync::Arc;

use clap::Args;
use gitark::{
    copy::{self, CopyReport, Options},
    monitor::count,
};

use super::Outcome;
use crate::{
    arguments::{Talk, Writing},
    exit::{Exit, Failure},
    interrupt, output,
    place::Place,
    terminal::{self, Level, Progress, Record},
};

/// Copy a vault to another place, or bring such a copy up to date.
///
/// Packs go first, then the log, then what plain git reads. A copy that was stopped goes on where it was.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark copy ./vault s3://backups/github                   all of it\n  \
    gitark copy s3://backups/github /mnt/disk octocat/hello   one repository")]
pub(crate) struct Copy {
    /// The vault to copy
    #[arg(value_name = "FROM")]
    pub(crate) from: Place,
    /// An empty place, or an older copy
    #[arg(value_name = "TO")]
    pub(crate) to: Place,
    /// Repositories; all and the reports of runs when none is named
    #[arg(value_name = "OWNER/REPO")]
    pub(crate) repositories: Vec<String>,
    /// Repositories at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) concurrency: u16,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Copies a vault, or some of its repositories.
pub(crate) async fn run(arguments: Copy, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let (from, to) = (&arguments.from, &arguments.to);
    if from.overlaps(to) {
        let message = format!("{from} and {to} are the same place, or one lies in the other; name another TO");
        return Err(Failure::new(Exit::Usage, message));
    }
    let source = from.open("FROM").await?;
    let temporary = arguments.writing.begin();
    let target = to.storage_to_write("TO").await?;
    let options = Options { concurrency: arguments.concurrency.into(), temporary };
    let progress = Arc::new(Progress::new(talk));
    progress.phase("reading the vault");
    let copied = copy::copy(&source, target, &arguments.repositories, &options, progress.clone(), &cancel).await;
    progress.finish();
    let report = copied.map_err(|error| match error {
        copy::Error::Vault(error) => error.into(),
        copy::Error::Cancelled => Failure::interrupted(),
        error => Failure::new(Exit::Failed, gitark::cause::chain(&error)),
    })?;
    if arguments.json {
        output::unless_unread(output::json(&mut std::io::stdout().lock(), &report))?;
    } else if !talk.quiet {
        say_summary(&report);
    }
    if report.repositories.iter().any(|row| row.damaged) {
        let verify = "gitark verify --full --vault";
        terminal::write_line(&format!("see what is damaged: {verify} {from}; {verify} {to}"));
    }
    let failed = report.repositories.iter().filter(|row| row.problem.is_some()).count();
    let damaged = report.repositories.iter().any(|row| row.damaged);
    Ok(Exit::of_rows(damaged, report.cancelled, failed, report.repositories.len()))
}

fn say_summary(report: &CopyReport) {
    let rows = &report.repositories;
    let sum = |part: fn(&copy::CopiedRepository) -> u64| rows.iter().map(part).sum::<u64>();
    let text = summary(report);
    Record::new(Level::Info, "summary")
        .with("message", text.as_str())
        .with("rows", rows.len())
        .with("failed", rows.iter().filter(|row| row.problem.is_some()).count())
        .with("packs", sum(|row| row.packs))
        .with("entries", sum(|row| row.entries))
        .with("stored_bytes", sum(|row| row.bytes))
        .say(&text);
}

/// The last line: what was copied.
fn summary(report: &CopyReport) -> String {
    let (done, undone): (Vec<_>, Vec<_>) = report.repositories.iter().partition(|row| row.problem.is_none());
    let sum = |part: fn(&copy::CopiedRepository) -> u64| report.repositories.iter().map(part).sum::<u64>();
    let (packs, entries) = (sum(|row| row.packs), sum(|row| row.entries));
    let mut text = output::repositories(done.iter().map(|row| row.repository.as_str()));
    text.push_str(&match packs + entries {
        0 => " up to date: nothing new".into(),
        _ => format!(
            " up to date: {}, {}, {} copied",
            count(packs, "pack"),
            count(entries, "entry"),
            output::bytes(sum(|row| row.bytes))
        ),
    });
    if report.cancelled {
        text.push_str("; interrupted");
    } else if !undone.is_empty() {
        text.push_str(&format!("; {} FAILED", undone.len()));
    }
    text
}
