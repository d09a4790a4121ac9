//! The HTTP server.

use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use axum::serve::ListenerExt;
use flate2::read::MultiGzDecoder;
use futures::{StreamExt, TryStreamExt, stream};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::caller::{self, Caller};
use crate::fault::{ByteStream, FaultKind};
use crate::files::{self, FileCall};
use crate::flight::{Flight, Landing};
use crate::git_http::{self, Endpoint, GitCall, Target};
use crate::github::GitHub;
use crate::graphql;
use crate::lfs;
use crate::pkt_line;
use crate::record::{Record, Request, RequestClass};
use crate::rest::{self, ApiCall};

/// The most bytes of a request, compressed or not.
const REQUEST_LIMIT: usize = 64 << 20;

/// How long connections may take to notice that the server stops.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// A running server for a [`GitHub`]. Dropped, it stops on its own time.
#[derive(Debug)]
pub struct Emulator {
    github: GitHub,
    address: SocketAddr,
    files_address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// What every request needs.
#[derive(Clone)]
struct Service {
    github: GitHub,
    origin: String,
    /// The host of files.
    files: String,
    /// Whether this is the host of files.
    serves_files: bool,
    stop: CancellationToken,
    request_number: Arc<AtomicU64>,
}

impl Emulator {
    /// Starts a server on a free port of 127.0.0.1.
    pub async fn start(github: GitHub) -> io::Result<Emulator> {
        Emulator::start_at(github, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await
    }

    /// Starts a server on an address.
    pub async fn start_at(github: GitHub, address: SocketAddr) -> io::Result<Emulator> {
        let listener = TcpListener::bind(address).await?;
        let files_listener = TcpListener::bind((address.ip(), 0)).await?;
        let (address, files_address) = (listener.local_addr()?, files_listener.local_addr()?);
        let stop = CancellationToken::new();
        let service = Service {
            github: github.clone(),
            origin: format!("http://{address}"),
            files: format!("http://{files_address}"),
            serves_files: false,
            stop: stop.clone(),
            request_number: Arc::default(),
        };
        let files = Service { serves_files: true, ..service.clone() };
        let task = tokio::spawn(async move {
            tokio::join!(service.serve(listener), files.serve(files_listener));
        });
        Ok(Emulator { github, address, files_address, stop, task })
    }

    /// Where the server is: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The host which gives files away, another origin than [`url`](Emulator::url) by its port,
    /// as object storage is on GitHub. A token sent there shows in
    /// [`Request::authorization`](crate::Request::authorization), and is refused.
    pub fn files_url(&self) -> String {
        format!("http://{}", self.files_address)
    }

    /// What the server answers for.
    pub fn github(&self) -> &GitHub {
        &self.github
    }

    /// Stops the server. Answers under way are cut off, and connections are refused afterwards.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(STOP_LIMIT, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Answers a request, unless the server stops before.
async fn respond(State(service): State<Service>, request: axum::extract::Request) -> Response {
    let stop = service.stop.clone();
    tokio::select! {
        response = service.respond(request) => response,
        () = stop.cancelled() => git_http::plain(StatusCode::SERVICE_UNAVAILABLE, ""),
    }
}

impl Service {
    /// Answers on a listener until the server stops.
    async fn serve(self, listener: TcpListener) {
        let stopped = self.stop.clone().cancelled_owned();
        let listener = listener.tap_io(|connection| {
            // Only a matter of speed.
            let _ = connection.set_nodelay(true);
        });
        let router = Router::new().fallback(respond).with_state(self);
        // It never fails, as its documentation says.
        let _ = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
    }

    async fn respond(&self, request: axum::extract::Request) -> Response {
        let received_at = Instant::now();
        let (head, body) = request.into_parts();
        let host = head.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let for_file = self.serves_files || files::is_path(head.uri.path());
        let target = Target::parse(host.unwrap_or_default(), head.uri.path()).filter(|_| !for_file);
        let is_link = head.uri.path().starts_with(lfs::DOWNLOAD_PATH);
        let flight = self.github.flights().begin(target.is_none() && !for_file && !is_link);
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let origin = host.map_or_else(|| self.origin.clone(), |host| format!("http://{host}"));
        let body = axum::body::to_bytes(body, REQUEST_LIMIT).await;
        let received_bytes = body.as_ref().map_or(0, Bytes::len) as u64;
        let body = body.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE).and_then(|body| inflate(body, &head.headers));

        let endpoint = target.as_ref().map(|target| target.endpoint);
        let words = match (&body, endpoint) {
            (Ok(body), Some(Endpoint::UploadPack)) => pkt_line::words(body),
            _ => Vec::new(),
        };
        let class = match for_file {
            true => RequestClass::File,
            false => classify(endpoint, &head.method, head.uri.path(), &words),
        };
        let query = body.as_ref().ok().filter(|_| matches!(class, RequestClass::GraphQl | RequestClass::LfsBatch));
        let record = self.github.record(Request {
            class,
            received_at,
            method: head.method.to_string(),
            host: host.map(str::to_owned),
            path: path.to_owned(),
            status: 0,
            received_bytes,
            sent_bytes: 0,
            words,
            body: query.map(|body| String::from_utf8_lossy(body).into_owned()),
            authorization: caller::scheme(&head.headers),
            user_agent: head
                .headers
                .get(header::USER_AGENT)
                .map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned()),
        });

        if let Some(hook) = self.github.hook() {
            let path = path.to_owned();
            // A hook which panics fails the test by itself.
            let _ = tokio::task::spawn_blocking(move || hook(&class, &path)).await;
        }
        if let Some(latency) = self.github.latency() {
            tokio::time::sleep(latency).await;
        }
        let fault = self.github.take_fault(class, path);
        let here = format!("{origin}{path}");
        let caller = Caller::identify(&head.headers, &self.github);
        let (method, uri, headers) = (&head.method, &head.uri, &head.headers);
        let response = match (body, target) {
            (Err(status), _) => git_http::plain(status, status.canonical_reason().unwrap_or("")),
            (Ok(_), None) if class == RequestClass::LfsObject => {
                lfs::answer_download(&self.github, method, uri.path(), headers)
            }
            (Ok(_), None) if for_file => {
                let call = FileCall { method, uri, headers, on_files_host: self.serves_files, files: &self.files };
                files::answer(&self.github, &call, &caller)
            }
            (Ok(body), None) => {
                let files = self.files.clone();
                let call = ApiCall { method, uri, headers, body: &body, origin, files };
                rest::answer(&self.github, &call, &caller, flight.api_requests)
            }
            (Ok(body), Some(target)) => {
                git_http::answer(&self.github, GitCall { target, method, uri, headers, body, origin }, &caller)
            }
        };
        let response = match &fault {
            Some(fault) => replace(fault, response, &here),
            None => response,
        };
        self.finish(response, fault, record, flight)
    }

