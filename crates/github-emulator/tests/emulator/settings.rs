//! What is only set and shown.

use github_emulator::{Emulator, GitHub, Repository, Token};
use serde_json::{Value, json};

use crate::client::{get, query};

const BEARER: &str = "Authorization: Bearer secret";

/// A repository of a user whose token may do everything.
fn world() -> (GitHub, Repository) {
    let github = GitHub::new();
    github.create_token("secret", "mona", Token::everything());
    let repository = github.create_repository("mona/hello");
    (github, repository)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_is_shown_as_it_was_set() {
    let (github, repository) = world();
    repository.set_settings("keys", json!([{"zebra": 1, "id": 7, "apple": {"b": 1, "a": 2}}]));
    repository.set_settings("actions/variables", json!([{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]));
    repository.set_settings("autolinks", json!([{"url_template": "{web}/{full_name}/<num>", "other": "{api}/x"}]));
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();
    let keys = get(&format!("{url}/repos/mona/hello/keys"), &[BEARER]).await;
    assert_eq!(keys.text(), r#"[{"zebra":1,"id":7,"apple":{"b":1,"a":2}}]"#);
    let variables = get(&format!("{url}/repos/mona/hello/actions/variables?per_page=1&page=2"), &[BEARER]).await;
    assert_eq!(variables.json(), json!({"total_count": 2, "variables": [{"name": "B", "value": "2"}]}));
    assert!(variables.header("link").unwrap().contains("/repositories/1000/actions/variables?"));
    let autolinks = get(&format!("{url}/api/v3/repos/mona/hello/autolinks"), &[BEARER]).await.json();
    assert_eq!(autolinks[0]["url_template"], format!("{url}/mona/hello/<num>"));
    assert_eq!(autolinks[0]["other"], format!("{url}/api/v3/x"));

    repository.clear_settings("keys");
    assert_eq!(get(&format!("{url}/repos/mona/hello/keys"), &[BEARER]).await.json(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_set_is_answered_as_on_github() {
    let (github, repository) = world();
    repository.set_attributes(|attributes| attributes.topics = vec!["greeting".to_owned()]);
    github.create_organization("acme");
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();
    for (path, status, expected) in [
        ("repos/mona/hello/hooks", 200, json!([])),
        ("repos/mona/hello/environments", 200, json!({"total_count": 0, "environments": []})),
        ("repos/mona/hello/topics", 200, json!({"names": ["greeting"]})),
        ("repos/mona/hello/languages", 200, json!({})),
        ("repos/mona/hello/private-vulnerability-reporting", 200, json!({"enabled": false})),
        ("repos/mona/hello/branches/main/protection", 404, json!("Branch not protected")),
        ("repos/mona/hello/pages", 404, json!("Not Found")),
        ("repos/mona/hello/vulnerability-alerts", 404, json!("Vulnerability alerts are disabled.")),
        ("repos/mona/hello/dependabot/alerts", 403, json!("Dependabot alerts are disabled for this repository.")),
        ("repos/mona/hello/code-scanning/alerts", 404, json!("no analysis found")),
        ("repos/mona/hello/secret-scanning/alerts", 404, json!("Secret scanning is disabled on this repository.")),
        ("repos/mona/hello/environments/staging", 404, json!("Not Found")),
        ("orgs/acme/teams", 200, json!([])),
        ("orgs/acme/actions/secrets", 200, json!({"total_count": 0, "secrets": []})),
        ("users/mona/followers", 200, json!([])),
        ("user/subscriptions", 200, json!([])),
        ("user/emails", 200, json!([])),
        ("users/nobody/followers", 404, json!("Not Found")),
        ("orgs/mona/teams", 404, json!("Not Found")),
        ("repos/mona/other/hooks", 404, json!("Not Found")),
        ("users/mona/packages", 400, json!("package_type is required.")),
    ] {
        let answer = get(&format!("{url}/{path}"), &[BEARER]).await;
        let json = answer.json();
        let said = if status == 200 { &json } else { &json["message"] };
        assert_eq!((answer.status, said), (status, &expected), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fine_grained_token_is_told_the_permission_it_lacks() {
    let (github, _) = world();
    github.create_organization("acme");
    github.create_token("github_pat_none", "mona", Token::fine_grained([("contents", "read")]));
    github.create_token(
        "github_pat_read",
        "mona",
        Token::fine_grained([("repository_hooks", "read"), ("administration", "read")]),
    );
    github.set_token("github_pat_usual", "mona");
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();
    for (path, permission) in [
        ("repos/mona/hello/hooks", "repository_hooks=read"),
        ("repos/mona/hello/actions/variables", "actions_variables=read"),
        ("repos/mona/hello/automated-security-fixes", "administration=write"),
        ("orgs/acme/rulesets", "organization_administration=write"),
        ("user/emails", "emails=read"),
    ] {
        let answer = get(&format!("{url}/{path}"), &["Authorization: Bearer github_pat_none"]).await;
        assert_eq!(answer.status, 403, "{path}");
        assert_eq!(answer.json()["message"], "Resource not accessible by personal access token");
        assert_eq!(answer.header("x-accepted-github-permissions"), Some(permission), "{path}");
        let usual = get(&format!("{url}/{path}"), &["Authorization: Bearer github_pat_usual"]).await;
        assert_ne!(usual.status, 403, "{path}");
    }
    let read =
        async |path: &str| get(&format!("{url}/{path}"), &["Authorization: Bearer github_pat_read"]).await.status;
    assert_eq!(read("repos/mona/hello/hooks").await, 200);
    assert_eq!(read("repos/mona/hello/automated-security-fixes").await, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn outsiders_do_not_see_what_is_inside() {
    let (github, repository) = world();
    github.create_organization("acme");
    github.add_member("acme", "mona");
    github.add_member("other", "hubot");
    github.create_token("outsider", "hubot", Token::everything());
    github.create_token("narrow", "mona", Token::classic(["public_repo", "read:org"]));
    repository.set_settings("hooks", json!([{"id": 1}]));
    repository.set_settings("rulesets", json!([{"id": 1}]));
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();
    let status = async |path: &str, token: &str| {
        let header = format!("Authorization: Bearer {token}");
        let headers = if token.is_empty() { &[][..] } else { &[header.as_str()] };
        get(&format!("{url}/{path}"), headers).await.status
    };
    for (path, token, expected) in [
        ("repos/mona/hello/hooks", "secret", 200),
        ("repos/mona/hello/hooks", "outsider", 404),
        ("repos/mona/hello/hooks", "narrow", 404),
        ("repos/mona/hello/hooks", "", 401),
        ("repos/mona/hello/rulesets", "outsider", 200),
        ("repos/mona/hello/rulesets", "", 200),
        ("orgs/acme/hooks", "secret", 200),
        ("orgs/acme/hooks", "narrow", 403),
        ("orgs/acme/hooks", "outsider", 404),
        ("orgs/acme/teams", "narrow", 200),
        ("orgs/acme/teams", "", 401),
        ("user/keys", "secret", 200),
        ("user/keys", "narrow", 404),
        ("user/keys", "", 401),
        ("users/mona/packages?package_type=npm", "narrow", 403),
    ] {
        assert_eq!(status(path, token).await, expected, "{path} with {token:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_not_shown() {
    let (github, repository) = world();
    repository.set_settings("hooks", json!([{"id": 1, "config": {"secret": "hunter2", "url": "https://example.com"}}]));
    repository.set_settings("secret-scanning/alerts", json!([{"number": 1, "secret": "hunter2"}]));
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();
    let hooks = get(&format!("{url}/repos/mona/hello/hooks"), &[BEARER]).await.json();
    assert_eq!(hooks[0]["config"]["secret"], "********");
    let alerts = async |query: &str| {
        get(&format!("{url}/repos/mona/hello/secret-scanning/alerts{query}"), &[BEARER]).await.json()
    };
    assert_eq!(alerts("").await[0]["secret"], "hunter2");
    assert_eq!(alerts("?hide_secret=true").await[0]["secret"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_with_a_slash_are_encoded_in_paths() {
    let (github, repository) = world();
    repository.commit("feature/x", &[("file", "1\n")], "One");
    repository.commit("main", &[("file", "1\n")], "One");
    repository.set_settings("branches/feature/x/protection", json!({"enforce_admins": {"enabled": true}}));
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();
    let protection = get(&format!("{url}/repos/mona/hello/branches/feature%2Fx/protection"), &[BEARER]).await;
    assert_eq!(protection.json()["enforce_admins"]["enabled"], true);
    let branches = get(&format!("{url}/repos/mona/hello/branches?protected=true"), &[BEARER]).await.json();
    assert_eq!(branches.as_array().unwrap().len(), 1);
    assert_eq!((&branches[0]["name"], &branches[0]["protected"]), (&json!("feature/x"), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_a_repository_and_of_an_account_can_be_set() {
    let (github, repository) = world();
    github.create_organization("acme");
    repository.set_private(true);
    repository.set_settings("", json!({"has_discussions": true, "allow_auto_merge": true}));
    repository.set_settings("properties/values", json!([{"property_name": "team", "value": "core"}]));
    github.set_account_settings("mona", "", json!({"name": "Mona Lisa"}));
    github.set_account_settings("mona", "followers", json!([{"login": "hubot"}]));
    github.set_account_settings("acme", "", json!({"billing_email": "bills@example.com", "description": "Things"}));
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();
    let whole = get(&format!("{url}/repos/mona/hello"), &[BEARER]).await.json();
    assert_eq!(whole["has_discussions"], true);
    assert_eq!(whole["allow_auto_merge"], true);
    assert_eq!(whole["custom_properties"], json!({"team": "core"}));
    assert!(whole["temp_clone_token"].as_str().is_some_and(|token| !token.is_empty()));
    let listed = get(&format!("{url}/user/repos"), &[BEARER]).await.json();
    assert_eq!((&listed[0]["has_discussions"], listed[0].get("temp_clone_token")), (&json!(true), None));

    let user = get(&format!("{url}/users/mona"), &[]).await.json();
    assert_eq!((&user["name"], &user["followers"]), (&json!("Mona Lisa"), &json!(1)));
    assert_eq!(user.get("plan"), None);
    let own = get(&format!("{url}/user"), &[BEARER]).await.json();
    assert_eq!((&own["name"], &own["plan"]["name"]), (&json!("Mona Lisa"), &json!("free")));
    let inside = get(&format!("{url}/orgs/acme"), &[BEARER]).await.json();
    assert_eq!((&inside["description"], &inside["billing_email"]), (&json!("Things"), &json!("bills@example.com")));
    let outside = get(&format!("{url}/orgs/acme"), &[]).await.json();
    assert_eq!((&outside["description"], outside.get("billing_email")), (&json!("Things"), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_without_discussions_says_so() {
    let (github, repository) = world();
    let emulator = Emulator::start(github).await.unwrap();
    let text = "{ repository(owner: \"mona\", name: \"hello\") {
        hasDiscussionsEnabled discussions(first: 100) { totalCount nodes { number } pageInfo { hasNextPage } }
    } }";
    let answer = query(&emulator.url(), text, json!({})).await.json();
    let found = &answer["data"]["repository"];
    assert_eq!((&found["hasDiscussionsEnabled"], &found["discussions"]["totalCount"]), (&json!(false), &json!(0)));
    repository.set_settings("", json!({"has_discussions": true}));
    let answer = query(&emulator.url(), text, json!({})).await.json();
    assert_eq!(answer["data"]["repository"]["hasDiscussionsEnabled"], true);
}
