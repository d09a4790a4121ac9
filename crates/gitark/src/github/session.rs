//! Requests with one credential: authentication, redirects, status, limits, paging.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::Timestamp;
use reqwest::{
    Method, Response, StatusCode,
    header::{ACCEPT, HeaderMap, IF_NONE_MATCH},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::{
    App, Error, accounts, answer,
    app::{Installation, Minted},
    budget::Budget,
    client::Server,
    limits::{self, Resource},
    pages::{self, Walk},
};
use crate::{
    cause,
    http::{self, BodyFailure, Cut, NoToken, REDIRECTS, Token, TokenSource, redirect_target, same_origin, shown},
};

/// Longest answer that is read, inflated: a page of a hundred repositories has less than one MiB.
const MAXIMUM_ANSWER_BYTES: usize = 16 << 20;
/// Items of a page; GitHub gives no more.
const PAGE_ITEMS: &str = "100";
/// GitHub asks that the version be named.
const API_VERSION: &str = "2022-11-28";
/// The usual form of answers.
pub(super) const JSON: &str = "application/vnd.github+json";
/// A token that ends sooner than this is made anew: what is asked now may take a while.
const RENEWED_BEFORE_END: Duration = Duration::from_secs(5 * 60);

/// Who asks.
#[derive(Debug)]
pub(super) enum Caller {
    Anonymous,
    Token(Token),
    /// An app itself, which signs each request anew.
    App(App),
    Installation {
        app: App,
        installation: Installation,
        minted: Mutex<Option<(Token, Instant)>>,
    },
}

/// Requests with one credential, which share a budget.
#[derive(Debug)]
pub(super) struct Session {
    server: Arc<Server>,
    caller: Caller,
    budget: Budget,
}

/// What a request sends besides its address.
struct Ask<'a> {
    method: Method,
    url: Url,
    body: Option<&'a Value>,
    resource: Resource,
    /// The token to use in place of the session's.
    token: Option<Token>,
    /// What was answered the last time: the same is no answer again.
    etag: Option<&'a str>,
    /// The form of the answer.
    accept: &'static str,
}

impl<'a> Ask<'a> {
    fn rest(method: Method, url: Url) -> Self {
        Self { method, url, body: None, resource: Resource::Rest, token: None, etag: None, accept: JSON }
    }

    fn get(url: Url) -> Self {
        Self::rest(Method::GET, url)
    }

    fn query(url: Url, body: &'a Value) -> Self {
        Self { body: Some(body), resource: Resource::GraphQl, ..Self::rest(Method::POST, url) }
    }
}

/// An answer.
pub(super) struct Answer {
    pub(super) body: Bytes,
    pub(super) headers: HeaderMap,
    /// Whether there is no body because nothing changed.
    is_same: bool,
    /// Whether there is no body because the status says all.
    is_content_free: bool,
}

impl Answer {
    /// The body, null where it is no JSON.
    pub(super) fn value(&self) -> Value {
        answer::value(&self.body).unwrap_or_default()
    }
}

impl Session {
    pub(super) fn new(server: Arc<Server>, caller: Caller, budget: Budget) -> Self {
        Self { server, caller, budget }
    }

    /// How many requests went out, and how long an answer took on average.
    pub(super) fn traffic(&self) -> (u64, Duration) {
        self.budget.traffic()
    }

    /// The login whose installation this is.
    pub(super) fn installation(&self) -> Option<&str> {
        self.installed_for().map(|account| account.login.as_str())
    }

    /// The account whose installation this is.
    pub(super) fn installed_for(&self) -> Option<&accounts::Item> {
        match &self.caller {
            Caller::Installation { installation, .. } => Some(&installation.account),
            _ => None,
        }
    }

    pub(super) fn is_anonymous(&self) -> bool {
        matches!(self.caller, Caller::Anonymous)
    }

    /// The server that is asked.
    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// The address of GraphQL.
    pub(super) fn graphql_url(&self) -> Url {
        self.server.graphql_url()
    }

    /// The address of a path below the API.
    pub(super) fn url(&self, segments: &[&str]) -> Url {
        self.server.url(segments)
    }

    /// One answer as JSON.
    pub(super) async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, Error> {
        Ok(self.get_with_headers(url).await?.0)
    }

