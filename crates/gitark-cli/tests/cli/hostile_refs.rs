//! Listings of references that git itself would not send.

use github_emulator::{Fault, FaultKind, RequestClass};

use crate::support::{HELLO, Packet, SPOON, Stored, World, row};

/// Answers the next listing of [`HELLO`] with this body; [`SPOON`] is well.
fn backup(world: &World, body: Vec<u8>) -> crate::support::Ran {
    let fault = Fault::new(FaultKind::Garbage { body }).on(RequestClass::LsRefs);
    world.github.add_fault(fault.path("/octocat/hello.git"));
    let ran = world.backup(&["octocat"]);
    world.github.clear_faults();
    ran
}

#[tokio::test(flavor = "multi_thread")]
async fn impossible_references_are_refused() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    let tip = world.repository(HELLO).resolve("main").unwrap();
    let refs = |names: &[&str]| Packet::lines(&names.iter().map(|name| format!("{tip} {name}")).collect::<Vec<_>>());
    let cases = [
        (refs(&["refs/heads/../../config"]), "bad_reference"),
        (refs(&["../config"]), "bad_reference"),
        (refs(&["refs/heads/.."]), "bad_reference"),
        (refs(&["refs/heads/a.lock"]), "bad_reference"),
        (refs(&["refs/heads//a"]), "bad_reference"),
        (refs(&["refs/heads/"]), "bad_reference"),
        (refs(&["/refs/heads/a"]), "bad_reference"),
        (refs(&["refs/heads/a\nb"]), "bad_reference"),
        (refs(&["refs/heads/\u{1b}[31mred"]), "bad_reference"),
        (refs(&["refs/heads/a\u{0}b"]), "bad_reference"),
        (refs(&["refs/heads/a~1"]), "bad_reference"),
        (refs(&["refs/heads/@{x}"]), "bad_reference"),
        (refs(&["refs/heads/a\\b"]), "bad_reference"),
        (refs(&["refs/heads/a", "refs/heads/a/b"]), "bad_reference"),
        (refs(&["refs/heads/a", "refs/heads/a"]), "protocol"),
        (Packet::lines(&[[tip.as_bytes(), b" refs/heads/\xff\xfe"].concat()]), "bad_reference"),
        (Packet::lines(&[format!("{tip} HEAD symref-target:refs/../config")]), "bad_reference"),
        (Packet::lines(&[format!("{tip} HEAD symref-target:")]), "bad_reference"),
        (Packet::lines(&["not-an-object-id refs/heads/main"]), "protocol"),
        (Packet::lines(&[format!("{} refs/heads/main", "z".repeat(40))]), "protocol"),
        (Packet::lines(&[format!("{} refs/heads/main", "0".repeat(40))]), "protocol"),
        (Packet::lines(&[format!("{} refs/heads/main", "a".repeat(64))]), "protocol"),
        (Packet::lines(&[format!("{tip} refs/heads/main peeled:x")]), "protocol"),
        (Packet::lines(&[&tip]), "protocol"),
        (Packet::lines(&[" "]), "bad_reference"),
        (refs(&["refs/heads/main"])[..50].to_vec(), "protocol"),
        (refs(&["refs/heads/main"]).strip_suffix(b"0000").unwrap().to_vec(), "protocol"),
    ];
    for (body, reason) in cases {
        let text = String::from_utf8_lossy(&body).into_owned();
        let ran = backup(&world, body).exits(3).says(&[HELLO, "server"]);
        assert!(!ran.stderr.contains(['\0', '\u{1b}']), "{text}");
        assert_eq!(row(&world.newest_report(), HELLO)["reason"], reason, "{text}");
        stored.is_kept(&world);
    }
    assert!(!world.vault().join("config").exists());
    world.backup(&["octocat"]).exits(0);
    for name in [HELLO, SPOON] {
        world.restores(name, &world.repository(name).resolve("main").unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_lies_about_objects_is_refused() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    let body = Packet::lines(&[format!("{} refs/heads/main", "1".repeat(40))]);
    backup(&world, body).exits(3).says(&[HELLO, "not our ref"]);
    stored.is_kept(&world);
    world.backup(&["octocat"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_but_possible_listings_are_kept() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    let tip = world.repository(HELLO).resolve("main").unwrap();
    // No HEAD, no references: what was there is kept as lost.
    backup(&world, Packet::lines(&[format!("{tip} refs/heads/main")])).exits(0);
    assert!(backup(&world, b"0000".to_vec()).exits(0).stderr.contains("1 old tip"));
    backup(&world, Packet::lines(&[format!("{tip} refs/heads/caf\u{e9}/\u{1f40c}")])).exits(0);
    stored.is_kept(&world);
    world.backup(&["octocat"]).exits(0);
    world.restores(HELLO, &tip);
    let lost = crate::support::git(&world.bare(HELLO), &["for-each-ref", "refs/gitark/lost"]);
    assert!(lost.contains(&tip), "{lost}");
}
