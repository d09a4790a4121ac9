//! `gitark restore`.

mod all;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use gitark::{
    monitor::count,
    restore::{self, Options, Restored, beside_path},
    vault::{key::Kind, lookup::At},
};

use super::{Outcome, target::refuse_here};
use crate::{
    arguments::{self, AtBackup, Talk, VaultPlace},
    exit::{Exit, Failure},
    interrupt,
    output::{self, bytes, time},
    terminal,
};

/// Give a repository back as it was, or all of them
///
/// As a working copy, a bare repository or a bundle it has its whole history; as tar, tar.gz or zip the files of one
/// version. The target must not exist (a directory may be empty).
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    gitark restore octocat/hello hello                      newest, with files\n  \
    gitark restore octocat/hello hello --at 2026-11-21      at the end of that day\n  \
    gitark restore octocat/hello hello.git --bare --at 3    entry 3 of the log\n  \
    gitark restore octocat/hello h.bundle --format bundle   one file for git clone\n  \
    gitark restore octocat/hello v1.zip --format zip --ref v1.0\n  \
    gitark restore --all ./everything --format bundle")]
pub(crate) struct Restore {
    /// OWNER/REPO, its newest name or an old one, or id:NUMBER; OWNER/REPO.wiki for the wiki alone, OWNER/~account
    /// for an account's own data
    #[arg(value_name = "OWNER/REPO", required_unless_present = "all")]
    pub(crate) repository: Option<String>,
    /// Where to; the wiki goes beside it, as hello.wiki or hello.wiki.zip
    #[arg(value_name = "TARGET", required_unless_present = "all")]
    pub(crate) target: Option<PathBuf>,
    /// Every repository of the vault, to DIR/OWNER/REPO
    #[arg(long, value_name = "DIR", conflicts_with_all = ["repository", "target", "reference"])]
    pub(crate) all: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: VaultPlace,
    #[command(flatten)]
    pub(crate) form: Form,
    #[command(flatten)]
    pub(crate) backup: AtBackup,
    /// Which version goes into a tar or zip file: a branch, a tag, a full reference name, or a commit's id; without it
    /// HEAD, and the wiki's beside it
    #[arg(long = "ref", value_name = "REF")]
    pub(crate) reference: Option<String>,
    /// Leave the wiki out
    #[arg(long)]
    pub(crate) no_wiki: bool,
    /// Leave issues, releases, settings and all else that is around the code out
    #[arg(long)]
    pub(crate) no_metadata: bool,
    /// Leave release assets and attachments out; without this they are in the directory files of the metadata
    #[arg(long)]
    pub(crate) no_files: bool,
    /// Print what was restored (JSON), one object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// In which form.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Form {
    /// In which form
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "checkout")]
    format: Format,
    /// A bare repository, ready to push: --format bare
    #[arg(long, conflicts_with = "format")]
    bare: bool,
}

/// The forms, as people say them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A repository with its files
    Checkout,
    /// A bare repository, ready to push
    Bare,
    /// One file with all history, for `git clone` and `git fetch`
    Bundle,
    /// The files of one version
    Tar,
    /// The files of one version
    #[value(name = "tar.gz")]
    TarGz,
    /// The files of one version
    Zip,
}

impl Form {
    /// The library's word for it.
    pub(crate) fn format(self) -> restore::Format {
        match self.format {
            _ if self.bare => restore::Format::Bare,
            Format::Checkout => restore::Format::Checkout,
            Format::Bare => restore::Format::Bare,
            Format::Bundle => restore::Format::Bundle,
            Format::Tar => restore::Format::Tar,
            Format::TarGz => restore::Format::TarGz,
            Format::Zip => restore::Format::Zip,
        }
    }
}

/// Gives a repository back, and its wiki beside it.
pub(crate) async fn run(arguments: Restore, talk: Talk) -> Outcome {
    match (&arguments.all, &arguments.repository, &arguments.target) {
        (Some(directory), ..) => all::run(&arguments, directory, talk).await,
        (None, Some(repository), Some(target)) => one(&arguments, repository, target, talk).await,
        // The command line asks for both.
        _ => Err(Failure::new(Exit::Usage, "name OWNER/REPO and TARGET, or --all DIR")),
    }
}

async fn one(arguments: &Restore, repository: &str, target: &Path, talk: Talk) -> Outcome {
    let cancel = interrupt::cancel_on_interrupt();
    let format = arguments.form.format();
    refuse_here(target)?;
    if arguments.reference.is_some() && !format.is_archive() {
        let message = "--ref is for --format tar, tar.gz and zip; the other forms have every reference";
        return Err(Failure::new(Exit::Usage, message));
    }
    let vault = arguments.place.vault.open("--vault").await?;
    let (found, kind) = arguments::find(&vault, repository).await?;
    let (at, reference) = (arguments.backup.at, arguments.reference.clone());
    let options = Options { format, at, reference, files: !arguments.no_files };
    let repository = vault.repository(&found.claim.folder, kind);
    let restored = restore::restore(&repository, target, &options, &cancel).await?;
    show(kind, &restored, arguments, talk)?;
    let mut exits = vec![lfs_exit(&restored)];
    // A version of the code is none of what is beside it.
    if kind == Kind::Code && arguments.reference.is_none() {
        for (kind, is_left_out) in [(Kind::Wiki, arguments.no_wiki), (Kind::Meta, arguments.no_metadata)] {
            let beside = vault.repository(&found.claim.folder, kind);
            if !is_left_out && let Some(entry) = repository.sequence_beside(&beside, arguments.backup.at).await? {
                let options = Options { at: At::Number(entry), ..options.clone() };
                match restore::restore(&beside, &beside_path(target, kind), &options, &cancel).await {
                    // A wiki without a page is no reason to fail.
                    Err(error) if error.is_nothing() => {}
                    restored => {
                        let restored = restored?;
                        show(kind, &restored, arguments, talk)?;
                        exits.push(lfs_exit(&restored));
                    }
                }
            }
        }
    }
    Ok(Exit::of_all(&exits))
}

/// Damaged LFS objects are left out, which must be seen.
fn lfs_exit(restored: &Restored) -> Exit {
    for damage in &restored.lfs.damage {
        terminal::write_line(&format!("damaged, left out: {damage}"));
    }
    if restored.lfs.damage.is_empty() { Exit::Done } else { Exit::Damage }
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
        terminal::write_line(&format!("{}: {}", restored.path.display(), describe(kind, restored)));
        if let Some(attached) = &restored.attached {
            let mut text = format!("{}, {}", count(attached.files as u64, "file"), bytes(attached.bytes));
            if attached.missing > 0 {
                text.push_str(&format!("; {} that GitHub did not give", attached.missing));
            }
            terminal::write_line(&format!("{}: {text}", attached.path.display()));
        }
    }
    Ok(())
}

/// What was restored, in a few words.
fn describe(kind: Kind, restored: &Restored) -> String {
    let what = match restored.format {
        restore::Format::Checkout => count(restored.files as u64, "file"),
        restore::Format::Bare => count(restored.refs as u64, "ref"),
        restore::Format::Bundle => format!("{}, {}", count(restored.refs as u64, "ref"), bytes(restored.bytes)),
        _ => format!("{}, {}", count(restored.files as u64, "file"), bytes(restored.bytes)),
    };
    let lfs = restored.lfs.words();
    let (label, entry, observed) = (kind.label(&restored.name), restored.sequence, time(restored.observed));
    format!("{label} entry {entry} ({observed}): {what}{lfs}")
}
