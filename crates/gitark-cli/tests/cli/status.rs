//! `gitark status`: what a monitor asks.

use github_emulator::{Fault, FaultKind, RequestClass};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::{HELLO, SPOON, World, files, flip_a_byte, sha256};

fn of<'a>(status: &'a Value, name: &str) -> &'a Value {
    status["repositories"].as_array().unwrap().iter().find(|row| row["repository"] == name).unwrap()
}

fn status(world: &World, code: i32) -> Value {
    world.run(&["status", "--json"]).exits(code).json().remove(0)
}

/// Answers 404 to all that git asks of a repository. Only the first of a run is asked for its capabilities.
fn fail(world: &World, name: &str) {
    for class in [RequestClass::InfoRefs, RequestClass::LsRefs] {
        let fault = Fault::new(FaultKind::Status { status: 404, headers: Vec::new(), body: String::new() });
        world.github.add_fault(fault.on(class).path(format!("/{name}.git")));
    }
}

/// Writes the report of a run of long ago, with words that this gitark does not know.
fn write_report(world: &World, time: &str, rows: Value) {
    let started = format!("{time}T03:00:00Z");
    let report = json!({
        "format": 1, "run": {"id": "old", "started": started}, "finished": started, "cancelled": false,
        "future": {"shrunk": true}, "repositories": rows,
    });
    let line = report.to_string();
    let directory = world.vault().join("runs").join(time.replace('-', "/"));
    std::fs::create_dir_all(&directory).unwrap();
    let proof = sha256(line.as_bytes());
    std::fs::write(directory.join("030000Z-old.json"), format!("{line}\n{{\"sha256\":\"{proof}\"}}\n")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monitor_hears_nothing_while_all_is_well() {
    let world = World::start().await;
    world.repository(SPOON).create_wiki().commit("master", &[("Home.md", "One\n")], "One");
    world.backup(&["octocat"]).exits(0);
    let ran = world.run(&["status", "--quiet"]).exits(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let ran = world.run(&["status"]).exits(0);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("3 checked\n2 repositories, 1 wiki, all checked within 26h"), "{}", ran.stderr);
    let status = status(&world, 0);
    assert_eq!(status["repositories"].as_array().unwrap().len(), 3);
    assert_eq!((&of(&status, HELLO)["state"], &of(&status, HELLO)["failed"]), (&"good".into(), &Value::Null));
    assert_eq!(status["last_run"]["checked"], 3);
    // Unchanged is checked, too.
    let checked =
        |status: &Value| of(status, HELLO)["checked"].as_str().and_then(|time| time.parse::<Timestamp>().ok());
    let before = checked(&status).unwrap();
    world.backup(&["octocat"]).exits(0);
    assert!(checked(&self::status(&world, 0)).unwrap() > before);
}

#[tokio::test(flavor = "multi_thread")]
async fn stale_and_failing_repositories_end_with_3_until_they_are_checked_again() {
    let world = World::backed_up().await;
    let ran = world.run(&["status", "--max-age", "0s"]).exits(3);
    assert!(
        ran.stdout.starts_with("STATE  CHECKED  FAILED  REPOSITORY\nstale  0m       -       octocat/hello\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.contains("2 repositories: 2 stale"), "{}", ran.stderr);

    fail(&world, HELLO);
    world.github.create_repository("octocat/unlucky");
    fail(&world, "octocat/unlucky");
    world.backup(&["octocat"]).exits(3);
    world.github.clear_faults();
    let ran = world.run(&["status"]).exits(3);
    for line in [
        "failing  0m       0m      octocat/hello    gone_or_forbidden",
        "failing  -        0m      octocat/unlucky  gone_or_forbidden",
    ] {
        assert!(ran.stdout.contains(line), "{line} is not in\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains(SPOON) && ran.stdout.lines().all(|line| line.chars().count() <= 80));
    assert_eq!(world.run(&["status", "--quiet"]).exits(3).stdout, ran.stdout);
    let found = status(&world, 3);
    assert!(of(&found, HELLO)["message"].as_str().unwrap().contains("404"), "{found}");
    assert_eq!(of(&found, HELLO)["state"], "failing");
    // What the newest run did not look at is as the one before left it.
    world.backup(&[SPOON]).exits(0);
    assert_eq!(of(&status(&world, 3), HELLO)["state"], "failing");
    world.backup(&["octocat"]).exits(0);
    let found = status(&world, 0);
    assert_eq!(of(&found, HELLO)["state"], "good");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_were_not_looked_at_prove_nothing_and_words_of_the_future_do_no_harm() {
    let world = World::backed_up().await;
    let row = |name: &str, outcome: &str, reason: Option<&str>| {
        let path = format!("127.0.0.1/{name}/{}.git", name.rsplit('/').next().unwrap());
        json!({"repository": name, "kind": "code", "path": path, "outcome": outcome, "reason": reason, "new": 1})
    };
    let later = "2099-01-01";
    write_report(&world, later, json!([row(HELLO, "failed", Some("deadline")), row(SPOON, "probed", None)]));
    let found = status(&world, 0);
    assert!(of(&found, HELLO)["checked"].as_str().unwrap() < later, "{found}");
    assert!(of(&found, SPOON)["checked"].as_str().unwrap() > later, "{found}");
    assert_eq!((&found["last_run"]["checked"], &found["last_run"]["failed"]), (&1.into(), &0.into()));
    write_report(&world, "2099-01-02", json!([row(HELLO, "failed", Some("of_the_future"))]));
    let found = status(&world, 3);
    assert_eq!(
        (&of(&found, HELLO)["state"], &of(&found, HELLO)["reason"]),
        (&"failing".into(), &"of_the_future".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_gone_upstream_is_listed_and_is_no_alarm() {
    let world = World::backed_up().await;
    world.repository(SPOON).vanish();
    world.backup(&["octocat"]).exits(0);
    let ran = world.run(&["status"]).exits(0);
    assert!(ran.stdout.contains("gone   0m       -       octocat/spoon  since 20"), "{}", ran.stdout);
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ran.stdout);
    assert!(ran.stderr.contains("2 repositories: 1 gone, all others checked within 26h"), "{}", ran.stderr);
    let found = status(&world, 0);
    assert_eq!(of(&found, SPOON)["state"], "gone");
    let time = |field: &str| of(&found, SPOON)[field].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(time("gone_since") > time("checked"), "{found}");
    world.run(&["status", "--include-gone"]).exits(3);
    // It stays, and is given back.
    world.run(&["restore", SPOON, "spoon"]).exits(0);
    // A backup of the other alone says nothing of it, and a filter leaves one out as well.
    world.backup(&[HELLO]).exits(0);
    world.run(&["status"]).exits(0);
    world.github.create_repository("octocat/third").commit("main", &[("a", "a\n")], "One");
    world.backup(&["octocat"]).exits(0);
    world.backup(&["octocat", "--exclude", "third"]).exits(0);
    let found = status(&world, 0);
    assert_eq!((&of(&found, "octocat/third")["state"], &of(&found, HELLO)["state"]), (&"gone".into(), &"good".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_and_a_vault_that_is_none_have_their_own_codes() {
    let world = World::start().await;
    world.run(&["status", "--vault", "missing"]).exits(1).says(&["missing", "--vault"]);
    world.run(&["status", "--max-age", "soon"]).exits(2).says(&["soon", "24h"]);
    world.backup(&["octocat"]).exits(0);
    let report = files(&world.vault().join("runs")).into_iter().find(|path| !path.ends_with("start.json")).unwrap();
    let whole = std::fs::read(&report).unwrap();
    std::fs::write(&report, &whole[..whole.len() / 2]).unwrap();
    world.run(&["status"]).exits(4).says(&["damaged: runs/", "cut off"]).shows_no_value();
    std::fs::write(&report, &whole).unwrap();
    flip_a_byte(&world.bare(SPOON));
    world.run(&["verify", "--full"]).exits(4);
    let ran = world.run(&["status"]).exits(4);
    assert!(ran.stdout.contains("DAMAGED  0m       -       octocat/spoon"), "{}", ran.stdout);
    let claim = files(&world.vault().join("127.0.0.1/~id")).remove(0);
    std::fs::write(&claim, "{}\n").unwrap();
    world.run(&["status"]).exits(4).says(&["damaged: 127.0.0.1/~id"]);
}
