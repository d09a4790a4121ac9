//! Faults: answers which go wrong on purpose.

use std::io;
use std::time::Duration;

use axum::body::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use crate::record::RequestClass;

/// The body of an answer while it is being sent.
pub(crate) type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// How long a cut waits, so that what came before it leaves the server's buffers.
const FLUSH_PAUSE: Duration = Duration::from_millis(20);

/// Makes the answers to matching requests go wrong. Of several faults which match a request, the
/// one added first takes effect.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Only requests of this class, or of every class.
    pub class: Option<RequestClass>,
    /// Only requests whose path and query contain this.
    pub path_contains: String,
    /// What goes wrong.
    pub kind: FaultKind,
    /// For how many requests, or for all of them.
    pub times: Option<u32>,
}

impl Fault {
    /// A fault for every request, always.
    pub fn new(kind: FaultKind) -> Fault {
        Fault { class: None, path_contains: String::new(), kind, times: None }
    }

    /// Only for requests of this class.
    #[must_use]
    pub fn on(mut self, class: RequestClass) -> Fault {
        self.class = Some(class);
        self
    }

    /// Only for requests whose path and query contain `part`.
    #[must_use]
    pub fn path(mut self, part: impl Into<String>) -> Fault {
        self.path_contains = part.into();
        self
    }

    /// Only for the first `times` matching requests.
    #[must_use]
    pub fn times(mut self, times: u32) -> Fault {
        self.times = Some(times);
        self
    }

    /// Whether this fault is for such a request.
    pub(crate) fn matches(&self, class: RequestClass, path: &str) -> bool {
        self.times != Some(0) && self.class.is_none_or(|wanted| wanted == class) && path.contains(&self.path_contains)
    }
}

/// What goes wrong with an answer.
#[derive(Clone, Debug)]
pub enum FaultKind {
    /// This answer in place of the real one.
    Status {
        /// The status code.
        status: u16,
        /// Headers, in place of those of the same name which every answer has.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// The connection is cut after this many bytes of the body.
    Reset {
        /// Bytes of the body sent before.
        after_bytes: u64,
    },
    /// The body ends after this many bytes as if it were whole.
    Truncate {
        /// Bytes of the body sent.
        after_bytes: u64,
    },
    /// One bit of the body is wrong.
    FlipByte {
        /// The offset of the wrong byte.
        at_byte: u64,
    },
    /// The body comes in small pieces with a pause before each.
    Slow {
        /// The greatest size of a piece.
        chunk_bytes: usize,
        /// The pause before each piece.
        pause: Duration,
    },
    /// Nothing more comes after this many bytes, and the connection stays open.
    Hang {
        /// Bytes of the body sent before.
        after_bytes: u64,
    },
    /// Status 200 and this body, with the content type of the real answer.
    Garbage {
        /// The body.
        body: Vec<u8>,
    },
    /// A redirect (302) to the same address.
    RedirectLoop,
    /// A redirect (302) elsewhere.
    RedirectTo {
        /// The `Location` header.
        location: String,
    },
}

impl FaultKind {
    /// The body as this fault lets it through.
    pub(crate) fn spoil(&self, body: ByteStream) -> ByteStream {
        match *self {
            FaultKind::Reset { after_bytes } => first(body, after_bytes)
                .chain(stream::once(async {
                    tokio::time::sleep(FLUSH_PAUSE).await;
                    Err(io::ErrorKind::ConnectionReset.into())
                }))
                .boxed(),
            FaultKind::Truncate { after_bytes } => first(body, after_bytes),
            FaultKind::FlipByte { at_byte } => flip(body, at_byte),
            FaultKind::Slow { chunk_bytes, pause } => slow(body, chunk_bytes, pause),
            FaultKind::Hang { after_bytes } => first(body, after_bytes).chain(stream::pending()).boxed(),
            FaultKind::Status { .. }
            | FaultKind::Garbage { .. }
            | FaultKind::RedirectLoop
            | FaultKind::RedirectTo { .. } => body,
        }
    }
}

/// The first `limit` bytes of a body.
fn first(body: ByteStream, limit: u64) -> ByteStream {
    stream::unfold((body, limit), |(mut body, left)| async move {
        if left == 0 {
            return None;
        }
        let piece = body.next().await?.map(|mut bytes| {
            bytes.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            bytes
        });
        let sent = piece.as_ref().map_or(0, |bytes| bytes.len() as u64);
        Some((piece, (body, left - sent)))
    })
    .boxed()
}

/// A body with the lowest bit of the byte at `offset` inverted.
fn flip(body: ByteStream, offset: u64) -> ByteStream {
    let mut position = 0;
    body.map(move |piece| {
        let piece = piece?;
        let start = position;
        position += piece.len() as u64;
        if !(start..position).contains(&offset) {
            return Ok(piece);
        }
        let mut bytes = piece.to_vec();
        if let Some(byte) = usize::try_from(offset - start).ok().and_then(|index| bytes.get_mut(index)) {
            *byte ^= 1;
        }
        Ok(bytes.into())
    })
    .boxed()
}

/// A body in pieces of at most `size` bytes, with a pause before each.
fn slow(body: ByteStream, size: usize, pause: Duration) -> ByteStream {
    let size = size.max(1);
    body.flat_map(move |piece| {
        let pieces: Vec<io::Result<Bytes>> = match piece {
            Err(error) => vec![Err(error)],
            Ok(bytes) => (0..bytes.len())
                .step_by(size)
                .map(|start| Ok(bytes.slice(start..bytes.len().min(start.saturating_add(size)))))
                .collect(),
        };
        stream::iter(pieces)
    })
    .then(move |piece| async move {
        tokio::time::sleep(pause).await;
        piece
    })
    .boxed()
}
