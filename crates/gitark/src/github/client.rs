//! Requests to the API: authentication, redirects, status, paging.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{
    Response, StatusCode,
    header::{ACCEPT, HeaderMap, LINK},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::Error;
use crate::{
    http::{self, BodyFailure, REDIRECTS, Token, redirect_target, same_origin},
    retry::RetryPolicy,
};

/// Longest answer that is read.
const MAXIMUM_ANSWER_BYTES: usize = 64 << 20;
/// Most pages of one list: a list that goes on is a loop.
const MAXIMUM_PAGES: usize = 10_000;
/// Items of a page; GitHub gives no more.
const PAGE_ITEMS: &str = "100";
/// GitHub asks that the version be named.
const API_VERSION: &str = "2022-11-28";

/// One GitHub: its API, and where its git repositories are.
#[derive(Clone, Debug)]
pub struct GitHub {
    http: reqwest::Client,
    api: Url,
    git: Url,
    token: Option<Token>,
    retry: RetryPolicy,
    cancel: CancellationToken,
}

impl GitHub {
    /// The GitHub whose API is at `api` (`https://api.github.com`, `https://HOST/api/v3`, `https://api.X.ghe.com`).
    ///
    /// # Errors
    /// [`Error::BadUrl`].
    pub fn new(
        http: reqwest::Client,
        api: &str,
        token: Option<Token>,
        retry: RetryPolicy,
        cancel: CancellationToken,
    ) -> Result<Self, Error> {
        // What stands before an @ may be a secret.
        let shown = api.rsplit('@').next().unwrap_or_default();
        let bad = || Error::BadUrl(shown.to_owned());
        let mut api_url = Url::parse(api).map_err(|_| bad())?;
        if !matches!(api_url.scheme(), "http" | "https")
            || api_url.host_str().is_none()
            || !api_url.username().is_empty()
            || api_url.password().is_some()
        {
            return Err(bad());
        }
        api_url.set_query(None);
        api_url.set_fragment(None);
        let path = api_url.path().trim_end_matches('/').to_owned();
        api_url.set_path(&path);
        // Clone addresses are made, not taken from answers: a token must not follow an answer to another host.
        let mut git = api_url.clone();
        git.set_path("");
        let host = api_url.host_str().unwrap_or_default();
        let cloud = host == "api.github.com" || (host.starts_with("api.") && host.ends_with(".ghe.com"));
        if let (true, Some(plain)) = (cloud, host.strip_prefix("api.")) {
            git.set_host(Some(plain)).map_err(|_| bad())?;
        }
        Ok(Self { http, api: api_url, git, token, retry, cancel })
    }

    /// The host that names the vault's folder: the API's, and `github.com` for `api.github.com`.
    pub fn host(&self) -> &str {
        self.git.host_str().unwrap_or_default()
    }

    /// Whether requests carry a token.
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// The git repository `OWNER/REPO`, or its wiki with `infix` `.wiki`.
    pub fn remote(&self, full_name: &str, infix: &str) -> crate::git::remote::Remote {
        let mut url = self.git.clone();
        url.set_path(&format!("{full_name}{infix}.git"));
        crate::git::remote::Remote::new(self.http.clone(), url, self.token.clone(), self.cancel.clone())
    }

    /// How failures are tried again.
    pub fn retry(&self) -> RetryPolicy {
        self.retry
    }

    /// The address of `path` below the API.
    pub(super) fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.api.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// One answer as JSON.
    pub(super) async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, Error> {
        let (value, _) = self.get_with_headers(url).await?;
        Ok(value)
    }

    /// All items of a list, page after page.
    pub(super) async fn get_all(&self, mut url: Url) -> Result<Vec<Value>, Error> {
        url.query_pairs_mut().append_pair("per_page", PAGE_ITEMS);
        let mut items = Vec::new();
        for _ in 0..MAXIMUM_PAGES {
            let (page, headers): (Vec<Value>, _) = self.get_with_headers(url.clone()).await?;
            items.extend(page);
            let Some(next) = next_page(&url, &headers) else {
                return Ok(items);
            };
            if !same_origin(&next, &self.api) {
                let problem = format!("its next page is on another host, {next}");
                return Err(Error::Answer { url: url.to_string(), problem });
            }
            if next == url {
                return Err(Error::Answer { url: url.to_string(), problem: "its next page is itself".into() });
            }
            url = next;
        }
        Err(Error::Answer { url: url.to_string(), problem: format!("it has more than {MAXIMUM_PAGES} pages") })
    }

