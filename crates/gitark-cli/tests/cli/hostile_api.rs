//! An API that lies: answers of every wrong kind end in one line, soon, and with little memory.

use std::{
    io::Write as _,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use github_emulator::{Fault, FaultKind, RequestClass};
use serde_json::{Value, json};

use crate::support::{HELLO, Liar, Ran, SPOON, Stored, World, answer, gzip, row};

/// What a run may hold in memory, in KiB, without what it maps from disks.
const MEMORY_KIB: u32 = 1 << 20;

/// `command` with a bound on its memory, which it does not survive.
fn bounded(command: &Command) -> Ran {
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -d \"$0\"; exec \"$@\"", &MEMORY_KIB.to_string()]);
    shell.arg(command.get_program()).args(command.get_args());
    shell.current_dir(command.get_current_dir().unwrap()).env_clear();
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap());
    }
    Ran::of(&mut shell)
}

/// A backup of octocat from a server that lies.
fn backup(world: &World, liar: &Liar) -> Ran {
    bounded(&world.backup_command(&["octocat", "--api-url", liar.url()]))
}

fn listed(id: u64, full_name: &str) -> Value {
    json!({"id": id, "node_id": "R_x", "full_name": full_name, "has_wiki": false, "private": false,
        "visibility": "public", "fork": false, "archived": false, "disabled": false, "is_template": false,
        "language": "Rust", "topics": ["backup"], "size": 5, "pushed_at": "2020-01-01T00:00:00Z",
        "default_branch": "main"})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_cut_off_anywhere_is_no_answer() {
    let world = World::start().await;
    let hello = listed(world.repository(HELLO).id(), HELLO);
    let body = json!([hello]).to_string();
    // Each byte would take long; all of the places where JSON could be mistaken for whole are among these.
    for end in (0..body.len()).step_by(29).chain([1, body.len() - 1]) {
        let fault = FaultKind::Truncate { after_bytes: end as u64 };
        world.github.replace_listing(Some(json!([hello])));
        world.github.add_fault(Fault::new(fault).on(RequestClass::Api).path("/repos?"));
        world.backup(&["octocat"]).exits(1).says(&["cut off"]);
        world.github.clear_faults();
    }
    // Less than the server says it sends.
    let liar = Liar::saying("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{\"id\": 1}]");
    backup(&world, &liar).exits(1).says(&["cannot reach GitHub", liar.url()]);
    let liar = Liar::saying("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[{\"id");
    backup(&world, &liar).exits(1).says(&["cannot reach GitHub", liar.url()]);
    for nothing in ["", "HTTP/1.1 2", "HELO\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"] {
        let liar = Liar::saying(nothing);
        backup(&world, &liar).exits(1).says(&["cannot reach GitHub", liar.url()]);
    }
    assert!(!world.vault().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_end_is_given_up() {
    let world = World::start().await;
    let endless = |head: &'static str, piece: &'static [u8]| {
        Liar::start(move |_, stream| {
            let _ = stream.write_all(head.as_bytes());
            let piece = piece.repeat(10_000);
            while stream.write_all(&piece).is_ok() {}
        })
    };
    let body = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
    for piece in [&b"[[],"[..], b"          ", b"{\"a\":{},"] {
        backup(&world, &endless(body, piece)).exits(1).says(&["more than", "bytes"]);
    }
    backup(&world, &endless("HTTP/1.1 403 No\r\n\r\n", b"no ")).exits(1).says(&["more than", "bytes"]);
    backup(&world, &endless("HTTP/1.1 200 OK\r\n", b"X-Header: more and more\r\n")).exits(1).says(&["cannot reach"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_answer_that_inflates_without_end_is_given_up() {
    let world = World::start().await;
    // Gigabytes in megabytes, and gzip within gzip.
    for piece in [&b"          "[..], b"{},{},{},{"] {
        let bomb = gzip(&piece.repeat(1 << 17), 800);
        assert!(bomb.len() < 16 << 20, "{}", bomb.len());
        let liar = Liar::saying(answer(200, &["Content-Encoding: gzip"], &bomb));
        backup(&world, &liar).exits(1).says(&["more than", "bytes"]);
    }
    let twice = gzip(&gzip(b"[]", 1), 1);
    let liar = Liar::saying(answer(200, &["Content-Encoding: gzip"], &twice));
    backup(&world, &liar).exits(1).says(&["not understood"]);
    for broken in [&b"[]"[..], &gzip(b"[]", 1)[..12]] {
        let liar = Liar::saying(answer(200, &["Content-Encoding: gzip"], broken));
        backup(&world, &liar).exits(1).says(&[liar.url()]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_small_as_text_and_large_in_memory_is_bounded() {
    let world = World::start().await;
    let body = format!("[{}{{}}]", "{},".repeat((15 << 20) / 3));
    let liar = Liar::saying(answer(200, &[], body.as_bytes()));
    backup(&world, &liar).exits(1).says(&["more than 1000000 values"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_compresses_is_understood() {
    let world = World::start().await;
    let hello = listed(world.repository(HELLO).id(), HELLO);
    let liar = Liar::start(move |heard, stream| {
        assert!(heard.0.to_ascii_lowercase().contains("accept-encoding: gzip"));
        let body = if heard.target().contains("/repos") { json!([hello]) } else { json!({"type": "User"}) };
        let body = gzip(body.to_string().as_bytes(), 1);
        stream.write_all(&answer(200, &["Content-Encoding: gzip"], &body)).unwrap();
    });
    let ran = Ran::of(&mut world.command(&["plan", "octocat", "--no-gists", "--api-url", liar.url()])).exits(0);
    assert!(ran.stdout.contains(HELLO), "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_type_in_any_field_is_that_repositorys_failure() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    let hello = listed(world.repository(HELLO).id(), HELLO);
    let wrong = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1.5),
        json!(u64::MAX),
        json!("x"),
        json!([]),
        json!([null]),
        json!({}),
    ];
    let odd = listed(77, "octocat/odd");
    let mut items = vec![hello.clone()];
    for field in odd.as_object().unwrap().keys() {
        for value in &wrong {
            let mut item = odd.clone();
            item[field] = value.clone();
            items.push(item);
        }
    }
    let count = items.len();
    world.github.replace_listing(Some(json!(items)));
    let ran = world.backup(&["octocat", "--json"]).exits(3);
    world.github.replace_listing(None);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    let report = world.newest_report();
    assert_eq!(row(&report, HELLO)["outcome"], "unchanged");
    let rows = report["repositories"].as_array().unwrap();
    assert!(rows.len() > 1 && rows.len() <= count);
    for row in rows.iter().filter(|row| row["repository"] != HELLO) {
        assert_eq!(row["outcome"], "failed", "{row}");
        assert!(row["message"].as_str().is_some_and(|text| !text.contains('\n') && text.len() < 500), "{row}");
    }
    stored.is_kept(&world);
    // Numbers that are none, and what is nested without end, spoil the page.
    for body in ["[{\"id\": 1e999}]".to_owned(), format!("[{}1{}]", "{\"a\":".repeat(200), "}".repeat(200))] {
        let fault = FaultKind::Garbage { body: body.into_bytes() };
        world.github.add_fault(Fault::new(fault).on(RequestClass::Api).path("/repos?"));
        world.backup(&["octocat"]).exits(1).says(&["not understood"]);
        world.github.clear_faults();
    }
    stored.is_kept(&world);
}

/// A server whose list has these next pages, by the number of the request.
fn paged(
    link: impl Fn(usize, &str) -> String + Send + Sync + 'static,
    item: impl Fn(usize) -> Value + Send + Sync + 'static,
) -> Liar {
    let asked = AtomicUsize::new(0);
    Liar::start(move |heard, stream| {
        let host = heard.0.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default().to_owned();
        if !heard.target().contains("/repos") {
            return drop(stream.write_all(&answer(200, &[], b"{\"type\": \"User\"}")));
        }
        let number = asked.fetch_add(1, Ordering::SeqCst);
        let link = format!("Link: {}", link(number, &format!("http://{host}")));
        let _ = stream.write_all(&answer(200, &[&link], json!([item(number)]).to_string().as_bytes()));
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_lead_nowhere_end_in_one_line() {
    let world = World::start().await;
    let same = |_| listed(1, HELLO);
    let new = |number: usize| listed(number as u64, &format!("octocat/r{number}"));
    let itself = |_, host: &str| format!("<{host}/users/octocat/repos?per_page=100>; rel=\"next\"");
    backup(&world, &paged(itself, new)).exits(1).says(&["go in a circle"]);
    let two = |number: usize, host: &str| format!("<{host}/users/octocat/repos?page={}>; rel=\"next\"", number % 2);
    backup(&world, &paged(two, new)).exits(1).says(&["go in a circle"]);
    let onward = |number: usize, host: &str| format!("<{host}/users/octocat/repos?page={number}>; rel=\"next\"");
    let liar = paged(onward, same);
    backup(&world, &liar).exits(1).says(&["repeats what earlier pages said"]);
    assert!(liar.take_heard().len() < 5);
    for (link, words) in [
        ("<file:///etc/passwd>; rel=\"next\"", "another host"),
        ("<http://octocat:secret@127.0.0.1:1/>; rel=\"next\"", "another host"),
        ("<http://[::1]:1/>; rel=\"next\"", "another host"),
        ("<http://10.0.0.1/>; rel=\"next\"", "another host"),
        ("<https://\x1b[31m/>; rel=\"next\"", "cannot reach"),
        ("<\u{e9}>; rel=\"next\"", "Link"),
        ("no link at all", "Link"),
        ("<http://x/>; rel=\"ne", "Link"),
    ] {
        let ran = backup(&world, &paged(move |_, _| link.into(), new)).exits(1).says(&[words]);
        assert!(!ran.stderr.contains("secret") && !ran.stderr.contains('\x1b'), "{}", ran.stderr);
    }
    let with_password = |_, host: &str| format!("<{}/>; rel=\"next\"", host.replace("//", "//octocat:secret@"));
    let ran = backup(&world, &paged(with_password, new)).exits(1).says(&["credentials"]);
    assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    let long = |_, host: &str| format!("<{host}/{}>; rel=\"next\"", "x".repeat(10_000));
    backup(&world, &paged(long, new)).exits(1).says(&["more than 2048 bytes"]);
    let hostless = |_, _: &str| format!("<http://{}.example/>; rel=\"next\"", "x".repeat(1500));
    backup(&world, &paged(hostless, new)).exits(1).says(&["next page"]);
    assert!(!world.vault().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn i11_a_redirect_takes_no_token_along() {
    let world = World::start().await;
    for status in [301, 302, 303, 307, 308] {
        // A stranger on another port, who sends the client back with an address of its own.
        let stranger = Liar::saying(answer(200, &[], b"{\"type\": \"User\"}"));
        let to = stranger.clone();
        let first = Liar::start(move |_, stream| {
            let location = format!("Location: {}/elsewhere", to.url());
            stream.write_all(&answer(status, &[&location], b"")).unwrap();
        });
        let mut command = world.backup_command(&["octocat", "--api-url", first.url()]);
        bounded(command.env("GITHUB_TOKEN", "ghp_marked")).exits(1);
        assert!(first.take_heard().iter().all(|heard| heard.has_credentials()), "{status}");
        let heard = stranger.take_heard();
        assert!(!heard.is_empty() && heard.iter().all(|heard| heard.target() == "/elsewhere"), "{status}: {heard:?}");
        assert!(!heard.iter().any(|heard| heard.has_credentials() || heard.0.contains("ghp_")), "{status}: {heard:?}");
    }
    for location in [
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "http://octocat:secret@127.0.0.1:1/",
        "//[::1",
        "",
        "\u{e9}",
        "javascript:alert(1)",
    ] {
        let liar = Liar::saying(answer(302, &[&format!("Location: {location}")], b""));
        let ran = backup(&world, &liar).exits(1);
        assert_eq!(ran.failures().len(), 1, "{location}: {}", ran.stderr);
        assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    }
    // What is posted is never posted elsewhere.
    let stranger = Liar::saying(answer(200, &[], b"{}"));
    let location = format!("{}/graphql", stranger.url());
    world.github.set_token("ghp_marked", "octocat");
    world.repository(HELLO).set_attributes(|attributes| attributes.pushed_at = 1_600_000_000);
    world.github.add_fault(Fault::new(FaultKind::RedirectTo { location }).on(RequestClass::GraphQl));
    for _ in 0..2 {
        Ran::of(world.backup_command(&["octocat", "--check", "fast"]).env("GITHUB_TOKEN", "ghp_marked")).exits(0);
    }
    assert!(world.github.requests().iter().any(|request| request.class == RequestClass::GraphQl));
    assert!(stranger.take_heard().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_make_no_sense_cost_nothing_and_break_nothing() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    let refusals = [
        vec!["Retry-After: 18446744073709551615"],
        vec!["Retry-After: 99999999999999999999999999"],
        vec!["Retry-After: Fri, 01 Jan 9990 00:00:00 GMT"],
        vec!["X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 9223372036854775807"],
        vec!["X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 253402207200"],
        vec!["X-RateLimit-Remaining: -5", "X-RateLimit-Reset: soon"],
        // Again and again at once: it is not asked for ever.
        vec!["Retry-After: 0"],
        vec!["Retry-After: Thu, 01 Jan 1970 00:00:00 GMT"],
        vec!["X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 0"],
        vec!["X-RateLimit-Remaining: 0", "X-RateLimit-Reset: -9223372036854775808"],
        vec!["Date: Mon, 01 Jan 1900 00:00:00 GMT", "Retry-After: Thu, 01 Jan 2099 00:00:00 GMT"],
    ];
    for headers in refusals {
        let liar = Liar::saying(answer(429, &headers, b"{\"message\": \"slow down\"}"));
        backup(&world, &liar).exits(1).says(&["rate limit", "until"]);
        assert!(liar.take_heard().len() < 5, "{headers:?}");
    }
    // A good answer with odd headers is a good answer.
    for headers in [
        &["X-RateLimit-Remaining: many", "X-RateLimit-Reset: ", "Retry-After: -1"][..],
        &["X-RateLimit-Remaining: 99999999999999999999", "Date: yesterday"],
        &["Date: Mon, 01 Jan 1900 00:00:00 GMT"],
        &["Date: Fri, 01 Jan 9990 00:00:00 GMT"],
        &["X-GitHub-SSO: partial-results; organizations=,,x,-1,", "X-GitHub-SSO: required"],
    ] {
        let hello = listed(world.repository(HELLO).id(), HELLO);
        let headers: Vec<String> = headers.iter().map(|line| (*line).to_owned()).collect();
        let liar = Liar::start(move |heard, stream| {
            let body = if heard.target().contains("/repos") { json!([hello]) } else { json!({"type": "User"}) };
            let lines: Vec<&str> = headers.iter().map(String::as_str).collect();
            stream.write_all(&answer(200, &lines, body.to_string().as_bytes())).unwrap();
        });
        let ran = Ran::of(&mut world.command(&["plan", "octocat", "--no-gists", "--api-url", liar.url()])).exits(0);
        assert!(ran.stdout.contains(HELLO), "{}", ran.stdout);
    }
    stored.is_kept(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_git_server_that_wants_to_be_asked_much_later_is_a_failure_now() {
    let world = World::backed_up().await;
    world.push(HELLO);
    for pause in ["3600", "18446744073709551615"] {
        let kind =
            FaultKind::Status { status: 429, headers: vec![("Retry-After".into(), pause.into())], body: String::new() };
        world.github.add_fault(Fault::new(kind).on(RequestClass::LsRefs).path("/octocat/hello.git"));
        let ran = world.run(&["backup", "octocat", "--retries", "3", "--max-wait", "10m"]).exits(3);
        ran.says(&[HELLO, "429"]);
        world.github.clear_faults();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_are_years_off_do_not_poison_the_log() {
    let world = World::start().await;
    for years in [-50_i64, 50] {
        world.github.set_clock_offset(years * 366 * 24 * 3600);
        world.push(HELLO);
        world.push(SPOON);
        world.backup(&["octocat"]).exits(0);
    }
    world.github.set_clock_offset(0);
    world.push(HELLO);
    world.backup(&["octocat"]).exits(0);
    let log = world.run(&["log", HELLO, "--json"]).exits(0).json();
    let this_year = jiff_year();
    assert!(log.to_owned().iter().all(|line| line.to_string().contains(&this_year)), "{log:?}");
    world.restores(HELLO, &world.repository(HELLO).resolve("main").unwrap());
}

/// The year of this machine's clock, as it stands in times; around New Year's Eve it is the tens that count.
fn jiff_year() -> String {
    let days = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 86_400;
    format!("\"20{}", (days * 400 / 146_097 + 1970) % 100 / 10)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graphql_answer_that_is_none_leaves_the_full_look() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    world.github.set_token("ghp_marked", "octocat");
    for name in [HELLO, SPOON] {
        world.repository(name).set_attributes(|attributes| attributes.pushed_at = 1_600_000_000);
    }
    let backup = || {
        let mut command = world.backup_command(&["octocat", "--check", "fast"]);
        Ran::of(command.env("GITHUB_TOKEN", "ghp_marked")).exits(0)
    };
    backup();
    world.github.clear_requests();
    backup();
    let looked = |world: &World| world.github.requests().iter().any(|request| request.class == RequestClass::LsRefs);
    assert!(!looked(&world), "{:#?}", world.github.requests());
    for body in [
        "null",
        "[]",
        "5",
        "\"x\"",
        "{}",
        "[[",
        "",
        "{\"data\": null, \"errors\": [{\"message\": \"\\u001b[31mno\"}]}",
        "{\"data\": [], \"errors\": {}}",
        "{\"data\": {\"nodes\": null}}",
        "{\"data\": {\"nodes\": {}}}",
        "{\"data\": {\"nodes\": [null, null, null, null]}}",
        "{\"data\": {\"nodes\": [5, [], {}, {\"id\": 5}]}}",
    ] {
        world.github.clear_requests();
        let fault = FaultKind::Garbage { body: body.into() };
        world.github.add_fault(Fault::new(fault).on(RequestClass::GraphQl));
        let mut command = world.backup_command(&["octocat", "--check", "fast"]);
        let ran = Ran::of(command.env("GITHUB_TOKEN", "ghp_marked"));
        assert!(looked(&world), "{body}: {}", ran.exits(0).stderr);
        world.github.clear_faults();
    }
    stored.is_kept(&world);
}
