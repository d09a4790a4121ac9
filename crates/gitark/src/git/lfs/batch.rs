//! The Batch API: where the content of pointers can be had.

use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use reqwest::{
    Method, Response,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    Error, Oid, Pointer,
    error::{is_quota, shown},
};
use crate::{
    git::{
        Error as GitError,
        remote::{Discovery, Remote},
    },
    http::{self, BodyFailure, REDIRECTS, redirect_target, same_origin},
    reach::Judge,
};

/// Objects of one request, as git-lfs asks for by default.
pub(crate) const BATCH: usize = 100;
const MEDIA_TYPE: &str = "application/vnd.git-lfs+json";
/// Longest answer: some 160 KiB for each object.
const MAXIMUM_ANSWER_BYTES: usize = 16 << 20;
/// Longest answer that is no success.
const MAXIMUM_REFUSAL_BYTES: usize = 64 << 10;
/// Headers of one action, and bytes of one of them, at most.
const MAXIMUM_HEADERS: usize = 64;
const MAXIMUM_HEADER_BYTES: usize = 8 << 10;
/// A link that is valid for less than this is asked for again.
const TOO_SHORT: Duration = Duration::from_secs(5);
/// Headers that are about the connection, or are ours.
const NOT_TAKEN: [&str; 11] = [
    "accept-encoding",
    "connection",
    "content-length",
    "cookie",
    "host",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// The LFS server of one git repository.
#[derive(Debug)]
pub(crate) struct Lfs<'a> {
    pub(super) remote: &'a Remote,
    base: Url,
    judge: Judge,
}

/// How one object can be had.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    until: Option<Instant>,
}

impl Action {
    /// Whether the link works no more, as far as the server told.
    pub(crate) fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() + TOO_SHORT >= until)
    }
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    transfer: Option<String>,
    #[serde(default)]
    hash_algo: Option<String>,
    objects: Vec<Value>,
}

#[derive(Deserialize)]
struct ObjectAnswer {
    #[serde(default)]
    actions: Option<Actions>,
    #[serde(default)]
    error: Option<ObjectError>,
}

#[derive(Deserialize)]
struct Actions {
    #[serde(default)]
    download: Option<ActionAnswer>,
}

#[derive(Deserialize)]
struct ActionAnswer {
    href: String,
    #[serde(default)]
    header: Option<serde_json::Map<String, Value>>,
    #[serde(default)]
    expires_in: Option<f64>,
    #[serde(default)]
    expires_at: Option<String>,
}

#[derive(Deserialize)]
struct ObjectError {
    code: u16,
    #[serde(default)]
    message: String,
}

impl<'a> Lfs<'a> {
    /// The LFS server of the repository that `discovery` found at `remote`.
    pub(crate) fn new(remote: &'a Remote, discovery: &Discovery) -> Self {
        Self { remote, base: discovery.url.clone(), judge: Judge::new(&discovery.url) }
    }

    /// Asks where up to [`BATCH`] objects can be had: an answer for each, in the same order.
    ///
    /// # Errors
    /// What concerns all of them.
    pub(crate) async fn actions(&self, pointers: &[Pointer]) -> Result<Vec<Result<Action, Error>>, Error> {
        let objects: Vec<Value> =
            pointers.iter().map(|pointer| json!({ "oid": pointer.oid, "size": pointer.size })).collect();
        let request = json!({
            "operation": "download", "transfers": ["basic"], "objects": objects, "hash_algo": "sha256",
        });
        let asked = Instant::now();
        let body = self.ask(request.to_string().into()).await?;
        let odd = |text: String| Error::from(GitError::Protocol(text));
        let answer: Answer =
            serde_json::from_slice(&body).map_err(|error| odd(format!("of the LFS batch: {error}")))?;
        if answer.transfer.as_deref().is_some_and(|transfer| transfer != "basic") {
            return Err(odd("the LFS server wants a way of transfer that was not offered".into()));
        }
        if answer.hash_algo.as_deref().is_some_and(|hash| hash != "sha256") {
            return Err(odd("the LFS server names objects by another hash than SHA-256".into()));
        }
        let mut found: std::collections::HashMap<Oid, Value> = answer
            .objects
            .into_iter()
            .filter_map(|object| Some((Oid::from_hex(object.get("oid")?.as_str()?)?, object)))
            .collect();
        let now = |pointer: &Pointer| match found.remove(&pointer.oid) {
            Some(object) => self.action(object, asked),
            None => Err(odd("the LFS server says nothing of it".into())),
        };
        Ok(pointers.iter().map(now).collect())
    }

