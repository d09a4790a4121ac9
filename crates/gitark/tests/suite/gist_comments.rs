//! What is said about gists, and what they say of themselves.

use std::path::PathBuf;

use gitark::{
    backup::{
        Check, Options,
        report::{Look, Outcome, RepositoryReport, RunReport},
    },
    github::{Source, resources::Scope},
    vault::key::Kind,
};
use github_emulator::Gist;
use serde_json::{Value, json};

use crate::support::{World, git::git, run_of};

async fn world() -> (World, Gist) {
    let world = World::new().await;
    let gist = world.upstream.create_gist("octocat", true, &[("note.txt", "A note\n")]);
    gist.set_description("Notes");
    gist.repository().set_settings("comments", json!([{ "id": 7, "body": "Well said", "zebra": 1 }]));
    (world, gist)
}

async fn back_up(world: &World, check: Check) -> RunReport {
    let options = Options { resources: Scope::Gist.resources().to_vec(), check, ..world.options.clone() };
    let sources = [Source::Gists(Some("octocat".into()))];
    run_of(&world.client, &sources, world.storage(), &options).await.expect("a run")
}

fn row(report: &RunReport) -> &RepositoryReport {
    report.repositories.iter().find(|row| row.kind == Kind::Meta).expect("a row")
}

fn bare(world: &World, gist: &Gist) -> PathBuf {
    let id = gist.id();
    world.vault.join(format!("gist.127.0.0.1/octocat/{id}/{id}.meta.git"))
}

fn file(world: &World, gist: &Gist, path: &str) -> Value {
    serde_json::from_str(&git(&bare(world, gist), &["show", &format!("main:{path}")])).expect("JSON")
}

#[tokio::test]
async fn comments_of_gists_are_kept_with_what_they_said_before() {
    let (world, gist) = world().await;
    let report = back_up(&world, Check::Auto).await;
    assert_eq!(row(&report).outcome, Outcome::New, "{report:#?}");
    let kept = file(&world, &gist, "gist.json");
    assert_eq!((&kept["description"], &kept["files"]["note.txt"]["size"]), (&json!("Notes"), &json!(7)));
    assert_eq!(kept["files"]["note.txt"].get("content"), None, "it is in git");
    assert_eq!(file(&world, &gist, "comments/7.json"), json!({ "id": 7, "body": "Well said", "zebra": 1 }));

    gist.repository().set_settings("comments", json!([{ "id": 7, "body": "Well said" }, { "id": 8, "body": "No" }]));
    let report = back_up(&world, Check::Auto).await;
    assert_eq!(row(&report).outcome, Outcome::Changed, "{report:#?}");
    assert_eq!(file(&world, &gist, "comments/8.json")["body"], "No");
    World::assert_whole(&world.vault).await;
}

#[tokio::test]
async fn a_gist_that_is_listed_as_before_is_not_asked_for_again() {
    let (world, gist) = world().await;
    back_up(&world, Check::Auto).await;
    let asked = || {
        let mut requests = world.upstream.requests();
        requests.retain(|request| request.path.starts_with("/gists/"));
        requests.len()
    };
    world.upstream.clear_requests();
    let report = back_up(&world, Check::Auto).await;
    assert_eq!((row(&report).outcome, row(&report).work.look), (Outcome::Unchanged, Look::Fast));
    assert_eq!(asked(), 0);

    // An edit changes no number of comments: a full check finds it.
    gist.repository().set_settings("comments", json!([{ "id": 7, "body": "Well put" }]));
    assert_eq!(row(&back_up(&world, Check::Auto).await).outcome, Outcome::Unchanged);
    assert_eq!(row(&back_up(&world, Check::Full).await).outcome, Outcome::Changed);
    assert_eq!(file(&world, &gist, "comments/7.json")["body"], "Well put");
    assert!(git(&bare(&world, &gist), &["log", "-p"]).contains("Well said"));
}
