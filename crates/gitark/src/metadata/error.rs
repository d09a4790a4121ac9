//! Why something around the code cannot be shown.

use jiff::Timestamp;
use serde_json::Value;

use super::{Thing, field::text};
use crate::{cause::printable, inspect, vault};

/// Why something around the code cannot be shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The vault, or the version.
    #[error(transparent)]
    Inspect(#[from] inspect::Error),
    /// Nothing of what is around the code was backed up by then.
    #[error("{repository} has no metadata {at}; `gitark backup` keeps it unless --skip metadata is given")]
    NoMetadata {
        /// `OWNER/REPO`.
        repository: String,
        /// "in the vault", or at which time there is none.
        at: String,
    },
    /// There is no such thing in that backup.
    #[error("{repository} has no {thing} at {}{}{}", shown(*.observed), went(.gone), last_seen(.repository, .seen))]
    NoSuchThing {
        /// `OWNER/REPO`.
        repository: String,
        /// What was asked for.
        thing: Thing,
        /// The server's clock at the backup.
        observed: Timestamp,
        /// The backup, entry and time, that has it.
        seen: Option<(u64, Timestamp)>,
        /// What became of it upstream, as the file in `gone/` says.
        gone: Option<Value>,
    },
    /// A number is another kind of thing.
    #[error("number {number} of {repository} is an issue; ask for `issue {number}`")]
    IsIssue {
        /// `OWNER/REPO`.
        repository: String,
        /// The number.
        number: u64,
    },
}

impl From<vault::Error> for Error {
    fn from(error: vault::Error) -> Self {
        Error::Inspect(error.into())
    }
}

fn shown(time: Timestamp) -> String {
    format!("{time:.0}")
}

fn went(gone: &Option<Value>) -> String {
    let Some(gone) = gone else { return String::new() };
    let day = text(gone, &["noticed"]).and_then(|time| time.get(..10)).unwrap_or_default();
    let how = text(gone, &["gone"]).unwrap_or("deleted");
    let to = text(gone, &["url"]).map(|url| format!(" to {url}")).unwrap_or_default();
    printable(&format!(", it was {how} upstream{to} (noticed {day})"))
}

fn last_seen(repository: &str, seen: &Option<(u64, Timestamp)>) -> String {
    match seen {
        Some((entry, time)) => printable(&format!("; the backup of {time:.0} has it: {repository}.meta --at {entry}")),
        None => "; no backup that was looked at has it".into(),
    }
}
