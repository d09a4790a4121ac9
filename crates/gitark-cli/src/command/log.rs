//! `gitark log`.

use std::io::Write as _;

use gitark::vault::log::{Change, Entry, How};

use super::{Outcome, find_one, open};
use crate::{
    arguments::Log,
    exit::Exit,
    output::{self, bytes, plural, table, time},
    terminal,
};

/// Shows the backups of a repository, newest last.
pub(crate) async fn run(arguments: Log) -> Outcome {
    let vault = open(&arguments.place.vault).await?;
    let (found, kind) = find_one(&vault, &arguments.repository).await?;
    let repository = vault.repository(&found.claim.folder, kind);
    let out = &mut std::io::stdout().lock();
    let (mut rows, mut is_damaged) = (Vec::new(), false);
    for sequence in repository.sequences().await? {
        let entry = match repository.entry(sequence).await {
            Ok(Some((entry, ..))) => entry,
            Ok(None) => continue,
            Err(gitark::vault::Error::Damaged(damage)) => {
                terminal::say(&format!("damaged: {damage}"));
                is_damaged = true;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if arguments.json {
            output::json(out, &entry)?;
        } else {
            let added: u64 = entry.packs.iter().map(|pack| pack.pack_bytes).sum();
            rows.push(vec![sequence.to_string(), time(entry.observed), bytes(added), describe(&entry)]);
            if arguments.refs {
                rows.extend(
                    entry
                        .changes
                        .iter()
                        .map(|change| vec![String::new(), String::new(), String::new(), describe_change(change)]),
                );
            }
        }
    }
    if !arguments.json {
        table(out, &["ENTRY", "OBSERVED (UTC)", "ADDED", "WHAT"], &rows)?;
        if rows.is_empty() {
            writeln!(out, "(no backup to its end yet)")?;
        }
    }
    Ok(if is_damaged { Exit::Damage } else { Exit::Done })
}

/// An entry in a few words.
fn describe(entry: &Entry) -> String {
    if let (1, Some(checkpoint)) = (entry.sequence, &entry.checkpoint) {
        return format!("first backup of {}: {}", entry.repository.name, plural(checkpoint.refs.len(), "ref"));
    }
    let count = |how: How| entry.changes.iter().filter(|change| change.how == how).count();
    let words = [
        (How::Created, "new"),
        (How::FastForward, "fast-forward"),
        (How::Forced, "forced"),
        (How::Unproven, "unproven"),
        (How::Deleted, "deleted"),
    ];
    let mut parts: Vec<String> = words
        .into_iter()
        .map(|(how, word)| (count(how), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if !entry.lost.is_empty() {
        parts.push(format!("{} kept", plural(entry.lost.len(), "old tip")));
    }
    if let Some(repair) = &entry.repair {
        if !repair.damaged_packs.is_empty() {
            parts.push(format!("{} found damaged", plural(repair.damaged_packs.len(), "pack")));
        }
        if !repair.repaired_packs.is_empty() || !repair.damaged_entries.is_empty() {
            parts.push("repaired".into());
        }
    }
    if parts.is_empty() { "no ref changed".into() } else { parts.join(", ") }
}

fn describe_change(change: &Change) -> String {
    let short = |value: &Option<gitark::git::refs::RefValue>| {
        value.map_or("-".into(), |value| value.oid.to_string().chars().take(10).collect::<String>())
    };
    let how = match change.how {
        How::Created => "new",
        How::FastForward => "fast-forward",
        How::Forced => "forced",
        How::Unproven => "unproven",
        How::Deleted => "deleted",
    };
    format!("  {} {}..{} {how}", change.name, short(&change.old), short(&change.new))
}
