//! Zip as `git archive` writes it: times of the commit (in UTC), and the commit's id as the archive's comment.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
};

use jiff::{Timestamp, tz::TimeZone};
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::{Archive, Plan};

struct Zip {
    writer: ZipWriter<BufWriter<File>>,
    options: SimpleFileOptions,
}

pub(super) fn archive(out: File, plan: &Plan) -> io::Result<Box<dyn Archive>> {
    let mut writer = ZipWriter::new(BufWriter::with_capacity(1 << 16, out));
    if let Some(commit) = plan.revision.commit {
        writer.set_comment(commit.to_string())?;
    }
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(time(plan.seconds));
    Ok(Box::new(Zip { writer, options }))
}

/// In the years that zip knows; the first of them for earlier times.
fn time(seconds: i64) -> DateTime {
    let time = Timestamp::from_second(seconds).unwrap_or_default().to_zoned(TimeZone::UTC);
    // The calendar has no negative months, and years are checked below.
    let small = |number: i8| u8::try_from(number).unwrap_or(0);
    let year = u16::try_from(time.year()).unwrap_or(0);
    let (month, day) = (small(time.month()), small(time.day()));
    DateTime::from_date_and_time(year, month, day, small(time.hour()), small(time.minute()), small(time.second()))
        .unwrap_or_default()
}

/// Names in a zip file are text.
fn text(bytes: &[u8]) -> io::Result<&str> {
    let odd = |_| io::Error::new(io::ErrorKind::InvalidInput, "zip has no names and links that are not UTF-8");
    std::str::from_utf8(bytes).map_err(odd)
}

impl Archive for Zip {
    fn folder(&mut self, path: &[u8]) -> io::Result<()> {
        Ok(self.writer.add_directory(format!("{}/", text(path)?), self.options.unix_permissions(0o755))?)
    }

    fn file(&mut self, path: &[u8], executable: bool, content: &[u8]) -> io::Result<()> {
        let mode = if executable { 0o755 } else { 0o644 };
        self.writer.start_file(text(path)?, self.options.unix_permissions(mode))?;
        self.writer.write_all(content)
    }

    fn link(&mut self, path: &[u8], target: &[u8]) -> io::Result<()> {
        Ok(self.writer.add_symlink(text(path)?, text(target)?, self.options.unix_permissions(0o777))?)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.writer.finish()?.flush()
    }
}
