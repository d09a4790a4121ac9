//! Dated zip archives of the files of each default branch, as GitHub makes them, beside the repositories: for people and
//! programs that want today's files and no history. They go from GitHub to the store in parts.

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{
    Error, Reason, failure,
    one::Context,
    report::{Outcome, RepositoryReport},
    run::side_by_side,
};
use crate::{
    cause,
    github::{
        Repository,
        download::{self, Downloads, Opened},
    },
    http::Chunks,
    identity::RepositoryId,
    monitor::Event,
    vault::key::Kind,
};

/// For how many bytes room is made: GitHub does not say how many there are.
const UNKNOWN_BYTES: u64 = 8 << 30;
/// The end of a zip archive: 22 bytes and a comment of at most 65,535.
const END_BYTES: usize = 22 + 0xffff;

/// What became of the archives of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivesReport {
    /// The folder in the vault.
    pub folder: String,
    /// Archives that are stored from now on.
    pub stored: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Archives of that day that were there before.
    pub there: u64,
    /// Repositories whose turn did not come: the time was over, or the run was cancelled.
    #[serde(default, skip_serializing_if = "crate::vault::document::is_zero")]
    pub left: u64,
    /// Those that could not be had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<FailedArchive>,
}

/// An archive that could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedArchive {
    /// `OWNER/REPO`.
    pub repository: String,
    /// Why, in a word.
    pub reason: Reason,
    /// The same in words.
    pub message: String,
}

/// The content of `metadata.json`: what the archives of a day are.
#[derive(Serialize)]
struct Metadata<'a> {
    date: &'a str,
    written: Timestamp,
    repositories: Vec<Archived<'a>>,
    failed: &'a [FailedArchive],
}

/// An archive, and what GitHub says of its repository.
#[derive(Serialize)]
struct Archived<'a> {
    repository: &'a str,
    id: &'a RepositoryId,
    file: String,
    bytes: u64,
    default_branch: Option<&'a str>,
    visibility: &'a str,
    fork: bool,
    archived: bool,
    language: Option<&'a str>,
    topics: &'a [String],
    pushed_at: Option<Timestamp>,
}

