//! `gitark log`.

use std::{collections::BTreeMap, io::Write as _};

use clap::Args;
use gitark::{
    monitor::count,
    vault::log::{Change, Entry, How},
};

use super::Outcome;
use crate::{
    arguments::OneRepository,
    exit::Exit,
    output::{self, bytes, table, time},
    terminal,
};

/// Show the backups of a repository.
#[derive(Args, Debug)]
pub(crate) struct Log {
    #[command(flatten)]
    pub(crate) of: OneRepository,
    /// Show every changed reference
    #[arg(long)]
    pub(crate) refs: bool,
    /// Print the log's entries (JSON), one a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Shows the backups of a repository, newest last.
pub(crate) async fn run(arguments: Log) -> Outcome {
    let (_, repository) = arguments.of.open().await?;
    let out = &mut std::io::stdout().lock();
    let (mut rows, mut damaged) = (Vec::new(), BTreeMap::new());
    for sequence in repository.sequences().await? {
        let entry = match repository.entry(sequence).await {
            Ok(Some((entry, ..))) => entry,
            Ok(None) => continue,
            Err(gitark::vault::Error::Damaged(damage)) => {
                damaged.insert(sequence, damage);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        // A repair stands for entries before it that cannot be read.
        for repaired in entry.repair.iter().flat_map(|repair| &repair.damaged_entries) {
            if damaged.remove(repaired).is_some() {
                terminal::say(&format!("entry {repaired} cannot be read; entry {sequence} stands for it"));
            }
        }
        if arguments.json {
            output::json(out, &entry)?;
        } else {
            let added: u64 = entry.packs.iter().map(|pack| pack.pack_bytes).fold(0, u64::saturating_add);
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
    for damage in damaged.values() {
        terminal::say(&format!("damaged: {damage}"));
    }
    Ok(if damaged.is_empty() { Exit::Done } else { Exit::Damage })
}

/// An entry in a few words.
fn describe(entry: &Entry) -> String {
    if let (1, Some(checkpoint)) = (entry.sequence, &entry.checkpoint) {
        let (name, refs) = (&entry.repository.name, count(checkpoint.refs.len() as u64, "ref"));
        let how = if entry.imported { " (imported)" } else { "" };
        return format!("first backup of {name}{how}: {refs}");
    }
    let changed = |how: How| entry.changes.iter().filter(|change| change.how == how).count();
    let mut parts: Vec<String> = [How::Created, How::FastForward, How::Forced, How::Unproven, How::Deleted]
        .into_iter()
        .map(|how| (changed(how), how.word()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if !entry.lost.is_empty() {
        parts.push(format!("{} kept", count(entry.lost.len() as u64, "old tip")));
    }
    if let Some(repair) = &entry.repair {
        if !repair.damaged_packs.is_empty() {
            parts.push(format!("{} found damaged", count(repair.damaged_packs.len() as u64, "pack")));
        }
        if !repair.repaired_packs.is_empty() || !repair.damaged_entries.is_empty() {
            parts.push("repaired".into());
        }
    }
    if let Some(compaction) = &entry.compaction {
        parts.push(format!("compacted: {} became 1", count(compaction.replaced.len() as u64, "pack")));
    }
    if parts.is_empty() { "no ref changed".into() } else { parts.join(", ") }
}

fn describe_change(change: &Change) -> String {
    let short =
        |value: &Option<gitark::git::refs::RefValue>| value.map_or("-".into(), |value| output::short(value.oid));
    format!("  {} {}..{} {}", change.name, short(&change.old), short(&change.new), change.how.word())
}
