//! stdout is data, stderr is for people.

use std::process::{Command, Stdio};

use github_emulator::{Fault, FaultKind, RequestClass};

use crate::support::{HELLO, Ran, SPOON, World};

#[tokio::test(flavor = "multi_thread")]
async fn json_stands_alone_on_stdout() {
    let world = World::start().await;
    world.repository(SPOON).create_wiki().commit("master", &[("Home.md", "Home\n")], "Home");
    let backup = world.backup(&["octocat", "--json", "-vv"]).exits(0).json();
    assert_eq!(backup, [world.newest_report_of_vault()]);
    assert_eq!(backup[0]["repositories"].as_array().unwrap().len(), 3);

    let list = world.run(&["list", "--json"]).exits(0).json();
    let names: Vec<_> = list.iter().map(|row| row["repository"].as_str().unwrap()).collect();
    assert_eq!(names, [HELLO, SPOON]);
    assert_eq!(list[0]["entries"], 1);

    let log = world.run(&["log", HELLO, "--json"]).exits(0).json();
    assert_eq!((log.len(), &log[0]["sequence"]), (1, &1.into()));

    let verify = world.run(&["verify", "--full", "--json", "-v"]).exits(0).json();
    assert_eq!(verify[0]["repositories"].as_array().unwrap().len(), 3);

    let restore = world.run(&["restore", SPOON, "restored", "--json"]).exits(0).json();
    assert_eq!((restore.len(), &restore[0]["name"]), (2, &SPOON.into()));

    // With failures too.
    let kind = FaultKind::Status { status: 404, headers: Vec::new(), body: String::new() };
    world.github.add_fault(Fault::new(kind).on(RequestClass::InfoRefs).path("/octocat/hello.git"));
    assert_eq!(world.backup(&["octocat", "--json"]).exits(3).json(), [world.newest_report_of_vault()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_json_backup_and_restore_have_no_data() {
    let world = World::start().await;
    assert_eq!(world.backup(&["octocat"]).exits(0).stdout, "");
    assert_eq!(world.run(&["restore", HELLO, "restored"]).exits(0).stdout, "");
    let quiet = world.backup(&["octocat", "--quiet"]).exits(0);
    assert_eq!((quiet.stdout, quiet.stderr), (String::new(), String::new()));
    let quiet = world.run(&["restore", HELLO, "again", "--quiet"]).exits(0);
    assert_eq!((quiet.stdout, quiet.stderr), (String::new(), String::new()));
    let list = world.run(&["list"]).exits(0);
    assert_eq!((list.stdout.lines().count(), list.stderr.as_str()), (3, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wiki_that_was_never_made_is_no_failure() {
    let world = World::start().await;
    world.repository(HELLO).enable_wiki();
    let wiki = world.repository(SPOON).create_wiki();
    wiki.commit("master", &[("Home.md", "Home\n")], "Home");
    let ran = world.backup(&["octocat"]).exits(0);
    assert!(!ran.stderr.contains("hello.wiki"), "{}", ran.stderr);
    // One that was there and is gone is one.
    wiki.vanish();
    world.backup(&["octocat"]).exits(3).says(&["octocat/spoon.wiki", "gone"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_is_no_failure() {
    let world = World::backed_up().await;
    for arguments in [
        vec!["list"],
        vec!["list", "--json"],
        vec!["log", HELLO],
        vec!["log", HELLO, "--json", "--refs"],
        vec!["verify", "--quiet"],
        vec!["copy", "vault", "copy", "--json", "--quiet"],
        vec!["compact", "--json", "--quiet"],
        vec!["restore", HELLO, "restored", "--json"],
        vec!["backup", "octocat", "--json", "--quiet"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = world.command(&arguments);
        command.stdout(writer).stderr(Stdio::piped());
        let ran = Ran::from(command.spawn().unwrap().wait_with_output().unwrap()).exits(0);
        assert_eq!(ran.stderr, "", "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_hides_no_failure() {
    let world = World::backed_up().await;
    let unread = |arguments: &[&str]| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = world.command(arguments);
        command.stdout(writer).stderr(Stdio::piped());
        Ran::from(command.spawn().unwrap().wait_with_output().unwrap())
    };
    let wiki = world.repository(SPOON).create_wiki();
    wiki.commit("master", &[("Home.md", "Home\n")], "Home");
    unread(&["backup", "octocat", "--json"]).exits(0);
    unread(&["restore", SPOON, "restored", "--json"]).exits(0);
    assert!(world.path("restored.wiki/Home.md").is_file());

    let kind = FaultKind::Status { status: 404, headers: Vec::new(), body: String::new() };
    world.github.add_fault(Fault::new(kind).on(RequestClass::InfoRefs).path("/octocat/hello.git"));
    unread(&["backup", "octocat", "--json", "--report", "report.json"]).exits(3);
    assert!(world.path("report.json").is_file());

    std::fs::remove_dir_all(world.bare(HELLO).join("objects")).unwrap();
    unread(&["verify"]).exits(4);
    unread(&["verify", "--json"]).exits(4);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_is_full_is_a_failure_in_words() {
    let world = World::backed_up().await;
    let full = || std::fs::File::create("/dev/full").unwrap();
    let with = |arguments: &[&str], set: &dyn Fn(&mut Command)| {
        let mut command = world.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        set(&mut command);
        Ran::from(command.spawn().unwrap().wait_with_output().unwrap())
    };
    with(&["list"], &|command| _ = command.stdout(full())).exits(1).says(&["cannot write the output", "No space left"]);
    // Nobody can be told then, and the work is done all the same.
    with(&["backup", "octocat", "-vv"], &|command| _ = command.stderr(full())).exits(0);
    with(&["list", "--vault", "nowhere"], &|command| _ = command.stderr(full())).exits(1);
}
