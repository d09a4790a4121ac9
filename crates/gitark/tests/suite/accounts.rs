//! Accounts' own data, in `~account`.

use std::{collections::BTreeSet, path::PathBuf};

use gitark::{
    backup::{
        self, Check, Options,
        report::{Outcome, RepositoryReport, RunReport},
    },
    github::{
        GitHub, Source,
        resources::{self, Scope},
    },
    identity::{AccountId, RepositoryId},
    monitor::Silent,
    vault::key::{self, Kind},
};
use github_emulator::{Request, Token};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::{World, git::git, run_of};

/// A project with so many items.
fn project(number: u64, items: u64) -> Value {
    let field = json!({ "__typename": "ProjectV2SingleSelectField", "id": "F1", "name": "Status",
        "dataType": "SINGLE_SELECT", "options": [{ "id": "o1", "name": "Todo", "color": "RED", "description": "" }] });
    let item = |at: u64| {
        let content = match at {
            0 => {
                json!({ "__typename": "DraftIssue", "id": "D1", "title": "A draft", "body": "Words", "assignees": [] })
            }
            at => json!({ "__typename": "Issue", "number": at, "repository": { "nameWithOwner": "acme/rocket" } }),
        };
        let value = json!({ "__typename": "ProjectV2ItemFieldSingleSelectValue", "id": format!("V{at}"),
            "field": { "__typename": "ProjectV2SingleSelectField", "id": "F1", "name": "Status" }, "name": "Todo",
            "optionId": "o1" });
        json!({ "__typename": "ProjectV2Item", "id": format!("I{at}"), "fullDatabaseId": (1000 + at).to_string(),
            "type": if at == 0 { "DRAFT_ISSUE" } else { "ISSUE" }, "isArchived": false, "content": content,
            "fieldValues": [value] })
    };
    json!({ "__typename": "ProjectV2", "id": format!("P{number}"), "number": number, "title": "A plan", "public": false,
        "closed": false, "fields": [field], "views": [{ "__typename": "ProjectV2View", "id": "W1", "number": 1,
        "name": "Board", "layout": "BOARD_LAYOUT", "fields": [], "groupByFields": [], "verticalGroupByFields": [],
        "sortByFields": [] }], "workflows": [], "statusUpdates": [], "repositories": [],
        "items": (0..items).map(item).collect::<Vec<_>>() })
}

/// A user with a token, who owns an organisation, stars something and has a list of it.
async fn world() -> (World, GitHub) {
    let (world, repository) = World::with_repository().await;
    let upstream = &world.upstream;
    upstream.create_organization("acme");
    upstream.create_repository("acme/rocket").commit("main", &[("a.txt", "a\n")], "One");
    upstream.create_token("ghp_owner", "octocat", Token::everything());
    upstream.add_owner("acme", "octocat");
    upstream.add_member("acme", "ada");
    upstream.star("octocat", "acme/rocket");
    upstream.create_star_list("octocat", "To read", true, &["acme/rocket"]);
    for login in ["acme", "octocat"] {
        upstream.fill_account_settings(login);
        upstream.set_projects(login, vec![project(7, 1)]);
    }
    drop(repository);
    let client = world.client_with_token("ghp_owner");
    (world, client)
}

async fn back_up(world: &World, client: &GitHub, login: &str, change: impl FnOnce(&mut Options)) -> RunReport {
    let all = resources::everything().into_iter();
    let resources = all.filter(|(_, scopes)| scopes[0].is_account()).map(|(resource, _)| resource).collect();
    let mut options = Options { resources, ..world.options.clone() };
    change(&mut options);
    run_of(client, &[Source::Account(login.into())], world.storage(), &options).await.expect("a run")
}

/// The row of the account.
#[track_caller]
fn row(report: &RunReport) -> &RepositoryReport {
    let found = report.repositories.iter().find(|row| row.repository.ends_with("/~account"));
    found.unwrap_or_else(|| panic!("no account in {report:#?}"))
}

fn bare(world: &World, login: &str) -> PathBuf {
    world.vault.join(format!("127.0.0.1/{login}/~account/account.meta.git"))
}

fn files(world: &World, login: &str) -> Vec<String> {
    let listed = git(&bare(world, login), &["ls-tree", "-r", "--name-only", "main"]);
    listed.lines().map(str::to_owned).collect()
}

