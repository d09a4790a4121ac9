//! `gitark status`.

use std::{io, time::Duration};

use clap::Args;
use gitark::status::{self, Options, RepositoryStatus, State};
use jiff::{SignedDuration, Timestamp};

use super::Outcome;
use crate::{
    arguments::{Talk, VaultPlace, parse_duration},
    exit::Exit,
    output::{self, table, time},
    terminal,
};

/// Say whether backups go on as they should
///
/// It reads the reports that runs leave in the vault, newest first, and lists what is not well. Exit code 3 says that a repository is stale (not
/// checked lately) or failing (the newest try failed), 4 that something is known to be damaged. A repository that is gone (runs list its account
/// without it, or filters leave it out now) is listed too, and is as it should be: its backups stay.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark status --vault ./vault                      for a nightly backup\n  \
    gitark status --vault s3://backups --max-age 8d    for a weekly one\n  \
    gitark status --quiet                              only its exit code")]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) place: VaultPlace,
    /// How long ago a repository may have been checked, e.g. 90m, 26h or 8d
    #[arg(long, value_name = "TIME", default_value = "26h", allow_hyphen_values = true, value_parser = parse_duration)]
    pub(crate) max_age: Duration,
    /// Count repositories that are gone upstream as not well: exit code 3
    #[arg(long)]
    pub(crate) include_gone: bool,
    /// Print JSON, with every repository
    #[arg(long)]
    pub(crate) json: bool,
}

/// Says how backups go on.
pub(crate) async fn run(arguments: Status, talk: Talk) -> Outcome {
    let vault = arguments.place.vault.open("--vault").await?;
    let options = Options {
        max_age: SignedDuration::try_from(arguments.max_age).unwrap_or(SignedDuration::MAX),
        now: Timestamp::now(),
    };
    let status = status::status(&vault, options).await?;
    if arguments.json {
        output::unless_unread(output::json(&mut io::stdout().lock(), &status))?;
    } else {
        output::unless_unread(show(&status, options.now))?;
        if !talk.quiet {
            summary(&status, options).lines().for_each(terminal::write_line);
        }
    }
    for damage in &status.damaged {
        terminal::say(&format!("damaged: {damage}"));
    }
    Ok(exit(&status, arguments.include_gone))
}

fn exit(status: &status::Status, include_gone: bool) -> Exit {
    let good = status.count(State::Good);
    let gone = if include_gone { 0 } else { status.count(State::Gone) };
    if !status.damaged.is_empty() || status.count(State::Damaged) > 0 {
        Exit::Damage
    } else if good + gone < status.repositories.len() || good == 0 {
        Exit::Partial
    } else {
        Exit::Done
    }
}

/// What is not as it should be, worst first.
fn show(status: &status::Status, now: Timestamp) -> io::Result<()> {
    let mut bad: Vec<&RepositoryStatus> = status.repositories.iter().filter(|row| row.state != State::Good).collect();
    bad.sort_by_key(|row| std::cmp::Reverse(row.state));
    if bad.is_empty() {
        return Ok(());
    }
    let ago = |time: Option<Timestamp>| time.map_or("-".into(), |time| age(now.duration_since(time)));
    let rows = bad.iter().map(|row| {
        let why = match (row.state, row.gone_since) {
            (State::Gone, Some(since)) => format!("since {}", time(since)),
            (State::Stale, _) => String::new(),
            _ => row.reason.clone().unwrap_or_default(),
        };
        vec![row.state.word().into(), ago(row.checked), ago(row.failed), row.repository.clone(), why]
    });
    table(&mut io::stdout().lock(), &["STATE", "CHECKED", "FAILED", "REPOSITORY", ""], &rows.collect::<Vec<_>>())
}

/// The last two lines: the last run, and all repositories.
fn summary(status: &status::Status, options: Options) -> String {
    let run = match &status.last_run {
        None => "no run left a report".into(),
        Some(run) => {
            let how = if run.cancelled { ", interrupted" } else { "" };
            let failed = if run.failed > 0 { format!(", {} failed", run.failed) } else { String::new() };
            format!("last run {}{how}: {} checked{failed}", time(run.started), run.checked)
        }
    };
    let within = age(options.max_age);
    let gone = status.count(State::Gone);
    let bad =
        [State::Gone, State::Stale, State::Failing, State::Damaged].map(|state| (status.count(state), state.word()));
    let bad: Vec<String> =
        bad.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    let all = output::repositories(status.repositories.iter().map(|row| row.repository.as_str()));
    match (status.repositories.len(), status.count(State::Good)) {
        (0, _) => format!("{run}\nthere is no repository in this vault yet"),
        (number, good) if number == good => format!("{run}\n{all}, all checked within {within}"),
        (number, good) if good > 0 && number == good + gone => {
            format!("{run}\n{all}: {gone} gone, all others checked within {within}")
        }
        _ => format!("{run}\n{all}: {}", bad.join(", ")),
    }
}

/// `12m`, `26h`, `5d`: how long ago.
fn age(age: SignedDuration) -> String {
    match age.as_secs() {
        ..3600 => format!("{}m", age.as_mins().max(0)),
        3600..172_800 => format!("{}h", age.as_hours()),
        _ => format!("{}d", age.as_hours() / 24),
    }
}
