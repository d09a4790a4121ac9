//! `GET` of an object by its link, which needs the header of its action and takes no token.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use futures::stream;

use super::{Content, LfsScript, batch};
use crate::git_http::{plain, redirect};
use crate::github::GitHub;

/// What paths of links begin with.
pub(crate) const PATH: &str = "/-/lfs-objects/";

/// Answers a request for a link.
pub(crate) fn answer(github: &GitHub, method: &Method, path: &str, headers: &HeaderMap) -> Response {
    let mut parts = path.strip_prefix(PATH).unwrap_or_default().split('/');
    let repository = parts.next().and_then(|id| id.parse::<u64>().ok());
    let (oid, link) = (parts.next(), parts.next().and_then(|link| link.parse::<u64>().ok()));
    let (Some(repository), Some(oid), Some(link), true) = (repository, oid, link, method == Method::GET) else {
        return plain(StatusCode::NOT_FOUND, "Not found.");
    };
    let held = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if held != Some(&format!("RemoteAuth {}", batch::secret(link))) {
        return plain(StatusCode::FORBIDDEN, "<Error><Code>AccessDenied</Code></Error>");
    }
    let mut state = github.state();
    if state.lfs.expired.contains(&link) {
        return plain(
            StatusCode::FORBIDDEN,
            "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
        );
    }
    let Some(object) = state.lfs.object(repository, oid).cloned() else {
        return plain(StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>");
    };
    drop(state);
    let mut content = object.content;
    let mut takes_ranges = true;
    for script in object.scripts {
        match script {
            LfsScript::WrongBytes(bytes) => content = Some(Content::Bytes(bytes.into())),
            LfsScript::RedirectTo { status, location } => {
                return redirect(StatusCode::from_u16(status).expect("a script's status is one"), &location);
            }
            LfsScript::IgnoresRange => takes_ranges = false,
            _ => {}
        }
    }
    match content {
        Some(content) => send(content, headers.get(header::RANGE).filter(|_| takes_ranges)),
        None => plain(StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>"),
    }
}

/// The content from where the `Range` header says.
fn send(content: Content, range: Option<&HeaderValue>) -> Response {
    let length = content.length();
    let wanted = range.and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("bytes="));
    let first = wanted.and_then(|value| value.split('-').next()?.parse::<u64>().ok());
    if first.is_some_and(|first| first >= length) {
        let mut response = plain(StatusCode::RANGE_NOT_SATISFIABLE, "");
        set(&mut response, header::CONTENT_RANGE, &format!("bytes */{length}"));
        return response;
    }
    let start = first.unwrap_or(0);
    let pieces = stream::unfold((content, start), |(content, offset)| async move {
        let piece = content.piece(offset)?;
        let next = offset + piece.len() as u64;
        Some((Ok::<_, std::io::Error>(piece), (content, next)))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    set(&mut response, header::CONTENT_TYPE, "application/octet-stream");
    set(&mut response, header::CONTENT_LENGTH, &(length - start).to_string());
    if first.is_some() {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        set(&mut response, header::CONTENT_RANGE, &format!("bytes {start}-{}/{length}", length - 1));
    }
    response
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    let value = HeaderValue::from_str(value).expect("a header's value");
    response.headers_mut().insert(name, value);
}
