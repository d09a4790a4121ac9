//! Answers that were recorded from api.github.com go through the same code, and come out as they were.

use std::collections::BTreeMap;

use gitark::{backup::Options, github::resources, vault::key::Kind};
use github_emulator::{Fault, FaultKind};
use serde_json::{Value, json};

use crate::support::{World, git::git};

const RECORDED: &str = include_str!("../../fixtures/recorded.json");
/// The resources of which there are answers.
const RESOURCES: [&str; 6] = ["labels", "issues", "releases", "branch-protection", "invitations", "collaborators"];

/// The recorded answers, by path below the repository's.
fn recorded() -> BTreeMap<String, Value> {
    serde_json::from_str(RECORDED).expect("JSON")
}

/// The files that should come of them, by path.
fn expected(answers: &BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    let mut files = BTreeMap::new();
    for (path, answer) in answers {
        let each = answer.as_array().into_iter().flatten();
        match path.as_str() {
            "labels" | "invitations" | "collaborators" => drop(files.insert(format!("{path}.json"), answer.clone())),
            "branches/main/protection" => drop(files.insert("branch-protection/main.json".into(), answer.clone())),
            "issues" => {
                files.extend(each.map(|issue| (format!("issues/000/{}/issue.json", issue["number"]), issue.clone())))
            }
            "releases" => {
                files.extend(each.map(|release| (format!("releases/{}.json", release["id"]), release.clone())));
            }
            _ => {}
        }
    }
    files
}

#[tokio::test]
async fn recorded_answers_of_github_are_kept_as_they_are() {
    let (world, _) = World::with_repository().await;
    let answers = recorded();
    let mut bodies: Vec<(String, Value)> = answers.clone().into_iter().collect();
    bodies.push(("branches?".into(), json!([{ "name": "main", "protected": true }])));
    for (path, answer) in bodies.into_iter().filter(|(path, _)| path != "repository") {
        let body = FaultKind::Garbage { body: answer.to_string().into_bytes() };
        world.upstream.add_fault(Fault::new(body).path(format!("/repos/octocat/hello/{path}")));
    }
    let resources = RESOURCES.iter().filter_map(|name| resources::find(name)).collect();
    let options = Options { resources, ..world.options.clone() };
    let report = world.backup_with(world.storage(), &options).await.expect("a run");
    let row = report.repositories.iter().find(|row| row.kind == Kind::Meta).expect("a row");
    assert!(row.is_good(), "{row:#?}");
    let bare = world.vault.join("127.0.0.1/octocat/hello/hello.meta.git");
    let expected = expected(&answers);
    let listed = git(&bare, &["ls-tree", "-r", "--name-only", "main"]);
    assert_eq!(listed.lines().collect::<Vec<_>>(), expected.keys().map(String::as_str).collect::<Vec<_>>());
    for (path, answer) in expected {
        let kept = git(&bare, &["show", &format!("main:{path}")]);
        let pretty = serde_json::to_string_pretty(&answer).expect("JSON");
        let same = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(same(&kept), same(&pretty), "{path}: every field, in the order in which it came");
    }
}

#[tokio::test]
async fn a_recorded_repository_is_kept_with_all_its_fields() {
    let (world, repository) = World::with_repository().await;
    let mut answer = recorded().remove("repository").expect("a repository");
    // What says which repository it is stays the emulator's.
    let fields = answer.as_object_mut().expect("fields");
    let is_its_own =
        |field: &str| ["id", "node_id", "name", "full_name", "owner", "private", "organization"].contains(&field);
    fields.retain(|field, _| !is_its_own(field) && !field.ends_with("url") && field != "temp_clone_token");
    assert!(fields.len() > 35, "{fields:#?}");
    repository.set_settings("", answer.clone());
    let options = Options { resources: resources::find("repository").into_iter().collect(), ..world.options.clone() };
    world.backup_with(world.storage(), &options).await.expect("a run");
    let bare = world.vault.join("127.0.0.1/octocat/hello/hello.meta.git");
    let kept: Value = serde_json::from_str(&git(&bare, &["show", "main:repository.json"])).expect("JSON");
    for (field, value) in answer.as_object().expect("fields") {
        assert_eq!(kept.get(field), Some(value), "{field}");
    }
}