fn file(world: &World, login: &str, path: &str) -> Value {
    serde_json::from_str(&git(&bare(world, login), &["show", &format!("main:{path}")])).expect("JSON")
}

#[tokio::test]
async fn everything_that_an_account_has_is_kept() {
    let (world, client) = world().await;
    for (login, scopes) in [("acme", &[Scope::Organization][..]), ("octocat", &[Scope::User, Scope::Owner])] {
        let report = back_up(&world, &client, login, |_| {}).await;
        let row = row(&report);
        assert_eq!((row.outcome, row.label()), (Outcome::New, format!("{login}/~account")), "{row:#?}");
        assert!(matches!(row.id, Some(RepositoryId::Account(_))) && row.kind == Kind::Meta, "{row:#?}");
        assert_eq!(row.work.metadata.clone().expect("metadata").not_permitted, [], "{row:#?}");
        let files = files(&world, login);
        for resource in scopes.iter().flat_map(|scope| scope.resources()) {
            let place = resource.files.split('<').next().unwrap_or_default();
            assert!(files.iter().any(|path| path.starts_with(place)), "{}: no {place} in {files:#?}", resource.name);
        }
        git(&bare(&world, login), &["fsck", "--strict", "--full"]);
    }
    assert_eq!(file(&world, "acme", "members/octocat.json")["role"], "ADMIN");
    assert_eq!(file(&world, "acme", "members/ada.json")["role"], "MEMBER");
    assert_eq!(file(&world, "octocat", "star-lists/to-read.json")["items"]["nodes"][0]["nameWithOwner"], "acme/rocket");
    let starred = files(&world, "octocat").into_iter().find(|path| path.starts_with("starred/")).expect("a star");
    assert!(file(&world, "octocat", &starred)["starred_at"].is_string());
    World::assert_whole(&world.vault).await;
}

/// Requests for an account's own data that are none of the listing.
fn requests(world: &World, login: &str) -> Vec<Request> {
    let mut requests = world.upstream.requests();
    let below = [format!("/users/{login}"), format!("/orgs/{login}"), "/user/".into(), "/graphql".into()];
    requests.retain(|request| below.iter().any(|path| request.path.starts_with(path)));
    let is_of_listing = |request: &Request| request.path.contains("/repos?") || request.path == below[0];
    requests.retain(|request| request.status == 304 || !is_of_listing(request));
    requests
}

#[tokio::test]
async fn an_account_without_news_costs_requests_that_count_nothing() {
    let (world, client) = world().await;
    // Its profile; of a user the newest stars, too.
    for (login, expected) in [("acme", 1), ("octocat", 2)] {
        back_up(&world, &client, login, |_| {}).await;
        for check in [Check::Auto, Check::Fast] {
            world.upstream.clear_requests();
            let report = back_up(&world, &client, login, |options| options.check = check).await;
            assert_eq!((row(&report).outcome, row(&report).work.sequence), (Outcome::Unchanged, Some(1)));
            let requests = requests(&world, login);
            let statuses: Vec<u16> = requests.iter().map(|request| request.status).collect();
            assert_eq!(statuses, vec![304; expected], "{requests:#?}");
        }
    }
    // A full check asks for all of it, and finds that nothing but GraphQL need be sent again.
    world.upstream.clear_requests();
    let report = back_up(&world, &client, "acme", |options| options.check = Check::Full).await;
    assert_eq!((row(&report).outcome, row(&report).work.sequence), (Outcome::Unchanged, Some(1)));
    let sent: BTreeSet<String> = requests(&world, "acme")
        .into_iter()
        .filter(|request| request.status != 304)
        .map(|request| request.path)
        .collect();
    assert_eq!(sent, BTreeSet::from(["/graphql".to_owned()]));
}

