//! One GitHub: where its API and its git repositories are, and with which credentials it is asked.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    App, Credential, Error, Patience, Repository, Share,
    app::Installation,
    budget::Budget,
    session::{Caller, Session},
};
use crate::{
    http::Token,
    monitor::{Monitor, Silent},
    retry::RetryPolicy,
};

/// One GitHub, asked with one or more credentials.
#[derive(Clone, Debug)]
pub struct GitHub {
    server: Arc<Server>,
    sessions: Vec<Arc<Session>>,
}

/// How a GitHub is asked.
#[derive(Clone)]
pub struct Options {
    /// How failures are tried again.
    pub retry: RetryPolicy,
    /// How long limits may make requests wait.
    pub patience: Patience,
    /// The part of each credential's limits that may be used; all when absent.
    pub share: Option<Share>,
    /// Is told of such waits.
    pub monitor: Arc<dyn Monitor>,
    /// Ends requests and waits.
    pub cancel: CancellationToken,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            retry: RetryPolicy::default(),
            patience: Patience::default(),
            share: None,
            monitor: Arc::new(Silent),
            cancel: CancellationToken::new(),
        }
    }
}

/// What all credentials share.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) http: reqwest::Client,
    pub(super) api: Url,
    git: Url,
    pub(super) retry: RetryPolicy,
    patience: Patience,
    pub(super) cancel: CancellationToken,
}

impl Server {
    /// The address of a path below the API.
    pub(super) fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.api.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// The host of this GitHub's pages and git repositories.
    pub(super) fn host(&self) -> &str {
        self.git.host_str().unwrap_or_default()
    }

    /// The address of this GitHub's pages.
    pub(super) fn web(&self) -> &Url {
        &self.git
    }

    /// Whether the token may go there: to the API, and to the pages and git repositories.
    pub(super) fn is_ours(&self, url: &Url) -> bool {
        crate::http::same_origin(url, &self.api) || crate::http::same_origin(url, &self.git)
    }

    /// Beside the REST API; `/api/graphql` where that is `/api/v3`.
    pub(super) fn graphql_url(&self) -> Url {
        let mut url = self.api.clone();
        let path = url.path().trim_end_matches('/');
        let path = format!("{}/graphql", path.strip_suffix("/v3").unwrap_or(path));
        url.set_path(&path);
        url
    }
}

impl GitHub {
    /// The GitHub whose API is at `api` (`https://api.github.com`, `https://HOST/api/v3`, `https://api.X.ghe.com`), asked
    /// with one token or none. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::BadUrl`].
    pub fn new(http: reqwest::Client, api: &str, token: Option<Token>, options: Options) -> Result<Self, Error> {
        let server = Arc::new(Self::server(http, api, &options)?);
        let caller = token.map_or(Caller::Anonymous, Caller::Token);
        let sessions = vec![session(&server, caller, &options)];
        Ok(Self { server, sessions })
    }

    /// The same with any number of credentials. A GitHub App is asked where it is installed.
    ///
    /// # Errors
    /// [`Error::BadUrl`], [`Error::NotInstalled`], and any failure to ask an app.
    pub async fn connect(
        http: reqwest::Client,
        api: &str,
        credentials: Vec<Credential>,
        options: Options,
    ) -> Result<Self, Error> {
        let server = Arc::new(Self::server(http, api, &options)?);
        let mut sessions = Vec::new();
        for credential in credentials {
            match credential {
                Credential::Token(token) => sessions.push(session(&server, Caller::Token(token), &options)),
                Credential::App { app, installations } => {
                    for installation in installed(&server, &app, &installations, &options).await? {
                        let caller =
                            Caller::Installation { app: app.clone(), installation, minted: Default::default() };
                        sessions.push(session(&server, caller, &options));
                    }
                }
            }
        }
        if sessions.is_empty() {
            sessions.push(session(&server, Caller::Anonymous, &options));
        }
        Ok(Self { server, sessions })
    }

    /// The server behind the API at `api`.
    pub(super) fn server(http: reqwest::Client, api: &str, options: &Options) -> Result<Server, Error> {
        // What stands before an @ may be a secret.
        let shown = api.rsplit('@').next().unwrap_or_default();
        let bad = || Error::BadUrl(shown.to_owned());
        let mut api = Url::parse(api).map_err(|_| bad())?;
        if !matches!(api.scheme(), "http" | "https")
            || api.host_str().is_none()
            || !api.username().is_empty()
            || api.password().is_some()
        {
            return Err(bad());
        }
        api.set_query(None);
        api.set_fragment(None);
        let path = api.path().trim_end_matches('/').to_owned();
        api.set_path(&path);
        // Clone addresses are made, not taken from answers: a token must not follow an answer to another host.
        let mut git = api.clone();
        git.set_path("");
        let host = api.host_str().unwrap_or_default();
        let cloud = host == "api.github.com" || (host.starts_with("api.") && host.ends_with(".ghe.com"));
        if let (true, Some(plain)) = (cloud, host.strip_prefix("api.")) {
            git.set_host(Some(plain)).map_err(|_| bad())?;
        }
        Ok(Server { http, api, git, retry: options.retry, patience: options.patience, cancel: options.cancel.clone() })
    }

