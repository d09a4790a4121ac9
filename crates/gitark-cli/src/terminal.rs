//! What people see on stderr: progress on a terminal, a line per repository anywhere else.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use gitark::monitor::{Event, Monitor};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing_subscriber::EnvFilter;

use crate::arguments::Talk;

/// Says one line on stderr.
#[expect(clippy::print_stderr, reason = "the one place that talks to people")]
pub(crate) fn say(line: &str) {
    eprintln!("gitark: {line}");
}

/// Starts the log on stderr: warnings as a rule, requests with -vv.
pub(crate) fn start_log(talk: Talk) {
    let level = match (talk.quiet, talk.verbose) {
        (true, _) => "error",
        (_, 0) => "warn",
        (_, 1) => "gitark=info,warn",
        _ => "gitark=debug,reqwest=debug,hyper_util=debug,warn",
    };
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(level))
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(false)
        .init();
}

/// Shows a run's progress.
pub(crate) struct Progress {
    bar: ProgressBar,
    talk: Talk,
    received: Mutex<u64>,
}

impl Progress {
    /// A bar on a terminal, nothing but lines elsewhere.
    pub(crate) fn new(talk: Talk) -> Self {
        let on_terminal = std::io::stderr().is_terminal() && !talk.quiet;
        let bar = if on_terminal {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5))
        } else {
            ProgressBar::hidden()
        };
        let template = "{pos}/{len} repositories  {wide_msg}";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        if on_terminal {
            bar.enable_steady_tick(Duration::from_millis(500));
        }
        Self { bar, talk, received: Mutex::new(0) }
    }

    /// Takes the bar away before the summary.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, line: &str) {
        self.bar.suspend(|| {
            // Nobody reads a closed stderr.
            let _ = writeln!(std::io::stderr(), "{line}");
        });
    }
}

impl Monitor for Progress {
    fn event(&self, event: Event) {
        match event {
            Event::Listed { repositories } => self.bar.set_length(repositories as u64),
            Event::Began { repository } => self.bar.set_message(repository),
            Event::ReceivedBytes { bytes, .. } => {
                let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
                *received += bytes;
            }
            Event::Remote { repository, text } => tracing::debug!("{repository}: remote: {}", text.trim()),
            Event::Warning { repository, text } => self.line(&format!("warning: {repository}: {text}")),
            Event::Ended { repository, summary, is_good } => {
                if !repository.ends_with(".wiki") {
                    self.bar.inc(1);
                }
                let is_news = summary != "unchanged" || self.talk.verbose > 0;
                if !is_good {
                    self.line(&format!("{repository}: FAILED: {summary}"));
                } else if is_news && !self.talk.quiet {
                    self.line(&format!("{repository}: {summary}"));
                }
            }
            _ => {}
        }
    }
}
