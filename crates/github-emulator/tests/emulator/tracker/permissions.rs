//! What tokens need for the tracker.

use github_emulator::{Emulator, GitHub, Token};

use crate::client::get;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_needs_the_permission_of_what_it_reads() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/hello");
    repository.set_private(true);
    repository.open_issue("One", "");
    let paths = [
        ("issues", "issues"),
        ("issues/1", "issues"),
        ("issues/comments", "issues"),
        ("issues/1/timeline", "issues"),
        ("labels", "issues"),
        ("milestones", "issues"),
        ("pulls", "pull_requests"),
        ("pulls/comments", "pull_requests"),
        ("comments", "contents"),
    ];
    let emulator = Emulator::start(github.clone()).await.unwrap();
    for (path, permission) in paths {
        for address in [format!("repos/mona/hello/{path}"), format!("repositories/{}/{path}", repository.id())] {
            let url = format!("{}/{address}", emulator.url());
            github.create_token("with", "mona", Token::fine_grained([(permission, "read")]));
            github.create_token("without", "mona", Token::fine_grained([("members", "read")]));
            assert_eq!(get(&url, &["Authorization: token with"]).await.status, 200, "{path}");
            let refused = get(&url, &["Authorization: token without"]).await;
            assert_eq!(refused.status, 403, "{path}");
            let accepted = format!("{permission}=read");
            assert_eq!(refused.header("x-accepted-github-permissions"), Some(accepted.as_str()));
            assert_eq!(get(&url, &[]).await.status, 404, "{path}");
        }
    }
    repository.rename("mona/new");
    let moved = get(&format!("{}/repos/mona/hello/issues/1", emulator.url()), &["Authorization: token with"]).await;
    assert_eq!(moved.status, 403, "contents alone are not enough");
}