    fn action(&self, object: Value, asked: Instant) -> Result<Action, Error> {
        let odd = |text: String| Error::from(GitError::Protocol(text));
        let object: ObjectAnswer = serde_json::from_value(object).map_err(|error| odd(error.to_string()))?;
        if let Some(error) = object.error {
            return Err(Error::object(error.code, &error.message));
        }
        let Some(action) = object.actions.and_then(|actions| actions.download) else {
            return Err(odd("the LFS server offers no download of it".into()));
        };
        // Relative to nothing: an address of another place would be taken for one of the git server's.
        let url = Url::parse(&action.href).map_err(|error| odd(format!("a link is no address ({error})")))?;
        let until = match (action.expires_in, action.expires_at.and_then(|time| time.parse::<Timestamp>().ok())) {
            // Zero and an age ago are how servers say that it does not expire.
            (Some(0.0), _) => None,
            (Some(seconds), _) => Some(asked + Duration::try_from_secs_f64(seconds).unwrap_or_default().min(DAY)),
            (None, Some(time)) if time.as_second() > 0 => {
                let left = Duration::try_from(time.duration_since(Timestamp::now())).unwrap_or_default();
                Some(asked + left.min(DAY))
            }
            _ => None,
        };
        Ok(Action { url, headers: headers(action.header.unwrap_or_default())?, until })
    }

    /// Sends a batch request; the body of a success.
    async fn ask(&self, body: Bytes) -> Result<Bytes, Error> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/info/lfs/objects/batch", url.path().trim_end_matches('/')));
        for _ in 0..=REDIRECTS {
            self.check(&url).await?;
            let request = self.remote.http().request(Method::POST, url.clone());
            let request = request.header(ACCEPT, MEDIA_TYPE).header(CONTENT_TYPE, MEDIA_TYPE).body(body.clone());
            let with_token = same_origin(&url, self.remote.url());
            let response = self.remote.send(request, with_token, "ask for LFS objects").await?;
            match redirect_target(&url, &response) {
                Some(target) => url = target,
                None if response.status().is_success() => return self.body(response, MAXIMUM_ANSWER_BYTES).await,
                None => return Err(self.refusal(response).await),
            }
        }
        Err(GitError::Protocol(format!("the LFS server redirects more than {REDIRECTS} times")).into())
    }

    /// Refuses `url` if the server must not send us there.
    pub(super) async fn check(&self, url: &Url) -> Result<(), Error> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(GitError::Protocol("a link is no address of the web".into()).into());
        }
        match self.judge.objection(url).await {
            Some(objection) => Err(Error::UnsafeAddress(format!("{}, {objection}", http::shown_link(url)))),
            None => Ok(()),
        }
    }

    /// What a status that is no success means for all objects.
    async fn refusal(&self, response: Response) -> Error {
        let status = response.status().as_u16();
        let retry_after = http::retry_after(response.headers());
        let body = self.body(response, MAXIMUM_REFUSAL_BYTES).await.unwrap_or_default();
        let said = serde_json::from_slice::<Value>(&body).unwrap_or_default();
        let message = said.get("message").and_then(Value::as_str).unwrap_or_default();
        match status {
            _ if is_quota(status, message) => Error::Quota(shown(message)),
            404 | 410 | 501 => Error::NoLfs(status),
            401 | 403 => Error::Forbidden { status, message: shown(message) },
            _ => GitError::Status { url: http::shown(self.remote.url()), status, retry_after }.into(),
        }
    }

    async fn body(&self, response: Response, maximum: usize) -> Result<Bytes, Error> {
        http::body(response, maximum, self.remote.cancel()).await.map_err(|failure| {
            Error::from(match failure {
                BodyFailure::Cut(cut) => GitError::cut("read the answer of the LFS server", cut),
                BodyFailure::TooLong => GitError::Protocol(format!("it has more than {maximum} bytes")),
            })
        })
    }
}

/// Longest time that a link is believed to be valid.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The headers of an action, but for those that are not the server's to choose.
fn headers(given: serde_json::Map<String, Value>) -> Result<HeaderMap, Error> {
    let odd = |text: &str| Error::from(GitError::Protocol(format!("the headers of a link {text}")));
    if given.len() > MAXIMUM_HEADERS {
        return Err(odd("are too many"));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let value = value.as_str().filter(|value| value.len() <= MAXIMUM_HEADER_BYTES);
        let value = value.and_then(|value| HeaderValue::from_str(value).ok()).ok_or_else(|| odd("are not text"))?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| odd("have impossible names"))?;
        if !NOT_TAKEN.contains(&name.as_str()) {
            let mut value = value;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
    }
    Ok(headers)
}
