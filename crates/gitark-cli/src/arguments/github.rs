//! Which GitHub, with which credentials, and how patient.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Args;
use gitark::{
    backup,
    github::{App, Credential, GitHub, Inspection, Options, Patience, Share, Source},
    http,
    monitor::Monitor,
    retry::RetryPolicy,
};
use tokio_util::sync::CancellationToken;

use super::{Sources, parse_duration};
use crate::{
    exit::{Exit, Failure},
    place::Place,
    secret::{self, BackupSecret},
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
    /// Read the token from there: secretsmanager:NAME#KEY, ssm:NAME, env:NAME or file:PATH; more than one share the work
    #[arg(long, value_name = "REFERENCE")]
    token_from: Vec<String>,
    /// A secret of AWS Secrets Manager (its name or ARN) with the keys TOKEN_GITHUB, BACKUP_ONLY_OWNER_REPOS,
    /// BACKUP_S3_BUCKET and BACKUP_S3_PREFIX: the token, whose repositories, and the vault when none is named
    #[arg(long, value_name = "NAME", conflicts_with_all = ["token_file", "token_from", "no_token", "app_id"])]
    pub(crate) secret: Option<String>,
    /// What the secret says, once it was read.
    #[arg(skip)]
    of_secret: Option<BackupSecret>,
    /// Use no token, whatever the environment says
    #[arg(long, conflicts_with_all = ["token_file", "token_from", "app_id"])]
    no_token: bool,
    /// Ask as this GitHub App (its id or client id), wherever it is installed
    #[arg(long, value_name = "ID", requires = "app_key", conflicts_with_all = ["token_file", "token_from"])]
    app_id: Option<String>,
    /// The private key of the GitHub App, the PEM file that GitHub gives
    #[arg(long, value_name = "FILE", requires = "app_id", group = "app_key")]
    app_key_file: Option<PathBuf>,
    /// Read the private key of the GitHub App from there, as with --token-from
    #[arg(long, value_name = "REFERENCE", requires = "app_id", group = "app_key")]
    app_key_from: Option<String>,
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
    /// So many processes ask with these credentials at the same time: use only one's part of GitHub's limits
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) workers: Option<u32>,
    /// The part of GitHub's limits, where it was given by who shares the work out.
    #[arg(skip)]
    pub(crate) share: Option<Share>,
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
        let github = GitHub::connect(self.http()?, &self.api_url, self.credentials().await?, options).await;
        Ok(github.map_err(backup::Error::GitHub)?)
    }

    /// What a look at GitHub needs, with the credentials that were given or found. Nothing is asked yet.
    pub(crate) async fn inspection(&self, sources: Vec<Source>, proxy: Option<String>) -> Result<Inspection, Failure> {
        Ok(Inspection {
            http: self.http()?,
            api: self.api_url.clone(),
            credentials: self.credentials().await?,
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

    /// Reads the secret of `--secret` if one is given, and completes with it what was not said.
    pub(crate) async fn read_secret(&mut self, sources: &mut Sources, to: &mut Vec<Place>) -> Result<(), Failure> {
        let Some(name) = &self.secret else { return Ok(()) };
        let found = BackupSecret::read(name).await?;
        *to = found.places(to)?;
        if found.only_owner {
            sources.only_of_the_owner();
        }
        self.of_secret = Some(found);
        Ok(())
    }

    async fn credentials(&self) -> Result<Vec<Credential>, Failure> {
        if let Some(id) = &self.app_id {
            return self.app(id).await;
        }
        let tokens = match (&self.of_secret, &self.token_from[..]) {
            (Some(found), _) => vec![found.token.clone()],
            _ if self.no_token => Vec::new(),
            (None, []) => token::find(&self.token_file, &self.api_url)?,
            (None, references) => {
                let mut tokens = Vec::new();
                if !self.token_file.is_empty() {
                    tokens = token::find(&self.token_file, &self.api_url)?;
                }
                for reference in references {
                    tokens.push(token::from(reference).await?);
                }
                tokens
            }
        };
        Ok(tokens.into_iter().map(Credential::Token).collect())
    }

    async fn app(&self, id: &str) -> Result<Vec<Credential>, Failure> {
        let (key, place) = match (&self.app_key_file, &self.app_key_from) {
            (Some(file), _) => (read(file, "the app's key")?, file.display().to_string()),
            (None, Some(reference)) => {
                let key = secret::read(reference, "--app-key-from").await?;
                (key.secret().as_bytes().to_vec(), "--app-key-from".to_owned())
            }
            // The command line asks for one of them.
            (None, None) => return Err(Failure::new(Exit::Usage, "--app-id needs --app-key-file or --app-key-from")),
        };
        let app = App::new(id, &key).map_err(|error| Failure::new(Exit::Usage, format!("{place}: {error}")))?;
        Ok(vec![Credential::App { app, installations: self.installation.clone() }])
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
            share: self.share.or_else(|| self.workers.map(Share::of)),
            monitor,
            cancel: cancel.clone(),
        }
    }
}

fn read(file: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .map_err(|error| Failure::new(Exit::Usage, format!("{what} in {} cannot be read: {error}", file.display())))
}
