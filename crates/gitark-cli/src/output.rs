//! What goes to stdout: data, for people or as JSON.

use std::{
    io::{self, Write},
    time::Duration,
};

pub(crate) use gitark::monitor::bytes;
use gitark::{cause::printable, monitor::count, vault::key::Kind};

/// A table with left-aligned columns, as wide as their widest cell, two spaces apart. Cells may hold what others wrote:
/// nothing in them steers a terminal.
pub(crate) fn table(out: &mut impl Write, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(header.get(column).map(|name| name.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    for row in std::iter::once(&header).chain(&rows) {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// `2 repositories, 1 wiki, 2 with metadata, 1 account`, by the names of the bare repositories.
pub(crate) fn repositories<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let (accounts, names): (Vec<_>, Vec<_>) = names.partition(|name| Kind::main_of(name) == Kind::Meta);
    let (metadata, others): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| name.ends_with(".meta"));
    let (wikis, codes): (Vec<_>, Vec<_>) = others.into_iter().partition(|name| name.ends_with(".wiki"));
    let mut parts = Vec::new();
    // Where an account is alone, there are no repositories to speak of.
    if !codes.is_empty() || accounts.is_empty() {
        parts.push(count(codes.len() as u64, "repository"));
    }
    if !wikis.is_empty() {
        parts.push(count(wikis.len() as u64, "wiki"));
    }
    if !metadata.is_empty() {
        parts.push(format!("{} with metadata", metadata.len()));
    }
    if !accounts.is_empty() {
        parts.push(count(accounts.len() as u64, "account"));
    }
    parts.join(", ")
}

/// A path as git prints it: in double quotes, with escapes, when it holds anything that would not stay one line of
/// UTF-8 (git's `core.quotePath=false`).
pub(crate) fn path(path: &[u8]) -> String {
    let is_plain = |c: char| !c.is_control() && c != '"' && c != '\\';
    if let Some(text) = std::str::from_utf8(path).ok().filter(|text| text.chars().all(is_plain)) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for chunk in path.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => quoted.push_str("\\n"),
                '\t' => quoted.push_str("\\t"),
                '\r' => quoted.push_str("\\r"),
                '"' | '\\' => quoted.extend(['\\', c]),
                c if is_plain(c) => quoted.push(c),
                c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| quoted.push_str(&format!("\\{byte:03o}"))),
            }
        }
        chunk.invalid().iter().for_each(|byte| quoted.push_str(&format!("\\{byte:03o}")));
    }
    quoted.push('"');
    quoted
}

/// The first digits of an object's id, enough to know it by.
pub(crate) fn short(id: gitark::git::ObjectId) -> String {
    id.to_hex_with_len(10).to_string()
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
