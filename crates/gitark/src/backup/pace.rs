//! How many repositories are worked on at once: fewer when the git server says that it is too much.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::{sync::Notify, time::Instant};

/// Shares places among the repositories of all vaults of a run.
#[derive(Debug)]
pub(super) struct Pace {
    maximum: f64,
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug)]
struct State {
    working: usize,
    /// How many may work; its fraction grows until it makes one more.
    allowed: f64,
    halved: Option<Instant>,
}

/// A place; it is free again when this is dropped.
pub(super) struct Place<'a>(&'a Pace, Instant);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.lock().working -= 1;
        self.0.freed.notify_waiters();
    }
}

impl Pace {
    pub(super) fn new(maximum: usize) -> Self {
        let maximum = maximum.max(1) as f64;
        Self { maximum, state: Mutex::new(State { working: 0, allowed: maximum, halved: None }), freed: Notify::new() }
    }

    /// Waits for a place.
    pub(super) async fn place(&self) -> Place<'_> {
        loop {
            let freed = self.freed.notified();
            {
                let mut state = self.lock();
                if state.working < state.allowed as usize {
                    state.working += 1;
                    return Place(self, Instant::now());
                }
            }
            freed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// The server took it well.
    pub(super) fn went_well(&self) {
        let mut state = self.0.lock();
        state.allowed = (state.allowed + 1.0 / state.allowed).min(self.0.maximum);
    }

    /// The server said that it is too much. What began before the last halving says nothing new.
    pub(super) fn was_too_much(&self) {
        let mut state = self.0.lock();
        if state.halved.is_none_or(|halved| halved < self.1) {
            state.halved = Some(Instant::now());
            state.allowed = (state.allowed / 2.0).max(1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn too_much_halves_the_places_once_and_good_ends_bring_them_back() {
        let pace = Pace::new(8);
        tokio::time::advance(std::time::Duration::from_millis(1)).await;
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
    }
}
