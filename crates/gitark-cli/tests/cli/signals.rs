//! Ctrl-C.

use std::{
    io::{BufReader, Read as _},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, mpsc},
};

use github_emulator::{Fault, FaultKind, RequestClass};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{HELLO, Ran, SPOON, World};

/// Sorted last: begun last.
const ZEBRA: &str = "octocat/zebra";

/// A run that stands still at the pack of [`SPOON`], one repository at a time, [`HELLO`] done and [`ZEBRA`] to come.
async fn standing_still(world: &World, more: &[&str]) -> Child {
    standing_still_with(world, &[&["octocat", "--concurrency", "1"], more].concat()).await
}

async fn standing_still_with(world: &World, arguments: &[&str]) -> Child {
    world.github.create_repository(ZEBRA).commit("main", &[("zebra.txt", "stripes\n")], "Stripes");
    let hang = Fault::new(FaultKind::Hang { after_bytes: 0 });
    world.github.add_fault(hang.on(RequestClass::Fetch).path("/octocat/spoon.git"));
    let (arrived, arrival) = mpsc::channel();
    let arrived = Mutex::new(arrived);
    world.github.on_request(Some(Arc::new(move |class, path| {
        if *class == RequestClass::Fetch && path.contains("/octocat/spoon.git") {
            // The test may have what it waits for already.
            let _ = arrived.lock().unwrap().send(());
        }
    })));
    let mut command = world.backup_command(arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    arrival.recv().unwrap();
    child
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Reads stderr up to the line that confirms the first signal.
fn until_interrupted(stderr: &mut impl std::io::BufRead) -> String {
    let mut said = String::new();
    while !said.contains("interrupted") {
        assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "{said}");
    }
    said
}

/// The run was stopped: what was done is whole, the rest is not begun, and the next run has it all.
fn converges(world: &World) {
    assert!(!world.github.requests().iter().any(|request| request.path.contains("zebra.git")));
    assert!(!world.bare(ZEBRA).exists());
    world.restores(HELLO, &world.repository(HELLO).resolve("main").unwrap());
    world.github.clear_faults();
    world.github.on_request(None);
    world.backup(&["octocat"]).exits(0);
    for name in [HELLO, SPOON, ZEBRA] {
        world.restores(name, &world.repository(name).resolve("main").unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_after_a_cancel_nothing_new_is_begun() {
    for which in [Signal::INT, Signal::TERM] {
        let world = World::start().await;
        let child = standing_still(&world, &["--report", "report.json"]).await;
        signal(&child, which);
        let ran = Ran::from(child.wait_with_output().unwrap()).exits(130);
        let told: Vec<_> = ran.stderr.lines().filter(|line| line.starts_with("gitark: ")).collect();
        let says = "interrupted: ending octocat/spoon; once more to stop at once";
        assert!(matches!(told[..], [line] if line.contains(says)), "{}", ran.stderr);
        let ran = ran.sums(&[("new", "1"), ("not done", "2")]);
        assert!(!ran.stderr.contains("zebra"), "{}", ran.stderr);
        let report = world.newest_report();
        assert_eq!(report["cancelled"], true);
        let outcome = |name| crate::support::row(&report, name)["outcome"].clone();
        assert_eq!((outcome(HELLO), outcome(SPOON), outcome(ZEBRA)), ("new".into(), "failed".into(), "failed".into()));
        assert_eq!(crate::support::row(&report, ZEBRA)["reason"], "cancelled");
        assert!(world.path("report.json").is_file());
        converges(&world);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_an_interrupt_is_for_all_jobs() {
    let world = World::start().await;
    let jobs = "concurrency = 1\n[jobs.one]\nsources = ['octocat']\n[jobs.two]\nsources = ['octocat/zebra']\n";
    std::fs::write(world.path("gitark.toml"), jobs).unwrap();
    let child = standing_still_with(&world, &[]).await;
    signal(&child, Signal::INT);
    let ran = Ran::from(child.wait_with_output().unwrap()).exits(130);
    assert!(ran.stderr.ends_with("gitark: not begun: 1 job\n"), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("interrupted:").count(), 1, "{}", ran.stderr);
    std::fs::remove_file(world.path("gitark.toml")).unwrap();
    converges(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_at_once() {
    let world = World::start().await;
    // A report that nobody reads keeps the first signal's orderly end from coming.
    let fifo = world.path("report");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut child = standing_still(&world, &["--report", "report"]).await;
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    signal(&child, Signal::INT);
    let said = until_interrupted(&mut stderr);
    assert!(said.contains("once more to stop at once"), "{said}");
    signal(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert!(!rest.contains("panicked"), "{rest}");
    converges(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_listing_can_be_interrupted() {
    let world = World::start().await;
    let hang = Fault::new(FaultKind::Hang { after_bytes: 0 }).on(RequestClass::Api);
    world.github.add_fault(hang);
    let (arrived, arrival) = mpsc::channel();
    let arrived = Mutex::new(arrived);
    world.github.on_request(Some(Arc::new(move |_, _| {
        let _ = arrived.lock().unwrap().send(());
    })));
    let child = world.backup_command(&["octocat"]).stderr(Stdio::piped()).spawn().unwrap();
    arrival.recv().unwrap();
    signal(&child, Signal::INT);
    let ran = Ran::from(child.wait_with_output().unwrap()).exits(130).says(&["interrupted"]);
    assert_eq!(ran.stderr.lines().count(), 1);
    assert!(!world.vault().exists());
}
