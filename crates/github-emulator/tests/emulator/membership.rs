//! Who belongs to which organization and repository.

use github_emulator::{Emulator, GitHub};

use crate::client::get;

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
