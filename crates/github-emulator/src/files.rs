//! The files of releases and texts, which another host than that of the API gives away.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::Response;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::archive;
use crate::attachment::Attachment;
use crate::caller::Caller;
use crate::content::Content;
use crate::git_http::{plain, redirect};
use crate::github::GitHub;
use crate::link::{LIFETIME, LinkFault};
use crate::release::Release;
use crate::state::{Lookup, State};

/// The files there are.
pub(crate) struct Files {
    /// The releases of repositories, the oldest first.
    pub(crate) releases: BTreeMap<u64, Vec<Release>>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) link_lifetime: i64,
    last_id: u64,
}

impl Default for Files {
    fn default() -> Files {
        Files { releases: BTreeMap::new(), attachments: Vec::new(), link_lifetime: LIFETIME, last_id: 0 }
    }
}

impl Files {
    /// The id of the next release, asset or attachment.
    pub(crate) fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

/// A request for a file.
pub(crate) struct FileCall<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    /// Whether it came to the host of files.
    pub(crate) on_files_host: bool,
    /// `http://host:port` of the host of files.
    pub(crate) files: &'a str,
}

/// A file as it is sent.
struct File {
    name: String,
    content: Content,
    at: i64,
}

/// Whether a path on the web leads to a file.
pub(crate) fn is_path(path: &str) -> bool {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    matches!(*segments, ["user-attachments", ..] | [_, _, "releases", "download", _, _])
}

/// Answers a request for a file.
pub(crate) fn answer(github: &GitHub, call: &FileCall<'_>, caller: &Caller) -> Response {
    if call.method != Method::GET && call.method != Method::HEAD {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed.");
    }
    if call.on_files_host {
        return call.serve(github);
    }
    match call.leads_to(github, caller) {
        Some(path) => redirect(StatusCode::FOUND, &format!("{}{}", call.files, github.sign(&path))),
        None => plain(StatusCode::NOT_FOUND, "Not Found"),
    }
}

