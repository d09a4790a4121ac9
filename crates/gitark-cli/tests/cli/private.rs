//! Who may read a vault on a disk.

use std::{os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use crate::support::{HELLO, Ran, World};

/// Runs a command with this umask.
fn with_umask(umask: &str, command: &Command) -> Ran {
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask \"$0\"; exec \"$@\"", umask]).arg(command.get_program()).args(command.get_args());
    shell.current_dir(command.get_current_dir().unwrap()).env_clear();
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap());
    }
    Ran::of(&mut shell)
}

/// Asserts the modes of everything in a directory, and its own.
#[track_caller]
fn has_modes(directory: &Path, file_mode: u32, directory_mode: u32) {
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(directory), directory_mode, "{}: {:o}", directory.display(), mode(directory));
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            has_modes(&path, file_mode, directory_mode);
        } else {
            assert_eq!(mode(&path), file_mode, "{}: {:o}", path.display(), mode(&path));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_vault_files_are_private() {
    for umask in ["000", "022", "077", "177", "277"] {
        let world = World::start().await;
        with_umask(umask, &world.backup_command(&["octocat"])).exits(0);
        has_modes(&world.vault(), 0o600, 0o700);
        world.push(HELLO);
        with_umask(umask, &world.backup_command(&["octocat"])).exits(0);
        has_modes(&world.vault(), 0o600, 0o700);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_can_be_made_readable_for_a_group() {
    for umask in ["000", "077"] {
        let world = World::start().await;
        with_umask(umask, &world.backup_command(&["octocat", "--vault-mode", "640"])).exits(0);
        has_modes(&world.vault(), 0o640, 0o750);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_copy_and_compact_write_is_private_too() {
    let world = World::start().await;
    for _ in 0..3 {
        world.push(HELLO);
        world.backup(&["octocat"]).exits(0);
    }
    for umask in ["000", "277"] {
        for (mode, file_mode, directory_mode) in [("600", 0o600, 0o700), ("640", 0o640, 0o750)] {
            let copy = world.path(&format!("copy-{umask}-{mode}"));
            let place = copy.to_str().unwrap();
            with_umask(umask, &world.command(&["copy", "vault", place, "--vault-mode", mode])).exits(0);
            has_modes(&copy, file_mode, directory_mode);
            let compact = ["compact", "--vault", place, "--grace", "0s", "--vault-mode", mode];
            with_umask(umask, &world.command(&compact)).exits(0);
            has_modes(&copy, file_mode, directory_mode);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mode_that_makes_no_sense_is_refused() {
    let world = World::start().await;
    for mode in ["7", "400", "755", "rw"] {
        world.backup(&["octocat", "--vault-mode", mode]).exits(2).says(&[mode, "octal"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_verify_notes_is_private_too() {
    let world = World::start().await;
    world.backup(&["octocat"]).exits(0);
    let packs = world.files();
    let pack = packs.iter().find(|path| path.extension().is_some_and(|extension| extension == "pack")).unwrap();
    std::fs::remove_file(pack).unwrap();
    with_umask("000", &world.command(&["verify"])).exits(4);
    has_modes(&world.vault(), 0o600, 0o700);
}
