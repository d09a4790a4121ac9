//! What an account has besides repositories, by the name `OWNER/~account`.

use gitark::github::resources::{self, Scope};
use github_emulator::Token;
use serde_json::json;

use crate::support::{HELLO, World, git};

const ACCOUNT: &str = "octocat/~account";

/// A user with a profile, followers and stars.
async fn world() -> World {
    let world = World::start().await;
    world.github.set_account_settings("octocat", "", json!({ "name": "Mona Lisa" }));
    world.github.set_account_settings("octocat", "followers", json!([{ "id": 1 }, { "id": 2 }]));
    world.github.create_repository("ada/engine");
    world.github.star("octocat", "ada/engine");
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_backed_up_with_its_repositories_and_known_to_each_command() {
    let world = world().await;
    let said = world.backup(&["octocat", "--only", "account"]).exits(0).stderr;
    assert!(said.contains("octocat/~account: new, "), "{said}");
    assert!(said.contains("2 repositories, 1 account\n"), "{said}");
    let again = world.backup(&["octocat", "--only", "account"]).exits(0).stderr;
    assert!(again.contains("2 repositories, 1 account: 3 unchanged in "), "{again}");

    let text = world.run(&["show", ACCOUNT]).exits(0).stdout;
    for words in [
        "octocat/~account\n  id        account-",
        "127.0.0.1/octocat/~account/account.meta.git\n",
        "  holds     2 followers, ",
        "1 starred",
    ] {
        assert!(text.contains(words), "{words:?} is not in:\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let json = world.run(&["show", ACCOUNT, "--json"]).exits(0).json().remove(0);
    assert_eq!((&json["kind"], &json["contents"]["followers"]), (&json!("meta"), &json!(2)));
    let id = json["id"].as_str().unwrap();
    assert_eq!(world.run(&["show", &format!("id:{id}")]).exits(0).stdout, text);

    for (arguments, words) in [
        (&["list"][..], "octocat/~account  1 "),
        (&["log", ACCOUNT], "first backup of octocat/~account"),
        (&["cat", ACCOUNT, "profile.json"], "Mona Lisa"),
        (&["ls-files", ACCOUNT], "followers.json"),
        (&["verify", "--full"], "2 repositories, 1 account checked, no damage"),
        (&["verify", ACCOUNT], "1 account checked, no damage"),
    ] {
        let ran = world.run(arguments).exits(0);
        assert!(ran.stdout.contains(words), "{arguments:?}: {words:?} is not in:\n{}", ran.stdout);
    }
    for (arguments, words) in [
        (&["status"][..], "2 repositories, 1 account, all checked within 26h"),
        (&["compact"], "2 repositories, 1 account: nothing to join"),
        (&["copy", "vault", "copy"], "2 repositories, 1 account up to date"),
    ] {
        let ran = world.run(arguments).exits(0);
        assert!(ran.stderr.contains(words), "{arguments:?}: {words:?} is not in:\n{}", ran.stderr);
    }
    let plan = world.run(&["plan", "octocat", "--to", "vault", "--only", "account"]).exits(0).stdout;
    assert!(plan.contains("octocat/~account  0 B "), "{plan}");
    world.run(&["verify", "--full", "--vault", "copy"]).exits(0);
    world.run(&["show", "octocat"]).exits(2).says(&["OWNER/~account"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_given_back_as_it_was_and_as_files() {
    let world = world().await;
    world.backup(&[ACCOUNT, "--only", "account"]).exits(0);
    world.github.set_account_settings("octocat", "", json!({ "name": "Another" }));
    let said = world.backup(&[ACCOUNT, "--check", "full", "--only", "account"]).exits(0).stderr;
    assert!(said.contains("octocat/~account: 1 file, ") && said.contains("1 account\n"), "{said}");
    let text = world.run(&["diff", ACCOUNT, "1", "latest"]).exits(0).stdout;
    assert!(text.contains("profile.json (name)"), "{text}");

    let said = world.run(&["restore", ACCOUNT, "old", "--at", "1"]).exits(0).stderr;
    assert!(said.contains("old: octocat/~account entry 1 "), "{said}");
    assert!(std::fs::read_to_string(world.path("old/profile.json")).unwrap().contains("Mona Lisa"));
    git(&world.path("old"), &["fsck", "--strict", "--full"]);
    world.run(&["restore", "--all", "all", "--format", "bundle"]).exits(0);
    assert!(world.path("all/octocat/~account.bundle").exists());
    world.run(&["export", ACCOUNT, "out"]).exits(0);
    assert!(world.path("out/followers.json").exists());
    world.run(&["export", ACCOUNT, "tool", "--layout", "python-github-backup"]).exits(0);
    let starred = std::fs::read_to_string(world.path("tool/account/starred.json")).unwrap();
    let starred: serde_json::Value = serde_json::from_str(&starred).unwrap();
    assert_eq!((&starred[0]["full_name"], starred[0].get("starred_at")), (&json!("ada/engine"), None));
    world.run(&["export", ACCOUNT, "text", "--layout", "markdown"]).exits(2).says(&["--layout json"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_and_skip_choose_accounts_and_what_they_have() {
    let world = world().await;
    let rows = |arguments: &[&str]| {
        let ran = world.backup(&[arguments, &["octocat", "--json"]].concat()).exits(0);
        let rows = ran.json().remove(0)["repositories"].as_array().unwrap().clone();
        let labels = rows.iter().map(|row| format!("{} {}", row["repository"], row["kind"]).replace('"', ""));
        labels.collect::<Vec<_>>()
    };
    let codes = ["octocat/hello code", "octocat/spoon code"];
    assert_eq!(
        rows(&["--only", "labels"]),
        ["octocat/hello code", "octocat/hello meta", "octocat/spoon code", "octocat/spoon meta"]
    );
    assert_eq!(rows(&["--only", "followers"]), [&codes[..], &["octocat/~account meta"]].concat());
    assert_eq!(rows(&["--only", "metadata", "--skip", "account"]).last().unwrap(), "octocat/spoon meta");
    assert_eq!(rows(&[HELLO, "--only", "account", "--skip", "followers"]).last().unwrap(), "octocat/~account meta");
    world.backup(&["octocat", "--only", "follower"]).exits(2).says(&["did you mean followers?"]);
    // No name is that of two resources.
    let mut names: Vec<_> =
        Scope::ALL.iter().flat_map(|scope| scope.resources()).map(|resource| resource.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), resources::everything().len());
    assert!(!names.contains(&"account") && !names.contains(&"metadata"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_token_may_not_read_of_an_organisation_is_said_and_fails_nothing() {
    let world = world().await;
    world.github.create_organization("acme");
    world.github.create_token("github_pat_narrow", "ada", Token::fine_grained([("contents", "read")]));
    let mut command = world.backup_command(&["acme/~account", "--only", "account"]);
    let ran = crate::support::Ran::of(command.env("GITHUB_TOKEN", "github_pat_narrow")).exits(0);
    for words in ["acme/~account: new, 1 file, ", "Left out, as the token lacks the permission:", "members=read"] {
        assert!(ran.stderr.contains(words), "{words:?} is not in:\n{}", ran.stderr);
    }
    assert!(ran.stderr.lines().all(|line| line.chars().count() <= 80), "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_about_a_gist_goes_with_it() {
    let world = World::start().await;
    let gist = world.github.create_gist("octocat", true, &[("note.txt", "A note\n")]);
    gist.repository().set_settings("comments", json!([{ "id": 7, "body": "Well said" }, { "id": 8, "body": "Yes" }]));
    let name = format!("octocat/{}", gist.id());
    let source = format!("gist:{}", gist.id());
    world.backup(&[&source, "--only", "gist,gist-comments"]).exits(0);
    let text = world.run(&["show", &name]).exits(0).stdout;
    assert!(text.contains("  holds     2 comments, 1 gist\n  as of     "), "{text}");
    world.run(&["restore", &name, "out"]).exits(0);
    assert!(world.path("out/note.txt").exists() && world.path("out.meta/comments/7.json").exists());
    let said = world.run(&["cat", &format!("{name}.meta"), "comments/8.json"]).exits(0).stdout;
    assert!(said.contains("\"Yes\""), "{said}");
    world.run(&["verify", "--full"]).exits(0);
}
