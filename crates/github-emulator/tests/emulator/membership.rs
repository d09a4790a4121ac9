//! Who belongs to which organization and repository.

use github_emulator::{Emulator, GitHub, Token};
use serde_json::{Value, json};

use crate::client::{get, query_as};

const BEARER: &str = "Authorization: Bearer secret";

#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_memberships_belongs_to_nothing_else() {
    let github = GitHub::new();
    github.set_token("secret", "mona");
    github.create_organization("other");
    for name in ["mona/own", "acme/one", "other/two", "hubot/shared", "hubot/closed"] {
        github.create_repository(name).set_private(true);
    }
    github.create_repository("hubot/open");
    github.add_member("acme", "mona");
    github.add_collaborator(&github.repository("hubot/shared").unwrap(), "Mona");
    let emulator = Emulator::start(github.clone()).await.unwrap();
    let url = emulator.url();

    let listing = async |query: &str| get(&format!("{url}/user/repos?{query}"), &[BEARER]).await.names();
    assert_eq!(listing("").await, ["acme/one", "hubot/shared", "mona/own"]);
    assert_eq!(listing("affiliation=owner").await, ["mona/own"]);
    assert_eq!(listing("affiliation=collaborator").await, ["hubot/shared"]);
    assert_eq!(listing("affiliation=organization_member,owner").await, ["acme/one", "mona/own"]);
    for (name, status) in [("acme/one", 200), ("hubot/shared", 200), ("hubot/closed", 404), ("other/two", 404)] {
        assert_eq!(get(&format!("{url}/repos/{name}"), &[BEARER]).await.status, status, "{name}");
    }

    let logins = async |path: &str| {
        let json = get(&format!("{url}{path}"), &[BEARER]).await.json();
        json.as_array().unwrap().iter().map(|item| item["login"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(logins("/user/orgs").await, ["acme"]);
    assert_eq!(logins("/orgs/acme/members").await, ["mona"]);
    assert_eq!(logins("/orgs/other/members").await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_told_the_roles_of_each_other() {
    let github = GitHub::new();
    github.add_owner("acme", "mona");
    github.add_member("acme", "ada");
    github.add_member("other", "hubot");
    github.set_token("secret", "mona");
    github.set_token("outside", "hubot");
    github.create_token("github_pat_narrow", "mona", Token::fine_grained([("contents", "read")]));
    let emulator = Emulator::start(github).await.unwrap();
    let text = "query($after: String) { organization(login: \"acme\") { membersWithRole(first: 1, after: $after) {
        totalCount pageInfo { endCursor } edges { role node { login } }
    } } }";
    let ask = async |token: &str, after: Value| {
        let answer = query_as(token, &emulator.url(), text, json!({ "after": after })).await.json();
        (answer["data"]["organization"]["membersWithRole"].clone(), answer["errors"][0]["type"].clone())
    };
    let (first, _) = ask("secret", Value::Null).await;
    assert_eq!(first["edges"], json!([{ "role": "MEMBER", "node": { "login": "ada" } }]));
    let (second, _) = ask("secret", first["pageInfo"]["endCursor"].clone()).await;
    assert_eq!(second["edges"], json!([{ "role": "ADMIN", "node": { "login": "mona" } }]));
    assert_eq!(ask("outside", Value::Null).await.0["edges"][0]["role"], Value::Null);
    assert_eq!(ask("github_pat_narrow", Value::Null).await, (Value::Null, json!("FORBIDDEN")));
}
