//! Every repository of a vault, below one directory.

use std::{
    collections::{BTreeSet, HashSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::{StreamExt as _, stream};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::{Error, Format, Options, Restored, restore};
use crate::{
    cause,
    monitor::{Details, Ending, Event, Monitor, bytes, count},
    vault::{
        self, BareRepository, Vault,
        key::{self, Kind},
        lookup::{At, Found},
    },
};

/// How to give all back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllOptions {
    /// In which form.
    pub format: Format,
    /// Which backups: the newest ones, or those of a time. Numbers mean another time in each log.
    pub at: At,
    /// Wikis too.
    pub wikis: bool,
    /// What is around the code too: issues, releases, settings.
    pub metadata: bool,
    /// With metadata, the release assets and attachments that it names.
    pub files: bool,
    /// Repositories at once.
    pub concurrency: usize,
}

/// What was given back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AllReport {
    /// One row for each bare repository that has or should have something to give back.
    pub repositories: Vec<AllRow>,
    /// Whether it was cancelled before its end.
    pub cancelled: bool,
}

/// What became of one bare repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AllRow {
    /// `OWNER/REPO`, `OWNER/REPO.wiki`, `OWNER/REPO.meta` or `OWNER/~account`, as it is called now.
    pub repository: String,
    /// Where it is in the vault.
    pub source: String,
    /// How it ended.
    pub outcome: Ended,
    /// What was given back.
    #[serde(flatten)]
    pub restored: Option<Restored>,
    /// Why nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Whether something is damaged: then that is why, or the part of Git LFS that is left out.
    pub damaged: bool,
}

/// How it ended for one bare repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// It is there.
    Restored,
    /// There was nothing to give back.
    Skipped,
    /// It could not be given back.
    Failed,
}

impl AllReport {
    /// The rows that ended so.
    pub fn count(&self, outcome: Ended) -> usize {
        self.repositories.iter().filter(|row| row.outcome == outcome).count()
    }
}

impl AllRow {
    /// The row in a few words.
    pub fn summary(&self) -> String {
        match (&self.restored, &self.problem) {
            (Some(restored), _) => {
                let what = match restored.format {
                    Format::Bare | Format::Bundle => count(restored.refs as u64, "ref"),
                    _ => count(restored.files as u64, "file"),
                };
                let lfs = restored.lfs.words();
                let (path, bytes) = (restored.path.display(), bytes(restored.bytes));
                format!("{path}: entry {}, {what}, {bytes}{lfs}", restored.sequence)
            }
            (None, Some(problem)) if self.outcome == Ended::Skipped => format!("skipped: {problem}"),
            (None, problem) => problem.clone().unwrap_or_default(),
        }
    }
}

/// Gives every repository of `vault` back below `directory`, as `OWNER/REPO`, below a folder for the host when there are
/// several. One that fails does not stop the others.
///
/// # Errors
/// The failure of the vault as a whole. That of one repository is in its row.
pub async fn restore_all(
    vault: &Vault,
    directory: &Path,
    options: &AllOptions,
    monitor: Arc<dyn Monitor>,
    cancel: &CancellationToken,
) -> Result<AllReport, vault::Error> {
    let (found, damage) = vault.repositories().await?;
    monitor.event(Event::Listed { repositories: found.len() + damage.len() });
    let mut report = AllReport::default();
    for damage in damage {
        let row = AllRow {
            repository: damage.key.clone(),
            source: damage.key,
            outcome: Ended::Failed,
            restored: None,
            problem: Some(damage.problem),
            damaged: true,
        };
        tell(monitor.as_ref(), &row, cancel);
        report.repositories.push(row);
    }
    let all = All { vault, directory, options, monitor: monitor.as_ref(), cancel };
    let places = places(&found, options.format.ending());
    // Futures do nothing until they are polled. (A closure over references would make this future not `Send`.)
    let mut work = Vec::with_capacity(found.len());
    for (found, place) in found.iter().zip(&places) {
        work.push(all.repository(found, place.as_ref()));
    }
    let mut rows = stream::iter(work).buffered(options.concurrency.max(1));
    while let Some(rows) = rows.next().await {
        report.repositories.extend(rows);
    }
    report.cancelled = cancel.is_cancelled();
    Ok(report)
}

