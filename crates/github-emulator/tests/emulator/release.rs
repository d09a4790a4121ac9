//! Releases and their assets.

use github_emulator::{Emulator, Fault, FaultKind, GitHub, Repository, RequestClass};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::client::{Answer, End, exchange, get, query};

const BEARER: &str = "Authorization: Bearer secret";
const OCTETS: &str = "Accept: application/octet-stream";

/// A repository with a release, whose id is given too.
fn released(github: &GitHub) -> (Repository, u64) {
    github.set_token("secret", "mona");
    let repository = github.create_repository("mona/hello");
    let release = repository.create_release("v1.0");
    (repository, release)
}

/// Where the bytes of an asset are.
async fn location(url: &str, asset: u64) -> String {
    let answer = get(&format!("{url}/repos/mona/hello/releases/assets/{asset}"), &[BEARER, OCTETS]).await;
    assert_eq!((answer.status, answer.body.len()), (302, 0));
    answer.header("location").unwrap().to_owned()
}

async fn releases(url: &str, headers: &[&str]) -> Vec<Value> {
    let answer = get(&format!("{url}/repos/mona/hello/releases"), headers).await;
    answer.json().as_array().unwrap().clone()
}

fn sha256(answer: &Answer) -> String {
    let digits = digest(&SHA256, &answer.body);
    digits.as_ref().iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_can_be_edited_and_deleted() {
    let github = GitHub::new();
    let (repository, first) = released(&github);
    let second = repository.create_release("v2.0");
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();

    let before = releases(&url, &[]).await;
    assert_eq!([before[0]["id"].as_u64(), before[1]["id"].as_u64()], [Some(second), Some(first)]);
    assert_eq!(before[1]["author"]["login"], "mona");
    repository.edit_release(first, |release| release.body = Some("Notes".to_owned()));
    let single = get(&format!("{url}/repos/mona/hello/releases/{first}"), &[]).await.json();
    assert_eq!(single["body"], "Notes");
    assert_eq!(single["created_at"], before[1]["created_at"]);
    assert!(single["updated_at"].as_str() > before[1]["updated_at"].as_str());
    let by_tag = get(&format!("{url}/repos/mona/hello/releases/tags/v1.0"), &[]).await;
    assert_eq!(by_tag.json(), single);

    repository.delete_release(second);
    assert_eq!(releases(&url, &[]).await, [single]);
    let latest = get(&format!("{url}/repos/mona/hello/releases/latest"), &[]).await;
    assert_eq!(latest.json()["id"], first);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_push_sees_a_draft() {
    let github = GitHub::new();
    let (repository, release) = released(&github);
    github.set_token("guest", "hubot");
    repository.edit_release(release, |release| release.draft = true);
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();
    assert_eq!(releases(&url, &[]).await, [json!(null); 0]);
    assert_eq!(releases(&url, &["Authorization: Bearer guest"]).await, [json!(null); 0]);
    let draft = &releases(&url, &[BEARER]).await[0];
    assert_eq!(draft["draft"], true);
    assert_eq!(draft["published_at"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_releases_are_below_the_id() {
    let github = GitHub::new();
    let (repository, _) = released(&github);
    for number in 2..6 {
        repository.create_release(&format!("v{number}.0"));
    }
    let emulator = Emulator::start(github).await.unwrap();
    let answer = get(&format!("{}/repos/mona/hello/releases?per_page=3", emulator.url()), &[]).await;
    let link = answer.header("link").unwrap();
    let next = link.split_once('>').unwrap().0.trim_start_matches('<');
    assert_eq!(next, format!("{}/repositories/1000/releases?per_page=3&page=2", emulator.url()));
    let tags: Vec<Value> =
        get(next, &[]).await.json().as_array().unwrap().iter().map(|r| r["tag_name"].clone()).collect();
    assert_eq!(tags, ["v2.0", "v1.0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_repository_leads_to_its_releases() {
    let github = GitHub::new();
    let (repository, release) = released(&github);
    repository.rename("mona/renamed");
    let emulator = Emulator::start(github).await.unwrap();
    let moved = get(&format!("{}/repos/mona/hello/releases?page=1", emulator.url()), &[]).await;
    assert_eq!(moved.status, 301);
    let location = moved.header("location").unwrap();
    assert_eq!(location, format!("{}/repositories/1000/releases?page=1", emulator.url()));
    assert_eq!(get(location, &[]).await.json()[0]["id"], release);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_comes_from_the_host_of_files() {
    let github = GitHub::new();
    let (repository, release) = released(&github);
    let asset = repository.upload_asset(release, "hello.txt", "Hello, world\n");
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = emulator.url();

    let shown = &releases(&url, &[]).await[0]["assets"][0];
    assert_eq!(shown["id"], asset);
    assert_eq!(shown["size"], 13);
    let listed = get(&format!("{url}/repos/mona/hello/releases/{release}/assets"), &[]).await;
    assert_eq!(&listed.json()[0], shown);
    let single = get(&format!("{url}/repos/mona/hello/releases/assets/{asset}"), &[]).await;
    assert_eq!(&single.json(), shown);

    let location = location(&url, asset).await;
    assert!(location.starts_with(&emulator.files_url()));
    assert_ne!(emulator.files_url(), url);
    let answer = get(&location, &[]).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "Hello, world\n"));
    assert_eq!(shown["digest"], sha256(&answer));
    let web = get(shown["browser_download_url"].as_str().unwrap(), &[]).await;
    assert_eq!(get(web.header("location").unwrap(), &[]).await.body, answer.body);

    let leaked = get(&location, &[BEARER]).await;
    assert_eq!(leaked.status, 400);
    let requests = github.requests();
    let request = requests.last().unwrap();
    assert_eq!(request.class, RequestClass::File);
    assert_eq!(request.authorization.as_deref(), Some("Bearer"));
    assert_eq!(request.host.as_deref(), emulator.files_url().strip_prefix("http://"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_an_asset_can_be_asked_for() {
    let github = GitHub::new();
    let (repository, release) = released(&github);
    let asset = repository.upload_asset(release, "hello.txt", "Hello, world\n");
    let emulator = Emulator::start(github).await.unwrap();
    let location = location(&emulator.url(), asset).await;
    for (range, status, text, content_range) in [
        ("bytes=0-4", 206, "Hello", "bytes 0-4/13"),
        ("bytes=7-", 206, "world\n", "bytes 7-12/13"),
        ("bytes=7-999", 206, "world\n", "bytes 7-12/13"),
        ("bytes=-6", 206, "world\n", "bytes 7-12/13"),
    ] {
        let answer = get(&location, &[&format!("Range: {range}")]).await;
        assert_eq!((answer.status, answer.text().as_str()), (status, text), "{range}");
        assert_eq!(answer.header("content-range"), Some(content_range), "{range}");
    }
    let beyond = get(&location, &["Range: bytes=13-"]).await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, Some("bytes */13")));

    let whole = get(&location, &[]).await;
    let etag = whole.header("etag").unwrap();
    let modified = whole.header("last-modified").unwrap();
    for (header, status) in [
        (format!("If-Range: {etag}"), 206),
        (format!("If-Range: {modified}"), 206),
        ("If-Range: \"other\"".to_owned(), 200),
        (format!("If-None-Match: {etag}"), 304),
    ] {
        assert_eq!(get(&location, &["Range: bytes=1-", &header]).await.status, status, "{header}");
    }
    let head = exchange(&location, "HEAD", &[], b"").await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("13"), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_asset_is_made_while_it_is_sent() {
    let github = GitHub::new();
    let (repository, release) = released(&github);
    let asset = repository.upload_large_asset(release, "image.iso", 1_000_000);
    let huge = repository.upload_large_asset(release, "huge.iso", 2 << 30);
    repository.hide_asset_digest(huge);
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();
    let shown = &releases(&url, &[]).await[0]["assets"];
    let whole = get(&location(&url, asset).await, &[]).await;
    assert_eq!(whole.body.len(), 1_000_000);
    assert_eq!(shown[0]["digest"], sha256(&whole));
    let part = get(&location(&url, asset).await, &["Range: bytes=65530-131080"]).await;
    assert_eq!(part.body, &whole.body[65_530..=131_080]);

    assert_eq!((&shown[1]["size"], &shown[1]["digest"]), (&json!(2_u64 << 30), &Value::Null));
    let end = get(&location(&url, huge).await, &["Range: bytes=-10"]).await;
    assert_eq!(end.header("content-range"), Some("bytes 2147483638-2147483647/2147483648"));
    assert_eq!(end.body.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_asset_has_another_id() {
    let github = GitHub::new();
    let (repository, release) = released(&github);
    let first = repository.upload_asset(release, "hello.txt", "Hello\n");
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();
    let old = location(&url, first).await;
    let second = repository.replace_asset(first, "Good day\n");
    assert_ne!(first, second);
    assert_eq!(releases(&url, &[]).await[0]["assets"].as_array().unwrap().len(), 1);
    assert_eq!(get(&location(&url, second).await, &[]).await.text(), "Good day\n");
    assert_eq!(get(&old, &[]).await.status, 404);
    let gone = get(&format!("{url}/repos/mona/hello/releases/assets/{first}"), &[OCTETS]).await;
    assert_eq!(gone.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_expire() {
    let github = GitHub::new();
    let (repository, release) = released(&github);
    let asset = repository.upload_asset(release, "hello.txt", "Hello\n");
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let good = location(&emulator.url(), asset).await;
    github.set_link_lifetime(0);
    let expired = location(&emulator.url(), asset).await;
    assert_eq!(get(&good, &[]).await.status, 200);
    let refused = get(&expired, &[]).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("<Code>AuthenticationFailed</Code>"));
    assert_eq!(get(good.split_once('?').unwrap().0, &[]).await.status, 409);
    github.set_clock_offset(301);
    assert_eq!(get(&good, &[]).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_can_go_wrong() {
    let github = GitHub::new();
    let (repository, release) = released(&github);
    let asset = repository.upload_asset(release, "hello.txt", "Hello\n");
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = emulator.url();
    repository.misreport_asset(asset, Some(7), Some("sha256:00"));
    let shown = &releases(&url, &[]).await[0]["assets"][0];
    assert_eq!((&shown["size"], &shown["digest"]), (&json!(7), &json!("sha256:00")));
    let link = location(&url, asset).await;
    for (kind, text, end) in [
        (FaultKind::Truncate { after_bytes: 3 }, "Hel", End::Whole),
        (FaultKind::Reset { after_bytes: 3 }, "Hel", End::Cut),
        (FaultKind::FlipByte { at_byte: 0 }, "Iello\n", End::Whole),
    ] {
        github.add_fault(Fault::new(kind).on(RequestClass::File).times(1));
        let answer = get(&link, &[]).await;
        assert_eq!((answer.text().as_str(), answer.end), (text, end));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn graphql_counts_releases() {
    let github = GitHub::new();
    let (repository, first) = released(&github);
    let second = repository.create_release("v2.0-rc1");
    repository.edit_release(second, |release| release.prerelease = true);
    let draft = repository.create_release("v3.0");
    repository.edit_release(draft, |release| release.draft = true);
    repository.upload_asset(first, "hello.txt", "Hello\n");
    let emulator = Emulator::start(github).await.unwrap();
    let text = "{ repository(owner: \"mona\", name: \"hello\") {
        releases(first: 1, orderBy: {field: CREATED_AT, direction: DESC}) {
            totalCount pageInfo { hasNextPage } nodes { databaseId tagName updatedAt }
        }
        latestRelease { id databaseId releaseAssets { totalCount } }
    } }";
    let answer = query(&emulator.url(), text, json!({})).await.json();
    let found = &answer["data"]["repository"];
    assert_eq!(found["releases"]["totalCount"], 2, "{answer}");
    assert_eq!(found["releases"]["pageInfo"]["hasNextPage"], true);
    assert_eq!(found["releases"]["nodes"][0]["databaseId"], second);
    assert_eq!(found["latestRelease"]["databaseId"], first);
    assert_eq!(found["latestRelease"]["releaseAssets"]["totalCount"], 1);
}
