//! Records of requests.

use github_emulator::{Emulator, GitHub, RequestClass};

use crate::client::{get, git};

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_is_recorded_word_by_word() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/hello");
    let first = repository.commit("main", &[("file", "1\n")], "One");
    repository.set_private(true);
    github.set_token("secret", "mona");
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let url = emulator.url().replace("http://", "http://x:secret@") + "/mona/hello.git";
    git(directory.path(), &["clone", "--quiet", "--bare", &url, "clone"]);
    let clone = directory.path().join("clone");
    let second = repository.commit("main", &[("file", "2\n")], "Two");

    github.clear_requests();
    git(&clone, &["fetch", "--quiet", &url, "main:main"]);
    let requests = github.requests();
    let answered: Vec<_> = requests.iter().filter(|request| request.status == 200).collect();
    let classes: Vec<_> = answered.iter().map(|request| request.class).collect();
    assert_eq!(classes, [RequestClass::InfoRefs, RequestClass::LsRefs, RequestClass::Fetch]);
    assert_eq!(answered[0].path, "/mona/hello.git/info/refs?service=git-upload-pack");
    assert!(answered[0].words.is_empty());
    assert_eq!(answered[1].words[0], "command=ls-refs");
    assert!(answered[1].words.contains(&"ref-prefix refs/heads/main".to_owned()));
    let fetch = answered[2];
    assert_eq!(fetch.method, "POST");
    assert_eq!(fetch.words[0], "command=fetch");
    assert_eq!(fetch.words.last().unwrap(), "flush");
    for word in ["delim".to_owned(), format!("want {second}"), format!("have {first}")] {
        assert!(fetch.words.contains(&word), "{word}");
    }
    for request in answered {
        assert!(request.sent_bytes > 0);
        assert!(request.user_agent.as_ref().unwrap().starts_with("git/"));
        assert_eq!(request.authorization.as_deref(), Some("Basic"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_request_is_recorded() {
    let emulator = Emulator::start(GitHub::new()).await.unwrap();
    let url = format!("{}/users/nobody?x=1", emulator.url());
    let answer = get(&url, &["Authorization: bearer x"]).await;
    let requests = emulator.github().requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].class, RequestClass::Api);
    assert_eq!(requests[0].method, "GET");
    assert_eq!(requests[0].path, "/users/nobody?x=1");
    assert_eq!(requests[0].status, 404);
    assert_eq!(requests[0].received_bytes, 0);
    assert_eq!(requests[0].sent_bytes, answer.body.len() as u64);
    assert_eq!(requests[0].authorization.as_deref(), Some("Bearer"));
    assert_eq!(requests[0].user_agent.as_deref(), Some("test"));
}
