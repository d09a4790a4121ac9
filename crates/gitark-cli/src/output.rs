//! What goes to stdout: data, for people or as JSON.

use std::{
    io::{self, Write},
    time::Duration,
};

pub(crate) use gitark::monitor::bytes;
use gitark::monitor::count;

/// A table with left-aligned columns, as wide as their widest cell, two spaces apart.
pub(crate) fn table(out: &mut impl Write, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(header.get(column).map(|name| name.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    for row in std::iter::once(&header).chain(rows) {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// `2 repositories, 1 wiki`, by the names of the bare repositories.
pub(crate) fn repositories<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let (wikis, codes): (Vec<_>, Vec<_>) = names.partition(|name| name.ends_with(".wiki"));
    let mut text = count(codes.len() as u64, "repository");
    if !wikis.is_empty() {
        text.push_str(&format!(", {}", count(wikis.len() as u64, "wiki")));
    }
    text
}

/// A time span to the second, in its two largest units: `12s`, `4m 05s`, `1h 02m`, `3d 01h`.
pub(crate) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {:02}s", seconds % 60),
        (0, ..) => format!("{hours}h {:02}m", minutes % 60),
        _ => format!("{days}d {:02}h", hours % 24),
    }
}

/// A time to the second.
pub(crate) fn time(time: jiff::Timestamp) -> String {
    jiff::Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

/// For output at the end of work that counts by itself: a reader that went away changes nothing about how it went.
pub(crate) fn unless_unread(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// One JSON object on a line.
pub(crate) fn json(out: &mut impl Write, value: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)
}
