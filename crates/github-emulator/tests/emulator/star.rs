//! Starred repositories.

use github_emulator::{Emulator, GitHub};
use serde_json::json;

use crate::client::{get, query_as};

const BEARER: &str = "Authorization: Bearer secret";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_starred_is_listed_with_the_newest_first() {
    let github = GitHub::new();
    github.create_repository("hubot/one");
    github.create_repository("hubot/two").set_private(true);
    github.set_token("secret", "mona");
    github.star("mona", "hubot/one");
    github.star("Mona", "hubot/two");
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();

    assert_eq!(get(&format!("{url}/user/starred"), &[]).await.status, 401);
    let own = get(&format!("{url}/user/starred"), &[BEARER]).await;
    assert_eq!(own.names(), ["hubot/two", "hubot/one"]);
    assert_eq!(own.json()[0]["stargazers_count"], 1);
    assert_eq!(get(&format!("{url}/users/mona/starred"), &[]).await.names(), ["hubot/one"]);

    let accept = "Accept: application/vnd.github.star+json";
    let timed = get(&format!("{url}/user/starred?per_page=1"), &[BEARER, accept]).await;
    assert_eq!(timed.json()[0]["repo"]["full_name"], "hubot/two");
    assert!(timed.json()[0]["starred_at"].as_str().unwrap().starts_with("2023-11-14T"));
    assert!(timed.header("link").unwrap().contains("rel=\"next\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_stars_are_the_users_own_unless_they_are_public() {
    let github = GitHub::new();
    github.create_repository("hubot/one");
    github.create_repository("hubot/two");
    github.set_token("secret", "mona");
    github.set_token("other", "hubot");
    github.create_star_list("mona", "To read", false, &["hubot/one", "hubot/two"]);
    github.create_star_list("mona", "My own", true, &[]);
    let emulator = Emulator::start(github).await.unwrap();
    let text = "{ user(login: \"mona\") { login lists(first: 10) { totalCount nodes {
        id name slug isPrivate items(first: 1) { totalCount pageInfo { endCursor } nodes { ... on Repository { nameWithOwner } } }
    } } } }";
    let ask = async |token: &str, text: &str| query_as(token, &emulator.url(), text, json!({})).await.json();
    let own = ask("secret", text).await;
    let lists = &own["data"]["user"]["lists"];
    assert_eq!((&lists["totalCount"], &lists["nodes"][1]["slug"]), (&json!(2), &json!("my-own")), "{own}");
    let first = &lists["nodes"][0];
    assert_eq!(first["items"]["nodes"], json!([{ "nameWithOwner": "hubot/one" }]));
    let more = format!(
        "{{ node(id: {}) {{ ... on UserList {{ items(first: 100, after: {}) {{ nodes {{ ... on Repository {{ name }} }} }} }} }} }}",
        first["id"], first["items"]["pageInfo"]["endCursor"]
    );
    assert_eq!(ask("secret", &more).await["data"]["node"]["items"]["nodes"], json!([{ "name": "two" }]));
    let others = ask("other", text).await;
    assert_eq!(others["data"]["user"]["lists"]["totalCount"], 1, "{others}");
}
