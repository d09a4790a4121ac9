//! What would be backed up: whether it can be seen, and whether git gives it out.

use std::sync::Arc;

use super::super::{Error, GitHub, Listed, Repository, Source, client::Server, session::Session};
use crate::{
    cause,
    finding::{About, Tell},
    git,
    monitor::count,
};

/// A credential that works.
pub(super) struct Usable {
    pub(super) session: Arc<Session>,
    /// Whether it has permissions that show only when they are tried.
    pub(super) has_permissions: bool,
}

/// Lists the sources, and asks git for one repository.
pub(super) async fn look(
    server: &Arc<Server>,
    usable: Vec<Usable>,
    sources: &[Source],
    tell: &mut Tell<'_>,
) -> Result<(), Error> {
    let about = &mut About::new("sources", tell);
    if usable.is_empty() {
        for check in ["listing", "git"] {
            about.skipped(check, "no credential works", None);
        }
        return Ok(());
    }
    let github = GitHub::with_sessions(server.clone(), usable.iter().map(|usable| usable.session.clone()).collect());
    let mut seen: Vec<Repository> = Vec::new();
    let mut failed: Vec<Option<&str>> = Vec::new();
    for source in sources {
        // The gists and stars of an account that is not seen need not be tried.
        if !source.is_named() && failed.contains(&account(source)) {
            continue;
        }
        match github.repositories(source).await {
            Ok(listed) => {
                tell_listed(source, &listed, about);
                sign_on(&usable[0].session, &listed, about).await?;
                seen.extend(listed.found);
            }
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => {
                tell_failure(source, &error, about);
                if matches!(source, Source::Mine(_) | Source::Account(_)) {
                    failed.push(account(source));
                }
            }
        }
    }
    for usable in usable.iter().filter(|usable| usable.has_permissions) {
        permissions(&usable.session, &seen, about).await?;
    }
    git_transport(&github, &seen, about).await
}

/// The account whose things a source is; none for the token's owner.
fn account(source: &Source) -> Option<&str> {
    match source {
        Source::Account(login)
        | Source::AccountData(login)
        | Source::Gists(Some(login))
        | Source::Starred(Some(login)) => Some(login),
        _ => None,
    }
}

/// What a source is called on a line.
fn name(source: &Source) -> String {
    match source {
        Source::Mine(_) => "all that is yours".into(),
        Source::Gists(None) => "your gists".into(),
        Source::Gists(Some(login)) => format!("gists of {login}"),
        Source::Starred(None) => "your stars".into(),
        Source::Starred(Some(login)) => format!("stars of {login}"),
        Source::StarredGists => "your starred gists".into(),
        Source::AccountData(login) => format!("own data of {login}"),
        source => source.to_string(),
    }
}

fn tell_listed(source: &Source, listed: &Listed, about: &mut About<'_, '_>) {
    let name = name(source);
    let (noun, is_extra) = match source {
        Source::Gists(_) | Source::StarredGists | Source::Gist(_) => ("gist", true),
        Source::Starred(_) => ("repository", true),
        Source::AccountData(_) => ("account", false),
        _ => ("repository", false),
    };
    let private = listed.found.iter().filter(|found| found.visibility != "public").count();
    let number = if noun == "account" { listed.accounts.len() } else { listed.found.len() };
    let mut found = format!("{name}: {}", count(number as u64, noun));
    if private > 0 {
        found.push_str(&format!(", {private} not public"));
    }
    if number == 0 && !is_extra {
        about.warning("listing", found, "check the name, and what the token may see; a backup of nothing fails");
    } else {
        about.ok("listing", found);
    }
    for (item, problem) in &listed.odd {
        about.warning("listing", format!("{item}: {problem}"), "it will not be backed up; check --api-url");
    }
}

