//! The tracker in GraphQL.

use github_emulator::{Emulator, Fill, GitHub, ReactionSubject, Repository, ReviewState, Token};
use serde_json::{Value, json};

use super::each;
use crate::client::{exchange, get, query};

/// What a backup asks of issues.
const ISSUES: &str = "query($first: Int!, $after: String, $since: DateTime) {
  repository(owner: \"mona\", name: \"hello\") {
    issues(first: $first, after: $after, filterBy: {since: $since}, orderBy: {field: UPDATED_AT, direction: ASC}) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        __typename id fullDatabaseId number title body state stateReason closed closedAt createdAt updatedAt url
        locked activeLockReason authorAssociation isPinned lastEditedAt
        author { __typename login ... on User { databaseId } }
        assignees(first: 10) { nodes { login } }
        labels(first: 10) { totalCount nodes { id name color } }
        milestone { number title state dueOn }
        reactionGroups { content reactors(first: 0) { totalCount } }
        reactions(first: 10) { totalCount nodes { content user { login } createdAt } }
        comments(first: 10) { totalCount nodes { id author { login } body createdAt updatedAt isMinimized } }
        closedByPullRequestsReferences(first: 5, includeClosedPrs: true) { nodes { number } }
        timelineItems(first: 50) { totalCount filteredCount pageInfo { endCursor } nodes {
          __typename
          ... on Node { id }
          ... on LabeledEvent { createdAt actor { login } label { name } }
          ... on RenamedTitleEvent { previousTitle currentTitle }
          ... on ClosedEvent { stateReason }
          ... on IssueComment { body }
          ... on CrossReferencedEvent { source { __typename ... on Issue { number repository { nameWithOwner } } } }
        } }
      }
    }
  }
}";

/// What a backup asks of pull requests.
const PULL_REQUESTS: &str = "query($number: Int!) {
  repository(owner: \"mona\", name: \"hello\") {
    pullRequests(states: [OPEN, MERGED, CLOSED]) { totalCount }
    pullRequest(number: $number) {
      __typename id number state isDraft merged mergedAt mergedBy { login } mergeCommit { oid } mergeable
      headRefName headRefOid baseRefName baseRefOid isCrossRepository headRepository { nameWithOwner }
      additions deletions changedFiles maintainerCanModify reviewDecision
      commits(first: 10) { totalCount nodes { commit { oid message } } }
      reviewRequests(first: 10) { nodes { requestedReviewer { ... on User { login } } } }
      reviews(first: 10) { totalCount nodes { id state body submittedAt author { login } comments { totalCount } } }
      reviewThreads(first: 10) { totalCount nodes { id isResolved isOutdated path line comments(first: 10) {
        totalCount nodes { id body replyTo { id } pullRequestReview { id } diffHunk } } } }
      timelineItems(first: 50, itemTypes: [PULL_REQUEST_COMMIT, PULL_REQUEST_REVIEW, MERGED_EVENT]) {
        nodes { __typename ... on PullRequestReview { state } ... on MergedEvent { commit { oid } } } }
    }
  }
}";

async fn hello() -> (GitHub, Repository, Emulator) {
    let (github, repository, emulator) = super::hello().await;
    github.set_token("secret", "mona");
    (github, repository, emulator)
}

