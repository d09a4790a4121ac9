//! `--log-format json`: each line on stderr is one JSON object.

use std::time::Duration;

use github_emulator::{Fault, FaultKind, RequestClass};
use serde_json::Value;

use crate::support::{HELLO, Ran, SPOON, World};

/// The lines of a run, each with what every line has.
#[track_caller]
fn lines(ran: &Ran) -> Vec<Value> {
    let lines = ran.log();
    for line in &lines {
        line["time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        assert!(["error", "warn", "info", "debug"].contains(&line["level"].as_str().unwrap()), "{line}");
        assert!(line["event"].is_string(), "{line}");
    }
    lines
}

#[track_caller]
fn one<'a>(lines: &'a [Value], event: &str) -> &'a Value {
    let found: Vec<&Value> = lines.iter().filter(|line| line["event"] == event).collect();
    let [found] = found[..] else { panic!("one {event} was expected: {lines:#?}") };
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_told_in_objects_with_units_in_their_names() {
    let world = World::start().await;
    let kind = FaultKind::Status { status: 404, headers: Vec::new(), body: String::new() };
    world.github.add_fault(Fault::new(kind).on(RequestClass::InfoRefs).path("/octocat/hello.git"));
    let lines = lines(&world.backup(&["octocat", "--log-format", "json"]).exits(3));
    let vault = world.vault().display().to_string();

    let listed = one(&lines, "listed");
    assert_eq!((&listed["vault"], &listed["repositories"]), (&vault.as_str().into(), &2.into()));

    let ended = |name| lines.iter().find(|line| line["event"] == "ended" && line["repository"] == name).unwrap();
    let (hello, spoon) = (ended(HELLO), ended(SPOON));
    assert_eq!((&hello["level"], &hello["outcome"]), (&"error".into(), &"failed".into()));
    assert_eq!((&hello["reason"], &hello["vault"]), (&"gone_or_forbidden".into(), &vault.as_str().into()));
    assert_eq!((&spoon["level"], &spoon["outcome"]), (&"info".into(), &"good".into()));
    for name in ["duration_seconds", "received_bytes", "stored_bytes"] {
        assert!(spoon[name].as_f64().unwrap() > 0.0, "{name}: {spoon}");
    }

    let summary = one(&lines, "summary");
    assert_eq!((&summary["new"], &summary["failed"], &summary["not_done"]), (&1.into(), &1.into(), &0.into()));
    assert_eq!(summary["reasons"][0]["reason"], "gone_or_forbidden");
    assert_eq!(summary["reasons"][0]["count"], 1);
    assert!(summary["stored_bytes"].as_u64().unwrap() > 0 && summary["duration_seconds"].is_number(), "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_retries_and_the_log_have_the_same_form() {
    let world = World::start().await;
    world.github.set_rate_limit(1, Duration::from_secs(3));
    let kind = FaultKind::Status { status: 500, headers: Vec::new(), body: String::new() };
    world.github.add_fault(Fault::new(kind).on(RequestClass::InfoRefs).path(HELLO).times(1));
    let arguments = ["backup", HELLO, SPOON, "--retries", "1", "--max-wait", "1m", "--log-format", "json", "-vv"];
    let lines = lines(&world.run(&arguments).exits(0));
    // Each request may have to wait for its own turn.
    let waiting = lines.iter().find(|line| line["event"] == "waiting").unwrap();
    assert!(waiting["until"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{waiting}");
    assert!(waiting["wait_seconds"].as_u64().unwrap() <= 3, "{waiting}");
    let retrying = one(&lines, "retrying");
    assert_eq!(retrying["repository"], HELLO);
    assert!(retrying["wait_seconds"].is_number() && retrying["message"].is_string(), "{retrying}");
    let log = lines.iter().find(|line| line["event"] == "log").unwrap();
    assert!(log["message"].is_string() && log["target"].is_string(), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_as_a_whole_is_one_object_with_its_reason() {
    let world = World::start().await;
    let failed = |code: i32, arguments: &[&str]| {
        let lines = lines(&world.run(arguments).exits(code));
        let [line] = &lines[..] else { panic!("{lines:#?}") };
        assert_eq!((&line["level"], &line["event"]), (&"error".into(), &"failed".into()), "{line}");
        assert_eq!(line["exit_code"], code);
        line.clone()
    };
    let line = failed(1, &["backup", "nobody", "--retries", "0", "--log-format=json"]);
    assert_eq!(line["reason"], "gone_or_forbidden");
    assert!(line["message"].as_str().unwrap().contains("nobody"), "{line}");
    failed(1, &["list", "--log-format", "json", "--vault", "nowhere"]);
    // The command line may be wrong, too.
    let line = failed(2, &["backup", "--log-format", "json", "--wrong"]);
    assert!(line["message"].as_str().unwrap().contains("--wrong"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_says_it_in_objects() {
    let world = World::backed_up().await;
    for arguments in [
        vec!["backup", "octocat", "-v"],
        vec!["verify", "--full"],
        vec!["copy", "vault", "copy"],
        vec!["compact", "--all"],
        vec!["restore", HELLO, "restored"],
        vec!["list"],
        vec!["log", HELLO],
    ] {
        let ran = world.run(&[&arguments[..], &["--log-format", "json"]].concat()).exits(0);
        let lines = lines(&ran);
        if ["backup", "copy", "compact"].contains(&arguments[0]) {
            assert!(one(&lines, "summary")["rows"].is_u64());
        }
    }
    let quiet = world.run(&["backup", "octocat", "--quiet", "--log-format", "json"]).exits(0);
    assert_eq!(quiet.stderr, "");
}
