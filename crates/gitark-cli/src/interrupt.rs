//! Ctrl-C: once ends what is under way in order, twice ends at once. A vault is whole either way.

use std::{sync::OnceLock, time::Duration};

use gitark::backup::Reason;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{
    exit::{Exit, Failure},
    terminal,
};

/// A token that is cancelled by the first Ctrl-C (or SIGTERM).
///
/// It is one for the whole process: jobs run one after another, and an interrupt is for all that are left.
pub(crate) fn cancel_on_interrupt() -> CancellationToken {
    static CANCEL: OnceLock<CancellationToken> = OnceLock::new();
    CANCEL.get_or_init(listen).clone()
}

/// A time after which what is under way is stopped.
pub(crate) struct Limit {
    /// Cancelled when the time is over, or by an interrupt.
    pub(crate) cancel: CancellationToken,
    /// Cancelled before that when the time is over.
    pub(crate) out_of_time: CancellationToken,
    _timer: Option<AbortOnDropHandle<()>>,
}

impl Limit {
    /// A limit that begins now; none without a time.
    pub(crate) fn new(time: Option<Duration>, cancel: &CancellationToken) -> Self {
        let (cancel, out_of_time) = (cancel.child_token(), CancellationToken::new());
        let timer = time.map(|time| {
            let (cancel, out_of_time) = (cancel.clone(), out_of_time.clone());
            AbortOnDropHandle::new(tokio::spawn(async move {
                tokio::time::sleep(time).await;
                out_of_time.cancel();
                cancel.cancel();
            }))
        });
        Self { cancel, out_of_time, _timer: timer }
    }

    /// What an interrupted piece of work says when it was not a user who interrupted it.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        if failure.exit == Exit::Interrupted && self.out_of_time.is_cancelled() {
            let message = "the time was over before the repositories were listed; allow more";
            return Failure::new(Exit::Failed, message).because(Reason::Deadline);
        }
        failure
    }
}

fn listen() -> CancellationToken {
    let cancel = CancellationToken::new();
    let cancelled = cancel.clone();
    // Listening begins here and never pauses: no signal is lost between the first and the second.
    let Ok(mut signals) = Signals::new() else {
        return cancel;
    };
    tokio::spawn(async move {
        signals.next().await;
        // Said first: the end may come soon after.
        terminal::interrupted();
        cancelled.cancel();
        signals.next().await;
        exit_now();
    });
    cancel
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}

#[expect(clippy::exit, reason = "the second Ctrl-C asks for exactly this; the vault is safe at every step")]
fn exit_now() {
    terminal::end_at_once();
    std::process::exit(Exit::Interrupted.code().into());
}