impl FileCall<'_> {
    /// The path on the host of files which a path on the web leads to.
    fn leads_to(&self, github: &GitHub, caller: &Caller) -> Option<String> {
        let state = github.state();
        let path = self.uri.path();
        if let Some(attachment) = state.files.attachments.iter().find(|found| found.signed && found.path == path) {
            return Some(attachment.file.clone());
        }
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let [owner, name, "releases", "download", tag, file] = *segments else {
            return None;
        };
        let Lookup::Found(entry) = state.lookup(&format!("{owner}/{name}")) else {
            return None;
        };
        if !state.can_see(caller, entry) {
            return None;
        }
        let releases = state.releases(entry, false);
        let release = releases.into_iter().find(|release| release.attributes.tag == tag)?;
        let asset = release.assets.iter().find(|asset| asset.name == file)?;
        Some(asset.path(entry.id))
    }

    fn serve(&self, github: &GitHub) -> Response {
        let path = self.uri.path();
        if let Some((repository, reference)) = archive::target(path) {
            return self.refusal(github).unwrap_or_else(|| archive::serve(github, &repository, &reference));
        }
        let found = find(&github.state(), path);
        let Some((file, signed)) = found else {
            return refusal(StatusCode::NOT_FOUND, "BlobNotFound", "The specified blob does not exist.");
        };
        self.refusal(github).filter(|_| signed).unwrap_or_else(|| self.send(&file))
    }

    /// The answer to a link that does not let anyone read what it leads to.
    fn refusal(&self, github: &GitHub) -> Option<Response> {
        // Two ways to say who one is are one too many for the store behind it.
        if self.headers.contains_key(header::AUTHORIZATION) {
            let message = "Authentication information is not given in the correct format.";
            return Some(refusal(StatusCode::BAD_REQUEST, "InvalidAuthenticationInfo", message));
        }
        let query = axum::extract::Query::<HashMap<String, String>>::try_from_uri(self.uri);
        let query = query.map(|query| query.0).unwrap_or_default();
        match github.check_link(self.uri.path(), &query) {
            Ok(()) => None,
            Err(LinkFault::Expired) => {
                let message = "Signature not valid in the specified time frame";
                Some(refusal(StatusCode::FORBIDDEN, "AuthenticationFailed", message))
            }
            Err(LinkFault::NotSigned) => {
                let message = "Public access is not permitted on this storage account.";
                Some(refusal(StatusCode::CONFLICT, "PublicAccessNotPermitted", message))
            }
        }
    }

    /// Sends a file or the range which is asked for.
    fn send(&self, file: &File) -> Response {
        let size = file.content.size();
        let etag = format!("\"0x{:X}{:08X}\"", file.at, size);
        let modified = Timestamp::from_second(file.at).ok();
        let modified = modified.and_then(|at| DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok());
        let modified = modified.unwrap_or_default();
        let known = |name| self.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let same = |tag: &str| tag == etag || tag == modified;
        let wanted = known(header::RANGE).filter(|_| known(header::IF_RANGE).is_none_or(same));
        let (status, range) = match wanted.map(|wanted| range(wanted, size)) {
            _ if known(header::IF_NONE_MATCH).is_some_and(same) => (StatusCode::NOT_MODIFIED, 0..0),
            None | Some(Wanted::Whole) => (StatusCode::OK, 0..size),
            Some(Wanted::Part(range)) => (StatusCode::PARTIAL_CONTENT, range),
            Some(Wanted::Beyond) => {
                let message = "The range specified is invalid for the current size of the resource.";
                let mut response = refusal(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange", message);
                insert(response.headers_mut(), header::CONTENT_RANGE, &format!("bytes */{size}"));
                return response;
            }
        };
        let length = range.end - range.start;
        let body = match (self.method, status) {
            (&Method::HEAD, _) | (_, StatusCode::NOT_MODIFIED) => Body::empty(),
            _ => Body::from_stream(file.content.stream(range.clone())),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if status != StatusCode::NOT_MODIFIED {
            headers.insert(header::CONTENT_LENGTH, length.into());
        }
        if status == StatusCode::PARTIAL_CONTENT {
            let last = range.end - 1;
            insert(headers, header::CONTENT_RANGE, &format!("bytes {}-{last}/{size}", range.start));
        }
        insert(headers, header::CONTENT_TYPE, content_type(&file.name));
        insert(headers, header::ACCEPT_RANGES, "bytes");
        insert(headers, header::ETAG, &etag);
        insert(headers, header::LAST_MODIFIED, &modified);
        insert(headers, header::CONTENT_DISPOSITION, &format!("attachment; filename={}", file.name));
        response
    }
}

/// The file of a path on the host of files, and whether it needs a signed link.
fn find(state: &State, path: &str) -> Option<(File, bool)> {
    if let Some(found) = state.files.attachments.iter().find(|attachment| attachment.file == path) {
        let Attachment { name, content, at, signed, .. } = found.clone();
        return Some((File { name, content, at }, signed));
    }
    let rest = path.strip_prefix("/github-production-release-asset/")?;
    let repository = rest.split('/').next()?.parse().ok()?;
    let assets = state.files.releases.get(&repository)?.iter().flat_map(|release| &release.assets);
    let asset = assets.into_iter().find(|asset| asset.path(repository) == path)?;
    Some((File { name: asset.name.clone(), content: asset.content.clone(), at: asset.at }, true))
}

/// What a `Range` header asks for.
enum Wanted {
    /// Everything, because the header is of another kind.
    Whole,
    Part(Range<u64>),
    /// What there is not.
    Beyond,
}

fn range(header: &str, size: u64) -> Wanted {
    let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Wanted::Whole;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(count)) if first.is_empty() => size.saturating_sub(count)..size,
        _ => return Wanted::Whole,
    };
    if range.is_empty() { Wanted::Beyond } else { Wanted::Part(range) }
}

/// The media type by a file's name.
pub(crate) fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("txt" | "log" | "md") => "text/plain",
        Some("png") => "image/png",
        Some("zip") => "application/zip",
        Some("gz" | "tgz") => "application/gzip",
        Some("pdf") => "application/pdf",
        _ => "application/octet-stream",
    }
}

/// The store's answer when it gives nothing away.
fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let mut response = plain(status, &body);
    insert(response.headers_mut(), header::CONTENT_TYPE, "application/xml");
    response
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}
