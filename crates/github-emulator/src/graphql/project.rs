//! Projects of users and organizations, as a test wrote them: objects with their types, and lists.

use serde_json::{Map, Value};

use super::Context;
use super::arguments::Arguments;
use super::page::KeyedList;
use super::value::{Failure, Fields, Outcome, Resolved};
use crate::account::Account;

/// The types that there are in projects.
const TYPES: [&str; 20] = [
    "DraftIssue",
    "Issue",
    "ProjectV2",
    "ProjectV2Field",
    "ProjectV2IterationField",
    "ProjectV2IterationFieldConfiguration",
    "ProjectV2IterationFieldIteration",
    "ProjectV2Item",
    "ProjectV2ItemFieldDateValue",
    "ProjectV2ItemFieldIterationValue",
    "ProjectV2ItemFieldNumberValue",
    "ProjectV2ItemFieldSingleSelectValue",
    "ProjectV2ItemFieldTextValue",
    "ProjectV2SingleSelectField",
    "ProjectV2SingleSelectFieldOption",
    "ProjectV2SortByField",
    "ProjectV2StatusUpdate",
    "ProjectV2View",
    "ProjectV2Workflow",
    "PullRequest",
];
/// Lists that are answered whole; all others are connections.
const PLAIN_LISTS: [&str; 3] = ["options", "iterations", "completedIterations"];

/// An object as a test wrote it.
#[derive(Debug)]
struct Written(Map<String, Value>);

/// The projects of an account, the oldest first.
pub(super) fn list(context: &Context<'_>, arguments: &Arguments<'_>, account: &Account) -> Outcome {
    let held = context.caller.token();
    if held.is_some_and(|held| !held.token.has_permission("organization_projects")) {
        return Err(Failure::field("FORBIDDEN", "Resource not accessible by personal access token"));
    }
    if held.is_some_and(|held| !held.token.has_scope(&["project", "read:project"])) {
        let message = "Your token has not been granted the required scopes to execute this query.";
        return Err(Failure::field("INSUFFICIENT_SCOPES", message));
    }
    let projects = context.github.state().projects.get(&account.login.to_ascii_lowercase()).cloned();
    connection(arguments, &projects.unwrap_or_default())
}

/// What has this global id in any project.
pub(super) fn node(context: &Context<'_>, id: &str) -> Option<Resolved> {
    let state = context.github.state();
    state.projects.values().flatten().find_map(|project| find(project, id)).map(written)
}

fn find<'a>(value: &'a Value, id: &str) -> Option<&'a Value> {
    match value {
        Value::Object(fields) if fields.get("id").is_some_and(|found| found == id) && fields.len() > 1 => Some(value),
        Value::Object(fields) => fields.values().find_map(|value| find(value, id)),
        Value::Array(items) => items.iter().find_map(|item| find(item, id)),
        _ => None,
    }
}

fn written(value: &Value) -> Resolved {
    match value {
        Value::Object(fields) => Resolved::lazy(Written(fields.clone())),
        Value::Array(items) => Resolved::List(items.iter().map(|item| Ok(written(item))).collect()),
        value => value.clone().into(),
    }
}

fn connection(arguments: &Arguments<'_>, items: &[Value]) -> Outcome {
    arguments.only(&["first", "after", "last", "before", "orderBy"])?;
    KeyedList::of_places(items.len()).page(("Connection", "Edge"), arguments, |index| written(&items[index]))
}

/// The interfaces of a type.
pub(super) fn interfaces(name: &str) -> &'static [&'static str] {
    match name {
        "ProjectV2Field" | "ProjectV2IterationField" | "ProjectV2SingleSelectField" => {
            &["Node", "ProjectV2FieldCommon"]
        }
        name if name.starts_with("ProjectV2ItemField") => &["Node", "ProjectV2ItemFieldValueCommon"],
        name if name.starts_with("ProjectV2") || name == "DraftIssue" => &["Node"],
        _ => &[],
    }
}

impl Fields for Written {
    fn type_name(&self) -> &'static str {
        let name = self.0.get("__typename").and_then(Value::as_str).unwrap_or_default();
        TYPES.into_iter().find(|known| *known == name).unwrap_or("Written")
    }

    fn resolve(&self, _: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        match self.0.get(arguments.field) {
            Some(Value::Array(items)) if !PLAIN_LISTS.contains(&arguments.field) => {
                connection(arguments, items).map(Some)
            }
            Some(value) => Ok(Some(written(value))),
            // What a test did not write is not there.
            None => Ok(Some(Resolved::NULL)),
        }
    }
}
