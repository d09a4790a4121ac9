//! What is backed up: accounts, gists, stars, filters, parts, and several vaults at once.

use github_emulator::{Fault, FaultKind, RequestClass, Token, Visibility};
use serde_json::Value;

use crate::support::{HELLO, Ran, SPOON, World, git};

/// The names in a report, sorted.
fn names(ran: &Ran) -> Vec<String> {
    let report: Vec<Value> = ran.json();
    let rows = report[0]["repositories"].as_array().unwrap();
    rows.iter().map(|row| row["repository"].as_str().unwrap().to_owned()).collect()
}

/// `gitark backup` with a JSON report.
fn backed_up(world: &World, arguments: &[&str]) -> Vec<String> {
    names(&world.backup(&[arguments, &["--json"]].concat()).exits(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn gists_are_backed_up_with_their_history_and_secret_ones_with_a_token() {
    let world = World::start().await;
    let public = world.github.create_gist("octocat", true, &[("a.txt", "one\n")]);
    let secret = world.github.create_gist("octocat", false, &[("s.txt", "hush\n")]);
    world.github.create_gist("other", true, &[("b.txt", "two\n")]);
    public.commit(&[("a.txt", "two\n")], "Change it");
    world.github.set_token("ghp_octocat", "octocat");
    let name = format!("octocat/{}", public.id());

    assert_eq!(backed_up(&world, &["octocat", "--no-token", "--no-gists"]), [HELLO, SPOON]);
    assert!(backed_up(&world, &["octocat", "--no-token"]).contains(&name));
    let tip = public.repository().resolve("HEAD").unwrap();
    let bare = world.vault().join(format!("gist.127.0.0.1/{name}/{}.git", public.id()));
    assert_eq!(git(&bare, &["rev-parse", "HEAD"]), tip);
    assert_eq!(git(&bare, &["rev-list", "--count", "HEAD"]), "2");

    std::fs::write(world.path("token"), "ghp_octocat").unwrap();
    let all = backed_up(&world, &["--token-file", "token"]);
    assert!(all.contains(&name) && all.contains(&format!("octocat/{}", secret.id())), "{all:?}");
    assert_eq!(all.iter().filter(|name| name.starts_with("other/")).count(), 0, "{all:?}");

    // Gone upstream, and a new look at one that stays.
    secret.vanish();
    public.force_push(&[("a.txt", "three\n")], "Rewritten");
    world.backup(&["--token-file", "token"]).exits(0);
    world.run(&["verify", "--full"]).exits(0);
    world.run(&["restore", &name, "gist"]).exits(0);
    assert_eq!(std::fs::read_to_string(world.path("gist/a.txt")).unwrap(), "three\n");
    world.run(&["restore", &format!("octocat/{}", secret.id()), "secret"]).exits(0);
    assert_eq!(std::fs::read_to_string(world.path("secret/s.txt")).unwrap(), "hush\n");
    assert_eq!(git(&bare, &["for-each-ref", "refs/gitark/lost"]).lines().count(), 1);

    let one = format!("gist:{}", public.id());
    assert_eq!(backed_up(&world, &[&one, "--no-token"]), [name]);
}

#[tokio::test(flavor = "multi_thread")]
async fn stars_are_backed_up_on_request() {
    let world = World::start().await;
    world.github.create_repository("other/star").commit("main", &[("a", "a\n")], "One");
    let gist = world.github.create_gist("other", true, &[("b.txt", "two\n")]);
    world.github.set_token("ghp_octocat", "octocat");
    world.github.star("octocat", "other/star");
    world.github.star_gist("octocat", gist.id());
    std::fs::write(world.path("token"), "ghp_octocat").unwrap();
    let with = |flags: &[&str]| backed_up(&world, &[&["--token-file", "token"], flags].concat());
    assert_eq!(with(&[]), [HELLO, SPOON]);
    assert_eq!(with(&["--starred"]), [HELLO, SPOON, "other/star"]);
    assert_eq!(with(&["--starred-gists"]), [HELLO, SPOON, &format!("other/{}", gist.id())]);
    assert_eq!(backed_up(&world, &["octocat", "--no-token", "--starred"]), [HELLO, SPOON, "other/star"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_leave_out_what_they_say() {
    let world = World::start().await;
    let hello = world.repository(HELLO);
    hello.set_attributes(|is| {
        (is.fork, is.language, is.size) = (true, Some("Rust".into()), Some(5 << 20));
        is.topics = vec!["cli".into()];
        is.pushed_at = 1_600_000_000;
    });
    world.repository(SPOON).set_attributes(|is| {
        (is.archived, is.visibility, is.pushed_at) = (true, Visibility::Public, jiff::Timestamp::now().as_second());
    });
    std::fs::write(world.path("ignored"), "# not these\nspoon\n").unwrap();
    let cases: &[(&[&str], &[&str])] = &[
        (&["--include", "h*"], &[HELLO]),
        (&["--exclude", "octocat/H*"], &[SPOON]),
        (&["--exclude-from", "ignored"], &[HELLO]),
        (&["--forks", "without"], &[SPOON]),
        (&["--forks", "only"], &[HELLO]),
        (&["--archived", "without"], &[HELLO]),
        (&["--language", "rust,go"], &[HELLO]),
        (&["--topic", "cli"], &[HELLO]),
        (&["--max-size", "4G"], &[SPOON]),
        (&["--visibility", "public"], &[HELLO, SPOON]),
        (&["--pushed-since", "90d"], &[SPOON]),
        (&["--shard", "1/2"], &[HELLO]),
        (&["--shard", "2/2"], &[SPOON]),
    ];
    for (flags, expected) in cases {
        assert_eq!(backed_up(&world, &[&["octocat"], *flags].concat()), *expected, "{flags:?}");
    }
    world.backup(&["octocat", "--include", "none"]).exits(1).says(&["of 2 listed", "gitark plan", "--allow-empty"]);
    world.backup(&["octocat", "--include", "a["]).exits(2).says(&["--include", "a["]);
    // A part may be empty.
    world.backup(&["octocat", "--shard", "3/3", "--exclude", "nothing"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_tokens_share_the_work_and_each_shows_what_it_sees() {
    let world = World::start().await;
    for login in ["red", "blue"] {
        world.github.create_organization(login);
        let repository = world.github.create_repository(&format!("{login}/secret"));
        repository.commit("main", &[("a", "a\n")], "One");
        repository.set_private(true);
        let token = format!("github_pat_{login}");
        world.github.create_token(&token, "octocat", Token::classic(["repo"]).owners([login]));
        std::fs::write(world.path(login), token).unwrap();
    }
    let both = ["red", "blue", "--token-file", "red", "--token-file", "blue"];
    assert_eq!(backed_up(&world, &both), ["blue/secret", "red/secret"]);
    world.run(&["verify", "--full"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_vaults_are_brought_up_to_date_from_one_listing() {
    let world = World::start().await;
    let (one, other) = (world.path("one"), world.path("other"));
    let (one, other) = (one.to_str().unwrap(), other.to_str().unwrap());
    world.backup(&["octocat", "--to", one]).exits(0);
    world.push(HELLO);
    world.github.clear_requests();
    let ran = world.backup(&["octocat", "--to", one, "--to", other, "--json"]).exits(0);
    let listings = world.github.requests().iter().filter(|request| request.path.contains("/repos?")).count();
    assert_eq!(listings, 1);
    let reports = ran.json();
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[0]["repositories"][0]["outcome"], "changed");
    assert_eq!(reports[1]["repositories"][0]["outcome"], "new");
    for vault in [one, other] {
        world.run(&["verify", "--full", "--vault", vault]).exits(0);
    }

    // One that fails does not stop the other.
    world.push(HELLO);
    std::fs::create_dir(world.path("thesis")).unwrap();
    std::fs::write(world.path("thesis/thesis.txt"), "years of work").unwrap();
    let ran = world.backup(&["octocat", "--to", "thesis", "--to", one, "--report", "report.json"]).exits(3);
    let ran = ran.sums(&[("changed", "1"), ("unchanged", "1")]);
    assert!(ran.stderr.contains(&format!("{one}: 2 repositories\n")), "{}", ran.stderr);
    assert_eq!(ran.failures().len(), 1, "{}", ran.stderr);
    let reports: Value = serde_json::from_str(&std::fs::read_to_string(world.path("report.json")).unwrap()).unwrap();
    assert_eq!(reports[0]["repositories"].as_array().map(Vec::len), Some(0), "{reports}");
    assert!(reports[0]["message"].as_str().unwrap().contains("other things"), "{reports}");
    assert_eq!(reports[1]["repositories"][0]["outcome"], "changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_shrank_is_told_once_with_exit_code_3() {
    let world = World::start().await;
    let names: Vec<String> = (0..18).map(|number| format!("octocat/extra{number}")).collect();
    world.github.create_repositories_like(&world.repository(HELLO), &names);
    world.backup(&["octocat"]).exits(0);
    names.iter().for_each(|name| world.repository(name).vanish());
    let ran = world.backup(&["octocat", "--report", "report.json"]).exits(3);
    assert!(ran.stderr.contains("octocat: shrank from 20 to 2 repositories"), "{}", ran.stderr);
    let report: Value = serde_json::from_str(&std::fs::read_to_string(world.path("report.json")).unwrap()).unwrap();
    assert_eq!((&report["shrunk"][0]["before"], &report["shrunk"][0]["now"]), (&20.into(), &2.into()));
    world.backup(&["octocat"]).exits(0);

    // The same of a repository's references.
    let tip = world.repository(HELLO).resolve("main").unwrap();
    let branches: Vec<String> = (0..20).map(|number| format!("refs/heads/b{number}")).collect();
    branches.iter().for_each(|name| world.repository(HELLO).update_ref(name, &tip));
    world.backup(&["octocat"]).exits(0);
    branches.iter().for_each(|name| world.repository(HELLO).delete_ref(name));
    let ran = world.backup(&["octocat"]).exits(3);
    assert!(ran.stderr.contains("octocat/hello: shrank from 21 to 1 reference"), "{}", ran.stderr);
    world.backup(&["octocat"]).exits(0);
    branches.iter().for_each(|name| world.repository(HELLO).update_ref(name, &tip));
    world.backup(&["octocat"]).exits(0);
    branches.iter().for_each(|name| world.repository(HELLO).delete_ref(name));
    world.backup(&["octocat", "--shrink-warning", "0"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_deadline_nothing_is_begun_and_what_is_left_is_told() {
    let world = World::start().await;
    let ran = world.backup(&["octocat", "--deadline", "0s", "--json"]).exits(3);
    let report = &ran.json()[0];
    for row in report["repositories"].as_array().unwrap() {
        assert_eq!((&row["outcome"], &row["reason"]), (&"failed".into(), &"deadline".into()));
    }
    let ran = ran.sums(&[("not done", "2")]);
    assert!(!ran.stderr.contains("FAILED"), "{}", ran.stderr);
    assert!(world.github.requests().iter().all(|request| request.class == RequestClass::Api));
    world.backup(&["octocat", "--deadline", "10m"]).exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_special_about_a_repository_is_its_reason() {
    let world = World::start().await;
    world.github.create_repository("octocat/empty");
    world.repository(SPOON).set_attributes(|is| is.disabled = true);
    let kind = FaultKind::Status { status: 403, headers: Vec::new(), body: "disabled".into() };
    world.github.add_fault(Fault::new(kind).path("/octocat/spoon.git"));
    let ran = world.backup(&["octocat", "--json"]).exits(3);
    let report = &ran.json()[0];
    let reasons: Vec<_> = report["repositories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["repository"].as_str().unwrap(), row["outcome"].as_str().unwrap(), row["reason"].as_str()))
        .collect();
    assert_eq!(
        reasons,
        [("octocat/empty", "new", Some("empty")), (HELLO, "new", None), (SPOON, "failed", Some("disabled")),]
    );
    ran.says(&[SPOON, "GitHub disabled the repository"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn single_sign_on_that_is_missing_is_a_visible_failure() {
    let world = World::start().await;
    world.github.create_organization("corp");
    world.github.create_repository("corp/code").commit("main", &[("a", "a\n")], "One");
    world.github.add_member("corp", "octocat");
    world.github.create_token("ghp_octocat", "octocat", Token::classic(["repo"]));
    world.github.require_sso("corp");
    std::fs::write(world.path("token"), "ghp_octocat").unwrap();
    let ran = world.backup(&["--token-file", "token", "--json"]).exits(3);
    let report = &ran.json()[0];
    let rows = report["repositories"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["reason"] == "sign_on_needed"), "{report}");
    ran.says(&["~mine", "single sign-on", "authorise"]);
    world.backup(&["corp", "--token-file", "token"]).exits(1).says(&["single sign-on"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_tokens_own_is_counted_apart() {
    let world = World::start().await;
    let names: Vec<String> = (0..18).map(|number| format!("octocat/extra{number}")).collect();
    world.github.create_repositories_like(&world.repository(HELLO), &names);
    world.github.create_repository("mona/one").commit("main", &[("a", "a\n")], "One");
    for login in ["octocat", "mona"] {
        let token = format!("ghp_{login}");
        world.github.create_token(&token, login, Token::classic(["repo", "gist", "read:org"]));
        std::fs::write(world.path(login), token).unwrap();
    }
    let owned = ["--affiliation", "owner", "--no-gists", "--json"];
    let with = |file: &str| world.backup(&[&["--token-file", file], &owned[..]].concat());
    assert_eq!(with("octocat").exits(0).json()[0]["sources"], serde_json::json!(["octocat/~mine:owner"]));
    // One after twenty is no warning: it is another's.
    let report = &with("mona").exits(0).json()[0];
    assert_eq!((&report["sources"][0], &report["shrunk"]), (&"mona/~mine:owner".into(), &Value::Null));
    world.run(&["status"]).exits(0);
    let both = ["--token-file", "octocat", "--token-file", "mona"];
    let report = &world.backup(&[&both[..], &owned[..]].concat()).exits(0).json()[0];
    assert_eq!(report["sources"][0], "mona+octocat/~mine:owner");
}
