//! Zip archives.

use github_emulator::{Emulator, GitHub};

use crate::client::get;

const BEARER: &str = "Authorization: Bearer secret";

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_is_on_another_host_behind_a_link_that_ends() {
    let github = GitHub::new();
    github.set_token("secret", "mona");
    let repository = github.create_repository("mona/hello");
    repository.set_private(true);
    let commit = repository.commit("main", &[("a.txt", "a\n")], "One");
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let zipball = |reference: &str| format!("{}/repos/mona/hello/zipball{reference}", emulator.url());
    for reference in ["", "/main", "/refs/heads/main", &format!("/{commit}")] {
        let answer = get(&zipball(reference), &[BEARER]).await;
        let location = answer.header("location").unwrap_or_default().to_owned();
        assert!(answer.status == 302 && location.starts_with(&emulator.files_url()), "{reference} {answer:?}");
        let archive = get(&location, &[]).await;
        assert_eq!((archive.status, archive.header("content-length")), (200, None), "its length is not said");
        let name = format!("mona-hello-{}/a.txt", &commit[..7]);
        assert!(archive.body.windows(name.len()).any(|part| part == name.as_bytes()), "{reference}");
        // The link is what gives access.
        assert_eq!(get(location.split('?').next().unwrap(), &[]).await.status, 409);
        assert_eq!(get(&location, &[BEARER]).await.status, 400);
    }
    assert_eq!(get(&zipball(""), &[]).await.status, 404, "it is private");
    assert_eq!(get(&zipball("/none"), &[BEARER]).await.status, 404);
    github.create_repository("mona/empty");
    assert_eq!(get(&format!("{}/repos/mona/empty/zipball", emulator.url()), &[BEARER]).await.status, 404);
    github.set_link_lifetime(0);
    let expired = get(&zipball(""), &[BEARER]).await.header("location").unwrap().to_owned();
    assert_eq!(get(&expired, &[]).await.status, 403);
}
