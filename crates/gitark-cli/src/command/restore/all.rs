//! `gitark restore --all`.

use std::{io, path::Path, sync::Arc};

use gitark::{
    restore::{AllOptions, AllReport, Ended, restore_all},
    vault::lookup::At,
};

use super::Restore;
use crate::{
    arguments::Talk,
    command::Outcome,
    exit::{Exit, Failure},
    interrupt, output,
    terminal::{self, Progress},
};

/// Repositories at once.
const CONCURRENCY: usize = 4;

/// Gives every repository of the vault back below `directory`.
pub(super) async fn run(arguments: &Restore, directory: &Path, talk: Talk) -> Outcome {
    if let At::Number(_) = arguments.backup.at {
        let message = "with --all, --at takes a date or a time: numbers mean another backup in each log";
        return Err(Failure::new(Exit::Usage, message));
    }
    let cancel = interrupt::cancel_on_interrupt();
    let vault = arguments.place.vault.open("--vault").await?;
    let options = AllOptions {
        format: arguments.form.format(),
        at: arguments.backup.at,
        wikis: !arguments.no_wiki,
        metadata: !arguments.no_metadata,
        files: !arguments.no_files,
        concurrency: CONCURRENCY,
    };
    let progress = Arc::new(Progress::new(talk));
    let report = restore_all(&vault, directory, &options, progress.clone(), &cancel).await;
    progress.finish();
    let report = report?;
    if arguments.json {
        output::unless_unread(show(&report))?;
    } else if !talk.quiet {
        terminal::write_line(&summary(&report, directory));
    }
    let (restored, failed) = (report.count(Ended::Restored), report.count(Ended::Failed));
    if restored + failed == 0 && !report.cancelled {
        return Err(Failure::new(Exit::Failed, "nothing was restored: no repository had a backup then"));
    }
    let damaged = report.repositories.iter().any(|row| row.damaged);
    Ok(Exit::of_rows(damaged, report.cancelled, failed, restored + failed))
}

fn show(report: &AllReport) -> io::Result<()> {
    let out = &mut io::stdout().lock();
    report.repositories.iter().try_for_each(|row| output::json(out, row))
}

/// The last line: what was restored.
fn summary(report: &AllReport, directory: &Path) -> String {
    let restored = report.repositories.iter().filter(|row| row.outcome == Ended::Restored);
    let restored = output::repositories(restored.map(|row| row.repository.as_str()));
    let mut text = format!("{}: {restored}", directory.display());
    for (outcome, word) in [(Ended::Skipped, "skipped"), (Ended::Failed, "FAILED")] {
        match report.count(outcome) {
            0 => {}
            number => text.push_str(&format!("; {number} {word}")),
        }
    }
    if report.cancelled {
        text.push_str("; interrupted");
    }
    text
}
