//! `gitark backup`.

use std::{io::Write as _, path::Path, sync::Arc, time::Duration};

use gitark::{
    backup::{
        self, Options,
        report::{Outcome as RowOutcome, RunReport},
    },
    git::remote::Token,
    github::{GitHub, http_client},
    retry::RetryPolicy,
    vault::{Storage, key::Kind},
};

use super::Outcome;
use crate::{
    arguments::{Backup, Talk},
    exit::{Exit, Failure},
    interrupt, output,
    terminal::Progress,
};

/// Backs up.
pub(crate) async fn run(arguments: Backup, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let token = token(arguments.token_file.as_deref())?;
    let http = http_client(Duration::from_secs(arguments.stall_timeout))
        .map_err(|error| Failure::new(Exit::Failed, gitark::cause::chain(&error)))?;
    let retry = RetryPolicy { retries: arguments.retries, ..RetryPolicy::default() };
    let github =
        GitHub::new(http, &arguments.api_url, token, retry, cancel.clone()).map_err(gitark::backup::Error::GitHub)?;
    let listing = backup::list(&github, &arguments.sources, arguments.allow_empty).await?;

    // From here on only the vault and the spool are written.
    set_file_mode(arguments.vault_mode);
    std::fs::create_dir_all(&arguments.to).map_err(|error| {
        Failure::new(Exit::Failed, format!("cannot make the vault's directory {}: {error}", arguments.to.display()))
    })?;
    let options = Options {
        host: arguments.host,
        concurrency: arguments.concurrency.into(),
        refetch: arguments.refetch,
        wikis: !arguments.no_wikis,
        temporary: arguments.temp_dir.unwrap_or_else(std::env::temp_dir),
        allow_empty: arguments.allow_empty,
        allow_overwriting_store: arguments.allow_overwriting_store,
        ..Options::default()
    };
    let progress = Arc::new(Progress::new(talk));
    let storage = Storage::local(&arguments.to)?;
    let report = backup::run(&github, &listing, storage, &options, progress.clone(), &cancel).await;
    progress.finish();
    let report = report?;
    if let Some(path) = &arguments.report {
        let text = serde_json::to_string_pretty(&report).unwrap_or_default();
        std::fs::write(path, text + "\n").map_err(|error| {
            Failure::new(Exit::Failed, format!("cannot write the report to {}: {error}", path.display()))
        })?;
    }
    if arguments.json {
        output::json(&mut std::io::stdout().lock(), &report)?;
    }
    if !talk.quiet {
        // Nobody reads a closed stderr.
        let _ = writeln!(std::io::stderr(), "{}", summary(&report, &arguments.to));
    }
    Ok(report.verdict().into())
}

/// The token, from the environment or a file.
fn token(file: Option<&Path>) -> Result<Option<Token>, Failure> {
    let from_file = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| {
            Failure::new(Exit::Usage, format!("cannot read the token file {}: {error}", path.display()))
        })
    };
    let text = match file {
        Some(path) => Some(from_file(path)?),
        None => ["GITHUB_TOKEN", "GH_TOKEN"].into_iter().find_map(|name| std::env::var(name).ok()),
    };
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| !text.bytes().all(|byte| byte.is_ascii_graphic())) {
        return Err(Failure::new(
            Exit::Usage,
            "the token holds characters that no token has; check where it is read from",
        ));
    }
    if text.is_none() && file.is_some() {
        return Err(Failure::new(Exit::Usage, "the token file is empty"));
    }
    Ok(text.as_deref().map(Token::new))
}

/// The last lines: what was done, and where.
fn summary(report: &RunReport, vault: &Path) -> String {
    let rows = &report.repositories;
    let codes = rows.iter().filter(|row| row.kind == Kind::Code).count();
    let wikis = rows.len() - codes;
    let mut text = match codes {
        1 => "1 repository".to_owned(),
        _ => format!("{codes} repositories"),
    };
    if wikis > 0 {
        text.push_str(&format!(" and {}", output::plural(wikis, "wiki")));
    }
    let parts: Vec<String> = [
        (RowOutcome::New, "new"),
        (RowOutcome::Changed, "changed"),
        (RowOutcome::Unchanged, "unchanged"),
        (RowOutcome::Damaged, "DAMAGED"),
        (RowOutcome::Failed, "FAILED"),
    ]
    .into_iter()
    .map(|(outcome, word)| (report.count(outcome), word))
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    let sum = |part: fn(&backup::report::Work) -> u64| rows.iter().map(|row| part(&row.work)).sum::<u64>();
    text.push_str(&format!(": {}; {} stored", parts.join(", "), output::bytes(sum(|work| work.stored_bytes))));
    let lost = sum(|work| work.lost_refs);
    if lost > 0 {
        text.push_str(&format!(", {} kept", output::plural(usize::try_from(lost).unwrap_or(usize::MAX), "old tip")));
    }
    text.push_str(&format!(" in {}", vault.display()));
    text
}

/// Files of the vault get `mode`, directories the matching x.
#[cfg(unix)]
fn set_file_mode(mode: u32) {
    let with_x = mode | ((mode & 0o444) >> 2);
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o777 & !with_x));
}

#[cfg(not(unix))]
fn set_file_mode(_: u32) {}
