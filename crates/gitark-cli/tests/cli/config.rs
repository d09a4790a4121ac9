//! `gitark config`: what is in force, and what a file may hold.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Ran, World};

const FILE: &str = "\
    vault = 'vault'\n\
    retries = 7\n\
    concurrency = 2\n\
    sources = ['octocat']\n\
    [verify]\n\
    full = true\n\
    [jobs.nightly]\n\
    schedule = '17 3 * * *'\n\
    concurrency = 8\n\
    [jobs.weekly]\n\
    api-url = 'https://me:secret@github.example/api/v3'\n\
    json = false\n";

fn command(world: &World, arguments: &[&str]) -> Command {
    let mut command = world.command(&[&["config"], arguments].concat());
    command.env_remove("GITARK_VAULT").env_remove("GITHUB_API_URL");
    command
}

fn run(world: &World, arguments: &[&str]) -> Ran {
    Ran::of(&mut command(world, arguments))
}

fn setting<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["settings"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_setting_is_shown_with_its_origin() {
    let world = World::start().await;
    std::fs::write(world.path("gitark.toml"), FILE).unwrap();
    let mut show = command(
        &world,
        &["show", "--config", "gitark.toml", "--job", "nightly", "--json", "backup", "--no-wikis", "-v"],
    );
    show.env("GITARK_RETRIES", "5").env("GITARK_JSON", "true").env("GITHUB_TOKEN", "ghp_secret");
    let ran = Ran::of(&mut show).exits(0);
    assert!(!ran.stdout.contains("secret"), "{}", ran.stdout);
    let [report] = &ran.json()[..] else { panic!("one job: {}", ran.stdout) };
    assert_eq!((&report["job"], &report["schedule"]), (&json!("nightly"), &json!("17 3 * * *")));
    for row in [
        json!({ "name": "no-wikis", "value": true, "source": "flag" }),
        json!({ "name": "verbose", "value": 1, "source": "flag" }),
        json!({ "name": "retries", "value": 5, "variable": "GITARK_RETRIES", "source": "environment" }),
        json!({ "name": "json", "value": true, "variable": "GITARK_JSON", "source": "environment" }),
        json!({ "name": "concurrency", "value": 8, "file": "gitark.toml", "line": 9, "source": "file" }),
        json!({ "name": "sources", "value": ["octocat"], "file": "gitark.toml", "line": 4, "source": "file" }),
        json!({ "name": "refetch", "value": false, "source": "default" }),
        json!({ "name": "token", "value": "(hidden)", "variable": "GITHUB_TOKEN", "source": "environment" }),
    ] {
        assert_eq!(setting(report, row["name"].as_str().unwrap()), &row);
    }

    // As a table, for all jobs; a password in an address is left out.
    let ran = run(&world, &["show", "--config", "gitark.toml"]).exits(0);
    assert!(!ran.stdout.contains("secret"), "{}", ran.stdout);
    let lines: Vec<_> = ran.stdout.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "settings file: gitark.toml",
        "job nightly, schedule: 17 3 * * *",
        "job weekly",
        "concurrency 8 gitark.toml:9",
        "concurrency 2 gitark.toml:3",
        "api-url https://hidden@github.example/api/v3 gitark.toml:11",
        "stall-timeout 120 default",
    ] {
        assert!(lines.iter().any(|shown| shown == line), "{line:?} is not in\n{}", ran.stdout);
    }
    // Another command, and one that has none.
    let report = &run(&world, &["show", "--config", "gitark.toml", "--json", "verify"]).exits(0).json()[0];
    assert_eq!(setting(report, "full")["line"], 6);
    assert_eq!(setting(report, "vault")["line"], 1);
    run(&world, &["show", "--config", "gitark.toml", "demo"]).exits(2).says(&["demo takes no settings"]);
    // What would be refused is refused here too, but a vault may be missing.
    run(&world, &["show", "--config", "gitark.toml", "backup", "--concurrency", "0"])
        .exits(2)
        .says(&["'0'", "--concurrency"]);
    std::fs::remove_file(world.path("gitark.toml")).unwrap();
    let ran = Ran::of(command(&world, &["show"]).env("GITARK_CONCURENCY", "3")).exits(0);
    assert!(ran.stdout.starts_with("no settings file\n"));
    ran.says(&["GITARK_CONCURENCY", "did you mean GITARK_CONCURRENCY?"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_is_a_file_that_works() {
    let world = World::start().await;
    let example = run(&world, &["example"]).exits(0).stdout;
    let widest = example.lines().max_by_key(|line| line.chars().count()).unwrap();
    assert!(widest.chars().count() <= 80, "{widest}");
    std::fs::write(world.path("gitark.toml"), &example).unwrap();
    let shown = run(&world, &["show", "--json"]).exits(0).json();
    assert_eq!(shown[0]["job"], "nightly");
    // Every setting that it explains may be set so.
    let all: String = example.lines().map(|line| format!("{}\n", without_mark(line))).collect();
    std::fs::write(world.path("gitark.toml"), &all).unwrap();
    // The file is read as a whole, whichever command asks; what `list` does not have is only looked at for its kind.
    run(&world, &["show", "list", "--config", "gitark.toml"]).exits(0);
    assert!(all.matches("\nconcurrency = 8\n").count() == 1);
}

/// `#key = value` without its mark; what else stands behind one is a comment.
fn without_mark(line: &str) -> &str {
    line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase())).unwrap_or(line)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_takes_what_gitark_takes() {
    let world = World::start().await;
    let schema: Value = serde_json::from_str(&run(&world, &["schema"]).exits(0).stdout).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for (text, document) in [
        ("vault = 'v'\nconcurrency = 2\n", json!({ "vault": "v", "concurrency": 2 })),
        ("[jobs.a]\nto = 'v'\nschedule = 'x'\n", json!({ "jobs": { "a": { "to": "v", "schedule": "x" } } })),
        ("[compact]\ngrace = '7d'\n", json!({ "compact": { "grace": "7d" } })),
        ("concurrency = true\n", json!({ "concurrency": true })),
        ("concurency = 2\n", json!({ "concurency": 2 })),
        ("vault = 3\n", json!({ "vault": 3 })),
        ("json = 'yes'\n", json!({ "json": "yes" })),
        ("config = 'x'\n", json!({ "config": "x" })),
        ("[jobs.a]\nful = true\n", json!({ "jobs": { "a": { "ful": true } } })),
        ("[jobs.a]\nschedule = 3\n", json!({ "jobs": { "a": { "schedule": 3 } } })),
        ("[jobs.a.b]\nto = 'v'\n", json!({ "jobs": { "a": { "b": { "to": "v" } } } })),
        ("[verify]\nful = true\n", json!({ "verify": { "ful": true } })),
        ("[verfy]\n", json!({ "verfy": {} })),
    ] {
        std::fs::write(world.path("gitark.toml"), text).unwrap();
        let ran = run(&world, &["show"]);
        assert_eq!(ran.code == 0, is_valid(&schema, &schema, &document), "{text}\n{}", ran.stderr);
    }
}

/// Whether a document keeps to a schema, as far as gitark's own uses the language.
fn is_valid(schema: &Value, root: &Value, value: &Value) -> bool {
    let referred = |schema: &Value| match schema["$ref"].as_str() {
        Some(path) => root.pointer(path.strip_prefix('#').unwrap()).unwrap().clone(),
        None => Value::Null,
    };
    let types = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        all => all.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
    };
    let is = |kind: &str| match kind {
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("a type that this test does not know: {other}"),
    };
    let any_of = schema["anyOf"].as_array();
    let below = referred(schema);
    let is_known = |key: &str| !schema["properties"][key].is_null() || !below["properties"][key].is_null();
    let is_closed = schema["additionalProperties"] == false || schema["unevaluatedProperties"] == false;
    let members_hold = value.as_object().into_iter().flatten().all(|(key, member)| match &schema["properties"][key] {
        Value::Null if schema["additionalProperties"].is_object() => {
            is_valid(&schema["additionalProperties"], root, member)
        }
        Value::Null => is_known(key) || !is_closed,
        property => is_valid(property, root, member),
    });
    (types.is_empty() || types.into_iter().any(is))
        && any_of.is_none_or(|all| all.iter().any(|one| is_valid(one, root, value)))
        && schema["enum"].as_array().is_none_or(|all| all.contains(value))
        && (below.is_null() || is_valid(&below, root, value))
        && value.as_array().into_iter().flatten().all(|item| is_valid(&schema["items"], root, item))
        && members_hold
}