    /// One answer as JSON, and its headers.
    pub(super) async fn get_with_headers<T: DeserializeOwned>(&self, url: Url) -> Result<(T, HeaderMap), Error> {
        if let Caller::App(app) = &self.caller {
            return self.ask_as_app(app, Method::GET, url).await;
        }
        self.ask(&Ask::get(url)).await
    }

    /// One answer as JSON in the form `accept`, and its headers; none when it is still what `etag` stands for, which costs
    /// nothing of the primary limit.
    ///
    /// <https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate>
    pub(super) async fn get_unless_same(
        &self,
        url: Url,
        accept: &'static str,
        etag: Option<&str>,
    ) -> Result<Option<(Value, HeaderMap)>, Error> {
        self.ask_unless_same(&Ask { etag, accept, ..Ask::get(url) }).await
    }

    /// A GraphQL answer, `data` and `errors`, and its headers.
    pub(super) async fn query(&self, query: &str, variables: Value) -> Result<(Value, HeaderMap), Error> {
        let body = serde_json::json!({ "query": query, "variables": variables });
        self.ask(&Ask::query(self.graphql_url(), &body)).await
    }

    /// The pages of a list, one after the other, each given to `take`, which tells how many items it had not seen yet.
    /// `items` is the field that holds them, where the answer is no array.
    pub(super) async fn pages(
        &self,
        mut url: Url,
        items: Option<&str>,
        mut take: impl FnMut(Vec<Value>, &HeaderMap) -> usize,
    ) -> Result<(), Error> {
        url.query_pairs_mut().append_pair("per_page", PAGE_ITEMS);
        let odd = |url: &Url, problem: String| Error::Answer { url: shown(url), problem };
        let mut walk = Walk::default();
        loop {
            walk.enter(&url).map_err(|problem| odd(&url, problem))?;
            let (mut page, headers): (Value, _) = self.get_with_headers(url.clone()).await?;
            let page = match items {
                Some(items) => page.get_mut(items).map(Value::take),
                None => Some(page.take()),
            };
            let Some(Value::Array(page)) = page else {
                return Err(odd(&url, "a list is expected".into()));
            };
            let is_empty = page.is_empty();
            let new = take(page, &headers);
            let next = pages::next(&url, &headers).map_err(|problem| odd(&url, problem))?;
            let Some(next) = next else { return Ok(()) };
            if new == 0 && !is_empty {
                return Err(odd(&url, "it repeats what earlier pages said".into()));
            }
            url = next;
        }
    }

    async fn ask<T: DeserializeOwned>(&self, ask: &Ask<'_>) -> Result<(T, HeaderMap), Error> {
        let odd = || Error::Answer { url: shown(&ask.url), problem: "it is the same as none (304)".into() };
        self.ask_unless_same(ask).await?.ok_or_else(odd)
    }

    async fn ask_unless_same<T: DeserializeOwned>(&self, ask: &Ask<'_>) -> Result<Option<(T, HeaderMap)>, Error> {
        let server = &self.server;
        let notify = |error: &Error, wait: Duration| {
            tracing::warn!("{}; trying again in {wait:.1?}", cause::chain(error));
        };
        let attempt = || async {
            let answer = self.send(ask).await?;
            let body: &[u8] = match answer.body.is_empty() {
                // No content says "yes".
                true if answer.is_content_free => b"null",
                _ => &answer.body,
            };
            match answer.is_same {
                true => Ok(None),
                false => Ok(Some((answer::decode(body, &ask.url)?, answer.headers))),
            }
        };
        // Pauses for limits are the budget's, and no tries.
        server.retry.run(&server.cancel, Error::is_transient, |_| None, notify, attempt).await
    }

    /// One request, whatever is answered: no wait for a limit, and no second try. A body makes it a POST.
    pub(super) async fn look(
        &self,
        url: Url,
        body: Option<&Value>,
        token: Option<&Token>,
    ) -> Result<(StatusCode, Answer), Error> {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        self.send_once(&Ask { body, ..Ask::rest(method, url) }, token).await
    }

