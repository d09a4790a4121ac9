//! Issues, pull requests and what goes with them.

mod graphql;
mod issues;
mod lists;
mod permissions;
mod pull_requests;
mod shapes;
mod timeline;

use github_emulator::{Emulator, GitHub, Repository};
use serde_json::Value;

use crate::client::{Answer, get};

/// A GitHub with the repository `mona/hello`, and a server for it.
async fn hello() -> (GitHub, Repository, Emulator) {
    let github = GitHub::new();
    let repository = github.create_repository("mona/hello");
    let emulator = Emulator::start(github.clone()).await.unwrap();
    (github, repository, emulator)
}

/// What is below the address of `mona/hello`.
async fn ask(emulator: &Emulator, path: &str) -> Answer {
    get(&format!("{}/repos/mona/hello/{path}", emulator.url()), &[]).await
}

/// The same as JSON, which must be found.
async fn json_of(emulator: &Emulator, path: &str) -> Value {
    let answer = ask(emulator, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// A field of every item of a list.
fn each(list: &Value, field: &str) -> Vec<Value> {
    list.as_array().unwrap().iter().map(|item| item[field].clone()).collect()
}
