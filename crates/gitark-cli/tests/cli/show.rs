//! `gitark show` and `gitark diff`: what a backup holds, and how two differ.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{HELLO, World, git};

/// Three backups of [`HELLO`]: two branches, a tag and a pull request; then a branch deleted, the tag moved, `main`
/// pushed to and forced, a note and a replacement; then another name.
async fn three_backups() -> World {
    let world = World::start().await;
    let repository = world.repository(HELLO);
    let topic = repository.commit("topic", &[("topic.txt", "1\n")], "Topic");
    repository.create_annotated_tag("v1", "refs/heads/main", "One");
    repository.update_ref("refs/pull/7/head", &topic);
    repository.update_ref("refs/pull/7/merge", &topic);
    world.backup(&[HELLO]).exits(0);
    repository.delete_ref("refs/heads/topic");
    repository.commit("side", &[("side.txt", "1\n")], "Side");
    let main = repository.commit("main", &[("more.txt", "even more\n")], "Three");
    repository.create_annotated_tag("v2", "refs/heads/main", "Two");
    repository.update_ref("refs/tags/v1", &main);
    repository.update_ref("refs/notes/commits", &topic);
    repository.update_ref(&format!("refs/replace/{topic}"), &main);
    world.backup(&[HELLO]).exits(0);
    repository.force_push("main", &[("other.txt", "1\n")], "Forced");
    repository.commit("side", &[("side.txt", "2\n")], "Side again");
    repository.set_default_branch("side");
    repository.rename("octocat/hi");
    world.backup(&["octocat/hi"]).exits(0);
    world
}

