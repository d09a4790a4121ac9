//! `gitark diff`.

mod around;

use std::io::{self, Write};

use clap::Args;
use gitark::{
    git::refs::{Head, RefValue},
    inspect::{self, Difference},
    metadata,
    vault::{key::Kind, lookup::At},
};

use super::{Outcome, snapshot};
use crate::{
    arguments::OneRepository,
    exit::Exit,
    output::{self, table, time},
};

/// Show what is different between two backups of a repository
///
/// References that are new, deleted, or moved, and how: fast-forward, forced, or unproven where neither could be proven
/// within bounds; old tips that are kept since; HEAD and the name. Then what changed around the code: issues, pull
/// requests, comments, labels, milestones, releases, settings; --json has all of it. The exit code is 0 whatever is
/// different.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark diff octocat/hello 3 latest                 since entry 3\n  \
    gitark diff octocat/hello 2026-11-01 2026-11-21    between two days\n  \
    gitark diff octocat/hello.wiki 1 2                 the wiki")]
pub(crate) struct Diff {
    #[command(flatten)]
    pub(crate) of: OneRepository,
    /// One backup: a number of `gitark log`, a date (its end, UTC), a time, or latest
    #[arg(value_name = "FROM")]
    pub(crate) from: At,
    /// Another one, newer or older
    #[arg(value_name = "TO", default_value = "latest")]
    pub(crate) to: At,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Compares two backups.
pub(crate) async fn run(arguments: Diff) -> Outcome {
    let (vault, named) = arguments.of.named().await?;
    let (found, kind) = &named;
    let repository = vault.repository(&found.claim.folder, *kind);
    let difference = inspect::diff(&repository, arguments.from, arguments.to).await?;
    let around = match kind {
        Kind::Wiki => None,
        Kind::Code | Kind::Meta => {
            let from = snapshot::metadata(&vault, &named, arguments.from).await?.map(|(_, snapshot)| snapshot);
            let to = snapshot::metadata(&vault, &named, arguments.to).await?.map(|(_, snapshot)| snapshot);
            let is_some = from.is_some() || to.is_some();
            if is_some { Some(metadata::diff(from.as_ref(), to.as_ref()).await?) } else { None }
        }
    };
    let out = &mut io::stdout().lock();
    if arguments.json {
        output::json(out, &Row { difference: &difference, metadata: around })?;
    } else {
        let is_around = around.as_ref().is_some_and(|around| !around.changes.is_empty());
        show(out, &difference, *kind, is_around)?;
        if let Some(around) = around.filter(|_| is_around) {
            around::show(out, &around)?;
        }
    }
    Ok(Exit::Done)
}

/// What is different, in JSON.
#[derive(serde::Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    difference: &'a Difference,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<metadata::Difference>,
}

fn show(out: &mut impl Write, difference: &Difference, kind: Kind, is_around: bool) -> io::Result<()> {
    let (from, to) = (&difference.from, &difference.to);
    writeln!(out, "{}", kind.label(&to.repository))?;
    writeln!(out, "  from  entry {}, {}", from.entry, time(from.observed))?;
    writeln!(out, "  to    entry {}, {}", to.entry, time(to.observed))?;
    if difference.is_empty() && !is_around {
        return writeln!(out, "no difference");
    }
    if from.repository != to.repository {
        writeln!(out, "renamed: {} -> {}", from.repository, to.repository)?;
    }
    if from.head != to.head {
        writeln!(out, "HEAD: {} -> {}", head(&from.head), head(&to.head))?;
    }
    let short = |value: Option<RefValue>| value.map_or("-".into(), |value| output::short(value.oid));
    let changes = difference
        .changes
        .iter()
        .map(|change| vec![change.how.word().into(), short(change.old), short(change.new), change.name.clone()]);
    let lost = difference.lost.iter().map(|lost| {
        let value = Some(lost.value);
        vec!["kept".into(), short(value), "-".into(), lost.name.clone()]
    });
    let rows: Vec<_> = changes.chain(lost).collect();
    if !rows.is_empty() {
        table(out, &["WHAT", "FROM", "TO", "REFERENCE"], &rows)?;
    }
    Ok(())
}

fn head(head: &Head) -> String {
    match head {
        Head::Symbolic(branch) => branch.clone(),
        Head::Detached(oid) => output::short(*oid),
    }
}
