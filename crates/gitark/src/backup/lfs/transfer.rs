//! Asking for objects by the hundred, and receiving several at once.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use tokio::sync::Mutex;

use super::{Outcome, Wanted};
use crate::{
    backup::{Error, failure, job::Job},
    cause,
    git::{
        self,
        lfs::{self, Absence, Action, BATCH, Lfs, Pointer},
    },
    http::Chunks,
    monitor::Event,
    vault::storage::Incoming,
};

/// Objects of one repository that are received at once.
const AT_ONCE: usize = 4;
/// How often another link is asked for because one does not work any more.
const RENEWALS: u32 = 3;
/// How often an object is received anew because its bytes were wrong: they may have been spoilt on the way.
const RECEPTIONS: usize = 2;

/// Receives the objects of one repository.
pub(super) struct Transfer<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) lfs: &'a Lfs<'a>,
}

/// What goes wrong with one object.
type Failure = failure::Failure<lfs::Error>;

/// A failure that may be the server's: what can be tried again.
trait MayBeThere {
    fn there(&self) -> Option<&lfs::Error>;
}

impl MayBeThere for lfs::Error {
    fn there(&self) -> Option<&lfs::Error> {
        Some(self)
    }
}

impl MayBeThere for Failure {
    fn there(&self) -> Option<&lfs::Error> {
        self.there()
    }
}

/// One object on its way, over several answers.
struct Reception {
    incoming: Incoming,
    action: Option<Action>,
    renewals: u32,
    /// All bytes that came, those that were there before among them.
    received: u64,
}

