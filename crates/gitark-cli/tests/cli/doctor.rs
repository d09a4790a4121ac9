//! What `gitark doctor` finds, and what it says to do.

use std::process::Command;

use github_emulator::{EXAMPLE_PRIVATE_KEY, EXAMPLE_PUBLIC_KEY, Fault, FaultKind, RequestClass, Token};
use serde_json::Value;

use crate::support::{HELLO, Ran, World, files};

const CLASSIC: &str = "ghp_TheClassicTokenOfThisTest0123abcdef";
const FINE_GRAINED: &str = "github_pat_TheFineGrainedTokenOfThisTest_4567";

/// What was found.
pub(crate) struct Findings(Vec<Value>);

impl Findings {
    pub(crate) fn of(ran: &Ran) -> Self {
        Self(ran.json())
    }

    /// Asserts that a check ended so, and that what was found or advised holds these words.
    #[track_caller]
    pub(crate) fn has(&self, check: &str, result: &str, words: &[&str]) -> &Self {
        let all: Vec<&Value> = self.0.iter().filter(|finding| finding["check"] == check).collect();
        let fits = |finding: &&&Value| {
            let text = finding.to_string();
            finding["result"] == result && words.iter().all(|word| text.contains(word))
        };
        let found = all.iter().find(fits);
        assert!(found.is_some(), "no {result} with {words:?} among {all:#?}");
        let needs_advice = matches!(result, "warning" | "problem");
        assert!(!needs_advice || found.unwrap()["advice"].is_string(), "nothing to do: {found:?}");
        self
    }

    #[track_caller]
    pub(crate) fn has_none(&self, check: &str) -> &Self {
        assert!(!self.0.iter().any(|finding| finding["check"] == check), "{:#?}", self.0);
        self
    }
}

fn command(world: &World, token: &str, arguments: &[&str]) -> Command {
    let mut command = world.command(&[&["doctor", "--json"], arguments].concat());
    command.env("GITHUB_TOKEN", token);
    command
}

