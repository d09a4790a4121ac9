//! The made-up repositories, and what happens to them.

use github_emulator::GitHub;

use crate::exit::{Exit, Failure};

/// Three repositories of octocat: one with a wiki, one with a tag, one with a branch.
pub(super) async fn make() -> Result<GitHub, Failure> {
    with_git(|| {
        let github = GitHub::new();
        let hello = github.create_repository("octocat/hello");
        hello.commit("main", &[("README.md", "# Hello\n")], "Say hello");
        hello.commit("main", &[("hello.sh", "echo hello\n")], "Say it in a shell");
        hello.commit("main", &[("hello.sh", "echo hello, world\n")], "Say it to the world");
        let wiki = hello.create_wiki();
        wiki.commit("master", &[("Home.md", "How to say hello\n")], "Begin the wiki");

        let spoon = github.create_repository("octocat/spoon");
        spoon.commit("main", &[("spoon.txt", "a spoon\n")], "Add a spoon");
        spoon.create_annotated_tag("v1.0", "main", "The first spoon");

        let notes = github.create_repository("octocat/notes");
        notes.commit("main", &[("monday.txt", "water the plants\n")], "Monday");
        notes.commit("ideas", &[("idea.txt", "a bigger spoon\n")], "An idea");
        github
    })
    .await
}

/// A push to one repository, and a force-push to another.
pub(super) async fn push_and_force_push(github: &GitHub) -> Result<(), Failure> {
    let github = github.clone();
    with_git(move || {
        if let Some(spoon) = github.repository("octocat/spoon") {
            spoon.commit("main", &[("fork.txt", "a fork\n")], "Add a fork");
        }
        if let Some(hello) = github.repository("octocat/hello") {
            hello.force_push("main", &[("hello.sh", "echo goodbye\n")], "Say goodbye instead");
        }
    })
    .await
}

/// Runs what calls git, off the threads that answer requests.
async fn with_git<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| {
        Failure::new(Exit::Failed, "git could not make the demo's repositories; is its version 2.30 or newer?")
    })
}
