//! Repositories that no report had within the time that is looked through: the report of the run that wrote the newest
//! entry tells which sources they came from.

use std::collections::HashMap;

use jiff::{Timestamp, tz::TimeZone};

use super::{
    known::Known,
    reports::{Report, day, report},
};
use crate::vault::{self, Storage, Vault, lookup::Found};

/// The most repositories that are looked up so.
const MOST_LOOK_UPS: usize = 200;

/// Looks up what `known` has not seen in any report.
pub(super) async fn look_up(vault: &Vault, found: &[Found], known: &mut Known) -> Result<(), vault::Error> {
    let mut reports: HashMap<String, Option<Report>> = HashMap::new();
    for at in known.unseen().into_iter().take(MOST_LOOK_UPS) {
        let Some(head) = &found[at].head else { continue };
        let repository = vault.repository(&found[at].claim.folder, found[at].main_kind());
        let entry = match repository.entry(head.sequence).await {
            Ok(Some((entry, ..))) => entry,
            // What is damaged tells nothing; `verify` tells of it.
            Ok(None) | Err(vault::Error::Damaged(_)) => continue,
            Err(error) => return Err(error),
        };
        if !reports.contains_key(&entry.run_id) {
            let read = of_run(vault.storage(), &entry.run_id, entry.written).await?;
            reports.insert(entry.run_id.clone(), read);
        }
        if let Some(Some(report)) = reports.get(&entry.run_id) {
            known.note_older(at, report);
        }
    }
    Ok(())
}

/// The report of a run that wrote at this time: it began on that day, or the one before.
async fn of_run(storage: &Storage, run: &str, written: Timestamp) -> Result<Option<Report>, vault::Error> {
    let date = written.to_zoned(TimeZone::UTC).date();
    for date in [Some(date), date.yesterday().ok()].into_iter().flatten() {
        let (_, names) = storage.list_level(&day(date)).await?;
        if let Some(name) = names.iter().find(|name| name.ends_with(&format!("-{run}.json"))) {
            return match report(storage, format!("{}/{name}", day(date))).await {
                (_, Ok(report)) => Ok(report),
                (_, Err(vault::Error::Damaged(_))) => Ok(None),
                (_, Err(error)) => Err(error),
            };
        }
    }
    Ok(None)
}
