//! One pass over all resources of a repository.

use std::{collections::HashSet, path::Path};

use jiff::Timestamp;
use serde_json::json;

use super::{MetadataJob, MetadataWork, NotPermitted, Unread, census::Met, content::content, files::Files};
use crate::{
    backup::{
        Error, Reason,
        report::{Outcome, Work},
    },
    cause,
    git::pack::PackLimits,
    github::{
        self,
        resources::{Overview, Pace, Refusal, Resource, Step, Trails},
    },
    vault::{
        log::{Entry, PackRecord},
        metadata::{CommitText, Draft},
        repository::Commit,
        state::State,
    },
};

/// Changed files that are committed before more is read: what is read is not lost with the run, and memory stays flat.
const FILES_OF_A_COMMIT: u64 = 20_000;

/// A pass on top of what the log says.
pub(super) struct Pass<'a> {
    pub(super) job: &'a MetadataJob<'a>,
    pub(super) spool: &'a Path,
    pub(super) draft: Draft,
    pub(super) files: Files,
    pub(super) state: Option<State>,
    /// Whether the views are known to show `state`.
    pub(super) is_shown: bool,
    /// Whether all is read again.
    pub(super) is_full: bool,
    pub(super) work: Work,
    pub(super) done: MetadataWork,
    /// What full readings met.
    pub(super) met: Met,
    /// What full readings saw, and what they had seen before.
    pub(super) trails: Trails,
    pub(super) known_trails: Trails,
    /// GitHub's clock at the first answer.
    pub(super) observed: Option<Timestamp>,
}

/// How reading a resource ended.
enum End {
    Done,
    /// No other resource is read.
    Stop,
    /// Another run committed first.
    Superseded,
}

