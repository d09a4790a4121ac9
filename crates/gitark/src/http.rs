//! HTTP for the API and for git: one client, one way with redirects, bodies and secrets.

use std::{fmt, time::Duration};

use bytes::{Bytes, BytesMut};
use futures::{StreamExt as _, future::BoxFuture, stream::BoxStream};
use jiff::{SignedDuration, Timestamp};
use reqwest::{
    Certificate, Response,
    header::{DATE, HeaderMap, LOCATION, RETRY_AFTER},
    redirect,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::cause;

/// Longest pause that is taken at its word: longer ones are nonsense, and would overflow clocks.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(100 * 366 * 24 * 3600);
/// The most of a URL that is shown.
const SHOWN_CHARACTERS: usize = 200;
/// Redirects that are followed from one address.
pub(crate) const REDIRECTS: usize = 5;

/// The HTTP client for the API and for git: no redirects of its own (they would lose a POST and move a token), a
/// limit on silence and none on total time. Certificates of `authorities` (PEM) are trusted besides the system's.
///
/// # Errors
/// The TLS set-up's failure, in words.
pub fn client(stall: Duration, authorities: &[u8]) -> Result<reqwest::Client, reqwest::Error> {
    install_crypto();
    let client = reqwest::Client::builder()
        .user_agent(concat!("gitark/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(Duration::from_secs(30))
        .read_timeout(stall);
    match authorities {
        [] => client.build(),
        authorities => client.tls_certs_merge(Certificate::from_pem_bundle(authorities)?).build(),
    }
}

/// Chooses the cryptography of TLS. The first caller's choice stays: a program that made its own is left alone.
pub(crate) fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A token for GitHub's API and git hosts. It never shows in debug output.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// Wraps a token, without the white space around it.
    pub fn new(token: &str) -> Self {
        Self(token.trim().to_owned())
    }

    /// The secret itself, for a header.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

/// Why there is no token for a request.
pub type NoToken = Box<dyn std::error::Error + Send + Sync>;

/// Where the token for a request comes from: some end after an hour and are made anew.
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// Whether requests carry a token.
    fn has_token(&self) -> bool;

    /// The token for a request that goes out now.
    ///
    /// # Errors
    /// Why none could be had.
    fn token(&self) -> BoxFuture<'_, Result<Option<Token>, NoToken>>;
}

impl TokenSource for Option<Token> {
    fn has_token(&self) -> bool {
        self.is_some()
    }

    fn token(&self) -> BoxFuture<'_, Result<Option<Token>, NoToken>> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }
}

/// Scheme, host and port are equal, so that a secret for one may go to the other.
pub(crate) fn same_origin(a: &Url, b: &Url) -> bool {
    a.origin() == b.origin()
}

/// `url` as it may be shown: without credentials, and not longer than a line can be.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // A URL that can have none has none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let text = cause::printable(url.as_str());
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// `url` as it may be shown, without what follows its path: links have secrets there.
pub(crate) fn shown_link(url: &Url) -> String {
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    shown(&bare)
}

/// Where a redirect leads, when the answer is one that git would follow.
pub(crate) fn redirect_target(url: &Url, response: &Response) -> Option<Url> {
    let moved = [301, 302, 303, 307, 308].contains(&response.status().as_u16());
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    let target = url.join(location).ok()?;
    // Never from https to something that can be read on the way, nor with credentials that are not ours.
    let is_safe = (target.scheme() == "https" || target.scheme() == url.scheme())
        && target.username().is_empty()
        && target.password().is_none();
    (moved && is_safe).then_some(target)
}

/// The server's clock from `Date` (RFC 9110), or ours.
pub(crate) fn server_time(response: &Response) -> Timestamp {
    let now = Timestamp::now();
    match date(response.headers()) {
        // A clock that is years off is no clock: it would poison `--at` for ever.
        Some(time) if time.duration_since(now).abs() < SignedDuration::from_hours(24 * 366) => time,
        _ => Timestamp::from_second(now.as_second()).unwrap_or(now),
    }
}

/// The header `Date` (RFC 9110).
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(DATE)?.to_str().ok()?;
    Some(jiff::fmt::rfc2822::parse(date).ok()?.timestamp())
}

/// The header `Retry-After` (RFC 9110): seconds, or a date by the server's clock.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        // More digits than fit mean as long as can be.
        let seconds = text.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST_PAUSE));
    }
    let until = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let pause = until.duration_since(date(headers).unwrap_or_else(Timestamp::now));
    Some(Duration::try_from(pause).unwrap_or_default().min(LONGEST_PAUSE))
}

/// Why the bytes of a body stopped coming.
pub(crate) enum Cut {
    /// The run was cancelled.
    Cancelled,
    /// The connection broke off or stalled.
    Broken(reqwest::Error),
}

/// A body as it comes.
pub(crate) struct Chunks {
    stream: BoxStream<'static, reqwest::Result<Bytes>>,
    cancel: CancellationToken,
    /// Bytes at its beginning that are there already.
    again: u64,
}

impl Chunks {
    /// The body of `response`, of which the first `again` bytes are there already.
    pub(crate) fn of(response: Response, again: u64, cancel: &CancellationToken) -> Self {
        Self { stream: response.bytes_stream().boxed(), cancel: cancel.clone(), again }
    }

    /// What comes next, and what of it is new; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<(Bytes, Bytes)>, Cut> {
        let chunk = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(Cut::Cancelled),
            chunk = self.stream.next() => chunk,
        };
        let Some(chunk) = chunk else { return Ok(None) };
        let chunk = chunk.map_err(|error| Cut::Broken(error.without_url()))?;
        let skipped = chunk.len().min(usize::try_from(self.again).unwrap_or(usize::MAX));
        self.again -= skipped as u64;
        let new = chunk.slice(skipped..);
        Ok(Some((chunk, new)))
    }
}

/// Why a body could not be read.
pub(crate) enum BodyFailure {
    /// It did not come to its end.
    Cut(Cut),
    /// It is longer than allowed.
    TooLong,
}

/// The whole body of an answer, of at most `maximum` bytes.
pub(crate) async fn body(response: Response, maximum: usize, cancel: &CancellationToken) -> Result<Bytes, BodyFailure> {
    let mut body = BytesMut::new();
    let mut chunks = Chunks::of(response, 0, cancel);
    while let Some((chunk, _)) = chunks.next().await.map_err(BodyFailure::Cut)? {
        if body.len() + chunk.len() > maximum {
            return Err(BodyFailure::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
