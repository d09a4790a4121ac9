//! `gitark restore`.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use gitark::{
    restore::{self, Options, Restored},
    vault::{key::Kind, lookup::At},
};

use super::{Outcome, find_one, open};
use crate::{
    arguments::{Restore, Talk},
    exit::Exit,
    output::{self, bytes, plural, time},
    terminal,
};

/// Gives a repository back, and its wiki beside it.
pub(crate) async fn run(arguments: Restore, talk: Talk) -> Outcome {
    let vault = open(&arguments.place.vault).await?;
    let (found, kind) = find_one(&vault, &arguments.repository).await?;
    let options = Options { bare: arguments.bare, at: arguments.at };
    let repository = vault.repository(&found.claim.folder, kind);
    let restored = restore::restore(&repository, &arguments.directory, options).await?;
    let observed = restored.observed;
    show(&restored, &arguments, talk)?;
    if kind == Kind::Code && !arguments.no_wiki {
        // The code's entry decides the day; the wiki's log has numbers of its own.
        let at = match arguments.at {
            At::Number(_) => At::Time(observed),
            at => at,
        };
        let wiki = vault.repository(&found.claim.folder, Kind::Wiki);
        if wiki.sequence_at(at).await?.is_some() {
            let beside = wiki_directory(&arguments.directory);
            let restored = restore::restore(&wiki, &beside, Options { at, ..options }).await?;
            show(&restored, &arguments, talk)?;
        }
    }
    Ok(Exit::Done)
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

fn show(restored: &Restored, arguments: &Restore, talk: Talk) -> std::io::Result<()> {
    if arguments.json {
        return output::json(&mut std::io::stdout().lock(), restored);
    }
    if !talk.quiet {
        let files = if arguments.bare { String::new() } else { format!(", {}", plural(restored.files, "file")) };
        let line = format!(
            "{} as of {} (entry {}): {}, {} objects, {}{files} in {}",
            restored.name,
            time(restored.observed),
            restored.sequence,
            plural(restored.refs, "ref"),
            restored.objects,
            bytes(restored.bytes),
            restored.directory.display()
        );
        terminal::say(&line);
    }
    std::io::stdout().flush()
}
