//! Ctrl-C: once ends what is under way in order, twice ends at once. A vault is whole either way.

use tokio_util::sync::CancellationToken;

use crate::exit::Exit;

/// A token that is cancelled by the first Ctrl-C (or SIGTERM).
pub(crate) fn cancel_on_interrupt() -> CancellationToken {
    let cancel = CancellationToken::new();
    let cancelled = cancel.clone();
    tokio::spawn(async move {
        if signal().await.is_err() {
            return;
        }
        cancelled.cancel();
        crate::terminal::say("interrupted: ending what is under way; once more to stop at once");
        if signal().await.is_ok() {
            exit_now();
        }
    });
    cancel
}

#[cfg(unix)]
async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

#[expect(clippy::exit, reason = "the second Ctrl-C asks for exactly this; the vault is safe at every step")]
fn exit_now() {
    let _ = Exit::Interrupted;
    std::process::exit(130);
}
