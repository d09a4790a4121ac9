//! Gists.

use github_emulator::{Emulator, GitHub, Token};

use crate::client::{get, git};

const BEARER: &str = "Authorization: Bearer secret";

/// The ids of a listing.
async fn ids(url: &str, headers: &[&str]) -> Vec<String> {
    let json = get(url, headers).await.json();
    json.as_array().unwrap().iter().map(|gist| gist["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gist_is_described_and_cloned() {
    let github = GitHub::new();
    let gist = github.create_gist("mona", false, &[("a.txt", "Hello\n"), ("b.rs", "fn b() {}\n")]);
    gist.set_description("Two files");
    assert_eq!(gist.id().len(), 32);
    assert!(gist.id().bytes().all(|byte| byte.is_ascii_hexdigit()));
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();

    // Whoever knows the id of a secret gist may read it.
    let json = get(&format!("{url}/api/v3/gists/{}", gist.id()), &[]).await.json();
    assert_eq!(json["id"], gist.id());
    assert_eq!(json["public"], false);
    assert_eq!(json["description"], "Two files");
    assert_eq!(json["owner"]["login"], "mona");
    assert_eq!(json["files"]["a.txt"]["content"], "Hello\n");
    assert_eq!(json["files"]["b.rs"]["size"], 10);
    let remote = format!("{url}/gist/{}.git", gist.id());
    assert_eq!(json["git_pull_url"], remote);

    let directory = tempfile::tempdir().unwrap();
    git(directory.path(), &["clone", "--quiet", "--bare", &remote, "gist"]);
    let clone = directory.path().join("gist");
    let second = gist.commit(&[("a.txt", "Bye\n")], "Again");
    git(&clone, &["fetch", "--quiet", &remote, "+main:main"]);
    assert_eq!(git(&clone, &["rev-parse", "main"]), second);
    let forced = gist.force_push(&[("c", "1\n")], "Forced");
    git(&clone, &["fetch", "--quiet", &remote, "+main:main"]);
    assert_eq!(git(&clone, &["rev-parse", "main"]), forced);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gist_is_at_the_host_of_gists() {
    let github = GitHub::new();
    let gist = github.create_gist("mona", true, &[("a", "1\n")]);
    let emulator = Emulator::start(github).await.unwrap();
    let url = format!("{}/{}.git/info/refs?service=git-upload-pack", emulator.url(), gist.id());
    assert_eq!(get(&url, &[]).await.status, 404);
    let directory = tempfile::tempdir().unwrap();
    let remote = format!("{}/{}.git", emulator.url(), gist.id());
    let refs = git(directory.path(), &["-c", "http.extraHeader=Host: gist.localhost", "ls-remote", &remote]);
    assert!(refs.contains("refs/heads/main"));
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_show_who_may_see_what() {
    let github = GitHub::new();
    let open = github.create_gist("mona", true, &[("a", "1\n")]);
    let secret = github.create_gist("mona", false, &[("a", "1\n")]);
    let other = github.create_gist("hubot", true, &[("a", "1\n")]);
    let hidden = github.create_gist("hubot", false, &[("a", "1\n")]);
    github.set_token("secret", "mona");
    github.create_token("bare", "mona", Token::classic(["repo"]));
    github.star_gist("mona", hidden.id());
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();

    assert_eq!(ids(&format!("{url}/gists"), &[BEARER]).await, [secret.id(), open.id()]);
    assert_eq!(ids(&format!("{url}/gists"), &["Authorization: token bare"]).await, [open.id()]);
    assert_eq!(ids(&format!("{url}/gists"), &[]).await, [other.id(), open.id()]);
    assert_eq!(ids(&format!("{url}/gists/public"), &[BEARER]).await, [other.id(), open.id()]);
    assert_eq!(ids(&format!("{url}/gists/starred"), &[BEARER]).await, [hidden.id()]);
    assert_eq!(get(&format!("{url}/gists/starred"), &[]).await.status, 401);
    assert_eq!(ids(&format!("{url}/users/mona/gists"), &[]).await, [open.id()]);
    assert_eq!(ids(&format!("{url}/users/Mona/gists"), &[BEARER]).await, [secret.id(), open.id()]);
    assert_eq!(ids(&format!("{url}/users/hubot/gists"), &[BEARER]).await, [other.id()]);
    let page = get(&format!("{url}/gists?per_page=1"), &[BEARER]).await;
    let expected =
        format!("<{url}/gists?per_page=1&page=2>; rel=\"next\", <{url}/gists?per_page=1&page=2>; rel=\"last\"");
    assert_eq!(page.header("link"), Some(expected.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn since_leaves_out_what_is_older_and_what_is_gone_is_nowhere() {
    let github = GitHub::new();
    let old = github.create_gist("mona", true, &[("a", "1\n")]);
    old.repository().set_attributes(|attributes| attributes.updated_at = 1_000_000_000);
    let new = github.create_gist("mona", true, &[("a", "1\n")]);
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();
    let listing = format!("{url}/users/mona/gists?since=2001-09-09T01:46:41Z");
    assert_eq!(ids(&listing, &[]).await, [new.id()]);
    old.commit(&[("a", "2\n")], "Again");
    assert_eq!(ids(&listing, &[]).await, [new.id(), old.id()]);

    new.vanish();
    assert_eq!(ids(&listing, &[]).await, [old.id()]);
    assert_eq!(get(&format!("{url}/gists/{}", new.id()), &[]).await.status, 404);
    let refs = format!("{url}/gist/{}.git/info/refs?service=git-upload-pack", new.id());
    assert_eq!(get(&refs, &["Authorization: token x"]).await.status, 404);
    new.reappear();
    assert_eq!(get(&refs, &[]).await.status, 200);
    let id = new.id().to_owned();
    new.delete();
    assert_eq!(get(&format!("{url}/gists/{id}"), &[]).await.status, 404);
}
