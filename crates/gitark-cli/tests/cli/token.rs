//! Where the token goes, and above all where it does not.

use std::process::Command;

use github_emulator::{Emulator, Fault, FaultKind, GitHub, RequestClass};

use crate::support::{HELLO, Ran, World, files};

const SECRET: &str = "ghp_TheSecretOfThisTest0123456789abcdef";

/// Asserts that the secret, plain or as git's header has it, is in no file of the test's and in nothing that was said.
fn is_secret(world: &World, ran: &Ran) {
    // base64 of "x-access-token:" is whole groups of three, so that what follows stands by itself.
    let encoded = "Z2hwX1RoZVNlY3JldE9mVGhpc1Rlc3Q";
    let leaks = |bytes: &[u8]| {
        let has = |secret: &str| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        has(SECRET) || has(encoded)
    };
    assert!(!leaks(ran.stdout.as_bytes()), "{}", ran.stdout);
    assert!(!leaks(ran.stderr.as_bytes()), "{}", ran.stderr);
    for path in files(world.directory.path()) {
        assert!(path.ends_with("token.txt") || !leaks(&std::fs::read(&path).unwrap()), "{}", path.display());
    }
}

fn with_token(command: &mut Command) -> Ran {
    Ran::of(command.env("GITHUB_TOKEN", SECRET))
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_the_token_reaches_github_only() {
    let world = World::start().await;
    world.github.set_token(SECRET, "octocat");
    world.repository(HELLO).set_private(true);
    let all = ["backup", "-vv", "--retries", "0", "--report", "report.json", "--json"];
    let with = |variables: &[(&str, &str)], more: &[&str]| {
        let mut command = world.command(&[&all[..], more].concat());
        let ran = Ran::of(command.envs(variables.iter().copied()));
        is_secret(&world, &ran);
        ran
    };

    // The file's before the environment's, GITHUB_TOKEN before GH_TOKEN, and what is empty does not count.
    std::fs::write(world.path("token.txt"), format!("{SECRET}\n")).unwrap();
    let file = ["--token-file", "token.txt"];
    with(&[("GITHUB_TOKEN", SECRET)], &[]).exits(0);
    let told = with(&[("GITHUB_TOKEN", SECRET)], &["--log-format", "json"]).exits(0).log();
    assert!(told.iter().any(|line| line["event"] == "log" && line["level"] == "debug"), "requests are told");
    with(&[("GH_TOKEN", SECRET)], &[]).exits(0);
    with(&[("GITHUB_TOKEN", ""), ("GH_TOKEN", SECRET)], &[]).exits(0);
    with(&[("GITHUB_TOKEN", SECRET), ("GH_TOKEN", "wrong")], &[]).exits(0);
    with(&[("GITHUB_TOKEN", "wrong"), ("GH_TOKEN", "wrong")], &file).exits(0);
    with(&[("GITHUB_TOKEN", "wrong"), ("MINE", SECRET)], &["--token-from", "env:MINE"]).exits(0);
    with(&[("GITHUB_TOKEN", "wrong")], &["--token-from", "file:token.txt"]).exits(0);
    let ran = with(&[("GITHUB_TOKEN", "wrong"), ("GH_TOKEN", SECRET)], &[]).exits(1);
    assert!(ran.stderr.contains("refused the token"));

    // It is in use: the API's way and git's.
    let schemes = |class: RequestClass| {
        let requests = world.github.requests();
        requests
            .into_iter()
            .filter(|request| request.class == class)
            .filter_map(|request| request.authorization)
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(Vec::from_iter(schemes(RequestClass::Api)), ["Bearer"]);
    assert_eq!(Vec::from_iter(schemes(RequestClass::Fetch)), ["Basic"]);

    // Also not when something fails with it at hand.
    for kind in [FaultKind::RedirectLoop, FaultKind::Truncate { after_bytes: 3 }, FaultKind::Reset { after_bytes: 3 }] {
        for class in [RequestClass::Api, RequestClass::InfoRefs] {
            world.github.add_fault(Fault::new(kind.clone()).on(class));
            with(&[("GITHUB_TOKEN", SECRET)], &[]).exits(1);
            with(&[("MINE", SECRET)], &["--token-from", "env:MINE"]).exits(1);
            world.github.clear_faults();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_no_other_host_gets_the_token() {
    let world = World::start().await;
    world.github.set_token(SECRET, "octocat");
    let other = GitHub::new();
    other.create_repository(HELLO).commit("main", &[("README.md", "# Other\n")], "Other");
    let elsewhere = Emulator::start(other.clone()).await.unwrap();
    let redirect = |path: &str| FaultKind::RedirectTo { location: format!("{}{path}", elsewhere.url()) };
    let got_nothing_secret = || {
        let requests = other.requests();
        assert!(!requests.is_empty());
        assert!(requests.iter().all(|request| request.authorization.is_none()), "{requests:#?}");
        other.clear_requests();
    };

    // The API leads elsewhere.
    let fault = Fault::new(redirect("/repos/octocat/hello")).on(RequestClass::Api).path("/repos/octocat/hello");
    world.github.add_fault(fault);
    let ran = with_token(&mut world.backup_command(&[HELLO, "-vv"]));
    is_secret(&world, &ran);
    got_nothing_secret();
    world.github.clear_faults();

    // Git leads elsewhere, and all requests after the first go there too.
    let path = "/octocat/hello.git/info/refs?service=git-upload-pack";
    world.github.add_fault(Fault::new(redirect(path)).on(RequestClass::InfoRefs));
    let ran = with_token(&mut world.backup_command(&[HELLO, "-vv"]));
    is_secret(&world, &ran);
    assert!(other.requests().iter().any(|request| request.class == RequestClass::Fetch));
    got_nothing_secret();
    world.github.clear_faults();

    // The next page is elsewhere: it is not asked for at all.
    let link = format!("<{}/user/repos?page=2>; rel=\"next\"", elsewhere.url());
    let kind = FaultKind::Status { status: 200, headers: vec![("Link".into(), link)], body: "[]".into() };
    world.github.add_fault(Fault::new(kind).on(RequestClass::Api).path("/user/repos"));
    let ran = with_token(&mut world.backup_command(&["-vv"])).exits(1);
    is_secret(&world, &ran);
    ran.says(&["next page", "another host", &elsewhere.url()]);
    assert!(other.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_cannot_be_one_is_refused() {
    let world = World::start().await;
    let file = |content: &str| std::fs::write(world.path("token.txt"), content).unwrap();
    let run = || world.backup(&["octocat", "--token-file", "token.txt"]).exits(2);
    run().says(&["token.txt", "cannot be read"]);
    file(" \n");
    run().says(&["token.txt", "is empty"]);
    file(&format!("{SECRET}\nX-Evil: yes\n"));
    let ran = run();
    is_secret(&world, &ran);
    ran.says(&["token.txt", "nothing but the token"]);
    let ran = Ran::of(world.backup_command(&["octocat"]).env("GITHUB_TOKEN", format!("{SECRET}\r\nX-Evil: yes")));
    is_secret(&world, &ran);
    ran.exits(2).says(&["GITHUB_TOKEN"]);
    assert!(world.github.requests().is_empty());
    assert!(!world.vault().exists());
}
