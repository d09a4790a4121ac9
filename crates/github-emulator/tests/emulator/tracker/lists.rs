//! Lists: what they are sorted by, where their pages end, and what they cost.

use std::time::Duration;

use github_emulator::{Fill, PageCaps};
use serde_json::{Value, json};

use super::{ask, each, hello, json_of};
use crate::client::get;

#[tokio::test(flavor = "multi_thread")]
async fn issues_are_sorted_and_filtered() {
    let (_, repository, emulator) = hello().await;
    for title in ["One", "Two", "Three"] {
        repository.open_issue(title, "");
    }
    repository.close_issue(2);
    repository.comment(1, "A word");
    repository.edit_issue(3, |issue| issue.labels = vec!["bug".to_owned(), "big".to_owned()]);
    repository.edit_issue(1, |issue| issue.labels = vec!["bug".to_owned()]);
    let numbers = async |query: &str| each(&json_of(&emulator, &format!("issues?{query}")).await, "number");
    assert_eq!(numbers("").await, [3, 1]);
    assert_eq!(numbers("state=closed").await, [2]);
    assert_eq!(numbers("state=all&direction=asc").await, [1, 2, 3]);
    assert_eq!(numbers("state=all&sort=updated").await, [1, 3, 2]);
    assert_eq!(numbers("state=all&sort=updated&direction=asc").await, [2, 3, 1]);
    assert_eq!(numbers("state=all&sort=comments").await[0], 1);
    assert_eq!(numbers("labels=bug").await, [3, 1]);
    assert_eq!(numbers("labels=bug,big").await, [3]);

    let third = json_of(&emulator, "issues/3").await["updated_at"].as_str().unwrap().to_owned();
    assert_eq!(numbers(&format!("state=all&since={third}")).await, [3, 1]);
    assert_eq!(numbers(&format!("state=all&since={third}&sort=updated&direction=asc")).await, [3, 1]);
    assert_eq!(ask(&emulator, "issues?since=yesterday").await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_of_all_issues_are_one_list() {
    let (_, repository, emulator) = hello().await;
    let (one, two) = (repository.open_issue("One", ""), repository.open_issue("Two", ""));
    let first = repository.comment(two, "First");
    let second = repository.comment(one, "Second");
    let third = repository.comment(two, "Third");
    repository.edit_comment(first, |comment| comment.body.push('!'));
    let ids = async |query: &str| each(&json_of(&emulator, &format!("issues/{query}")).await, "id");
    assert_eq!(ids("comments").await, [first, second, third]);
    assert_eq!(ids("comments?sort=updated&direction=asc").await, [second, third, first]);
    assert_eq!(ids("comments?sort=created&direction=desc").await, [third, second, first]);
    let since = json_of(&emulator, &format!("issues/comments/{third}")).await["updated_at"].take();
    let since = since.as_str().unwrap();
    assert_eq!(ids(&format!("comments?sort=updated&direction=asc&since={since}")).await, [third, first]);
    assert_eq!(ids(&format!("2/comments?since={since}")).await, [first, third]);
    assert_eq!(ids("1/comments").await, [second]);
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_pages_of_issues_are_refused_and_go_on_behind_a_cursor() {
    let (github, repository, emulator) = hello().await;
    repository.fill_tracker(Fill { issues: 7, ..Fill::default() });
    github.set_page_caps(PageCaps { issues: Some(6), ..PageCaps::default() });
    assert_eq!(ask(&emulator, "issues?state=all&per_page=2&page=2").await.status, 200);
    let refused = ask(&emulator, "issues?state=all&per_page=2&page=3").await;
    assert_eq!(refused.status, 422);
    assert_eq!(
        refused.json()["message"],
        "Pagination with the page parameter is not supported for large datasets, please use cursor based pagination \
         (after/before)"
    );

    let mut seen = Vec::new();
    let path = "issues?state=all&per_page=2&sort=updated&direction=asc";
    let mut url = Some(format!("{}/repos/mona/hello/{path}", emulator.url()));
    while let Some(next) = url {
        let answer = get(&next, &[]).await;
        seen.extend(each(&answer.json(), "number"));
        let link = answer.header("link").unwrap_or_default();
        url = link.strip_prefix('<').and_then(|link| link.split_once(">; rel=\"next\"")).map(|(url, _)| url.to_owned());
    }
    let mut sorted: Vec<u64> = seen.iter().filter_map(Value::as_u64).collect();
    sorted.sort_unstable();
    assert_eq!(sorted, [1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_pages_of_comments_and_events_are_refused() {
    let (github, repository, emulator) = hello().await;
    repository.fill_tracker(Fill { issues: 9, comments: 9, ..Fill::default() });
    github.set_page_caps(PageCaps { issues: None, comments: Some(6), events: Some(2) });
    let second = ask(&emulator, "issues/comments?per_page=3&page=2").await;
    assert_eq!(each(&second.json(), "id").len(), 3);
    let link = second.header("link").unwrap();
    assert!(!link.contains("rel=\"next\""), "{link}");
    let refused = ask(&emulator, "issues/comments?per_page=3&page=3").await;
    assert_eq!(refused.status, 422);
    let message = refused.json()["message"].take();
    assert!(message.as_str().unwrap().starts_with("In order to keep the API fast for everyone"));
    assert_eq!(ask(&emulator, "issues/events?per_page=3").await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caps_are_those_of_github() {
    let (_, _, emulator) = hello().await;
    for (path, last) in [("issues", 99), ("issues/comments", 300), ("pulls/comments", 300), ("issues/events", 300)] {
        let page = async |page: u64| ask(&emulator, &format!("{path}?per_page=100&page={page}")).await.status;
        assert_eq!((page(last).await, page(last + 1).await), (200, 422), "{path}");
    }
    assert_eq!(ask(&emulator, "pulls?per_page=100&page=1000").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_list_costs_nothing_of_the_limit() {
    let (github, repository, emulator) = hello().await;
    github.set_rate_limit(100, Duration::from_secs(3600));
    let number = repository.open_issue("One", "");
    let id = repository.comment(number, "A word");
    for path in ["issues?state=all", "issues/comments", "issues/1/timeline", "labels"] {
        let first = ask(&emulator, path).await;
        let left = first.header("x-ratelimit-remaining").unwrap().to_owned();
        let etag = format!("If-None-Match: {}", first.header("etag").unwrap());
        let url = format!("{}/repos/mona/hello/{path}", emulator.url());
        let again = get(&url, &[&etag]).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{path}");
        assert_eq!(again.header("x-ratelimit-remaining"), Some(left.as_str()));
        repository.edit_comment(id, |comment| comment.body.push('!'));
        if path != "labels" {
            assert_eq!(get(&url, &[&etag]).await.status, 200, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_can_change_between_two_of_its_pages() {
    let (github, repository, emulator) = hello().await;
    for title in ["One", "Two", "Three", "Four"] {
        repository.open_issue(title, "");
    }
    let hooked = repository.clone();
    github.on_request(Some(std::sync::Arc::new(move |_, path| {
        if path.ends_with("&page=2") {
            hooked.comment(1, "Just now");
        }
    })));
    let page = async |page: u64| {
        let path = format!("issues?state=all&sort=updated&direction=asc&per_page=2&page={page}");
        each(&json_of(&emulator, &path).await, "number")
    };
    assert_eq!(page(1).await, [1, 2]);
    // The third has moved up, and is missed by who counts pages.
    assert_eq!(page(2).await, [4, 1]);
    github.on_request(None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_issues_are_there_at_once() {
    let (_, repository, emulator) = hello().await;
    repository.fill_tracker(Fill { issues: 100_000, comments: 1000, ..Fill::default() });
    let path = "issues?state=all&sort=updated&direction=asc&per_page=100";
    let first = ask(&emulator, path).await;
    assert!(first.header("link").unwrap().contains("after="));
    let first = first.json();
    let since = first[99]["updated_at"].as_str().unwrap();
    let next = json_of(&emulator, &format!("{path}&since={since}")).await;
    assert_eq!(next[0], first[99]);
    assert_eq!(json_of(&emulator, "issues/100000").await["number"], json!(100_000));
    let times = each(&next, "updated_at");
    assert!(times.windows(2).all(|pair| pair[0].as_str() < pair[1].as_str()));
}
