//! `gitark plan`.

use std::{borrow::Cow, io::Write as _, sync::Arc, time::Duration};

use clap::Args;
use gitark::{
    backup::{self, ListOptions, Listing, Options, Planned},
    monitor::count,
    vault::key::{self, Kind},
};
use serde::Serialize;

use super::Outcome;
use crate::{
    arguments::{Filters, GitHubAccess, Looks, Sources, Talk},
    exit::Exit,
    interrupt,
    output::{self, bytes, table},
    place::Place,
    settings::Jobs,
    terminal::Progress,
};

/// Show what a backup would do, and why not more. Nothing is written.
///
/// GitHub is asked as by a backup. Bytes are those of new repositories, as GitHub counts them; what is new in others
/// shows only when it is fetched.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark plan octocat                                 of all that octocat has\n  \
    gitark plan octocat --to ./vault --forks without    since the last backup\n  \
    gitark plan --job nightly                           of a job of ./gitark.toml")]
pub(crate) struct Plan {
    #[command(flatten)]
    sources: Sources,
    /// The vault of the backup, or several; an empty one when none is given
    #[arg(long = "to", visible_alias = "vault", value_name = "VAULT", env = "GITARK_VAULT")]
    to: Vec<Place>,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    looks: Looks,
    #[command(flatten)]
    filters: Filters,
    #[command(flatten)]
    github: GitHubAccess,
    /// Print JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// A line of the plan.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    vault: Option<&'a str>,
    repository: Cow<'a, str>,
    plan: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// As GitHub counts it.
    size_bytes: u64,
}

/// Plans a backup.
pub(crate) async fn run(mut arguments: Plan, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let progress = Arc::new(Progress::new(talk));
    arguments.github.read_secret(&mut arguments.sources, &mut arguments.to).await?;
    let github = arguments.github.connect(None, progress.clone(), &cancel).await?;
    // Nothing that is meant is an answer here.
    let list =
        ListOptions { allow_empty: true, selection: arguments.filters.selection()?, check: arguments.looks.check() };
    let listing = backup::list(&github, &arguments.sources.all(), &list, &*progress).await?;
    let options = Options { host: arguments.github.host.clone(), ..arguments.looks.options() };
    progress.finish();
    let places: Vec<Option<&Place>> = match &arguments.to[..] {
        [] => vec![None],
        places => places.iter().map(Some).collect(),
    };
    for place in &places {
        let (name, vault) = match place {
            Some(place) => (Some(place.to_string()), place.find_vault().await?),
            None => (None, None),
        };
        let plan = backup::plan(&github, &listing, vault.as_ref(), &options).await?;
        let rows = rows(name.as_deref(), &plan, &listing);
        output::unless_unread(match arguments.json {
            true => json(&rows),
            false => show(name.as_deref(), places.len() > 1, &rows, &plan),
        })?;
    }
    Ok(match listing.failures.len() {
        0 => Exit::Done,
        _ if listing.repositories.is_empty() => Exit::Failed,
        _ => Exit::Partial,
    })
}

fn json(rows: &[Row<'_>]) -> std::io::Result<()> {
    let out = &mut std::io::stdout().lock();
    rows.iter().try_for_each(|row| output::json(out, row))
}

fn rows<'a>(vault: Option<&'a str>, plan: &backup::Plan<'a>, listing: &'a Listing) -> Vec<Row<'a>> {
    let meant = plan.repositories.iter().map(|(repository, planned)| Row {
        vault,
        repository: Cow::Borrowed(&repository.full_name),
        plan: word(*planned),
        why: None,
        size_bytes: repository.size.saturating_mul(1024),
    });
    let left_out = listing.left_out.iter().map(|(repository, why)| Row {
        vault,
        repository: Cow::Borrowed(&repository.full_name),
        plan: "left_out",
        why: Some(why.to_string()),
        size_bytes: repository.size.saturating_mul(1024),
    });
    let failed = listing.failures.iter().map(|(name, _, why)| Row {
        vault,
        repository: Cow::Borrowed(name),
        plan: "failed",
        why: Some(why.clone()),
        size_bytes: 0,
    });
    let accounts = plan.accounts.iter().map(|(account, planned)| Row {
        vault,
        repository: Cow::Owned(key::account_name(&account.login)),
        plan: word(*planned),
        why: None,
        size_bytes: 0,
    });
    meant.chain(accounts).chain(left_out).chain(failed).collect()
}

