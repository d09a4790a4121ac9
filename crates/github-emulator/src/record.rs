//! Records of the requests which were made.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What a request is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RequestClass {
    /// A REST request, or anything that is not one of the others.
    Api,
    /// A GraphQL query.
    GraphQl,
    /// `GET …/info/refs`: the first request of a fetch or clone.
    InfoRefs,
    /// `POST …/git-upload-pack` with the command `ls-refs`.
    LsRefs,
    /// Any other `POST …/git-upload-pack`.
    Fetch,
    /// A request of the Batch API of Git LFS.
    LfsBatch,
    /// A download of an object of Git LFS.
    LfsObject,
    /// A file of a release or a text: on the host of files, or on the web, which leads there.
    File,
}

/// One request as it was received, and what became of it.
#[derive(Clone, Debug)]
pub struct Request {
    /// What the request is for.
    pub class: RequestClass,
    /// When the request came.
    pub received_at: Instant,
    /// The HTTP method.
    pub method: String,
    /// The host it came to, with the port.
    pub host: Option<String>,
    /// The path with the query.
    pub path: String,
    /// The status answered, 0 until then.
    pub status: u16,
    /// Bytes of the request's body, as they came.
    pub received_bytes: u64,
    /// Bytes of the answer's body streamed so far.
    pub sent_bytes: u64,
    /// For [`RequestClass::LsRefs`] and [`RequestClass::Fetch`] the pkt-lines of the request as
    /// text without the newline at the end; `flush` and `delim` for those packets.
    pub words: Vec<String>,
    /// For [`RequestClass::GraphQl`] the request's body: JSON with the `query` and its `variables`. For
    /// [`RequestClass::LfsBatch`] the body too.
    pub body: Option<String>,
    /// The scheme of the credentials: `Basic`, `Bearer` or `token`.
    pub authorization: Option<String>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
}

/// A request's record while the answer is under way.
#[derive(Debug)]
pub(crate) struct Record {
    request: Mutex<Request>,
    sent_bytes: AtomicU64,
}

impl Record {
    /// A record of a request which has not been answered.
    pub(crate) fn new(request: Request) -> Record {
        Record { request: Mutex::new(request), sent_bytes: AtomicU64::new(0) }
    }

    /// Notes the status answered.
    pub(crate) fn answered(&self, status: u16) {
        self.request.lock().unwrap_or_else(PoisonError::into_inner).status = status;
    }

    /// Notes that bytes of the answer's body were streamed.
    pub(crate) fn sent(&self, bytes: usize) {
        self.sent_bytes.fetch_add(bytes as u64, Ordering::SeqCst);
    }

    /// The request as it stands.
    pub(crate) fn request(&self) -> Request {
        let mut request = self.request.lock().unwrap_or_else(PoisonError::into_inner).clone();
        request.sent_bytes = self.sent_bytes.load(Ordering::SeqCst);
        request
    }
}
