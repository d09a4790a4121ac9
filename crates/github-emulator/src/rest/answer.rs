//! Answers of the REST API.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

/// The page which documents the API.
const DOCUMENTATION: &str = "https://docs.github.com/rest";

/// An answer before it becomes HTTP.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
    pub(crate) headers: Vec<(HeaderName, String)>,
}

impl Answer {
    pub(crate) fn ok(body: Value) -> Answer {
        Answer { status: StatusCode::OK, body, headers: Vec::new() }
    }

    pub(crate) fn error(status: StatusCode, message: &str) -> Answer {
        let body = json!({
            "message": message,
            "documentation_url": DOCUMENTATION,
            "status": status.as_str(),
        });
        Answer { status, body, headers: Vec::new() }
    }

    pub(crate) fn not_found() -> Answer {
        Answer::error(StatusCode::NOT_FOUND, "Not Found")
    }

    pub(crate) fn unauthenticated() -> Answer {
        Answer::error(StatusCode::UNAUTHORIZED, "Requires authentication")
    }

    pub(crate) fn into_response(self, request: &HeaderMap) -> Response {
        let body =
            if self.body.is_null() && self.status != StatusCode::OK { String::new() } else { self.body.to_string() };
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        if self.status == StatusCode::OK {
            let mut hasher = DefaultHasher::new();
            hasher.write(body.as_bytes());
            let etag = format!("W/\"{:016x}\"", hasher.finish());
            if request.get(header::IF_NONE_MATCH).is_some_and(|known| known == etag.as_str()) {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
            }
            if let Ok(etag) = HeaderValue::try_from(etag) {
                response.headers_mut().insert(header::ETAG, etag);
            }
        }
        if response.status() != StatusCode::NOT_MODIFIED {
            *response.body_mut() = Body::from(body);
        }
        response
    }
}
