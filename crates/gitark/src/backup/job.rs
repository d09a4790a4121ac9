//! What the steps of one bare repository's backup share.

use std::sync::{Arc, Mutex, PoisonError, atomic::AtomicUsize};

use tokio_util::sync::CancellationToken;

use super::{Error, Options, report::Work};
use crate::{
    git::{
        self,
        ls_refs::Upstream,
        pack::PackLimits,
        refs,
        remote::{Discovery, Remote},
    },
    github::GitHub,
    monitor::{Event, Monitor},
    vault::{
        BareRepository, RunId, Vault,
        log::{Entry, Identity},
        state::State,
    },
};

/// One bare repository to bring up to date.
pub(super) struct Job<'a> {
    pub(super) github: &'a GitHub,
    pub(super) vault: &'a Vault,
    pub(super) run: &'a RunId,
    pub(super) repository: BareRepository,
    pub(super) identity: Identity,
    /// Bytes that it has as GitHub counts them; 0 where that is not told.
    pub(super) upstream_bytes: u64,
    pub(super) remote: Remote,
    /// What the git server said it can do, once a repository of this run was asked.
    pub(super) server: &'a Mutex<Option<Discovery>>,
    pub(super) limits: PackLimits,
    pub(super) options: &'a Options,
    pub(super) cancel: &'a CancellationToken,
    pub(super) monitor: Arc<dyn Monitor>,
    /// How often the server failed to make a pack (5xx) in this run.
    pub(super) fetch_failures: AtomicUsize,
}

/// One look at upstream, to be committed on top of what the log said before it.
pub(super) struct Look {
    pub(super) discovery: Discovery,
    pub(super) upstream: Upstream,
    pub(super) digest: String,
}

impl Job<'_> {
    /// How people know it.
    pub(super) fn label(&self) -> String {
        self.identity.label()
    }

    /// Looks at upstream. The log must have been read before: a look that is older than the newest entry would undo
    /// what another run saw.
    ///
    /// All repositories of a server can do the same, so only the first is asked for its capabilities.
    pub(super) async fn look(&self) -> Result<Look, Error> {
        let known = self.server.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            let discovery = self.remote.like(&known);
            match self.remote.ls_refs(&discovery).await {
                Ok(upstream) => return Ok(Self::looked(discovery, upstream)),
                Err(git::Error::Cancelled) => return Err(git::Error::Cancelled.into()),
                // It is gone, has moved or is unlike the others: it is asked as if it were the first.
                Err(_) => {}
            }
        }
        let discovery = self.remote.discover().await?;
        let upstream = self.remote.ls_refs(&discovery).await?;
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(discovery.clone());
        Ok(Self::looked(discovery, upstream))
    }

    fn looked(discovery: Discovery, upstream: Upstream) -> Look {
        let digest = refs::digest(&upstream.refs, &upstream.head);
        Look { discovery, upstream, digest }
    }

    /// An entry of this run on top of `before`, without changes yet.
    pub(super) fn entry(&self, before: Option<&State>, look: &Look) -> Entry {
        Entry {
            head: look.upstream.head.clone(),
            refs_digest: look.digest.clone(),
            parked: look.upstream.parked(),
            ..Entry::after(self.run, &self.identity, before, look.upstream.observed)
        }
    }

    pub(super) fn warn(&self, work: &mut Work, text: String) {
        self.monitor.event(Event::Warning { repository: self.label(), text: text.clone() });
        work.warnings.push(text);
    }

    /// Refuses to build on a log that belongs to another repository.
    pub(super) fn check_identity(&self, found: &Identity) -> Result<(), Error> {
        Error::check_identity(self.repository.bare(), found, &self.identity)
    }
}