    /// Counts the body of an answer while it is sent, spoils it, and cuts it off when the server
    /// stops.
    fn finish(&self, response: Response, fault: Option<FaultKind>, record: Arc<Record>, flight: Flight) -> Response {
        let (mut head, body) = response.into_parts();
        record.answered(head.status.as_u16());
        let number = self.request_number.fetch_add(1, Ordering::Relaxed);
        if let Ok(id) = HeaderValue::try_from(format!("E401:{number:06X}")) {
            head.headers.entry("x-github-request-id").or_insert(id);
        }
        if let Some(date) = self.github.date().and_then(|date| HeaderValue::try_from(date).ok()) {
            head.headers.entry(header::DATE).or_insert(date);
        }
        let size = body.size_hint().exact();
        let mut landing = Landing::new(flight, size.filter(|_| fault.is_none()));
        let mut body: ByteStream = body.into_data_stream().map_err(io::Error::other).boxed();
        match fault {
            Some(fault) => {
                if matches!(fault, FaultKind::Truncate { .. }) {
                    head.headers.remove(header::CONTENT_LENGTH);
                }
                body = fault.spoil(body);
            }
            None => {
                if let Some(size) = size.filter(|_| head.status != StatusCode::NOT_MODIFIED) {
                    head.headers.entry(header::CONTENT_LENGTH).or_insert(size.into());
                }
            }
        }
        let stop = self.stop.clone();
        let cut = stream::once(async move { stop.is_cancelled() })
            .filter_map(|stopped| async move { stopped.then(|| Err(io::ErrorKind::ConnectionAborted.into())) });
        let body = body
            .take_until(self.stop.clone().cancelled_owned())
            .chain(cut)
            .inspect_ok(move |bytes: &Bytes| {
                record.sent(bytes.len());
                landing.sent(bytes.len());
            })
            // What a stream holds is dropped only when another follows.
            .chain(stream::empty());
        Response::from_parts(head, Body::from_stream(body))
    }
}

/// The class of a request.
fn classify(endpoint: Option<Endpoint>, method: &Method, path: &str, words: &[String]) -> RequestClass {
    match endpoint {
        None if method == Method::POST && graphql::is_path(path) => RequestClass::GraphQl,
        None if path.starts_with(lfs::DOWNLOAD_PATH) => RequestClass::LfsObject,
        Some(Endpoint::LfsBatch) => RequestClass::LfsBatch,
        Some(Endpoint::InfoRefs) => RequestClass::InfoRefs,
        Some(Endpoint::UploadPack) if method == Method::POST => {
            if words.first().is_some_and(|word| word == "command=ls-refs") {
                RequestClass::LsRefs
            } else {
                RequestClass::Fetch
            }
        }
        _ => RequestClass::Api,
    }
}

/// The body of a request without its compression.
fn inflate(body: Bytes, headers: &HeaderMap) -> Result<Bytes, StatusCode> {
    match headers.get(header::CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(body),
        Some(b"gzip" | b"x-gzip") => {
            let mut inflated = Vec::new();
            MultiGzDecoder::new(&body[..])
                .take(REQUEST_LIMIT as u64 + 1)
                .read_to_end(&mut inflated)
                .map_err(|_| StatusCode::BAD_REQUEST)?;
            if inflated.len() > REQUEST_LIMIT {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
            Ok(inflated.into())
        }
        Some(_) => Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
    }
}

/// The answer in place of the real one, if the fault is of that kind. `here` is the address of
/// the request.
fn replace(fault: &FaultKind, real: Response, here: &str) -> Response {
    match fault {
        FaultKind::Status { status, headers, body } => {
            let status = StatusCode::from_u16(*status).expect("a fault's status is between 100 and 999");
            let mut response = git_http::plain(status, body);
            // Only answers of the API tell a rate limit.
            for (name, value) in real.headers() {
                if name.as_str().starts_with("x-ratelimit-") {
                    response.headers_mut().insert(name, value.clone());
                    let json = HeaderValue::from_static("application/json; charset=utf-8");
                    response.headers_mut().insert(header::CONTENT_TYPE, json);
                }
            }
            // The first of a name replaces what is there, more are added.
            let mut own = HeaderMap::new();
            for (name, value) in headers {
                let name = HeaderName::try_from(name).expect("a fault's header has a valid name");
                let value = HeaderValue::try_from(value).expect("a fault's header has a valid value");
                own.append(name, value);
            }
            response.headers_mut().extend(own);
            response
        }
        FaultKind::Garbage { body } => {
            let mut response = Response::new(Body::from(body.clone()));
            if let Some(kind) = real.headers().get(header::CONTENT_TYPE) {
                response.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
            }
            response
        }
        FaultKind::RedirectLoop => git_http::redirect(StatusCode::FOUND, here),
        FaultKind::RedirectTo { location } => git_http::redirect(StatusCode::FOUND, location),
        FaultKind::Reset { .. }
        | FaultKind::Truncate { .. }
        | FaultKind::FlipByte { .. }
        | FaultKind::Slow { .. }
        | FaultKind::Hang { .. } => real,
    }
}