/// Runs `gitark doctor --json` with this token.
pub(crate) fn doctor(world: &World, token: &str, arguments: &[&str]) -> Ran {
    Ran::of(&mut command(world, token, arguments))
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_with_a_good_token_and_an_empty_place() {
    let world = World::start().await;
    world.github.set_token(CLASSIC, "octocat");
    world.repository(HELLO).set_private(true);
    let api = format!("{}/api/v3", world.emulator.url());
    let ran = doctor(&world, CLASSIC, &["--api-url", &api, "--no-gists"]).exits(0);
    let findings = Findings::of(&ran);
    findings
        .has("reached", "ok", &["without TLS"])
        .has("clock", "ok", &["agrees with GitHub"])
        .has("server", "ok", &["GitHub Enterprise Server 3."])
        .has("token", "ok", &["classic", "octocat", "…cdef"])
        .has("scopes", "ok", &["gist, read:org, repo"])
        .has("expiry", "ok", &["does not end"])
        .has("rate limit", "ok", &["of 5000 left, GraphQL"])
        .has("graphql", "ok", &[])
        .has("listing", "ok", &["all that is yours: 2 repositories, 1 not public"])
        .has("git", "ok", &[HELLO, "version 2"])
        .has("vault", "ok", &["empty"])
        .has("create-only", "ok", &["runs/"])
        .has("links", "ok", &[])
        .has("sync", "ok", &[])
        .has("room", "ok", &["free"])
        .has("mode", "ok", &["700"])
        .has("read and list", "ok", &[])
        .has("delete", "ok", &["allowed"]);
    assert!(!ran.stdout.contains("TheClassicToken") && !ran.stderr.contains("TheClassicToken"));
    // Nothing was fetched, and nothing but the start record is left.
    assert!(world.github.requests().iter().all(|request| request.class != RequestClass::Fetch));
    let left = files(&world.vault());
    assert!(matches!(&left[..], [one] if one.starts_with(world.vault().join("runs"))), "{left:?}");
    // A backup finds the place as it likes it.
    world.command(&["backup", HELLO]).env("GITHUB_TOKEN", CLASSIC).output().unwrap();
    let findings = Findings::of(&doctor(&world, CLASSIC, &[]).exits(0));
    findings.has("vault", "ok", &["format 1", "id "]);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_get_a_line_for_each_check_and_what_to_do() {
    let world = World::start().await;
    let mut command = world.command(&["doctor", "octocat", "--no-token"]);
    let ran = Ran::of(command.env("COLUMNS", "80")).exits(0);
    assert!(!ran.stdout.contains('\u{1b}'));
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 80 || !line.trim_start().contains(' '), "too long: {line}");
    }
    assert!(ran.stdout.contains("\nwarning  credentials     none: only what is public"), "{}", ran.stdout);
    assert!(ran.stdout.contains("\n                      -> set GITHUB_TOKEN"), "{}", ran.stdout);
    assert!(ran.stderr.contains("checks: ") && ran.stderr.contains("1 skipped"), "{}", ran.stderr);
    // Without a terminal, and unless asked otherwise, a line is not broken.
    let ran = world.run(&["doctor", "octocat", "--no-token"]).exits(0);
    assert!(
        ran.stdout.contains("create-only     a second put of one key is refused (a start record stays under runs/)\n")
    );
    assert_eq!(world.run(&["doctor", "octocat", "--no-token", "--quiet"]).exits(0).stdout, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_scopes_are_named_with_what_they_are_for() {
    let world = World::start().await;
    world.github.create_token(CLASSIC, "octocat", Token::classic(["gist"]));
    Findings::of(&doctor(&world, CLASSIC, &[]).exits(0))
        .has("scope repo", "warning", &["private repositories", "/settings/tokens"])
        .has("scope read:org", "warning", &["organisations"])
        .has_none("scope gist");
    let of_gh = "gho_TheTokenOfGhInThisTest0123456789";
    world.github.create_token(of_gh, "octocat", Token::classic(["repo", "admin:org"]));
    Findings::of(&doctor(&world, of_gh, &[]).exits(0))
        .has("token", "ok", &["OAuth", "…6789"])
        .has("scope gist", "warning", &["secret gists", "gh auth refresh --scopes gist"])
        .has_none("scope read:org");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_fine_grained_token_lacks_is_found_by_trying() {
    let world = World::start().await;
    world.repository(HELLO).set_private(true);
    world.github.create_token(FINE_GRAINED, "octocat", Token::fine_grained([("members", "read")]));
    Findings::of(&doctor(&world, FINE_GRAINED, &[HELLO]).exits(1))
        .has("token", "ok", &["fine-grained", "octocat"])
        .has("scopes", "ok", &["permissions"])
        .has("permissions", "problem", &[HELLO, "contents=read"])
        .has("git", "problem", &[HELLO, "read contents"]);
    Findings::of(&doctor(&world, FINE_GRAINED, &["--starred"]).exits(1)).has(
        "listing",
        "problem",
        &["your stars", "starring=read"],
    );
    world.github.create_token(FINE_GRAINED, "octocat", Token::fine_grained([("contents", "read")]));
    Findings::of(&doctor(&world, FINE_GRAINED, &[HELLO]).exits(0)).has("permissions", "ok", &[HELLO]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_soon_or_has_ended_is_told() {
    let world = World::start().await;
    let in_days = |days: i64| jiff::Timestamp::now().as_second() + days * 86_400 + 3600;
    let with_end = |days| Token::classic(["repo", "gist", "read:org"]).expires_at(in_days(days));
    world.github.create_token(CLASSIC, "octocat", with_end(3));
    Findings::of(&doctor(&world, CLASSIC, &[]).exits(0)).has("expiry", "warning", &["3 days", "make a new one"]);
    world.github.create_token(CLASSIC, "octocat", with_end(90));
    Findings::of(&doctor(&world, CLASSIC, &[]).exits(0)).has("expiry", "ok", &["90 days"]);
    world.github.create_token(CLASSIC, "octocat", with_end(-1));
    Findings::of(&doctor(&world, CLASSIC, &[]).exits(1))
        .has("token", "problem", &["has ended, was revoked", "make a new one"])
        .has("scopes", "skipped", &["cannot be used"])
        .has("listing", "skipped", &["no credential works"])
        .has("vault", "ok", &[]);
    let refresh = "ghr_ARefreshTokenIsNoToken0123456789";
    Findings::of(&doctor(&world, refresh, &[]).exits(1)).has("token", "problem", &["refresh token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn organisations_that_want_single_sign_on_are_named() {
    let world = World::start().await;
    world.github.require_sso("acme");
    world.github.create_repository("acme/secret");
    world.github.set_token(CLASSIC, "octocat");
    Findings::of(&doctor(&world, CLASSIC, &[]).exits(1)).has("single sign-on", "problem", &["acme", "authorise"]);
    Findings::of(&doctor(&world, CLASSIC, &["acme"]).exits(1)).has("single sign-on", "problem", &["acme"]);
    world.github.authorize_sso("acme", CLASSIC);
    Findings::of(&doctor(&world, CLASSIC, &[]).exits(0)).has_none("single sign-on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_off_is_a_warning_and_an_apps_problem() {
    let world = World::start().await;
    world.github.set_clock_offset(-180);
    let findings = Findings::of(&doctor(&world, "", &["octocat"]).exits(0));
    findings.has("clock", "warning", &["3 minutes ahead of GitHub's", "NTP"]);
    world.github.set_clock_offset(20 * 60);
    world.github.create_app(12, "keeper", EXAMPLE_PUBLIC_KEY);
    world.github.install_app(12, "octocat", None, &[("contents", "read"), ("metadata", "read")]);
    std::fs::write(world.path("key.pem"), EXAMPLE_PRIVATE_KEY).unwrap();
    let app = ["--app-id", "12", "--app-key-file", "key.pem"];
    Findings::of(&doctor(&world, "", &app).exits(1)).has("clock", "problem", &["behind GitHub's", "app"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_shown_with_its_installations_and_what_they_lack() {
    let world = World::start().await;
    world.github.create_app(12, "keeper", EXAMPLE_PUBLIC_KEY);
    std::fs::write(world.path("key.pem"), EXAMPLE_PRIVATE_KEY).unwrap();
    let app = ["--app-id", "12", "--app-key-file", "key.pem"];
    let with = |more: &[&str]| doctor(&world, "", &[&app[..], more].concat());
    Findings::of(&with(&[]).exits(1)).has("installations", "problem", &["nowhere"]);
    world.github.install_app(12, "octocat", None, &[("contents", "read"), ("metadata", "read")]);
    let suspended = world.github.install_app(12, "sleeper", None, &[("contents", "read"), ("metadata", "read")]);
    world.github.suspend_installation(suspended, true);
    Findings::of(&with(&["octocat"]).exits(0))
        .has("app", "ok", &["keeper"])
        .has("installations", "ok", &["2 installations"])
        .has("permissions", "ok", &["octocat", "contents: read, metadata: read"])
        .has("installation", "ok", &["octocat", "gives tokens"])
        .has("installation", "warning", &["sleeper", "suspended"])
        .has("rate limit", "ok", &["REST"])
        .has("listing", "ok", &["octocat: 2 repositories"])
        .has("git", "ok", &[]);
    Findings::of(&with(&["--installation", "sleeper"]).exits(1)).has("installation", "problem", &["suspended"]);
    Findings::of(&with(&["--installation", "nobody"]).exits(1)).has("installation", "problem", &["nobody"]);
    world.github.install_app(12, "acme", None, &[("metadata", "read")]);
    Findings::of(&with(&["--installation", "acme"]).exits(1)).has(
        "permissions",
        "problem",
        &["acme", "contents is missing", "contents: read"],
    );
    let unknown = ["--app-id", "13", "--app-key-file", "key.pem"];
    Findings::of(&doctor(&world, "", &unknown).exits(1)).has("app", "problem", &["does not know", "--app-id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn used_up_limits_are_told_and_not_waited_for() {
    let world = World::start().await;
    world.github.set_token(CLASSIC, "octocat");
    world.github.set_rate_limit(2, std::time::Duration::from_secs(3600));
    Findings::of(&doctor(&world, CLASSIC, &[]).exits(0))
        .has("rate limit", "warning", &["REST 0 of 2 left", "wait until"])
        .has("listing", "warning", &["used up"]);
    let fault = FaultKind::Status { status: 404, headers: Vec::new(), body: "{}".into() };
    world.github.clear_rate_limit();
    world.github.add_fault(Fault::new(fault).on(RequestClass::GraphQl));
    Findings::of(&doctor(&world, CLASSIC, &[]).exits(0)).has("graphql", "warning", &["404", "work without"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_reached_is_explained() {
    let world = World::start().await;
    let refused = doctor(&world, "", &["--api-url", "http://127.0.0.1:1"]).exits(1);
    Findings::of(&refused)
        .has("reached", "problem", &["refuses connections", "--api-url"])
        .has("git", "skipped", &["not reached"])
        .has("create-only", "ok", &[]);
    let no_tls = world.emulator.url().replace("http://", "https://");
    let ran = doctor(&world, "", &["--api-url", &no_tls]).exits(1);
    Findings::of(&ran).has("reached", "problem", &["does not speak TLS"]);
    let ran = doctor(&world, "", &["--api-url", "http://github.invalid/api/v3"]).exits(1);
    Findings::of(&ran).has("reached", "problem", &["not found by DNS"]);
    let by_proxy = Ran::of(command(&world, "", &["octocat"]).env("HTTP_PROXY", "http://user:secret@127.0.0.1:1"));
    let ran = by_proxy.exits(1);
    assert!(!ran.stdout.contains("user") && !ran.stdout.contains("secret@"), "{}", ran.stdout);
    Findings::of(&ran).has("proxy", "ok", &["http://127.0.0.1:1"]).has(
        "reached",
        "problem",
        &["check the proxy http://127.0.0.1:1"],
    );
    doctor(&world, "", &["--api-url", "not a url"]).exits(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_seen_or_fetched_is_a_problem() {
    let world = World::start().await;
    Findings::of(&doctor(&world, "", &["octocat", "nobody"]).exits(1))
        .has("listing", "ok", &["octocat: 2 repositories"])
        .has("listing", "problem", &["nobody"])
        .has("git", "ok", &[]);
    let fault = FaultKind::Garbage { body: b"<html>Please log in</html>".to_vec() };
    world.github.add_fault(Fault::new(fault).on(RequestClass::InfoRefs));
    Findings::of(&doctor(&world, "", &["octocat"]).exits(1)).has(
        "git",
        "problem",
        &["not understood", "changes or blocks"],
    );
    let findings = Findings::of(&doctor(&world, "", &[]).exits(0));
    findings.has("listing", "skipped", &["there is no token"]).has("git", "skipped", &[]);
}

/// The lines about one check, with what is to be done, or broken lines.
fn lines_about<'a>(text: &'a str, check: &str) -> Vec<&'a str> {
    let mut lines = text.lines().skip_while(|line| line.get(9..).is_none_or(|rest| !rest.starts_with(check)));
    let first = lines.next();
    first.into_iter().chain(lines.take_while(|line| line.starts_with("          "))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_about_the_doctor_shows_what_it_says() {
    let world = World::start().await;
    let end = jiff::Timestamp::now().as_second() + 5 * 86_400 + 3600;
    world.github.create_token(CLASSIC, "octocat", Token::classic(["gist", "read:org"]).expires_at(end));
    let url = world.emulator.url();
    let mut command = world.command(&["doctor", "octocat", "--to", "vault", "--api-url", &format!("{url}/api/v3")]);
    let ran = Ran::of(command.env("GITHUB_TOKEN", CLASSIC).env("COLUMNS", "80")).exits(0);
    // What is not the same on each machine and each day.
    let mut text = ran.stdout.replace(&url, "https://github.example.com");
    for (check, instead) in [
        (
            "expiry",
            "warning  expiry          it ends in 5 days, on 2026-11-21\n                      -> make a new one before, at\n                         https://github.example.com/settings/tokens",
        ),
        ("file system", "ok       file system     ext4"),
        ("room", "ok       room            120 GiB of 250 GiB free, room for 16000000 files"),
        ("reached", "ok       reached         it answers; the certificate is trusted"),
    ] {
        let found = lines_about(&text, check).join("\n");
        assert!(!found.is_empty(), "{check} in {text}");
        text = text.replace(&found, instead);
    }
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/doctor.md")).unwrap();
    assert!(page.contains(&text), "docs/doctor.md should show:\n{text}");
}
