//! GitHub Apps.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use github_emulator::{EXAMPLE_PRIVATE_KEY, EXAMPLE_PUBLIC_KEY, Emulator, GitHub};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

use crate::client::{Answer, exchange, get, git, git_error};

const APP: u64 = 42;

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().try_into().unwrap()
}

/// A web token with these claims.
fn sign(claims: &Value) -> String {
    let body = EXAMPLE_PRIVATE_KEY.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let key = RsaKeyPair::from_der(&STANDARD.decode(body).unwrap()).unwrap();
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(&json!({"alg": "RS256", "typ": "JWT"})), part(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The header with a valid web token.
fn web_token() -> String {
    format!("Authorization: Bearer {}", sign(&json!({"iss": APP, "iat": now() - 60, "exp": now() + 540})))
}

async fn create_token(url: &str, installation: u64, body: Value) -> Answer {
    let address = format!("{url}/app/installations/{installation}/access_tokens");
    exchange(&address, "POST", &["User-Agent: test", &web_token()], body.to_string().as_bytes()).await
}

/// A GitHub with the private repositories one and two of acme, one of others, and the app.
fn github() -> GitHub {
    let github = GitHub::new();
    github.create_organization("acme");
    for name in ["acme/one", "acme/two", "mona/three"] {
        let repository = github.create_repository(name);
        repository.commit("main", &[("file", "1\n")], "One");
        repository.set_private(true);
    }
    github.create_app(APP, "keeper", EXAMPLE_PUBLIC_KEY);
    github
}

#[tokio::test(flavor = "multi_thread")]
async fn web_tokens_are_verified() {
    let emulator = Emulator::start(github()).await.unwrap();
    let url = format!("{}/app", emulator.url());
    let now = now();
    let good = sign(&json!({"iss": APP.to_string(), "iat": now - 60, "exp": now + 540}));
    let other = sign(&json!({"iss": APP, "iat": now - 61, "exp": now + 540}));
    let (head, _) = good.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    let undecodable = "A JSON web token could not be decoded";
    for (token, status, message) in [
        (good.clone(), 200, ""),
        (format!("{head}.{signature}"), 401, undecodable),
        (sign(&json!({"iss": APP, "iat": now + 300, "exp": now + 540})), 401, "'Issued at' claim ('iat')"),
        (
            sign(&json!({"iss": APP, "iat": now - 900, "exp": now - 300})),
            401,
            "'Expiration time' claim ('exp') must be",
        ),
        (sign(&json!({"iss": APP, "iat": now, "exp": now + 900})), 401, "'Expiration time' claim ('exp') is too far"),
        (sign(&json!({"iss": 7, "iat": now, "exp": now + 500})), 404, "Integration not found"),
        ("nonsense".to_owned(), 401, "Bad credentials"),
    ] {
        let answer = get(&url, &[&format!("Authorization: Bearer {token}")]).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.json()["message"].as_str().unwrap_or_default().starts_with(message), "{}", answer.text());
    }
    let app = get(&url, &[&web_token()]).await.json();
    assert_eq!((&app["id"], &app["slug"]), (&json!(APP), &json!("keeper")));
    assert_eq!(get(&url, &[]).await.json()["message"], undecodable);
}

#[tokio::test(flavor = "multi_thread")]
async fn installations_are_found() {
    let github = github();
    let all = github.install_app(APP, "acme", None, &[("contents", "read"), ("metadata", "read")]);
    let some = github.install_app(APP, "mona", Some(&["mona/three"]), &[("metadata", "read")]);
    github.suspend_installation(some, true);
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();
    let token = web_token();
    let fetch = async |path: &str| get(&format!("{url}{path}"), &[&token]).await;

    let page = fetch("/app/installations?per_page=1").await;
    assert!(page.header("link").unwrap().contains("rel=\"next\""));
    let json = page.json();
    assert_eq!(json[0]["id"], all);
    assert_eq!(json[0]["account"]["login"], "acme");
    assert_eq!(json[0]["target_type"], "Organization");
    assert_eq!(json[0]["repository_selection"], "all");
    assert_eq!(json[0]["permissions"], json!({"contents": "read", "metadata": "read"}));
    assert_eq!(json[0]["suspended_at"], json!(null));
    for (path, id) in [
        (format!("/app/installations/{some}"), some),
        ("/orgs/acme/installation".to_owned(), all),
        ("/users/mona/installation".to_owned(), some),
        ("/repos/acme/two/installation".to_owned(), all),
    ] {
        assert_eq!(fetch(&path).await.json()["id"], id, "{path}");
    }
    assert_eq!(fetch("/users/nobody/installation").await.status, 404);
    assert!(fetch("/users/mona/installation").await.json()["suspended_at"].is_string());
    let refused = create_token(&url, some, json!({})).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json()["message"], "This installation has been suspended");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installations_token_sees_its_repositories() {
    let github = github();
    let permissions = [("contents", "read"), ("metadata", "read")];
    let installation = github.install_app(APP, "acme", None, &permissions);
    github.install_app(APP, "mona", None, &permissions);
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = emulator.url();
    let answer = create_token(&url, installation, json!({})).await;
    assert_eq!(answer.status, 201);
    let json = answer.json();
    let token = json["token"].as_str().unwrap();
    assert!(token.starts_with("ghs_"));
    assert_eq!(json["permissions"]["contents"], "read");
    let authorization = format!("Authorization: token {token}");
    let fetch = async |path: &str| get(&format!("{url}{path}"), &[&authorization]).await;

    let listing = fetch("/installation/repositories?per_page=1").await;
    assert!(listing.header("link").unwrap().contains("rel=\"next\""));
    let listing = listing.json();
    assert_eq!((&listing["total_count"], &listing["repository_selection"]), (&json!(2), &json!("all")));
    assert_eq!(listing["repositories"][0]["full_name"], "acme/one");
    assert_eq!(fetch("/repos/acme/one").await.status, 200);
    assert_eq!(fetch("/repos/mona/three").await.status, 404);
    assert_eq!(fetch("/user/repos").await.json()["message"], "Resource not accessible by integration");

    let directory = tempfile::tempdir().unwrap();
    let remote = |name: &str| url.replace("http://", &format!("http://x-access-token:{token}@")) + name;
    git(directory.path(), &["ls-remote", &remote("/acme/one.git"), "main"]);
    git_error(directory.path(), &["ls-remote", &remote("/mona/three.git")]);

    let some = create_token(&url, installation, json!({"repositories": ["two"]})).await.json();
    assert_eq!(some["repository_selection"], "selected");
    let authorization = format!("Authorization: Bearer {}", some["token"].as_str().unwrap());
    assert_eq!(get(&format!("{url}/repos/acme/two"), &[&authorization]).await.status, 200);
    assert_eq!(get(&format!("{url}/repos/acme/one"), &[&authorization]).await.status, 404);
    assert_eq!(create_token(&url, installation, json!({"repositories": ["three"]})).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installations_token_ends_with_its_time_or_its_installation() {
    let github = github();
    let installation = github.install_app(APP, "acme", Some(&["acme/one"]), &[("contents", "read")]);
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = emulator.url();
    github.set_installation_token_lifetime(Duration::from_secs(0));
    let fetch = async |token: &Value| {
        let authorization = format!("Authorization: Bearer {}", token["token"].as_str().unwrap());
        get(&format!("{url}/installation/repositories"), &[&authorization]).await
    };
    let expired = create_token(&url, installation, json!({})).await.json();
    assert_eq!(fetch(&expired).await.status, 401);

    github.set_installation_token_lifetime(Duration::from_secs(3600));
    let token = create_token(&url, installation, json!({})).await.json();
    assert_eq!(fetch(&token).await.json()["total_count"], 1);
    github.suspend_installation(installation, true);
    assert_eq!(fetch(&token).await.status, 403);
    github.suspend_installation(installation, false);
    assert_eq!(fetch(&token).await.status, 200);
    github.uninstall_app(installation);
    assert_eq!(fetch(&token).await.status, 401);
}
