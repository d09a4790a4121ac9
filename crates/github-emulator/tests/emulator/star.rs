//! Starred repositories.

use github_emulator::{Emulator, GitHub};

use crate::client::get;

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