fn tell_failure(source: &Source, error: &Error, about: &mut About<'_, '_>) {
    let name = name(source);
    match error {
        Error::TokenNeeded => {
            about.skipped(
                "listing",
                format!("{name}: there is no token"),
                Some("name an OWNER or OWNER/REPO to look at"),
            );
        }
        Error::SingleSignOn { .. } => about.problem(
            "single sign-on",
            format!("{name}: the organisation does not know this token"),
            "authorise the token for it: \"Configure SSO\" beside the token in GitHub's settings",
        ),
        Error::RateLimited { .. } => {
            about.warning("listing", format!("{name}: {}", cause::chain(error)), "run again then");
        }
        Error::NoSuchAccount { .. } | Error::GoneOrForbidden { .. } => about.problem(
            "listing",
            format!("{name}: {}", cause::chain(error)),
            "check the spelling; else open it in a browser as the token's owner",
        ),
        error => {
            let advice = match error {
                Error::Status { status: 403, .. } => "give the token the permission that is named",
                Error::Answer { .. } => "check that --api-url is GitHub's API, and what stands between here and it",
                _ => "run again; see www.githubstatus.com",
            };
            about.problem("listing", format!("{name}: {}", cause::chain(error)), advice);
        }
    }
}

/// Organisations that a listing leaves out, by name where that is told.
async fn sign_on(session: &Session, listed: &Listed, about: &mut About<'_, '_>) -> Result<(), Error> {
    for number in &listed.without_sign_on {
        let url = session.url(&["organizations", number]);
        let token = session.current_token().await?;
        let login = match session.look(url.clone(), None, token.as_ref()).await {
            Ok((_, answer)) => answer.value()["login"].as_str().map(str::to_owned),
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(_) => None,
        };
        let login = login.unwrap_or_else(|| format!("with number {number}"));
        about.problem(
            "single sign-on",
            format!("the organisation {login} is left out: it does not know this token"),
            "authorise the token for it: \"Configure SSO\" beside the token in GitHub's settings",
        );
    }
    Ok(())
}

/// Whether a token with permissions may read contents. GitHub names what is missing where it refuses.
async fn permissions(session: &Session, seen: &[Repository], about: &mut About<'_, '_>) -> Result<(), Error> {
    let private = |found: &&Repository| found.gist.is_none() && found.visibility != "public";
    let Some(repository) = seen.iter().find(private) else {
        about.skipped("permissions", "no private repository is seen to try them on", None);
        return Ok(());
    };
    let Some((owner, name)) = repository.full_name.split_once('/') else { return Ok(()) };
    let mut url = session.url(&["repos", owner, name, "branches"]);
    url.query_pairs_mut().append_pair("per_page", "1");
    let token = session.current_token().await?;
    match session.look(url, None, token.as_ref()).await {
        Ok((status, _)) if status.is_success() => {
            about.ok("permissions", format!("the contents of {} can be read", repository.full_name));
        }
        Ok((status, answer)) => {
            let needed = answer.headers.get("x-accepted-github-permissions").and_then(|value| value.to_str().ok());
            let found = format!("{} refuses its contents ({status})", repository.full_name);
            about.problem("permissions", found, format!("give the token {}", needed.unwrap_or("contents=read")));
        }
        Err(Error::Cancelled) => return Err(Error::Cancelled),
        Err(error) => about.warning("permissions", cause::chain(&error), "run again"),
    }
    Ok(())
}

/// Whether git gives out a repository: a private one where there is one, as it shows more. Nothing is fetched.
async fn git_transport(github: &GitHub, seen: &[Repository], about: &mut About<'_, '_>) -> Result<(), Error> {
    let usable = || seen.iter().filter(|found| !found.disabled);
    let Some(repository) = usable().find(|found| found.visibility != "public").or_else(|| usable().next()) else {
        about.skipped("git", "no repository is seen to try it on", None);
        return Ok(());
    };
    let name = &repository.full_name;
    match github.remote(repository, "").discover().await {
        Ok(_) => about.ok("git", format!("{name} answers in protocol version 2")),
        Err(git::Error::Cancelled) => return Err(Error::Cancelled),
        Err(error @ git::Error::ObjectFormat(_)) => {
            about.warning("git", cause::chain(&error), "use git clone --mirror for this one");
        }
        Err(error @ (git::Error::Unauthorized { .. } | git::Error::GoneOrForbidden { .. })) => {
            about.problem("git", cause::chain(&error), "give the token the right to read contents");
        }
        Err(error) => {
            let advice = "check that nothing between here and the git host changes or blocks requests";
            about.problem("git", cause::chain(&error), advice);
        }
    }
    Ok(())
}
