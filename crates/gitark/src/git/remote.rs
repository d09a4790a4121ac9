//! A repository on a git server, over smart HTTP with protocol version 2.
//!
//! Source: gitprotocol-http(5), gitprotocol-v2(5).

use std::{io::Write as _, sync::Arc};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use gix_packetline::{PacketLineRef, blocking_io::StreamingPeekableIter};
use jiff::Timestamp;
use reqwest::{
    Method, RequestBuilder, Response, StatusCode,
    header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE},
};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::Error;
use crate::http::{self, BodyFailure, REDIRECTS, TokenSource, redirect_target, same_origin, server_time};

/// What we call ourselves to git servers, which turn away clients that do not look like git.
pub const AGENT: &str = concat!("git/gitark-", env!("CARGO_PKG_VERSION"));
/// Longest answer of the server but for packs: some two million references.
const MAXIMUM_ANSWER_BYTES: usize = 256 << 20;
/// A request body above this many bytes is sent compressed, as git does.
const GZIP_ABOVE_BYTES: usize = 1024;

/// A git repository that can be asked.
#[derive(Clone, Debug)]
pub struct Remote {
    http: reqwest::Client,
    url: Url,
    tokens: Arc<dyn TokenSource>,
    cancel: CancellationToken,
}

/// What the server can do, and where it really is.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// Base for the requests that follow, after redirects (a renamed repository answers 301).
    pub(crate) url: Url,
    /// Whether our token may go there.
    with_token: bool,
    /// The server's capabilities, one a line.
    pub(crate) capabilities: Vec<String>,
    /// The server's clock, from the header `Date`; ours when it sent none.
    pub observed: Timestamp,
}

impl Discovery {
    /// The words of capability `name`, e.g. `shallow filter` of `fetch=shallow filter`.
    pub(crate) fn capability(&self, name: &str) -> Option<&str> {
        self.capabilities.iter().find_map(|line| match line.strip_prefix(name)? {
            "" => Some(""),
            rest => rest.strip_prefix('='),
        })
    }
}

impl Remote {
    /// A repository at `url` (`https://github.com/octocat/hello.git`). `http` must not follow redirects by itself:
    /// it would turn a redirected POST into a GET. A token of `tokens` goes to the origin of `url` and nowhere else.
    pub fn new(http: reqwest::Client, url: Url, tokens: Arc<dyn TokenSource>, cancel: CancellationToken) -> Self {
        Self { http, url, tokens, cancel }
    }

    /// The address of the repository, as it was given.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What requests go out by.
    pub(in crate::git) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The token that cancels requests.
    pub(crate) fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    /// Asks for the server's capabilities.
    ///
    /// # Errors
    /// Any of the HTTP kinds of [`Error`], [`Error::Protocol`] when it does not speak version 2,
    /// [`Error::ObjectFormat`].
    pub async fn discover(&self) -> Result<Discovery, Error> {
        let mut url = below(&self.url, "info/refs");
        url.set_query(Some("service=git-upload-pack"));
        for _ in 0..=REDIRECTS {
            let with_token = same_origin(&url, &self.url);
            let request = self.http.request(Method::GET, url.clone());
            let response = self.send(request, with_token, "ask for the capabilities").await?;
            if let Some(target) = redirect_target(&url, &response) {
                url = target;
                continue;
            }
            let observed = server_time(&response);
            self.check_status(with_token, &response)?;
            let body = self.body(response, "read the capabilities").await?;
            let capabilities = parse_capabilities(&body)?;
            let base = url.path().strip_suffix("/info/refs").unwrap_or(url.path()).to_owned();
            url.set_path(&base);
            url.set_query(None);
            let discovery = Discovery { url, with_token, capabilities, observed };
            return match discovery.capability("object-format") {
                None | Some("sha1") => Ok(discovery),
                Some(other) => Err(Error::ObjectFormat(other.to_owned())),
            };
        }
        Err(Error::Protocol(format!("{} redirects more than {REDIRECTS} times", self.url)))
    }

    /// What this repository may be taken to answer, because another one of the same server did. If that is wrong, or
    /// the repository has moved, a request fails, and the caller asks.
    pub(crate) fn like(&self, other: &Discovery) -> Discovery {
        Discovery { url: self.url.clone(), with_token: true, ..other.clone() }
    }

    /// Sends a command; the answer's status is checked.
    pub(crate) async fn command(&self, discovery: &Discovery, body: Vec<u8>, doing: &str) -> Result<Response, Error> {
        let url = below(&discovery.url, "git-upload-pack");
        let mut request = self
            .http
            .request(Method::POST, url.clone())
            .header(CONTENT_TYPE, "application/x-git-upload-pack-request")
            .header(ACCEPT, "application/x-git-upload-pack-result");
        if body.len() > GZIP_ABOVE_BYTES {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            let compressed = encoder.write_all(&body).and_then(|()| encoder.finish());
            let compressed = compressed.map_err(|source| Error::io("compress a request", source))?;
            request = request.header(CONTENT_ENCODING, "gzip").body(compressed);
        } else {
            request = request.body(body);
        }
        let response = self.send(request, discovery.with_token, doing).await?;
        self.check_status(discovery.with_token, &response)?;
        Ok(response)
    }

