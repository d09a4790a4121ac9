//! Release assets and attachments: what changed documents name is received, and then a commit names it.
//!
//! What is known to be wanted and is not there yet is remembered with the commit that has the documents, so that a pass
//! that is stopped, or cannot have a file today, goes on from there.

mod transfer;
mod wanted;

use std::{
    collections::{BTreeMap, HashSet},
    sync::atomic::{AtomicBool, Ordering},
};

use futures::{StreamExt as _, stream};
use serde_json::Value;

use self::{
    transfer::{Failure, Transfer},
    wanted::{Kind, Wanted, in_document, in_documents},
};
use super::{FailedFile, MetadataJob, MetadataWork, content::content};
use crate::{
    backup::{Error, Reason, report::Work},
    cause,
    github::{
        self,
        attachments::Attachments,
        download::{self, Downloads},
        resources::Document,
    },
    inspect,
    vault::{
        self,
        files::{ASSETS, ATTACHMENTS, FileContent, FileRecord, Missing},
        metadata::Draft,
        state::State,
    },
};

/// Files of one repository that are received at once.
const AT_ONCE: usize = 4;
/// Files that are received before a commit names them.
const FILES_OF_A_COMMIT: usize = 200;
/// After so many failures in a row nothing more is begun: it is the network.
const FAILURES_IN_A_ROW: usize = 8;
/// Warnings that name a file, of one pass.
const MOST_WARNINGS: usize = 20;

/// The files of one repository.
#[derive(Debug)]
pub(super) struct Files {
    kinds: [Kind; 2],
    attachments: Attachments,
    downloads: Downloads,
    /// What the vault had before, for a repair.
    known: BTreeMap<String, FileRecord>,
    failures_in_a_row: usize,
    warnings: usize,
}

/// What changed documents may name, until it is known which of them changed.
pub(super) struct Named(Vec<(usize, String, String, Wanted)>);

impl Files {
    /// Those of `job`, as the draft remembers them.
    pub(super) fn remembered(job: &MetadataJob<'_>, draft: &Draft) -> Self {
        let is_chosen = |name: &str| job.resources.iter().any(|resource| resource.name == name);
        let kinds = [ASSETS, ATTACHMENTS].map(|name| Kind::remembered(name, is_chosen(name), draft));
        let (attachments, downloads) = (job.reader.attachments(), job.reader.downloads());
        Self { kinds, attachments, downloads, known: BTreeMap::new(), failures_in_a_row: 0, warnings: 0 }
    }

    /// Lets the draft remember what is still to be had.
    pub(super) fn remember(&self, draft: &mut Draft) {
        self.kinds.iter().for_each(|kind| kind.remember(draft));
    }

    /// What these documents name.
    pub(super) fn look(&self, documents: &[Document]) -> Named {
        let mut named = Vec::new();
        for (number, kind) in self.kinds.iter().enumerate() {
            let found = in_documents(kind.name, &self.attachments, documents).into_iter();
            named.extend(found.map(|(path, record, wanted)| (number, path, record, wanted)));
        }
        Named(named)
    }

    /// Takes of `named` what the documents at the paths `changed` name.
    pub(super) async fn take(&mut self, named: Named, changed: &[String], draft: &mut Draft) -> Result<(), Error> {
        if named.0.is_empty() {
            return Ok(());
        }
        let changed: HashSet<&str> = changed.iter().map(String::as_str).collect();
        for (number, path, record, wanted) in named.0 {
            if changed.contains(path.as_str()) {
                self.kinds[number].take(record, wanted, draft).await?;
            }
        }
        Ok(())
    }

