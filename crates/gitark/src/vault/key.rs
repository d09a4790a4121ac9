//! Where everything lies in a vault: the only place that makes or takes apart keys.

use gix_hash::ObjectId;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::Error;
use crate::{git::lfs::Oid, identity::RepositoryId};

/// The vault's own document.
pub const VAULT: &str = "vault.json";
/// In the folder of a run that workers share: what they are for, as a plain JSON array without a proof, for readers that
/// are not ours.
pub const ITEMS: &str = "items.json";
/// Folder of the run reports.
pub const RUNS: &str = "runs";
/// Folder of what may be deleted at any time.
pub const CACHE: &str = "cache";
/// Where packs are spooled when the vault is a disk, to be renamed into place.
pub const SPOOL: &str = "cache/spool";
/// Folder of claims, below a host.
pub const CLAIMS: &str = "~id";

/// The name of an account's own data among the repositories of its owner; no repository can have it.
pub const ACCOUNT: &str = "~account";

/// Folder of release assets and attachments, in a repository's folder.
pub const FILES: &str = "files";
/// Folder of release assets, below [`FILES`].
pub const ASSET_FILES: &str = "assets";
/// Folder of attachments, below [`FILES`].
pub const ATTACHMENT_FILES: &str = "attachments";

/// Which of a repository's bare repositories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The code: `hello.git`.
    Code,
    /// The wiki: `hello.wiki.git`.
    Wiki,
    /// Issues, releases, settings and more: `hello.meta.git`.
    Meta,
}

impl Kind {
    /// What stands between the repository's name and `.git`.
    pub fn infix(self) -> &'static str {
        match self {
            Kind::Code => "",
            Kind::Wiki => ".wiki",
            Kind::Meta => ".meta",
        }
    }

    /// The kind without which there is nothing in the folder, by the name or the folder of a repository, a gist or an
    /// account: its marker says whose the folder is.
    pub fn main_of(name: &str) -> Self {
        let is_account = name.rsplit('/').next().is_some_and(|name| name.starts_with(ACCOUNT));
        if is_account { Kind::Meta } else { Kind::Code }
    }

    /// What people know this kind of the thing called `name` by: its name, with what tells it from the main kind.
    pub fn label(self, name: &str) -> String {
        let infix = if self == Kind::main_of(name) { "" } else { self.infix() };
        format!("{name}{infix}")
    }

    /// The repository's name and the kind that `name` ends in, where it ends like something beside the code.
    pub fn split(name: &str) -> Option<(&str, Kind)> {
        [Kind::Wiki, Kind::Meta].into_iter().find_map(|kind| Some((name.strip_suffix(kind.infix())?, kind)))
    }

    /// The kinds in the order in which they are backed up.
    pub const ALL: [Kind; 3] = [Kind::Code, Kind::Wiki, Kind::Meta];
}

/// The folder of a host: `github.com`; a name without a dot gets a `~` in front, so that it cannot be `runs`.
///
/// # Errors
/// [`Error::BadName`] for what is not a host name.
pub fn host_folder(host: &str) -> Result<String, Error> {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase().replace(':', "-");
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if !plain || host.trim_matches('.').is_empty() || host.starts_with('.') || host.len() > 253 {
        return Err(Error::BadName { name: host, problem: "it is not a host name" });
    }
    Ok(if host.contains('.') { host } else { format!("~{host}") })
}

/// The folder of a host's gists.
///
/// # Errors
/// [`Error::BadName`] for what is not a host name.
pub fn gist_host_folder(host: &str) -> Result<String, Error> {
    host_folder(&format!("gist.{}", host.trim_start_matches('[').trim_end_matches(']')))
}

/// The folder of a repository, `<host>/<owner>/<name>`, in lower case and safe on every file system; of an account's own
/// data `<host>/<owner>/~account`.
///
/// # Errors
/// [`Error::BadName`] for anything that GitHub would not give as `OWNER/REPO`.
pub fn repository_folder(host_folder: &str, full_name: &str) -> Result<String, Error> {
    let (owner, name) = split_name(full_name)?;
    let name = if name == ACCOUNT { name.to_owned() } else { safe_name(name) };
    Ok(format!("{host_folder}/{}/{name}", safe_name(owner)))
}

/// What an account's own data are called: `octocat/~account`.
pub fn account_name(login: &str) -> String {
    format!("{login}/{ACCOUNT}")
}

/// Takes the name of a repository, a gist, or an account's own data apart.
///
/// # Errors
/// [`Error::BadName`].
pub fn split_name(name: &str) -> Result<(&str, &str), Error> {
    match name.split_once('/') {
        Some((owner, ACCOUNT)) => Ok((split_full_name(&format!("{owner}/x")).map(|_| owner)?, ACCOUNT)),
        Some(_) => split_full_name(name),
        None => {
            let problem = "OWNER/REPO is expected, or OWNER/~account";
            Err(Error::BadName { name: name.chars().take(80).collect(), problem })
        }
    }
}

