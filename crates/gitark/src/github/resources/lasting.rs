//! What of an answer lasts: counters, and times that change with them, make no new version.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::digest::hex;

/// Fields of a repository that change all the time.
pub(super) const OF_REPOSITORY: &[&str] = &[
    "forks",
    "forks_count",
    "network_count",
    "open_issues",
    "open_issues_count",
    "pushed_at",
    "size",
    "stargazers_count",
    "subscribers_count",
    "temp_clone_token",
    "updated_at",
    "watchers",
    "watchers_count",
];

/// A digest of all of `value` but the fields that are `volatile`, at any depth: a fork has its parent in it. None when no
/// field is.
pub(super) fn lasting(value: &Value, volatile: &[&str]) -> Option<String> {
    if volatile.is_empty() {
        return None;
    }
    Some(hex(&Sha256::digest(without(value, volatile).to_string())))
}

fn without(value: &Value, volatile: &[&str]) -> Value {
    match value {
        Value::Object(fields) => {
            let lasts = fields.iter().filter(|(field, _)| !volatile.contains(&field.as_str()));
            lasts.map(|(field, value)| (field.clone(), without(value, volatile))).collect()
        }
        Value::Array(items) => items.iter().map(|item| without(item, volatile)).collect(),
        value => value.clone(),
    }
}
