//! Packs that are cut, flipped, or made to do harm.

use github_emulator::{Fault, FaultKind, RequestClass};

use crate::support::{HELLO, Pack, Packet, SPOON, Stored, World, git_bytes, row};

/// One run that gets a spoiled pack of [`HELLO`], and one after it that must have all.
async fn spoiled(world: &World, kind: FaultKind, reasons: &[&str], words: &[&str]) {
    let stored = Stored::of(world);
    world.push(HELLO);
    let fault = Fault::new(kind.clone()).on(RequestClass::Fetch);
    world.github.add_fault(fault.path("/octocat/hello.git"));
    world.backup(&["octocat"]).exits(3).says(&[&[HELLO], words].concat());
    world.github.clear_faults();
    let report = world.newest_report();
    let reason = row(&report, HELLO)["reason"].as_str().unwrap();
    assert!(reasons.contains(&reason), "{reason}: {}", row(&report, HELLO)["message"]);
    stored.is_kept(world);
    let left = std::fs::read_dir(world.vault().join("cache/spool")).unwrap().count();
    assert_eq!(left, 0, "the spool is empty");
}

/// Answers the fetch of [`HELLO`] with this pack.
fn answer(world: &World, pack: &[u8]) {
    let fault = Fault::new(FaultKind::Garbage { body: Packet::fetch(pack) }).on(RequestClass::Fetch);
    world.github.add_fault(fault.path("/octocat/hello.git"));
}

async fn converges(world: &World) {
    world.backup(&["octocat"]).exits(0);
    for name in [HELLO, SPOON] {
        world.restores(name, &world.repository(name).resolve("main").unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_that_is_cut_is_not_kept() {
    let world = World::backed_up().await;
    for after_bytes in [0, 4, 13, 14, 18, 30, 60, 150, 250] {
        spoiled(&world, FaultKind::Truncate { after_bytes }, &["protocol"], &["ends early"]).await;
        spoiled(&world, FaultKind::Reset { after_bytes }, &["network", "protocol"], &["body"]).await;
    }
    converges(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_is_never_kept() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    for at_byte in (0..400).step_by(13) {
        world.push(HELLO);
        let fault = Fault::new(FaultKind::FlipByte { at_byte }).on(RequestClass::Fetch);
        world.github.add_fault(fault.path("/octocat/hello.git"));
        let ran = world.backup(&["octocat"]);
        world.github.clear_faults();
        // Some bytes are of no weight: the server's progress, for one.
        assert!([0, 3].contains(&ran.code), "{}", ran.stderr);
        assert_eq!(ran.failures().len(), usize::from(ran.code == 3), "{}", ran.stderr);
        world.run(&["verify", "--full"]).exits(0);
    }
    stored.is_kept(&world);
    converges(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_made_to_do_harm_is_refused() {
    let world = World::backed_up().await;
    let real = git_bytes(&world.repository(HELLO).path(), &["pack-objects", "--quiet", "--all", "--stdout"]);
    let mut bad_end = real.clone();
    *bad_end.last_mut().unwrap() ^= 1;
    let mut two_packs = real.clone();
    two_packs.extend(&real);
    let mut other_version = real.clone();
    other_version[7] = 9;
    let base = vec![0; 0xff_ffff];
    let packs = [
        ("a wrong checksum", bad_end),
        ("bytes behind its end", two_packs),
        ("an unknown version", other_version),
        ("no pack at all", b"GARBAGE, not a pack".to_vec()),
        ("nothing", Vec::new()),
        ("four billion objects", Pack::of(u32::MAX).blob(5, b"hello").end()),
        ("fewer objects than it says", Pack::of(3).blob(5, b"hello").end()),
        ("more objects than it says", Pack::of(1).blob(5, b"hello").blob(5, b"world").end()),
        ("a blob that says 4 GiB", Pack::of(1).blob(1 << 32, b"hello").end()),
        ("a blob that says 16 EiB", Pack::of(1).blob(u64::MAX, b"hello").end()),
        ("a blob that says almost 2 GiB", Pack::of(1).blob((1 << 31) - 1, b"hello").end()),
        ("a blob that says too little", Pack::of(1).blob(2, b"hello").end()),
        ("a delta that says 16 GiB", Pack::of(2).delta_bomb(&base, 1000).end()),
    ];
    for (what, pack) in packs {
        eprintln!("{what}:");
        let body = Packet::fetch(&pack);
        // What is said to be too large may be found to be a lie first.
        let reasons = ["damaged_pack", "protocol", "too_large"];
        spoiled(&world, FaultKind::Garbage { body }, &reasons, &["pack"]).await;
    }
    // A real pack that lacks what was asked for.
    let body = Packet::fetch(&real);
    spoiled(&world, FaultKind::Garbage { body }, &["damaged_pack"], &["not complete", "missing"]).await;
    converges(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_pack_fails_a_first_backup_too() {
    let world = World::start().await;
    answer(&world, &Pack::of(1).blob(5, b"hello").end());
    world.backup(&["octocat"]).exits(3).says(&[HELLO, "not complete"]);
    world.github.clear_faults();
    world.run(&["verify", "--full"]).exits(0);
    let ran = world.run(&["list"]).exits(0);
    assert!(ran.stdout.contains("no backup to its end yet"), "{}", ran.stdout);
    world.run(&["restore", HELLO, "restored"]).exits(1).says(&[HELLO, "no backup"]);
    converges(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_behind_a_pack_are_never_kept() {
    let world = World::start().await;
    let real = git_bytes(&world.repository(HELLO).path(), &["pack-objects", "--quiet", "--all", "--stdout"]);
    let checksum = &real[real.len() - 20..];
    // Behind a pack that has all that was asked for: anything, the same again, and what ends as it does.
    for rest in [b"more".to_vec(), vec![0; 100_000], real.clone(), [b"more", checksum].concat()] {
        answer(&world, &[&real[..], &rest].concat());
        world.backup(&["octocat"]).exits(3).says(&[HELLO, "bytes behind its end"]);
        world.github.clear_faults();
    }
    converges(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_pack_is_told_in_plain_words() {
    let world = World::backed_up().await;
    world.push(HELLO);
    for pack in [Vec::new(), b"GARBAGE, not a pack".to_vec(), Pack::of(3).blob(5, b"hello").end()] {
        answer(&world, &pack);
        world.backup(&["octocat"]).exits(3).shows_no_value().says(&[HELLO, "the pack cannot be used"]);
        world.github.clear_faults();
    }
}