    /// One request, sent again after each pause that a limit asks for.
    async fn send(&self, ask: &Ask<'_>) -> Result<Answer, Error> {
        loop {
            // It may need requests of its own, so it comes before the place among those in flight.
            let token = match &ask.token {
                Some(token) => Some(token.clone()),
                None => self.current_token().await?,
            };
            let permit = self.budget.admit(ask.resource, &ask.url, &self.server.cancel).await?;
            let (status, answer) = self.send_once(ask, token.as_ref()).await?;
            if let Some(pause) = limits::used_up(&answer.headers) {
                permit.used_up(ask.resource, pause);
            }
            let is_good = status.is_success() || answer.is_same;
            let limit = if is_good {
                ask.body.and_then(|_| limits::refused_query(&errors(&answer.body)?))
            } else {
                limits::refused(status, &answer.headers, &answer.body)
            };
            match limit {
                Some(limit) => permit.refused(ask.resource, limit),
                None => {
                    permit.answered();
                    return if is_good { Ok(answer) } else { Err(failure(&ask.url, status, &answer)) };
                }
            }
        }
    }

    /// Begins to read what is no JSON, from a host of this GitHub, after each pause that a limit asks for. A redirect is an
    /// answer here.
    pub(super) async fn open(&self, url: &Url, headers: &HeaderMap) -> Result<Response, Error> {
        let (server, resource) = (&self.server, Resource::Rest);
        loop {
            let token = self.current_token().await?.filter(|_| server.is_ours(url));
            // Only the API counts.
            let permit = match same_origin(url, &server.api) {
                true => Some(self.budget.admit(resource, url, &server.cancel).await?),
                false => None,
            };
            let mut request = server.http.get(url.clone()).headers(headers.clone());
            if let Some(token) = &token {
                request = request.bearer_auth(token.secret());
            }
            let network = |source: reqwest::Error| Error::Network { url: shown(url), source: source.without_url() };
            let response = tokio::select! {
                biased;
                () = server.cancel.cancelled() => return Err(Error::Cancelled),
                response = request.send() => response.map_err(network)?,
            };
            let (status, headers) = (response.status(), response.headers().clone());
            if let (Some(permit), Some(pause)) = (&permit, limits::used_up(&headers)) {
                permit.used_up(resource, pause);
            }
            if status.is_success() || status.is_redirection() {
                permit.iter().for_each(|permit| permit.answered());
                return Ok(response);
            }
            let body = self.body(url, response).await?;
            match (permit, limits::refused(status, &headers, &body)) {
                (Some(permit), Some(limit)) => permit.refused(resource, limit),
                (permit, _) => {
                    permit.iter().for_each(|permit| permit.answered());
                    let answer = Answer { body, headers, is_same: false, is_content_free: false };
                    return Err(failure(url, status, &answer));
                }
            }
        }
    }

    async fn send_once(&self, ask: &Ask<'_>, token: Option<&Token>) -> Result<(StatusCode, Answer), Error> {
        let mut url = ask.url.clone();
        for _ in 0..=REDIRECTS {
            let mut request = self
                .server
                .http
                .request(ask.method.clone(), url.clone())
                .header(ACCEPT, ask.accept)
                .header("X-GitHub-Api-Version", API_VERSION);
            if let (Some(token), true) = (token, same_origin(&url, &self.server.api)) {
                request = request.bearer_auth(token.secret());
            }
            if let Some(etag) = ask.etag {
                request = request.header(IF_NONE_MATCH, etag);
            }
            if let Some(body) = ask.body {
                request = request.header("Content-Type", "application/json").body(body.to_string());
            }
            let network = |source: reqwest::Error| Error::Network { url: shown(&url), source: source.without_url() };
            let response = tokio::select! {
                biased;
                () = self.server.cancel.cancelled() => return Err(Error::Cancelled),
                response = request.send() => response.map_err(network)?,
            };
            // Only what is read may be asked for elsewhere.
            if let (Some(target), &Method::GET) = (redirect_target(&url, &response), &ask.method) {
                url = target;
                continue;
            }
            let (status, headers) = (response.status(), response.headers().clone());
            let is_same = ask.etag.is_some() && status == StatusCode::NOT_MODIFIED;
            let is_content_free = status == StatusCode::NO_CONTENT;
            return Ok((status, Answer { body: self.body(&url, response).await?, headers, is_same, is_content_free }));
        }
        Err(Error::Answer { url: shown(&url), problem: format!("it redirects more than {REDIRECTS} times") })
    }

