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
    terminal::{self, Progress},
};

/// Joins small packs.
pub(crate) async fn run(arguments: Compact, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let vault = arguments.place.vault.open("--vault").await?;
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
    output::unless_unread(show(&report, &arguments, talk))?;
    let failed = report.repositories.iter().filter(|row| row.problem.is_some()).count();
    let damaged = report.repositories.iter().any(|row| row.damaged);
    Ok(Exit::of_rows(damaged, report.cancelled, failed, report.repositories.len()))
}

fn show(report: &CompactReport, arguments: &Compact, talk: Talk) -> std::io::Result<()> {
    let rows = &report.repositories;
    if arguments.json {
        output::json(&mut std::io::stdout().lock(), report)?;
    } else {
        if !talk.quiet {
            terminal::write_line(&summary(report));
        }
        show_prunable(report, arguments)?;
    }
    for row in rows.iter().filter(|row| row.damaged) {
        let name = row.repository.strip_suffix(".wiki").unwrap_or(&row.repository);
        terminal::write_line(&format!("repair: gitark backup {name} --to {} --refetch", arguments.place.vault));
    }
    let waiting = rows.iter().map(|row| row.waiting_packs).sum();
    if let (Some(until), false) = (rows.iter().filter_map(|row| row.waiting_until).max(), arguments.json || talk.quiet)
    {
        let (until, waiting) = (output::time(until), count(waiting, "old pack"));
        terminal::write_line(&format!("run `gitark compact` again after {until} to delete {waiting}"));
    }
    Ok(())
}

/// Keys that may be deleted and were not: they are data, why is not.
fn show_prunable(report: &CompactReport, arguments: &Compact) -> std::io::Result<()> {
    let out = &mut std::io::stdout().lock();
    for row in report.repositories.iter().filter(|row| !row.prunable.is_empty()) {
        match &row.not_deleted {
            Some(problem) if !arguments.no_delete => {
                terminal::say(&format!("{}: old packs may be deleted, but were not: {problem}", row.repository));
            }
            _ => {}
        }
        for key in &row.prunable {
            writeln!(out, "{key}")?;
        }
    }
    Ok(())
}

/// What was done, on one line.
fn summary(report: &CompactReport) -> String {
    let rows = &report.repositories;
    let (done, undone): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.problem.is_none());
    let sum = |part: fn(&compact::CompactedRepository) -> u64| done.iter().map(|row| part(row)).sum::<u64>();
    let mut text = output::repositories(done.iter().map(|row| row.repository.as_str()));
    let packs = sum(|row| row.packs);
    text.push_str(&match done.iter().filter(|row| row.sequence.is_some()).count() {
        0 => format!(": nothing to join, {}", count(packs, "pack")),
        joined => format!(
            ", {joined} compacted: {} became {packs}, {} became {}",
            count(sum(|row| row.packs_before), "pack"),
            output::bytes(sum(|row| row.bytes_before)),
            output::bytes(sum(|row| row.bytes)),
        ),
    });
    let deleted = sum(|row| row.deleted_packs);
    if deleted > 0 {
        text.push_str(&format!("; {} deleted", count(deleted, "old pack")));
    }
    if !undone.is_empty() {
        text.push_str(&format!("; {} FAILED", undone.len()));
    }
    if report.cancelled {
        text.push_str("; interrupted");
    }
    text
}
