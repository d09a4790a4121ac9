//! Reports of runs in a vault, newest first.

use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;

use super::Options;
use crate::vault::{
    self, Damage, RunId, Storage, document,
    key::{self, Kind},
};

/// How far back reports are read, unless the largest age that is asked for is larger.
const DAYS: i64 = 60;
/// Reports that are read at once.
const READS_AT_ONCE: usize = 8;
/// Reasons of rows that were not looked at: they tell nothing of the repository.
const NOT_LOOKED_AT: [&str; 2] = ["cancelled", "deadline"];

/// What is read of a report. Words that a newer gitark may add are no reason to stop.
#[derive(Deserialize)]
pub(super) struct Report {
    pub(super) run: RunId,
    pub(super) finished: Timestamp,
    #[serde(default)]
    pub(super) cancelled: bool,
    #[serde(default)]
    pub(super) sources: Vec<String>,
    #[serde(default)]
    pub(super) filters: Vec<String>,
    #[serde(default)]
    pub(super) repositories: Vec<Row>,
}

impl Report {
    /// Whether all of its sources were listed, and so what it does not have is not there.
    pub(super) fn is_whole(&self) -> bool {
        // A source that could not be listed, or an odd item of a list, has a row without an id.
        !self.cancelled && !self.repositories.iter().any(|row| row.has_failed() && row.id.is_none())
    }
}

#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) repository: String,
    #[serde(default)]
    pub(super) id: Option<serde_json::Value>,
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) path: Option<String>,
    pub(super) outcome: String,
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
}

impl Row {
    /// Whether there is nothing else without it: it is of a repository's code, or of an account's own data.
    pub(super) fn is_main(&self) -> bool {
        self.kind == Kind::main_of(&self.repository)
    }

    pub(super) fn is_looked_at(&self) -> bool {
        self.reason.as_deref().is_none_or(|reason| !NOT_LOOKED_AT.contains(&reason))
    }

    pub(super) fn has_failed(&self) -> bool {
        self.outcome == "failed"
    }
}

/// Reads the newest of the reports `names` of a day, which are sorted newest first, and takes their names away.
///
/// Names tell the second; of runs that began in the same one, the reports tell more.
pub(super) async fn newest(
    storage: &Storage,
    date: Date,
    names: &mut Vec<String>,
) -> Result<Vec<(String, Result<Report, Damage>)>, vault::Error> {
    let second = |name: &String| name.split('-').next().unwrap_or_default().to_owned();
    let mut end = names.len().min(READS_AT_ONCE);
    while end < names.len() && second(&names[end]) == second(&names[end - 1]) {
        end += 1;
    }
    // Futures do nothing until they are polled. (A closure over references would make this future not `Send`.)
    let mut reads = Vec::with_capacity(end);
    for name in names.drain(..end) {
        reads.push(report(storage, format!("{}/{name}", day(date))));
    }
    let mut reads = stream::iter(reads).buffered(READS_AT_ONCE);
    let mut found = Vec::with_capacity(end);
    while let Some((key, read)) = reads.next().await {
        match read {
            Ok(Some(report)) => found.push((key, Ok(report))),
            Ok(None) => {}
            Err(vault::Error::Damaged(damage)) => found.push((key, Err(damage))),
            Err(error) => return Err(error),
        }
    }
    found.sort_by_key(|(_, read)| std::cmp::Reverse(read.as_ref().ok().map(|report| report.run.started)));
    Ok(found)
}

pub(super) async fn report(storage: &Storage, key: String) -> (String, Result<Option<Report>, vault::Error>) {
    let read = match storage.read(&key).await {
        Ok(Some(bytes)) => document::decode(&key, &bytes).map(Some),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    (key, read)
}

/// The folder of a day's reports.
pub(super) fn day(date: Date) -> String {
    format!("{}/{:04}/{:02}/{:02}", key::RUNS, date.year(), date.month(), date.day())
}

/// The days that have reports, newest first.
pub(super) struct Days {
    /// Folders that were not opened yet, oldest first: `2026`, `2026/11`, `2026/11/21`; none before the first listing.
    folders: Option<Vec<String>>,
    /// The first day of interest.
    first: Date,
    /// The first day within the largest age.
    recent: Date,
}

impl Days {
    pub(super) fn since(options: &Options) -> Self {
        let date = |ago: SignedDuration| {
            let time = options.now.checked_sub(ago).unwrap_or(Timestamp::MIN);
            time.to_zoned(TimeZone::UTC).date()
        };
        let farthest = options.max_age.max(SignedDuration::from_hours(DAYS * 24));
        Self { folders: None, first: date(farthest), recent: date(options.max_age) }
    }

    pub(super) fn is_old(&self, date: Date) -> bool {
        date < self.recent
    }

    pub(super) async fn next(&mut self, storage: &Storage) -> Result<Option<Date>, vault::Error> {
        let mut folders = match self.folders.take() {
            Some(folders) => folders,
            None => storage.list_level(key::RUNS).await?.0,
        };
        let mut next = None;
        while let Some(folder) = folders.pop() {
            let mut parts = folder.split('/').map(str::parse::<i16>);
            match (parts.next(), parts.next(), parts.next()) {
                (Some(Ok(year)), Some(Ok(month)), Some(Ok(day))) => {
                    let small = |number| i8::try_from(number).unwrap_or(0);
                    let Ok(date) = Date::new(year, small(month), small(day)) else { continue };
                    if date >= self.first {
                        next = Some(date);
                    }
                    // All that is left is older.
                    break;
                }
                (Some(Ok(year)), None, _) if year < self.first.year() => break,
                (Some(Ok(_)), _, None) => {
                    let (below, _) = storage.list_level(&format!("{}/{folder}", key::RUNS)).await?;
                    folders.extend(below.into_iter().map(|name| format!("{folder}/{name}")));
                }
                // Not made by gitark.
                _ => {}
            }
        }
        self.folders = Some(folders);
        Ok(next)
    }
}
