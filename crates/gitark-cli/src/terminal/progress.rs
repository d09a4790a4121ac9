//! A run's progress: a block of lines on a terminal, a line per repository with news anywhere.

use std::{
    io::IsTerminal as _,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        mpsc::{self, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use gitark::monitor::{Ending, Event, Monitor};
use jiff::Timestamp;

use super::{
    board::Board,
    colour::{red, yellow},
    layout,
    log::{Level, Record, is_json},
    screen,
};
use crate::{arguments::Talk, output};

/// What is over sooner shows no progress.
const FIRST_AFTER: Duration = Duration::from_millis(500);
/// Seen as steady, and cheap over a slow line.
const EVERY: Duration = Duration::from_millis(200);

type Shared = Arc<Mutex<Board>>;

/// The board of the run that goes on, for the line that confirms an interrupt.
static CURRENT: Mutex<Weak<Mutex<Board>>> = Mutex::new(Weak::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shows a run's progress.
#[derive(Debug)]
pub(crate) struct Progress {
    talk: Talk,
    board: Shared,
    /// Whether waiting shows in the block.
    is_drawn: bool,
    /// Ends the drawing when it is dropped.
    drawing: Mutex<Option<Drawing>>,
}

#[derive(Debug)]
struct Drawing {
    stop: mpsc::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

impl Progress {
    /// A block of lines on a terminal, nothing but lines elsewhere.
    pub(crate) fn new(talk: Talk) -> Self {
        let board = Arc::new(Mutex::new(Board::new(Instant::now())));
        *lock(&CURRENT) = Arc::downgrade(&board);
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
        let wanted = std::io::stderr().is_terminal() && !talk.quiet && !is_dumb && !is_json();
        let drawing = if wanted { draw(board.clone()) } else { None };
        Self { talk, board, is_drawn: drawing.is_some(), drawing: Mutex::new(drawing) }
    }

    /// What goes on before the listing is known, such as `listing octocat`.
    pub(crate) fn phase(&self, phase: impl Into<String>) {
        lock(&self.board).phase = phase.into();
    }

    /// Wikis count like repositories: each is one of those that were listed.
    pub(crate) fn count_wikis(&self) {
        lock(&self.board).counts_wikis = true;
    }

    /// For what goes on in one vault, which is named only where it is one of several.
    pub(crate) fn in_vault(self: &Arc<Self>, vault: String, of_several: bool) -> Arc<dyn Monitor> {
        Arc::new(InVault { vault, of_several, progress: self.clone() })
    }

    /// Takes the progress away before the summary.
    pub(crate) fn finish(&self) {
        if let Some(Drawing { stop, thread }) = lock(&self.drawing).take() {
            drop(stop);
            let _ = thread.join();
        }
        screen::end();
    }

    /// Takes an event from `vault`, if that is known, of which lines for people tell if it `is_named`.
    fn take(&self, vault: Option<&str>, is_named: bool, event: &Event) {
        let place = vault.filter(|_| is_named).map(|vault| format!("{vault}: ")).unwrap_or_default();
        let name = format!("{place}{}", repository(event).unwrap_or_default());
        let time = lock(&self.board).take(&name, event, Instant::now());
        let record = |level, what| {
            let record = Record::new(level, what).with_some("vault", vault);
            record.with_some("repository", repository(event))
        };
        match event {
            Event::Listed { repositories } if is_json() && !self.talk.quiet => {
                record(Level::Info, "listed").with("repositories", *repositories).say("");
            }
            Event::Remote { repository, text } => tracing::debug!("{repository}: remote: {}", text.trim()),
            Event::Warning { text, .. } => {
                let line = format!("{} {name}: {text}", yellow("warning:"));
                record(Level::Warn, "warning").with("message", text.as_str()).say(&line);
            }
            Event::Retrying { why, wait, .. } if !self.talk.quiet => {
                let line = format!("{} {name}: {why}; trying again in {wait:.1?}", yellow("warning:"));
                let record = record(Level::Warn, "retrying").with("message", why.as_str());
                record.with("wait_seconds", wait.as_secs_f64()).say(&line);
            }
            Event::Waiting { why, until } if !self.is_drawn && !self.talk.quiet => {
                let line = format!("gitark: waiting for {why} until {}", output::time(*until));
                let seconds = until.duration_since(Timestamp::now()).as_secs().max(0);
                let record = record(Level::Warn, "waiting").with("message", format!("waiting for {why}"));
                record.with("until", output::time(*until)).with("wait_seconds", seconds).say(&line);
            }
            Event::Ended { .. } => self.ended(&name, event, time, record(Level::Info, "ended")),
            _ => {}
        }
    }

    fn ended(&self, name: &str, event: &Event, time: Option<Duration>, record: Record) {
        let Event::Ended { summary, ending, details, .. } = event else { return };
        let (level, outcome) = match ending {
            Ending::Good => (Level::Info, "good"),
            Ending::Unchanged => (Level::Debug, "unchanged"),
            Ending::Damaged => (Level::Error, "damaged"),
            Ending::Failed => (Level::Error, "failed"),
            // What an interrupt left undone is told at the end, as a number.
            Ending::Cancelled => return,
        };
        match level {
            Level::Error => {}
            _ if self.talk.quiet => return,
            Level::Debug if self.talk.verbose == 0 => return,
            _ => {}
        }
        let summary = summary.strip_prefix("damaged: ").unwrap_or(summary);
        let line = match ending {
            Ending::Failed => format!("{name}: {}: {summary}", red("FAILED")),
            Ending::Damaged => format!("{name}: {}: {summary}", red("DAMAGED")),
            _ => format!("{name}: {summary}"),
        };
        let record = record.at(level).with("outcome", outcome).with_some("reason", details.reason.as_deref());
        let record = record.with("message", summary).with_some("duration_seconds", time.map(|time| time.as_secs_f64()));
        record
            .with_some("received_bytes", details.received_bytes)
            .with_some("stored_bytes", details.stored_bytes)
            .say(&line);
    }
}

impl Monitor for Progress {
    fn event(&self, event: Event) {
        self.take(None, false, &event);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

/// Tells of what goes on in one vault.
struct InVault {
    vault: String,
    of_several: bool,
    progress: Arc<Progress>,
}

impl Monitor for InVault {
    fn event(&self, event: Event) {
        self.progress.take(Some(&self.vault), self.of_several, &event);
    }
}

/// Which repository an event is of.
fn repository(event: &Event) -> Option<&str> {
    match event {
        Event::Began { repository }
        | Event::NothingThere { repository }
        | Event::ReceivedBytes { repository, .. }
        | Event::Remote { repository, .. }
        | Event::Warning { repository, .. }
        | Event::Retrying { repository, .. }
        | Event::Ended { repository, .. } => Some(repository),
        _ => None,
    }
}

/// Draws the board again and again. A thread of its own, so that a terminal that stands still stops nothing else.
fn draw(board: Shared) -> Option<Drawing> {
    let (stop, stopped) = mpsc::channel::<()>();
    let drawing = move || {
        let mut pause = FIRST_AFTER;
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) {
            pause = EVERY;
            let (rows, columns) = console::Term::stderr().size();
            let lines = {
                let mut board = lock(&board);
                let now = Instant::now();
                board.note(now);
                layout::lines(&board, (rows.into(), columns.into()), now, Timestamp::now())
            };
            screen::show(&lines);
        }
    };
    let thread = std::thread::Builder::new().name("progress".into()).spawn(drawing).ok()?;
    Some(Drawing { stop, thread })
}

/// Notes that the run was interrupted, and says so: what is under way, and how to stop at once.
pub(crate) fn interrupted() {
    let mut names: Vec<String> = Vec::new();
    if let Some(board) = lock(&CURRENT).upgrade() {
        let mut board = lock(&board);
        board.is_interrupted = true;
        for one in board.in_flight() {
            // In several vaults it is the same one.
            if !names.contains(&one.repository) {
                names.push(one.repository.clone());
            }
        }
    }
    let under_way = match &names[..] {
        [] => "what is under way".to_owned(),
        [_, _, _, _, ..] => format!("{} and {} more", names[..3].join(", "), names.len() - 3),
        few => few.join(", "),
    };
    let line = format!("interrupted: ending {under_way}; once more to stop at once");
    let record = Record::new(Level::Warn, "interrupted").with("message", line.as_str()).with("in_flight", names);
    record.say(&format!("gitark: {line}"));
}
