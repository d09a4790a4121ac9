//! What is around the code of one repository or the files of a gist, or an account's own data, brought up to date: its
//! `.meta.git`.
//!
//! Each resource is read step by step on top of what it remembers. What was read is committed, and what it remembers with
//! it: a pass that is stopped goes on from there the next time.

mod census;
mod content;
mod files;
mod pass;
mod work;

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use self::work::{FailedFile, MetadataWork, NotPermitted, Unread};
use self::{census::Met, files::Files, pass::Pass};
use super::{
    Error, Options,
    report::{Outcome, Work},
};
use crate::{
    github::resources::{Reader, Resource, Trails},
    monitor::{Event, Monitor, count},
    vault::{
        self, BareRepository, RunId, Vault, key,
        log::Identity,
        metadata::{Draft, MetadataState},
        state::State,
    },
};

/// How often a repository is started over because another run committed first.
const RESTARTS: usize = 8;

/// One `.meta.git` to bring up to date.
pub(super) struct MetadataJob<'a> {
    pub(super) vault: &'a Vault,
    pub(super) run: &'a RunId,
    pub(super) repository: BareRepository,
    pub(super) identity: Identity,
    pub(super) reader: Reader,
    /// What is read.
    pub(super) resources: Vec<&'static Resource>,
    pub(super) options: &'a Options,
    /// Whether all is read again, to find what no "changed since" tells.
    pub(super) is_full: bool,
    pub(super) cancel: &'a CancellationToken,
    pub(super) monitor: Arc<dyn Monitor>,
}

impl MetadataJob<'_> {
    /// Brings it up to date.
    ///
    /// # Errors
    /// Any [`Error`] that concerns it as a whole; a resource that cannot be read is told in [`Work::metadata`].
    pub(super) async fn sync(&self) -> Result<(Outcome, Work), Error> {
        self.monitor.event(Event::Began { repository: self.label() });
        let (mut known_is_good, mut before) = (true, Work::default());
        for _ in 0..RESTARTS {
            match self.sync_once(known_is_good).await {
                // What the last backup left to go on from is damaged: everything is read and written again without it.
                Err(Error::Vault(vault::Error::Damaged(damage)))
                    if known_is_good && key::is_state_object(&damage.key) =>
                {
                    self.warn(&mut before, format!("damaged: {damage}; everything is read again"));
                    known_is_good = false;
                }
                Ok(Some((outcome, mut work))) => {
                    work.warnings.extend(before.warnings);
                    return Ok((outcome, work));
                }
                done => drop(done?),
            }
        }
        Err(vault::Error::Contended(self.repository.bare().to_owned()).into())
    }

    fn label(&self) -> String {
        self.identity.label()
    }

    fn warn(&self, work: &mut Work, text: String) {
        self.monitor.event(Event::Warning { repository: self.label(), text: text.clone() });
        work.warnings.push(text);
    }

    /// `None`: another run was faster, start over.
    async fn sync_once(&self, known_is_good: bool) -> Result<Option<(Outcome, Work)>, Error> {
        let tip = self.repository.tip().await?;
        // The log is read before upstream: what is read later is never older than the entry below it.
        let state = match &tip.head {
            Some(head) if tip.is_current => self.repository.load_shown(head).await?,
            head => self.repository.load(head.as_ref()).await?,
        };
        let sequences = (state.as_ref().map(|state| state.sequence), tip.head.as_ref().map(|head| head.sequence));
        let is_shown = tip.is_current && sequences.0 == sequences.1;
        if let Some(state) = &state {
            Error::check_identity(self.repository.bare(), &state.repository, &self.identity)?;
        }
        let known = match known_is_good {
            true => self.known(state.as_ref()).await?,
            false => MetadataState::default(),
        };
        // Without what was read before, all is.
        let is_known = !(known.files.is_empty() && known.shelves.is_empty());
        let is_full = self.is_full || !is_known;
        let spool = self.repository.storage().spool(&self.options.temporary)?;
        let trails = match &state {
            // What is not there any more cannot be left out of a reading.
            Some(state) if is_full && is_known => self.repository.trails(state).await?,
            _ => Trails::default(),
        };
        let draft = Draft::new(self.repository.clone(), known, spool.path())?;
        let files = Files::remembered(self, &draft);
        let pass = Pass {
            job: self,
            spool: spool.path(),
            draft,
            files,
            state,
            is_shown,
            is_full,
            work: Work::default(),
            done: MetadataWork::default(),
            met: Met::default(),
            known_trails: trails.clone(),
            trails,
            observed: None,
        };
        pass.run().await
    }

    /// What the last backup left to go on from.
    async fn known(&self, state: Option<&State>) -> Result<MetadataState, Error> {
        let Some(name) = state.and_then(|state| state.metadata_state.as_deref()).filter(|_| !self.options.refetch)
        else {
            return Ok(MetadataState::default());
        };
        let mut known = self.repository.metadata_state(name).await?;
        if let Some(newer) = self.repository.metadata_memory(name).await? {
            known.resources = newer;
        }
        Ok(known)
    }

    /// The message of a commit.
    fn message(&self, (changed, removed): (u64, u64), is_partial: bool) -> String {
        let mut text = format!("{}: {}", self.identity.name, count(changed, "file"));
        if removed > 0 {
            text.push_str(&format!(", {removed} removed"));
        }
        if is_partial {
            text.push_str(" (not all of it)");
        }
        format!("{text}\n\nBackup by gitark, run {}.", self.run.id)
    }
}
