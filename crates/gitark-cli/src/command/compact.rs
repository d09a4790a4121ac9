//! `gitark compact`.

use std::{io::Write as _, sync::Arc, time::Duration};

use clap::Args;
use gitark::{
    compact::{self, CompactReport, Options},
    git::repack::RepackOptions,
    monitor::count,
    vault::key::Kind,
};

use super::Outcome;
use crate::{
    arguments::{Talk, VaultPlace, Writing, parse_duration},
    exit::Exit,
    interrupt, output,
    terminal::{self, Level, Progress, Record},
};

/// Join the many small packs of daily backups into few.
///
/// The joined pack is checked and in the log before any old one goes. Nothing that was backed up is lost.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark compact --vault ./vault                       where it is worth it\n  \
    gitark compact --vault ./vault octocat/hello --all   into a single pack\n  \
    gitark compact --vault s3://backups --no-delete      may not delete")]
pub(crate) struct Compact {
    /// Repositories; all when none is named
    #[arg(value_name = "OWNER/REPO")]
    pub(crate) repositories: Vec<String>,
    #[command(flatten)]
    pub(crate) place: VaultPlace,
    /// Join large packs too, into a single one
    #[arg(long)]
    pub(crate) all: bool,
    /// How long replaced packs stay for those who may be reading them, e.g. 30m or 7d; 0s deletes at once
    #[arg(long, value_name = "TIME", default_value = "24h", allow_hyphen_values = true, value_parser = parse_duration)]
    pub(crate) grace: Duration,
    /// Delete nothing; print the keys that may be deleted, one a line
    #[arg(long)]
    pub(crate) no_delete: bool,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Joins small packs.
pub(crate) async fn run(arguments: Compact, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let vault = arguments.place.vault.open("--vault").await?;
    let options = Options {
        all: arguments.all,
        grace: arguments.grace,
        delete: !arguments.no_delete,
        temporary: arguments.writing.begin(),
        repack: RepackOptions::default(),
    };
    let progress = Arc::new(Progress::new(talk));
    progress.phase("reading the vault");
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
            say_summary(report);
        }
        show_prunable(report, arguments)?;
    }
    for row in rows.iter().filter(|row| row.damaged) {
        let name = Kind::split(&row.repository).map_or(row.repository.as_str(), |(plain, _)| plain);
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

fn say_summary(report: &CompactReport) {
    let rows = &report.repositories;
    let sum = |part: fn(&compact::CompactedRepository) -> u64| rows.iter().map(part).sum::<u64>();
    let text = summary(report);
    Record::new(Level::Info, "summary")
        .with("message", text.as_str())
        .with("rows", rows.len())
        .with("compacted", rows.iter().filter(|row| row.sequence.is_some()).count())
        .with("failed", rows.iter().filter(|row| row.problem.is_some()).count())
        .with("deleted_packs", sum(|row| row.deleted_packs))
        .say(&text);
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
