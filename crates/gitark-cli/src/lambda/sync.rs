//! The handlers `size` and `sync`: one repository.

use gitark::{
    backup::{self, Check, ListOptions, Reason, report::RepositoryReport},
    github::{Share, Source},
    monitor::Silent,
};
use serde_json::{Value, json};

use super::{
    another_command, command,
    counts::{outcome, worst},
    field,
    time::Time,
};
use crate::{
    arguments::{Command, Sources, Talk},
    command::sync::{self, Sync},
    exit::{Exit, Failure},
    interrupt,
};

/// The input with the size of its repository in KiB, as GitHub counts it.
pub(super) async fn size(mut input: Value) -> Result<Value, Failure> {
    if input.get("size_kb").is_some_and(Value::is_u64) {
        return Ok(input);
    }
    // The vault is not asked, and need not be known.
    let (mut arguments, _) = parse(&input, &["--to", "."])?;
    let size = match &arguments.repository {
        // Nobody counts a gist's.
        Source::Gist(_) => 0,
        source => {
            arguments.github.read_secret(&mut Sources::default(), &mut arguments.to).await?;
            let cancel = interrupt::cancel_on_interrupt();
            let github = arguments.github.connect(None, std::sync::Arc::new(Silent), &cancel).await?;
            let list = ListOptions { check: Check::Full, ..ListOptions::default() };
            let listing = backup::list(&github, std::slice::from_ref(source), &list, &Silent).await?;
            listing.repositories.first().map_or(0, |repository| repository.size)
        }
    };
    if let Value::Object(fields) = &mut input {
        fields.insert("size_kb".into(), size.into());
    }
    Ok(input)
}

/// Brings the repository of the input up to date. One that fails is an answer; one that this function has no room or no
/// time for is an error, for whoever has a larger worker.
pub(super) async fn sync(input: &Value, time: Time) -> Result<Value, Failure> {
    let (mut arguments, talk) = parse(input, &[])?;
    arguments.github.share = share(input);
    arguments.stop_after = Time::within(arguments.stop_after, time.to_stop());
    let most = || time.first_fetch(&arguments.to, &arguments.writing.temporary());
    arguments.max_first_fetch.get_or_insert_with(most);
    let cancel = interrupt::cancel_on_interrupt();
    let rows = sync::sync(&mut arguments, talk, &cancel).await?.rows;
    let is_too_much =
        |row: &&RepositoryReport| matches!(row.reason, Some(Reason::NeedsLargerWorker | Reason::Deadline));
    if let Some(row) = rows.iter().find(is_too_much) {
        let message = row.message.clone().unwrap_or_default();
        return Err(Failure::new(Exit::Failed, message).because(Reason::NeedsLargerWorker));
    }
    let worst = worst(&rows);
    Ok(json!({
        "owner": field(input, "owner")?,
        "repo": field(input, "repo")?,
        "outcome": worst.map_or("unchanged", |row| outcome(row.outcome)),
        "reason": worst.and_then(|row| row.reason).map(Reason::code),
    }))
}

/// The arguments of `gitark sync` for the repository of the input.
fn parse(input: &Value, more: &[&str]) -> Result<(Sync, Talk), Failure> {
    let repository = format!("{}/{}", field(input, "owner")?, field(input, "repo")?);
    let mut words = [&["sync"], more].concat();
    if let Some(run) = input.get("run").and_then(Value::as_str) {
        words.extend(["--run", run]);
    }
    words.extend(["--", &repository]);
    match command(&words)? {
        (Command::Sync(arguments), talk) => Ok((*arguments, talk)),
        _ => Err(another_command()),
    }
}

/// The part of GitHub's limits that the item has.
fn share(input: &Value) -> Option<Share> {
    let number = |name: &str| input.get(name)?.as_u64()?.try_into().ok();
    Some(Share { concurrency: number("concurrency")?, points_per_minute: number("points_per_minute")? })
}
