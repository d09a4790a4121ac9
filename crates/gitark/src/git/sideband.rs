//! The pack inside an answer to `fetch`: side-band data as a reader.

use std::io::{self, Read};

use gix_packetline::{BandRef, PacketLineRef, blocking_io::StreamingPeekableIter};

use super::{Error, remote::line_error};

/// Reads channel 1 and hands channel 2 to `progress`. Channel 3, the server's last words, is an error.
pub(crate) struct SidebandReader<R: Read, P> {
    lines: StreamingPeekableIter<R>,
    progress: P,
    rest: Vec<u8>,
    at: usize,
    /// The failure that a reader below [`io::Read`] would hide.
    failure: Option<Error>,
}

impl<R: Read, P: FnMut(&[u8])> SidebandReader<R, P> {
    /// Reads the answer up to the line `packfile`.
    pub(crate) fn open(answer: R, progress: P) -> Result<Self, Error> {
        let mut lines = StreamingPeekableIter::new(answer, &[PacketLineRef::Flush], false);
        lines.fail_on_err_lines(true);
        let mut shallow = false;
        loop {
            let line = match lines.read_line() {
                Some(Ok(Ok(PacketLineRef::Data(data)))) => data.strip_suffix(b"\n").unwrap_or(data),
                Some(Ok(Ok(_))) => continue,
                Some(Ok(Err(error))) => return Err(Error::Protocol(error.to_string())),
                Some(Err(error)) => return Err(line_error_of_body(error)),
                None => return Err(Error::Protocol("its answer has no pack".into())),
            };
            match line {
                b"packfile" if shallow => return Err(Error::Shallow),
                b"packfile" => break,
                line if line.starts_with(b"shallow ") => shallow = true,
                b"shallow-info" | b"acknowledgments" | b"wanted-refs" | b"packfile-uris" => {}
                line => {
                    let text = String::from_utf8_lossy(line).chars().take(200).collect::<String>();
                    return Err(Error::Protocol(format!("{text:?} was not expected before the pack")));
                }
            }
        }
        Ok(Self { lines, progress, rest: Vec::new(), at: 0, failure: None })
    }

    /// Reads what comes after the pack, which must be nothing but the closing flush.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        let mut byte = [0];
        match self.read(&mut byte) {
            Ok(0) if self.lines.stopped_at() == Some(PacketLineRef::Flush) => Ok(()),
            Ok(0) => Err(Error::Protocol("its answer ends early".into())),
            Ok(_) => Err(Error::BadPack("there are bytes behind its end".into())),
            Err(error) => Err(self.take_failure().unwrap_or_else(|| line_error(&error))),
        }
    }

    /// What really failed, when reading failed.
    pub(crate) fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }
}

impl<R: Read, P: FnMut(&[u8])> Read for SidebandReader<R, P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.rest.len() {
            if self.failure.is_some() {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            let failure = match self.lines.read_line() {
                // The closing flush, or a failure that was told before.
                None => return Ok(0),
                Some(Err(error)) => line_error_of_body(error),
                Some(Ok(Err(error))) => Error::Protocol(error.to_string()),
                Some(Ok(Ok(line))) => match line.decode_band() {
                    Ok(BandRef::Data(data)) => {
                        self.rest.clear();
                        self.rest.extend_from_slice(data);
                        self.at = 0;
                        continue;
                    }
                    Ok(BandRef::Progress(text)) => {
                        (self.progress)(text);
                        continue;
                    }
                    Ok(BandRef::Error(text)) => Error::Remote(String::from_utf8_lossy(text).trim().to_owned()),
                    Err(error) => Error::Protocol(error.to_string()),
                },
            };
            let text = failure.to_string();
            self.failure = Some(failure);
            return Err(io::Error::other(text));
        }
        let count = buffer.len().min(self.rest.len() - self.at);
        buffer[..count].copy_from_slice(&self.rest[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// A line that could not be read: the server's `ERR`, a connection that broke, or an answer that is cut off.
fn line_error_of_body(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::UnexpectedEof
        || error.get_ref().is_some_and(|inner| inner.is::<gix_packetline::read::Error>())
    {
        return line_error(&error);
    }
    Error::network("receive the pack", error)
}
