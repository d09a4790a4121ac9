//! Settings from flags, variables and `gitark.toml`.

use std::process::Command;

use github_emulator::{Fault, FaultKind, RequestClass};
use serde_json::Value;

use crate::support::{HELLO, Ran, SPOON, World};

/// `gitark` where nothing but the file names a vault.
fn command(world: &World, arguments: &[&str]) -> Command {
    let mut command = world.command(arguments);
    command.env_remove("GITARK_VAULT").env("GITARK_RETRIES", "0");
    command
}

fn run(world: &World, arguments: &[&str]) -> Ran {
    Ran::of(&mut command(world, arguments))
}

fn write(world: &World, name: &str, text: &str) {
    let path = world.path(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn is_vault(world: &World, name: &str) -> bool {
    let there = world.path(name).join("vault.json").is_file();
    let _ = std::fs::remove_dir_all(world.path(name));
    there
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flag_counts_before_a_variable_before_the_file() {
    let world = World::start().await;
    write(&world, "gitark.toml", "vault = 'of-file'\nsources = ['octocat/hello']\n");
    run(&world, &["backup"]).exits(0);
    assert!(is_vault(&world, "of-file"), "the file alone is enough where a vault is required");

    Ran::of(command(&world, &["backup"]).env("GITARK_VAULT", "of-variable")).exits(0);
    assert!(is_vault(&world, "of-variable") && !is_vault(&world, "of-file"));

    Ran::of(command(&world, &["backup", "--to", "of-flag"]).env("GITARK_VAULT", "of-variable")).exits(0);
    assert!(is_vault(&world, "of-flag") && !is_vault(&world, "of-variable"));

    // An empty variable is none; and every flag has a variable.
    let ran = Ran::of(command(&world, &["backup"]).env("GITARK_VAULT", "").env("GITARK_JSON", "yes")).exits(0);
    assert_eq!(ran.json()[0]["sources"], serde_json::json!(["octocat/hello"]));
    assert!(is_vault(&world, "of-file"));
    Ran::of(command(&world, &["backup"]).env("GITARK_JSON", "perhaps"))
        .exits(2)
        .says(&["GITARK_JSON", "true or false"]);
    Ran::of(command(&world, &["list"]).env("GITARK_VAULT", "a\nb\n")).exits(2).says(&["GITARK_VAULT", "one line"]);
    let ran = Ran::of(command(&world, &["backup"]).env("GITARK_CONCURRENCY", "0")).exits(2);
    ran.says(&["GITARK_CONCURRENCY: ", "'0'", "--concurrency"]);
    Ran::of(command(&world, &["backup"]).env("GITARK_SOURCES", "octocat/hello\noctocat/spoon\n")).exits(0);
    assert!(world.path("of-file/127.0.0.1/octocat/spoon").is_dir());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_finds_the_vault_of_the_file() {
    let world = World::start().await;
    write(&world, "settings/nightly.toml", "vault = 'vault'\nconcurrency = 2\n[verify]\nfull = true\n");
    let with = |arguments: &[&str]| run(&world, &[&["--config", "settings/nightly.toml"], arguments].concat()).exits(0);
    with(&["backup", "octocat"]);
    assert!(world.path("settings/vault/vault.json").is_file(), "paths start from the file's folder");
    assert!(with(&["list"]).stdout.contains(HELLO));
    assert!(with(&["verify"]).stdout.contains("every byte read"));
    with(&["restore", HELLO, "restored"]);
    with(&["compact"]);
    with(&["backup", "--refetch", "--", HELLO]);
    let ran = Ran::of(command(&world, &["list"]).env("GITARK_CONFIG", "settings/nightly.toml")).exits(0);
    assert!(ran.stdout.contains(SPOON));

    // Where users keep such files; the one in the current directory counts before it.
    write(&world, ".config/gitark/gitark.toml", "vault = '~/settings/vault'\n");
    assert!(run(&world, &["list"]).exits(0).stdout.contains(HELLO));
    let elsewhere = world.path("xdg");
    write(&world, "xdg/gitark/gitark.toml", "vault = '/nowhere'\n");
    Ran::of(command(&world, &["list"]).env("XDG_CONFIG_HOME", elsewhere)).exits(1).says(&["/nowhere"]);
    write(&world, "gitark.toml", "to = 'none-here'\n");
    run(&world, &["list"]).exits(1).says(&["none-here"]);
    run(&world, &["list", "--config", "missing.toml"]).exits(2).says(&["missing.toml", "cannot read"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_on_the_command_line_wins_over_what_excludes_it() {
    let world = World::start().await;
    write(&world, "gitark.toml", "vault = 'vault'\nverbose = 1\nsources = ['octocat']\n");
    assert!(!run(&world, &["backup"]).exits(0).stderr.is_empty());
    assert_eq!(run(&world, &["backup", "--quiet"]).exits(0).stderr, "");
    assert_eq!(Ran::of(command(&world, &["backup"]).env("GITARK_QUIET", "1")).exits(0).stderr, "");
    let ran = Ran::of(command(&world, &["backup", "-v"]).env("GITARK_QUIET", "1")).exits(0);
    assert!(ran.stderr.contains("octocat/hello: "), "{}", ran.stderr);
    // In one place it is a contradiction.
    write(&world, "gitark.toml", "vault = 'vault'\nverbose = 1\nquiet = true\n");
    run(&world, &["backup"]).exits(2).says(&["gitark.toml:", "--verbose", "--quiet"]);
}

const JOBS: &str = "\
    vault = 'vault'\n\
    report = 'report.json'\n\
    [jobs.code]\n\
    sources = ['octocat/hello']\n\
    schedule = 'nightly'\n\
    [jobs.more]\n\
    sources = ['octocat/spoon']\n\
    to = 'other'\n\
    no_wikis = true\n";

fn reports(world: &World) -> Vec<Value> {
    let text = std::fs::read_to_string(world.path("report.json")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_run_one_after_another_in_the_files_order() {
    let world = World::start().await;
    write(&world, "gitark.toml", JOBS);
    let ran = run(&world, &["backup", "--json"]).exits(0);
    let said: Vec<_> = ran.stderr.lines().filter(|line| line.starts_with("gitark: ")).collect();
    assert_eq!(said, ["gitark: all jobs of gitark.toml: code, more", "gitark: job code", "gitark: job more"]);
    let on_stdout = ran.json();
    let names: Vec<_> = on_stdout.iter().map(|report| report["job"].as_str().unwrap()).collect();
    assert_eq!(names, ["code", "more"]);
    assert_eq!(reports(&world), on_stdout, "a report for several jobs has a line for each");
    assert!(is_vault(&world, "other") && world.path("vault/127.0.0.1/octocat/hello").is_dir());

    // Some of them, in the order that is asked for.
    let ran = run(&world, &["backup", "--job", "more", "--job", "code", "--json", "--quiet"]).exits(0);
    assert_eq!((ran.json()[0]["job"].as_str(), ran.stderr.as_str()), (Some("more"), ""));
    // One alone writes its report as every backup does.
    run(&world, &["backup", "--job", "code"]).exits(0);
    let report: Value = serde_json::from_slice(&std::fs::read(world.path("report.json")).unwrap()).unwrap();
    assert_eq!((&report["job"], report["sources"].as_array().unwrap().len()), (&"code".into(), 1));
    // Sources are no job.
    assert!(is_vault(&world, "other"));
    let ran = run(&world, &["backup", SPOON, "--json"]).exits(0);
    assert_eq!((ran.json().len(), &ran.json()[0]["job"]), (1, &Value::Null));
    assert!(!is_vault(&world, "other") && world.path("vault/127.0.0.1/octocat/spoon").is_dir());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worst_of_all_jobs_is_the_exit_code() {
    let world = World::start().await;
    write(&world, "gitark.toml", JOBS);
    let gone = |path: &str| {
        let kind = FaultKind::Status { status: 404, headers: Vec::new(), body: String::new() };
        world.github.add_fault(Fault::new(kind).on(RequestClass::InfoRefs).path(path));
    };
    gone("/octocat/hello.git");
    run(&world, &["backup"]).exits(3);
    assert!(is_vault(&world, "other"), "the second job ran all the same");
    gone("/octocat/spoon.git");
    run(&world, &["backup"]).exits(1);
    world.github.clear_faults();
    // Without a word about which job it is, nobody would know what failed.
    write(&world, "gitark.toml", &JOBS.replace("octocat/hello", "nobody"));
    run(&world, &["backup", "--quiet"]).exits(3).says(&["gitark: job code: ", "no account nobody"]);
    // All are read before the first one runs.
    std::fs::remove_dir_all(world.path("vault")).unwrap();
    write(&world, "gitark.toml", &format!("{JOBS}concurrency = 1000\n"));
    run(&world, &["backup"]).exits(2).says(&["gitark.toml:10: ", "'1000'", "--concurrency"]);
    assert!(!world.path("vault").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_file_should_not_hold_is_named_with_its_line() {
    let world = World::start().await;
    for (text, words) in [
        ("vault = 'v'\nconcurency = 2\n", &["gitark.toml:2: ", "\"concurency\"", "did you mean concurrency?"][..]),
        ("no_wiki = true\n", &["gitark.toml:1: ", "\"no_wiki\"", "no-wikis"]),
        ("[verify]\nful = true\n", &["gitark.toml:2: ", "verify has no setting \"ful\"", "did you mean full?"]),
        ("full = true\n", &["gitark.toml:1: ", "\"full\"", "[verify]"]),
        ("[verfy]\nfull = true\n", &["gitark.toml:1: ", "[\"verfy\"]", "did you mean [verify]?"]),
        ("[demo]\nvault = 'x'\n", &["gitark.toml:1: ", "[\"demo\"]"]),
        ("[jobs.a]\nsource = ['x']\n", &["gitark.toml:2: ", "a job has no setting \"source\"", "sources"]),
        ("[jobs]\na = 1\n", &["gitark.toml:2: ", "[jobs.NAME]"]),
        ("[jobs.'a b']\n", &["gitark.toml:1: ", "\"a b\"", "letters"]),
        ("[jobs.a]\nschedule = 3\n", &["gitark.toml:2: ", "schedule", "quotes"]),
        ("job = ['a']\n", &["gitark.toml:1: ", "\"job\""]),
        ("vault = 3\n", &["gitark.toml:1: ", "vault", "a text in quotes"]),
        ("vault = 'a'\nto = 'b'\n", &["gitark.toml:2: ", "line 1"]),
        ("[verify]\nvault = ['a', 'b']\n", &["gitark.toml:2: ", "vault"]),
        ("concurrency = true\n", &["gitark.toml:1: ", "a number"]),
        ("concurrency = 'many'\n", &["gitark.toml:1: ", "'many'", "--concurrency"]),
        ("json = 'yes'\n", &["gitark.toml:1: ", "true or false"]),
        ("vault = 'ftp://x'\n", &["gitark.toml:1: ", "ftp://", "a directory"]),
        ("sources = ['a/b/c']\n", &["gitark.toml:1: ", "a/b/c", "OWNER/REPO"]),
        ("vault =\n", &["gitark.toml:1: "]),
        ("vault = 'a'\nvault = 'b'\n", &["gitark.toml:2: ", "duplicate"]),
        ("x = \"\\u001b[31m\"\n", &["gitark.toml:1: ", "\"x\""]),
    ] {
        write(&world, "gitark.toml", text);
        assert_eq!(run(&world, &["backup"]).exits(2).says(words).stdout, "", "{text}");
    }
    write(&world, "gitark.toml", JOBS);
    run(&world, &["backup", "--job", "cod"]).exits(2).says(&["\"cod\"", "gitark.toml", "did you mean code?"]);
    run(&world, &["backup", "--job", "zzz"]).exits(2).says(&["it has: code, more"]);
    std::fs::remove_file(world.path("gitark.toml")).unwrap();
    run(&world, &["backup", "--job", "code"]).exits(2).says(&["--job", "gitark.toml"]);
    std::fs::write(world.path("gitark.toml"), b"vault = 'a'\n# \xff\n").unwrap();
    run(&world, &["backup"]).exits(2).says(&["gitark.toml:2: ", "UTF-8"]);
    assert!(world.github.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_the_file_is_refused_and_not_shown() {
    let world = World::start().await;
    write(&world, "gitark.toml", "token = ghp_secret\n");
    let ran = run(&world, &["backup", "--to", "vault"]).exits(2).says(&["gitark.toml:1: "]);
    assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    for text in [
        "token = 'ghp_secret'\n",
        "github-token = 'ghp_secret'\n",
        "[jobs.a]\nGH_TOKEN = 'x_secret'\n",
        "host = 'github_pat_secret'\n",
        "sources = ['octocat', 'ghp_secret']\n",
        "ghp_secret = 1\n",
    ] {
        write(&world, "gitark.toml", text);
        let ran = run(&world, &["backup", "--to", "vault"]).exits(2).says(&["gitark.toml:", "token-file"]);
        assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_vault_the_command_says_what_to_give() {
    let world = World::start().await;
    let ran = run(&world, &["backup", "octocat"]).exits(2).says(&["no vault is given"]);
    for words in ["gitark backup --to ./vault", "GITARK_VAULT", "gitark.toml"] {
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
    }
    assert!(run(&world, &["list"]).exits(2).stderr.contains("gitark list --vault ./vault"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_command_line_is_told_in_a_line_and_hints() {
    let world = World::start().await;
    let ran = run(&world, &["backup", "octocat", "--to", "v", "--concurency", "3"]).exits(2);
    let lines: Vec<_> = ran.stderr.lines().collect();
    assert_eq!(
        lines,
        [
            "gitark: unexpected argument '--concurency' found",
            "  tip: a similar argument exists: '--concurrency'",
            "  for help: gitark backup --help",
        ]
    );
    run(&world, &["bakcup"]).exits(2).says(&["unrecognized subcommand 'bakcup'"]);
    run(&world, &["restore", "--vault", "v"]).exits(2).says(&["<OWNER/REPO> <TARGET>"]);
    run(&world, &["backup", "--to", "v", "-q", "-v"]).exits(2).says(&["'--quiet'", "'--verbose...'"]);
    run(&world, &["backup", "\u{1b}[31m/x/y"]).exits(2);
    let help = run(&world, &["backup", "--help"]).exits(0).stdout;
    assert!(help.contains("[env: GITARK_VAULT]") && help.contains("--to <VAULT> [OWNER"), "{help}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_just_there_does_not_decide_where_a_token_goes() {
    let world = World::start().await;
    let text = format!("api-url = \"{}\"\n", world.emulator.url());
    std::fs::write(world.path("gitark.toml"), text).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        command.env_remove("GITHUB_API_URL").env("GITHUB_TOKEN", "ghp_secret");
        Ran::of(&mut command)
    };
    run(&["backup", HELLO]).exits(2).says(&["gitark.toml:1", "api-url", "--config gitark.toml"]);
    assert!(world.github.requests().is_empty());
    run(&["backup", HELLO, "--config", "gitark.toml"]).exits(0);
}
