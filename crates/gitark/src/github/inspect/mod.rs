//! Whether GitHub can be backed up from here, and what to do about what cannot.
//!
//! Requests are made once: no wait for a limit, and no second try. What was found says so instead.

mod app;
mod reach;
mod sources;
mod token;

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use self::sources::Usable;
use super::{
    Credential, Error, GitHub, Options, Patience, Source,
    client::{Server, session},
    session::{Caller, Session},
};
use crate::{
    cause,
    finding::{About, Tell},
    retry::RetryPolicy,
};

/// What to look at.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The client that a backup would use.
    pub http: reqwest::Client,
    /// The address of the API.
    pub api: String,
    /// Who we are; nobody when empty.
    pub credentials: Vec<Credential>,
    /// What would be backed up.
    pub sources: Vec<Source>,
    /// The proxy between here and the API, as far as the caller knows.
    pub proxy: Option<String>,
}

/// Looks at GitHub, and tells each thing as it is found.
///
/// # Errors
/// [`Error::BadUrl`], [`Error::Cancelled`]. Everything else is a finding.
pub async fn inspect(inspection: &Inspection, options: &Options, tell: &mut Tell<'_>) -> Result<(), Error> {
    let options = Options {
        retry: RetryPolicy { retries: 0, ..options.retry },
        patience: Patience { maximum_wait: Duration::ZERO, deadline: None },
        ..options.clone()
    };
    let server = Arc::new(GitHub::server(inspection.http.clone(), &inspection.api, &options)?);
    let anonymous = session(&server, Caller::Anonymous, &options);
    let is_app = inspection.credentials.iter().any(|credential| matches!(credential, Credential::App { .. }));
    let api = server.api.as_str().trim_end_matches('/');
    let about = &mut About::new(api, tell);
    let Some(reached) = reach::reach(&server, &anonymous, inspection, is_app, about).await? else {
        for check in ["credentials", "sources", "git"] {
            About::new(api, tell).skipped(check, "the API is not reached", None);
        }
        return Ok(());
    };
    let mut usable = Vec::new();
    for credential in &inspection.credentials {
        match credential {
            Credential::Token(token) => {
                let session = session(&server, Caller::Token(token.clone()), &options);
                usable.extend(token::look(&session, token, &reached, tell).await?);
            }
            Credential::App { app, installations } => {
                usable.extend(app::look(&server, app, installations, &options, &reached, tell).await?);
            }
        }
    }
    if inspection.credentials.is_empty() {
        let about = &mut About::new("no token", tell);
        about.warning(
            "credentials",
            "none: only what is public, at 60 requests an hour",
            "set GITHUB_TOKEN, name --token-file, or log in with gh auth login",
        );
        limits(&anonymous, about).await?;
        about.skipped("graphql", "it needs a token; backups do without, and look at each repository in full", None);
        usable.push(Usable { session: anonymous, has_permissions: false });
    }
    sources::look(&server, usable, &inspection.sources, tell).await
}

/// What is left of the hour's requests, which asking for does not use up.
async fn limits(session: &Session, about: &mut About<'_, '_>) -> Result<(), Error> {
    let url = session.url(&["rate_limit"]);
    let token = session.current_token().await?;
    let (status, answer) = match session.look(url.clone(), None, token.as_ref()).await {
        Ok(looked) => looked,
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        Err(error) => {
            about.warning("rate limit", cause::chain(&error), "run again");
            return Ok(());
        }
    };
    if status.as_u16() == 404 {
        about.ok("rate limit", "this server has none");
        return Ok(());
    }
    let said: Value = answer.value();
    let mut texts = Vec::new();
    let (mut is_low, mut is_out, mut until) = (false, false, None);
    for (name, resource) in [("REST", "core"), ("GraphQL", "graphql")] {
        let number = |field: &str| said["resources"][resource][field].as_i64();
        let (Some(limit), Some(remaining)) = (number("limit"), number("remaining")) else { continue };
        if limit == 0 {
            // GraphQL without a token.
            continue;
        }
        texts.push(format!("{name} {remaining} of {limit} left"));
        if remaining * 10 < limit {
            is_low = true;
            is_out |= remaining == 0;
            until = until.max(number("reset").and_then(|second| jiff::Timestamp::from_second(second).ok()));
        }
    }
    let found = texts.join(", ");
    match (until, is_low) {
        _ if texts.is_empty() => {
            let advice = "check that --api-url is GitHub's API";
            about.warning("rate limit", format!("the answer ({status}) says nothing about it"), advice);
        }
        (_, false) => about.ok("rate limit", found),
        (until, true) => {
            let until = until.map(|until| format!(" until {until:.0}")).unwrap_or_default();
            let advice = match is_out {
                true => "wait until then (a backup waits by itself, for --max-wait at most)",
                false => "a backup that needs more waits by itself, for --max-wait at most",
            };
            about.warning("rate limit", format!("{found}{until}"), advice);
        }
    }
    Ok(())
}

/// Whether GraphQL answers: a fast look at many repositories asks it.
async fn graphql(server: &Server, session: &Session, about: &mut About<'_, '_>) -> Result<(), Error> {
    let query = json!({ "query": "query { rateLimit { remaining } }" });
    let token = session.current_token().await?;
    let (url, advice) = (server.graphql_url(), "backups work without, but look at each repository in full");
    match session.look(url.clone(), Some(&query), token.as_ref()).await {
        Ok((status, answer)) => {
            let said: Value = answer.value();
            match said["errors"][0]["message"].as_str() {
                None if status.is_success() && said["data"].is_object() => about.ok("graphql", "it answers"),
                None => about.warning("graphql", format!("{url} answers {status}"), advice),
                Some(message) => about.warning("graphql", format!("{url} says: {message}"), advice),
            }
        }
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        Err(error) => about.warning("graphql", cause::chain(&error), advice),
    }
    Ok(())
}
