//! A JSON Schema (draft 2020-12) of `gitark.toml`, made from the commands.

use serde_json::{Map, Value, json};

use crate::settings::{Form, JOB_COMMAND, Setting, Shape, Tree};

/// The schema.
pub(super) fn schema(tree: &Tree) -> Value {
    let mut tables = Map::new();
    let job = json!({
        "$ref": "#/$defs/backup",
        "properties": { "schedule": {
            "type": "string",
            "description": "When to run it, for whatever plans the runs; gitark only keeps and shows it",
        } },
        "unevaluatedProperties": false,
    });
    let jobs = json!({
        "type": "object",
        "description": "Backups that `gitark backup` runs one after another, or that --job names",
        "propertyNames": { "pattern": "^[A-Za-z0-9._-]+$" },
        "additionalProperties": { "$ref": "#/$defs/job" },
    });
    tables.insert("jobs".into(), jobs);
    let of_backup = tree.settings(JOB_COMMAND);
    for name in tree.commands_with_settings().filter(|name| !of_backup.iter().any(|one| one.is_called(name))) {
        let table = json!({
            "type": "object",
            "description": format!("Settings of `gitark {name}`"),
            "properties": properties(&tree.settings(name)),
            "additionalProperties": false,
        });
        tables.insert(name.into(), table);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gitark.toml",
        "description": "Settings of gitark: defaults at the top, a table for each job and for each command",
        "type": "object",
        "$ref": "#/$defs/backup",
        "properties": tables,
        "unevaluatedProperties": false,
        "$defs": {
            "backup": { "type": "object", "properties": properties(&of_backup) },
            "job": job,
        },
    })
}

fn properties(settings: &[Setting]) -> Map<String, Value> {
    let in_files = settings.iter().filter(|one| one.is_in_files);
    in_files.flat_map(|one| one.names().map(|name| (name.to_owned(), property(one)))).collect()
}

fn property(setting: &Setting) -> Value {
    let mut property = match setting.form {
        Form::Switch => json!({ "type": "boolean" }),
        Form::Count => json!({ "type": ["integer", "boolean"], "minimum": 0, "maximum": 255 }),
        Form::One { bare: false } => word(&setting.shape),
        Form::One { bare: true } => json!({ "anyOf": [word(&setting.shape), { "type": "boolean" }] }),
        Form::Many => {
            let word = word(&setting.shape);
            json!({ "anyOf": [word, { "type": "array", "items": word }] })
        }
    };
    property["description"] = setting.help.as_str().into();
    if let ([default], Form::One { .. }) = (&setting.default[..], setting.form) {
        property["default"] = match default.parse::<i64>() {
            Ok(number) if setting.shape == Shape::Number => number.into(),
            _ => default.as_str().into(),
        };
    }
    property
}

/// One value.
fn word(shape: &Shape) -> Value {
    match shape {
        Shape::Path | Shape::Place => json!({ "type": "string" }),
        Shape::Number | Shape::Text => json!({ "type": ["string", "number"] }),
        Shape::Choice(choices) => {
            let booleans = choices.iter().filter_map(|choice| choice.parse::<bool>().ok()).map(Value::from);
            let words = choices.iter().map(|choice| Value::from(choice.as_str()));
            json!({ "enum": words.chain(booleans).collect::<Vec<_>>() })
        }
    }
}
