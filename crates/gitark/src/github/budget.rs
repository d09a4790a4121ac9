//! One budget for all requests with one credential: how many at once, how many a minute, and when none at all.
//!
//! GitHub allows 100 requests at once and 900 points a minute, besides the hour's requests, and asks clients that meet
//! a limit to pause. How many go out at once halves on a limit and grows by one with each round of answers, as TCP does.

use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::{
    Quota,
    clock::{Clock as _, MonotonicClock},
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use jiff::{SignedDuration, Timestamp};
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use super::{
    Error,
    limits::{Limit, Resource},
};
use crate::monitor::{Event, Monitor};

/// Requests at once to begin with.
const FIRST_ALLOWED: f64 = 10.0;
/// Most requests at once: GitHub's 100, less what other programs of the same account may send.
const MOST_ALLOWED: f64 = 60.0;
/// Points at once, and a second: in no minute more than 300 + 60 * 10 of GitHub's 900. One GET or query is one point.
const POINTS_AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(299);
const POINTS_A_SECOND: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
/// The first pause when GitHub asks for one and does not say how long; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// The least pause after the second refusal in a row, whatever GitHub says; it doubles. One that says "now" again and
/// again would be asked for ever.
const LEAST_PAUSE: Duration = Duration::from_secs(1);
/// A wait that is worth telling people.
const WORTH_TELLING: Duration = Duration::from_secs(2);
/// Pauses in a row with no answer between them, after which the limit is taken for a failure.
const MOST_STRIKES: u32 = 10;

type Bucket = governor::RateLimiter<NotKeyed, InMemoryState, MonotonicClock, NoOpMiddleware<std::time::Instant>>;

/// How long a budget may make its requests wait.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The longest single pause. A longer one fails the request at once.
    pub maximum_wait: Duration,
    /// No pause goes beyond this moment.
    pub deadline: Option<std::time::Instant>,
}

impl Default for Patience {
    fn default() -> Self {
        // The hour's requests come back within the hour.
        Self { maximum_wait: Duration::from_secs(70 * 60), deadline: None }
    }
}

/// The part of a credential's limits that one of several processes may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Requests at once, at most.
    pub concurrency: u32,
    /// Points a minute; one request is one point.
    pub points_per_minute: u32,
}

impl Share {
    /// Of `workers` that ask at the same time with the same credentials.
    pub fn of(workers: u32) -> Self {
        let workers = workers.max(1);
        let part = |all: u32| (all / workers).max(1);
        let points = POINTS_AT_ONCE.get() + 60 * POINTS_A_SECOND.get();
        Self { concurrency: part(MOST_ALLOWED as u32), points_per_minute: part(points) }
    }

    /// What keeps the points of a minute: a third of them at once, the rest spread evenly.
    fn quota(self) -> Quota {
        let least = |points: u32| NonZeroU32::new(points).unwrap_or(NonZeroU32::MIN);
        let at_once = least(self.points_per_minute / 3);
        Quota::per_minute(least(self.points_per_minute.saturating_sub(at_once.get()))).allow_burst(at_once)
    }
}

/// One budget for all requests with one credential.
pub(super) struct Budget {
    patience: Patience,
    monitor: Arc<dyn Monitor>,
    /// How many may be in flight at most.
    most_allowed: f64,
    bucket: Bucket,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    in_flight: usize,
    /// How many may be in flight; its fraction grows until it makes one more.
    allowed: f64,
    /// When the number last was halved: answers to requests from before say nothing new.
    halved: Option<Instant>,
    /// No request of any kind before this.
    paused: Option<Instant>,
    /// No REST request before this, and no GraphQL request before that.
    used_up: [Option<Instant>; 2],
    strikes: u32,
    /// The end of the pause that people were told of.
    told: Option<Instant>,
    sent: u64,
    /// How long all answers together took.
    waited: Duration,
}

impl std::fmt::Debug for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Budget").field("state", &*self.lock()).finish_non_exhaustive()
    }
}

/// The right to send one request; it counts as in flight until this is dropped.
pub(super) struct Permit<'a> {
    budget: &'a Budget,
    began: Instant,
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.budget.lock();
        state.in_flight -= 1;
        state.sent += 1;
        state.waited += self.began.elapsed();
        drop(state);
        self.budget.changed.notify_waiters();
    }
}

/// What a request must wait for.
enum Wait {
    Nothing,
    Until(Instant),
    /// Another request's end.
    Change,
}

