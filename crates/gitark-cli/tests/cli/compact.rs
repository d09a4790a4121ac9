//! `compact`.

use crate::support::{HELLO, Ran, SPOON, World, files, flip_a_byte, git, packs};

fn compact(world: &World, arguments: &[&str]) -> Ran {
    world.run(&[&["compact"], arguments].concat())
}

/// Four backups of [`HELLO`] with news each, one of [`SPOON`] and its wiki.
async fn world() -> World {
    let world = World::start().await;
    world.repository(SPOON).create_wiki().commit("master", &[("Home.md", "Home\n")], "Home");
    world.backup(&["octocat"]).exits(0);
    for day in ["two", "three", "four"] {
        world.repository(HELLO).commit("main", &[("day.txt", day)], day);
        world.backup(&["octocat"]).exits(0);
    }
    world
}

/// Every backup of [`HELLO`] comes back, and plain git and gitark find all in order.
fn all_is_there(world: &World) {
    world.restores(HELLO, &world.repository(HELLO).resolve("main").unwrap());
    for (at, subject) in [("1", "Two"), ("2", "two"), ("3", "three"), ("4", "four"), ("latest", "four")] {
        world.run(&["restore", HELLO, "at", "--at", at]).exits(0);
        assert_eq!(git(&world.path("at"), &["log", "-1", "--format=%s"]), subject, "--at {at}");
        std::fs::remove_dir_all(world.path("at")).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn packs_are_joined_and_the_old_ones_go_when_their_time_is_over() {
    let world = world().await;
    let ran = compact(&world, &[]).exits(0);
    assert_eq!(ran.stdout, "");
    for words in [
        "octocat/hello: 4 packs became 1, ",
        "2 repositories, 1 wiki, 1 compacted: 6 packs became 3, ",
        "run `gitark compact` again after 20",
        "to delete 4 old packs",
    ] {
        assert!(ran.stderr.contains(words), "{words:?} is not in {}", ran.stderr);
    }
    assert!(!ran.stderr.contains("octocat/spoon"), "no news: {}", ran.stderr);
    assert!(ran.stderr.lines().all(|line| line.len() <= 80), "{}", ran.stderr);
    assert_eq!(packs(&world.bare(HELLO)).len(), 5);
    all_is_there(&world);
    let log = world.run(&["log", HELLO]).exits(0).stdout;
    assert!(log.lines().last().is_some_and(|line| line.contains("compacted: 4 packs became 1")), "{log}");
    let listed = world.run(&["list", "--json"]).exits(0).json();
    assert_eq!((&listed[0]["repository"], &listed[0]["entries"]), (&HELLO.into(), &5.into()));

    let ran = compact(&world, &["--grace", "7d"]).exits(0);
    assert!(ran.stderr.starts_with("2 repositories, 1 wiki: nothing to join, 3 packs\nrun "), "{}", ran.stderr);
    let quiet = compact(&world, &["--quiet"]).exits(0);
    assert_eq!((quiet.stdout, quiet.stderr), (String::new(), String::new()));
    let ran = compact(&world, &["--grace", "0s"]).exits(0);
    assert!(ran.stderr.ends_with("nothing to join, 3 packs; 4 old packs deleted\n"), "{}", ran.stderr);
    assert_eq!(packs(&world.bare(HELLO)).len(), 1);
    all_is_there(&world);
    let report = compact(&world, &["--json", "--quiet"]).exits(0).json().remove(0);
    assert_eq!(report["repositories"].as_array().unwrap().len(), 3);

    // Backups go on.
    world.push(HELLO);
    world.backup(&["octocat"]).exits(0);
    world.restores(HELLO, &world.repository(HELLO).resolve("main").unwrap());
    assert_eq!(world.run(&["log", HELLO, "--json"]).exits(0).json().len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_request_nothing_is_deleted_and_the_keys_alone_are_printed() {
    let world = world().await;
    let arguments = ["--grace", "0s", "--no-delete"];
    let ran = compact(&world, &arguments).exits(0);
    let keys: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(keys.len(), 4 * 3, "{}", ran.stdout);
    assert!(keys.iter().all(|key| world.vault().join(key).is_file()), "{}", ran.stdout);
    assert!(keys[0].ends_with(".idx") && keys[1].ends_with(".pack"), "in the order to delete them: {}", ran.stdout);
    let quiet = compact(&world, &[&arguments[..], &["--quiet"]].concat()).exits(0);
    assert_eq!((&quiet.stdout, quiet.stderr.as_str()), (&ran.stdout, ""));
    let report = compact(&world, &[&arguments[..], &["--json"]].concat()).exits(0).json().remove(0);
    assert_eq!(report["repositories"][0]["prunable"], serde_json::json!(keys));
    // Within their grace none may go.
    assert_eq!(compact(&world, &["--no-delete"]).exits(0).stdout, "");
    for key in keys {
        std::fs::remove_file(world.vault().join(key)).unwrap();
        git(&world.bare(HELLO), &["fsck", "--strict", "--full"]);
    }
    all_is_there(&world);
    assert_eq!(compact(&world, &arguments).exits(0).stdout, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_repository_is_compacted_by_its_name() {
    let world = world().await;
    let before = files(&world.bare(HELLO));
    compact(&world, &[SPOON, "--all"]).exits(0);
    assert_eq!(files(&world.bare(HELLO)), before);
    compact(&world, &["OctoCat/Hello", "--all", "--grace", "0s"]).exits(0);
    assert_eq!(packs(&world.bare(HELLO)).len(), 1);
    all_is_there(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_meant_is_refused_and_nothing_is_written() {
    let world = world().await;
    std::fs::create_dir(world.path("empty")).unwrap();
    let before = files(&world.vault());
    for grace in ["tomorrow", "", "5", "-5s", "-1d", "1 fortnight", "99999999999999h"] {
        compact(&world, &["--grace", grace]).exits(2).says(&["--grace", "30m, 24h, 7d or"]);
    }
    compact(&world, &["octocat/nothing"]).exits(1).says(&["octocat/nothing", "gitark list"]);
    compact(&world, &["hello"]).exits(2).says(&["hello", "OWNER/REPO"]);
    compact(&world, &["--vault", "nowhere"]).exits(1).says(&["nowhere is not a directory", "check --vault"]);
    compact(&world, &["--vault", "empty"]).exits(1).says(&["empty", "not a gitark vault"]);
    assert_eq!(files(&world.vault()), before);
    assert!(files(&world.path("empty")).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_named_nothing_is_deleted_and_the_rest_is_compacted() {
    let world = world().await;
    world.push(SPOON);
    world.backup(&["octocat"]).exits(0);
    let pack = flip_a_byte(&world.bare(HELLO));
    let name = pack.file_name().unwrap().to_str().unwrap();
    let before = files(&world.bare(HELLO));
    let arguments = ["--all", "--grace", "0s"];
    let ran = compact(&world, &arguments).exits(4).says(&["octocat/hello: DAMAGED: 127.0.0.1/", name]);
    assert!(ran.stderr.contains("repair: gitark backup octocat/hello --to "), "{}", ran.stderr);
    assert_eq!(files(&world.bare(HELLO)), before);
    assert_eq!(packs(&world.bare(SPOON)).len(), 1);
    // Once it is noted too.
    world.run(&["verify", "--full"]).exits(4);
    compact(&world, &arguments).exits(4).says(&["octocat/hello: DAMAGED: ", "known to be damaged", "--refetch"]);
    world.backup(&[HELLO, "--refetch"]).exits(0);
    compact(&world, &arguments).exits(0);
    world.restores(HELLO, &world.repository(HELLO).resolve("main").unwrap());
}