/// How one archive ended.
enum Ended<'a> {
    Stored(&'a Repository, u64),
    There(&'a Repository, u64),
    Left,
    Failed(FailedArchive),
    /// There is nothing to archive, or its backup failed, which is told already.
    Nothing,
}

/// Why one archive could not be had.
type Failure = failure::Failure<download::Error>;

/// Has the archives of today below `prefix` in the vault, for the repositories that `rows` say are backed up. One that
/// fails never stops the rest.
pub(super) async fn archive(
    context: &Context<'_>,
    repositories: &[Repository],
    rows: &[RepositoryReport],
    prefix: &str,
) -> ArchivesReport {
    let date = context.run.started.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string();
    let folder = if prefix.is_empty() { date.clone() } else { format!("{prefix}/{date}") };
    let codes = rows.iter().filter(|row| row.kind == Kind::Code);
    let codes: HashMap<&RepositoryId, &RepositoryReport> =
        codes.filter_map(|row| Some((row.id.as_ref()?, row))).collect();
    let mut report = ArchivesReport { folder: folder.clone(), ..ArchivesReport::default() };
    let mut done: Vec<(&Repository, u64)> = Vec::new();
    let meant = repositories.iter().filter(|repository| repository.gist.is_none());
    let work = meant.map(|repository| one(context, repository, codes.get(&repository.id).copied(), &folder));
    for ended in side_by_side(context.options.concurrency, work).await {
        match ended {
            Ended::Stored(repository, bytes) => {
                report.stored += 1;
                report.bytes = report.bytes.saturating_add(bytes);
                done.push((repository, bytes));
            }
            Ended::There(repository, bytes) => {
                report.there += 1;
                done.push((repository, bytes));
            }
            Ended::Left => report.left += 1,
            Ended::Failed(failed) => report.failed.push(failed),
            Ended::Nothing => {}
        }
    }
    report.failed.sort_by_cached_key(|failed| failed.repository.to_lowercase());
    done.sort_by_cached_key(|(repository, _)| repository.full_name.to_lowercase());
    let metadata = Metadata {
        date: &date,
        written: Timestamp::now(),
        repositories: done.iter().map(|(repository, bytes)| Archived::of(repository, *bytes)).collect(),
        failed: &report.failed,
    };
    let text = serde_json::to_vec_pretty(&metadata).unwrap_or_default();
    let key = format!("{folder}/metadata.json");
    if let Err(error) = context.vault.storage().replace(&key, text.into()).await {
        let (reason, message) = Failure::from(error).told();
        context.monitor.event(Event::Warning { repository: "all".into(), text: message.clone() });
        report.failed.push(FailedArchive { repository: "metadata.json".into(), reason, message });
    }
    report
}

impl<'a> Archived<'a> {
    fn of(repository: &'a Repository, bytes: u64) -> Self {
        Self {
            repository: &repository.full_name,
            id: &repository.id,
            file: file(repository),
            bytes,
            default_branch: repository.default_branch.as_deref(),
            visibility: &repository.visibility,
            fork: repository.fork,
            archived: repository.archived,
            language: repository.language.as_deref(),
            topics: &repository.topics,
            pushed_at: repository.pushed_at,
        }
    }
}

/// `octocat_hello.zip`.
fn file(repository: &Repository) -> String {
    format!("{}.zip", repository.full_name.replace('/', "_"))
}

async fn one<'a>(
    context: &Context<'_>,
    repository: &'a Repository,
    code: Option<&RepositoryReport>,
    folder: &str,
) -> Ended<'a> {
    match code.map(|row| (row.outcome, row.reason)) {
        Some((Outcome::Failed, Some(Reason::Deadline | Reason::Cancelled))) => return Ended::Left,
        Some((Outcome::Failed, _) | (_, Some(Reason::Empty))) => return Ended::Nothing,
        _ => {}
    }
    let options = context.options;
    let key = format!("{folder}/{}", file(repository));
    let received = async {
        if let Some(bytes) = context.vault.storage().length(&key).await? {
            return Ok(Ended::There(repository, bytes));
        }
        if context.cancel.is_cancelled() || options.is_over() {
            return Ok(Ended::Left);
        }
        let bytes = receive(context, repository, &key).await?;
        Ok(Ended::Stored(repository, bytes))
    };
    let received: Result<Ended<'a>, Failure> = received.await;
    let failure = match received {
        Ok(ended) => return ended,
        Err(failure) => failure,
    };
    if context.cancel.is_cancelled() {
        return Ended::Left;
    }
    let (reason, message) = failure.told();
    let name = cause::printable(&repository.full_name);
    let text = format!("no archive: {message}");
    context.monitor.event(Event::Warning { repository: name.clone(), text });
    Ended::Failed(FailedArchive { repository: name, reason, message })
}

impl Failure {
    fn told(self) -> (Reason, String) {
        match self {
            Failure::There(download::Error::GitHub(error)) => {
                let message = cause::chain(&error);
                (Error::from(error).reason(), message)
            }
            Failure::There(error) => {
                let reason = match &error {
                    download::Error::Network { .. } | download::Error::Status { .. } => Reason::Network,
                    _ => Reason::Protocol,
                };
                (reason, cause::chain(&error))
            }
            Failure::Here(error) => {
                let message = cause::chain(&error);
                (Error::from(error).reason(), message)
            }
        }
    }
}

