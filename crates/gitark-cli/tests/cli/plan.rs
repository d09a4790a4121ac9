//! `gitark plan`: what a backup would do, and why not more.

use github_emulator::RequestClass;

use crate::support::{HELLO, SPOON, World, files};

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_says_what_would_be_done_and_why_not_more_and_writes_nothing() {
    let world = World::start().await;
    world.repository(HELLO).set_attributes(|is| is.size = Some(2048));
    world.repository(SPOON).set_attributes(|is| (is.fork, is.size) = (true, Some(1)));
    let ran = world.run(&["plan", "octocat", "--forks", "without"]).exits(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(
        lines[..5],
        [
            "REPOSITORY     SIZE     PLAN",
            "octocat/hello  2.0 MiB  new: all of it is fetched",
            "octocat/spoon  1.0 KiB  left out: it is a fork",
            "",
            "1 repository: 1 new, 0 to look at, 0 unmoved; 1 left out",
        ]
    );
    // The account, its repositories, its gists; capabilities, references, pack.
    assert_eq!(lines[5], "about 3 requests to the API, 3 requests to git, 2.0 MiB to fetch, 1s");
    assert!(!world.vault().exists(), "nothing was written");
    assert!(world.github.requests().iter().all(|request| request.class == RequestClass::Api));

    world.backup(&[HELLO]).exits(0);
    let before = files(&world.vault());
    let rows = world.run(&["plan", "octocat", "--json"]).exits(0).json();
    let plans: Vec<_> = rows.iter().map(|row| (row["repository"].as_str().unwrap(), &row["plan"])).collect();
    assert_eq!(plans, [(HELLO, &"look".into()), (SPOON, &"new".into())]);
    assert_eq!(files(&world.vault()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_knows_what_has_not_moved() {
    let world = World::start().await;
    world.github.set_token("ghp_octocat", "octocat");
    std::fs::write(world.path("token"), "ghp_octocat").unwrap();
    for name in [HELLO, SPOON] {
        world.repository(name).set_attributes(|is| is.pushed_at = 1_600_000_000);
    }
    let with = ["octocat", "--token-file", "token", "--check", "fast"];
    world.backup(&with).exits(0);
    world.push(SPOON);
    let ran = world.run(&[&["plan"], &with[..]].concat()).exits(0);
    assert!(ran.stdout.contains("octocat/hello  "), "{}", ran.stdout);
    let line = |name: &str| ran.stdout.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line(HELLO).ends_with("nothing has moved"), "{}", ran.stdout);
    assert!(line(SPOON).ends_with("its references are read"), "{}", ran.stdout);
    assert!(ran.stdout.contains("2 repositories: 0 new, 1 to look at, 1 unmoved; 0 left out"), "{}", ran.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_listed_is_in_the_plan() {
    let world = World::start().await;
    let ran = world.run(&["plan", "octocat", "nobody", "--retries", "0"]).exits(3);
    assert!(ran.stdout.contains("FAILED: there is no account nobody"), "{}", ran.stdout);
    world.run(&["plan", "nobody"]).exits(1).says(&["no account nobody"]);
    let ran = world.run(&["plan", "octocat", "--to", "one", "--to", "other"]).exits(0);
    assert_eq!(ran.stdout.matches("new: all of it is fetched").count(), 4, "{}", ran.stdout);
    assert!(ran.stdout.starts_with("one:\nREPOSITORY") && ran.stdout.contains("\nother:\n"), "{}", ran.stdout);
    std::fs::write(world.path("gitark.toml"), "[jobs.a]\nsources = ['octocat/hello']\n").unwrap();
    let ran = world.run(&["plan", "--job", "a"]).exits(0);
    assert!(ran.stdout.contains("1 repository: 1 new"), "{}", ran.stdout);
    std::fs::remove_file(world.path("gitark.toml")).unwrap();
    let ran = world.run(&["plan", "octocat", "--exclude", "*"]).exits(0);
    assert!(ran.stdout.contains("left out: an --exclude matches"), "{}", ran.stdout);
}
