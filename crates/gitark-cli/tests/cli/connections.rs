//! Certificates, proxies and IPv6.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
};

use github_emulator::{Emulator, Fault, FaultKind, RequestClass};

use crate::support::{Authority, HELLO, Liar, Ran, World, answer, git};

fn backup(world: &World, url: &str, more: &[&str]) -> Command {
    let mut command = world.backup_command(&[&["octocat", "--api-url", url], more].concat());
    command.env("GITHUB_TOKEN", "ghp_marked");
    command
}

/// A world whose token is `ghp_marked`, and an authority whose certificate is in `ca.pem`.
async fn world() -> (World, Authority) {
    let world = World::start().await;
    world.github.set_token("ghp_marked", "octocat");
    let authority = Authority::new();
    std::fs::write(world.path("ca.pem"), authority.pem()).unwrap();
    (world, authority)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_certificate_of_ones_own_is_trusted_when_told_so() {
    let (world, authority) = world().await;
    let url = authority.front("127.0.0.1", &world.emulator.url(), false).await;
    Ran::of(&mut backup(&world, &url, &["--ca-file", "ca.pem"])).exits(0);
    world.restores(HELLO, &world.repository(HELLO).resolve("main").unwrap());
    for class in [RequestClass::Api, RequestClass::Fetch] {
        assert!(
            world.github.requests().iter().any(|request| request.class == class && request.authorization.is_some())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_proves_nothing_is_named_in_one_line() {
    let (world, authority) = world().await;
    let server = world.emulator.url();
    std::fs::write(world.path("other.pem"), Authority::new().pem()).unwrap();
    let with = ["--ca-file", "ca.pem"];
    let cases = [
        (authority.front("127.0.0.1", &server, false).await, &[][..], "UnknownIssuer"),
        (authority.front("127.0.0.1", &server, false).await, &["--ca-file", "other.pem"], ""),
        (authority.front("github.example", &server, false).await, &with, "not valid for name"),
        (authority.front("127.0.0.1", &server, true).await, &with, "expired"),
        // No TLS at all.
        (server.replace("http:", "https:"), &with, ""),
    ];
    for (url, more, words) in cases {
        let ran = Ran::of(&mut backup(&world, &url, more)).exits(1).shows_no_value();
        ran.says(&["cannot reach GitHub", &url, words]);
    }
    assert!(world.github.requests().is_empty());
    std::fs::write(world.path("bad.pem"), "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n").unwrap();
    for file in ["bad.pem", "none.pem"] {
        Ran::of(&mut backup(&world, &server, &["--ca-file", file])).exits(2);
    }
    assert!(!world.vault().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_nothing_goes_from_https_to_http() {
    let (world, authority) = world().await;
    let url = authority.front("127.0.0.1", &world.emulator.url(), false).await;
    let stranger = Liar::saying(answer(200, &[], b"[]"));
    for class in [RequestClass::Api, RequestClass::InfoRefs] {
        let location = format!("{}/octocat/hello.git/info/refs?service=git-upload-pack", stranger.url());
        world.github.add_fault(Fault::new(FaultKind::RedirectTo { location }).on(class));
        let ran = Ran::of(&mut backup(&world, &url, &["--ca-file", "ca.pem"])).exits(1);
        assert!(ran.failures().iter().all(|line| line.contains("302")), "{}", ran.stderr);
        world.github.clear_faults();
    }
    // The next page neither.
    let link = format!("<{}/repos>; rel=\"next\"", url.replace("https:", "http:"));
    let kind = FaultKind::Status { status: 200, headers: vec![("Link".into(), link)], body: "[]".into() };
    world.github.add_fault(Fault::new(kind).on(RequestClass::Api).path("/user/repos"));
    Ran::of(&mut backup(&world, &url, &["--ca-file", "ca.pem"])).exits(1).says(&["another host"]);
    assert!(stranger.take_heard().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_a_proxy_is_used_unless_it_should_not_be_and_sees_no_token() {
    let (world, authority) = world().await;
    let url = authority.front("127.0.0.1", &world.emulator.url(), false).await;
    let proxy = Liar::start(|heard, stream| {
        assert!(heard.0.starts_with("CONNECT "), "{}", heard.0);
        let Ok(mut server) = TcpStream::connect(heard.target()) else { return };
        stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
        let (mut from, mut to) = (stream.try_clone().unwrap(), server.try_clone().unwrap());
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
        });
        let mut bytes = [0; 65_536];
        while let Ok(count @ 1..) = server.read(&mut bytes) {
            if stream.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
    let with = |variables: &[(&str, &str)]| {
        let mut command = backup(&world, &url, &["--ca-file", "ca.pem"]);
        Ran::of(command.envs(variables.iter().copied()))
    };
    with(&[("HTTPS_PROXY", proxy.url())]).exits(0);
    let heard = proxy.take_heard();
    assert!(!heard.is_empty());
    for heard in heard {
        assert_eq!(heard.target(), url.trim_start_matches("https://"));
        assert!(!heard.has_credentials() && !heard.0.contains("ghp_"), "{}", heard.0);
    }
    with(&[("https_proxy", proxy.url()), ("NO_PROXY", "10.0.0.1,127.0.0.1")]).exits(0);
    assert!(proxy.take_heard().is_empty());
    // A proxy that is not there is a failure, and no reason to go without.
    with(&[("HTTPS_PROXY", "http://127.0.0.1:1")]).exits(1).says(&["cannot reach GitHub"]);
    let refuses = Liar::saying(answer(407, &[], b""));
    with(&[("HTTPS_PROXY", refuses.url())]).exits(1).says(&["cannot reach GitHub"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_behind_ipv6_is_backed_up() {
    let (world, _) = world().await;
    let address = "[::1]:0".parse().unwrap();
    let Ok(emulator) = Emulator::start_at(world.github.clone(), address).await else {
        eprintln!("skipped: there is no IPv6 here");
        return;
    };
    Ran::of(&mut backup(&world, &emulator.url(), &[])).exits(0);
    Ran::of(&mut backup(&world, &emulator.url(), &[])).exits(0);
    let bare = world.vault().join("~--1/octocat/hello/hello.git");
    git(&bare, &["fsck", "--strict", "--full"]);
    world.run(&["verify", "--full"]).exits(0);
    world.run(&["restore", HELLO, "restored"]).exits(0);
    assert_eq!(git(&world.path("restored"), &["rev-parse", "HEAD"]), world.repository(HELLO).resolve("main").unwrap());
}
