//! Which GitHub, with which token, and how patient.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use gitark::{backup, github::GitHub, http, retry::RetryPolicy};
use tokio_util::sync::CancellationToken;

use crate::{
    exit::{Exit, Failure},
    token,
};

/// Which GitHub, with which token, and how patient.
#[derive(Args, Clone, Debug)]
pub(crate) struct GitHubAccess {
    /// The API: https://HOST/api/v3 for GitHub Enterprise Server
    #[arg(long, value_name = "URL", default_value = "https://api.github.com", env = "GITHUB_API_URL")]
    pub(crate) api_url: String,
    /// The name of the vault's top folder, instead of the API's host
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// Read the token from this file, whatever the environment says
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Give up on a server that is silent for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) stall_timeout: u64,
    /// Tries after a failure that may pass
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) retries: usize,
}

impl GitHubAccess {
    /// A client with the token that was given or found.
    pub(crate) fn connect(&self, cancel: &CancellationToken) -> Result<GitHub, Failure> {
        self.client(token::find(self.token_file.as_deref())?, cancel)
    }

    /// A client without a token: GitHub will not be asked.
    pub(crate) fn connect_without_token(&self, cancel: &CancellationToken) -> Result<GitHub, Failure> {
        self.client(None, cancel)
    }

    fn client(&self, token: Option<http::Token>, cancel: &CancellationToken) -> Result<GitHub, Failure> {
        let client = http::client(Duration::from_secs(self.stall_timeout))
            .map_err(|error| Failure::new(Exit::Failed, gitark::cause::chain(&error)))?;
        let retry = RetryPolicy { retries: self.retries, ..RetryPolicy::default() };
        let github = GitHub::new(client, &self.api_url, token, retry, cancel.clone());
        Ok(github.map_err(backup::Error::GitHub)?)
    }
}
