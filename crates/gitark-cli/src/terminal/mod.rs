//! What people see on stderr: progress on a terminal, a line per repository anywhere else, or JSON for other programs.

mod board;
mod colour;
mod layout;
mod log;
mod progress;
mod screen;
mod usage;

use gitark::backup::Reason;

use crate::exit::Failure;
pub(crate) use colour::{Colour, red};
pub(crate) use layout::shorten;
pub(crate) use log::{Level, LogFormat, Record, start_log};
pub(crate) use progress::{Progress, interrupted};
pub(crate) use usage::{help_colour, start_before_command};

/// Says one line of the command itself on stderr: a failure or something else that wants to be seen.
pub(crate) fn say(line: &str) {
    Record::new(Level::Error, "message").with("message", line).say(&format!("gitark: {line}"));
}

/// Says why the command, or what it did in one of several vaults, failed.
pub(crate) fn failed(failure: &Failure, vault: Option<&str>) {
    if failure.message.is_empty() {
        return;
    }
    let which = vault.map(|vault| format!("{vault}: ")).unwrap_or_default();
    failure_record(failure).with_some("vault", vault).say(&format!("gitark: {which}{}", failure.message));
}

/// Says what is wrong with a command line, and what to do, each in a line of its own; to programs in one object.
pub(crate) fn refused(failure: &Failure, hints: &[String]) {
    let lines: String = hints.iter().map(|hint| format!("\n  {hint}")).collect();
    failure_record(failure).with("hints", hints).say(&format!("gitark: {}{lines}", failure.message));
}

fn failure_record(failure: &Failure) -> Record {
    Record::new(Level::Error, "failed")
        .with_some("reason", failure.reason.map(Reason::code))
        .with("exit_code", failure.exit.code())
        .with("message", failure.message.as_str())
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
