//! How many repositories are worked on at once: fewer when the git server says that it is too much.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

/// Shares places among the repositories of all vaults of a run, first come, first served.
#[derive(Debug)]
pub(super) struct Pace {
    maximum: f64,
    places: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How many may work; its fraction grows until it makes one more.
    allowed: f64,
    /// Places that go when they are free.
    too_many: usize,
    halved: Option<Instant>,
}

/// A place; it is free again when this is dropped.
pub(super) struct Place<'a> {
    pace: &'a Pace,
    permit: Option<SemaphorePermit<'a>>,
    since: Instant,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.pace.lock();
        if let (1.., Some(permit)) = (state.too_many, self.permit.take()) {
            state.too_many -= 1;
            permit.forget();
        }
    }
}

impl Pace {
    pub(super) fn new(maximum: usize) -> Self {
        let maximum = maximum.clamp(1, Semaphore::MAX_PERMITS);
        let state = State { allowed: maximum as f64, too_many: 0, halved: None };
        Self { maximum: maximum as f64, places: Semaphore::new(maximum), state: Mutex::new(state) }
    }

    /// Waits for a place.
    pub(super) async fn place(&self) -> Place<'_> {
        // It is never closed.
        let permit = self.places.acquire().await.ok();
        Place { pace: self, permit, since: Instant::now() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes as many places as are allowed now; what is in use stays until it is free.
    fn set(&self, state: &mut State, allowed: f64) {
        let (before, now) = (state.allowed as usize, allowed as usize);
        state.allowed = allowed;
        state.too_many += before.saturating_sub(now);
        let more = now.saturating_sub(before);
        let kept = more.min(state.too_many);
        state.too_many -= kept;
        self.places.add_permits(more - kept);
        state.too_many -= self.places.forget_permits(state.too_many);
    }
}

impl Place<'_> {
    /// The server took it well.
    pub(super) fn went_well(&self) {
        let mut state = self.pace.lock();
        let allowed = (state.allowed + 1.0 / state.allowed).min(self.pace.maximum);
        self.pace.set(&mut state, allowed);
    }

    /// The server said that it is too much. What began before the last halving says nothing new.
    pub(super) fn was_too_much(&self) {
        let mut state = self.pace.lock();
        if state.halved.is_none_or(|halved| halved < self.since) {
            state.halved = Some(Instant::now());
            let allowed = (state.allowed / 2.0).max(1.0);
            self.pace.set(&mut state, allowed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn too_much_halves_the_places_once_and_good_ends_bring_them_back() {
        let pace = Pace::new(8);
        tokio::time::advance(Duration::from_millis(1)).await;
        let (one, other) = (pace.place().await, pace.place().await);
        one.was_too_much();
        other.was_too_much();
        assert_eq!(pace.lock().allowed, 4.0);
        let third = pace.place().await;
        let fourth = pace.place().await;
        let fifth = async { drop(pace.place().await) };
        tokio::pin!(fifth);
        assert!(futures::poll!(&mut fifth).is_pending());
        drop((third, fourth));
        fifth.await;
        for _ in 0..100 {
            one.went_well();
        }
        assert_eq!(pace.lock().allowed, 8.0);
        drop((one, other));
        assert_eq!(pace.places.available_permits(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn places_in_use_go_when_they_are_free() {
        let pace = Pace::new(4);
        tokio::time::advance(Duration::from_millis(1)).await;
        let mut all = Vec::new();
        for _ in 0..4 {
            all.push(pace.place().await);
        }
        all[0].was_too_much();
        drop(all);
        assert_eq!(pace.places.available_permits(), 2);
    }

    #[tokio::test]
    async fn who_waits_longest_is_served_first() {
        let pace = Pace::new(1);
        let held = pace.place().await;
        let (one, other) = (pace.place(), pace.place());
        tokio::pin!(one, other);
        assert!(futures::poll!(&mut one).is_pending() && futures::poll!(&mut other).is_pending());
        drop(held);
        assert!(futures::poll!(&mut other).is_pending(), "it came later");
        drop(one.await);
        drop(other.await);
    }
}
