//! Which GitHub, with which credentials, and how patient.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Args;
use gitark::{
    backup,
    github::{App, Credential, GitHub, Inspection, Options, Patience, Source},
    http,
    monitor::Monitor,
    retry::RetryPolicy,
};
use tokio_util::sync::CancellationToken;

use super::parse_duration;
use crate::{
    exit::{Exit, Failure},
    token,
};

/// Which GitHub, with which credentials, and how patient.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "GitHub")]
pub(crate) struct GitHubAccess {
    /// The API: https://HOST/api/v3 for GitHub Enterprise Server
    #[arg(long, value_name = "URL", default_value = "https://api.github.com", env = "GITHUB_API_URL")]
    pub(crate) api_url: String,
    /// The name of the vault's top folder, instead of the API's host
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// Read the token from this file, whatever the environment says; more than one share the work
    #[arg(long, value_name = "FILE")]
    token_file: Vec<PathBuf>,
    /// Use no token, whatever the environment says
    #[arg(long, conflicts_with_all = ["token_file", "app_id"])]
    no_token: bool,
    /// Ask as this GitHub App (its id or client id), wherever it is installed
    #[arg(long, value_name = "ID", requires = "app_key_file", conflicts_with = "token_file")]
    app_id: Option<String>,
    /// The private key of the GitHub App, the PEM file that GitHub gives
    #[arg(long, value_name = "FILE", requires = "app_id")]
    app_key_file: Option<PathBuf>,
    /// Only these installations of the app: an account, or a number
    #[arg(long, value_name = "ACCOUNT", requires = "app_id")]
    installation: Vec<String>,
    /// Trust the certificates in this file (PEM) besides the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Wait so long at most for a rate limit to end, e.g. 90s; 0s to fail at once
    #[arg(long, value_name = "TIME", default_value = "70m", value_parser = parse_duration)]
    max_wait: Duration,
    /// Give up on a server that is silent for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..))]
    stall_timeout: u64,
    /// Tries after a failure that may pass
    #[arg(long, value_name = "N", default_value_t = 3)]
    retries: usize,
}

impl GitHubAccess {
    /// A client with the credentials that were given or found. No wait goes beyond `deadline`.
    pub(crate) async fn connect(
        &self,
        deadline: Option<Instant>,
        monitor: Arc<dyn Monitor>,
        cancel: &CancellationToken,
    ) -> Result<GitHub, Failure> {
        let options = self.options(deadline, monitor, cancel);
        let github = GitHub::connect(self.http()?, &self.api_url, self.credentials()?, options).await;
        Ok(github.map_err(backup::Error::GitHub)?)
    }

    /// What a look at GitHub needs, with the credentials that were given or found. Nothing is asked yet.
    pub(crate) fn inspection(&self, sources: Vec<Source>, proxy: Option<String>) -> Result<Inspection, Failure> {
        Ok(Inspection {
            http: self.http()?,
            api: self.api_url.clone(),
            credentials: self.credentials()?,
            sources,
            proxy,
        })
    }

    /// A client without a token: GitHub will not be asked.
    pub(crate) fn connect_without_token(
        &self,
        monitor: Arc<dyn Monitor>,
        cancel: &CancellationToken,
    ) -> Result<GitHub, Failure> {
        let github = GitHub::new(self.http()?, &self.api_url, None, self.options(None, monitor, cancel));
        Ok(github.map_err(backup::Error::GitHub)?)
    }

    fn credentials(&self) -> Result<Vec<Credential>, Failure> {
        if let (Some(id), Some(file)) = (&self.app_id, &self.app_key_file) {
            let app = App::new(id, &read(file, "the app's key")?)
                .map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", file.display())))?;
            return Ok(vec![Credential::App { app, installations: self.installation.clone() }]);
        }
        let tokens = if self.no_token { Vec::new() } else { token::find(&self.token_file, &self.api_url)? };
        Ok(tokens.into_iter().map(Credential::Token).collect())
    }

    fn http(&self) -> Result<reqwest::Client, Failure> {
        let authorities = match &self.ca_file {
            Some(file) => read(file, "the certificates")?,
            None => Vec::new(),
        };
        http::client(Duration::from_secs(self.stall_timeout), &authorities).map_err(|error| {
            let hint = self.ca_file.as_ref().map(|_| "; check --ca-file").unwrap_or_default();
            Failure::new(Exit::Usage, format!("{}{hint}", gitark::cause::chain(&error)))
        })
    }

    /// How GitHub is asked.
    pub(crate) fn options(
        &self,
        deadline: Option<Instant>,
        monitor: Arc<dyn Monitor>,
        cancel: &CancellationToken,
    ) -> Options {
        Options {
            retry: RetryPolicy { retries: self.retries, ..RetryPolicy::default() },
            patience: Patience { maximum_wait: self.max_wait, deadline },
            share: None,
            monitor,
            cancel: cancel.clone(),
        }
    }
}

fn read(file: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .map_err(|error| Failure::new(Exit::Usage, format!("{what} in {} cannot be read: {error}", file.display())))
}
