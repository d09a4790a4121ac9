//! The vaults of one backup, each brought up to date by its own log.

use std::{sync::Arc, time::Duration};

use gitark::{
    backup::{self, Listing, Options, report::RunReport},
    github::GitHub,
};
use tokio_util::sync::CancellationToken;

use super::summary::Summary;
use crate::{
    arguments::Talk,
    exit::{Exit, Failure},
    place::Place,
    terminal::{self, Progress},
};

/// How the backup into one vault ended.
pub(crate) struct Ended {
    /// The vault, as it was named.
    pub(crate) vault: String,
    pub(crate) result: Result<RunReport, Failure>,
}

impl Ended {
    pub(crate) fn exit(&self) -> Exit {
        match &self.result {
            Ok(report) => report.verdict().into(),
            Err(failure) => failure.exit,
        }
    }

    /// Says what was done; of several vaults, in which.
    pub(crate) fn say(&self, talk: Talk, of_several: bool, time: Duration) {
        match &self.result {
            Ok(report) => Summary { report, time, vault: Some(&self.vault), of_several }.say(talk),
            Err(failure) => terminal::failed(failure, Some(self.vault.as_str()).filter(|_| of_several)),
        }
    }
}

/// Backs up into all `places` at once. One that fails does not stop the others.
pub(super) async fn run(
    github: &GitHub,
    listing: &Listing,
    places: &[Place],
    options: &Options,
    progress: &Arc<Progress>,
    cancel: &CancellationToken,
) -> Vec<Ended> {
    let mut ended: Vec<Ended> = Vec::new();
    let (mut vaults, mut running) = (Vec::new(), Vec::new());
    for place in places {
        let vault = place.to_string();
        match place.storage_to_write("--to").await {
            Ok(storage) => {
                vaults.push((storage, progress.in_vault(vault.clone(), places.len() > 1)));
                running.push(vault);
            }
            Err(failure) => ended.push(Ended { vault, result: Err(failure) }),
        }
    }
    let reports = backup::run_all(github, listing, vaults, options, cancel).await;
    let reports = reports.into_iter().map(|report| report.map_err(Failure::from));
    ended.extend(running.into_iter().zip(reports).map(|(vault, result)| Ended { vault, result }));
    ended
}
