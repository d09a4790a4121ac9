//! Marked secrets of a GitHub App, looked for wherever they must not be.

use std::{
    process::Command,
    sync::{Arc, Mutex},
};

use github_emulator::{EXAMPLE_PRIVATE_KEY, EXAMPLE_PUBLIC_KEY, Fault, FaultKind, RequestClass};

use crate::support::{HELLO, Liar, Ran, World, answer, files};

/// The start of an installation's token, of a token of the app itself, and of the first as git's header has it.
const MARKS: [&str; 3] = ["ghs_0000", "eyJ0eXAi", "Z2hzXzAwMD"];

/// Both forms of the log.
const FORMATS: [[&str; 2]; 2] = [["--log-format", "text"], ["--log-format", "json"]];

/// Whether there is a secret in it: one of the marks, or a line of the app's key.
fn leaks(bytes: &[u8]) -> bool {
    let key = EXAMPLE_PRIVATE_KEY.lines().filter(|line| line.len() > 40);
    let has = |secret: &str| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
    key.chain(MARKS).chain(["eyJhbGci"]).any(has)
}

fn as_app(world: &World, more: &[&str]) -> Command {
    let all = ["red", "-vv", "--app-id", "77", "--app-key-file", "app.pem", "--report", "report.json", "--json"];
    world.backup_command(&[&all, more].concat())
}

#[track_caller]
fn is_secret(world: &World, ran: &Ran) {
    assert!(!leaks(ran.stdout.as_bytes()), "{}", ran.stdout);
    assert!(!leaks(ran.stderr.as_bytes()), "{}", ran.stderr);
    for path in files(world.directory.path()) {
        assert!(path.ends_with("app.pem") || !leaks(&std::fs::read(&path).unwrap()), "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_the_secrets_of_an_app_are_nowhere_but_on_the_way_to_github() {
    let world = World::start().await;
    world.github.create_organization("red");
    for name in ["red/one", "red/two"] {
        let repository = world.github.create_repository(name);
        repository.commit("main", &[("a", "a\n")], "One");
        repository.set_private(true);
    }
    world.github.create_app(77, "gitark", EXAMPLE_PUBLIC_KEY);
    world.github.install_app(77, "red", None, &[("contents", "read")]);
    std::fs::write(world.path("app.pem"), EXAMPLE_PRIVATE_KEY).unwrap();

    // While it runs: command lines of all processes, and what is in the vault's spool.
    let found: Arc<Mutex<Vec<String>>> = Arc::default();
    let (seen, vault) = (found.clone(), world.vault());
    world.github.on_request(Some(Arc::new(move |_, _| {
        let mut places: Vec<_> = std::fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path().join("cmdline"))
            .collect();
        if vault.exists() {
            places.extend(files_if_there(&vault));
        }
        for place in places {
            // What is gone meanwhile is in no place.
            if std::fs::read(&place).is_ok_and(|bytes| leaks(&bytes)) {
                seen.lock().unwrap().push(place.display().to_string());
            }
        }
    })));
    for format in FORMATS {
        is_secret(&world, &Ran::of(&mut as_app(&world, &format)).exits(0));
        world.github.repository("red/one").unwrap().commit("main", &[("a", "b\n")], "More");
    }
    let carried =
        |class| world.github.requests().iter().any(|request| request.class == class && request.authorization.is_some());
    assert!(carried(RequestClass::Api) && carried(RequestClass::Fetch));
    world.github.on_request(None);
    assert_eq!(*found.lock().unwrap(), [""; 0]);

    // With every failure, on every way.
    let stranger = Liar::saying(answer(200, &[], b"[]"));
    let kinds = [
        FaultKind::RedirectTo { location: format!("{}/elsewhere", stranger.url()) },
        FaultKind::RedirectLoop,
        FaultKind::Truncate { after_bytes: 3 },
        FaultKind::Reset { after_bytes: 3 },
        FaultKind::Garbage { body: b"garbage".to_vec() },
        FaultKind::Status { status: 401, headers: vec![], body: "{\"message\": \"Bad credentials\"}".into() },
        FaultKind::Status { status: 500, headers: vec![], body: String::new() },
    ];
    for kind in kinds {
        for class in [RequestClass::Api, RequestClass::InfoRefs, RequestClass::LsRefs, RequestClass::Fetch] {
            world.github.repository("red/one").unwrap().commit("main", &[("b", "b\n")], "Two");
            world.github.add_fault(Fault::new(kind.clone()).on(class));
            for format in FORMATS {
                let ran = Ran::of(&mut as_app(&world, &format));
                assert_ne!(ran.code, 0, "{kind:?} {class:?}");
                is_secret(&world, &ran);
            }
            world.github.clear_faults();
        }
    }
    for heard in stranger.take_heard() {
        assert!(!heard.has_credentials() && !leaks(heard.0.as_bytes()), "{}", heard.0);
    }
    // A token that GitHub mints wrong.
    for body in [
        "{\"token\": \"ghs_0000x\"}",
        "{\"token\": \"ghs_0000\\nx\", \"expires_at\": \"2999-01-01T00:00:00Z\"}",
        "{\"token\": \"ghs_0000x\", \"expires_at\": 5}",
    ] {
        world.github.add_fault(Fault::new(FaultKind::Garbage { body: body.into() }).path("access_tokens"));
        for format in FORMATS {
            let ran = Ran::of(&mut as_app(&world, &format));
            assert_ne!(ran.code, 0, "{body}");
            assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
            is_secret(&world, &ran);
        }
        world.github.clear_faults();
    }
    Ran::of(&mut as_app(&world, &[])).exits(0);
    world.backup(&[HELLO]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_the_keys_of_a_bucket_are_in_nothing_that_is_said() {
    const SECRETS: [&str; 2] = ["TheSecretKeyOfThisTest0123456789", "TheSessionTokenOfThisTest0123456789"];
    let world = World::start().await;
    let bodies = [
        answer(403, &[], b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"),
        answer(500, &[], b"<Error><Code>InternalError</Code></Error>"),
        answer(200, &[], b"garbage"),
        answer(301, &["Location: http://127.0.0.1:1/"], b""),
    ];
    for body in bodies {
        let bucket = Liar::saying(body);
        let place = format!("s3://bucket/prefix?endpoint={}", bucket.url());
        for format in FORMATS {
            for command in [&["backup", "octocat", "--retries", "0"][..], &["list"], &["doctor", "octocat"]] {
                let mut command = world.command(&[command, &["-vv"], &format].concat());
                command.env("GITARK_VAULT", &place).env("AWS_EC2_METADATA_DISABLED", "true");
                command.envs([("AWS_ACCESS_KEY_ID", "AKIATEST"), ("AWS_SECRET_ACCESS_KEY", SECRETS[0])]);
                let ran = Ran::of(command.env("AWS_SESSION_TOKEN", SECRETS[1]));
                assert_ne!(ran.code, 0, "{}", ran.stderr);
                for text in [&ran.stdout, &ran.stderr] {
                    assert!(!SECRETS.iter().any(|secret| text.contains(secret)), "{text}");
                }
            }
        }
        assert!(bucket.take_heard().iter().any(|heard| heard.0.contains(SECRETS[1])), "they are in use");
    }
}

/// All files below a directory that changes meanwhile.
fn files_if_there(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => found.extend(files_if_there(&path)),
            path => found.push(path),
        }
    }
    found
}
