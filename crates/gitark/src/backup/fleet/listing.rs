//! What moved, and so what workers are for.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::LISTING;
use crate::{
    backup::{
        Error, Listing, Options,
        one::{Context, With},
        pace::Pace,
        report::RepositoryReport,
        run::{accounts, sweep_spool, work},
    },
    github::{GitHub, Repository, Share},
    identity::RepositoryId,
    monitor::{Event, Monitor},
    vault::{self, RunId, Storage, Vault, document, key},
};

/// The owner that stands for one in the items of gists: their address has none.
const GIST_OWNER: &str = "~gist";

/// One repository to be looked at by a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The owner's name; `~gist` for a gist.
    pub owner: String,
    /// The repository's name, or the gist's id.
    pub repo: String,
    /// GitHub's id.
    pub id: RepositoryId,
    /// Its size on GitHub's disks in KiB, as GitHub counts it from time to time.
    pub size_kb: u64,
    /// The run, as [`RunId::word`] says it.
    pub run: String,
    /// Requests that the worker may send at once.
    pub concurrency: u32,
    /// Points of GitHub's limit that the worker may use in a minute.
    pub points_per_minute: u32,
}

/// A run that waits for its workers.
#[derive(Clone, Debug)]
pub struct Items {
    /// The run.
    pub run: RunId,
    /// The key of the items in the vault.
    pub key: String,
    /// One for each repository to be looked at.
    pub items: Vec<Item>,
    /// Repositories that have not moved since a full look that is not too old.
    pub unchanged: usize,
}

/// What the lister leaves for the one who joins.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ListingDocument {
    pub(super) format: u32,
    pub(super) run: RunId,
    pub(super) host_folder: String,
    pub(super) gist_host_folder: String,
    pub(super) sources: Vec<(String, usize)>,
    pub(super) filters: Vec<String>,
    /// Rows of what no worker is for: repositories that have not moved, and what could not be listed.
    pub(super) rows: Vec<RepositoryReport>,
    /// What workers are for.
    pub(super) moved: Vec<Moved>,
}

/// A repository that a worker is for.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Moved {
    pub(super) repository: String,
    pub(super) id: RepositoryId,
    /// What a fast look said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) look: Option<String>,
}

impl Item {
    fn of(repository: &Repository, run: &RunId, share: Share) -> Self {
        let (owner, name) = repository.full_name.split_once('/').unwrap_or(("", &repository.full_name));
        let owner = if repository.gist.is_some() { GIST_OWNER } else { owner };
        Self {
            owner: owner.to_owned(),
            repo: name.to_owned(),
            id: repository.id.clone(),
            size_kb: repository.size,
            run: run.word(),
            concurrency: share.concurrency,
            points_per_minute: share.points_per_minute,
        }
    }
}

/// Begins a run that at most `workers` share at a time, by what the fast look of `listing` says: puts its start record,
/// which proves the store, and leaves the items for workers and the listing for [`super::finish`].
///
/// # Errors
/// The vault cannot be opened or written.
pub async fn list(
    github: &GitHub,
    listing: &Listing,
    storage: Storage,
    workers: u32,
    options: &Options,
    monitor: Arc<dyn Monitor>,
    cancel: &CancellationToken,
) -> Result<Items, Error> {
    let run = RunId::new(Timestamp::now());
    let hosts = options.host_folders(github)?;
    let vault = Vault::open_or_create(storage, &run, options.allow_overwriting_store).await?;
    sweep_spool(&vault);
    monitor.event(Event::Listed { repositories: listing.repositories.len() + accounts(listing, options).len() });
    let pace = Pace::new(1);
    let with = With { github, vault: &vault, run: &run, options, pace: &pace, monitor, cancel };
    let context = Context::read(with, &hosts, listing).await?;
    let share = Share::of(workers);
    let (mut rows, mut moved, mut items) = (Vec::new(), Vec::new(), Vec::new());
    for repository in &listing.repositories {
        match context.unmoved(repository) {
            Some(row) => rows.push(context.ended(row)),
            None => {
                let look = listing.probe.as_ref().and_then(|probe| probe.look(&repository.id));
                moved.push(Moved {
                    repository: repository.full_name.clone(),
                    id: repository.id.clone(),
                    look: look.map(str::to_owned),
                });
                items.push(Item::of(repository, &run, share));
            }
        }
    }
    let unchanged = rows.len();
    // An account is a few requests, and nobody else writes the cache yet.
    rows.extend(work(&context, accounts(listing, options), &[]).await);
    context.keep().await;
    rows.extend(context.not_listed(listing));
    let (host_folder, gist_host_folder) = hosts.clone();
    let document = ListingDocument {
        format: vault::FORMAT,
        run: run.clone(),
        host_folder,
        gist_host_folder,
        sources: listing.sources.clone(),
        filters: listing.filters.clone(),
        rows,
        moved,
    };
    vault.storage().create(&run.key(LISTING), document::encode(&document)).await?;
    let key = run.key(key::ITEMS);
    vault.storage().create(&key, document::encode_array(&items)).await?;
    Ok(Items { run, key, items, unchanged })
}