    /// The same server, asked by these sessions.
    pub(super) fn with_sessions(server: Arc<Server>, sessions: Vec<Arc<Session>>) -> Self {
        Self { server, sessions }
    }

    /// The host that names the vault's folder: the API's, and `github.com` for `api.github.com`.
    pub fn host(&self) -> &str {
        self.server.host()
    }

    /// How many requests went to the API so far, and how long an answer took on average.
    pub fn traffic(&self) -> (u64, Duration) {
        let all: Vec<_> = self.sessions.iter().map(|session| session.traffic()).collect();
        (all.iter().map(|(sent, _)| sent).sum(), all.iter().map(|(_, wait)| *wait).max().unwrap_or_default())
    }

    pub(super) fn sessions(&self) -> &[Arc<Session>] {
        &self.sessions
    }

    /// The git repository of `repository`, or its wiki with `infix` `.wiki`, asked with a credential that sees it. Where
    /// several do, they share the work.
    pub fn remote(&self, repository: &Repository, infix: &str) -> crate::git::remote::Remote {
        let mut url = self.server.git.clone();
        match &repository.gist {
            Some(gist) if gist.has_own_host => {
                let host = format!("gist.{}", self.host());
                // A name in front of a host's name makes a host's name.
                let _ = url.set_host(Some(&host));
                url.set_path(&format!("{}.git", repository.id));
            }
            Some(_) => url.set_path(&format!("gist/{}.git", repository.id)),
            None => url.set_path(&format!("{}{infix}.git", repository.full_name)),
        }
        let session = self.session_for(repository);
        crate::git::remote::Remote::new(self.server.http.clone(), url, session, self.server.cancel.clone())
    }

    /// A credential that sees `repository`.
    pub(super) fn session_for(&self, repository: &Repository) -> Arc<Session> {
        self.session_at(self.session_number(repository))
    }

    /// The credential with this number.
    pub(super) fn session_at(&self, number: usize) -> Arc<Session> {
        self.sessions.get(number).or(self.sessions.first()).cloned().unwrap_or_else(|| {
            // There is always one.
            session(&self.server, Caller::Anonymous, &Options::default())
        })
    }

    /// The number of the credential that asks for `repository`.
    pub(super) fn session_number(&self, repository: &Repository) -> usize {
        let seen_by = &repository.seen_by;
        seen_by.get(repository.id.part(seen_by.len() as u64) as usize).copied().unwrap_or_default().into()
    }

    /// Whether a pause that a git server asks for may be waited for.
    pub(crate) fn may_wait(&self, pause: Duration) -> bool {
        let Patience { maximum_wait, deadline } = self.server.patience;
        pause <= maximum_wait && deadline.is_none_or(|deadline| Instant::now() + pause <= deadline)
    }

    /// How failures are tried again.
    pub fn retry(&self) -> RetryPolicy {
        self.server.retry
    }
}

/// Requests by `caller`, with a budget of their own.
pub(super) fn session(server: &Arc<Server>, caller: Caller, options: &Options) -> Arc<Session> {
    let budget = Budget::new(options.patience, options.share, options.monitor.clone());
    Arc::new(Session::new(server.clone(), caller, budget))
}

/// Where `app` is installed: at those that `wanted` names, or everywhere that is not suspended.
async fn installed(
    server: &Arc<Server>,
    app: &App,
    wanted: &[String],
    options: &Options,
) -> Result<Vec<Installation>, Error> {
    let asks = session(server, Caller::App(app.clone()), options);
    let mut found = asks.installations().await?;
    if let Some(missing) = wanted.iter().find(|name| !found.iter().any(|found| found.is_called(name))) {
        return Err(Error::NotInstalled { account: Some(missing.clone()) });
    }
    found.retain(|found| match wanted {
        [] => found.suspended_at.is_none(),
        wanted => wanted.iter().any(|name| found.is_called(name)),
    });
    if found.is_empty() { Err(Error::NotInstalled { account: None }) } else { Ok(found) }
}
