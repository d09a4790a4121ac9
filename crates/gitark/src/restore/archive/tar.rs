//! Tar as `git archive` writes it: owned by root, times of the commit, and the commit's id in a global header that
//! `git get-tar-commit-id` reads (git-archive(1)).

use std::{
    fs::File,
    io::{self, BufWriter, Write},
};

use flate2::{Compression, write::GzEncoder};
use tar::{Builder, EntryType, Header};

use super::{Archive, Plan, local};

/// The longest target that fits a header.
const SHORT_TARGET: usize = 100;

struct Tar<W: Write> {
    builder: Builder<W>,
    seconds: u64,
    /// What is left to do with the compressed or plain bytes.
    end: fn(W) -> io::Result<BufWriter<File>>,
}

pub(super) fn plain(out: File, plan: &Plan) -> io::Result<Box<dyn Archive>> {
    begin(BufWriter::with_capacity(1 << 16, out), plan, Ok)
}

pub(super) fn compressed(out: File, plan: &Plan) -> io::Result<Box<dyn Archive>> {
    let out = GzEncoder::new(BufWriter::with_capacity(1 << 16, out), Compression::default());
    begin(out, plan, GzEncoder::finish)
}

fn begin<W: Write + 'static>(
    out: W,
    plan: &Plan,
    end: fn(W) -> io::Result<BufWriter<File>>,
) -> io::Result<Box<dyn Archive>> {
    let seconds = u64::try_from(plan.seconds).unwrap_or(0);
    let mut tar = Tar { builder: Builder::new(out), seconds, end };
    if let Some(commit) = plan.revision.commit {
        // Its own length comes first: two digits, a space, the word and its value, and the end of the line.
        let comment = format!("52 comment={commit}\n");
        let mut header = tar.header(EntryType::XGlobalHeader, 0o666, comment.len());
        tar.builder.append_data(&mut header, "pax_global_header", comment.as_bytes())?;
    }
    Ok(Box::new(tar))
}

impl<W: Write> Tar<W> {
    fn header(&self, kind: EntryType, mode: u32, size: usize) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(self.seconds);
        header.set_size(size as u64);
        // Both fit.
        let _ = header.set_username("root");
        let _ = header.set_groupname("root");
        header
    }
}

impl<W: Write> Archive for Tar<W> {
    fn folder(&mut self, path: &[u8]) -> io::Result<()> {
        let mut header = self.header(EntryType::Directory, 0o775, 0);
        let path = [path, b"/"].concat();
        self.builder.append_data(&mut header, local(&path)?, io::empty())
    }

    fn file(&mut self, path: &[u8], executable: bool, content: &[u8]) -> io::Result<()> {
        let mode = if executable { 0o775 } else { 0o664 };
        let mut header = self.header(EntryType::Regular, mode, content.len());
        self.builder.append_data(&mut header, local(path)?, content)
    }

    fn link(&mut self, path: &[u8], target: &[u8]) -> io::Result<()> {
        let mut header = self.header(EntryType::Symlink, 0o777, 0);
        if target.len() > SHORT_TARGET {
            return self.builder.append_link(&mut header, local(path)?, local(target)?);
        }
        // Byte by byte: other ways make `a//b` an `a/b`.
        header.set_link_name_literal(target)?;
        self.builder.append_data(&mut header, local(path)?, io::empty())
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        (self.end)(self.builder.into_inner()?)?.flush()
    }
}
