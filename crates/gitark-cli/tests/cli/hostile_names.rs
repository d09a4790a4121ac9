//! Names and numbers from the API that GitHub would never send.

use serde_json::{Value, json};

use crate::support::{HELLO, Ran, Stored, World, row};

fn listed(id: impl Into<Value>, full_name: impl Into<Value>) -> Value {
    json!({"id": id.into(), "full_name": full_name.into(), "has_wiki": false, "private": false})
}

/// Backs up a listing of `odd` and of a good repository.
fn backup(world: &World, odd: Value) -> Ran {
    let hello = listed(world.repository(HELLO).id(), HELLO);
    world.github.replace_listing(Some(json!([odd, hello])));
    let ran = world.backup(&["octocat"]);
    world.github.replace_listing(None);
    ran
}

/// Asserts that nothing was made beside the vault, and nothing in it outside of the host's folder.
fn is_contained(world: &World) {
    let names = |path| {
        let entries = std::fs::read_dir(path).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(names(world.directory.path().to_owned()), ["vault"]);
    assert_eq!(names(world.vault()), ["127.0.0.1", "cache", "runs", "vault.json"]);
    let owners = names(world.vault().join("127.0.0.1"));
    assert_eq!(owners, ["octocat", "~id"]);
    assert_eq!(names(world.vault().join("127.0.0.1/octocat")), ["hello", "spoon"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_would_leave_the_vault_fails_alone() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    let long = format!("octocat/{}", "x".repeat(300));
    let names = [
        "..",
        "../x",
        "../../x",
        "octocat/..",
        "octocat/.",
        "a/../../x",
        "octocat/a/b",
        "/etc/passwd",
        "octocat",
        "octocat/",
        "",
        "octocat/a\0b",
        "octocat/a\nb: FAILED: c",
        "octocat/\u{1b}[31mred",
        "octocat/a b",
        "octocat/a\\b",
        "octocat/~id",
        "octocat/h\u{e9}llo",
        "octocat/a?service=x",
        "octocat/a#b",
        "octocat/%2e%2e",
        "http://127.0.0.1/x",
        &long,
    ];
    for name in names {
        let ran = backup(&world, listed(77, name)).exits(3).says(&["cannot be used as a name"]);
        assert!(!ran.stderr.contains(['\0', '\u{1b}']), "{name:?}");
        let report = world.newest_report();
        assert_eq!(row(&report, HELLO)["outcome"], "unchanged", "{name:?}");
        let odd = report["repositories"].as_array().unwrap().iter().find(|row| row["id"] == 77).unwrap();
        assert_eq!((&odd["outcome"], &odd["reason"]), (&"failed".into(), &"bad_name".into()), "{name:?}");
        is_contained(&world);
    }
    stored.is_kept(&world);
    assert!(!world.github.requests().iter().any(|request| request.path.contains("..")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_is_no_repository_is_named() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    let items = [
        json!({"full_name": "octocat/odd"}),
        listed(Value::Null, "octocat/odd"),
        listed("1", "octocat/odd"),
        listed(-1, "octocat/odd"),
        listed(1.5, "octocat/odd"),
        listed(77, Value::Null),
        listed(77, 5),
        listed(77, json!({"name": "octocat/odd"})),
        json!(5),
        Value::Null,
        json!([]),
    ];
    for item in items {
        // The good repository beside it is backed up all the same.
        backup(&world, item).exits(3).says(&["odd"]);
        is_contained(&world);
    }
    for listing in [json!({"message": "x"}), json!("x"), json!(5), Value::Null] {
        world.github.replace_listing(Some(listing));
        world.backup(&["octocat"]).exits(1).says(&["not understood"]);
        world.backup(&[HELLO]).exits(1).says(&["not understood"]);
    }
    stored.is_kept(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_ids_never_share_a_folder() {
    let world = World::backed_up().await;
    let stored = Stored::of(&world);
    // Another repository has the name now, and the largest of ids.
    backup(&world, listed(u64::MAX, HELLO)).exits(0);
    stored.is_kept(&world);
    assert!(world.vault().join(format!("127.0.0.1/octocat/hello~{}/hello.git", u64::MAX)).is_dir());
}
