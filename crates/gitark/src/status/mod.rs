//! Whether backups go on as they should, by the reports that runs leave in the vault.
//!
//! Reports are read newest first, and no more of them than it takes to see each repository once.

mod known;
mod listings;
mod older;
mod reports;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use self::{
    known::Known,
    reports::{Days, Report, day, newest},
};
use crate::vault::{self, Damage, Vault};

/// The most reports that are read beyond that age.
const MOST_REPORTS: usize = 500;

/// What counts as too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// A repository that was not checked for longer is stale.
    pub max_age: SignedDuration,
    /// What time it is.
    pub now: Timestamp,
}

impl Default for Options {
    /// A day and two hours, by this machine's clock: a nightly run may take a while.
    fn default() -> Self {
        Self { max_age: SignedDuration::from_hours(26), now: Timestamp::now() }
    }
}

/// How backups go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The newest run that left a report.
    pub last_run: Option<LastRun>,
    /// Every repository of the vault, wikis that a report names, and repositories that could not be backed up yet; by
    /// name.
    pub repositories: Vec<RepositoryStatus>,
    /// Claims and reports that cannot be read.
    pub damaged: Vec<Damage>,
}

/// A run, as its report tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastRun {
    /// The report's key.
    pub report: String,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// Whether it was cancelled.
    pub cancelled: bool,
    /// How many bare repositories were checked or backed up.
    pub checked: usize,
    /// How many failed.
    pub failed: usize,
}

/// How the backups of one bare repository go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepositoryStatus {
    /// `OWNER/REPO`, or `OWNER/REPO.wiki`.
    pub repository: String,
    /// Where it is in the vault; absent for one that could not be backed up yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// In a word.
    pub state: State,
    /// When the newest run began that checked it, or its newest entry was observed.
    pub checked: Option<Timestamp>,
    /// When the newest run began in which it failed, as far as reports were read.
    pub failed: Option<Timestamp>,
    /// The reason code of that failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The first run that listed all of its sources without it, through the same filters as before or through new ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gone_since: Option<Timestamp>,
    /// That failure in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// How the backups of one repository go on, in a word. The worst comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was checked lately.
    Good,
    /// Upstream has it no more, or filters leave it out now. What was backed up stays.
    Gone,
    /// It was not checked lately.
    Stale,
    /// The newest try failed.
    Failing,
    /// What is stored is damaged.
    Damaged,
}

impl State {
    /// In a word, for people.
    pub fn word(self) -> &'static str {
        match self {
            State::Good => "good",
            State::Gone => "gone",
            State::Stale => "stale",
            State::Failing => "failing",
            State::Damaged => "DAMAGED",
        }
    }
}

impl Status {
    /// The repositories in this state.
    pub fn count(&self, state: State) -> usize {
        self.repositories.iter().filter(|row| row.state == state).count()
    }
}

/// Says how backups into `vault` go on.
///
/// # Errors
/// The vault's. Damage to a claim or report is in the [`Status`].
pub async fn status(vault: &Vault, options: Options) -> Result<Status, vault::Error> {
    let (found, damaged) = vault.repositories().await?;
    let mut status = Status { damaged, ..Status::default() };
    let mut known = Known::new(&found);
    let mut days = Days::since(&options);
    let storage = vault.storage();
    let mut read = 0;
    while let Some(date) = days.next(storage).await? {
        if known.all_seen() || read > MOST_REPORTS && days.is_old(date) {
            break;
        }
        let (_, mut names) = storage.list_level(&day(date)).await?;
        names.retain(|name| name.ends_with(".json"));
        names.reverse();
        while !names.is_empty() && !known.all_seen() {
            for (key, found) in newest(storage, date, &mut names).await? {
                match found {
                    Ok(report) => {
                        let is_recent = options.now.duration_since(report.run.started) <= options.max_age;
                        status.last_run.get_or_insert_with(|| last_run(key, &report));
                        known.take(report, is_recent);
                        read += 1;
                    }
                    Err(damage) => status.damaged.push(damage),
                }
            }
        }
    }
    older::look_up(vault, &found, &mut known).await?;
    status.repositories = known.finish(&found, &options);
    Ok(status)
}

fn last_run(key: String, report: &Report) -> LastRun {
    let rows = report.repositories.iter().filter(|row| row.is_looked_at());
    let failed = rows.clone().filter(|row| row.has_failed()).count();
    LastRun {
        report: key,
        started: report.run.started,
        finished: report.finished,
        cancelled: report.cancelled,
        checked: rows.count() - failed,
        failed,
    }
}
