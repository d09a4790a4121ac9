//! Disks that are full or read-only. They need the right to mount; without it the tests say so and end.

use std::{path::Path, process::Command};

use crate::support::{HELLO, SPOON, Stored, World, row};

/// A small file system in memory, as long as the value lives.
struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    fn new(place: &'a Path, size: &str) -> Option<Self> {
        std::fs::create_dir(place).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "gitark-test"]).arg(place);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        if !mounted {
            eprintln!("skipped: no right to mount a file system here");
        }
        mounted.then_some(Self(place))
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(Command::new("mount").args(["-o", &options]).arg(self.0).status().unwrap().success());
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing() {
    let world = World::start().await;
    let place = world.vault();
    let Some(mount) = Mount::new(&place, "400k") else { return };
    world.backup(&["octocat"]).exits(0);
    let stored = Stored::of(&world);
    // Text that does not compress: hashes of hashes.
    let mut noise = String::new();
    let mut hash = "0".repeat(64);
    while noise.len() < 2 << 20 {
        hash = crate::support::sha256(hash.as_bytes());
        noise.push_str(&hash);
    }
    world.repository(HELLO).commit("main", &[("noise.txt", &noise)], "Noise");
    world.push(SPOON);
    world.backup(&["octocat", "--concurrency", "1"]).exits(3).says(&[HELLO, "pack", "space"]);
    assert_eq!(row(&world.newest_report(), HELLO)["reason"], "store");
    stored.is_kept(&world);
    mount.remount("size=20m");
    world.backup(&["octocat"]).exits(0);
    for name in [HELLO, SPOON] {
        world.restores(name, &world.repository(name).resolve("main").unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_without_any_room_is_named() {
    let world = World::start().await;
    let place = world.vault();
    let Some(mount) = Mount::new(&place, "400k") else { return };
    world.backup(&["octocat"]).exits(0);
    let stored = Stored::of(&world);
    // All that is left goes.
    let _ = std::fs::write(place.join("cache/filler"), vec![1; 1 << 20]);
    world.backup(&["octocat"]).exits(1).says(&["cannot write", "vault", "space"]);
    stored.is_kept(&world);
    std::fs::remove_file(place.join("cache/filler")).unwrap();
    mount.remount("size=20m");
    world.backup(&["octocat"]).exits(0);
    world.restores(HELLO, &world.repository(HELLO).resolve("main").unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vault_that_is_read_only_can_be_read() {
    let world = World::start().await;
    let place = world.vault();
    let Some(mount) = Mount::new(&place, "20m") else { return };
    world.backup(&["octocat"]).exits(0);
    let stored = Stored::of(&world);
    mount.remount("ro");
    world.backup(&["octocat"]).exits(1).says(&["cannot write", "vault", "ead-only file system"]);
    world.run(&["compact"]).exits(1).says(&["cannot write", "vault", "ead-only file system"]);
    stored.is_kept(&world);
    world.run(&["copy", "vault", "copy"]).exits(0);
    world.run(&["copy", "copy", "vault"]).exits(1).says(&["cannot write", "vault", "ead-only file system"]);
    world.run(&["list"]).exits(0);
    world.restores(HELLO, &world.repository(HELLO).resolve("main").unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_names_memory_little_room_and_what_is_read_only() {
    let world = World::start().await;
    let place = world.vault();
    let Some(mount) = Mount::new(&place, "400k") else { return };
    let doctor = || world.run(&["doctor", "octocat", "--no-token"]);
    let said = doctor().exits(0).stdout;
    assert!(said.contains("warning  file system     tmpfs: it is memory"), "{said}");
    assert!(said.contains("warning  room            "), "{said}");
    mount.remount("ro");
    let said = doctor().exits(1).stdout;
    assert!(said.contains("problem  links           nothing can be written: Read-only"), "{said}");
    assert!(said.contains("problem  create-only     cannot write runs/"), "{said}");
}