    /// GitHub answers 401 for all that is not public when no credentials came: it does not say what is there.
    fn check_status(&self, with_token: bool, response: &Response) -> Result<(), Error> {
        let sent_token = with_token && self.tokens.has_token();
        let (url, status) = (self.url.to_string(), response.status());
        match status {
            status if status.is_success() => Ok(()),
            StatusCode::UNAUTHORIZED if sent_token => Err(Error::Unauthorized { url }),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE => {
                Err(Error::GoneOrForbidden { url, status: status.as_u16() })
            }
            StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => Err(Error::LegalBlock { url }),
            status => {
                Err(Error::Status { url, status: status.as_u16(), retry_after: http::retry_after(response.headers()) })
            }
        }
    }

    /// Sends a request, with a token where `with_token` says so.
    pub(in crate::git) async fn send(
        &self,
        request: RequestBuilder,
        with_token: bool,
        doing: &str,
    ) -> Result<Response, Error> {
        let mut request = request.header("Git-Protocol", "version=2").header(reqwest::header::USER_AGENT, AGENT);
        if with_token {
            let token = self.tokens.token().await.map_err(|source| Error::network("get a token", source))?;
            if let Some(token) = token {
                request = request.basic_auth("x-access-token", Some(token.secret()));
            }
        }
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Error::Cancelled),
            response = request.send() => {
                response.map_err(|error| Error::network(format!("{doing} of {}", self.url), error.without_url()))
            }
        }
    }

    /// The whole body of an answer that is no pack.
    pub(crate) async fn body(&self, response: Response, doing: &str) -> Result<Bytes, Error> {
        http::body(response, MAXIMUM_ANSWER_BYTES, &self.cancel).await.map_err(|failure| match failure {
            BodyFailure::Cut(cut) => Error::cut(doing, cut),
            BodyFailure::TooLong => Error::Protocol(format!("its answer has more than {MAXIMUM_ANSWER_BYTES} bytes")),
        })
    }
}

/// `url` with `rest` appended to its path.
fn below(url: &Url, rest: &str) -> Url {
    let mut below = url.clone();
    below.set_path(&format!("{}/{rest}", url.path().trim_end_matches('/')));
    below
}

/// The capability lines of a version 2 advertisement.
pub(crate) fn parse_capabilities(body: &[u8]) -> Result<Vec<String>, Error> {
    // The service line and its flush come first where a server follows the older form of the answer.
    let mut lines = text_lines(body)?;
    if lines.first().is_some_and(|line| line.starts_with("# service=")) {
        lines.remove(0);
        if lines.first().is_some_and(String::is_empty) {
            lines.remove(0);
        }
    }
    if lines.first().map(String::as_str) != Some("version 2") {
        return Err(Error::Protocol("it does not speak git's protocol version 2".into()));
    }
    let lines: Vec<_> = lines.into_iter().skip(1).filter(|line| !line.is_empty()).collect();
    if !lines.iter().any(|line| line == "fetch" || line.starts_with("fetch=")) {
        return Err(Error::Protocol("it offers no fetch".into()));
    }
    Ok(lines)
}

/// All packet lines of `body` as text, a flush as an empty line. The last one must be a flush.
pub(crate) fn text_lines(body: &[u8]) -> Result<Vec<String>, Error> {
    let mut lines = Vec::new();
    let mut reader = StreamingPeekableIter::new(body, &[], false);
    reader.fail_on_err_lines(true);
    let mut flushed = false;
    // At the end of the body the reader reports that it could not read a line's length.
    while !reader.inner_mut().is_empty() {
        match reader.read_line() {
            Some(Ok(Ok(PacketLineRef::Data(data)))) => {
                let text = std::str::from_utf8(data.strip_suffix(b"\n").unwrap_or(data));
                let text = text.map_err(|_| {
                    let line = String::from_utf8_lossy(data);
                    let name = line.split(' ').nth(1).unwrap_or(&line);
                    Error::BadReference(name.trim_end().chars().take(200).collect())
                })?;
                lines.push(text.to_owned());
                flushed = false;
            }
            Some(Ok(Ok(PacketLineRef::Flush))) => {
                lines.push(String::new());
                flushed = true;
            }
            Some(Ok(Ok(_))) => flushed = false,
            Some(Ok(Err(error))) => return Err(Error::Protocol(error.to_string())),
            Some(Err(error)) => return Err(line_error(&error)),
            None => break,
        }
    }
    if flushed { Ok(lines) } else { Err(Error::Protocol("its answer ends early".into())) }
}

/// Tells an `ERR` line of the server from an answer that is cut off.
pub(crate) fn line_error(error: &std::io::Error) -> Error {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<gix_packetline::read::Error>()) {
        Some(said) => Error::Remote(said.message.to_string().trim().to_owned()),
        None => Error::Protocol(format!("its answer ends early ({error})")),
    }
}
