//! Who gitark is to GitHub: apps, several tokens, the token of `gh`, nobody.

use std::time::Duration;

use github_emulator::{EXAMPLE_PRIVATE_KEY, EXAMPLE_PUBLIC_KEY, RequestClass};
use serde_json::Value;

use crate::support::{HELLO, Ran, SPOON, World};

/// A key that belongs to no private key of these tests.
const ANOTHER_PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA37oiIwlb1064VDf87zJ+
jd8a9ScIm22keXpre7Lgtoxlf3612mHFVTXwH+exe5hfpNMLt9vvCeMGRQvJvF0h
z8VW+BmQpFmHSJUd4ZCgPQuFrHgoEMc5yPBkiRkaHJHIDb3xkIoVSD6ExM5jl7jj
hQrb4zFRZroHi08s1AONzyPiRiktikC0Dy2+Sbh+wZuPJKLjFY9L5iYasSUkvjsJ
FV4Fk+C4iIzCm9KHlGN61Y5f3J0dlKz19tiQVwpYqE6z865Tmd/kCpq9kuLYiiej
6rUJ0aF6MXTGCOt3py3txaq6RIlFFcgBsLqrAlx5bYHAsQ3QtJuZQ6JFNw0iKW9u
VQIDAQAB
-----END PUBLIC KEY-----
";

/// A world with the organisations red and blue, where app 77 is installed, and green, where it is not.
async fn with_app() -> World {
    let world = World::start().await;
    for login in ["red", "blue", "green"] {
        world.github.create_organization(login);
        for name in ["one", "two"] {
            let repository = world.github.create_repository(&format!("{login}/{name}"));
            repository.commit("main", &[("a", "a\n")], "One");
            repository.set_private(true);
        }
    }
    world.github.create_app(77, "gitark", EXAMPLE_PUBLIC_KEY);
    world.github.install_app(77, "red", None, &[("contents", "read")]);
    world.github.install_app(77, "blue", Some(&["blue/two"]), &[("contents", "read")]);
    world.github.set_token("ghp_octocat", "octocat");
    std::fs::write(world.path("app.pem"), EXAMPLE_PRIVATE_KEY).unwrap();
    world
}

/// `gitark backup` as app 77.
fn as_app(world: &World, arguments: &[&str]) -> Ran {
    world.backup(&[&["--app-id", "77", "--app-key-file", "app.pem", "--json"], arguments].concat())
}

fn names(ran: &Ran) -> Vec<String> {
    let report: &Value = &ran.json()[0];
    let rows = report["repositories"].as_array().unwrap();
    rows.iter().map(|row| row["repository"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_backs_up_all_that_it_is_installed_for() {
    let world = with_app().await;
    assert_eq!(names(&as_app(&world, &[]).exits(0)), ["blue/two", "red/one", "red/two"]);
    world.run(&["verify", "--full"]).exits(0);
    assert_eq!(names(&as_app(&world, &["--installation", "Red"]).exits(0)), ["red/one", "red/two"]);
    assert_eq!(names(&as_app(&world, &["red", "blue"]).exits(0)), ["blue/two", "red/one", "red/two"]);
    assert_eq!(names(&as_app(&world, &["red/one", "octocat/hello"]).exits(0)), [HELLO, "red/one"]);
    as_app(&world, &["--installation", "green"]).exits(1).says(&["not installed at green"]);
    as_app(&world, &["green/one"]).exits(1).says(&["green/one", "404"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installations_token_is_made_anew_before_it_ends() {
    let world = with_app().await;
    world.github.set_installation_token_lifetime(Duration::from_secs(120));
    as_app(&world, &["red"]).exits(0);
    let made = |world: &World| {
        world.github.requests().iter().filter(|request| request.path.ends_with("/access_tokens")).count()
    };
    assert!(made(&world) > 2, "a token that ends in two minutes is not used again");
    world.github.set_installation_token_lifetime(Duration::from_secs(3600));
    world.github.clear_requests();
    as_app(&world, &["red"]).exits(0);
    assert!(made(&world) <= 2, "one of each installation");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_works_when_this_machines_clock_is_years_off() {
    let world = with_app().await;
    for years in [-3_i64, 3] {
        world.github.set_clock_offset(years * 366 * 24 * 3600);
        assert_eq!(names(&as_app(&world, &["red"]).exits(0)), ["red/one", "red/two"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_none_is_named() {
    let world = with_app().await;
    as_app(&world, &["--app-key-file", "nothing.pem"]).exits(2);
    std::fs::write(world.path("other.pem"), "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n").unwrap();
    std::fs::write(world.path("text.pem"), "hello\n").unwrap();
    let with = |file: &str| world.backup(&["--app-id", "77", "--app-key-file", file]).exits(2);
    with("other.pem").says(&["other.pem", "no RSA key"]);
    with("text.pem").says(&["text.pem", "no private key"]);
    with("nothing.pem").says(&["nothing.pem", "cannot be read"]);
    world.backup(&["--app-id", "78", "--app-key-file", "app.pem"]).exits(1).says(&["404", "Integration not found"]);
    world.github.create_app(79, "other", ANOTHER_PUBLIC_KEY);
    world.backup(&["--app-id", "79", "--app-key-file", "app.pem"]).exits(1).says(&["refused the GitHub App's key"]);
    world.backup(&["--app-id", "77"]).exits(2);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_gh_is_used_when_there_is_no_other() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::start().await;
    world.github.set_token("gho_octocat", "octocat");
    let path = std::env::var("PATH").unwrap_or_default();
    let bin = world.path("bin");
    std::fs::create_dir(&bin).unwrap();
    let script = "#!/bin/sh\n[ \"$*\" = 'auth token --hostname 127.0.0.1' ] && echo gho_octocat\n";
    std::fs::write(bin.join("gh"), script).unwrap();
    std::fs::set_permissions(bin.join("gh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = world.backup_command(&[arguments, &["--no-gists"]].concat());
        command.env("PATH", format!("{}:{path}", bin.display())).envs(variables.iter().copied());
        Ran::of(&mut command)
    };
    run(&[], &[]).exits(0);
    // Another one counts first, and none at all is possible.
    run(&[], &[("GH_TOKEN", "ghp_wrong")]).exits(1).says(&["401"]);
    world.github.clear_requests();
    run(&[HELLO, SPOON, "--no-token"], &[]).exits(0);
    assert!(world.github.requests().iter().all(|request| request.authorization.is_none()));
    assert!(world.github.requests().iter().any(|request| request.class == RequestClass::LsRefs));
}
