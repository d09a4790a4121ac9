//! The stateless fetch: objects are asked for by naming what the vault has, without having it here.
//!
//! The request is one round (gitprotocol-v2(5), "fetch"): `ofs-delta`, `want`s, `have`s, `done`. `thin-pack` is never
//! sent, so a pack's deltas need nothing outside it and it can be indexed and stored as it comes.

use std::{
    io::{self, BufReader, Read as _},
    path::Path,
    sync::Arc,
};

use futures::StreamExt as _;
use gix_hash::ObjectId;
use gix_packetline::blocking_io::encode::{delim_to_write, flush_to_write, text_to_write};
use tokio_util::io::{StreamReader, SyncIoBridge};

use super::{
    Error,
    pack::{self, IndexedPack, PackLimits},
    remote::{AGENT, Discovery, Remote},
    sideband::SidebandReader,
};
use crate::interrupt::Interrupt;

/// The most `have` lines of one request. 9,519 of them made a body of 481 KB, which servers took.
pub const MAXIMUM_HAVES: usize = 20_000;

/// What to ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchRequest {
    /// Objects that we lack.
    pub wants: Vec<ObjectId>,
    /// Objects that we have with all that they lead to.
    pub haves: Vec<ObjectId>,
}

/// What is told while a pack comes.
#[derive(Clone, Debug)]
pub enum FetchProgress {
    /// The server's words.
    Remote(String),
    /// Bytes of the pack received since the last such call.
    ReceivedBytes(u64),
}

impl Remote {
    /// Fetches what `request` names into `directory` and indexes it; `None` when the pack holds no object.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::Remote`] with "not our ref" when a want is gone since the listing.
    pub async fn fetch(
        &self,
        discovery: &Discovery,
        request: &FetchRequest,
        directory: &Path,
        limits: PackLimits,
        progress: impl Fn(FetchProgress) + Send + Sync + 'static,
    ) -> Result<Option<IndexedPack>, Error> {
        let body = request.encode(discovery).map_err(|source| Error::io("write a request", source))?;
        let response = self.command(discovery, body, "ask for a pack").await?;
        let cancel = self.cancel().clone();
        let progress = Arc::new(progress);
        let received = progress.clone();
        let chunks = response
            .bytes_stream()
            .map(move |chunk| match chunk {
                Ok(chunk) => {
                    received(FetchProgress::ReceivedBytes(chunk.len() as u64));
                    Ok(chunk)
                }
                Err(error) => Err(io::Error::other(error.without_url())),
            })
            .take_until(cancel.clone().cancelled_owned());
        let answer = SyncIoBridge::new(StreamReader::new(Box::pin(chunks)));
        let interrupt = Interrupt::watch(&cancel);
        let flag = interrupt.flag();
        let directory = directory.to_owned();
        let indexing = tokio::task::spawn_blocking(move || {
            let words = move |text: &[u8]| {
                progress(FetchProgress::Remote(crate::cause::printable(&String::from_utf8_lossy(text))))
            };
            let mut reader = BufReader::with_capacity(1 << 17, SidebandReader::open(answer, words)?);
            let indexed = pack::index(&mut reader, &directory, &flag, limits);
            // Of an empty pack the indexer leaves the checksum unread.
            let mut rest = Vec::new();
            if matches!(indexed, Ok(None)) {
                let checksum = gix_hash::Kind::Sha1.len_in_bytes() as u64;
                let read = (&mut reader).take(checksum).read_to_end(&mut rest);
                read.map_err(|error| {
                    reader.get_mut().take_failure().unwrap_or_else(|| super::remote::line_error(&error))
                })?;
            }
            let at_end = reader.buffer().is_empty();
            let mut reader = reader.into_inner();
            match indexed {
                Ok(_) if !at_end => Err(Error::BadPack("there are bytes behind its end".into())),
                Ok(indexed) => reader.finish().map(|()| indexed),
                // The wire's failure tells more than what the indexer made of it.
                Err(error) => Err(reader.take_failure().unwrap_or(error)),
            }
        });
        let result = indexing.await.unwrap_or_else(|panic| Err(Error::BadPack(format!("indexing it failed: {panic}"))));
        if cancel.is_cancelled() && result.is_err() { Err(Error::Cancelled) } else { result }
    }
}

impl FetchRequest {
    fn encode(&self, discovery: &Discovery) -> io::Result<Vec<u8>> {
        let mut body = Vec::with_capacity(200 + 50 * (self.wants.len() + self.haves.len()));
        text_to_write(b"command=fetch", &mut body)?;
        text_to_write(format!("agent={AGENT}").as_bytes(), &mut body)?;
        if discovery.capability("object-format").is_some() {
            text_to_write(b"object-format=sha1", &mut body)?;
        }
        delim_to_write(&mut body)?;
        text_to_write(b"ofs-delta", &mut body)?;
        for want in &self.wants {
            text_to_write(format!("want {want}").as_bytes(), &mut body)?;
        }
        for have in &self.haves {
            text_to_write(format!("have {have}").as_bytes(), &mut body)?;
        }
        text_to_write(b"done", &mut body)?;
        flush_to_write(&mut body)?;
        Ok(body)
    }
}