    async fn body(&self, url: &Url, response: Response) -> Result<Bytes, Error> {
        http::body(response, MAXIMUM_ANSWER_BYTES, &self.server.cancel).await.map_err(|failure| match failure {
            BodyFailure::Cut(Cut::Cancelled) => Error::Cancelled,
            BodyFailure::Cut(Cut::Broken(source)) => Error::Network { url: shown(url), source },
            BodyFailure::TooLong => {
                Error::Answer { url: shown(url), problem: format!("it has more than {MAXIMUM_ANSWER_BYTES} bytes") }
            }
        })
    }

    /// The session's token; an installation's is made anew before it ends.
    pub(super) async fn current_token(&self) -> Result<Option<Token>, Error> {
        match &self.caller {
            Caller::Anonymous | Caller::App(_) => Ok(None),
            Caller::Token(token) => Ok(Some(token.clone())),
            Caller::Installation { app, installation, minted } => {
                // Whoever waits for the lock finds the new one.
                let mut minted = minted.lock().await;
                if let Some((token, end)) = &*minted
                    && *end > Instant::now() + RENEWED_BEFORE_END
                {
                    return Ok(Some(token.clone()));
                }
                let path = ["app", "installations", &installation.id.to_string(), "access_tokens"];
                let (answer, headers) = self.ask_as_app::<Minted>(app, Method::POST, self.url(&path)).await?;
                // How long it lasts is told by the server's clock, whatever ours says.
                let now = http::date(&headers).unwrap_or_else(Timestamp::now);
                let lifetime = Duration::try_from(answer.expires_at.duration_since(now)).unwrap_or_default();
                let token = Token::new(&answer.token);
                *minted = Some((token.clone(), Instant::now() + lifetime));
                Ok(Some(token))
            }
        }
    }

    /// Asks as the app itself. When GitHub refuses the app's token, it is signed again by GitHub's clock.
    async fn ask_as_app<T: DeserializeOwned>(
        &self,
        app: &App,
        method: Method,
        url: Url,
    ) -> Result<(T, HeaderMap), Error> {
        let sign = |now| app.sign(now).ok_or_else(|| Error::Unauthorized { url: shown(&url), clock: None });
        let mut ask = Ask { token: Some(sign(Timestamp::now())?), ..Ask::rest(method, url.clone()) };
        match Box::pin(self.ask(&ask)).await {
            Err(Error::Unauthorized { clock: Some(clock), .. }) => {
                ask.token = Some(sign(clock)?);
                Box::pin(self.ask(&ask)).await
            }
            result => result,
        }
        .map_err(|error| match error {
            Error::Unauthorized { url, .. } => Error::AppRefused { url },
            error => error,
        })
    }
}

impl TokenSource for Session {
    fn has_token(&self) -> bool {
        !self.is_anonymous()
    }

    fn token(&self) -> BoxFuture<'_, Result<Option<Token>, NoToken>> {
        Box::pin(async { Ok(self.current_token().await?) })
    }
}

/// The `errors` of a GraphQL answer. Most have none, and are not decoded for it.
fn errors(body: &[u8]) -> Option<Value> {
    const FIELD: &[u8] = b"\"errors\"";
    body.windows(FIELD.len()).any(|part| part == FIELD).then_some(())?;
    answer::value(body).and_then(|mut answer| Some(answer.get_mut("errors")?.take()))
}

/// What a status other than success means.
fn failure(url: &Url, status: StatusCode, answer: &Answer) -> Error {
    let headers = &answer.headers;
    let url = shown(url);
    if status == StatusCode::UNAUTHORIZED {
        return Error::Unauthorized { url, clock: http::date(headers) };
    }
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if header("x-github-sso").is_some_and(|sso| sso.starts_with("required")) {
        return Error::SingleSignOn { url };
    }
    let said: Option<Value> = answer::value(&answer.body);
    let message = said.as_ref().and_then(|said| said.get("message")?.as_str()).unwrap_or("no message");
    let mut message: String = message.chars().filter(|c| !c.is_control()).take(200).collect();
    let needed = header("x-accepted-github-permissions").map(cause::printable);
    if let Some(needed) = &needed {
        message.push_str(&format!(" (the token needs {needed})"));
    }
    Error::Status { url, status: status.as_u16(), message, needed }
}
