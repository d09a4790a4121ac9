//! Create-only writes on a disk whose file system has no hard links, as exFAT and some network file systems: a rename
//! that does not overwrite. Where that is missing too, nothing is create-only, and the disk is refused.

use std::{
    error::Error as _,
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use object_store::path::Path as Key;

/// How often another name is tried for a file that is being written.
const NAMES: u32 = 1000;

/// Whether a create failed because the file system has no hard links (link(2)): a directory that may not be written
/// says the same and fails again below.
pub(super) fn are_missing(error: &object_store::Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            return error.kind() == ErrorKind::Unsupported || error.raw_os_error().is_some_and(means_no_links);
        }
        source = cause.source();
    }
    false
}

#[cfg(unix)]
fn means_no_links(code: i32) -> bool {
    use rustix::io::Errno;
    [Errno::PERM, Errno::OPNOTSUPP, Errno::NOTSUP, Errno::NOSYS, Errno::MLINK]
        .iter()
        .any(|errno| errno.raw_os_error() == code)
}

#[cfg(not(unix))]
fn means_no_links(code: i32) -> bool {
    // ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED.
    matches!(code, 1 | 50)
}

/// Puts `bytes` at `key` below `root` unless something is there, durably.
pub(super) async fn create(root: &Path, key: &Key, bytes: Bytes) -> object_store::Result<()> {
    let target = root.join(key.as_ref());
    work(key, move || {
        let (staged, mut file) = stage(&target)?;
        let put = file.write_all(&bytes).and_then(|()| file.sync_all()).and_then(|()| publish(&staged, &target));
        if put.is_err() {
            // What stays is no object: listings leave out names that end so.
            let _ = fs::remove_file(&staged);
        }
        put
    })
    .await
}

/// Renames `from` to `to` below `root` unless something is there, durably.
pub(super) async fn rename(root: &Path, from: &Key, to: &Key) -> object_store::Result<()> {
    let (from, target) = (root.join(from.as_ref()), root.join(to.as_ref()));
    work(to, move || {
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        publish(&from, &target)
    })
    .await
}

async fn work(key: &Key, work: impl FnOnce() -> io::Result<()> + Send + 'static) -> object_store::Result<()> {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(io::Error::other(panic)));
    done.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            object_store::Error::AlreadyExists { path: key.to_string(), source: Box::new(error) }
        }
        _ => object_store::Error::Generic { store: "disk", source: Box::new(error) },
    })
}

/// A new file beside `target`, named as object_store names those that are being written.
fn stage(target: &Path) -> io::Result<(PathBuf, File)> {
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    for number in 1..=NAMES {
        let mut name = target.as_os_str().to_owned();
        name.push(format!("#{number}"));
        match File::create_new(&name) {
            Ok(file) => return Ok((name.into(), file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many files were left unfinished there"))
}

fn publish(from: &Path, to: &Path) -> io::Result<()> {
    rename_new(from, to)?;
    for parent in [to.parent(), from.parent()].into_iter().flatten() {
        sync_directory(parent)?;
    }
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::{
        fs::{CWD, RenameFlags, renameat_with},
        io::Errno,
    };
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // The file system does not know the flag (rename(2)).
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Err(refusal()),
        renamed => Ok(renamed?),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_new(_: &Path, _: &Path) -> io::Result<()> {
    Err(refusal())
}

fn refusal() -> io::Error {
    let words =
        "its file system has neither hard links nor a rename that does not overwrite; keep the vault on another";
    io::Error::new(ErrorKind::Unsupported, words)
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    // A directory is no file there.
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_rename_creates_and_never_overwrites() {
        let root = tempfile::tempdir().expect("a directory");
        let read = |name: &str| fs::read_to_string(root.path().join(name)).expect("a file");
        let key = |name: &str| Key::parse(name).expect("a key");
        create(root.path(), &key("a/b/one"), "1".into()).await.expect("new");
        let again = create(root.path(), &key("a/b/one"), "2".into()).await;
        assert!(matches!(again, Err(object_store::Error::AlreadyExists { .. })), "{again:?}");
        assert_eq!(read("a/b/one"), "1");
        create(root.path(), &key("spool/pack"), "3".into()).await.expect("new");
        rename(root.path(), &key("spool/pack"), &key("c/pack")).await.expect("new");
        assert_eq!(read("c/pack"), "3");
        let onto = rename(root.path(), &key("c/pack"), &key("a/b/one")).await;
        assert!(matches!(onto, Err(object_store::Error::AlreadyExists { .. })), "{onto:?}");
        assert_eq!((read("a/b/one"), read("c/pack")), ("1".into(), "3".into()));
        assert_eq!(fs::read_dir(root.path().join("a/b")).expect("a directory").count(), 1);
    }
}