impl Pass<'_> {
    /// Reads and commits. `None`: another run was faster, start over.
    pub(super) async fn run(mut self) -> Result<Option<(Outcome, Work)>, Error> {
        let before = self.state.as_ref().map(|state| state.sequence);
        let is_full = self.is_full;
        let chosen = self.job.resources.iter().copied();
        // What was never read is read, however seldom it is.
        let is_due = |resource: &&Resource| {
            is_full || resource.pace == Pace::EachPass || self.draft.memory(resource.name).is_null()
        };
        let mut resources = chosen.filter(is_due).collect::<Vec<_>>().into_iter();
        let mut is_stopped = false;
        // Where it cannot be had, whoever needs it asks again and says why.
        let overview = if is_full { self.job.reader.overview().await.unwrap_or_default() } else { Overview::default() };
        for resource in resources.by_ref() {
            if self.job.options.is_over() {
                self.done.unread.push(unread(resource, &Error::Deadline));
                is_stopped = true;
                break;
            }
            match self.read(resource).await? {
                End::Done => {}
                End::Stop => {
                    is_stopped = true;
                    break;
                }
                End::Superseded => return Ok(None),
            }
        }
        // The ones behind what stopped the pass.
        let reason = self.done.unread.last().map(|unread| unread.reason).unwrap_or(Reason::Cancelled);
        self.done.unread.extend(resources.map(|resource| Unread {
            resource: resource.name.into(),
            reason,
            message: "it was not read".into(),
        }));
        if !is_stopped && !self.receive_files().await? {
            return Ok(None);
        }
        if is_full && !is_stopped {
            self.take_census(overview).await?;
        }
        self.files.remember(&mut self.draft);
        let is_partial = !self.done.unread.is_empty();
        let was_partial = self.state.as_ref().is_some_and(|state| state.partial);
        let is_changed_now = self.draft.changes() != (0, 0);
        // Without any file there is nothing that a first entry could hold.
        let has_entry = self.state.is_some() || is_changed_now;
        let is_news = is_changed_now || has_entry && was_partial && !is_partial;
        if is_news && !self.commit(is_partial).await? {
            return Ok(None);
        }
        let now = self.state.as_ref().map(|state| state.sequence);
        self.work.sequence = now;
        self.remember().await;
        if let Some(state) = self.state.clone().filter(|_| !self.is_shown) {
            self.job.repository.publish(state, None).await?;
        }
        let outcome = match (before, now) {
            _ if is_partial || !self.done.failed_files.is_empty() => Outcome::Failed,
            // GitHub does not bring back what it said long ago: it is told until the pack is.
            _ if self.state.as_ref().is_some_and(State::is_damaged) => Outcome::Damaged,
            (None, Some(_)) => Outcome::New,
            (before, now) if before != now => Outcome::Changed,
            // Nothing before and nothing now, too.
            _ => Outcome::Unchanged,
        };
        self.work.metadata = Some(self.done);
        Ok(Some((outcome, self.work)))
    }

    /// Receives release assets and attachments, and commits what there is of them now and then; false when another run was
    /// faster.
    async fn receive_files(&mut self) -> Result<bool, Error> {
        let (job, state) = (self.job, self.state.as_ref());
        self.files.prepare(job, state, self.is_full, &mut self.draft, &mut self.work).await?;
        while self.files.receive(job, &mut self.draft, &mut self.done, &mut self.work).await? {
            if !self.commit(true).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What was learned without a change is remembered outside the log: what is forgotten is asked again.
    async fn remember(&self) {
        let (Some(state), repository) = (&self.state, &self.job.repository) else { return };
        let mut kept = Ok(());
        if let Some(learned) = self.draft.learned() {
            kept = repository.remember_metadata(state, learned).await;
        }
        if self.is_full && self.trails != self.known_trails {
            kept = kept.and(repository.remember_trails(state, &self.trails).await);
        }
        if let Err(error) = kept {
            tracing::debug!("{}", cause::chain(&error));
        }
    }

    /// Reads a resource to its end, or as far as it goes.
    async fn read(&mut self, resource: &'static Resource) -> Result<End, Error> {
        let mut memory = self.draft.memory(resource.name);
        if self.is_full {
            let begun = memory;
            memory = resource.from_start(&begun);
            // One that goes on does not meet what was read before.
            if memory != begun || resource.is_read_to_its_end() {
                self.met.begin(resource.name);
            }
        }
        loop {
            if self.job.cancel.is_cancelled() {
                self.done.unread.push(unread(resource, &github::Error::Cancelled.into()));
                return Ok(End::Stop);
            }
            let trail = self.trails.entry(resource.name.to_owned()).or_default();
            let step = match resource.step(&self.job.reader, &memory, trail).await {
                Ok(step) => step,
                Err(Refusal::NotPermitted(needed)) => {
                    self.met.give_up(resource.name);
                    self.done.not_permitted.push(NotPermitted { resource: resource.name.into(), needed });
                    if memory.is_null() {
                        self.draft.remember(resource.name, json!({}));
                    }
                    return Ok(End::Done);
                }
                Err(Refusal::Failed(error)) => {
                    self.met.give_up(resource.name);
                    let error = Error::from(error);
                    let ends_all =
                        matches!(error.reason(), Reason::RateLimited | Reason::Unauthorized | Reason::Cancelled);
                    self.done.unread.push(unread(resource, &error));
                    return Ok(if ends_all { End::Stop } else { End::Done });
                }
            };
            memory = step.memory.clone();
            let is_more = step.is_more;
            self.take(resource, step).await?;
            if !is_more {
                return Ok(End::Done);
            }
            if self.draft.changes().0 >= FILES_OF_A_COMMIT && !self.commit(true).await? {
                return Ok(End::Superseded);
            }
        }
    }

    /// Puts what a step brought.
    async fn take(&mut self, resource: &'static Resource, step: Step) -> Result<(), Error> {
        self.observed = self.observed.or(step.observed);
        if self.is_full {
            self.met.add(resource.name, step.met);
        }
        for odd in step.odd {
            self.done.unread.push(Unread { resource: resource.name.into(), reason: Reason::Protocol, message: odd });
        }
        let mut vanished = Vec::new();
        let directories = step.whole.into_iter().chain(step.renewed.iter().map(String::as_str));
        for directory in directories {
            vanished.extend(self.draft.files(directory).await?);
        }
        if !vanished.is_empty() {
            let stays: HashSet<&str> = step
                .documents
                .iter()
                .map(|document| document.path.as_str())
                .chain(step.kept.iter().map(String::as_str))
                .collect();
            vanished.retain(|path| !stays.contains(path.as_str()));
        }
        vanished.extend(step.gone);
        let named = self.files.look(&step.documents);
        let files = step.documents.into_iter().map(|document| (document.path, content(document.value))).collect();
        let changed = self.draft.put(files).await?;
        self.files.take(named, &changed, &mut self.draft).await?;
        for path in vanished {
            self.draft.remove(&path).await?;
        }
        self.draft.remember(resource.name, step.memory);
        Ok(())
    }

    /// Commits what was read so far; false when another run was faster.
    async fn commit(&mut self, is_partial: bool) -> Result<bool, Error> {
        let job = self.job;
        self.files.remember(&mut self.draft);
        let before = self.state.as_ref();
        let observed = self.observed.unwrap_or_else(Timestamp::now);
        let mut entry = Entry::after(job.run, &job.identity, before, observed);
        let changes = self.draft.changes();
        if before.is_none() {
            job.vault.mark(job.repository.bare(), &job.identity.id, job.options.refetch).await?;
        }
        let text = CommitText {
            parent: before.and_then(State::metadata_commit),
            time: entry.observed,
            message: job.message(changes, is_partial),
        };
        let limits = PackLimits { threads: 1, object_bytes: job.options.object_bytes };
        let stored = self.draft.store(text, limits, job.cancel, self.spool).await?;
        entry.partial = is_partial;
        stored.fill(&mut entry, before);
        let Commit::Done(now) = job.repository.commit(before, &entry).await? else { return Ok(false) };
        self.done.changed_files += changes.0;
        self.done.removed_files += changes.1;
        let bytes = entry.packs.iter().map(PackRecord::bytes);
        self.work.stored_bytes = bytes.fold(self.work.stored_bytes, u64::saturating_add);
        let shown = before.filter(|_| self.is_shown).cloned();
        let now = job.repository.publish(*now, shown.as_ref()).await?;
        let is_ours = now.sequence == entry.sequence;
        (self.state, self.is_shown) = (Some(now), true);
        // What another run committed on top of ours is where the next commit of this pass would have to go.
        Ok(is_ours)
    }
}

fn unread(resource: &Resource, error: &Error) -> Unread {
    Unread { resource: resource.name.into(), reason: error.reason(), message: cause::chain(error) }
}
