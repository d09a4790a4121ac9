//! Receiving one file: straight to the store, resumed where it broke off, and checked before anyone can see it.

use std::time::Duration;

use tokio::sync::Mutex;
use url::Url;

use super::wanted::Wanted;
use crate::{
    backup::{failure, metadata::MetadataJob},
    cause,
    github::download::{Downloads, Error, Opened, Progress},
    http::Chunks,
    monitor::Event,
    vault::{files::StoredFile, storage::Incoming},
};

/// How often another link is asked for because one does not work any more.
const RENEWALS: u32 = 3;
/// How often a file is received anew because its bytes were wrong: they may have been spoilt on the way.
const RECEPTIONS: usize = 2;
/// For how many bytes room is made when nobody says how many there are.
const UNKNOWN_BYTES: u64 = 8 << 30;

/// What goes wrong with one file.
pub(super) type Failure = failure::Failure<Error>;

/// A file that is in the vault now.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) stored: StoredFile,
    /// Bytes that came for it; none when it was there.
    pub(super) bytes: u64,
}

/// Receives files of one repository.
pub(super) struct Transfer<'a> {
    pub(super) job: &'a MetadataJob<'a>,
    pub(super) downloads: &'a Downloads,
}

/// One file on its way, over several answers.
#[derive(Default)]
struct Reception {
    incoming: Option<Incoming>,
    tag: Option<String>,
    /// The bytes of the whole, by the answer.
    total: Option<u64>,
    renewals: u32,
    /// All bytes that came.
    bytes: u64,
}

impl Reception {
    fn received(&self) -> u64 {
        self.incoming.as_ref().map_or(0, Incoming::received)
    }

    async fn discard(&mut self) {
        if let Some(incoming) = self.incoming.take() {
            incoming.discard().await;
        }
    }
}

