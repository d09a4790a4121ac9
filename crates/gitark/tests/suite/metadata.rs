//! What is around the code, in `.meta.git`.

use std::path::PathBuf;

use gitark::{
    backup::{
        Options,
        report::{Outcome, RepositoryReport, RunReport},
    },
    github::resources,
    vault::key::Kind,
};

use crate::support::{World, git::git};

/// A backup with everything that is around the code.
async fn back_up(world: &World) -> RunReport {
    let options = Options { resources: resources::ALL.to_vec(), ..world.options.clone() };
    world.backup_with(world.storage(), &options).await.expect("a run")
}

/// The row of what is around the code.
fn row(report: &RunReport) -> &RepositoryReport {
    report.repositories.iter().find(|row| row.kind == Kind::Meta).expect("a row")
}

fn bare(world: &World) -> PathBuf {
    world.vault.join("127.0.0.1/octocat/hello/hello.meta.git")
}

#[tokio::test]
async fn settings_are_kept_as_github_sends_them() {
    let (world, repository) = World::with_repository().await;
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::New, "{report:#?}");
    let kept = git(&bare(&world), &["show", "main:repository.json"]);
    let kept: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
    assert_eq!(kept["full_name"], "octocat/hello");
    git(&bare(&world), &["fsck", "--strict", "--full"]);

    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::Unchanged, "{report:#?}");
    repository.set_attributes(|attributes| attributes.description = Some("New words".into()));
    let report = back_up(&world).await;
    assert_eq!(row(&report).outcome, Outcome::Changed, "{report:#?}");
    assert_eq!(git(&bare(&world), &["rev-list", "--count", "main"]), "2");
    let report = World::verify_at(&world.vault, true).await;
    assert!(report.repositories.iter().all(|row| row.damage.is_empty()), "{report:#?}");
}