    async fn get_with_headers<T: DeserializeOwned>(&self, url: Url) -> Result<(T, HeaderMap), Error> {
        let notify = |error: &Error, wait: Duration| {
            tracing::warn!("{}; trying again in {wait:.1?}", crate::cause::chain(error));
        };
        let (body, headers) =
            self.retry.run(&self.cancel, Error::is_transient, notify, || self.get_once(url.clone())).await?;
        match serde_json::from_slice(&body) {
            Ok(value) => Ok((value, headers)),
            Err(error) => Err(Error::Answer { url: url.to_string(), problem: error.to_string() }),
        }
    }

    async fn get_once(&self, mut url: Url) -> Result<(Bytes, HeaderMap), Error> {
        for _ in 0..=REDIRECTS {
            let mut request = self
                .http
                .get(url.clone())
                .header(ACCEPT, "application/vnd.github+json")
                .header("X-GitHub-Api-Version", API_VERSION);
            if let (Some(token), true) = (&self.token, same_origin(&url, &self.api)) {
                request = request.bearer_auth(token.secret());
            }
            let network =
                |source: reqwest::Error| Error::Network { url: url.to_string(), source: source.without_url() };
            let response = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(Error::Cancelled),
                response = request.send() => response.map_err(network)?,
            };
            if let Some(target) = redirect_target(&url, &response) {
                url = target;
                continue;
            }
            let (status, headers) = (response.status(), response.headers().clone());
            let body = self.body(&url, response).await?;
            return if status.is_success() { Ok((body, headers)) } else { Err(failure(&url, status, &headers, &body)) };
        }
        Err(Error::Answer { url: url.to_string(), problem: format!("it redirects more than {REDIRECTS} times") })
    }

    async fn body(&self, url: &Url, response: Response) -> Result<Bytes, Error> {
        http::body(response, MAXIMUM_ANSWER_BYTES, &self.cancel).await.map_err(|failure| match failure {
            BodyFailure::Cancelled => Error::Cancelled,
            BodyFailure::TooLong => Error::Answer {
                url: url.to_string(),
                problem: format!("it has more than {MAXIMUM_ANSWER_BYTES} bytes"),
            },
            BodyFailure::Broken(source) => Error::Network { url: url.to_string(), source },
        })
    }
}

/// The address behind `rel="next"` in the header `Link` (RFC 8288, as GitHub writes it).
fn next_page(url: &Url, headers: &HeaderMap) -> Option<Url> {
    let link = headers.get(LINK)?.to_str().ok()?;
    link.split(',').find_map(|part| {
        let (target, parameters) = part.trim().strip_prefix('<')?.split_once('>')?;
        parameters.contains("rel=\"next\"").then(|| url.join(target).ok())?
    })
}

/// What a status other than success means. See "Rate limits for the REST API" in GitHub's documentation.
fn failure(url: &Url, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
    let url = url.to_string();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let limited = header("x-ratelimit-remaining") == Some("0") || header("retry-after").is_some();
    if limited && matches!(status, StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS) {
        // A pause that is asked for says more than the end of the hour.
        let seconds = |name| header(name).and_then(|seconds| seconds.parse::<i64>().ok());
        let reset = match seconds("retry-after") {
            Some(pause) => jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_secs(pause)).ok(),
            None => seconds("x-ratelimit-reset").and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()),
        };
        let reset = reset.map_or("a time not told".into(), |time| format!("{time:.0}"));
        return Error::RateLimited { url, reset };
    }
    if status == StatusCode::UNAUTHORIZED {
        return Error::Unauthorized { url };
    }
    let said: Option<Value> = serde_json::from_slice(body).ok();
    let message = said.as_ref().and_then(|said| said.get("message")?.as_str()).unwrap_or("no message");
    let message = message.chars().filter(|c| !c.is_control()).take(200).collect();
    Error::Status { url, status: status.as_u16(), message }
}
