//! The GraphQL API.

use github_emulator::{Emulator, GitHub, RequestClass};
use serde_json::json;

use crate::client::{exchange, get, query};

/// A GitHub with the token `secret` of mona.
fn github() -> GitHub {
    let github = GitHub::new();
    github.set_token("secret", "mona");
    github
}

#[tokio::test(flavor = "multi_thread")]
async fn graphql_needs_a_token() {
    let emulator = Emulator::start(github()).await.unwrap();
    let body = br#"{"query": "{viewer{login}}"}"#;
    for (path, headers, status, message) in [
        ("/graphql", &["User-Agent: x"][..], 401, "This endpoint requires you to be authenticated."),
        ("/graphql", &["User-Agent: x", "Authorization: bearer wrong"], 401, "Bad credentials"),
        ("/api/graphql", &["User-Agent: x"], 401, "This endpoint requires you to be authenticated."),
    ] {
        let answer = exchange(&format!("{}{path}", emulator.url()), "POST", headers, body).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.json()["message"], message);
    }
    let answer =
        query(&emulator.url(), "{viewer{login} rateLimit{limit cost remaining used resetAt}}", json!({})).await;
    assert_eq!(answer.json()["data"]["viewer"], json!({"login": "mona"}));
    assert_eq!(answer.json()["data"]["rateLimit"]["cost"], 1);
    assert_eq!(answer.header("x-ratelimit-resource"), Some("graphql"));

    let requests = emulator.github().requests();
    assert!(requests.iter().all(|request| request.class == RequestClass::GraphQl));
    assert_eq!(requests[0].body.as_deref(), Some(r#"{"query": "{viewer{login}}"}"#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_the_same_in_rest_and_graphql() {
    let github = github();
    let repository = github.create_repository("mona/hello");
    repository.set_attributes(|attributes| {
        attributes.archived = true;
        attributes.language = Some("Rust".to_owned());
        attributes.topics = vec!["greeting".to_owned()];
        attributes.size = Some(77);
    });
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();
    let text = "query($o: String!, $n: String!) { repository(owner: $o, name: $n, followRenames: false) {
        __typename ...fields defaultBranchRef { name target { oid } }
        primaryLanguage { name } repositoryTopics(first: 10) { nodes { topic { name } } } } }
        fragment fields on Repository { id databaseId nameWithOwner isPrivate isFork isArchived isDisabled isEmpty
        isTemplate hasWikiEnabled pushedAt updatedAt createdAt diskUsage visibility url owner { login } }";
    let variables = json!({"o": "Mona", "n": "Hello"});
    let empty = query(&url, text, variables.clone()).await.json();
    assert_eq!(empty["errors"], json!(null));
    let empty = &empty["data"]["repository"];
    assert_eq!(empty["isEmpty"], true);
    assert_eq!(empty["defaultBranchRef"], json!(null));
    assert_eq!(empty["isArchived"], true);
    assert_eq!(empty["visibility"], "PUBLIC");
    assert_eq!(empty["diskUsage"], 77);
    assert_eq!(empty["owner"]["login"], "mona");
    assert_eq!(empty["primaryLanguage"]["name"], "Rust");
    assert_eq!(empty["repositoryTopics"]["nodes"][0]["topic"]["name"], "greeting");

    let tip = repository.commit("main", &[("file", "1\n")], "One");
    let json = query(&url, text, variables).await.json();
    let json = &json["data"]["repository"];
    assert_eq!(json["isEmpty"], false);
    assert_eq!(json["defaultBranchRef"], json!({"name": "main", "target": {"oid": tip}}));
    let rest = get(&format!("{url}/repos/mona/hello"), &[]).await.json();
    for (graphql, name) in [
        ("id", "node_id"),
        ("databaseId", "id"),
        ("nameWithOwner", "full_name"),
        ("createdAt", "created_at"),
        ("updatedAt", "updated_at"),
        ("pushedAt", "pushed_at"),
        ("diskUsage", "size"),
        ("url", "html_url"),
    ] {
        assert_eq!(json[graphql], rest[name], "{graphql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_found_is_null_with_an_error() {
    let github = github();
    let id = github.create_repository("mona/hello").node_id();
    github.create_repository("mona/old").rename("mona/new");
    let emulator = Emulator::start(github).await.unwrap();
    let url = emulator.url();

    let text = "query($ids: [ID!]!) {\n  nodes(ids: $ids) { id ... on Repository { nameWithOwner } }\n}";
    let answer = query(&url, text, json!({"ids": [id, "nonsense"]})).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({
            "data": {"nodes": [{"id": id, "nameWithOwner": "mona/hello"}, null]},
            "errors": [{
                "type": "NOT_FOUND",
                "path": ["nodes", 1],
                "locations": [{"line": 2, "column": 3}],
                "message": "Could not resolve to a node with the global id of 'nonsense'.",
            }],
        })
    );
    let many = query(&url, text, json!({"ids": vec![id.as_str(); 101]})).await.json();
    assert_eq!(many["data"], json!(null));
    assert_eq!(many["errors"][0]["type"], "ARGUMENT_LIMIT");
    assert_eq!(many["errors"][0]["message"], "You may not provide more than 100 node ids; you provided 101.");
    let hundred = query(&url, text, json!({"ids": vec![id.as_str(); 100]})).await.json();
    assert_eq!(hundred["data"]["nodes"].as_array().unwrap().len(), 100);

    let text = "{ old: repository(owner: \"mona\", name: \"old\") { nameWithOwner }
        gone: repository(owner: \"mona\", name: \"old\", followRenames: false) { nameWithOwner } }";
    let answer = query(&url, text, json!({})).await.json();
    assert_eq!(answer["data"], json!({"old": {"nameWithOwner": "mona/new"}, "gone": null}));
    assert_eq!(answer["errors"][0]["path"], json!(["gone"]));
    assert_eq!(answer["errors"][0]["type"], "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_query_is_not_carried_out() {
    let emulator = Emulator::start(github()).await.unwrap();
    for (text, part) in [
        ("{viewer{nonsense}}", "Field 'nonsense' doesn't exist on type 'User'"),
        ("{viewer}", "Field must have selections"),
        ("{viewer{login(x: 1)}}", "doesn't accept argument 'x'"),
        ("{repository(owner: \"mona\"){id}}", "missing required arguments: name"),
        ("query($x: ID!){node(id: $x){id}}", "Variable $x of type ID!"),
        ("{node(id: $x){id}}", "Variable $x is used by the query but not declared"),
        ("{viewer{...x}}", "Fragment x was used, but not defined"),
        ("{viewer", "Parse error"),
    ] {
        let json = query(&emulator.url(), text, json!({})).await.json();
        assert_eq!(json["data"], json!(null), "{text}");
        let message = json["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refs_come_in_pages() {
    let github = github();
    let repository = github.create_repository("mona/hello");
    let tip = repository.commit("main", &[("file", "1\n")], "One");
    for branch in ["a", "b/c"] {
        repository.update_ref(&format!("refs/heads/{branch}"), &tip);
    }
    repository.create_tag("v1", "main");
    repository.git(&["pack-refs", "--all"]);
    let newer = repository.commit("b/c", &[("file", "2\n")], "Two");
    let emulator = Emulator::start(github).await.unwrap();
    let text = "query($after: String, $first: Int) { repository(owner: \"mona\", name: \"hello\") {
        refs(refPrefix: \"refs/heads/\", first: $first, after: $after, orderBy: {field: ALPHABETICAL, direction: ASC}) {
        totalCount nodes { name target { oid } } pageInfo { hasNextPage endCursor } } } }";
    let page = async |after: serde_json::Value| {
        let answer = query(&emulator.url(), text, json!({"first": 2, "after": after})).await.json();
        answer["data"]["repository"]["refs"].clone()
    };
    let first = page(json!(null)).await;
    assert_eq!(first["totalCount"], 3);
    let expected = json!([{"name": "a", "target": {"oid": tip}}, {"name": "b/c", "target": {"oid": newer}}]);
    assert_eq!(first["nodes"], expected);
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let second = page(first["pageInfo"]["endCursor"].clone()).await;
    assert_eq!(second["nodes"], json!([{"name": "main", "target": {"oid": tip}}]));
    assert_eq!(second["pageInfo"]["hasNextPage"], false);

    for (first, kind) in [(json!(null), "MISSING_PAGINATION_BOUNDARIES"), (json!(101), "EXCESSIVE_PAGINATION")] {
        let answer = query(&emulator.url(), text, json!({"first": first})).await.json();
        assert_eq!(answer["errors"][0]["type"], kind);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_to_a_fork_moves_the_pull_request_alone() {
    let github = github();
    let repository = github.create_repository("mona/hello");
    let first = repository.commit("main", &[("file", "1\n")], "One");
    let second = repository.commit("main", &[("file", "2\n")], "Two");
    repository.update_ref("refs/pull/1/head", &first);
    repository.update_ref("refs/pull/2/head", &first);
    let emulator = Emulator::start(github).await.unwrap();
    let text = "{ repository(owner: \"mona\", name: \"hello\") { pushedAt
        pullRequests(first: 1, states: [OPEN], orderBy: {field: UPDATED_AT, direction: DESC}) {
        totalCount nodes { number updatedAt headRefOid } } } }";
    let state = async || query(&emulator.url(), text, json!({})).await.json()["data"]["repository"].clone();
    let before = state().await;
    assert_eq!(before["pullRequests"]["totalCount"], 2);
    assert_eq!(before["pullRequests"]["nodes"][0]["number"], 2);

    repository.update_ref("refs/pull/1/head", &second);
    let after = state().await;
    assert_eq!(after["pushedAt"], before["pushedAt"]);
    let newest = &after["pullRequests"]["nodes"][0];
    assert_eq!(newest["number"], 1);
    assert_eq!(newest["headRefOid"], second);
    assert!(newest["updatedAt"].as_str() > before["pullRequests"]["nodes"][0]["updatedAt"].as_str());
}
