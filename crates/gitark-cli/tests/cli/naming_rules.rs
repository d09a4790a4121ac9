//! Names that GitHub allows and file systems, keys and terminals do not like, and words that steer a terminal.

use github_emulator::{Fault, FaultKind, RequestClass};
use serde_json::json;

use crate::support::{HELLO, Packet, Ran, SPOON, Stored, World, files, git};

/// Nothing that steers a terminal.
#[track_caller]
fn is_tame(ran: &Ran) {
    for text in [&ran.stdout, &ran.stderr] {
        let steers = |c: &char| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c);
        assert_eq!(text.chars().find(steers), None, "{text:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_name_that_github_allows_is_backed_up_listed_and_given_back() {
    let world = World::start().await;
    let long = "x".repeat(100);
    let names = [
        "octocat/.github",
        "octocat/-dash",
        "octocat/_under",
        "octocat/-",
        "octocat/...",
        "octocat/con",
        "octocat/aux.txt",
        "octocat/nul.",
        "octocat/com1",
        "octocat/hello.meta",
        "octocat/hello.wiki.x",
        "octocat/hello.git.x",
        "octocat/head.lock",
        "octocat/1296269",
        "octocat/runs",
        "octocat/vault.json",
        "mona_corp/hello",
        "runs/hello",
        "cache/spool",
        "con/con",
        &format!("octocat/{long}"),
        &format!("{}/{long}", "o".repeat(39)),
    ];
    // Some of these the emulator's disk cannot be asked for: a listing says them, and one repository stands for all.
    let names: Vec<&str> = names.into_iter().filter(|name| !name.contains("/...")).collect();
    for name in &names {
        world.github.create_repository(name).commit("main", &[("README.md", name)], "One");
    }
    let sources: Vec<&str> = ["octocat", "mona_corp", "runs", "cache", "con"].into_iter().collect();
    let owner = "o".repeat(39);
    for _ in 0..2 {
        world.backup(&[&sources[..], &[&owner]].concat()).exits(0);
    }
    world.run(&["verify", "--full"]).exits(0);
    let listed = world.run(&["list"]).exits(0).stdout;
    for name in names {
        assert!(listed.contains(name), "{name}: {listed}");
        world.run(&["restore", name, "restored"]).exits(0);
        let tip = world.repository(name).resolve("main").unwrap();
        assert_eq!(git(&world.path("restored"), &["rev-parse", "HEAD"]), tip, "{name}");
        std::fs::remove_dir_all(world.path("restored")).unwrap();
    }
    // Every path can be one on Windows, and in a bucket.
    for path in files(&world.vault()) {
        for part in path.strip_prefix(world.vault()).unwrap().iter() {
            let part = part.to_str().unwrap();
            let stem = part.split('.').next().unwrap();
            assert!(!["con", "prn", "aux", "nul", "com1"].contains(&stem) && !part.ends_with(['.', ' ']), "{part}");
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
            assert!(part.len() <= 255 && part.chars().all(is_plain), "{part}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_at_the_edges_are_ids_and_gists_ids_that_are_none_fail_alone() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    let hello = json!({"id": world.repository(HELLO).id(), "full_name": HELLO, "has_wiki": false, "private": false});
    for (id, code) in [(json!(0), 0), (json!(-1), 3), (json!(1e3), 3), (json!("5"), 3), (json!(1e30), 3)] {
        let odd = json!({"id": id, "full_name": SPOON, "has_wiki": false, "private": false});
        world.github.replace_listing(Some(json!([hello, odd])));
        world.backup(&["octocat", "--no-gists"]).exits(code);
        world.github.replace_listing(None);
    }
    stored.is_kept(&world);
    for id in [
        json!(""),
        json!("../../x"),
        json!("AB"),
        json!("a/b"),
        json!("\u{1b}[31mred"),
        json!("f".repeat(65)),
        json!(5),
        json!(null),
        json!(["a"]),
    ] {
        let body = json!([{"id": id, "owner": {"login": "octocat"}, "public": true}]).to_string().into_bytes();
        world.github.add_fault(Fault::new(FaultKind::Garbage { body }).on(RequestClass::Api).path("/gists"));
        let ran = world.backup(&["octocat"]).exits(3);
        is_tame(&ran);
        assert_eq!(ran.failures().len(), 1, "{id}: {}", ran.stderr);
        world.github.clear_faults();
    }
    for login in [json!(".."), json!("~id"), json!("a/b"), json!("\u{202e}x"), json!(5)] {
        let body = json!([{"id": "abc123", "owner": {"login": login}, "public": true}]).to_string().into_bytes();
        world.github.add_fault(Fault::new(FaultKind::Garbage { body }).on(RequestClass::Api).path("/gists"));
        let ran = world.backup(&["octocat"]).exits(3);
        is_tame(&ran);
        world.github.clear_faults();
    }
    stored.is_kept(&world);
    assert!(!world.path("x").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_others_wrote_steers_the_terminal() {
    let world = World::backed_up().await;
    let tip = world.repository(HELLO).resolve("main").unwrap();
    // Of the characters that steer, git refuses only those of ASCII in a reference's name.
    let names =
        ["refs/heads/\u{9b}31mred", "refs/heads/\u{202e}txt.exe", "refs/tags/\u{85}line", "refs/heads/\u{2028}x"];
    for name in names {
        world.repository(HELLO).update_ref(name, &tip);
    }
    is_tame(&world.backup(&["octocat", "-v"]).exits(0));
    for name in names {
        world.repository(HELLO).delete_ref(name);
    }
    is_tame(&world.backup(&["octocat", "-vv"]).exits(0));
    is_tame(&world.run(&["log", HELLO, "--refs"]).exits(0));
    is_tame(&world.run(&["list"]).exits(0));
    is_tame(&world.run(&["verify", "--full"]).exits(0));

    // The server's talk while it packs, and its last words.
    world.push(HELLO);
    let red = b"\x1b[31mred\x1b]0;title\x07\r\x08\xc2\x9b31m\xe2\x80\xae";
    for band in [2_u8, 3] {
        let mut body = Packet::line(b"packfile\n");
        body.extend(Packet::line(&[&[band], &red[..], b"\n"].concat()));
        body.extend(b"0000");
        world.github.add_fault(Fault::new(FaultKind::Garbage { body }).on(RequestClass::Fetch));
        let ran = world.backup(&["octocat", "-vv"]).exits(3);
        is_tame(&ran);
        assert!(ran.stderr.contains("red"), "{}", ran.stderr);
        world.github.clear_faults();
    }
    for class in [RequestClass::InfoRefs, RequestClass::LsRefs, RequestClass::Fetch] {
        let body = Packet::line(&[b"ERR ", &red[..]].concat());
        world.github.add_fault(Fault::new(FaultKind::Garbage { body }).on(class).path("hello"));
        is_tame(&world.backup(&["octocat", "-vv"]).exits(3));
        world.github.clear_faults();
    }
    // GitHub's own words.
    let message = json!({"message": "\u{1b}[31mred\u{202e}\u{9b}1m"}).to_string();
    let headers = vec![("X-Accepted-GitHub-Permissions".into(), "contents=read\t".into())];
    world.github.add_fault(Fault::new(FaultKind::Status { status: 403, headers, body: message }).on(RequestClass::Api));
    is_tame(&world.backup(&["octocat", "-vv"]).exits(1).says(&["403", "red"]));
    is_tame(&world.backup(&[HELLO]).exits(1));
    world.github.clear_faults();
    let body = json!([{"id": 5, "full_name": "octocat/x", "default_branch": "\u{1b}[31m", "language": "\u{9b}31m",
        "visibility": "\u{1b}[31mpublic", "topics": ["\u{1b}"], "has_wiki": "\u{1b}[31m"}]);
    world.github.replace_listing(Some(body));
    is_tame(&world.backup(&["octocat", "--no-gists"]).exits(1));
    is_tame(&world.run(&["plan", "octocat", "--no-gists"]));
    // What the user wrote comes back too.
    for name in ["\u{1b}[31m/x", "\u{202e}", "a/\u{9b}1m"] {
        is_tame(&world.backup(&[name]));
        is_tame(&world.run(&["restore", name, "restored"]));
        is_tame(&world.run(&["log", name]));
    }
}