async fn data(emulator: &Emulator, text: &str, variables: Value) -> Value {
    let answer = query(&emulator.url(), text, variables).await.json();
    assert_eq!(answer["errors"], Value::Null, "{answer}");
    answer["data"]["repository"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_comes_with_all_that_is_in_it() {
    let (github, repository, emulator) = hello().await;
    let number = repository.open_issue("One", "The text");
    let milestone = repository.create_milestone("v1", "");
    repository.edit_issue(number, |issue| {
        issue.labels.push("bug".to_owned());
        issue.assignees.push("hubot".to_owned());
        issue.milestone = Some(milestone);
        issue.title = "First".to_owned();
    });
    let comment = repository.acting_as("hubot").comment(number, "A word");
    repository.edit_comment(comment, |comment| comment.minimized = Some("spam".to_owned()));
    repository.react(ReactionSubject::Issue(number), "hubot", "rocket");
    let other = github.create_repository("mona/other");
    other.open_issue("See there", "");
    repository.cross_reference(number, &other, 1);
    repository.close_issue(number);

    let issues = data(&emulator, ISSUES, json!({"first": 10})).await["issues"].take();
    assert_eq!(issues["totalCount"], 1);
    let issue = &issues["nodes"][0];
    let rest = get(&format!("{}/repos/mona/hello/issues/1", emulator.url()), &["Authorization: token secret"]).await;
    let rest = rest.json();
    for (graphql, name) in [
        ("id", "node_id"),
        ("number", "number"),
        ("title", "title"),
        ("body", "body"),
        ("createdAt", "created_at"),
        ("updatedAt", "updated_at"),
        ("closedAt", "closed_at"),
        ("url", "html_url"),
        ("authorAssociation", "author_association"),
    ] {
        assert_eq!(issue[graphql], rest[name], "{graphql}");
    }
    assert_eq!(issue["fullDatabaseId"], rest["id"].to_string());
    assert_eq!((&issue["state"], &issue["stateReason"]), (&json!("CLOSED"), &json!("COMPLETED")));
    assert_eq!(issue["author"], json!({"__typename": "User", "login": "mona", "databaseId": 1}));
    assert_eq!(issue["assignees"]["nodes"], json!([{"login": "hubot"}]));
    assert_eq!(issue["labels"]["nodes"][0]["name"], "bug");
    assert_eq!(issue["milestone"]["title"], "v1");
    assert_eq!(issue["reactions"]["nodes"][0]["content"], "ROCKET");
    let groups = issue["reactionGroups"].as_array().unwrap();
    let rocket = groups.iter().find(|group| group["content"] == "ROCKET").unwrap();
    assert_eq!(rocket["reactors"]["totalCount"], 1);
    assert_eq!(issue["comments"]["nodes"][0]["body"], "A word");
    assert_eq!(issue["comments"]["nodes"][0]["isMinimized"], true);
    let timeline = &issue["timelineItems"];
    let names = [
        "RenamedTitleEvent",
        "LabeledEvent",
        "AssignedEvent",
        "MilestonedEvent",
        "IssueComment",
        "CrossReferencedEvent",
        "ClosedEvent",
    ];
    assert_eq!(each(&timeline["nodes"], "__typename"), names);
    assert_eq!(timeline["totalCount"], names.len());
    assert_eq!(timeline["nodes"][0]["previousTitle"], "One");
    assert_eq!(timeline["nodes"][1]["label"], json!({"name": "bug"}));
    let source = json!({"__typename": "Issue", "number": 1, "repository": {"nameWithOwner": "mona/other"}});
    assert_eq!(timeline["nodes"][5]["source"], source);
    assert!(each(&timeline["nodes"], "id").iter().all(Value::is_string));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_comes_with_reviews_and_threads() {
    let (_, repository, emulator) = hello().await;
    let base = repository.commit("main", &[("file", "1\n")], "One");
    repository.update_ref("refs/heads/topic", &base);
    let head = repository.commit("topic", &[("file", "2\n")], "Two");
    let issue = repository.open_issue("To be closed", "");
    let number = repository.open_pull_request("A change", "main", "topic");
    repository.edit_issue(number, |issue| {
        issue.body = Some("Closes #1".to_owned());
        issue.pull_request.as_mut().unwrap().requested_reviewers.push("hubot".to_owned());
    });
    let reviewer = repository.acting_as("hubot");
    let review = reviewer.review(number, ReviewState::Approved, "Good");
    let comment = reviewer.review_comment_in(review, "file", 1, "But why?");
    repository.reply_to_review_comment(comment, "Because");
    repository.resolve_review_thread(comment, true);
    let merge = repository.merge_pull_request(number);

    let repository_data = data(&emulator, PULL_REQUESTS, json!({"number": number})).await;
    assert_eq!(repository_data["pullRequests"]["totalCount"], 1);
    let pull_request = &repository_data["pullRequest"];
    assert_eq!((&pull_request["state"], &pull_request["merged"]), (&json!("MERGED"), &json!(true)));
    assert_eq!(pull_request["mergeCommit"]["oid"], merge);
    assert_eq!((&pull_request["headRefOid"], &pull_request["baseRefOid"]), (&json!(head), &json!(base)));
    assert_eq!(pull_request["commits"]["totalCount"], 1);
    assert_eq!(pull_request["commits"]["nodes"][0]["commit"]["message"], "Two");
    assert_eq!((&pull_request["additions"], &pull_request["changedFiles"]), (&json!(1), &json!(1)));
    assert_eq!(pull_request["reviewDecision"], "APPROVED");
    assert_eq!(pull_request["reviewRequests"]["nodes"][0]["requestedReviewer"]["login"], "hubot");
    assert_eq!(each(&pull_request["reviews"]["nodes"], "state"), ["APPROVED", "COMMENTED"]);
    assert_eq!(pull_request["reviews"]["nodes"][0]["comments"]["totalCount"], 1);
    let thread = &pull_request["reviewThreads"]["nodes"][0];
    assert_eq!((&thread["isResolved"], &thread["line"]), (&json!(true), &json!(1)));
    assert_eq!(each(&thread["comments"]["nodes"], "body"), ["But why?", "Because"]);
    assert_eq!(thread["comments"]["nodes"][1]["replyTo"]["id"], thread["comments"]["nodes"][0]["id"]);
    let timeline = &pull_request["timelineItems"]["nodes"];
    let names = ["PullRequestCommit", "PullRequestReview", "PullRequestReview", "MergedEvent"];
    assert_eq!(each(timeline, "__typename"), names);
    let text = "query($number: Int!) { repository(owner: \"mona\", name: \"hello\") { issue(number: $number) {
        closedByPullRequestsReferences(first: 5, includeClosedPrs: true) { nodes { number } } } } }";
    let closing = data(&emulator, text, json!({"number": issue})).await;
    assert_eq!(closing["issue"]["closedByPullRequestsReferences"]["nodes"], json!([{"number": number}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_goes_on_where_the_last_ended_whatever_came_between() {
    let (_, repository, emulator) = hello().await;
    for title in ["One", "Two", "Three", "Four"] {
        repository.open_issue(title, "");
    }
    let first = data(&emulator, ISSUES, json!({"first": 2})).await["issues"].take();
    assert_eq!(each(&first["nodes"], "number"), [1, 2]);
    repository.comment(1, "It moves to the end");
    let after = &first["pageInfo"]["endCursor"];
    let second = data(&emulator, ISSUES, json!({"first": 2, "after": after})).await["issues"].take();
    assert_eq!(each(&second["nodes"], "number"), [3, 4]);
    assert_eq!(second["pageInfo"]["hasNextPage"], true);
    let since = &second["nodes"][1]["updatedAt"];
    let newest = data(&emulator, ISSUES, json!({"first": 10, "since": since})).await["issues"].take();
    assert_eq!(each(&newest["nodes"], "number"), [4, 1]);
    assert_eq!(newest["totalCount"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_need_no_page_and_items_do() {
    let (_, repository, emulator) = hello().await;
    repository.fill_tracker(Fill { issues: 7, pull_requests: 3, comments: 20, review_comments: 5 });
    repository.create_milestone("v1", "");
    let text = "{ repository(owner: \"mona\", name: \"hello\") {
        issues { totalCount } open: issues(states: [OPEN]) { totalCount } pullRequests { totalCount }
        labels { totalCount } milestones { totalCount } } }";
    let counts = data(&emulator, text, json!({})).await;
    assert_eq!(
        counts,
        json!({
            "issues": {"totalCount": 7},
            "open": {"totalCount": 5},
            "pullRequests": {"totalCount": 3},
            "labels": {"totalCount": 3},
            "milestones": {"totalCount": 1},
        })
    );
    let text = "{ repository(owner: \"mona\", name: \"hello\") { issues { nodes { number } } } }";
    let refused = query(&emulator.url(), text, json!({})).await.json();
    assert_eq!(refused["errors"][0]["type"], "MISSING_PAGINATION_BOUNDARIES");
    let text = "{ repository(owner: \"mona\", name: \"hello\") { issues(first: 101) { totalCount } } }";
    let refused = query(&emulator.url(), text, json!({})).await.json();
    assert_eq!(refused["errors"][0]["type"], "EXCESSIVE_PAGINATION");
    let text = "{ repository(owner: \"mona\", name: \"hello\") { issues(last: 2) { nodes { number } } } }";
    assert_eq!(each(&data(&emulator, text, json!({})).await["issues"]["nodes"], "number"), [6, 7]);
}

#[tokio::test(flavor = "multi_thread")]
async fn things_are_found_by_their_global_ids() {
    let (_, repository, emulator) = hello().await;
    repository.fill_tracker(Fill { issues: 1, pull_requests: 1, comments: 2, review_comments: 1 });
    let rest = async |path: &str| {
        let url = format!("{}/repos/mona/hello/{path}", emulator.url());
        get(&url, &["Authorization: token secret"]).await.json()["node_id"].as_str().unwrap().to_owned()
    };
    let mut ids = vec![rest("issues/1").await, rest("issues/2").await, rest("pulls/2").await];
    for list in ["issues/comments", "pulls/comments", "pulls/2/reviews", "labels"] {
        let url = format!("{}/repos/mona/hello/{list}", emulator.url());
        let items = get(&url, &["Authorization: token secret"]).await.json();
        ids.push(items[0]["node_id"].as_str().unwrap().to_owned());
    }
    ids.push("I_kwDOAAAAAAPoAAAAAABj".to_owned());
    let text = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id
        ... on Issue { number comments(first: 5) { totalCount } }
        ... on PullRequest { number reviews(first: 5) { totalCount } } } }";
    let answer = query(&emulator.url(), text, json!({"ids": ids})).await.json();
    let nodes = &answer["data"]["nodes"];
    let names = [
        "Issue",
        "PullRequest",
        "PullRequest",
        "IssueComment",
        "PullRequestReviewComment",
        "PullRequestReview",
        "Label",
    ];
    assert_eq!(each(nodes, "__typename")[..7], names);
    assert_eq!(each(nodes, "id")[..7], ids[..7]);
    assert_eq!(nodes[0]["comments"]["totalCount"], 1);
    assert_eq!(nodes[7], Value::Null);
    assert_eq!(answer["errors"][0]["type"], "NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_without_the_permission_gets_null_and_an_error() {
    let (github, repository, emulator) = hello().await;
    repository.open_issue("One", "");
    github.create_token("some", "mona", Token::fine_grained([("pull_requests", "read")]));
    let text = "{ repository(owner: \"mona\", name: \"hello\") { name issues { totalCount }
        pullRequests { totalCount } } }";
    let body = json!({"query": text}).to_string();
    let headers = ["User-Agent: test", "Authorization: bearer some"];
    let answer = exchange(&format!("{}/graphql", emulator.url()), "POST", &headers, body.as_bytes()).await.json();
    // The list cannot be null: it takes the repository with it.
    assert_eq!(answer["data"], json!({"repository": null}));
    assert_eq!(answer["errors"][0]["type"], "FORBIDDEN");
    assert_eq!(answer["errors"][0]["path"], json!(["repository", "issues"]));
    let text = "{ repository(owner: \"mona\", name: \"hello\") { issue(number: 9) { id } } }";
    let missing = query(&emulator.url(), text, json!({})).await.json();
    assert_eq!(missing["errors"][0]["type"], "NOT_FOUND");
}
