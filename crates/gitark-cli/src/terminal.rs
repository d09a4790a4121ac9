//! What people see on stderr: progress on a terminal, a line per repository anywhere else.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use gitark::monitor::{Ending, Event, Monitor};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::EnvFilter;

use crate::{arguments::Talk, output};

/// Says one line of the command itself on stderr.
pub(crate) fn say(line: &str) {
    write_line(&format!("gitark: {line}"));
}

/// Writes a line to stderr.
pub(crate) fn write_line(line: &str) {
    // In one piece, so that no other line comes between. Nobody reads a stderr that is closed, and eprintln would panic.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// Starts the log on stderr: warnings as a rule, requests with -vv.
pub(crate) fn start_log(talk: Talk) {
    let level = match (talk.quiet, talk.verbose) {
        (true, _) => "error",
        (_, 0) => "warn,aws_config=off",
        (_, 1) => "gitark=info,warn",
        _ => "gitark=debug,reqwest=debug,hyper_util=debug,warn",
    };
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(false)
        .log_internal_errors(false)
        .init();
}

/// Shows a run's progress.
pub(crate) struct Progress {
    bar: ProgressBar,
    talk: Talk,
    received_bytes: AtomicU64,
}

impl Progress {
    /// A bar on a terminal, nothing but lines elsewhere.
    pub(crate) fn new(talk: Talk) -> Self {
        let on_terminal = std::io::stderr().is_terminal() && !talk.quiet;
        let bar = if on_terminal {
            ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(5))
        } else {
            ProgressBar::hidden()
        };
        let template = "{pos}/{len} repositories  {prefix}  {wide_msg}";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        if on_terminal {
            bar.enable_steady_tick(Duration::from_millis(500));
        }
        Self { bar, talk, received_bytes: AtomicU64::new(0) }
    }

    /// Takes the bar away before the summary.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, line: &str) {
        self.bar.suspend(|| write_line(line));
    }
}

impl Monitor for Progress {
    fn event(&self, event: Event) {
        match event {
            Event::Listed { repositories } => self.bar.inc_length(repositories as u64),
            Event::Began { repository } => self.bar.set_message(repository),
            Event::ReceivedBytes { bytes, .. } => {
                let received = self.received_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
                self.bar.set_prefix(output::bytes(received));
            }
            Event::Remote { repository, text } => tracing::debug!("{repository}: remote: {}", text.trim()),
            Event::Warning { repository, text } => self.line(&format!("warning: {repository}: {text}")),
            Event::Waiting { why, until } => {
                self.line(&format!("gitark: waiting for {why} until {}", output::time(until)));
            }
            Event::Ended { repository, summary, ending } => {
                if !repository.ends_with(".wiki") {
                    self.bar.inc(1);
                }
                let summary = summary.strip_prefix("damaged: ").unwrap_or(&summary);
                match ending {
                    Ending::Failed => self.line(&format!("{repository}: FAILED: {summary}")),
                    Ending::Damaged => self.line(&format!("{repository}: DAMAGED: {summary}")),
                    Ending::Good if !self.talk.quiet => self.line(&format!("{repository}: {summary}")),
                    Ending::Unchanged if self.talk.verbose > 0 => self.line(&format!("{repository}: {summary}")),
                    // What an interrupt left undone is told at the end, as a number.
                    _ => {}
                }
            }
            _ => {}
        }
    }
}