#[tokio::test]
async fn what_the_token_may_not_read_is_named_and_fails_nothing() {
    let (world, _) = world().await;
    world.upstream.create_token("github_pat_narrow", "ada", Token::fine_grained([("contents", "read")]));
    let client = world.client_with_token("github_pat_narrow");
    let report = back_up(&world, &client, "acme", |_| {}).await;
    assert!(row(&report).is_good(), "{:#?}", row(&report));
    let refused = row(&report).work.metadata.clone().expect("metadata").not_permitted;
    let needs = |name: &str| refused.iter().find(|refused| refused.resource == name).map(|found| found.needed.clone());
    assert_eq!(needs("organization-webhooks").as_deref(), Some("organization_hooks=read"), "{refused:#?}");
    assert_eq!(needs("members").as_deref(), Some("members=read"), "{refused:#?}");
    assert_eq!(needs("account-profile"), None);
    assert!(files(&world, "acme").contains(&"profile.json".to_owned()));

    // Without any token what is public is kept all the same.
    let report = back_up(&world, &world.client, "octocat", |_| {}).await;
    assert!(row(&report).is_good(), "{:#?}", row(&report));
    let files = files(&world, "octocat");
    assert!(files.contains(&"followers.json".to_owned()) && !files.contains(&"emails.json".to_owned()), "{files:#?}");
}

#[tokio::test]
async fn a_new_star_is_found_by_the_next_run() {
    let (world, client) = world().await;
    for number in 0..210 {
        world.upstream.create_repository(&format!("ada/r{number}"));
        world.upstream.star("octocat", &format!("ada/r{number}"));
    }
    let count = |world: &World| files(world, "octocat").iter().filter(|path| path.starts_with("starred/")).count();
    back_up(&world, &client, "octocat", |_| {}).await;
    assert_eq!(count(&world), 211);
    world.upstream.create_repository("ada/new");
    world.upstream.star("octocat", "ada/new");
    let report = back_up(&world, &client, "octocat", |_| {}).await;
    assert_eq!(row(&report).work.metadata.clone().expect("metadata").changed_files, 1, "{:#?}", row(&report));
    assert_eq!(count(&world), 212);
    // The first page says nothing of what is gone from behind it.
    world.upstream.unstar("octocat", "ada/r0");
    let report = back_up(&world, &client, "octocat", |_| {}).await;
    assert_eq!((row(&report).outcome, count(&world)), (Outcome::Unchanged, 212));
    back_up(&world, &client, "octocat", |options| options.check = Check::Full).await;
    assert_eq!(count(&world), 211);
}

#[tokio::test]
async fn counters_of_others_repositories_alone_make_no_new_version() {
    let (world, client) = world().await;
    let full = |options: &mut Options| options.check = Check::Full;
    back_up(&world, &client, "octocat", full).await;
    world.upstream.star("ada", "acme/rocket");
    let report = back_up(&world, &client, "octocat", full).await;
    assert_eq!(row(&report).outcome, Outcome::Unchanged, "{:#?}", row(&report));
    world.upstream.create_repository("acme/plane");
    world.upstream.star("octocat", "acme/plane");
    let report = back_up(&world, &client, "octocat", full).await;
    let work = row(&report).work.metadata.clone().expect("metadata");
    assert_eq!((row(&report).outcome, work.changed_files), (Outcome::Changed, 1), "{work:#?}");
    assert_eq!(files(&world, "octocat").iter().filter(|path| path.starts_with("starred/")).count(), 2);
}

#[tokio::test]
async fn what_is_deleted_upstream_stays_in_the_history() {
    let (world, client) = world().await;
    let full = |options: &mut Options| options.check = Check::Full;
    back_up(&world, &client, "acme", full).await;
    world.upstream.set_account_settings("acme", "teams", json!([]));
    let report = back_up(&world, &client, "acme", full).await;
    assert_eq!(row(&report).outcome, Outcome::Changed);
    assert!(!files(&world, "acme").iter().any(|path| path.starts_with("team")), "{:#?}", files(&world, "acme"));
    let gone = git(&bare(&world, "acme"), &["log", "--diff-filter=D", "--name-only", "--format="]);
    for path in
        ["teams/justice-league.json", "team-members/justice-league.json", "team-repositories/justice-league.json"]
    {
        assert!(gone.contains(path), "{gone}");
    }
}

#[tokio::test]
async fn what_the_tokens_owner_can_reach_has_the_owners_account() {
    let (_world, client) = world().await;
    let listing =
        backup::list(&client, &[Source::Mine(Vec::new())], &Default::default(), &Silent).await.expect("a listing");
    let accounts: Vec<_> = listing.accounts.iter().map(|account| (account.login.as_str(), account.is_own)).collect();
    assert_eq!(accounts, [("octocat", true)]);
    let alone = [Source::AccountData("acme".into())];
    let listing = backup::list(&client, &alone, &Default::default(), &Silent).await.expect("a listing");
    assert_eq!((listing.repositories.len(), listing.accounts[0].login.as_str()), (0, "acme"));
}