impl Transfer<'_> {
    /// Has one file in the vault. `known` is the SHA-256 that the vault had of it before.
    pub(super) async fn have(&self, wanted: &Wanted, known: Option<&str>) -> Result<Received, Failure> {
        let limit = self.job.options.max_file_bytes;
        if let (Some(size), Some(limit)) = (wanted.size, limit)
            && size > limit
        {
            return Err(Error::TooLarge(size).into());
        }
        let repository = &self.job.repository;
        let key = repository.file_key(&wanted.file);
        let there = repository.storage().length(&key).await?;
        if there.is_some() {
            let (sha256, size) = repository.storage().digest(&key).await?;
            // A run that was stopped before its commit left it; a file appears whole or not at all.
            let expected = known.or(wanted.sha256.as_deref());
            let is_proven = expected.is_some() || !self.job.options.refetch;
            let is_right = expected.is_none_or(|expected| expected == sha256);
            if is_proven && is_right && wanted.size.is_none_or(|expected| expected == size) {
                let stored = StoredFile { file: wanted.file.clone(), size, sha256 };
                return Ok(Received { stored, bytes: 0 });
            }
        }
        let mut receptions = 1;
        loop {
            match self.receive(wanted, there.is_some()).await {
                Err(Failure::There(Error::Mismatch(_))) if receptions < RECEPTIONS => receptions += 1,
                received => return received,
            }
        }
    }

    async fn receive(&self, wanted: &Wanted, replace: bool) -> Result<Received, Failure> {
        let reception = Mutex::new(Reception::default());
        let job = self.job;
        let is_worth_it = |error: &Failure| error.there().is_some_and(Error::is_transient) && !job.options.is_over();
        let notify = |error: &Failure, wait: Duration| {
            let why = error.there().map(|error| format!("{}: {}", wanted.url, cause::chain(error)));
            job.monitor.event(Event::Retrying { repository: job.label(), why: why.unwrap_or_default(), wait });
        };
        // Each try goes on where the one before ended.
        let attempt = || async { self.go_on(&mut *reception.lock().await, wanted, replace).await };
        let done = self.downloads.retry().run(job.cancel, is_worth_it, |_| None, notify, attempt).await;
        let mut reception = reception.into_inner();
        let checked = done.and_then(|()| check(wanted, &reception).map_err(Failure::from));
        match (checked, reception.incoming.take()) {
            (Ok(()), Some(incoming)) => {
                let (size, sha256) = (incoming.received(), incoming.sha256());
                incoming.finish().await?;
                let stored = StoredFile { file: wanted.file.clone(), size, sha256 };
                Ok(Received { stored, bytes: reception.bytes })
            }
            (checked, incoming) => {
                if let Some(incoming) = incoming {
                    incoming.discard().await;
                }
                checked?;
                Err(Error::Protocol("nothing came".into()).into())
            }
        }
    }

    /// Receives what is missing of a file.
    async fn go_on(&self, reception: &mut Reception, wanted: &Wanted, replace: bool) -> Result<(), Failure> {
        let link = match wanted.asset {
            Some(id) => self.downloads.asset(id),
            None => Url::parse(&wanted.url).map_err(|_| Error::Protocol("it is no address".into()))?,
        };
        if reception.tag.is_none() {
            // Nothing would tell another version of it.
            reception.discard().await;
        }
        loop {
            let so_far = Progress { received: reception.received(), tag: reception.tag.clone() };
            match self.downloads.open(&link, &so_far).await {
                Err(Error::Expired(_)) if reception.renewals < RENEWALS => reception.renewals += 1,
                Err(error) => return Err(error.into()),
                Ok(opened) => return self.read(reception, opened, wanted, replace).await,
            }
        }
    }

    async fn read(
        &self,
        reception: &mut Reception,
        opened: Opened,
        wanted: &Wanted,
        replace: bool,
    ) -> Result<(), Failure> {
        let job = self.job;
        let Opened { response, first, total, tag } = opened;
        let is_same = tag.is_some() && tag == reception.tag && first <= reception.received();
        if !is_same {
            reception.discard().await;
            if first != 0 {
                return Err(Error::Changed.into());
            }
        }
        (reception.tag, reception.total) = (tag, total);
        let limit = job.options.max_file_bytes.unwrap_or(u64::MAX);
        if let Some(total) = total.filter(|total| *total > limit) {
            return Err(Error::TooLarge(total).into());
        }
        let incoming = match &mut reception.incoming {
            Some(incoming) => incoming,
            none => {
                let length = wanted.size.or(total).unwrap_or(UNKNOWN_BYTES);
                none.insert(job.repository.receive_file(&wanted.file, length, &job.options.temporary, replace).await?)
            }
        };
        let most = wanted.size.or(total).unwrap_or(u64::MAX);
        let mut chunks = Chunks::of(response, incoming.received().saturating_sub(first), job.cancel);
        while let Some((chunk, new)) = chunks.next().await.map_err(|cut| Error::cut(&wanted.url, cut))? {
            reception.bytes = reception.bytes.saturating_add(chunk.len() as u64);
            job.monitor.event(Event::ReceivedBytes { repository: job.label(), bytes: chunk.len() as u64 });
            let now = incoming.received().saturating_add(new.len() as u64);
            if now > limit {
                return Err(Error::TooLarge(now).into());
            }
            if now > most {
                return Err(Error::Mismatch(format!("it has more than the {most} bytes that GitHub says")).into());
            }
            incoming.write(&new).await?;
        }
        let received = incoming.received();
        match total {
            Some(expected) if received < expected => Err(Error::Short { received, expected }.into()),
            _ => Ok(()),
        }
    }
}

/// Compares what came with what GitHub says of it.
fn check(wanted: &Wanted, reception: &Reception) -> Result<(), Error> {
    let Some(incoming) = &reception.incoming else { return Ok(()) };
    if let Some(size) = wanted.size.filter(|size| *size != incoming.received()) {
        return Err(Error::Mismatch(format!("it has {} bytes, and GitHub says {size}", incoming.received())));
    }
    match &wanted.sha256 {
        Some(sha256) if *sha256 != incoming.sha256() => {
            Err(Error::Mismatch("its SHA-256 is not the one that GitHub says".into()))
        }
        _ => Ok(()),
    }
}
