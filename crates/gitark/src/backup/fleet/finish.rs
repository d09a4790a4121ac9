//! The report of a shared run, from what its workers left.

use std::collections::{BTreeMap, HashMap};

use futures::{StreamExt as _, stream};

use super::{
    LISTING,
    listing::{ListingDocument, Moved},
    worker::{WorkerResult, open},
};
use crate::{
    backup::{
        Error, Options, Reason,
        report::{RepositoryReport, RunReport},
        run::shrunk,
    },
    cause,
    monitor::{Event, Monitor},
    vault::{
        self, RunId, Storage, Vault,
        cache::{CachedLook, CachedRepository, Known},
        document,
        key::{self, Kind},
    },
};

/// Results that are read at once: they are small.
const READS_AT_ONCE: usize = 32;
/// What else is in the folder of a run.
const NOT_RESULTS: [&str; 3] = ["start.json", LISTING, key::ITEMS];

/// Joins what the workers of `run` left into its report, and remembers what they learned. A repository without a result
/// has failed with the reason `worker_lost`. A run that has a report keeps it.
///
/// # Errors
/// [`Error::NoSuchRun`], or the vault cannot be read or written.
pub async fn finish(
    storage: Storage,
    run: &RunId,
    options: &Options,
    monitor: &dyn Monitor,
) -> Result<RunReport, Error> {
    let vault = open(storage, run).await?;
    if let Some(report) = read::<RunReport>(&vault, &key::run_report(run.started, &run.id)).await? {
        return Ok(report);
    }
    let key = run.key(LISTING);
    let Some(listing) = read::<ListingDocument>(&vault, &key).await? else {
        return Err(Error::NoSuchRun { run: run.word(), location: vault.storage().location().to_owned() });
    };
    let mut results = Results::default();
    let names = vault.storage().list_level(&key::run(run.started, &run.id)).await?.1;
    let mut keys = Vec::new();
    for name in names.iter().filter(|name| name.ends_with(".json") && !NOT_RESULTS.contains(&name.as_str())) {
        keys.push(run.key(name));
    }
    let mut reads = Vec::with_capacity(keys.len());
    for key in &keys {
        reads.push(read::<WorkerResult>(&vault, key));
    }
    let mut reads = stream::iter(reads).buffered(READS_AT_ONCE);
    while let Some(found) = reads.next().await {
        match found {
            Ok(Some(result)) => results.add(result),
            Ok(None) => {}
            // Its repository is lost to the report, and is looked at again by the next run.
            Err(vault::Error::Damaged(damage)) => {
                monitor.event(Event::Warning { repository: "all".into(), text: format!("damaged: {damage}") });
            }
            Err(error) => return Err(error.into()),
        }
    }
    drop(reads);

    let known = Known::read(&vault, &listing.host_folder).await?;
    let known_gists = Known::read(&vault, &listing.gist_host_folder).await?;
    known.learn(std::mem::take(&mut results.learned));
    known_gists.learn(std::mem::take(&mut results.learned_of_gists));
    let mut rows = listing.rows;
    for moved in &listing.moved {
        let found = results.take(moved).unwrap_or_else(|| vec![lost(moved)]);
        let look = moved.look.clone().filter(|_| found.iter().all(RepositoryReport::is_good));
        // Taken before the full look, so that what moved in between shows in the next one.
        let look = look.map(|fast| CachedLook { fast, time: listing.run.started });
        for known in [&known, &known_gists] {
            known.set_look(&moved.id, look.clone());
        }
        rows.extend(found);
    }
    // Sources that could not be listed stay at the end.
    rows.sort_by_cached_key(|row| (row.id.is_none(), row.order()));
    let shrunk = shrunk(&known, &listing.sources, options, monitor);
    known.keep().await;
    known_gists.keep().await;
    let report = RunReport {
        sources: listing.sources.into_iter().map(|(name, _)| name).collect(),
        filters: listing.filters,
        shrunk,
        repositories: rows,
        ..RunReport::new(&vault, listing.run)
    };
    let report = report.store(&vault).await?;
    // Another one may have been faster: there is one report.
    let stored = read(&vault, &key::run_report(run.started, &run.id)).await?;
    Ok(stored.unwrap_or(report))
}

async fn read<T: serde::de::DeserializeOwned>(vault: &Vault, key: &str) -> Result<Option<T>, vault::Error> {
    let found = vault.storage().read(key).await?;
    found.map(|bytes| document::decode(key, &bytes)).transpose()
}

fn lost(moved: &Moved) -> RepositoryReport {
    let message = "the worker that had it left no result: it was killed, or could not be started; its log says why";
    let (name, id) = (cause::printable(&moved.repository), moved.id.clone());
    RepositoryReport::failed(name, Some(id), Reason::WorkerLost, message.to_owned())
}

/// What the workers found, by repository.
#[derive(Default)]
struct Results {
    /// By id; by name where GitHub did not show it.
    rows: HashMap<String, Vec<RepositoryReport>>,
    learned: BTreeMap<String, CachedRepository>,
    learned_of_gists: BTreeMap<String, CachedRepository>,
}

impl Results {
    /// Adds a result. Of several of one repository, as when a larger worker took over, the best counts, and of equal ones
    /// any: they say the same.
    fn add(&mut self, result: WorkerResult) {
        self.learned.extend(result.learned);
        self.learned_of_gists.extend(result.learned_of_gists);
        let Some(first) = result.rows.first() else { return };
        let of = first.id.as_ref().map_or_else(|| first.repository.to_lowercase(), ToString::to_string);
        let known = self.rows.entry(of).or_default();
        if known.is_empty() || worth(&result.rows) > worth(known) {
            *known = result.rows;
        }
    }

    fn take(&mut self, moved: &Moved) -> Option<Vec<RepositoryReport>> {
        let by_id = self.rows.remove(&moved.id.to_string());
        let by_name = self.rows.remove(&moved.repository.to_lowercase());
        match (by_id, by_name) {
            (Some(by_id), Some(by_name)) => Some(if worth(&by_name) > worth(&by_id) { by_name } else { by_id }),
            (by_id, by_name) => {
                let mut rows = by_id.or(by_name)?;
                for row in rows.iter_mut().filter(|row| row.id.is_none()) {
                    row.id = Some(moved.id.clone());
                }
                Some(rows)
            }
        }
    }
}

/// How good the rows of one repository are: its code before what is around it.
fn worth(rows: &[RepositoryReport]) -> (bool, usize, bool) {
    let is_good = |row: &RepositoryReport| row.is_good();
    let code = rows.iter().filter(|row| row.kind == Kind::Code).all(is_good);
    // What did something says more than what found it done.
    let did = rows.iter().any(|row| row.work.stored_bytes > 0);
    (code, rows.iter().filter(|row| is_good(row)).count(), did)
}
