//! What is known of a run while it goes on, from its events alone.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use gitark::monitor::{Ending, Event};
use jiff::Timestamp;

/// How often the past is noted, and for how long: rates and the time that is left come from it.
const NOTE_EVERY: Duration = Duration::from_millis(500);
const NOTES_FOR: Duration = Duration::from_secs(60);

/// The state of a run.
#[derive(Debug)]
pub(super) struct Board {
    /// What goes on before the listing is known.
    pub(super) phase: String,
    /// Whether wikis are counted like repositories.
    pub(super) counts_wikis: bool,
    /// Whether no more is begun.
    pub(super) is_interrupted: bool,
    pub(super) began: Instant,
    /// Repositories in all vaults; none before the first listing.
    pub(super) listed: Option<u64>,
    pub(super) done: u64,
    pub(super) failed: u64,
    pub(super) received_bytes: u64,
    waiting: Option<(String, Timestamp)>,
    in_flight: HashMap<String, InFlight>,
    notes: VecDeque<Note>,
}

/// Work on one repository.
#[derive(Clone, Debug)]
pub(super) struct InFlight {
    /// How people know it, with the vault if there are several.
    pub(super) name: String,
    /// The same without the vault.
    pub(super) repository: String,
    pub(super) began: Instant,
    pub(super) received_bytes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Note {
    time: Instant,
    done: u64,
    received_bytes: u64,
}

impl Board {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            phase: "starting".into(),
            counts_wikis: false,
            is_interrupted: false,
            began: now,
            listed: None,
            done: 0,
            failed: 0,
            received_bytes: 0,
            waiting: None,
            in_flight: HashMap::new(),
            notes: VecDeque::new(),
        }
    }

    /// Takes an event of a repository that people know as `name`. For how long it was worked on, when it ended.
    pub(super) fn take(&mut self, name: &str, event: &Event, now: Instant) -> Option<Duration> {
        match event {
            Event::Listed { repositories } => {
                if self.listed.is_none() {
                    // How long the listing took says nothing of the rest.
                    self.notes.clear();
                    self.note(now);
                }
                *self.listed.get_or_insert(0) += *repositories as u64;
            }
            Event::Began { repository } => {
                let (name, repository) = (name.to_owned(), repository.clone());
                let begun = InFlight { name: name.clone(), repository, began: now, received_bytes: 0 };
                self.in_flight.insert(name, begun);
            }
            Event::ReceivedBytes { bytes, .. } => {
                self.received_bytes += bytes;
                if let Some(one) = self.in_flight.get_mut(name) {
                    one.received_bytes += bytes;
                }
            }
            Event::Waiting { why, until } => self.waiting = Some((why.clone(), *until)),
            Event::NothingThere { repository } => {
                self.count(repository);
                self.in_flight.remove(name);
            }
            Event::Ended { repository, ending, .. } => {
                self.count(repository);
                if matches!(ending, Ending::Failed | Ending::Damaged) {
                    self.failed += 1;
                }
                return self.in_flight.remove(name).map(|one| now.saturating_duration_since(one.began));
            }
            _ => {}
        }
        None
    }

    /// Counts one that is over.
    fn count(&mut self, repository: &str) {
        if self.counts_wikis || !repository.ends_with(".wiki") {
            self.done += 1;
        }
    }

    /// Notes how far things are.
    pub(super) fn note(&mut self, now: Instant) {
        if self.notes.back().is_none_or(|last| now.saturating_duration_since(last.time) >= NOTE_EVERY) {
            self.notes.push_back(Note { time: now, done: self.done, received_bytes: self.received_bytes });
        }
        while self.notes.front().is_some_and(|first| now.saturating_duration_since(first.time) > NOTES_FOR) {
            self.notes.pop_front();
        }
    }

    /// Bytes a second, over the last ten seconds.
    pub(super) fn bytes_a_second(&self, now: Instant) -> Option<u64> {
        let recent = |note: &&Note| now.saturating_duration_since(note.time) <= Duration::from_secs(10);
        let since = self.notes.iter().find(recent)?;
        let seconds = now.saturating_duration_since(since.time).as_secs_f64();
        let bytes = self.received_bytes - since.received_bytes;
        (seconds >= 1.0 && bytes > 0).then(|| (bytes as f64 / seconds) as u64)
    }

    /// How long the rest takes if it goes on as it did in the last minute; none where that says little.
    pub(super) fn time_left(&self, now: Instant) -> Option<Duration> {
        const LEAST: Duration = Duration::from_secs(3);
        let left = self.listed?.checked_sub(self.done).filter(|left| *left > 0)?;
        let since = self.notes.front()?;
        let (time, done) = (now.saturating_duration_since(since.time), self.done - since.done);
        (time >= LEAST && done > 0).then(|| time.mul_f64(left as f64 / done as f64))
    }

    /// What is waited for at `clock`, and until when.
    pub(super) fn waiting(&self, clock: Timestamp) -> Option<(&str, Timestamp)> {
        self.waiting.as_ref().filter(|(_, until)| *until > clock).map(|(why, until)| (why.as_str(), *until))
    }

    /// What is worked on, what began first first.
    pub(super) fn in_flight(&self) -> Vec<&InFlight> {
        let mut all: Vec<&InFlight> = self.in_flight.values().collect();
        all.sort_by(|one, other| (one.began, &one.name).cmp(&(other.began, &other.name)));
        all
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::{Duration, Instant};

    use gitark::monitor::{Details, Ending, Event};

    use super::Board;

    pub(in crate::terminal) fn ended(name: &str, ending: Ending) -> Event {
        Event::Ended { repository: name.into(), summary: String::new(), ending, details: Details::default() }
    }

    #[test]
    fn several_vaults_add_up_and_wikis_are_no_repositories() {
        let now = Instant::now();
        let mut board = Board::new(now);
        for _ in 0..2 {
            board.take("", &Event::Listed { repositories: 3 }, now);
        }
        board.take("a/b", &ended("a/b", Ending::Good), now);
        board.take("a/b.wiki", &ended("a/b.wiki", Ending::Failed), now);
        assert_eq!((board.listed, board.done, board.failed), (Some(6), 1, 1));
    }

    #[test]
    fn a_wiki_that_is_not_there_is_no_longer_in_flight() {
        let now = Instant::now();
        let mut board = Board::new(now);
        let repository = "a/b.wiki".to_owned();
        board.take(&repository, &Event::Began { repository: repository.clone() }, now);
        assert_eq!(board.in_flight().len(), 1);
        board.take("a/b.wiki", &Event::NothingThere { repository }, now);
        assert!(board.in_flight().is_empty());
    }

    #[test]
    fn the_time_left_follows_the_last_minute() {
        let start = Instant::now();
        let mut board = Board::new(start);
        board.take("", &Event::Listed { repositories: 1000 }, start);
        assert_eq!(board.time_left(start), None);
        for second in 0..100 {
            let now = start + Duration::from_secs(second);
            board.note(now);
            // One a second, but none in the first forty.
            if second >= 40 {
                board.take("a/b", &ended("a/b", Ending::Good), now);
            }
        }
        let left = board.time_left(start + Duration::from_secs(100)).unwrap().as_secs();
        assert!((930..=960).contains(&left), "{left}");
    }
}
