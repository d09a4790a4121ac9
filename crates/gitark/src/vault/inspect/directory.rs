//! A directory: the file system, its room, who may read it, and whether links and syncs work.

use std::{fs, io, path::Path};

use super::Options;
use crate::finding::{About, Tell};

/// Less room than this is told.
#[cfg(unix)]
const LITTLE_ROOM: u64 = 1 << 30;
/// Fewer files than this are told.
#[cfg(unix)]
const FEW_FILES: u64 = 10_000;

/// Looks at the place of a directory that is not there yet: at the file system that it would be in.
pub fn inspect_directory(directory: &Path, tell: &mut Tell<'_>) {
    let about = &mut About::new(directory.display().to_string(), tell);
    let parent = directory.ancestors().find(|ancestor| ancestor.is_dir());
    let parent = parent.unwrap_or(Path::new("."));
    about.ok("vault", "the directory is not there yet; the first backup makes it");
    room(parent, about);
    for check in ["mode", "links", "sync", "create-only", "read and list"] {
        about.skipped(check, "nothing may be written (--read-only)", None);
    }
}

/// Looks at a directory that is there.
pub(super) fn look(directory: &Path, options: &Options, about: &mut About<'_, '_>) {
    permissions(directory, about);
    room(directory, about);
    if options.read_only {
        for check in ["links", "sync"] {
            about.skipped(check, "nothing may be written (--read-only)", None);
        }
        return;
    }
    let trial = tempfile::Builder::new().prefix(".gitark-trial-").tempdir_in(directory);
    let trial = match trial {
        Ok(trial) => trial,
        Err(error) => {
            let advice = "give this user the right to write there, or mount it for writing";
            about.problem("links", format!("nothing can be written: {error}"), advice);
            about.skipped("sync", "nothing can be written", None);
            return;
        }
    };
    links(trial.path(), about);
    sync(trial.path(), about);
}

/// A create-only put is a hard link on a disk: it fails when the name is there. So does a rename that must not replace.
fn links(trial: &Path, about: &mut About<'_, '_>) {
    let (one, other) = (trial.join("one"), trial.join("other"));
    if let Err(error) = fs::write(&one, b"one") {
        about.problem("links", format!("nothing can be written: {error}"), "make room, or see the file system's log");
        return;
    }
    match (fs::hard_link(&one, &other), fs::hard_link(&one, &other)) {
        (Ok(()), Err(again)) if again.kind() == io::ErrorKind::AlreadyExists => {
            about.ok("links", "hard links work, and never replace");
        }
        (Ok(()), _) => about.problem(
            "links",
            "a hard link replaces what is there: create-only puts are not kept",
            "use another file system",
        ),
        (Err(_), _) if renames_without_replacing(trial) => {
            about.ok("links", "no hard links; renames that do not replace stand for them");
        }
        (Err(error), _) => about.problem(
            "links",
            format!("no hard links ({error}), nor can it rename without replacing"),
            "use a file system with one of the two, or an image of one on this disk",
        ),
    }
}

/// Whether a rename that must not replace is kept.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn renames_without_replacing(trial: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let (from, to) = (trial.join("from"), trial.join("to"));
    let written = fs::write(&from, b"from").and_then(|()| fs::write(&to, b"to"));
    let refused = renameat_with(CWD, &from, CWD, &to, RenameFlags::NOREPLACE);
    let taken = renameat_with(CWD, &from, CWD, trial.join("new"), RenameFlags::NOREPLACE);
    written.is_ok() && refused == Err(rustix::io::Errno::EXIST) && taken.is_ok()
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn renames_without_replacing(_: &Path) -> bool {
    false
}

/// Whether files and directories can be synced to the disk: what is said to be stored must survive a power cut.
fn sync(trial: &Path, about: &mut About<'_, '_>) {
    let file = fs::File::create(trial.join("synced")).and_then(|file| file.sync_all());
    // Windows opens no directories.
    let folder = if cfg!(unix) { fs::File::open(trial).and_then(|folder| folder.sync_all()) } else { Ok(()) };
    match file.and(folder) {
        Ok(()) => about.ok("sync", "files and directories are synced"),
        Err(error) => about.problem(
            "sync",
            format!("files or directories cannot be synced: {error}"),
            "use a file system that can: a power cut could take back what was stored",
        ),
    }
}