    /// Prepares to receive: looks through all documents of the newest commit where that was not done, and takes what was
    /// missing once more in a full pass.
    pub(super) async fn prepare(
        &mut self,
        job: &MetadataJob<'_>,
        state: Option<&State>,
        is_full: bool,
        draft: &mut Draft,
        work: &mut Work,
    ) -> Result<(), Error> {
        for kind in self.kinds.iter_mut().filter(|kind| kind.is_chosen && is_full) {
            let missing = std::mem::take(&mut kind.missing);
            kind.pending.extend(missing);
        }
        let is_unscanned = |kind: &Kind| kind.is_chosen && !kind.is_scanned;
        if let Some(state) = state.filter(|_| self.kinds.iter().any(is_unscanned)) {
            let mut found = Vec::new();
            let read = inspect::each_document(&job.repository, state, &[], |path, bytes| {
                let Ok(value) = serde_json::from_slice::<Value>(&bytes) else { return };
                for (number, kind) in self.kinds.iter().enumerate().filter(|(_, kind)| is_unscanned(kind)) {
                    let named = in_document(kind.name, &self.attachments, &path, &value).into_iter();
                    found.extend(named.map(|(record, wanted)| (number, record, wanted)));
                }
            });
            match read.await {
                Ok(()) => {}
                // What is damaged is read again from GitHub.
                Err(inspect::Error::Vault(vault::Error::Damaged(damage))) => {
                    job.warn(work, format!("damaged: {damage}; files that it names are not looked for"));
                    return Ok(());
                }
                Err(inspect::Error::Vault(error)) => return Err(error.into()),
                Err(error) => {
                    job.warn(work, format!("files are not looked for: {}", cause::chain(&error)));
                    return Ok(());
                }
            }
            for (number, record, wanted) in found {
                self.kinds[number].take(record, wanted, draft).await?;
            }
        }
        if let Some(state) = state.filter(|_| job.options.refetch)
            && let Ok((records, _)) = inspect::file_records(&job.repository, state).await
        {
            self.known = records;
        }
        self.kinds.iter_mut().filter(|kind| kind.is_chosen).for_each(|kind| kind.is_scanned = true);
        Ok(())
    }

    /// Receives some of what is to be had, and puts a record of each into the draft; true when there is more to receive.
    ///
    /// # Errors
    /// A failure of the vault. What GitHub does not give is told in `done` and in the records.
    pub(super) async fn receive(
        &mut self,
        job: &MetadataJob<'_>,
        draft: &mut Draft,
        done: &mut MetadataWork,
        work: &mut Work,
    ) -> Result<bool, Error> {
        let mut batch: Vec<(usize, String, Wanted)> = Vec::new();
        for (number, kind) in self.kinds.iter().enumerate().filter(|(_, kind)| kind.is_chosen) {
            let untried = kind.pending.iter().filter(|(_, wanted)| !done.has_failed(&wanted.url));
            batch.extend(untried.map(|(record, wanted)| (number, record.clone(), wanted.clone())));
        }
        let is_more = batch.len() > FILES_OF_A_COMMIT;
        batch.truncate(FILES_OF_A_COMMIT);
        if batch.is_empty() {
            return Ok(false);
        }
        let reason = if job.cancel.is_cancelled() {
            Some(Reason::Cancelled)
        } else {
            job.options.is_over().then_some(Reason::Deadline)
        };
        if let Some(reason) = reason {
            self.leave(done, reason, "the next run takes it");
            return Ok(false);
        }
        let mut records = Vec::with_capacity(batch.len());
        let (mut failures, mut is_over, mut broken) = (self.failures_in_a_row, None, None);
        {
            let transfer = Transfer { job, downloads: &self.downloads };
            let is_stopped = AtomicBool::new(false);
            let mut receptions = Vec::with_capacity(batch.len());
            // Futures do nothing until they are polled. (A closure over references would make this future not `Send`.)
            for (number, record, wanted) in &batch {
                let known = self.known.get(record).and_then(|known| match &known.content {
                    FileContent::Stored(stored) => Some(stored.sha256.as_str()),
                    FileContent::Missing { .. } => None,
                });
                receptions.push(one(&transfer, &is_stopped, *number, record, wanted, known));
            }
            let mut receptions = stream::iter(receptions).buffer_unordered(AT_ONCE);
            while let Some((number, record, wanted, received)) = receptions.next().await {
                // What is under way ends by itself, so that nothing of it is left behind.
                let Some(received) = received else {
                    is_over = is_over.or(Some(Reason::Deadline));
                    continue;
                };
                let content = match received {
                    Ok(received) => {
                        failures = 0;
                        done.stored_files += 1;
                        work.received_bytes = work.received_bytes.saturating_add(received.bytes);
                        if received.bytes > 0 {
                            work.stored_bytes = work.stored_bytes.saturating_add(received.stored.size);
                        }
                        FileContent::Stored(received.stored)
                    }
                    Err(Failure::Here(error)) => {
                        is_stopped.store(true, Ordering::Relaxed);
                        is_over = Some(Reason::Store);
                        broken = Some(error);
                        continue;
                    }
                    Err(Failure::There(error)) => {
                        let message = cause::chain(&error);
                        let Some(missing) = missing(&error) else {
                            failures += 1;
                            done.failed_files.push(FailedFile {
                                url: wanted.url.clone(),
                                reason: reason_of(&error),
                                message,
                            });
                            if error.is_of_all() || failures >= FAILURES_IN_A_ROW {
                                is_stopped.store(true, Ordering::Relaxed);
                                is_over = is_over.or(Some(reason_of(&error)));
                            }
                            continue;
                        };
                        FileContent::Missing { missing, message }
                    }
                };
                records.push((number, record, wanted, content));
            }
        }
        self.failures_in_a_row = failures;
        if let Some(error) = broken {
            return Err(error.into());
        }
        for (number, record, wanted, file) in records {
            self.record(job, number, record, wanted, file, draft, done, work).await?;
        }
        if let Some(reason) = is_over {
            self.leave(done, reason, "it was not begun");
            return Ok(false);
        }
        Ok(is_more)
    }

