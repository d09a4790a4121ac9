//! A GitHub App: its name, where it is installed, and what it may do there.

use std::sync::Arc;

use serde_json::Value;

use super::{
    super::{
        App, Error, Options,
        app::Installation,
        client::{Server, session},
        session::Caller,
    },
    graphql, limits,
    reach::Reached,
    sources::Usable,
};
use crate::{
    cause,
    finding::{About, Tell},
    monitor::count,
};

/// What a backup needs an installation's permission for.
const PERMISSIONS: [(&str, &str); 2] =
    [("contents", "no private code can be fetched"), ("metadata", "nothing is listed")];

/// Looks at an app: the installations that can be used.
pub(super) async fn look(
    server: &Arc<Server>,
    app: &App,
    wanted: &[String],
    options: &Options,
    reached: &Reached,
    tell: &mut Tell<'_>,
) -> Result<Vec<Usable>, Error> {
    let asks = session(server, Caller::App(app.clone()), options);
    let about = &mut About::new(format!("GitHub App {}", app.id()), tell);
    let settings = format!("{}/settings/apps", reached.page);
    let said: Value = match asks.get(server.url(&["app"])).await {
        Ok(said) => said,
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        Err(error) => {
            let (found, advice) = match &error {
                Error::Unauthorized { .. } | Error::Status { status: 404, .. } => (
                    "GitHub does not know this id, or the key is another app's".to_owned(),
                    format!("check --app-id and --app-key-file against {settings}"),
                ),
                error => (cause::chain(error), "run again".to_owned()),
            };
            about.problem("app", found, advice);
            about.skipped("installations", "the app cannot be asked", None);
            return Ok(Vec::new());
        }
    };
    about.ok("app", said["name"].as_str().unwrap_or("it has no name"));
    let found = match asks.installations().await {
        Ok(found) => found,
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        Err(error) => {
            about.problem("installations", cause::chain(&error), "run again");
            return Ok(Vec::new());
        }
    };
    if found.is_empty() {
        about.problem("installations", "it is installed nowhere", "install it, for all repositories of an account");
    } else {
        about.ok("installations", count(found.len() as u64, "installation"));
    }
    for name in wanted.iter().filter(|name| !found.iter().any(|found| found.is_called(name))) {
        about.problem(
            "installation",
            format!("there is none at {name}"),
            "install the app there, or check --installation",
        );
    }
    let mut usable = Vec::new();
    for installation in
        found.into_iter().filter(|found| wanted.is_empty() || wanted.iter().any(|name| found.is_called(name)))
    {
        let of = format!("installation at {} ({})", installation.account.login, installation.id);
        let about = &mut About::new(of, tell);
        if installation.suspended_at.is_some() {
            // By itself it is left out of a backup; one that was asked for is missed.
            let advice = format!("{} can let it work again in its settings", installation.account.login);
            match wanted {
                [] => about.warning("installation", "it is suspended, and left out", advice),
                _ => about.problem("installation", "it is suspended", advice),
            }
            continue;
        }
        permissions(&installation, &settings, about);
        let caller = Caller::Installation { app: app.clone(), installation, minted: Default::default() };
        let session = session(server, caller, options);
        match session.current_token().await {
            Ok(_) => about.ok("installation", "it gives tokens"),
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => {
                about.problem("installation", cause::chain(&error), "run again");
                continue;
            }
        }
        limits(&session, about).await?;
        graphql(server, &session, about).await?;
        usable.push(Usable { session, has_permissions: false });
    }
    Ok(usable)
}

fn permissions(installation: &Installation, settings: &str, about: &mut About<'_, '_>) {
    let has = &installation.permissions;
    let mut is_enough = true;
    for (name, without) in PERMISSIONS.iter().filter(|(name, _)| !has.contains_key(*name)) {
        is_enough = false;
        let advice = format!("give the app {name}: read at {settings}, and have the account accept it");
        about.problem("permissions", format!("{name} is missing: {without}"), advice);
    }
    if is_enough {
        let all: Vec<String> = has.iter().map(|(name, level)| format!("{name}: {level}")).collect();
        about.ok("permissions", all.join(", "));
    }
}
