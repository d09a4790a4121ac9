//! What GitHub answers when it is asked what there is.

use github_emulator::{Fault, FaultKind, RequestClass};

use crate::support::{HELLO, Stored, World};

fn api(kind: FaultKind) -> Fault {
    Fault::new(kind).on(RequestClass::Api)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_named() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    world.github.set_token("right", "octocat");
    let ran = |command: &mut std::process::Command| crate::support::Ran::of(command.env("GITHUB_TOKEN", "wrong"));
    for source in ["octocat", "octocat/hello"] {
        ran(&mut world.backup_command(&[source])).exits(1).says(&["refused the token (401)", "GITHUB_TOKEN"]);
    }
    stored.is_kept(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_named() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    world.backup(&["nobody"]).exits(1).says(&["nobody", "127.0.0.1"]);
    world.backup(&["octocat/nothing"]).exits(1).says(&["octocat/nothing", "gone", "token", "404"]);
    world.repository(HELLO).vanish();
    world.backup(&[HELLO]).exits(1).says(&[HELLO, "gone", "404"]);
    stored.is_kept(&world);
    world.run(&["restore", HELLO, "restored"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_listing_is_a_failure_unless_it_is_expected() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    world.github.create_user("empty");
    world.backup(&["empty"]).exits(1).says(&["no repository", "--allow-empty"]);
    let ran = world.backup(&["empty", "--allow-empty"]).exits(0);
    assert_eq!(ran.stderr, "0 repositories: nothing to do\n");
    stored.is_kept(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_make_no_sense_end_in_one_line() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    let garbage = |body: &[u8]| FaultKind::Garbage { body: body.to_vec() };
    let login_page = FaultKind::Status {
        status: 200,
        headers: vec![("Content-Type".into(), "text/html".into())],
        body: "<!DOCTYPE html>\n<html><body>Sign in</body></html>".into(),
    };
    let cases = [
        (login_page, "not understood"),
        (garbage(b"\0\xff\xfe"), "not understood"),
        (garbage(b""), "cut off"),
        (garbage(&vec![b' '; 65 << 20]), "bytes"),
        (garbage("[".repeat(100_000).as_bytes()), "not understood"),
        (FaultKind::RedirectLoop, "redirects"),
        (FaultKind::Truncate { after_bytes: 10 }, "cut off"),
        (FaultKind::Reset { after_bytes: 10 }, "cannot reach"),
        (FaultKind::RedirectTo { location: "file:///etc/passwd".into() }, "302"),
    ];
    for (kind, words) in cases {
        world.github.add_fault(api(kind));
        world.backup(&["octocat"]).exits(1).says(&[&world.emulator.url(), words]);
        world.github.clear_faults();
    }
    stored.is_kept(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_given_up() {
    let world = World::backed_up().await;
    world.github.add_fault(api(FaultKind::Hang { after_bytes: 10 }));
    let ran = world.backup(&["octocat", "--stall-timeout", "1"]).exits(1);
    ran.says(&["cannot reach", &world.emulator.url(), "timed out"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_told_apart() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    let status = |status: u16, headers: &[(&str, &str)], message: &str| FaultKind::Status {
        status,
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: format!("{{\"message\": \"{message}\"}}"),
    };
    let used_up = [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "4102444800")];
    let cases = [
        (status(403, &used_up, "API rate limit exceeded"), vec!["rate limit", "2100-01-01T00:00:00Z"]),
        (status(429, &[("Retry-After", "60")], "slow down"), vec!["rate limit"]),
        (status(403, &[], "Resource not accessible"), vec!["403", "Resource not accessible"]),
        (status(451, &[], "Repository access blocked"), vec!["451", "Repository access blocked"]),
        (status(503, &[], "No server is currently available"), vec!["503", "No server is currently available"]),
    ];
    for (kind, words) in cases {
        world.github.add_fault(api(kind).path("/users/"));
        world.backup(&["octocat"]).exits(1).says(&words);
        world.github.clear_faults();
    }
    stored.is_kept(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_home_is_named() {
    let World { github, emulator, directory } = World::start().await;
    let url = emulator.url();
    emulator.stop().await;
    let world = World { emulator: github_emulator::Emulator::start(github.clone()).await.unwrap(), github, directory };
    world.backup(&["octocat", "--api-url", &url]).exits(1).says(&["cannot reach", &url, "refused"]);
    assert!(!world.vault().exists());
}
