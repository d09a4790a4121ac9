//! The one retry layer: what is tried again, how often, and how long between.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use tokio_util::sync::CancellationToken;

/// How often and how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries after the first.
    pub retries: usize,
    /// The wait before the second try; it doubles each time, with jitter.
    pub first_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { retries: 3, first_wait: Duration::from_secs(1) }
    }
}

impl RetryPolicy {
    /// Does `attempt` until it succeeds, fails in a way that `is_transient` denies, or the tries are used up.
    /// A wait is as long as `asked_pause` says at least. None outlives `cancel`; the last failure is returned then.
    ///
    /// # Errors
    /// The last failure.
    pub async fn run<T, E, F>(
        self,
        cancel: &CancellationToken,
        is_transient: impl Fn(&E) -> bool,
        asked_pause: impl Fn(&E) -> Option<Duration>,
        mut notify: impl FnMut(&E, Duration),
        attempt: impl FnMut() -> F,
    ) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let waits = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(self.first_wait)
            .with_max_delay(Duration::from_secs(60))
            .with_max_times(self.retries);
        let cancelled = cancel.clone();
        let sleep = move |wait: Duration| {
            let cancel = cancelled.clone();
            async move {
                tokio::select! {
                    () = cancel.cancelled() => {}
                    () = tokio::time::sleep(wait) => {}
                }
            }
        };
        attempt
            .retry(waits)
            .sleep(sleep)
            .when(|error| is_transient(error) && !cancel.is_cancelled())
            .adjust(|error, wait| wait.map(|wait| wait.max(asked_pause(error).unwrap_or_default())))
            .notify(|error: &E, wait| notify(error, wait))
            .await
    }
}
