//! What people see on stderr: progress on a terminal, a line per repository anywhere else, or JSON for other programs.

mod board;
mod colour;
mod layout;
mod log;
mod progress;
mod screen;

pub(crate) use colour::{Colour, red};
pub(crate) use layout::shorten;
pub(crate) use log::{Level, LogFormat, Record, start_log};
pub(crate) use progress::{Progress, interrupted};

/// Says one line of the command itself on stderr: a failure or something else that wants to be seen.
pub(crate) fn say(line: &str) {
    Record::new(Level::Error, "message").with("message", line).say(&format!("gitark: {line}"));
}

/// Writes a line to stderr, which is no failure.
pub(crate) fn write_line(line: &str) {
    Record::new(Level::Info, "message").with("message", line).say(line);
}

/// Takes the progress away, where it still is there, with nothing lost that was to be said.
pub(crate) fn end() {
    screen::end();
}

/// The same where the process ends at once, come what may.
pub(crate) fn end_at_once() {
    screen::end_at_once();
}