impl Budget {
    pub(super) fn new(patience: Patience, share: Option<Share>, monitor: Arc<dyn Monitor>) -> Self {
        let (quota, most_allowed) = match share {
            None => (Quota::per_second(POINTS_A_SECOND).allow_burst(POINTS_AT_ONCE), MOST_ALLOWED),
            Some(share) => (share.quota(), f64::from(share.concurrency.max(1)).min(MOST_ALLOWED)),
        };
        let state = State {
            in_flight: 0,
            allowed: FIRST_ALLOWED.min(most_allowed),
            halved: None,
            paused: None,
            used_up: [None; 2],
            strikes: 0,
            told: None,
            sent: 0,
            waited: Duration::ZERO,
        };
        Self {
            patience,
            monitor,
            most_allowed,
            bucket: Bucket::direct_with_clock(quota, MonotonicClock),
            state: Mutex::new(state),
            changed: Notify::new(),
        }
    }

    /// Waits until a request to `url` may go out.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when that is too far off, [`Error::Cancelled`].
    pub(super) async fn admit(
        &self,
        resource: Resource,
        url: &url::Url,
        cancel: &CancellationToken,
    ) -> Result<Permit<'_>, Error> {
        loop {
            let changed = self.changed.notified();
            let until = match self.look(resource, url)? {
                Wait::Nothing => return Ok(Permit { budget: self, began: Instant::now() }),
                Wait::Until(until) => Some(until),
                Wait::Change => None,
            };
            let pause = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until).await,
                    None => changed.await,
                }
            };
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(Error::Cancelled),
                () = pause => {}
            }
        }
    }

    /// How many requests went out, and how long an answer took on average.
    pub(super) fn traffic(&self) -> (u64, Duration) {
        let state = self.lock();
        let answers = u32::try_from(state.sent).unwrap_or(u32::MAX).max(1);
        (state.sent, state.waited / answers)
    }

    /// Takes a place if there is one.
    fn look(&self, resource: Resource, url: &url::Url) -> Result<Wait, Error> {
        let mut state = self.lock();
        let now = Instant::now();
        let ends = [state.paused, state.used_up[resource as usize]];
        if let Some(until) = ends.into_iter().flatten().filter(|until| *until > now).max() {
            let at = time_of(until);
            let is_too_late = self.patience.deadline.is_some_and(|deadline| until > Instant::from_std(deadline));
            if is_too_late || until - now > self.patience.maximum_wait || state.strikes > MOST_STRIKES {
                return Err(Error::RateLimited { url: url.to_string(), reset: format!("{at:.0}") });
            }
            if until - now >= WORTH_TELLING && state.told != Some(until) {
                state.told = Some(until);
                drop(state);
                self.monitor.event(Event::Waiting { why: "GitHub's rate limit".into(), until: at });
            }
            return Ok(Wait::Until(until));
        }
        if state.in_flight >= state.allowed as usize {
            return Ok(Wait::Change);
        }
        match self.bucket.check() {
            Ok(()) => {
                state.in_flight += 1;
                Ok(Wait::Nothing)
            }
            Err(wait) => Ok(Wait::Until(now + wait.wait_time_from(MonotonicClock.now()))),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// GitHub answered, whatever it said.
    pub(super) fn answered(&self) {
        let mut state = self.budget.lock();
        state.strikes = 0;
        state.allowed = (state.allowed + 1.0 / state.allowed).min(self.budget.most_allowed);
    }

    /// The answer was the last one of this hour.
    pub(super) fn used_up(&self, resource: Resource, pause: Duration) {
        let mut state = self.budget.lock();
        let end = later(state.used_up[resource as usize], Instant::now() + pause);
        state.used_up[resource as usize] = Some(end);
    }

    /// GitHub refused because of a limit.
    pub(super) fn refused(&self, resource: Resource, limit: Limit) {
        if let Limit::Primary(pause) = limit {
            self.used_up(resource, pause);
        }
        let mut state = self.budget.lock();
        // What was sent before the last halving met the same limit.
        if state.halved.is_some_and(|halved| halved >= self.began) {
            return;
        }
        let now = Instant::now();
        state.halved = Some(now);
        state.allowed = (state.allowed / 2.0).max(1.0);
        let least = match state.strikes.checked_sub(1) {
            Some(again) => LEAST_PAUSE * 2_u32.pow(again.min(6)),
            None => Duration::ZERO,
        };
        let pause = match limit {
            Limit::Secondary(pause) => pause.unwrap_or(FIRST_PAUSE * 2_u32.pow(state.strikes.min(6))),
            Limit::Primary(_) => Duration::ZERO,
        };
        state.paused = Some(later(state.paused, now + pause.max(least)));
        state.strikes += 1;
    }
}

fn later(one: Option<Instant>, other: Instant) -> Instant {
    one.map_or(other, |one| one.max(other))
}

/// What clocks on walls show then.
fn time_of(instant: Instant) -> Timestamp {
    let wait = SignedDuration::try_from(instant.saturating_duration_since(Instant::now())).unwrap_or_default();
    Timestamp::now().checked_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_all_workers_are_no_more_than_the_whole() {
        let whole = Share::of(1);
        assert_eq!((whole.concurrency, whole.points_per_minute), (60, 900));
        for workers in [2, 7, 40, 60] {
            let part = Share::of(workers);
            assert!(part.concurrency * workers <= 60 && part.points_per_minute * workers <= 900, "{workers}: {part:?}");
        }
        // Nobody is left with nothing.
        assert_eq!(Share::of(0), whole);
        assert_eq!(Share::of(100_000), Share { concurrency: 1, points_per_minute: 1 });
        let quota = Share::of(40).quota();
        let in_the_first_minute =
            u64::from(quota.burst_size().get()) + (60_000 / quota.replenish_interval().as_millis()) as u64;
        assert!(in_the_first_minute <= 22, "{in_the_first_minute}");
    }
    use crate::monitor::Silent;

    fn budget(maximum_wait: u64) -> Budget {
        let patience = Patience { maximum_wait: Duration::from_secs(maximum_wait), deadline: None };
        Budget::new(patience, None, Arc::new(Silent))
    }

    async fn admit(budget: &Budget, resource: Resource) -> Result<Permit<'_>, Error> {
        let url = "https://api.github.com/".parse().expect("a URL");
        budget.admit(resource, &url, &CancellationToken::new()).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_pauses_all_halves_what_goes_out_at_once_and_growth_is_slow() {
        let budget = budget(3600);
        let (first, second) = (admit(&budget, Resource::Rest).await, admit(&budget, Resource::Rest).await);
        let (first, second) = (first.expect("a place"), second.expect("a place"));
        first.refused(Resource::Rest, Limit::Secondary(Some(Duration::from_secs(30))));
        second.refused(Resource::Rest, Limit::Secondary(Some(Duration::from_secs(30))));
        assert_eq!(budget.lock().allowed, 5.0, "two answers to one limit halve once");
        let before = Instant::now();
        drop((first, second));
        let permits = [admit(&budget, Resource::GraphQl).await, admit(&budget, Resource::Rest).await];
        assert_eq!(Instant::now() - before, Duration::from_secs(30));
        for permit in permits.iter().flatten() {
            for _ in 0..5 {
                permit.answered();
            }
        }
        assert!((6.0..7.0).contains(&budget.lock().allowed), "{budget:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_used_up_hour_stops_its_own_kind_of_requests_only() {
        let budget = budget(3600);
        let permit = admit(&budget, Resource::Rest).await.expect("a place");
        permit.used_up(Resource::Rest, Duration::from_secs(600));
        let before = Instant::now();
        admit(&budget, Resource::GraphQl).await.expect("a place");
        assert_eq!(Instant::now(), before);
        admit(&budget, Resource::Rest).await.expect("a place");
        assert_eq!(Instant::now() - before, Duration::from_secs(600));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_is_too_long_fails_at_once() {
        let budget = budget(60);
        let permit = admit(&budget, Resource::Rest).await.expect("a place");
        permit.used_up(Resource::Rest, Duration::from_secs(61));
        let before = Instant::now();
        assert!(matches!(admit(&budget, Resource::Rest).await, Err(Error::RateLimited { .. })));
        assert_eq!(Instant::now(), before);
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_that_ends_at_once_again_and_again_is_given_up() {
        for limit in [Limit::Secondary(Some(Duration::ZERO)), Limit::Primary(Duration::ZERO)] {
            let budget = budget(3600);
            let before = Instant::now();
            let mut refusals = 0;
            while let Ok(permit) = admit(&budget, Resource::Rest).await {
                permit.refused(Resource::Rest, limit);
                refusals += 1;
                assert!(refusals < 100, "it is asked for ever");
                tokio::time::advance(Duration::from_millis(1)).await;
            }
            assert_eq!(refusals, MOST_STRIKES + 1);
            assert!(Instant::now() - before < Duration::from_secs(600));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_time_the_pause_doubles() {
        let budget = budget(3600);
        for minutes in [1, 2, 4] {
            let permit = admit(&budget, Resource::Rest).await.expect("a place");
            permit.refused(Resource::Rest, Limit::Secondary(None));
            drop(permit);
            let before = Instant::now();
            admit(&budget, Resource::Rest).await.expect("a place");
            assert_eq!(Instant::now() - before, Duration::from_secs(60 * minutes));
            tokio::time::advance(Duration::from_millis(1)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_than_allowed_are_in_flight() {
        let budget = budget(60);
        let mut permits = Vec::new();
        for _ in 0..10 {
            permits.push(admit(&budget, Resource::Rest).await.expect("a place"));
        }
        let waits = async { admit(&budget, Resource::Rest).await.is_ok() };
        tokio::pin!(waits);
        assert!(futures::poll!(&mut waits).is_pending());
        permits.pop();
        assert!(waits.await);
    }
}
