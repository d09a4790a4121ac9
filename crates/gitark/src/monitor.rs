//! The one seam for progress and non-fatal trouble: a terminal, a log, or a test's recorder.

/// What a run tells while it goes on. `repository` is `OWNER/REPO`, `OWNER/REPO.wiki` for a wiki.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The listing is complete: this many repositories will be looked at. It comes once for each vault.
    Listed {
        /// How many.
        repositories: usize,
    },
    /// Work on a repository begins.
    Began {
        /// Which.
        repository: String,
    },
    /// Work that began has nothing to do, as with a wiki that was never made. No `Ended` follows.
    NothingThere {
        /// Which.
        repository: String,
    },
    /// Bytes of a pack arrived.
    ReceivedBytes {
        /// Which.
        repository: String,
        /// Since the last such event.
        bytes: u64,
    },
    /// The git server's own words.
    Remote {
        /// Which.
        repository: String,
        /// Its text.
        text: String,
    },
    /// Something failed that may pass, and is tried again.
    Retrying {
        /// Which.
        repository: String,
        /// The failure, one line.
        why: String,
        /// How long until then.
        wait: std::time::Duration,
    },
    /// Something failed and is tried in another way, or is odd and was kept all the same.
    Warning {
        /// Which.
        repository: String,
        /// One line.
        text: String,
    },
    /// Requests wait, for a rate limit as a rule.
    Waiting {
        /// For what.
        why: String,
        /// Until when.
        until: jiff::Timestamp,
    },
    /// Work on a repository ended; the report has the details.
    Ended {
        /// Which.
        repository: String,
        /// One line.
        summary: String,
        /// How it ended.
        ending: Ending,
        /// What is known besides.
        details: Details,
    },
}

/// What is known besides of how work on a repository ended, for logs that other programs read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// The reason code, where there is one: `docs/reasons.md`.
    pub reason: Option<String>,
    /// Bytes of packs received, by what receives any.
    pub received_bytes: Option<u64>,
    /// Bytes stored in the vault, by what stores any.
    pub stored_bytes: Option<u64>,
}

/// How work on a repository ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Backed up, or whole.
    Good,
    /// All was as it should be before.
    Unchanged,
    /// Something stored before is damaged.
    Damaged,
    /// Not backed up, or not checked.
    Failed,
    /// Not done because the run was cancelled.
    Cancelled,
}

/// Takes events from any thread. It must be quick.
pub trait Monitor: Send + Sync {
    /// Takes one event.
    fn event(&self, event: Event);
}

/// Takes events and does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Monitor for Silent {
    fn event(&self, _: Event) {}
}

/// A number and its noun: "1 ref", "2 refs", "2 entries".
pub fn count(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {noun}s"),
    }
}

/// The same behind a comma, to stand behind something else; nothing when there are none.
pub fn also(number: u64, noun: &str) -> String {
    match number {
        0 => String::new(),
        number => format!(", {}", count(number, noun)),
    }
}

/// A number of bytes in three digits or so: `0 B`, `1.4 KiB`, `23 MiB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut value, mut unit) = (count as f64, 0);
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && value < 10.0);
    format!("{value:.digits$} {}", UNITS[unit])
}
