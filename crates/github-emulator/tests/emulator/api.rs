//! The REST API.

use github_emulator::{Emulator, GitHub};
use serde_json::json;

use crate::client::{exchange, get};

const BEARER: &str = "Authorization: Bearer secret";

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_described_as_on_github() {
    let github = GitHub::new();
    let repository = github.create_repository("Octocat/Hello");
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();

    let answer = get(&format!("{url}/repos/octocat/hello"), &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    for name in ["date", "x-github-request-id", "x-ratelimit-remaining"] {
        assert!(answer.header(name).is_some(), "{name}");
    }
    let json = answer.json();
    assert_eq!(json["id"], 1000);
    assert_eq!(json["full_name"], "Octocat/Hello");
    assert_eq!(json["owner"]["login"], "Octocat");
    assert_eq!(json["owner"]["type"], "User");
    assert_eq!(json["clone_url"], format!("{url}/Octocat/Hello.git"));
    assert_eq!(json["default_branch"], "main");
    assert_eq!(json["has_wiki"], false);
    assert_eq!(json["size"], 0);

    let by_id = get(&format!("{url}/repositories/1000"), &[]).await;
    assert_eq!(by_id.json(), json);
    let etag = format!("If-None-Match: {}", answer.header("etag").unwrap());
    let again = get(&format!("{url}/repositories/1000"), &[&etag]).await;
    assert_eq!((again.status, again.body.len()), (304, 0));

    repository.commit("main", &[("file", "1\n")], "One");
    repository.set_default_branch("trunk");
    repository.enable_wiki();
    let changed = get(&format!("{url}/repositories/1000"), &[&etag]).await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.json()["default_branch"], "trunk");
    assert_eq!(changed.json()["has_wiki"], true);
    assert!(changed.json()["pushed_at"].as_str() > json["pushed_at"].as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_agent_is_required() {
    let emulator = Emulator::start(GitHub::new()).await.unwrap();
    let url = format!("{}/rate_limit", emulator.url());
    for headers in [&[][..], &["User-Agent: "]] {
        let answer = exchange(&url, "GET", headers, b"").await;
        assert_eq!(answer.status, 403);
        let text = answer.text();
        assert!(text.starts_with("Request forbidden by administrative rules."));
    }
    assert_eq!(get(&url, &[]).await.json()["rate"]["limit"], 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_authenticate() {
    let github = GitHub::new();
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let user = format!("{}/user", emulator.url());
    assert_eq!(get(&user, &[BEARER]).await.status, 401);

    github.set_token("secret", "mona");
    let anonymous = get(&user, &[]).await;
    assert_eq!(anonymous.status, 401);
    assert_eq!(anonymous.json()["message"], "Requires authentication");
    let refused = get(&user, &["Authorization: token wrong"]).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.json()["message"], "Bad credentials");
    for authorization in [
        BEARER,
        "Authorization: token secret",
        // x-access-token:secret
        "Authorization: Basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0",
    ] {
        let answer = get(&user, &[authorization]).await;
        assert_eq!(answer.json()["login"], "mona");
        assert_eq!(answer.header("x-ratelimit-limit"), Some("5000"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_have_a_type() {
    let github = GitHub::new();
    github.create_user("mona");
    github.create_organization("Acme");
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();

    let user = get(&format!("{url}/users/MONA"), &[]).await;
    assert_eq!(user.json()["type"], "User");
    assert_eq!(user.json()["login"], "mona");
    let organization = get(&format!("{url}/users/acme"), &[]).await;
    assert_eq!(organization.json()["type"], "Organization");
    let organization = get(&format!("{url}/api/v3/orgs/acme"), &[]).await;
    assert_eq!(organization.json()["login"], "Acme");
    for path in
        ["/orgs/mona", "/orgs/mona/repos", "/orgs/nobody/repos", "/users/nobody", "/users/nobody/repos", "/nonsense"]
    {
        let answer = get(&format!("{url}{path}"), &[]).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.json()["message"], "Not Found", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn private_repositories_need_a_token() {
    let github = GitHub::new();
    github.create_organization("acme");
    github.create_repository("mona/open");
    github.create_repository("mona/closed").set_private(true);
    github.create_repository("acme/closed").set_private(true);
    github.create_repository("other/open");
    github.create_repository("other/closed").set_private(true);
    github.set_token("secret", "mona");
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();

    let single = format!("{url}/repos/mona/closed");
    assert_eq!(get(&single, &[]).await.status, 404);
    let answer = get(&single, &[BEARER]).await;
    assert_eq!(answer.json()["private"], true);
    assert_eq!(answer.json()["visibility"], "private");
    assert_eq!(answer.json()["permissions"]["pull"], true);

    let own = format!("{url}/user/repos");
    assert_eq!(get(&own, &[]).await.status, 401);
    let every = ["acme/closed", "mona/closed", "mona/open", "other/closed"];
    assert_eq!(get(&own, &[BEARER]).await.names(), every);
    let own = format!("{url}/user/repos?affiliation=owner&visibility=public");
    assert_eq!(get(&own, &[BEARER]).await.names(), ["mona/open"]);

    // The listing of a user is of public repositories, whoever asks.
    let user = format!("{url}/users/mona/repos");
    assert_eq!(get(&user, &[BEARER]).await.names(), ["mona/open"]);
    let organization = format!("{url}/orgs/acme/repos");
    assert_eq!(get(&organization, &[]).await.names(), [""; 0]);
    assert_eq!(get(&organization, &[BEARER]).await.names(), ["acme/closed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_through_all_pages() {
    let github = GitHub::new();
    github.create_organization("acme");
    for name in ["a", "b", "c", "d", "e"] {
        github.create_repository(&format!("acme/{name}"));
    }
    github.set_page_limit(2);
    let emulator = Emulator::start(github).await.unwrap();
    let base = format!("{}/api/v3", emulator.url());

    let mut next = Some(format!("{base}/orgs/acme/repos?per_page=100&type=all"));
    let mut names = Vec::new();
    let mut pages = 0;
    while let Some(url) = next {
        assert!(url.starts_with(&base));
        let answer = get(&url, &[]).await;
        names.extend(answer.names());
        pages += 1;
        next = answer.header("link").unwrap().split(", ").find_map(|link| {
            let address = link.strip_suffix("; rel=\"next\"")?;
            Some(address.trim_matches(['<', '>']).to_owned())
        });
    }
    assert_eq!(pages, 3);
    assert_eq!(names, ["acme/e", "acme/d", "acme/c", "acme/b", "acme/a"]);

    let user = get(&format!("{base}/users/acme/repos?page=2"), &[]).await;
    assert_eq!(user.names(), ["acme/c", "acme/d"]);
    let expected = format!(
        "<{base}/user/1/repos?page=1>; rel=\"prev\", <{base}/user/1/repos?page=3>; rel=\"next\", \
         <{base}/user/1/repos?page=3>; rel=\"last\", <{base}/user/1/repos?page=1>; rel=\"first\""
    );
    assert_eq!(user.header("link"), Some(expected.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_name_leads_to_the_repository_until_it_is_taken() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/old");
    repository.rename("acme/new");
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = emulator.url();

    let moved = get(&format!("{url}/api/v3/repos/Mona/Old"), &[]).await;
    assert_eq!(moved.status, 301);
    let location = moved.header("location").unwrap();
    assert_eq!(location, format!("{url}/api/v3/repositories/1000"));
    assert_eq!(get(location, &[]).await.json()["full_name"], "acme/new");

    let second = github.create_repository("mona/old");
    assert_ne!(second.id(), repository.id());
    let taken = get(&format!("{url}/repos/mona/old"), &[]).await;
    assert_eq!(taken.json()["id"], second.id());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vanished_repository_is_nowhere() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/hello");
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = emulator.url();
    let statuses = async || {
        let single = get(&format!("{url}/repos/mona/hello"), &[]).await;
        let by_id = get(&format!("{url}/repositories/1000"), &[]).await;
        let listed = get(&format!("{url}/users/mona/repos"), &[]).await.names();
        (single.status, by_id.status, listed.len())
    };
    repository.vanish();
    assert_eq!(statuses().await, (404, 404, 0));
    repository.reappear();
    assert_eq!(statuses().await, (200, 200, 1));

    repository.vanish();
    let successor = github.create_repository("mona/hello");
    assert_eq!(statuses().await, (200, 404, 1));
    assert_eq!(github.repository("mona/hello").unwrap().id(), successor.id());

    std::fs::remove_dir_all(successor.path()).unwrap();
    assert_eq!(statuses().await, (404, 404, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_can_be_replaced() {
    let github = GitHub::new();
    github.create_repository("mona/hello");
    github.replace_listing(Some(json!([{"full_name": "../../etc"}])));
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = emulator.url();

    let listing = format!("{url}/users/mona/repos");
    assert_eq!(get(&listing, &[]).await.names(), ["../../etc"]);
    assert_eq!(get(&format!("{listing}?page=2"), &[]).await.json(), json!([]));
    let single = get(&format!("{url}/repos/mona/hello"), &[]).await;
    assert_eq!(single.json()["full_name"], "../../etc");
    github.replace_listing(None);
    assert_eq!(get(&listing, &[]).await.names(), ["mona/hello"]);
}
