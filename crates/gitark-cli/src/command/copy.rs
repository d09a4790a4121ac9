//! `gitark copy`.

use std::{io::Write as _, sync::Arc};

use gitark::{
    copy::{self, CopyReport, Options},
    monitor::count,
};

use super::Outcome;
use crate::{
    arguments::{Copy, Talk},
    exit::{Exit, Failure},
    interrupt, output,
    terminal::Progress,
};

/// Copies a vault, or some of its repositories.
pub(crate) async fn run(arguments: Copy, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    if arguments.from == arguments.to {
        return Err(Failure::new(Exit::Usage, "FROM and TO are the same place"));
    }
    let source = arguments.from.open().await?;
    super::set_file_mode(arguments.mode);
    let target = arguments.to.storage_to_write().await?;
    let options = Options {
        concurrency: arguments.concurrency.into(),
        temporary: arguments.temp_dir.clone().unwrap_or_else(std::env::temp_dir),
    };
    let progress = Arc::new(Progress::new(talk));
    let copied = copy::copy(&source, target, &arguments.repositories, &options, progress.clone(), &cancel).await;
    progress.finish();
    let report = copied.map_err(|error| match error {
        copy::Error::Vault(error) => error.into(),
        copy::Error::Cancelled => Failure::interrupted(),
        error => Failure::new(Exit::Failed, gitark::cause::chain(&error)),
    })?;
    output::unless_unread(show(&report, arguments.json, talk))?;
    let failed = report.repositories.iter().filter(|row| row.problem.is_some()).count();
    Ok(if report.repositories.iter().any(|row| row.damaged) {
        Exit::Damage
    } else if report.cancelled {
        Exit::Interrupted
    } else if failed == 0 {
        Exit::Done
    } else if failed == report.repositories.len() {
        Exit::Failed
    } else {
        Exit::Partial
    })
}

fn show(report: &CopyReport, as_json: bool, talk: Talk) -> std::io::Result<()> {
    let out = &mut std::io::stdout().lock();
    if as_json {
        return output::json(out, report);
    }
    if talk.quiet {
        return Ok(());
    }
    let rows = &report.repositories;
    let sum = |part: fn(&copy::CopiedRepository) -> u64| rows.iter().map(part).sum::<u64>();
    let failed = rows.iter().filter(|row| row.problem.is_some()).count();
    write!(
        out,
        "{} copied: {}, {}, {}",
        output::repositories(rows.len() - failed),
        count(sum(|row| row.packs), "new pack"),
        count(sum(|row| row.entries), "new backup"),
        output::bytes(sum(|row| row.bytes)),
    )?;
    if failed > 0 {
        write!(out, "; {failed} FAILED")?;
    }
    writeln!(out)
}