/// Where the code and what is beside it go, below the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    code: PathBuf,
    wiki: PathBuf,
    metadata: PathBuf,
}

/// A place for each repository; `None` for a name that GitHub cannot have given.
///
/// No two are the same, on a disk that takes `A` and `a` for one name either, and none leaves the directory: names have
/// no `/` and are no dots, all lie equally deep, and where two would be the same, the one that GitHub made first gets
/// `~<id>`, which no name can have. Nor can a repository be called `~account`.
fn places(found: &[Found], ending: &str) -> Vec<Option<Place>> {
    let hosts: BTreeSet<&str> = found.iter().map(Found::host).collect();
    let mut places = vec![None; found.len()];
    let mut taken: HashSet<String> = HashSet::new();
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(&found[*at].claim.repository_id));
    for at in order {
        let (host, id) = (found[at].host(), &found[at].claim.repository_id);
        let Ok((owner, name)) = key::split_name(&found[at].name) else { continue };
        // A host's folder is made of the same characters, or begins with `~`.
        if key::split_full_name(&format!("{}/x", host.trim_start_matches('~'))).is_err() {
            continue;
        }
        let folder = if hosts.len() > 1 { format!("{host}/{owner}") } else { owner.to_owned() };
        for name in [name.to_owned(), format!("{name}~{id}")] {
            let paths = Kind::ALL.map(|kind| format!("{folder}/{}{ending}", kind.label(&name)));
            let keys = paths.each_ref().map(|path| path.to_lowercase());
            if keys.iter().all(|key| !taken.contains(key)) {
                taken.extend(keys);
                let [code, wiki, metadata] = paths.map(PathBuf::from);
                places[at] = Some(Place { code, wiki, metadata });
                break;
            }
        }
    }
    places
}

struct All<'a> {
    vault: &'a Vault,
    directory: &'a Path,
    options: &'a AllOptions,
    monitor: &'a dyn Monitor,
    cancel: &'a CancellationToken,
}

impl All<'_> {
    /// Gives the code of one repository back, and what is beside it.
    async fn repository(&self, found: &Found, place: Option<&Place>) -> Vec<AllRow> {
        let mut rows = Vec::new();
        for kind in found.kinds().iter().copied() {
            if self.cancel.is_cancelled() {
                break;
            }
            if kind == Kind::Wiki && !self.options.wikis || kind == Kind::Meta && !self.options.metadata {
                continue;
            }
            let label = found.label(kind);
            let is_main = kind == found.main_kind();
            self.monitor.event(Event::Began { repository: label.clone() });
            let repository = self.vault.repository(&found.claim.folder, kind);
            let row = match place {
                Some(place) => {
                    let path = match kind {
                        Kind::Code => &place.code,
                        Kind::Wiki => &place.wiki,
                        Kind::Meta => &place.metadata,
                    };
                    self.bare(&label, is_main, &repository, &self.directory.join(path)).await
                }
                None if !is_main => None,
                None => {
                    let name: String = found.name.chars().take(80).collect();
                    let problem = "no repository can be called so";
                    Some(failed(&label, repository.bare(), &vault::Error::BadName { name, problem }.into()))
                }
            };
            if let Some(row) = row {
                tell(self.monitor, &row, self.cancel);
                rows.push(row);
            }
        }
        rows
    }

    /// Gives one bare repository back; `None` where there is nothing beside the code.
    async fn bare(&self, label: &str, is_main: bool, repository: &BareRepository, path: &Path) -> Option<AllRow> {
        let options = Options { files: self.options.files, ..Options::new(self.options.format, self.options.at) };
        let (outcome, restored, problem) = match restore(repository, path, &options, self.cancel).await {
            Ok(restored) => (Ended::Restored, Some(restored), None),
            Err(Error::Vault(vault::Error::NoSuchBackup { .. })) if !is_main => return None,
            Err(Error::Vault(vault::Error::NoSuchBackup { at, .. })) => {
                (Ended::Skipped, None, Some(format!("no backup at {at}")))
            }
            Err(error) if error.is_nothing() => (Ended::Skipped, None, Some("it is empty".into())),
            Err(error) => return Some(failed(label, repository.bare(), &error)),
        };
        let (repository, source) = (label.to_owned(), repository.bare().to_owned());
        // What is damaged of Git LFS is left out, and the rest is there.
        let damaged = restored.as_ref().is_some_and(|restored| !restored.lfs.damage.is_empty());
        Some(AllRow { repository, source, outcome, restored, problem, damaged })
    }
}

