//! What a run leaves under `runs/`: a start record, which also proves the store, and a report.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Error, Storage, Vault, document, key};

/// Identity of a run, and when it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunId {
    /// A random UUID.
    pub id: String,
    /// The writer's clock at the start.
    pub started: Timestamp,
}

impl RunId {
    /// A new run that starts now.
    pub fn new(started: Timestamp) -> Self {
        Self { id: Uuid::new_v4().to_string(), started }
    }
}

/// The content of a start record. `attempt` makes the two puts differ.
#[derive(Debug, Serialize)]
struct StartRecord<'a> {
    format: u32,
    run: &'a RunId,
    attempt: u32,
}

/// Puts the run's start record twice, before anything else is written, and finds out whether the store keeps the
/// first: whether create-only puts are kept.
///
/// # Errors
/// [`Error::NoCreateOnly`] when the second put was taken, [`Error::Store`] when the place cannot be written.
pub async fn probe_create_only(storage: &Storage, run: &RunId) -> Result<(), Error> {
    let key = key::run_start(run.started, &run.id);
    let record = |attempt| document::encode(&StartRecord { format: super::FORMAT, run, attempt });
    storage.create(&key, record(1)).await?;
    match storage.refuses_to_overwrite(&key, record(2)).await? {
        true => Ok(()),
        false => Err(Error::NoCreateOnly { location: storage.location().to_owned() }),
    }
}

impl Vault {
    /// Stores the report of a run.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn store_run_report<T: Serialize>(&self, run: &RunId, report: &T) -> Result<String, Error> {
        let key = key::run_report(run.started, &run.id);
        self.storage().create(&key, document::encode(report)).await?;
        Ok(key)
    }
}
