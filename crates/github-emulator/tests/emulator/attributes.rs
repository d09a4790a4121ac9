//! What repositories say about themselves, and many of them at once.

use github_emulator::{Emulator, GitHub, Visibility};

use crate::client::{get, git};

#[tokio::test(flavor = "multi_thread")]
async fn attributes_are_shown() {
    let github = GitHub::new();
    github.create_repository("acme/upstream");
    let repository = github.create_repository("mona/hello");
    repository.set_attributes(|attributes| {
        attributes.description = Some("Says hello".to_owned());
        attributes.fork = true;
        attributes.parent = Some("Acme/Upstream".to_owned());
        attributes.archived = true;
        attributes.disabled = true;
        attributes.template = true;
        attributes.language = Some("Rust".to_owned());
        attributes.topics = vec!["greeting".to_owned()];
        attributes.stars = 7;
        attributes.size = Some(12_345_678);
        attributes.created_at = 1_000_000_000;
        attributes.updated_at = 1_100_000_000;
        attributes.pushed_at = 4_000_000_000;
    });
    let emulator = Emulator::start(github).await.unwrap();
    let json = get(&format!("{}/repos/mona/hello", emulator.url()), &[]).await.json();
    assert_eq!(json["description"], "Says hello");
    for name in ["fork", "archived", "disabled", "is_template"] {
        assert_eq!(json[name], true, "{name}");
    }
    assert_eq!(json["parent"]["full_name"], "acme/upstream");
    assert_eq!(json["language"], "Rust");
    assert_eq!(json["topics"], serde_json::json!(["greeting"]));
    assert_eq!(json["stargazers_count"], 7);
    assert_eq!(json["size"], 12_345_678);
    assert_eq!(json["created_at"], "2001-09-09T01:46:40Z");
    assert_eq!(json["updated_at"], "2004-11-09T11:33:20Z");
    assert_eq!(json["pushed_at"], "2096-10-02T07:06:40Z");

    let listing = async |query: &str| get(&format!("{}/users/mona/repos?{query}", emulator.url()), &[]).await.names();
    assert_eq!(listing("type=forks").await, ["mona/hello"]);
    assert_eq!(listing("type=sources").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_internal_repository_is_private_to_outsiders() {
    let github = GitHub::new();
    github.set_token("secret", "mona");
    let repository = github.create_repository("acme/inside");
    repository.set_attributes(|attributes| attributes.visibility = Visibility::Internal);
    let emulator = Emulator::start(github).await.unwrap();
    let url = format!("{}/repos/acme/inside", emulator.url());
    assert_eq!(get(&url, &[]).await.status, 404);
    let json = get(&url, &["Authorization: Bearer secret"]).await.json();
    assert_eq!(json["visibility"], "internal");
    assert_eq!(json["private"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_size_follows_a_push() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/hello");
    let emulator = Emulator::start(github).await.unwrap();
    let size =
        async || get(&format!("{}/repos/mona/hello", emulator.url()), &[]).await.json()["size"].as_u64().unwrap();
    assert_eq!(size().await, 0);
    // Text which does not compress.
    let text: String = (0..20_000_u32).map(|number| number.wrapping_mul(2_654_435_761).to_string()).collect();
    repository.commit("main", &[("file", &text)], "Much");
    assert!(size().await > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_is_no_push() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/hello");
    let tip = repository.commit("main", &[("file", "1\n")], "One");
    let before = repository.attributes();
    repository.update_ref("refs/pull/1/head", &tip);
    repository.git(&["update-ref", "refs/pull/2/head", &tip]);
    assert_eq!(repository.attributes(), before);
    repository.git(&["update-ref", "refs/heads/topic", &tip]);
    assert!(repository.attributes().pushed_at > before.pushed_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_repositories_are_made_from_one() {
    let github = GitHub::new();
    let template = github.create_repository("mona/template");
    let tip = template.commit("main", &[("file", "1\n")], "One");
    template.set_attributes(|attributes| attributes.language = Some("C".to_owned()));
    let copies = github.create_repositories_like(&template, (0..300).map(|number| format!("acme/copy-{number:03}")));
    assert_eq!(copies.len(), 300);
    assert_eq!(copies[299].full_name(), "acme/copy-299");
    copies[0].commit("main", &[("file", "2\n")], "Two");
    assert_eq!(template.resolve("main").unwrap(), tip);
    assert_eq!(copies[1].resolve("main").unwrap(), tip);
    assert!(copies[0].attributes().pushed_at > copies[1].attributes().pushed_at);
    template.git(&["fsck", "--strict"]);

    let emulator = Emulator::start(github).await.unwrap();
    let url = format!("{}/users/acme/repos?per_page=100&page=3", emulator.url());
    let last = get(&url, &[]).await;
    assert_eq!(last.names().last().unwrap(), "acme/copy-299");
    assert_eq!(last.json()[99]["language"], "C");
    let directory = tempfile::tempdir().unwrap();
    let url = format!("{}/acme/copy-123.git", emulator.url());
    assert_eq!(git(directory.path(), &["ls-remote", &url, "main"]), format!("{tip}\trefs/heads/main"));
}