/// Receives one archive: its bytes.
async fn receive(context: &Context<'_>, repository: &Repository, key: &str) -> Result<u64, Failure> {
    let downloads = context.github.reader(repository).downloads();
    let name = cause::printable(&repository.full_name);
    let notify = |error: &Failure, wait: Duration| {
        let why = match error {
            Failure::There(error) => cause::chain(error),
            Failure::Here(error) => cause::chain(error),
        };
        context.monitor.event(Event::Retrying { repository: name.clone(), why: format!("its archive: {why}"), wait });
    };
    let is_worth_it =
        |error: &Failure| error.there().is_some_and(download::Error::is_transient) && !context.options.is_over();
    // GitHub makes the archive anew each time: nothing is gone on with.
    let attempt = || receive_once(context, &downloads, key);
    downloads.retry().run(context.cancel, is_worth_it, |_| None, notify, attempt).await
}

async fn receive_once(context: &Context<'_>, downloads: &Downloads, key: &str) -> Result<u64, Failure> {
    let Opened { response, total, .. } = downloads.open_archive().await?;
    let (storage, temporary) = (context.vault.storage(), &context.options.temporary);
    let mut incoming = storage.receive(key, total.unwrap_or(UNKNOWN_BYTES), temporary, false).await?;
    let mut end = End::default();
    let mut chunks = Chunks::of(response, 0, context.cancel);
    let received = async {
        let cut = |cut| download::Error::cut("the archive", cut);
        while let Some((chunk, _)) = chunks.next().await.map_err(cut)? {
            end.take(&chunk);
            incoming.write(&chunk).await?;
        }
        let received = incoming.received();
        match total {
            Some(expected) if received < expected => Err(download::Error::Short { received, expected }.into()),
            _ if !end.is_of_a_zip() => Err(download::Error::Cut.into()),
            _ => Ok(received),
        }
    };
    match received.await {
        Ok(received) => {
            incoming.finish().await?;
            Ok(received)
        }
        Err(failure) => {
            incoming.discard().await;
            Err(failure)
        }
    }
}

/// The last bytes of what came.
#[derive(Default)]
struct End(Vec<u8>);

impl End {
    fn take(&mut self, chunk: &Bytes) {
        self.0.extend_from_slice(&chunk[chunk.len().saturating_sub(END_BYTES)..]);
        // Not each time: it is a copy.
        if self.0.len() > 8 * END_BYTES {
            self.0.drain(..self.0.len() - END_BYTES);
        }
    }

    /// Whether the record is there with which a zip archive ends, and its comment is as long as it says.
    fn is_of_a_zip(&self) -> bool {
        const SIGNATURE: &[u8] = b"PK\x05\x06";
        let bytes = &self.0[self.0.len().saturating_sub(END_BYTES)..];
        let is_end = |at: usize| match bytes[at..].get(20..22) {
            Some(&[low, high]) => at + 22 + usize::from(u16::from_le_bytes([low, high])) == bytes.len(),
            _ => false,
        };
        bytes.windows(SIGNATURE.len()).enumerate().any(|(at, part)| part == SIGNATURE && is_end(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest archive, with a comment.
    fn zip(comment: &[u8]) -> Vec<u8> {
        let length = u16::try_from(comment.len()).expect("short").to_le_bytes();
        [b"PK\x05\x06", &[0; 16][..], &length, comment].concat()
    }

    fn is_whole(bytes: &[u8], chunk: usize) -> bool {
        let mut end = End::default();
        bytes.chunks(chunk).for_each(|chunk| end.take(&Bytes::copy_from_slice(chunk)));
        end.is_of_a_zip()
    }

    #[test]
    fn an_archive_that_is_cut_off_anywhere_is_none() {
        let comment = [b'x'; 40];
        let archive = [vec![7; 2 << 20], zip(&comment)].concat();
        for chunk in [100, 65_557, 1 << 20, 3 << 20] {
            assert!(is_whole(&archive, chunk), "{chunk}");
            for cut in [1, 39, 40, 41, 61, 62, 1 << 20] {
                assert!(!is_whole(&archive[..archive.len() - cut], chunk), "{chunk} {cut}");
            }
        }
        assert!(is_whole(&zip(b""), 1) && is_whole(&zip(&[b'c'; 0xffff]), 1000));
        assert!(!is_whole(b"", 1) && !is_whole(b"PK\x05\x06", 4));
    }
}
