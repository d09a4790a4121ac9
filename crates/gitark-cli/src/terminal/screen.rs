//! The one way to stderr: lines, and below them a block of lines that changes in place.

use std::{
    io::Write as _,
    sync::{Mutex, MutexGuard, PoisonError},
};

use console::{Term, measure_text_width};

/// The block, while there is one. Held while it is drawn, which a terminal that stands still can make long.
static BLOCK: Mutex<Option<Block>> = Mutex::new(None);

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

/// The block as it stands on the terminal, the cursor at the end of its last line.
struct Block {
    terminal: Term,
    /// How wide each of its lines is.
    widths: Vec<usize>,
}

impl Block {
    /// Draws `lines` where the block is, and `above` above it, in one piece.
    fn draw(&mut self, above: &str, lines: &[String]) {
        // A terminal that became narrower has wrapped the lines.
        let columns = usize::from(self.terminal.size().1).max(1);
        let rows: usize = self.widths.iter().map(|width| width.div_ceil(columns).max(1)).sum();
        self.widths = lines.iter().map(|line| measure_text_width(line)).collect();
        // Nobody reads a stderr that is closed.
        let _ = self.terminal.move_cursor_up(rows.saturating_sub(1));
        let _ = self.terminal.write_str("\r");
        let _ = self.terminal.clear_to_end_of_screen();
        let _ = self.terminal.write_str(above);
        let _ = self.terminal.write_str(&lines.join("\n"));
        let _ = self.terminal.flush();
    }
}

/// Shows these lines as the block, below all that was written.
pub(super) fn show(lines: &[String]) {
    let mut block = lock(&BLOCK);
    let block = block.get_or_insert_with(|| Block { terminal: Term::buffered_stderr(), widths: Vec::new() });
    let above = std::mem::take(lock(&WAITING).get_or_insert_default());
    block.draw(&above, lines);
}

/// Takes the block away for good.
pub(super) fn end() {
    let block = lock(&BLOCK).take();
    let mut waiting = lock(&WAITING);
    let lines = waiting.take().unwrap_or_default();
    if let Some(mut block) = block {
        block.draw(&lines, &[]);
    }
}

/// The same for the end of the process, which must not wait for a terminal that stands still.
pub(super) fn end_at_once() {
    if let Ok(mut block) = BLOCK.try_lock()
        && let Some(mut block) = block.take()
    {
        block.draw(&lock(&WAITING).take().unwrap_or_default(), &[]);
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
