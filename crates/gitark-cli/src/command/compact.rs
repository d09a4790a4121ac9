//! `gitark compact`.

use std::{io::Write as _, sync::Arc, time::Duration};

use gitark::{
    compact::{self, CompactReport, Options},
    git::repack::RepackOptions,
    monitor::count,
};

use super::Outcome;
use crate::{
    arguments::{Compact, Talk},
    exit::Exit,
    interrupt, output,
    terminal::Progress,
};

/// Joins small packs.
pub(crate) async fn run(arguments: Compact, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let vault = arguments.place.vault.open().await?;
    super::set_file_mode(arguments.mode);
    let options = Options {
        all: arguments.all,
        grace: Duration::try_from(arguments.grace).unwrap_or_default(),
        delete: !arguments.no_delete,
        temporary: arguments.temp_dir.clone().unwrap_or_else(std::env::temp_dir),
        repack: RepackOptions::default(),
    };
    let progress = Arc::new(Progress::new(talk));
    let report = compact::compact(&vault, &arguments.repositories, &options, progress.clone(), &cancel).await;
    progress.finish();
    let report = report?;
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

fn show(report: &CompactReport, as_json: bool, talk: Talk) -> std::io::Result<()> {
    let out = &mut std::io::stdout().lock();
    if as_json {
        return output::json(out, report);
    }
    let rows = &report.repositories;
    for row in rows.iter().filter(|row| !row.prunable.is_empty()) {
        if let Some(problem) = &row.not_deleted {
            writeln!(out, "{}: old packs may be deleted, which was not done ({problem}):", row.repository)?;
        }
        for key in &row.prunable {
            writeln!(out, "  {key}")?;
        }
    }
    if talk.quiet {
        return Ok(());
    }
    let joined = rows.iter().filter(|row| row.sequence.is_some()).count();
    let sum = |part: fn(&compact::CompactedRepository) -> u64| rows.iter().map(part).sum::<u64>();
    let saved = sum(|row| row.bytes_before).saturating_sub(sum(|row| row.bytes));
    let failed = rows.iter().filter(|row| row.problem.is_some()).count();
    write!(
        out,
        "{} looked at, {joined} compacted: {} became {}, {} saved",
        output::repositories(rows.len()),
        count(sum(|row| row.packs_before), "pack"),
        sum(|row| row.packs),
        output::bytes(saved),
    )?;
    if failed > 0 {
        write!(out, "; {failed} FAILED")?;
    }
    writeln!(out)?;
    let waiting = sum(|row| row.waiting_packs);
    if let Some(until) = rows.iter().filter_map(|row| row.waiting_until).max() {
        let until = output::time(until);
        writeln!(out, "{} stay for readers; `gitark compact` after {until} deletes them", count(waiting, "old pack"))?;
    }
    Ok(())
}
