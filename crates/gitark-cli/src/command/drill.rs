//! `gitark drill`.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Args;
use gitark::{
    monitor::count,
    restore::{self, Format},
    vault::{Vault, key::Kind, lookup::At, lookup::Found},
    verify::{self, RepositoryVerdict, VerifyReport},
};
use jiff::Timestamp;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::Outcome;
use crate::{
    arguments::{Notifications, Talk, VaultPlace, Writing, parse_duration},
    exit::{Exit, Failure},
    interrupt::{self, Limit},
    output,
    terminal::{self, Progress},
};

/// Check a sample of the vault, every byte of it, and give one repository back.
///
/// The sample is another one each day. What is given back goes to a temporary directory and is removed. It is a check for
/// every week where a whole `gitark verify --full` takes too long.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark drill --vault s3://my-backups/github      some repositories\n  \
    gitark drill --sample 500 --deadline 10m         as many as there is time for\n\n\
    Exit codes: 0 all whole · 1 something could not be checked or given back · 4 damage found")]
pub(crate) struct Drill {
    #[command(flatten)]
    pub(crate) place: VaultPlace,
    /// Repositories that are checked, at most
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) sample: u32,
    /// Check no more after so long
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) deadline: Option<Duration>,
    /// Stop giving back after so long
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) stop_after: Option<Duration>,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) notifications: Notifications,
}

/// What a drill found.
#[derive(Debug, Serialize)]
pub(crate) struct Drilled {
    /// The vault, as it was named.
    pub(crate) vault: String,
    /// Bare repositories that were checked to the end.
    pub(crate) checked: usize,
    /// Of these, those that are damaged; and damage to what belongs to none.
    pub(crate) damaged: usize,
    /// What could not be checked, other than for want of time.
    pub(crate) unreachable: usize,
    /// The repository that was given back.
    pub(crate) restored: Option<String>,
    /// Why none was, where one should have been.
    pub(crate) problem: Option<String>,
    #[serde(skip)]
    cancelled: bool,
}

impl Drilled {
    /// How it ended.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self { damaged: 1.., .. } => Exit::Damage,
            Self { cancelled: true, .. } => Exit::Interrupted,
            Self { unreachable: 0, problem: None, .. } => Exit::Done,
            _ => Exit::Failed,
        }
    }

    fn line(&self) -> String {
        let restored = match (&self.restored, &self.problem) {
            (Some(name), _) => format!("{name} was given back whole"),
            (None, Some(problem)) => format!("nothing was given back: {problem}"),
            (None, None) => "there was nothing to give back".into(),
        };
        let damaged = if self.damaged > 0 { format!("{} damaged", self.damaged) } else { "no damage".into() };
        format!("{} checked, {damaged}; {restored}", count(self.checked as u64, "bare repository"))
    }
}

pub(super) async fn run(mut arguments: Drill, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let drilled = drill(&mut arguments, talk, &cancel).await?;
    if arguments.json {
        output::unless_unread(output::json(&mut std::io::stdout().lock(), &drilled))?;
    } else if !talk.quiet {
        terminal::write_line(&drilled.line());
    }
    Ok(drilled.exit())
}

/// Checks a sample and gives one repository back. Who wants to know is told of damage, and of a drill that failed.
pub(crate) async fn drill(arguments: &mut Drill, talk: Talk, cancel: &CancellationToken) -> Result<Drilled, Failure> {
    match try_drill(arguments, talk, cancel).await {
        Ok(drilled) => {
            if drilled.exit() != Exit::Done {
                let sign = if drilled.damaged > 0 { ":rotating_light: DAMAGE FOUND" } else { ":x: FAILED" };
                let line = format!("{sign} gitark: check of {}: {}", drilled.vault, drilled.line());
                arguments.notifications.send(|message| message.line(&line)).await;
            }
            Ok(drilled)
        }
        Err(failure) => {
            let what = format!("check of {}", arguments.place.vault);
            arguments.notifications.send(|message| message.failure(&what, &failure)).await;
            Err(failure)
        }
    }
}

async fn try_drill(arguments: &Drill, talk: Talk, cancel: &CancellationToken) -> Result<Drilled, Failure> {
    let began = Instant::now();
    let (check, restore) = (Limit::new(arguments.deadline, cancel), Limit::new(arguments.stop_after, cancel));
    let vault = arguments.place.vault.open("--vault").await?;
    let temporary = arguments.writing.begin();
    let (all, damage) = vault.repositories().await?;
    let sample = sample(all, arguments.sample as usize);
    let names: Vec<String> = sample.iter().map(|found| format!("id:{}", found.claim.repository_id)).collect();
    let options = verify::Options {
        full: true,
        record: true,
        temporary: temporary.clone(),
        object_bytes: gitark::git::pack::PackLimits::default().object_bytes,
    };
    let progress = Arc::new(Progress::new(talk));
    let mut report = VerifyReport::default();
    if !names.is_empty() {
        report = verify::verify(&vault, &names, &options, progress.clone(), &check.cancel).await?;
    }
    progress.finish();
    report.damage.extend(damage);
    if report.cancelled {
        // The last one was stopped on its way.
        report.repositories.pop_if(|row| row.damage.is_empty());
    }
    let (restored, problem) = give_back(&vault, &report, &sample, &temporary, &restore.cancel).await;
    tracing::info!("a drill of {}s", began.elapsed().as_secs());
    Ok(Drilled {
        vault: arguments.place.vault.to_string(),
        checked: report.repositories.len(),
        damaged: report.damage.len() + report.repositories.iter().filter(|row| !row.damage.is_empty()).count(),
        unreachable: report.repositories.iter().filter(|row| row.unreachable.is_some()).count(),
        restored,
        problem,
        cancelled: cancel.is_cancelled(),
    })
}

/// So many of `all`, others each day.
fn sample(mut all: Vec<Found>, most: usize) -> Vec<Found> {
    let day = Timestamp::now().strftime("%F").to_string();
    all.sort_by_cached_key(|found| gitark::digest::sha256(format!("{day} {}", found.claim.folder).as_bytes()));
    all.truncate(most);
    all
}

/// Gives back the first code that was found whole: its name, or why it could not be.
async fn give_back(
    vault: &Vault,
    report: &VerifyReport,
    sample: &[Found],
    temporary: &std::path::Path,
    cancel: &CancellationToken,
) -> (Option<String>, Option<String>) {
    let is_whole = |row: &&RepositoryVerdict| row.damage.is_empty() && row.unreachable.is_none() && row.objects > 0;
    let code = |found: &Found| vault.repository(&found.claim.folder, Kind::Code);
    let whole = report.repositories.iter().filter(is_whole);
    let mut whole = whole.filter_map(|row| sample.iter().find(|found| code(found).bare() == row.path));
    let Some(found) = whole.next() else { return (None, None) };
    let options = restore::Options::new(Format::Bare, At::Latest);
    let done = async {
        let directory = tempfile::tempdir_in(temporary).map_err(|error| error.to_string())?;
        let target = directory.path().join("restored.git");
        let restored = restore::restore(&code(found), &target, &options, cancel).await;
        restored.map(|_| found.name.clone()).map_err(|error| gitark::cause::chain(&error))
    };
    match done.await {
        Ok(name) => (Some(name), None),
        Err(problem) => (None, Some(format!("{}: {problem}", found.name))),
    }
}
