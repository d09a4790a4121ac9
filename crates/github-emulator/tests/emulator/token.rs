//! Kinds of tokens, and what they may do.

use github_emulator::{Emulator, GitHub, Token};
use serde_json::json;

use crate::client::{get, git_error, query};

const BEARER: &str = "Authorization: Bearer secret";

#[tokio::test(flavor = "multi_thread")]
async fn a_classic_token_tells_its_scopes() {
    let github = GitHub::new();
    github.create_repository("mona/open");
    github.create_repository("mona/closed").set_private(true);
    github.create_token("secret", "mona", Token::classic(["gist", "repo"]));
    github.create_token("ghp_public", "mona", Token::classic(["public_repo"]));
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();

    let answer = get(&format!("{url}/repos/mona/closed"), &[BEARER]).await;
    assert_eq!(answer.header("x-oauth-scopes"), Some("gist, repo"));
    assert_eq!(answer.header("x-accepted-oauth-scopes"), Some("repo"));
    let graphql = query(&url, "{viewer{login}}", json!({})).await;
    assert_eq!(graphql.header("x-oauth-scopes"), Some("gist, repo"));
    let anonymous = get(&format!("{url}/users/mona"), &[]).await;
    assert_eq!(anonymous.header("x-oauth-scopes"), None);

    let public = &["Authorization: token ghp_public"];
    assert_eq!(get(&format!("{url}/repos/mona/closed"), public).await.status, 404);
    assert_eq!(get(&format!("{url}/user/repos"), public).await.names(), ["mona/open"]);
    let organizations = get(&format!("{url}/user/orgs"), public).await;
    assert_eq!(organizations.status, 403);
    assert!(organizations.header("x-accepted-oauth-scopes").unwrap().contains("read:org"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fine_grained_token_has_permissions_and_an_expiry() {
    let github = GitHub::new();
    github.create_organization("acme");
    github.create_repository("acme/closed").set_private(true);
    let token = Token::fine_grained([("metadata", "read")]).expires_at(4_000_000_000);
    github.create_token("github_pat_1", "mona", token);
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = emulator.url();
    let bearer = &["Authorization: Bearer github_pat_1"];

    let answer = get(&format!("{url}/repos/acme/closed"), bearer).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-oauth-scopes"), None);
    assert_eq!(answer.header("github-authentication-token-expiration"), Some("2096-10-02 07:06:40 UTC"));
    let refused = get(&format!("{url}/orgs/acme/members"), bearer).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.header("x-accepted-github-permissions"), Some("members=read"));
    assert_eq!(refused.json()["message"], "Resource not accessible by personal access token");

    let directory = tempfile::tempdir().unwrap();
    let remote = url.replace("http://", "http://x:github_pat_1@") + "/acme/closed.git";
    let error = git_error(directory.path(), &["ls-remote", &remote]);
    assert!(error.contains("403"), "{error}");

    github.set_clock_offset(4_000_000_000);
    let expired = get(&format!("{url}/user"), bearer).await;
    assert_eq!((expired.status, expired.json()["message"].as_str()), (401, Some("Bad credentials")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_can_be_for_some_repositories() {
    let github = GitHub::new();
    github.create_organization("acme");
    github.create_organization("other");
    for name in ["acme/one", "acme/two", "other/three"] {
        github.create_repository(name).set_private(true);
    }
    github.create_token("owners", "mona", Token::fine_grained([("contents", "read")]).owners(["ACME"]));
    github.create_token("some", "mona", Token::classic(["repo"]).repositories(["acme/two"]));
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = emulator.url();
    let listing =
        async |token: &str| get(&format!("{url}/user/repos"), &[&format!("Authorization: token {token}")]).await;
    assert_eq!(listing("owners").await.names(), ["acme/one", "acme/two"]);
    assert_eq!(listing("some").await.names(), ["acme/two"]);
    let other = get(&format!("{url}/repos/other/three"), &["Authorization: token owners"]).await;
    assert_eq!(other.status, 404);
    github.revoke_token("some");
    assert_eq!(listing("some").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn single_sign_on_refuses_what_is_the_organizations() {
    let github = GitHub::new();
    github.require_sso("acme");
    github.create_repository("acme/one");
    github.create_repository("mona/two");
    github.set_token("secret", "mona");
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = emulator.url();

    for path in ["/repos/acme/one", "/orgs/acme/repos", "/orgs/acme/members"] {
        let answer = get(&format!("{url}{path}"), &[BEARER]).await;
        assert_eq!(answer.status, 403, "{path}");
        let expected = format!("required; url={url}/orgs/acme/sso?authorization_request=");
        assert!(answer.header("x-github-sso").unwrap().starts_with(&expected));
    }
    let partial = get(&format!("{url}/user/repos"), &[BEARER]).await;
    assert_eq!(partial.names(), ["mona/two"]);
    assert_eq!(partial.header("x-github-sso"), Some("partial-results; organizations=1"));
    let text = "{repository(owner: \"acme\", name: \"one\"){id}}";
    let answer = query(&url, text, json!({})).await.json();
    assert_eq!(answer["errors"][0]["type"], "FORBIDDEN");
    assert_eq!(answer["errors"][0]["extensions"]["saml_failure"], true);
    // git shows its credentials only where they are asked for.
    github.repository("acme/one").unwrap().set_private(true);
    let directory = tempfile::tempdir().unwrap();
    let remote = url.replace("http://", "http://x:secret@") + "/acme/one.git";
    assert!(git_error(directory.path(), &["ls-remote", &remote]).contains("SAML SSO"));

    github.authorize_sso("acme", "secret");
    let whole = get(&format!("{url}/user/repos"), &[BEARER]).await;
    assert_eq!(whole.names(), ["acme/one", "mona/two"]);
    assert_eq!(whole.header("x-github-sso"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_need_the_permission_for_contents() {
    let github = GitHub::new();
    github.create_repository("mona/hello").commit("main", &[("file", "1\n")], "One");
    github.create_token("without", "mona", Token::fine_grained([("members", "read")]));
    github.create_token("with", "mona", Token::fine_grained([("contents", "read")]));
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let branches = format!("{}/repos/mona/hello/branches", emulator.url());
    let refused = get(&branches, &["Authorization: token without"]).await;
    assert_eq!((refused.status, refused.header("x-accepted-github-permissions")), (403, Some("contents=read")));
    let listed = get(&branches, &["Authorization: token with"]).await.json();
    assert_eq!(listed[0]["name"], "main");
    assert_eq!(listed[0]["commit"]["sha"], github.repository("mona/hello").unwrap().resolve("main").unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_enterprise_tells_its_version() {
    let emulator = Emulator::start(GitHub::new()).await.unwrap();
    let version =
        async |path: &str| get(&format!("{}{path}", emulator.url()), &[]).await.json()["installed_version"].take();
    assert!(version("/api/v3/meta").await.is_string());
    assert!(version("/meta").await.is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_can_be_years_off() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/hello");
    repository.commit("main", &[("file", "1\n")], "One");
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let year = |date: &str| date.split(' ').nth(3).unwrap().parse::<i64>().unwrap();
    for path in ["/users/mona", "/nonsense", "/mona/hello.git/info/refs?service=git-upload-pack"] {
        github.set_clock_offset(0);
        let now = year(get(&format!("{}{path}", emulator.url()), &[]).await.header("date").unwrap());
        github.set_clock_offset(-10 * 365 * 86_400);
        let past = year(get(&format!("{}{path}", emulator.url()), &[]).await.header("date").unwrap());
        assert!((9..=11).contains(&(now - past)), "{path}: {now} {past}");
    }
}
