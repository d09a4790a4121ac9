//! Exit codes and reason codes are what scripts build on.

use github_emulator::{Fault, FaultKind, RequestClass};
use serde_json::Value;

use crate::support::{HELLO, SPOON, Stored, World, flip_a_byte, row};

fn status(status: u16) -> FaultKind {
    FaultKind::Status { status, headers: Vec::new(), body: String::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn i6_exit_codes_say_what_happened() {
    let world = World::start().await;

    // 2: the command line is wrong; nothing is made.
    world.run(&["backup", "a/b/c"]).exits(2).says(&["a/b/c", "OWNER/REPO"]);
    world.run(&["backup"]).exits(2).says(&["token is needed", "GITHUB_TOKEN"]);
    world.backup(&["octocat", "--api-url", "ftp://x"]).exits(2).says(&["ftp://x", "address of an API"]);
    world.backup(&["octocat", "--host", ".."]).exits(2).says(&["host"]);
    assert!(!world.vault().join("vault.json").exists());

    // 1: nothing could be backed up.
    world.backup(&["nobody"]).exits(1).says(&["no account nobody"]);
    world.github.add_fault(Fault::new(status(404)).on(RequestClass::InfoRefs));
    assert_eq!(world.backup(&["octocat"]).exits(1).failures().len(), 2);
    world.github.clear_faults();

    // 0: all is durably stored, and the second time all is as it was.
    world.backup(&["octocat"]).exits(0).sums(&[("new", "2")]);
    assert!(world.backup(&["octocat"]).exits(0).stderr.contains("2 unchanged"));

    // 3: one of two failed.
    world.push(HELLO);
    let stored = Stored::of(&world);
    world.github.add_fault(Fault::new(status(404)).on(RequestClass::InfoRefs).path("/octocat/hello.git"));
    world.backup(&["octocat"]).exits(3).says(&["octocat/hello", "gone", "404"]);
    world.backup(&["octocat/spoon", "nobody"]).exits(3).says(&["nobody", "no account"]);
    world.github.clear_faults();
    stored.is_kept(&world);

    // 4: damage, found by verify and from then on by backup, until it is repaired.
    flip_a_byte(&world.bare(SPOON));
    let verify = world.run(&["verify", "--full"]).exits(4);
    assert!(verify.stdout.contains("damaged: 127.0.0.1/octocat/spoon/spoon.git/objects/pack/"), "{}", verify.stdout);
    assert!(verify.stdout.contains("repair: gitark backup octocat/spoon --to "), "{}", verify.stdout);
    world.backup(&["octocat"]).exits(4).says(&["octocat/spoon", "damaged", "--refetch"]);
    world.backup(&["octocat/spoon", "--refetch"]).exits(0);
    world.run(&["verify", "--full"]).exits(0);
    world.backup(&["octocat"]).exits(0);

    // 130, interrupted, is in `signals`.
}

#[tokio::test(flavor = "multi_thread")]
async fn i7_every_failure_is_visible() {
    let world = World::backed_up().await;
    let report = world.path("report.json");
    let cases = [
        (404, "gone_or_forbidden", "gone"),
        (403, "gone_or_forbidden", "403"),
        (451, "legal_block", "legal reasons"),
        (500, "network", "answered 500"),
    ];
    for (code, reason, words) in cases {
        world.github.add_fault(Fault::new(status(code)).on(RequestClass::InfoRefs).path("/octocat/hello.git"));
        world.backup(&["octocat", "--report", "report.json"]).exits(3).says(&["octocat/hello", words]);
        world.github.clear_faults();
        let from_file: Value = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
        assert_eq!(from_file, world.newest_report_of_vault(), "{code}");
        let row = row(&from_file, HELLO);
        assert_eq!((row["outcome"].as_str(), row["reason"].as_str()), (Some("failed"), Some(reason)), "{code}");
        assert!(row["message"].as_str().unwrap().contains(words), "{code}");
    }

    // A repository that fails before any work on it begins.
    world.backup(&["octocat/spoon", "octocat/gone", "--report", "report.json"]).exits(3).says(&["octocat/gone", "404"]);
    assert_eq!(row(&world.newest_report(), "octocat/gone")["reason"], "gone_or_forbidden");

    // A run that fails as a whole does not leave the report of the run before.
    let ran = world.backup(&["nobody", "--report", "report.json", "--json"]).exits(1).says(&["nobody"]);
    let from_file: Value = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
    assert_eq!(ran.json(), std::slice::from_ref(&from_file));
    assert_eq!(from_file["reason"], "gone_or_forbidden");
    assert!(from_file["message"].as_str().unwrap().contains("nobody"));
    assert_eq!(from_file["repositories"], serde_json::json!([]));

    // A report that cannot be written is a failure too; what was backed up stays.
    world.backup(&["octocat", "--report", "no/such/place.json"]).exits(1).says(&["report", "no/such/place.json"]);

    // Quiet does not mean silent about failures.
    world.github.add_fault(Fault::new(status(404)).on(RequestClass::InfoRefs).path("/octocat/hello.git"));
    let ran = world.backup(&["octocat", "--quiet"]).exits(3).says(&["octocat/hello", "404"]);
    assert_eq!(ran.stderr.lines().count(), 1);
}