/// Takes `OWNER/REPO` apart, refusing what GitHub cannot have named so.
///
/// # Errors
/// [`Error::BadName`].
pub fn split_full_name(full_name: &str) -> Result<(&str, &str), Error> {
    let bad = |problem| Err(Error::BadName { name: full_name.chars().take(80).collect(), problem });
    let Some((owner, name)) = full_name.split_once('/') else {
        return bad("OWNER/REPO is expected");
    };
    for part in [owner, name] {
        if part.is_empty() || part == "." || part == ".." {
            return bad("a part of it is empty or dots");
        }
        // GitHub allows 39 characters in a login (more for managed users) and 100 in a repository's name.
        if part.len() > 100 {
            return bad("a part of it is longer than 100 characters");
        }
        if !part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
            return bad("only letters, digits, '-', '_' and '.' may stand in it");
        }
    }
    Ok((owner, name))
}

/// Lower case, and a `~` in names that Windows cannot hold: behind a device's name, which it finds before any
/// extension too (`aux.c`), and behind a last dot.
fn safe_name(name: &str) -> String {
    safe_on_windows(name.to_ascii_lowercase())
}

fn safe_on_windows(mut name: String) -> String {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let device = matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || (stem.len() == 4
            && (stem.starts_with("com") || stem.starts_with("lpt"))
            && stem.ends_with(|c: char| c.is_ascii_digit()));
    if device {
        name.insert(stem.len(), '~');
    }
    if name.ends_with('.') {
        name.push('~');
    }
    name
}

/// The claim of the repository or gist with this id.
pub fn claim(host_folder: &str, id: &RepositoryId) -> String {
    format!("{host_folder}/{CLAIMS}/{id}.json")
}

/// What is remembered of the repositories of a host.
pub fn host_cache(host_folder: &str) -> String {
    format!("{CACHE}/{host_folder}/repositories.json")
}

/// What a look at the vault (`doctor`) writes, reads and deletes again.
pub fn trial(id: &str) -> String {
    format!("{CACHE}/trial-{id}.json")
}

/// Objects that the next backup of a bare repository will ask for.
pub fn nearby(bare: &str) -> String {
    format!("{CACHE}/{bare}/nearby.json")
}

/// The number in the last part of a log entry's key.
pub fn number(key: &str) -> Option<u64> {
    key.rsplit('/').next()?.strip_suffix(".json")?.parse().ok()
}

/// The bare repository in a repository's folder, e.g. `github.com/octocat/hello/hello.git`.
///
/// The directory has the repository's plain name, without the `~<id>` of a folder that had to differ, and without the `~`
/// of an account's.
pub fn bare(folder: &str, kind: Kind) -> String {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let name = match name.rsplit_once('~') {
        Some((plain, id)) if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) => plain,
        _ => name,
    };
    let name = name.strip_prefix('~').unwrap_or(name);
    format!("{folder}/{name}{}.git", kind.infix())
}

/// What resources remember beyond the newest commit of a `.meta.git`.
pub fn metadata_memory(bare: &str) -> String {
    format!("{CACHE}/{bare}/metadata.json")
}

/// What full readings saw of a `.meta.git`'s resources.
pub fn trails(bare: &str) -> String {
    format!("{CACHE}/{bare}/trails.json")
}

/// Log entry `sequence` of the bare repository.
pub fn log_entry(bare: &str, sequence: u64) -> String {
    format!("{bare}/gitark/log/{sequence:08}.json")
}

/// The folder of the log.
pub fn log(bare: &str) -> String {
    format!("{bare}/gitark/log")
}

/// A state object or list of a `.meta.git`.
pub fn state_object(bare: &str, name: &str) -> String {
    format!("{bare}/gitark/state/{name}.json")
}

/// Whether a key is that of a state object or list.
pub fn is_state_object(key: &str) -> bool {
    key.contains(".git/gitark/state/")
}

/// The folder of state objects and lists.
pub fn state_objects(bare: &str) -> String {
    format!("{bare}/gitark/state")
}

/// The view that says which entry the views show.
pub fn head(bare: &str) -> String {
    format!("{bare}/gitark/head.json")
}

/// The folder of packs.
pub fn packs(bare: &str) -> String {
    format!("{bare}/objects/pack")
}

/// A pack's file with this extension: `keep`, `pack` or `idx`.
pub fn pack(bare: &str, pack: &ObjectId, extension: &str) -> String {
    format!("{bare}/objects/pack/{}", pack_file(pack, extension))
}

/// The name of a pack's file, as git gives it.
pub fn pack_file(pack: &ObjectId, extension: &str) -> String {
    format!("pack-{pack}.{extension}")
}

/// The folder of LFS objects, where git-lfs has them.
pub fn lfs_objects(bare: &str) -> String {
    format!("{bare}/lfs/objects")
}

/// An LFS object.
pub fn lfs_object(bare: &str, oid: &Oid) -> String {
    format!("{}/{}", lfs_objects(bare), lfs_path(oid))
}