fn failed(label: &str, source: &str, error: &Error) -> AllRow {
    AllRow {
        repository: label.to_owned(),
        source: source.to_owned(),
        outcome: Ended::Failed,
        restored: None,
        problem: Some(cause::chain(error)),
        damaged: matches!(error, Error::Vault(vault::Error::Damaged(_))),
    }
}

fn tell(monitor: &dyn Monitor, row: &AllRow, cancel: &CancellationToken) {
    let ending = match row.outcome {
        _ if row.damaged => Ending::Damaged,
        Ended::Failed if cancel.is_cancelled() => Ending::Cancelled,
        Ended::Failed => Ending::Failed,
        _ => Ending::Good,
    };
    let (repository, details) = (row.repository.clone(), Details::default());
    monitor.event(Event::Ended { repository, summary: row.summary(), ending, details });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::claim::Claim;

    fn found(id: u64, folder: &str, name: &str) -> Found {
        let (folder, created) = (folder.to_owned(), jiff::Timestamp::UNIX_EPOCH);
        let claim = Claim { format: 1, repository_id: id.into(), folder, name: name.to_owned(), created };
        Found { claim, name: name.to_owned(), head: None }
    }

    #[test]
    fn no_two_repositories_get_one_place_and_none_leaves_the_directory() {
        let all = [
            found(1, "github.com/o/hello", "o/hello"),
            // The name was taken over, in another spelling.
            found(2, "github.com/o/hello~2", "O/Hello"),
            found(3, "github.com/o/hello.wiki", "o/hello.wiki"),
            found(4, "github.com/o/hello.git", "o/hello.git"),
            found(5, "github.com/o/hello.wiki.git", "o/hello.wiki.git"),
            found(6, "github.com/x", "../x"),
            found(7, "github.com/x", "o/.."),
            found(8, "github.com/x", "o/a/../../b"),
            found(9, "github.com/x", "/etc/passwd"),
            found(10, "github.com/x", "../~account"),
            found(11, "github.com/x", "o/~account/x"),
            found(12, "github.com/o/~account", "o/~account"),
        ];
        for ending in ["", ".git", ".bundle", ".tar.gz"] {
            let places = places(&all, ending);
            let paths: Vec<String> = places
                .iter()
                .flatten()
                .flat_map(|place| [&place.code, &place.wiki, &place.metadata])
                .map(|path| path.to_str().expect("text").to_lowercase())
                .collect();
            assert_eq!(paths.len(), 18, "{ending}: {paths:?}");
            // An account has no code: its place is that of what is around it.
            assert_eq!(paths.iter().collect::<HashSet<_>>().len(), 17, "{ending}: {paths:?}");
            for path in &paths {
                assert_eq!(path.split('/').count(), 2, "{path}");
                assert!(path.split('/').all(|part| !part.is_empty() && part != "." && part != ".."), "{path}");
            }
            assert!(places[5..11].iter().all(Option::is_none), "{ending}");
            let account = places[11].clone().expect("a place").metadata;
            assert_eq!(account, Path::new(&format!("o/~account{ending}")));
        }
    }

    #[test]
    fn hosts_have_folders_when_there_are_several() {
        let place = |all: &[Found]| places(all, ".git")[0].clone().expect("a place").code;
        let one = found(1, "github.com/o/a", "o/a");
        assert_eq!(place(std::slice::from_ref(&one)), Path::new("o/a.git"));
        assert_eq!(place(&[one.clone(), found(1, "~local/o/a", "o/a")]), Path::new("github.com/o/a.git"));
        assert_eq!(
            places(&[found(1, "../o/a", "o/a"), one], ""),
            [
                None,
                Some(Place {
                    code: "github.com/o/a".into(),
                    wiki: "github.com/o/a.wiki".into(),
                    metadata: "github.com/o/a.meta".into(),
                })
            ]
        );
    }
}
