//! `gitark restore`.

use std::path::{Path, PathBuf};

use clap::Args;
use gitark::{
    monitor::count,
    restore::{self, Options, Restored},
    vault::{BareRepository, key::Kind, lookup::At},
};

use super::{Outcome, find_one};
use crate::{
    arguments::{AtBackup, Talk, VaultPlace},
    exit::{Exit, Failure},
    interrupt,
    output::{self, time},
    terminal,
};

/// Give a repository back as it was.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark restore octocat/hello hello --vault ./vault                    the newest backup, with its files\n  \
    gitark restore octocat/hello hello --vault ./vault --at 2026-11-21    as it was at the end of that day (UTC)\n  \
    gitark restore octocat/hello hello.git --vault ./vault --bare --at 3  entry 3 of `gitark log`, bare")]
pub(crate) struct Restore {
    /// OWNER/REPO, its newest name or an old one; OWNER/REPO.wiki for the wiki alone
    #[arg(value_name = "OWNER/REPO")]
    pub(crate) repository: String,
    /// Where to; the wiki goes beside it, as DIR.wiki
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    #[command(flatten)]
    pub(crate) place: VaultPlace,
    /// A bare repository, ready to push
    #[arg(long)]
    pub(crate) bare: bool,
    #[command(flatten)]
    pub(crate) backup: AtBackup,
    /// Leave the wiki out
    #[arg(long)]
    pub(crate) no_wiki: bool,
    /// Print what was restored (JSON), one object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// Gives a repository back, and its wiki beside it.
pub(crate) async fn run(arguments: Restore, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    // What is restored takes the directory's place, which would pull it from under the caller's feet.
    let here = std::env::current_dir().and_then(std::fs::canonicalize);
    if let (Ok(here), Ok(target)) = (here, std::fs::canonicalize(&arguments.directory))
        && here == target
    {
        let message = format!("{} is the current directory; name a new one", arguments.directory.display());
        return Err(Failure::new(Exit::Usage, message));
    }
    let vault = arguments.place.vault.open("--vault").await?;
    let (found, kind) = find_one(&vault, &arguments.repository).await?;
    let options = Options { bare: arguments.bare, at: arguments.backup.at };
    let repository = vault.repository(&found.claim.folder, kind);
    let restored = restore::restore(&repository, &arguments.directory, options, &cancel).await?;
    show(kind, &restored, &arguments, talk)?;
    if kind == Kind::Code && !arguments.no_wiki {
        let wiki = vault.repository(&found.claim.folder, Kind::Wiki);
        if let Some(at) = wiki_at(&repository, &wiki, &restored, arguments.backup.at).await? {
            let beside = wiki_directory(&arguments.directory);
            let restored = restore::restore(&wiki, &beside, Options { at, ..options }, &cancel).await?;
            show(Kind::Wiki, &restored, &arguments, talk)?;
        }
    }
    Ok(Exit::Done)
}

/// The wiki's entry that goes with what was asked for; none when it had no wiki then.
///
/// The wiki's log has numbers of its own. A number means the code's entry, so the wiki is taken as the same run saw it,
/// a moment after the code, else as it was at that entry's time.
async fn wiki_at(
    code: &BareRepository,
    wiki: &BareRepository,
    restored: &Restored,
    at: At,
) -> Result<Option<At>, Failure> {
    let At::Number(_) = at else {
        return Ok(wiki.sequence_at(at).await?.map(At::Number));
    };
    if let Some((of_code, ..)) = code.entry(restored.sequence).await? {
        for number in wiki.sequences().await?.into_iter().rev() {
            let entry = match wiki.entry(number).await {
                // Whether it matters, the look-up by time decides.
                Err(gitark::vault::Error::Damaged(_)) => continue,
                entry => entry?,
            };
            match entry {
                Some((entry, ..)) if entry.run_id == of_code.run_id && !entry.partial => {
                    return Ok(Some(At::Number(number)));
                }
                Some((entry, ..)) if entry.observed < restored.observed => break,
                _ => {}
            }
        }
    }
    Ok(wiki.sequence_at(At::Time(restored.observed)).await?.map(At::Number))
}

/// `hello` -> `hello.wiki`, `hello.git` -> `hello.wiki.git`.
fn wiki_directory(directory: &Path) -> PathBuf {
    let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = match name.strip_suffix(".git") {
        Some(stem) => format!("{stem}.wiki.git"),
        None => format!("{name}.wiki"),
    };
    directory.with_file_name(name)
}

/// What was restored, with its kind: a wiki has the name of its repository.
#[derive(serde::Serialize)]
struct Row<'a> {
    kind: Kind,
    #[serde(flatten)]
    restored: &'a Restored,
}

fn show(kind: Kind, restored: &Restored, arguments: &Restore, talk: Talk) -> std::io::Result<()> {
    if arguments.json {
        return output::unless_unread(output::json(&mut std::io::stdout().lock(), &Row { kind, restored }));
    }
    if !talk.quiet {
        let what =
            if arguments.bare { count(restored.refs as u64, "ref") } else { count(restored.files as u64, "file") };
        let line = format!(
            "{}: {}{} entry {} ({}): {what}",
            restored.directory.display(),
            restored.name,
            kind.infix(),
            restored.sequence,
            time(restored.observed),
        );
        terminal::write_line(&line);
    }
    Ok(())
}
