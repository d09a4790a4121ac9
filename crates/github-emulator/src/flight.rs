//! How many requests are in flight.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::github::GitHub;

/// Numbers of requests in flight at once, from their coming until their answers are sent.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct InFlight {
    /// REST and GraphQL requests.
    pub api: usize,
    /// Requests of git and for files.
    pub git: usize,
    /// All of them.
    pub all: usize,
}

/// The requests in flight now, and the most there were.
#[derive(Default, Debug)]
struct Counts {
    now: InFlight,
    most: InFlight,
}

/// Counts the requests in flight.
#[derive(Clone, Default, Debug)]
pub(crate) struct Flights {
    counts: Arc<Mutex<Counts>>,
}

/// A request in flight, until dropped.
#[derive(Debug)]
pub(crate) struct Flight {
    flights: Flights,
    api: bool,
    /// How many API requests were in flight when this one came, with it.
    pub(crate) api_requests: usize,
}

/// Ends a flight with the last byte of an answer: the client may send its next request before
/// the server finds that there is no more to send.
#[derive(Debug)]
pub(crate) struct Landing {
    flight: Option<Flight>,
    /// The bytes to come, if known.
    left: Option<u64>,
}

impl Landing {
    /// Ends `flight` after a body of that length.
    pub(crate) fn new(flight: Flight, length: Option<u64>) -> Landing {
        let mut landing = Landing { flight: Some(flight), left: length };
        landing.sent(0);
        landing
    }

    /// Notes that bytes were sent.
    pub(crate) fn sent(&mut self, bytes: usize) {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(bytes as u64);
            if *left == 0 {
                self.flight = None;
            }
        }
    }
}

impl Flights {
    /// Counts a request, of the API or of git.
    pub(crate) fn begin(&self, api: bool) -> Flight {
        let mut counts = self.counts();
        counts.now.count(api, |number| *number += 1);
        let now = counts.now;
        let most = &mut counts.most;
        *most = InFlight { api: most.api.max(now.api), git: most.git.max(now.git), all: most.all.max(now.all) };
        Flight { flights: self.clone(), api, api_requests: now.api }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InFlight {
    fn count(&mut self, api: bool, change: fn(&mut usize)) {
        change(if api { &mut self.api } else { &mut self.git });
        change(&mut self.all);
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.flights.counts().now.count(self.api, |number| *number -= 1);
    }
}

impl GitHub {
    /// The greatest numbers of requests which were in flight at once, each by itself, since the
    /// beginning or [`clear_requests`](GitHub::clear_requests).
    pub fn most_in_flight(&self) -> InFlight {
        self.flights().counts().most
    }

    /// Forgets how many requests were in flight, except those which are.
    pub(crate) fn clear_most_in_flight(&self) {
        let mut counts = self.flights().counts();
        counts.most = counts.now;
    }
}
