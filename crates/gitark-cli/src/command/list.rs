//! `gitark list`.

use clap::Args;
use gitark::identity::RepositoryId;

use super::Outcome;
use crate::{
    arguments::VaultPlace,
    exit::Exit,
    output::{self, bytes, table, time},
    terminal,
};

/// List the repositories of a vault.
#[derive(Args, Debug)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) place: VaultPlace,
    /// Print JSON, one object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// A repository in the list.
#[derive(serde::Serialize)]
struct Row {
    host: String,
    repository: String,
    id: RepositoryId,
    path: String,
    entries: u64,
    observed: Option<jiff::Timestamp>,
    refs: u64,
    lost_refs: u64,
    pack_bytes: u64,
    damaged: bool,
}

/// Lists the vault's repositories.
pub(crate) async fn run(arguments: List) -> Outcome {
    let vault = arguments.place.vault.open("--vault").await?;
    let (found, damage) = vault.repositories().await?;
    let rows = found.iter().map(|found| {
        let head = found.head.as_ref();
        Row {
            host: found.host().to_owned(),
            repository: found.name.clone(),
            id: found.claim.repository_id.clone(),
            path: found.claim.folder.clone(),
            entries: head.map_or(0, |head| head.sequence),
            observed: head.map(|head| head.observed),
            refs: head.map_or(0, |head| head.refs),
            lost_refs: head.map_or(0, |head| head.lost),
            pack_bytes: head.map_or(0, |head| head.pack_bytes),
            damaged: head.is_some_and(|head| head.damaged),
        }
    });
    output::unless_unread(show(rows, arguments.json))?;
    for damage in &damage {
        terminal::say(&format!("damaged: {damage}"));
    }
    Ok(if damage.is_empty() { Exit::Done } else { Exit::Damage })
}

fn show(rows: impl Iterator<Item = Row>, as_json: bool) -> std::io::Result<()> {
    let out = &mut std::io::stdout().lock();
    if as_json {
        for row in rows {
            output::json(out, &row)?;
        }
    } else {
        let cells = rows.map(|row| {
            let note = match (row.damaged, row.entries) {
                (true, _) => "DAMAGED",
                (_, 0) => "no backup to its end yet",
                _ => "",
            };
            vec![
                row.repository,
                row.entries.to_string(),
                row.observed.map_or("-".into(), time),
                row.refs.to_string(),
                row.lost_refs.to_string(),
                bytes(row.pack_bytes),
                note.to_owned(),
            ]
        });
        let cells: Vec<_> = cells.collect();
        table(out, &["REPOSITORY", "ENTRIES", "NEWEST (UTC)", "REFS", "LOST", "SIZE", ""], &cells)?;
    }
    Ok(())
}
