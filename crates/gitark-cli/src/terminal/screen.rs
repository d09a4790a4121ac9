//! The one way to stderr: lines, and below them a block of lines that changes in place.

use std::{
    io::Write as _,
    sync::{Mutex, MutexGuard, PoisonError},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The block, while there is one. Held while it is drawn, which a terminal that stands still can make long.
static BLOCK: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Lines that wait for the next drawing of the block, while there is one: thousands of them may come in a second, and
/// whoever says one must not wait for the terminal.
static WAITING: Mutex<Option<String>> = Mutex::new(None);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes whole lines, above the block.
pub(super) fn write(lines: &str) {
    match &mut *lock(&WAITING) {
        Some(waiting) => waiting.push_str(lines),
        None => put(lines),
    }
}

/// In one piece, so that no other line comes between. Nobody reads a stderr that is closed, and eprintln would panic.
fn put(lines: &str) {
    let _ = std::io::stderr().write_all(lines.as_bytes());
}

/// Shows these lines as the block, below all that was written.
pub(super) fn show(lines: &[String]) {
    let mut block = lock(&BLOCK);
    let block = block.get_or_insert_with(|| {
        lock(&WAITING).get_or_insert_default();
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        bar.set_style(ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar
    });
    put_waiting(block);
    block.set_message(lines.join("\n"));
}

fn put_waiting(block: &ProgressBar) {
    let waiting = lock(&WAITING).as_mut().map(std::mem::take).unwrap_or_default();
    if !waiting.is_empty() {
        block.suspend(|| put(&waiting));
    }
}

/// Takes the block away for good.
pub(super) fn end() {
    if let Some(block) = lock(&BLOCK).take() {
        block.finish_and_clear();
    }
    let mut waiting = lock(&WAITING);
    if let Some(lines) = waiting.take() {
        put(&lines);
    }
}

/// The same for the end of the process, which must not wait for a terminal that stands still.
pub(super) fn end_at_once() {
    if let Ok(mut block) = BLOCK.try_lock()
        && let Some(block) = block.take()
    {
        block.finish_and_clear();
        put_waiting(&block);
    }
}

/// A writer for whole lines.
#[derive(Debug)]
pub(super) struct Lines;

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        write(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
