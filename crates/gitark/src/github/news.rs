//! How much there is around the code of a repository, and when it last changed: what GraphQL is asked before anything else.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::Value;

/// What is asked, by the names of the fields. A token may be without some of them, and what it may not read takes the whole
/// repository out of an answer.
const FIELDS: [(&str, &str); 6] = [
    ("pullRequests", "(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { totalCount nodes { updatedAt } }"),
    ("issues", "(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { totalCount nodes { updatedAt } }"),
    ("discussions", "(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { totalCount nodes { updatedAt } }"),
    ("releases", "(first: 1, orderBy: {field: CREATED_AT, direction: DESC}) { totalCount nodes { updatedAt } }"),
    ("labels", "(first: 1) { totalCount }"),
    ("milestones", "(first: 1) { totalCount }"),
];

/// What is asked of a repository, `without` some fields.
pub(super) fn selection(without: &[&str]) -> String {
    let asked = FIELDS.iter().filter(|(field, _)| !without.contains(field));
    asked.map(|(field, selection)| format!(" {field}{selection}")).collect()
}

/// The fields that the token may not read, or that the server does not know, and that were asked for.
pub(super) fn refused(errors: &[Value], without: &[&str]) -> Vec<&'static str> {
    let names: HashSet<&str> =
        errors.iter().filter_map(|error| error.get("path")?.as_array()?.last()?.as_str()).collect();
    let asked = FIELDS.iter().map(|(field, _)| *field).filter(|field| !without.contains(field));
    asked.filter(|field| names.contains(field)).collect()
}

/// What GraphQL says of one kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct News {
    /// How many there are.
    pub(super) total: u64,
    /// When the one that changed last did.
    pub(super) newest: Option<Timestamp>,
}

impl News {
    /// What an answer says under `field`; none where it does not clearly say it.
    pub(super) fn of(repository: &Value, field: &str) -> Option<Self> {
        let found = repository.get(field)?;
        let newest = found.pointer("/nodes/0/updatedAt").and_then(Value::as_str).and_then(|time| time.parse().ok());
        let total = found.get("totalCount")?.as_u64()?;
        (newest.is_some() || total == 0).then_some(Self { total, newest })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_token_may_not_read_is_left_out_of_the_question() {
        let errors = [
            json!({"type": "FORBIDDEN", "path": ["nodes", 0, "issues"]}),
            json!({"path": ["nodes", 1, "issues"]}),
            json!({"path": ["query", "nodes", "... on Repository", "discussions"]}),
            json!({"path": ["nodes", 5]}),
            json!({}),
            json!(7),
        ];
        assert_eq!(refused(&errors, &[]), ["issues", "discussions"]);
        assert_eq!(refused(&errors, &["issues"]), ["discussions"]);
        assert_eq!(refused(&errors, &["issues", "discussions"]), [""; 0]);
        assert!(selection(&[]).contains(" issues(") && !selection(&["issues"]).contains(" issues("));
    }

    #[test]
    fn news_are_what_is_clearly_said() {
        let of = |value: Value| News::of(&json!({ "issues": value }), "issues");
        assert_eq!(of(json!({"totalCount": 0, "nodes": []})), Some(News { total: 0, newest: None }));
        let newest = "2026-11-25T05:00:00Z".parse().ok();
        let one = json!({"totalCount": 1, "nodes": [{"updatedAt": "2026-11-25T05:00:00Z"}]});
        assert_eq!(of(one), Some(News { total: 1, newest }));
        for odd in [json!(null), json!({}), json!({"totalCount": 1, "nodes": []}), json!({"totalCount": -1})] {
            assert_eq!(of(odd.clone()), None, "{odd}");
        }
    }
}
