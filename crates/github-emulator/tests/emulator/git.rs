//! Smart HTTP with a real git client.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use github_emulator::{Emulator, GitHub, RequestClass};
use tokio::net::TcpStream;

use crate::client::{exchange, get, git, git_error};

const INFO_REFS: &str = "info/refs?service=git-upload-pack";

#[tokio::test(flavor = "multi_thread")]
async fn a_public_repository_can_be_cloned_with_every_protocol() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/hello");
    let tip = repository.commit("main", &[("file", "1\n")], "One");
    let emulator = Emulator::start(github).await.unwrap();
    let directory = tempfile::tempdir().unwrap();

    for version in ["0", "1", "2"] {
        for suffix in ["", ".git"] {
            let target = format!("clone{version}{suffix}");
            let protocol = format!("protocol.version={version}");
            let url = format!("{}/Mona/Hello{suffix}", emulator.url());
            let args = ["-c", &protocol, "clone", "--quiet", &url, &target];
            git(directory.path(), &args);
            let clone = directory.path().join(&target);
            assert_eq!(git(&clone, &["rev-parse", "HEAD"]), tip);
            assert_eq!(git(&clone, &["branch", "--show-current"]), "main");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_repository_can_be_cloned() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/empty");
    repository.set_default_branch("trunk");
    let emulator = Emulator::start(github).await.unwrap();
    let directory = tempfile::tempdir().unwrap();

    let url = format!("{}/mona/empty.git", emulator.url());
    git(directory.path(), &["clone", "--quiet", &url, "clone"]);
    let clone = directory.path().join("clone");
    assert_eq!(git(&clone, &["branch", "--show-current"]), "trunk");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fetch_of_many_refs_is_compressed_by_git() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/many");
    let emulator = Emulator::start(github).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let url = format!("{}/mona/many.git", emulator.url());
    for number in 0..40 {
        let branch = format!("branch{number}");
        repository.commit(&branch, &[("file", &branch)], "One");
    }
    git(directory.path(), &["clone", "--quiet", "--mirror", &url, "clone"]);
    let clone = directory.path().join("clone");
    assert_eq!(git(&clone, &["for-each-ref"]).lines().count(), 40);
    let requests = emulator.github().requests();
    let fetch = requests.iter().find(|request| request.class == RequestClass::Fetch).unwrap();
    let length: usize = fetch.words.iter().map(String::len).sum();
    assert!(fetch.received_bytes < length as u64);
    assert!(fetch.words.iter().any(|word| word == "done"));
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_decide_what_is_seen() {
    let github = GitHub::new();
    github.create_repository("mona/open");
    github.create_repository("mona/closed").set_private(true);
    github.set_token("secret", "mona");
    let emulator = Emulator::start(github).await.unwrap();
    let anonymous: &[&str] = &[];
    // x-access-token:secret
    let valid = &["Authorization: Basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0"][..];
    let wrong = &["Authorization: Bearer wrong"][..];

    for (name, headers, status) in [
        ("open", anonymous, 200),
        ("open", valid, 200),
        ("open", wrong, 401),
        ("closed", anonymous, 401),
        ("closed", valid, 200),
        ("closed", wrong, 401),
        ("unknown", anonymous, 401),
        ("unknown", valid, 404),
        ("unknown", wrong, 401),
    ] {
        let url = format!("{}/mona/{name}.git/{INFO_REFS}", emulator.url());
        let answer = exchange(&url, "GET", headers, b"").await;
        assert_eq!(answer.status, status, "{name} {headers:?}");
        let challenge = (status == 401).then_some("Basic realm=\"GitHub\"");
        assert_eq!(answer.header("www-authenticate"), challenge);
        assert!(answer.header("date").is_some());
    }

    let directory = tempfile::tempdir().unwrap();
    let host = emulator.url().replace("http://", "");
    let url = format!("http://{host}/mona/closed.git");
    let error = git_error(directory.path(), &["ls-remote", &url]);
    assert!(error.contains("could not read Username"), "{error}");
    let url = format!("http://anything:secret@{host}/mona/closed.git");
    git(directory.path(), &["ls-remote", &url]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_advertisement_has_the_headers_of_smart_http() {
    let github = GitHub::new();
    github.create_repository("mona/hello");
    let emulator = Emulator::start(github).await.unwrap();
    let url = format!("{}/mona/hello.git/{INFO_REFS}", emulator.url());
    for (headers, begin) in [
        (&[][..], "001e# service=git-upload-pack\n000000"),
        (&["Git-Protocol: version=2"], "001e# service=git-upload-pack\n0000000eversion 2\n"),
    ] {
        let answer = get(&url, headers).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("application/x-git-upload-pack-advertisement"));
        let cache = answer.header("cache-control").unwrap();
        assert!(cache.starts_with("no-cache"));
        assert!(answer.text().starts_with(begin));
    }
    let push = url.replace("upload", "receive");
    assert_eq!(get(&push, &[]).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_repository_is_found_by_its_former_name() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/old");
    let tip = repository.commit("main", &[("file", "1\n")], "One");
    let page = repository.create_wiki().commit("master", &[("Home.md", "Hi\n")], "Home");
    repository.rename("mona/new");
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();

    let moved = get(&format!("{url}/mona/old.git/{INFO_REFS}"), &[]).await;
    assert_eq!(moved.status, 301);
    let expected = format!("{url}/mona/new.git/{INFO_REFS}");
    assert_eq!(moved.header("location"), Some(expected.as_str()));

    let directory = tempfile::tempdir().unwrap();
    let ls_remote = |name: &str| {
        let url = format!("{url}/mona/{name}.git");
        git(directory.path(), &["ls-remote", &url, "HEAD"])
    };
    assert_eq!(ls_remote("old"), format!("{tip}\tHEAD"));
    assert_eq!(ls_remote("old.wiki"), format!("{page}\tHEAD"));
    assert_eq!(ls_remote("new.wiki"), format!("{page}\tHEAD"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wiki_is_there_once_it_is_made() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/hello");
    repository.enable_wiki();
    github.set_token("secret", "mona");
    let emulator = Emulator::start(github).await.unwrap();
    let url = format!("{}/mona/hello.wiki.git/{INFO_REFS}", emulator.url());

    let bearer = &["Authorization: Bearer secret"];
    assert_eq!(get(&url, &[]).await.status, 401);
    assert_eq!(get(&url, bearer).await.status, 404);
    let wiki = repository.create_wiki();
    assert_eq!(wiki.id(), repository.id());
    assert_eq!(wiki.full_name(), "mona/hello.wiki");
    assert_eq!(get(&url, &[]).await.status, 200);
    wiki.vanish();
    assert_eq!(get(&url, bearer).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn repositories_of_a_directory_are_served_until_they_are_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    for name in ["b/two.git", "a/one.git", "a/one.wiki.git", "a/lone.wiki.git"] {
        std::fs::create_dir_all(path(name)).unwrap();
        git(directory.path(), &["init", "--quiet", "--bare", name]);
    }
    std::fs::create_dir_all(path("a/notes")).unwrap();
    let github = GitHub::at(directory.path());
    let ids = ["a/lone.wiki", "a/one", "b/two"].map(|name| github.repository(name).unwrap().id());
    assert_eq!(ids, [1000, 1001, 1002]);
    assert!(github.repository("a/one.wiki").is_none());

    let emulator = Emulator::start(github).await.unwrap();
    let single = get(&format!("{}/repos/a/one", emulator.url()), &[]).await;
    assert_eq!(single.json()["has_wiki"], true);
    for name in ["a/one.wiki.git", "a/lone.wiki.git", "b/two.git"] {
        let url = format!("{}/{name}/{INFO_REFS}", emulator.url());
        assert_eq!(get(&url, &[]).await.status, 200, "{name}");
        std::fs::remove_dir_all(path(name)).unwrap();
        assert_eq!(get(&url, &["Authorization: Bearer x"]).await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_can_push_in_the_middle_of_a_fetch() {
    let github = GitHub::new();
    let repository = github.create_repository("mona/hello");
    let listed = repository.commit("main", &[("file", "1\n")], "One");
    let pushed = Arc::new(AtomicBool::new(false));
    github.on_request(Some(Arc::new({
        let (repository, pushed) = (repository.clone(), pushed.clone());
        move |class, path| {
            if *class == RequestClass::Fetch && !pushed.swap(true, Ordering::SeqCst) {
                assert_eq!(path, "/mona/hello.git/git-upload-pack");
                repository.commit("main", &[("file", "2\n")], "Two");
            }
        }
    })));
    let emulator = Emulator::start(github).await.unwrap();
    let directory = tempfile::tempdir().unwrap();

    let url = format!("{}/mona/hello.git", emulator.url());
    git(directory.path(), &["clone", "--quiet", "--bare", &url, "clone"]);
    let clone = directory.path().join("clone");
    assert_eq!(git(&clone, &["rev-parse", "main"]), listed);
    assert!(pushed.load(Ordering::SeqCst));
    assert_ne!(repository.resolve("main").unwrap(), listed);
    emulator.github().on_request(None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_refuses_connections() {
    let emulator = Emulator::start(GitHub::new()).await.unwrap();
    let address = emulator.url().replace("http://", "");
    let idle = TcpStream::connect(&address).await.unwrap();
    emulator.stop().await;
    assert!(TcpStream::connect(&address).await.is_err());
    drop(idle);
}