/// What is planned, in a word.
fn word(planned: Planned) -> &'static str {
    match planned {
        Planned::New => "new",
        Planned::Look => "look",
        Planned::Unmoved => "unmoved",
    }
}

/// The plan as a table, headed by the vault where there are several.
fn show(vault: Option<&str>, is_of_several: bool, rows: &[Row<'_>], plan: &backup::Plan<'_>) -> std::io::Result<()> {
    let out = &mut std::io::stdout().lock();
    if let Some(vault) = vault.filter(|_| is_of_several) {
        writeln!(out, "{vault}:")?;
    }
    let is_account = |row: &Row<'_>| Kind::main_of(&row.repository) == Kind::Meta;
    let words = |row: &Row<'_>| match (row.plan, &row.why) {
        ("new", _) if is_account(row) => "new: all that the account has is read".to_owned(),
        ("look", _) if is_account(row) => "what the account has is read, if it changed".to_owned(),
        ("new", _) => "new: all of it is fetched".to_owned(),
        ("look", _) => "its references are read".to_owned(),
        ("unmoved", _) => "nothing has moved".to_owned(),
        ("left_out", Some(why)) => format!("left out: {why}"),
        (_, why) => format!("FAILED: {}", why.as_deref().unwrap_or_default()),
    };
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| vec![row.repository.clone().into_owned(), bytes(row.size_bytes), words(row)]).collect();
    table(out, &["REPOSITORY", "SIZE", "PLAN"], &cells)?;
    let planned = || plan.repositories.iter().map(|(_, is)| is).chain(plan.accounts.iter().map(|(_, is)| is));
    let of = |wanted| planned().filter(|is| **is == wanted).count() as u64;
    let accounts = match plan.accounts.len() as u64 {
        0 => String::new(),
        number => format!(", {}", count(number, "account")),
    };
    let left_out = rows.iter().filter(|row| row.plan == "left_out").count();
    writeln!(out)?;
    writeln!(
        out,
        "{}{accounts}: {} new, {} to look at, {} unmoved; {left_out} left out",
        count(plan.repositories.len() as u64, "repository"),
        of(Planned::New),
        of(Planned::Look),
        of(Planned::Unmoved),
    )?;
    writeln!(
        out,
        "about {} to the API, {} to git, {} to fetch, {}",
        count(plan.api_requests, "request"),
        count(plan.git_requests, "request"),
        bytes(plan.new_bytes),
        output::duration(plan.duration.max(Duration::from_secs(1))),
    )?;
    if vault.is_some_and(|vault| vault.starts_with("s3://")) {
        writeln!(out, "{}", s3_cost(plan))?;
    }
    Ok(())
}

/// What S3 charges, at the prices of S3 Standard in us-east-1: <https://aws.amazon.com/s3/pricing/>.
fn s3_cost(plan: &backup::Plan<'_>) -> String {
    const WRITE: f64 = 0.005 / 1000.0;
    const READ: f64 = 0.0004 / 1000.0;
    const GIBIBYTE_MONTH: f64 = 0.023;
    let calls = plan.store_calls;
    let requests = calls.writes as f64 * WRITE + calls.reads as f64 * READ;
    let month = plan.new_bytes as f64 / f64::from(1 << 30) * GIBIBYTE_MONTH;
    let dollars = |dollars: f64| if dollars < 0.01 { "less than $0.01".to_owned() } else { format!("${dollars:.2}") };
    format!("S3: {} for requests, {} a month for what is new", dollars(requests), dollars(month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_charges_for_calls_and_bytes() {
        let plan = backup::Plan {
            repositories: Vec::new(),
            accounts: Vec::new(),
            api_requests: 0,
            store_calls: backup::Calls { writes: 28_000, reads: 17_000 },
            git_requests: 0,
            new_bytes: 50 << 30,
            duration: Duration::ZERO,
        };
        assert_eq!(s3_cost(&plan), "S3: $0.15 for requests, $1.15 a month for what is new");
    }
}
