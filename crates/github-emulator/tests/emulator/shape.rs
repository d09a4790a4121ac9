//! Whether answers have the shape that GitHub describes.
//!
//! `fixtures/settings-shapes.json` was made from GitHub's OpenAPI description
//! (`generated/api.github.com.json` of the npm package `@octokit/openapi` 23.0.2): of every endpoint
//! here the schema of its first successful answer, and each schema that one refers to. An object
//! is its fields with their types, those with a `?` behind the name may be missing; an array
//! holds the type of its items, `#name` refers to a schema, a type with a `?` may be null, and `|` and
//! `&` stand for `anyOf` or `oneOf` and for `allOf`.

use github_emulator::{Emulator, GitHub, Token};
use serde_json::Value;

use crate::client::get;

/// Puts what does not fit into `faults`.
pub(crate) fn check(shapes: &Value, shape: &Value, value: &Value, path: &str, faults: &mut Vec<String>) {
    match shape {
        Value::String(name) => match name.strip_prefix('#') {
            Some(name) => check(shapes, &shapes["schemas"][name], value, path, faults),
            None => check_type(name, value, path, faults),
        },
        Value::Array(items) => match value.as_array() {
            Some(values) => {
                values.iter().for_each(|value| check(shapes, &items[0], value, &format!("{path}[]"), faults))
            }
            None => faults.push(format!("{path} is no array")),
        },
        Value::Object(fields) if fields.contains_key("|") => {
            let tries = fields["|"].as_array().unwrap().iter().map(|shape| {
                let mut faults = Vec::new();
                check(shapes, shape, value, path, &mut faults);
                faults
            });
            faults.extend(tries.min_by_key(Vec::len).unwrap());
        }
        Value::Object(fields) if fields.contains_key("&") => {
            fields["&"].as_array().unwrap().iter().for_each(|shape| check(shapes, shape, value, path, faults));
        }
        Value::Object(fields) => {
            let Some(object) = value.as_object() else {
                return faults.push(format!("{path} is no object"));
            };
            for (name, shape) in fields {
                let plain = name.trim_end_matches('?');
                match object.get(plain) {
                    Some(value) => check(shapes, shape, value, &format!("{path}.{plain}"), faults),
                    None if plain == name => faults.push(format!("{path}.{plain} is missing")),
                    None => {}
                }
            }
        }
        _ => panic!("{shape} is no shape"),
    }
}

fn check_type(name: &str, value: &Value, path: &str, faults: &mut Vec<String>) {
    let plain = name.trim_end_matches('?');
    let fits = match plain {
        _ if value.is_null() => plain != name || plain == "any" || plain == "null",
        "any" => true,
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        _ => false,
    };
    if !fits {
        faults.push(format!("{path} is no {name}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_the_shape_that_github_describes() {
    let github = GitHub::new();
    github.create_token("secret", "mona", Token::everything());
    github.add_member("acme", "mona");
    let repository = github.create_repository("acme/hello");
    repository.commit("main", &[("README.md", "Hello\n")], "Hello");
    repository.set_private(true);
    github.create_repository("mona/own");
    let release = repository.create_release("v1.0");
    let asset = repository.upload_asset(release, "hello.txt", "Hello\n");
    let gist = github.create_gist("mona", true, &[("note.txt", "A note\n")]);
    github.star("mona", "acme/hello");
    github.fill_settings();
    let emulator = Emulator::start(github).await.unwrap();

    let shapes: Value = serde_json::from_str(include_str!("fixtures/settings-shapes.json")).unwrap();
    let mut faults = Vec::new();
    for (pattern, shape) in shapes["paths"].as_object().unwrap() {
        let path = pattern
            .replace("repos/*", "repos/acme/hello")
            .replace("branches/*", "branches/main")
            .replace("environments/*", "environments/staging")
            .replace("rulesets/*", "rulesets/42")
            .replace("releases/assets/*", &format!("releases/assets/{asset}"))
            .replace("orgs/*", "orgs/acme")
            .replace("teams/*", "teams/justice-league")
            .replace("packages/*/*", "packages/container/hello_docker")
            .replace("users/*", "users/mona")
            .replace("gists/*", &format!("gists/{}", gist.id()));
        let query = if path.ends_with("/packages") { "?package_type=container" } else { "" };
        let answer = get(&format!("{}/{path}{query}", emulator.url()), &["Authorization: Bearer secret"]).await;
        if answer.status != 200 {
            faults.push(format!("{path}: status {}", answer.status));
            continue;
        }
        let json = answer.json();
        let text = answer.text();
        for left in ["{api}", "{web}", "{full_name}", "api.github.com"] {
            if text.contains(left) {
                faults.push(format!("{path} has {left}"));
            }
        }
        let empty = json.as_array().is_some_and(Vec::is_empty) || json["total_count"] == 0;
        if empty {
            faults.push(format!("{path} is empty"));
        }
        check(&shapes, shape, &json, &path, &mut faults);
    }
    faults.dedup();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