#[cfg(unix)]
fn permissions(directory: &Path, about: &mut About<'_, '_>) {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = match fs::metadata(directory) {
        Ok(metadata) => metadata,
        Err(error) => {
            let found = format!("the directory cannot be looked at: {error}");
            about.problem("mode", found, "check the path and its parents' permissions");
            return;
        }
    };
    let mode = metadata.mode() & 0o7777;
    let shown = format!("{mode:03o}");
    if mode & 0o002 != 0 {
        let found = format!("{shown}: everyone on this machine may change it");
        about.warning("mode", found, format!("chmod o-rwx {}", directory.display()));
    } else if mode & 0o005 != 0 {
        let found = format!("{shown}: everyone on this machine may look into it");
        about.warning("mode", found, format!("chmod o-rwx {}", directory.display()));
    } else {
        about.ok("mode", format!("{shown}: not for everyone"));
    }
}

#[cfg(not(unix))]
fn permissions(directory: &Path, about: &mut About<'_, '_>) {
    match fs::metadata(directory) {
        Ok(metadata) if !metadata.permissions().readonly() => about.ok("mode", "it may be written"),
        Ok(_) => about.problem("mode", "it may not be written", "give this user the right to write there"),
        Err(error) => about.problem("mode", format!("it cannot be looked at: {error}"), "check the path"),
    }
}

/// What file system it is, and what room there is.
#[cfg(unix)]
fn room(directory: &Path, about: &mut About<'_, '_>) {
    file_system(directory, about);
    let found = match rustix::fs::statvfs(directory) {
        Ok(found) => found,
        Err(error) => {
            about.skipped("room", format!("the system does not tell: {}", io::Error::from(error)), None);
            return;
        }
    };
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let all = found.f_blocks.saturating_mul(found.f_frsize);
    let [shown_free, shown_all] = [free, all].map(crate::monitor::bytes);
    let mut text = format!("{shown_free} of {shown_all} free");
    // Some file systems have no fixed number of files.
    let has_number = found.f_files > 0;
    if has_number {
        text.push_str(&format!(", room for {} files", found.f_favail));
    }
    let few_files = has_number && found.f_favail < FEW_FILES;
    let advice = "make room: a backup that finds none fails, and leaves what is stored whole";
    if free == 0 || (has_number && found.f_favail == 0) {
        about.problem("room", text, advice);
    } else if free < LITTLE_ROOM || few_files {
        about.warning("room", text, advice);
    } else {
        about.ok("room", text);
    }
}

#[cfg(not(unix))]
fn room(_: &Path, about: &mut About<'_, '_>) {
    about.skipped("room", "this system is not asked", None);
}

/// Names the file system, and warns of those that are no place for a backup.
#[cfg(target_os = "linux")]
fn file_system(directory: &Path, about: &mut About<'_, '_>) {
    /// By the magic number of `statfs(2)`.
    const KNOWN: [(u64, &str); 24] = [
        (0xef53, "ext4"),
        (0x5846_5342, "XFS"),
        (0x9123_683e, "Btrfs"),
        (0x2fc1_2fc1, "ZFS"),
        (0xf2f5_2010, "F2FS"),
        (0xca45_1a4e, "bcachefs"),
        (0x7366_746e, "NTFS"),
        (0x5346_544e, "NTFS"),
        (0x6969, "NFS"),
        (0xff53_4d42, "SMB"),
        (0xfe53_4d42, "SMB"),
        (0x517b, "SMB"),
        (0x4d44, "FAT"),
        (0x2011_bab0, "exFAT"),
        (0x6573_5546, "FUSE"),
        (0x0102_1994, "tmpfs"),
        (0x8584_58f6, "ramfs"),
        (0x794c_7630, "overlay"),
        (0x6175_6673, "aufs"),
        (0x0102_1997, "9P"),
        (0x786f_4256, "VirtualBox's shared folders"),
        (0xbacb_acbc, "VMware's shared folders"),
        (0x00c3_6400, "Ceph"),
        (0x4744, "Plan 9"),
    ];
    let Ok(found) = rustix::fs::statfs(directory) else { return };
    // Its width differs between machines.
    let magic = u64::from(found.f_type as u32);
    let name = KNOWN.iter().find(|(known, _)| *known == magic).map(|(_, name)| *name);
    match name {
        Some(name @ ("tmpfs" | "ramfs")) => {
            about.warning("file system", format!("{name}: it is memory, and gone with a restart"), "use a disk");
        }
        Some(name @ ("overlay" | "aufs")) => about.warning(
            "file system",
            format!("{name}: a container's own layer, gone with the container"),
            "mount a volume for the vault",
        ),
        Some(name @ ("FAT" | "exFAT")) => about.warning(
            "file system",
            format!(
                "{name}: no hard links, no permissions{}",
                if name == "FAT" { ", no file above 4 GiB" } else { "" }
            ),
            "use ext4, XFS, Btrfs, ZFS, APFS or NTFS",
        ),
        Some(name) => about.ok("file system", name),
        None => about.ok("file system", format!("of a kind that is not known ({magic:#x})")),
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
fn file_system(_: &Path, _: &mut About<'_, '_>) {}
