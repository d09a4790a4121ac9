//! Rate limits, secondary limits and latency.

use std::time::Duration;

use github_emulator::{Emulator, Fault, FaultKind, GitHub, RequestClass, SecondaryLimit};
use serde_json::json;

use crate::client::{get, git, query, receive, send};

const BEARER: &str = "Authorization: Bearer secret";
const HOUR: Duration = Duration::from_secs(3600);

fn github() -> GitHub {
    let github = GitHub::new();
    github.set_token("secret", "mona");
    github.set_token("other", "mona");
    github
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_rate_limit_refuses() {
    let github = github();
    github.set_rate_limit(2, HOUR);
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = format!("{}/user", emulator.url());

    let first = get(&url, &[BEARER]).await;
    assert_eq!(first.header("x-ratelimit-limit"), Some("2"));
    assert_eq!(first.header("x-ratelimit-remaining"), Some("1"));
    assert_eq!(first.header("x-ratelimit-used"), Some("1"));
    let etag = format!("If-None-Match: {}", first.header("etag").unwrap());
    let unchanged = get(&url, &[BEARER, &etag]).await;
    assert_eq!((unchanged.status, unchanged.header("x-ratelimit-remaining")), (304, Some("1")));
    assert_eq!(get(&url, &[BEARER]).await.header("x-ratelimit-remaining"), Some("0"));
    let refused = get(&url, &[BEARER]).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
    assert_eq!(refused.header("x-ratelimit-reset"), first.header("x-ratelimit-reset"));
    let message = refused.json()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("API rate limit exceeded for user ID 1."), "{message}");

    // Each credential and each resource has its own, and asking about it is free.
    let anonymous = get(&format!("{}/users/mona", emulator.url()), &[]).await;
    assert_eq!(anonymous.header("x-ratelimit-remaining"), Some("1"));
    let other = get(&url, &["Authorization: Bearer other"]).await;
    assert_eq!(other.header("x-ratelimit-remaining"), Some("1"));
    for _ in 0..3 {
        let rate = get(&format!("{}/rate_limit", emulator.url()), &[BEARER]).await.json();
        assert_eq!(rate["resources"]["core"]["remaining"], 0);
        assert_eq!(rate["resources"]["graphql"]["remaining"], 2);
    }
    let text = "{rateLimit{limit remaining used}}";
    let left = query(&emulator.url(), text, json!({})).await.json();
    assert_eq!(left["data"]["rateLimit"], json!({"limit": 2, "remaining": 1, "used": 1}));
    query(&emulator.url(), text, json!({})).await;
    let refused = query(&emulator.url(), text, json!({})).await;
    assert_eq!((refused.status, refused.header("x-ratelimit-remaining")), (200, Some("0")));
    assert_eq!(refused.json()["errors"][0]["type"], "RATE_LIMITED");

    github.set_clock_offset(3601);
    assert_eq!(get(&url, &[BEARER]).await.header("x-ratelimit-remaining"), Some("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn points_within_a_window_are_limited() {
    let github = github();
    let limit = SecondaryLimit { points: Some(2), ..SecondaryLimit::default() };
    github.set_secondary_limit(Some(limit.clone()));
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = format!("{}/user", emulator.url());
    assert_eq!(get(&url, &[BEARER]).await.status, 200);
    assert_eq!(query(&emulator.url(), "{viewer{login}}", json!({})).await.status, 200);
    let refused = get(&url, &[BEARER]).await;
    assert_eq!((refused.status, refused.header("retry-after")), (403, None));
    let json = refused.json();
    assert!(json["message"].as_str().unwrap().starts_with("You have exceeded a secondary rate limit."));
    assert!(json["documentation_url"].as_str().unwrap().contains("secondary-rate-limits"));

    let retry_after = Some(Duration::from_secs(7));
    github.set_secondary_limit(Some(SecondaryLimit { points: Some(0), status: 429, retry_after, ..limit }));
    let refused = get(&url, &[BEARER]).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("7")));
    github.set_secondary_limit(None);
    assert_eq!(get(&url, &[BEARER]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_at_once_are_counted_and_limited() {
    let github = github();
    let repository = github.create_repository("mona/hello");
    repository.commit("main", &[("file", "1\n")], "One");
    github.set_secondary_limit(Some(SecondaryLimit { concurrent: Some(2), ..SecondaryLimit::default() }));
    github.add_fault(Fault::new(FaultKind::Hang { after_bytes: 0 }).path("hang"));
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = emulator.url();

    for _ in 0..20 {
        assert_eq!(get(&format!("{url}/user"), &[BEARER]).await.status, 200);
    }
    let directory = tempfile::tempdir().unwrap();
    git(directory.path(), &["clone", "--quiet", &format!("{url}/mona/hello.git"), "clone"]);
    let most = github.most_in_flight();
    assert_eq!((most.api, most.git, most.all), (1, 1, 1));

    let mut hanging = Vec::new();
    for number in 1..=2 {
        let mut connection = send(&format!("{url}/hang"), "GET", &["User-Agent: x", BEARER], b"").await;
        // The head of the answer shows that the request is in flight.
        tokio::io::AsyncReadExt::read_u8(&mut connection).await.unwrap();
        hanging.push(connection);
        assert_eq!(github.most_in_flight().api, number);
    }
    assert_eq!(get(&format!("{url}/user"), &[BEARER]).await.status, 403);
    assert_eq!(github.most_in_flight().api, 3);
    github.clear_requests();
    assert_eq!(github.most_in_flight().api, 2);
    drop(hanging);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_its_latency() {
    let github = github();
    github.create_repository("mona/hello");
    let latency = Duration::from_millis(30);
    github.set_latency(latency);
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let paths = ["/user", "/mona/hello.git/info/refs?service=git-upload-pack"];
    for path in paths {
        let before = std::time::Instant::now();
        receive(send(&format!("{}{path}", emulator.url()), "GET", &["User-Agent: x", BEARER], b"").await).await;
        assert!(before.elapsed() >= latency);
    }
    let requests = github.requests();
    assert!(requests[1].received_at.duration_since(requests[0].received_at) >= latency);
    assert_eq!(requests[1].class, RequestClass::InfoRefs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_answer_tells_the_rate_limit_too() {
    let github = github();
    github.set_rate_limit(10, HOUR);
    let headers = vec![("x-ratelimit-remaining".to_owned(), "0".to_owned())];
    let replaced = FaultKind::Status { status: 502, headers, body: "{}".to_owned() };
    github.add_fault(Fault::new(replaced).times(1));
    let emulator = Emulator::start(github).await.unwrap();
    let answer = get(&format!("{}/user", emulator.url()), &[BEARER]).await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.header("x-ratelimit-limit"), Some("10"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
}
