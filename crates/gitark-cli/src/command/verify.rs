//! `gitark verify`.

use std::{io::Write as _, sync::Arc};

use clap::Args;
use gitark::{
    vault::key::Kind,
    verify::{self, Options, VerifyReport},
};

use super::Outcome;
use crate::{
    arguments::{Talk, VaultPlace, Writing},
    exit::Exit,
    interrupt, output,
    terminal::Progress,
};

/// Columns of a line.
const WIDTH: usize = 80;

/// Prove that a vault holds what its logs say.
#[derive(Args, Debug)]
#[command(after_help = "Damage is named with its key, noted in the log, and ends with exit code 4.\n\
    Repair it with: gitark backup OWNER/REPO --to VAULT --refetch")]
pub(crate) struct Verify {
    /// Repositories; all when none is named
    #[arg(value_name = "OWNER/REPO")]
    pub(crate) repositories: Vec<String>,
    #[command(flatten)]
    pub(crate) place: VaultPlace,
    /// Read and decode every byte, and check that every object that is named is there
    #[arg(long)]
    pub(crate) full: bool,
    /// Write nothing: neither note damage in the vault nor mend what can be made from the log
    #[arg(long)]
    pub(crate) read_only: bool,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Checks the vault.
pub(crate) async fn run(arguments: Verify, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let vault = arguments.place.vault.open("--vault").await?;
    let options = Options {
        full: arguments.full,
        record: !arguments.read_only,
        temporary: arguments.writing.begin(),
        object_bytes: gitark::git::pack::PackLimits::default().object_bytes,
    };
    let progress = Arc::new(Progress::new(talk));
    progress.phase("reading the vault");
    let report = verify::verify(&vault, &arguments.repositories, &options, progress.clone(), &cancel).await;
    progress.finish();
    let report = report?;
    output::unless_unread(show(&report, &arguments, talk))?;
    Ok(if report.has_damage() {
        Exit::Damage
    } else if report.cancelled {
        Exit::Interrupted
    } else if report.has_unreachable() {
        Exit::Failed
    } else {
        Exit::Done
    })
}

fn show(report: &VerifyReport, arguments: &Verify, talk: Talk) -> std::io::Result<()> {
    let out = &mut std::io::stdout().lock();
    if arguments.json {
        return output::json(out, report);
    } else {
        for damage in &report.damage {
            writeln!(out, "damaged: {damage}")?;
        }
        for row in &report.repositories {
            for damage in &row.damage {
                writeln!(out, "damaged: {damage}")?;
            }
            for note in row.notes.iter().filter(|_| !talk.quiet) {
                writeln!(out, "note: {}: {note}", row.repository)?;
            }
            if let Some(problem) = &row.unreachable {
                writeln!(out, "not checked: {}: {problem}", row.repository)?;
            }
        }
        let hurt: Vec<_> = report.repositories.iter().filter(|row| !row.damage.is_empty() && !row.is_mended).collect();
        if report.has_damage() {
            for row in &hurt {
                let name = Kind::split(&row.repository).map_or(row.repository.as_str(), |(plain, _)| plain);
                writeln!(out, "repair: gitark backup {name} --to {} --refetch", arguments.place.vault)?;
            }
        } else if !report.has_unreachable() && !report.cancelled && !talk.quiet {
            let how = if arguments.full { "every byte read" } else { "quick check; --full reads every byte" };
            let all = output::repositories(report.repositories.iter().map(|row| row.repository.as_str()));
            let line = format!("{all} checked, no damage ({how})");
            // On a terminal of the usual width it is read at a glance.
            let is_wide = line.chars().count() > WIDTH;
            writeln!(out, "{}", if is_wide { line.replacen(" checked, ", " checked,\n", 1) } else { line })?;
        }
    }
    Ok(())
}