    /// Puts the record of a file.
    #[expect(clippy::too_many_arguments, reason = "they are what there is to be brought up to date")]
    async fn record(
        &mut self,
        job: &MetadataJob<'_>,
        number: usize,
        record: &str,
        wanted: &Wanted,
        file: FileContent,
        draft: &mut Draft,
        done: &mut MetadataWork,
        work: &mut Work,
    ) -> Result<(), Error> {
        let kind = &mut self.kinds[number];
        kind.pending.remove(record);
        if let FileContent::Missing { missing, message } = &file {
            kind.missing.insert(record.to_owned(), wanted.clone());
            done.missing_files += 1;
            // What was missing before is no news.
            if !draft.contains(record).await? {
                self.warnings += 1;
                if self.warnings <= MOST_WARNINGS {
                    let (url, place) = (&wanted.url, &wanted.found_in);
                    job.warn(work, format!("{url} in {place} is {}: {message}", missing.words()));
                }
            }
        }
        let (url, found_in) = (wanted.url.clone(), wanted.found_in.clone());
        let value = serde_json::to_value(FileRecord { url, found_in, content: file }).unwrap_or_default();
        draft.put(vec![(record.to_owned(), content(value))]).await?;
        Ok(())
    }

    /// Leaves the rest to the next run.
    fn leave(&self, done: &mut MetadataWork, reason: Reason, message: &str) {
        for kind in self.kinds.iter().filter(|kind| kind.is_chosen) {
            for wanted in kind.pending.values().filter(|wanted| !done.has_failed(&wanted.url)).collect::<Vec<_>>() {
                done.failed_files.push(FailedFile { url: wanted.url.clone(), reason, message: message.to_owned() });
            }
        }
    }
}

/// One reception, with what it is of; none when nothing is begun any more.
async fn one<'w>(
    transfer: &Transfer<'_>,
    is_stopped: &AtomicBool,
    number: usize,
    record: &'w str,
    wanted: &'w Wanted,
    known: Option<&str>,
) -> (usize, &'w str, &'w Wanted, Option<Result<transfer::Received, Failure>>) {
    let is_over = is_stopped.load(Ordering::Relaxed) || transfer.job.options.is_over();
    let received = if is_over { None } else { Some(transfer.have(wanted, known).await) };
    (number, record, wanted, received)
}

/// Why a file cannot be had tomorrow either, if so.
fn missing(error: &download::Error) -> Option<Missing> {
    use download::Error;
    match error {
        Error::GitHub(github::Error::Status { status, .. }) | Error::Status { status, .. } => match status {
            404 | 410 => Some(Missing::NotFound),
            401 | 403 | 451 => Some(Missing::Forbidden),
            408 | 416 | 429 => None,
            400..500 => Some(Missing::Refused),
            _ => None,
        },
        Error::GitHub(github::Error::SingleSignOn { .. }) => Some(Missing::Forbidden),
        Error::TooLarge(_) => Some(Missing::TooLarge),
        Error::Unsafe(_) => Some(Missing::UnsafeAddress),
        _ => None,
    }
}

fn reason_of(error: &download::Error) -> Reason {
    match error {
        download::Error::GitHub(github::Error::Cancelled) => Reason::Cancelled,
        download::Error::GitHub(github::Error::RateLimited { .. }) => Reason::RateLimited,
        download::Error::GitHub(github::Error::Unauthorized { .. } | github::Error::AppRefused { .. }) => {
            Reason::Unauthorized
        }
        _ => Reason::FilesIncomplete,
    }
}