fn shown_refs(shown: &Value, of: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    let refs = shown["refs"].as_array().unwrap().iter().filter(|shown| of(shown["class"].as_str().unwrap()));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    refs.map(|shown| (text(&shown["name"]), text(&shown["oid"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn show_lists_what_plain_git_finds_in_the_vault() {
    let world = three_backups().await;
    let lines = git(&world.bare(HELLO), &["for-each-ref", "--format=%(refname) %(objectname)"]);
    let of_git: BTreeMap<String, String> =
        lines.lines().map(|line| line.split_once(' ').unwrap()).map(|(a, b)| (a.into(), b.into())).collect();
    let shown = world.run(&["show", "octocat/hi", "--json"]).exits(0).json().remove(0);
    assert_eq!(shown_refs(&shown, |_| true), of_git);
    assert_eq!(shown["head"]["symbolic"], "refs/heads/side");
    assert_eq!(shown["head_oid"], of_git["refs/heads/side"].as_str());
    assert_eq!(shown["former_names"], serde_json::json!([HELLO]));
    let counts = &shown["counts"];
    assert_eq!([&counts["branches"], &counts["tags"], &counts["pulls"], &counts["parked"]], [2, 2, 1, 1]);

    // As it was before, under either name.
    for name in [HELLO, "octocat/hi"] {
        let first = world.run(&["show", name, "--at", "1", "--json"]).exits(0).json().remove(0);
        assert_eq!((&first["repository"], &first["name_now"]), (&HELLO.into(), &"octocat/hi".into()));
        assert_eq!((&first["entry"], &first["counts"]["lost"]), (&1.into(), &0.into()));
        assert!(shown_refs(&first, |class| class == "branch").contains_key("refs/heads/topic"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn show_counts_what_is_many_and_lists_it_when_asked() {
    let world = three_backups().await;
    let text = world.run(&["show", "octocat/hi"]).exits(0).stdout;
    for words in
        ["octocat/hi\n", "formerly  octocat/hello", "entry 3, ", "2 branches, 2 tags, 1 pull head, 1 other, 1 parked"]
    {
        assert!(text.contains(words), "{words} is not in:\n{text}");
    }
    let listed = |text: &str| text.lines().filter(|line| line.find("  refs/") == Some(40)).count();
    assert!(text.contains("refs/tags/v2^{}") && !text.contains("refs/pull") && !text.contains("refs/gitark"), "{text}");
    let only = |sorts: &str| world.run(&["show", "octocat/hi", "--refs", sorts]).exits(0).stdout;
    assert!(only("pulls").contains("refs/pull/7/head"));
    assert!(only("lost").contains("refs/gitark/lost/2/heads/topic"));
    assert!(only("parked").contains("refs/gitark/upstream/replace/"));
    assert_eq!(listed(&only("none")), 0);
    assert_eq!(listed(&only("all")), 10 + 2, "ten, and the commits of two annotated tags:\n{}", only("all"));
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn diff_says_how_each_reference_changed() {
    let world = three_backups().await;
    let changes = |from: &str, to: &str| {
        let difference = world.run(&["diff", "octocat/hi", from, to, "--json"]).exits(0).json().remove(0);
        let changes = difference["changes"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let changes: BTreeMap<_, _> = changes.map(|change| (text(&change["name"]), text(&change["how"]))).collect();
        (changes, difference)
    };
    let (first, difference) = changes("1", "2");
    let how = |name: &str| first.get(name).map(String::as_str);
    assert_eq!(how("refs/heads/main"), Some("fast_forward"));
    assert_eq!(how("refs/heads/side"), Some("created"));
    assert_eq!(how("refs/heads/topic"), Some("deleted"));
    assert_eq!(how("refs/tags/v1"), Some("forced"));
    assert_eq!(how("refs/pull/7/head"), None);
    let lost: Vec<_> = difference["lost"].as_array().unwrap().iter().map(|lost| lost["name"].clone()).collect();
    assert_eq!(lost, ["refs/gitark/lost/2/heads/topic", "refs/gitark/lost/2/tags/v1"]);

    // Over both, `main` was pushed to and then forced to another commit on the first one's parent.
    let (both, difference) = changes("1", "latest");
    assert_eq!(both["refs/heads/main"], "fast_forward", "what was forced away came after entry 1");
    assert_eq!(difference["from"]["repository"], HELLO);
    assert_eq!(difference["to"]["repository"], "octocat/hi");
    assert_eq!(changes("2", "3").0["refs/heads/main"], "forced");
    // Backwards.
    let (back, _) = changes("2", "1");
    assert_eq!((back["refs/heads/topic"].as_str(), back["refs/heads/main"].as_str()), ("created", "forced"));

    let text = world.run(&["diff", "octocat/hi", "1", "latest"]).exits(0).stdout;
    for words in ["renamed: octocat/hello -> octocat/hi", "HEAD: refs/heads/main -> refs/heads/side", "kept  "] {
        assert!(text.contains(words), "{words} is not in:\n{text}");
    }
    let is_narrow = |line: &str| line.contains("/replace/") || line.chars().count() <= 80;
    assert!(text.lines().all(is_narrow), "{text}");
    assert!(world.run(&["diff", "octocat/hi", "2", "2"]).exits(0).stdout.ends_with("no difference\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn show_and_diff_work_on_a_wiki_and_name_what_is_not_there() {
    let world = World::start().await;
    let wiki = world.repository(HELLO).create_wiki();
    wiki.commit("master", &[("Home.md", "One\n")], "One");
    world.backup(&[HELLO]).exits(0);
    wiki.commit("master", &[("Home.md", "Two\n")], "Two");
    world.backup(&[HELLO]).exits(0);
    assert!(world.run(&["show", "octocat/hello.wiki"]).exits(0).stdout.starts_with("octocat/hello.wiki\n"));
    let text = world.run(&["diff", "octocat/hello.wiki", "1"]).exits(0).stdout;
    assert!(text.contains("fast-forward") && text.contains("refs/heads/master"), "{text}");

    world.run(&["show", "octocat/nothing"]).exits(1).says(&["octocat/nothing", "gitark list"]);
    world.run(&["show", HELLO, "--at", "9"]).exits(1).says(&["no backup at number 9", "gitark log"]);
    world.run(&["diff", HELLO, "1", "9"]).exits(1).says(&["no backup at number 9", "gitark log"]);
    world.run(&["diff", HELLO, "yesterday"]).exits(2).says(&["yesterday", "2026-11-21"]);
    world.run(&["show", HELLO, "--refs", "branch"]).exits(2).says(&["branch"]);

    // Damage in what is needed.
    let entry = world.bare(HELLO).join("gitark/log/00000001.json");
    std::fs::write(&entry, "{}\n").unwrap();
    for command in [vec!["show", HELLO], vec!["diff", HELLO, "1"]] {
        world.run(&command).exits(4).says(&["damaged", "00000001.json"]).shows_no_value();
    }
}
