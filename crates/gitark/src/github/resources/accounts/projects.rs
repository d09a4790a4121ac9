//! Projects of users and organisations (GitHub's "Projects", of which GraphQL alone tells, as ProjectV2).

use serde_json::Value;

use crate::{
    github::resources::{Asked, Document, Pace, Resource, Step, Way, connected::Connected, graphql::List},
    metadata_path::{directory as directory_of, file_name},
};

pub(super) const PROJECTS: Resource = Resource {
    name: "projects",
    what: "projects with their fields, views, workflows, status updates, and items with the values of their fields",
    endpoint: "POST /graphql: repositoryOwner.projectsV2",
    permission: "organization_projects",
    pace: Pace::FullPass,
    asked: Asked::InBatches,
    changes: "read again",
    files: "projects/<thousand>/<number>/project.json, projects/<thousand>/<number>/items/<id>.json",
    way: Way::Connected(Connected {
        root: "repositoryOwner",
        list: List {
            of: "ProjectV2Owner",
            name: "projectsV2",
            first: 5,
            fields: &["id number fullDatabaseId title shortDescription readme public closed closedAt template url \
                 createdAt creator { __typename login }"],
            lists: &[
                List { of: "ProjectV2", name: "fields", first: 50, fields: &[FIELD], lists: &[] },
                List {
                    of: "ProjectV2",
                    name: "views",
                    first: 20,
                    fields: &["id number name layout filter"],
                    lists: &[
                        List { of: "ProjectV2View", name: "fields", first: 50, fields: &[NAME_OF_FIELD], lists: &[] },
                        List {
                            of: "ProjectV2View",
                            name: "groupByFields",
                            first: 5,
                            fields: &[NAME_OF_FIELD],
                            lists: &[],
                        },
                        List {
                            of: "ProjectV2View",
                            name: "verticalGroupByFields",
                            first: 5,
                            fields: &[NAME_OF_FIELD],
                            lists: &[],
                        },
                        List {
                            of: "ProjectV2View",
                            name: "sortByFields",
                            first: 5,
                            fields: &["direction field { ... on ProjectV2FieldCommon { id name } }"],
                            lists: &[],
                        },
                    ],
                },
                List { of: "ProjectV2", name: "workflows", first: 50, fields: &["id number name enabled"], lists: &[] },
                List {
                    of: "ProjectV2",
                    name: "statusUpdates",
                    first: 20,
                    fields: &["id status body startDate targetDate createdAt updatedAt creator { login }"],
                    lists: &[],
                },
                List {
                    of: "ProjectV2",
                    name: "repositories",
                    first: 50,
                    fields: &["databaseId nameWithOwner"],
                    lists: &[],
                },
                List {
                    of: "ProjectV2",
                    name: "items",
                    first: 50,
                    fields: &[ITEM],
                    lists: &[List {
                        of: "ProjectV2Item",
                        name: "fieldValues",
                        first: 25,
                        fields: &[VALUE],
                        lists: &[],
                    }],
                },
            ],
        },
        items: "nodes",
        directory: "projects",
        files,
    }),
};

const NAME_OF_FIELD: &str = "... on ProjectV2FieldCommon { id name }";

const FIELD: &str = "__typename ... on ProjectV2FieldCommon { id name dataType } \
    ... on ProjectV2SingleSelectField { options { id name color description } } \
    ... on ProjectV2IterationField { configuration { duration startDay iterations { id title startDate duration } \
    completedIterations { id title startDate duration } } }";

const ITEM: &str = "id fullDatabaseId type isArchived createdAt updatedAt creator { login } content { __typename \
    ... on DraftIssue { id title body createdAt updatedAt creator { login } assignees(first: 20) { nodes { login } } } \
    ... on Issue { number repository { nameWithOwner } } ... on PullRequest { number repository { nameWithOwner } } }";

/// Labels, milestones, people and linked pull requests are those of the issue that an item is: they are kept there.
const VALUE: &str = "__typename \
    ... on ProjectV2ItemFieldValueCommon { id field { ... on ProjectV2FieldCommon { id name } } } \
    ... on ProjectV2ItemFieldTextValue { text } ... on ProjectV2ItemFieldNumberValue { number } \
    ... on ProjectV2ItemFieldDateValue { date } ... on ProjectV2ItemFieldSingleSelectValue { name optionId } \
    ... on ProjectV2ItemFieldIterationValue { iterationId title startDate duration }";

/// A file for the project, and one for each item.
fn files(directory: &str, mut project: Value, step: &mut Step) {
    let Some(number) = project.get("number").and_then(Value::as_u64) else {
        return step.odd.push("a project has no number".into());
    };
    let directory = directory_of(directory, number);
    let items = project.get_mut("items").and_then(|items| items.as_object_mut()?.shift_remove("nodes"));
    // What the token may not see is null.
    for item in items.as_ref().and_then(Value::as_array).into_iter().flatten().filter(|item| !item.is_null()) {
        let text = |field| item.get(field).and_then(Value::as_str);
        match text("fullDatabaseId").or(text("id")).map(file_name) {
            Some(name) => {
                step.documents.push(Document { path: format!("{directory}/items/{name}.json"), value: item.clone() });
            }
            None => step.odd.push(format!("an item of {directory} has no id")),
        }
    }
    step.documents.push(Document { path: format!("{directory}/project.json"), value: project });
}