impl Transfer<'_> {
    /// Receives all of `wanted`, as far as can be.
    pub(super) async fn all(&self, wanted: &[Wanted], found: &mut Outcome) -> Result<(), Error> {
        let (mut rest, mut at_once) = (wanted, BATCH);
        while !rest.is_empty() {
            if self.job.cancel.is_cancelled() {
                return Err(git::Error::Cancelled.into());
            }
            if self.job.options.is_over() {
                rest.iter().for_each(|wanted| found.absent(wanted, Absence::Deadline, "the next run takes it".into()));
                return Ok(());
            }
            let batch = &rest[..rest.len().min(at_once)];
            let pointers: Vec<Pointer> = batch.iter().map(|wanted| wanted.pointer).collect();
            match self.retried(|| self.lfs.actions(&pointers)).await {
                Ok(actions) => {
                    self.receive_all(batch, actions, found).await?;
                    rest = &rest[batch.len()..];
                }
                Err(lfs::Error::Wire(git::Error::Cancelled)) => return Err(git::Error::Cancelled.into()),
                Err(lfs::Error::Wire(git::Error::Status { status: 413, .. })) if batch.len() > 1 => {
                    at_once = batch.len() / 2;
                }
                // What the server says of one hundred holds for the rest.
                Err(error) => {
                    let (absence, text) = (error.absence(), cause::chain(&error));
                    rest.iter().for_each(|wanted| found.absent(wanted, absence, text.clone()));
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Does `attempt` again when that may help, as for everything else that is asked.
    async fn retried<T, E: MayBeThere, F: Future<Output = Result<T, E>>>(
        &self,
        attempt: impl FnMut() -> F,
    ) -> Result<T, E> {
        let job = self.job;
        let is_worth_it = |error: &E| {
            error.there().is_some_and(|error| {
                let may_wait = error.asked_pause().is_none_or(|pause| job.github.may_wait(pause));
                error.is_transient() && may_wait && !job.options.is_over()
            })
        };
        let asked_pause = |error: &E| error.there().and_then(lfs::Error::asked_pause);
        let notify = |error: &E, wait: Duration| {
            let why = error.there().map(|error| cause::chain(error)).unwrap_or_default();
            job.monitor.event(Event::Retrying { repository: job.label(), why, wait });
        };
        job.github.retry().run(job.cancel, is_worth_it, asked_pause, notify, attempt).await
    }

    /// Receives those of `batch` that the server offers.
    async fn receive_all(
        &self,
        batch: &[Wanted],
        actions: Vec<Result<Action, lfs::Error>>,
        found: &mut Outcome,
    ) -> Result<(), Error> {
        // Futures do nothing until they are polled. (A closure over references would make this future not `Send`.)
        let mut work = Vec::with_capacity(batch.len());
        for (wanted, action) in batch.iter().zip(actions) {
            work.push(self.receive(wanted, action));
        }
        let mut done = stream::iter(work).buffer_unordered(AT_ONCE);
        while let Some((wanted, received, result)) = done.next().await {
            found.received = found.received.saturating_add(received);
            let Pointer { oid, size, .. } = wanted.pointer;
            match result {
                Ok(()) => {
                    found.stored.insert(oid, size);
                    found.written = found.written.saturating_add(size);
                }
                Err(Failure::There(lfs::Error::Wire(git::Error::Cancelled))) => {
                    return Err(git::Error::Cancelled.into());
                }
                Err(Failure::There(error)) => found.absent(wanted, error.absence(), cause::chain(&error)),
                Err(Failure::Here(error)) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Receives one object, checks it and stores it; the bytes that came.
    async fn receive<'w>(
        &self,
        wanted: &'w Wanted,
        action: Result<Action, lfs::Error>,
    ) -> (&'w Wanted, u64, Result<(), Failure>) {
        let mut received = 0;
        let mut action = match action {
            Ok(action) => Some(action),
            // It may be another error, or none, when it is asked for alone.
            Err(error) if error.is_transient() => None,
            Err(error) => return (wanted, 0, Err(error.into())),
        };
        let mut result = Ok(());
        for _ in 0..RECEPTIONS {
            result = self.receive_once(wanted, action.take(), &mut received).await;
            if !matches!(result, Err(Failure::There(lfs::Error::Mismatch(_)))) {
                break;
            }
        }
        (wanted, received, result)
    }

    async fn receive_once(&self, wanted: &Wanted, action: Option<Action>, received: &mut u64) -> Result<(), Failure> {
        let (job, Pointer { oid, size, .. }) = (self.job, wanted.pointer);
        let incoming = job.repository.receive_lfs(&oid, size, &job.options.temporary, wanted.replace).await?;
        let reception = Mutex::new(Reception { incoming, action, renewals: 0, received: 0 });
        // Each try goes on where the one before ended.
        let attempt = || async { self.go_on(&mut *reception.lock().await, wanted.pointer).await };
        let done = self.retried(attempt).await;
        let reception = reception.into_inner();
        *received += reception.received;
        let is_right = reception.incoming.sha256() == oid.to_string();
        match done {
            Ok(()) if is_right => Ok(reception.incoming.finish().await?),
            done => {
                reception.incoming.discard().await;
                done?;
                Err(lfs::Error::Mismatch("its bytes are others than its name says".into()).into())
            }
        }
    }

    /// Receives what is missing of an object.
    async fn go_on(&self, reception: &mut Reception, pointer: Pointer) -> Result<(), Failure> {
        loop {
            if reception.action.as_ref().is_some_and(Action::is_over) && reception.renewals < RENEWALS {
                reception.action = None;
            }
            let action = match reception.action.take() {
                Some(action) => action,
                None => {
                    reception.renewals += 1;
                    let mut actions = self.lfs.actions(&[pointer]).await?;
                    match actions.pop() {
                        Some(action) => action?,
                        None => return Err(lfs::Error::from(git::Error::Protocol("no answer for it".into())).into()),
                    }
                }
            };
            match self.lfs.open(&action, reception.incoming.received()).await {
                Err(lfs::Error::Expired(_)) if reception.renewals < RENEWALS => {}
                Err(error) => {
                    reception.action = Some(action);
                    return Err(error.into());
                }
                Ok((response, first)) => {
                    reception.action = Some(action);
                    return self.read(reception, response, first, pointer.size).await;
                }
            }
        }
    }

    /// Reads an answer whose body begins at byte `first` of the object.
    async fn read(
        &self,
        reception: &mut Reception,
        response: reqwest::Response,
        first: u64,
        size: u64,
    ) -> Result<(), Failure> {
        let job = self.job;
        let again = reception.incoming.received().saturating_sub(first);
        let mut chunks = Chunks::of(response, again, job.cancel);
        let cut = |cut| lfs::Error::from(git::Error::cut("read an LFS object", cut));
        while let Some((chunk, new)) = chunks.next().await.map_err(cut)? {
            let bytes = chunk.len() as u64;
            reception.received = reception.received.saturating_add(bytes);
            job.monitor.event(Event::ReceivedBytes { repository: job.label(), bytes });
            if reception.incoming.received().saturating_add(new.len() as u64) > size {
                let text = format!("it has more than the {size} bytes that the pointer says");
                return Err(lfs::Error::Mismatch(text).into());
            }
            reception.incoming.write(&new).await?;
        }
        match reception.incoming.received() {
            received if received < size => Err(lfs::Error::Short { received, expected: size }.into()),
            _ => Ok(()),
        }
    }
}
