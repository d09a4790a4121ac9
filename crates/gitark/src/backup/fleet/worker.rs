//! One repository of a shared run, on any machine.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::LISTING;
use crate::{
    backup::{
        Check, Error, ListOptions, Options,
        one::{Context, With},
        pace::Pace,
        report::RepositoryReport,
        run::work,
    },
    cause,
    github::{GitHub, Source},
    monitor::{Event, Monitor},
    vault::{self, RunId, Storage, Vault, cache::CachedRepository, document},
};

/// What a worker found: `runs/…/<run>/<worker>.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct WorkerResult {
    pub(super) format: u32,
    /// The run's id.
    pub(super) run: String,
    /// The worker's own.
    pub(super) worker: String,
    /// When it ended.
    pub(super) finished: Timestamp,
    /// The rows of the report.
    pub(super) rows: Vec<RepositoryReport>,
    /// What the cache may remember, by GitHub's id: of repositories, and of gists.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) learned: BTreeMap<String, CachedRepository>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) learned_of_gists: BTreeMap<String, CachedRepository>,
}

/// Brings the repository `source` up to date as a part of `run`, and leaves the result for [`super::finish`]. The rows
/// of the report.
///
/// A repository that cannot be listed or backed up has a row that says so.
///
/// # Errors
/// [`Error::NoSuchRun`], the vault cannot be opened, or the result cannot be written.
pub async fn sync(
    github: &GitHub,
    source: &Source,
    storage: Storage,
    run: &RunId,
    options: &Options,
    monitor: Arc<dyn Monitor>,
    cancel: &CancellationToken,
) -> Result<Vec<RepositoryReport>, Error> {
    let hosts = options.host_folders(github)?;
    let vault = open(storage, run).await?;
    let list = ListOptions { allow_empty: true, check: Check::Full, ..ListOptions::default() };
    let mut result = WorkerResult {
        format: vault::FORMAT,
        run: run.id.clone(),
        worker: Uuid::new_v4().to_string(),
        finished: Timestamp::now(),
        rows: Vec::new(),
        learned: BTreeMap::new(),
        learned_of_gists: BTreeMap::new(),
    };
    match crate::backup::list(github, std::slice::from_ref(source), &list, &*monitor).await {
        Err(error) => {
            let row = RepositoryReport::failed(source.to_string(), None, error.reason(), cause::chain(&error));
            result.rows.push(row);
        }
        Ok(listing) => {
            monitor.event(Event::Listed { repositories: listing.repositories.len() });
            let pace = Pace::new(options.concurrency);
            let with = With { github, vault: &vault, run, options, pace: &pace, monitor, cancel };
            let context = Context::read(with, &hosts, &listing).await?;
            result.rows = work(&context, &[], &listing.repositories).await;
            result.rows.extend(context.not_listed(&listing));
            result.learned = context.known.learned();
            result.learned_of_gists = context.known_gists.as_ref().map(|known| known.learned()).unwrap_or_default();
        }
    }
    result.finished = Timestamp::now();
    let key = run.key(&format!("{}.json", result.worker));
    vault.storage().create(&key, document::encode(&result)).await?;
    Ok(result.rows)
}

/// Opens the vault of a run that was begun there. Its listing was written after the store was proven.
pub(super) async fn open(storage: Storage, run: &RunId) -> Result<Vault, Error> {
    let vault = Vault::open(storage).await?;
    match vault.storage().length(&run.key(LISTING)).await? {
        Some(_) => Ok(vault),
        None => Err(Error::NoSuchRun { run: run.word(), location: vault.storage().location().to_owned() }),
    }
}