#[tokio::test]
async fn an_account_never_shares_a_folder_or_a_claim_with_anything() {
    let world = World::new().await;
    let vault = {
        let run = gitark::vault::RunId::new(Timestamp::now());
        gitark::vault::Vault::open_or_create(world.storage(), &run, false).await.expect("a vault")
    };
    let account = |id| RepositoryId::Account(AccountId(id));
    let claim = async |id: &RepositoryId, name: &str| {
        vault.claim_folder("github.com", id, name, Timestamp::now(), false).await.expect("a claim").folder
    };
    // The same number in three ways, and a login that somebody else took over.
    assert_eq!(claim(&5.into(), "octocat/account").await, "github.com/octocat/account");
    assert_eq!(claim(&account(5), &key::account_name("Octocat")).await, "github.com/octocat/~account");
    assert_eq!(claim(&account(6), &key::account_name("octocat")).await, "github.com/octocat/~account~6");
    assert_eq!(claim(&account(5), &key::account_name("renamed")).await, "github.com/octocat/~account");
    let marker =
        std::fs::read_to_string(world.vault.join("github.com/octocat/~account/account.meta.git/refs/gitark.lock"));
    assert!(marker.expect("a marker").contains("the account with GitHub's id 5."));
    assert!(
        world.vault.join("github.com/~id/account-5.json").exists()
            && world.vault.join("github.com/~id/5.json").exists()
    );
}

#[tokio::test]
async fn projects_are_kept_with_fields_views_and_all_items() {
    let (world, client) = world().await;
    world
        .upstream
        .set_projects("acme", (1..=7).map(|number| project(number, if number == 3 { 130 } else { 2 })).collect());
    let only = |options: &mut Options| options.resources = resources::find("projects").into_iter().collect();
    let full = |options: &mut Options| (only(options), options.check = Check::Full).1;
    assert_eq!(row(&back_up(&world, &client, "acme", only).await).outcome, Outcome::New);
    let kept = file(&world, "acme", "projects/000/3/project.json");
    assert_eq!((&kept["title"], &kept["items"]["totalCount"]), (&json!("A plan"), &json!(130)));
    assert_eq!(kept["fields"]["nodes"][0]["options"][0]["name"], "Todo");
    assert_eq!(kept["views"]["nodes"][0]["layout"], "BOARD_LAYOUT");
    let draft = file(&world, "acme", "projects/000/3/items/1000.json");
    assert_eq!((&draft["content"]["title"], &draft["content"]["body"]), (&json!("A draft"), &json!("Words")));
    let item = file(&world, "acme", "projects/000/3/items/1129.json");
    assert_eq!((&item["content"]["number"], &item["fieldValues"]["nodes"][0]["name"]), (&json!(129), &json!("Todo")));
    let count = |files: Vec<String>| files.iter().filter(|path| path.contains("/items/")).count();
    assert_eq!(count(files(&world, "acme")), 130 + 6 * 2);
    assert_eq!(row(&back_up(&world, &client, "acme", full).await).outcome, Outcome::Unchanged);

    // An item that is taken out, and a project that is deleted, stay in history.
    world.upstream.set_projects("acme", vec![project(3, 129), project(4, 2)]);
    assert_eq!(row(&back_up(&world, &client, "acme", full).await).outcome, Outcome::Changed);
    assert_eq!(count(files(&world, "acme")), 129 + 2);
    let old = git(&bare(&world, "acme"), &["ls-tree", "-r", "--name-only", "main~1"]);
    assert!(old.contains("projects/000/3/items/1129.json") && old.contains("projects/000/7/project.json"));

    world.upstream.create_token("ghp_less", "octocat", Token::classic(["repo", "admin:org"]));
    let less = world.client_with_token("ghp_less");
    let report = back_up(&world, &less, "acme", full).await;
    let refused = row(&report).work.metadata.clone().expect("metadata").not_permitted;
    assert_eq!(refused.iter().map(|it| it.resource.as_str()).collect::<Vec<_>>(), ["projects"], "{report:#?}");
    assert_eq!(count(files(&world, "acme")), 129 + 2);
}
