//! Cancellation for blocking work: a flag that threads look at, set when the run is cancelled.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio_util::sync::{CancellationToken, DropGuard};

/// Sets a flag when `cancel` is cancelled, and when it is dropped: whoever waited for the blocking work is gone then.
#[derive(Debug)]
pub(crate) struct Interrupt {
    flag: Arc<AtomicBool>,
    _end: DropGuard,
}

impl Interrupt {
    /// Watches `cancel` for as long as the value lives.
    pub(crate) fn watch(cancel: &CancellationToken) -> Self {
        let flag = Arc::new(AtomicBool::new(cancel.is_cancelled()));
        // A child is cancelled with its parent, and by the guard.
        let either = cancel.child_token();
        let (set, waits) = (flag.clone(), either.clone());
        tokio::spawn(async move {
            waits.cancelled().await;
            set.store(true, Ordering::Relaxed);
        });
        Self { flag, _end: either.drop_guard() }
    }

    /// The flag, for a blocking thread.
    pub(crate) fn flag(&self) -> Arc<AtomicBool> {
        self.flag.clone()
    }
}