/// The path of an LFS object below its folder: `aa/bb/<sha256>`.
pub fn lfs_path(oid: &Oid) -> String {
    let oid = oid.to_string();
    format!("{}/{}/{oid}", &oid[..2], &oid[2..4])
}

/// A name from outside, as every store and file system can hold it; its letters stay as they are, since each file has a
/// folder of its own.
pub fn file_name(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let plain = plain.trim_start_matches('.');
    if plain.is_empty() { "file".to_owned() } else { safe_on_windows(plain.to_owned()) }
}

/// Whether what is at `key` is large, written once and seldom read: it may go to a cheaper storage class.
pub(super) fn is_bulk(key: &str) -> bool {
    let is_file = || [ASSET_FILES, ATTACHMENT_FILES].iter().any(|kind| key.contains(&format!("/{FILES}/{kind}/")));
    key.ends_with(".pack") || key.contains(".git/lfs/objects/") || is_file() && !key.contains(".git/")
}

/// The pack that a pack file's key names.
pub fn pack_id(key: &str) -> Option<ObjectId> {
    let stem = key.rsplit('/').next()?.strip_prefix("pack-")?.split('.').next()?;
    ObjectId::from_hex(stem.as_bytes()).ok()
}

/// The write-once line that says whose folder this is, where git needs a `refs/` directory to be.
pub fn marker(bare: &str) -> String {
    format!("{bare}/refs/gitark.lock")
}

/// The start of a run's keys: `runs/2026/11/21/050000Z-<run id>`. What several workers of it write is below it.
pub fn run(started: Timestamp, run_id: &str) -> String {
    let started = started.to_zoned(TimeZone::UTC);
    format!("{RUNS}/{}-{run_id}", started.strftime("%Y/%m/%d/%H%M%SZ"))
}

/// The report of a run.
pub fn run_report(started: Timestamp, run_id: &str) -> String {
    format!("{}.json", run(started, run_id))
}

/// The record that a run puts twice before anything else, to find out whether the store keeps create-only puts.
pub fn run_start(started: Timestamp, run_id: &str) -> String {
    format!("{}/start.json", run(started, run_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_lower_case_and_safe_on_windows() {
        let folder = |name| repository_folder("github.com", name).expect("a good name");
        assert_eq!(folder("Octocat/Hello-World"), "github.com/octocat/hello-world");
        assert_eq!(folder("octocat/aux"), "github.com/octocat/aux~");
        assert_eq!(folder("octocat/COM1.txt"), "github.com/octocat/com1~.txt");
        assert_eq!(folder("octocat/dots."), "github.com/octocat/dots.~");
        assert_eq!(folder("octocat/.github"), "github.com/octocat/.github");
        assert_eq!(bare("github.com/octocat/hello~77", Kind::Code), "github.com/octocat/hello~77/hello.git");
        assert_eq!(bare("github.com/octocat/aux~~77", Kind::Code), "github.com/octocat/aux~~77/aux~.git");
        assert_eq!(bare("github.com/octocat/aux~", Kind::Wiki), "github.com/octocat/aux~/aux~.wiki.git");
    }

    #[test]
    fn the_folder_of_an_account_is_none_that_a_repository_can_have() {
        let folder = repository_folder("github.com", &account_name("Octocat")).expect("a good name");
        assert_eq!(folder, "github.com/octocat/~account");
        assert_eq!(bare(&folder, Kind::Meta), "github.com/octocat/~account/account.meta.git");
        assert_eq!(bare(&format!("{folder}~77"), Kind::Meta), "github.com/octocat/~account~77/account.meta.git");
        for name in [&folder, &format!("{folder}~77"), "octocat/~account"] {
            assert_eq!((Kind::main_of(name), Kind::Meta.label(name)), (Kind::Meta, name.to_owned()));
        }
        assert_eq!((Kind::main_of("o/account"), Kind::Meta.label("o/account")), (Kind::Code, "o/account.meta".into()));
    }

    #[test]
    fn names_that_would_leave_the_vault_are_refused() {
        let long = format!("octocat/{}", "x".repeat(300));
        for name in [
            "../x",
            "octocat/..",
            "octocat/a/b",
            "octocat",
            "/x",
            "octocat/",
            "octocat/a\0b",
            "octocat/a b",
            "a:b/c",
            "octocat/~id",
            "octocat/~account/x",
            "../~account",
            "/~account",
            "octocat/a\\b",
            &long,
        ] {
            assert!(matches!(repository_folder("github.com", name), Err(Error::BadName { .. })), "{name:?}");
        }
        for host in ["..", "", "a/b", "."] {
            assert!(host_folder(host).is_err(), "{host:?}");
        }
        assert_eq!(host_folder("localhost").expect("a host"), "~localhost");
        assert_eq!(host_folder("[::1]").expect("a host"), "~--1");
        assert_eq!(gist_host_folder("[::1]").expect("a host"), "gist.--1");
    }
}
