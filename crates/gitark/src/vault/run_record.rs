//! What a run leaves under `runs/`: a start record, which also proves the store, and a report.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Error, Storage, Vault, document, key};

/// How [`RunId::word`] writes the time.
const WORD_TIME: &str = "%Y%m%dT%H%M%SZ";

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

    /// The run in one word, to be given to workers: `20261121T050000Z-<id>`. It says where the run is in a vault.
    pub fn word(&self) -> String {
        format!("{}-{}", self.started.strftime(WORD_TIME), self.id)
    }

    /// Reads [`RunId::word`]. The time is to the second; it is for keys, and the whole one is in the run's documents.
    pub fn of_word(word: &str) -> Option<Self> {
        let (time, id) = word.split_once('-')?;
        let id = Uuid::parse_str(id).ok()?.to_string();
        let started = DateTime::strptime(WORD_TIME, time).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let run = Self { id, started };
        (run.word() == word).then_some(run)
    }

    /// The key of something that belongs to the run.
    pub fn key(&self, name: &str) -> String {
        format!("{}/{name}", key::run(self.started, &self.id))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_found_by_its_word() {
        let run = RunId::new("2026-11-21T05:00:09.123456Z".parse().expect("a time"));
        let word = run.word();
        assert!(word.starts_with("20261121T050009Z-"), "{word}");
        let found = RunId::of_word(&word).expect("a run");
        assert_eq!((found.key("x.json"), &found.id), (run.key("x.json"), &run.id));
        assert!(run.key("x.json").starts_with("runs/2026/11/21/050009Z-"));
        for bad in ["", "x", "20261121T050009Z-", "20261121T050009Z-../../x", "20261321T050009Z-", &word[1..]] {
            assert_eq!(RunId::of_word(bad), None, "{bad}");
        }
    }
}
