//! `gitark fleet list`.

use std::sync::Arc;

use clap::Args;
use gitark::backup::{self, Check, ListOptions, Options, fleet};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::{
    arguments::{Filters, GitHubAccess, Looks, Notifications, Sources, Talk, VaultMode},
    command::Outcome,
    exit::{Exit, Failure},
    interrupt, output,
    place::{Place, one_vault},
    terminal::Progress,
};

/// Workers at a time, when nobody says how many.
const WORKERS: u32 = 40;

/// Begin a run that many workers share: what moved, for a worker each
///
/// Prints one line of JSON: the run, and the bucket and key (in a bucket) or the path of the items, a JSON array with an
/// object for each repository that a worker must look at.
#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) sources: Sources,
    /// The vault: a directory, s3://BUCKET/PREFIX, gs://… or az://…
    #[arg(long = "to", visible_alias = "vault", value_name = "VAULT", env = "GITARK_VAULT", required = true)]
    pub(crate) to: Vec<Place>,
    /// Put the items there too: a directory or s3://BUCKET/PREFIX, for whatever cannot read the vault
    #[arg(long, value_name = "PLACE")]
    pub(crate) items: Option<Place>,
    #[command(flatten)]
    pub(crate) looks: Looks,
    /// An empty listing is no failure
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Use a store that ignores create-only puts; safe only while no two runs ever overlap
    #[arg(long)]
    pub(crate) allow_overwriting_store: bool,
    #[command(flatten)]
    pub(crate) filters: Filters,
    #[command(flatten)]
    pub(crate) github: GitHubAccess,
    #[command(flatten)]
    pub(crate) mode: VaultMode,
    #[command(flatten)]
    pub(crate) notifications: Notifications,
}

/// A run that waits for its workers.
#[derive(Debug, Serialize)]
pub(crate) struct Begun {
    /// What workers and `finish` are told.
    run: String,
    /// The bucket of the items; none where they are in a directory.
    bucket: Option<String>,
    /// The key of the items in the bucket, or their path.
    key: String,
    /// How many.
    items: usize,
    /// Repositories that have not moved.
    unchanged: usize,
}

pub(super) async fn run(mut arguments: List, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let begun = list(&mut arguments, talk, &cancel).await?;
    output::json(&mut std::io::stdout().lock(), &begun)?;
    Ok(Exit::Done)
}

/// Begins a shared run. Who wants to know is told when it cannot be begun.
pub(crate) async fn list(arguments: &mut List, talk: Talk, cancel: &CancellationToken) -> Result<Begun, Failure> {
    let begun = try_list(arguments, talk, cancel).await;
    if let Err(failure) = &begun {
        arguments.notifications.send(|message| message.failure("backup", failure)).await;
    }
    begun
}

async fn try_list(arguments: &mut List, talk: Talk, cancel: &CancellationToken) -> Result<Begun, Failure> {
    let progress = Arc::new(Progress::new(talk));
    let List { github: access, sources, to, .. } = &mut *arguments;
    access.read_secret(sources, to).await?;
    // The workers have not begun: all of the limits are the lister's.
    let workers = access.workers.take().unwrap_or(WORKERS);
    let github = arguments.github.connect(None, progress.clone(), cancel).await?;
    // What did not move is no worker's, however few there are.
    let check = match arguments.looks.check() {
        Check::Auto => Check::Fast,
        check => check,
    };
    let selection = arguments.filters.selection()?;
    let list = ListOptions { allow_empty: arguments.allow_empty, selection, check };
    let listing = backup::list(&github, &arguments.sources.all(), &list, &*progress).await?;
    arguments.mode.set();
    let options = Options {
        host: arguments.github.host.clone(),
        allow_overwriting_store: arguments.allow_overwriting_store,
        ..arguments.looks.options()
    };
    let place = one_vault(&arguments.to)?;
    let storage = place.storage_to_write("--to").await?;
    let begun = fleet::list(&github, &listing, storage.clone(), workers, &options, progress.clone(), cancel).await?;
    let (bucket, key) = match &arguments.items {
        Some(items) => {
            let bytes = storage.read(&begun.key).await?.unwrap_or_default();
            items.storage_to_write("--items").await?.replace(&begun.key, bytes).await?;
            items.address(&begun.key)
        }
        None => place.address(&begun.key),
    };
    progress.finish();
    Ok(Begun { run: begun.run.word(), bucket, key, items: begun.items.len(), unchanged: begun.unchanged })
}
