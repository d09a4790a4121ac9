//! Environments to deploy to.

use serde_json::Value;

use super::{
    Absent, Asked, Pace, Resource, Way,
    each::{Answer, Each, Item},
    files::{Files, name},
};

pub(super) const ENVIRONMENTS: Resource = Resource {
    name: "environments",
    what: "environments with their protection rules",
    endpoint: "GET /repos/{owner}/{repo}/environments",
    permission: "actions",
    pace: Pace::FullPass,
    asked: Asked::InBulk,
    changes: "ETag",
    files: "environments/<name>.json",
    way: Way::Files(Files {
        path: "environments",
        query: &[],
        wrapped: Some("environments"),
        directory: "environments",
        name,
        detail: None,
        absent: Absent::Nothing,
    }),
};

pub(super) const ENVIRONMENT_VARIABLES: Resource = Resource {
    name: "environment-variables",
    what: "variables of environments",
    endpoint: "GET /repos/{owner}/{repo}/environments/{name}/variables",
    permission: "environments",
    pace: Pace::FullPass,
    asked: Asked::OneByOne,
    changes: "ETag",
    files: "environment-variables/<name>.json",
    way: Way::Each(Each {
        path: "environments",
        queries: &[&[]],
        wrapped: Some("environments"),
        directory: "environment-variables",
        item: variables,
        answer: Answer::Wrapped("variables"),
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

pub(super) const ENVIRONMENT_SECRETS: Resource = Resource {
    name: "environment-secrets",
    what: "names of the secrets of environments",
    endpoint: "GET /repos/{owner}/{repo}/environments/{name}/secrets",
    permission: "environments",
    pace: Pace::FullPass,
    asked: Asked::OneByOne,
    changes: "ETag",
    files: "environment-secrets/<name>.json",
    way: Way::Each(Each {
        path: "environments",
        queries: &[&[]],
        wrapped: Some("environments"),
        directory: "environment-secrets",
        item: secrets,
        answer: Answer::Wrapped("secrets"),
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

pub(super) const BRANCH_POLICIES: Resource = Resource {
    name: "deployment-branch-policies",
    what: "which branches may be deployed where",
    endpoint: "GET /repos/{owner}/{repo}/environments/{name}/deployment-branch-policies",
    permission: "actions",
    pace: Pace::FullPass,
    asked: Asked::OneByOne,
    changes: "ETag",
    files: "deployment-branch-policies/<name>.json",
    way: Way::Each(Each {
        path: "environments",
        queries: &[&[]],
        wrapped: Some("environments"),
        directory: "deployment-branch-policies",
        item: branch_policies,
        answer: Answer::Wrapped("branch_policies"),
        volatile: &[],
        absent: Absent::Nothing,
    }),
};

fn variables(environment: &Value) -> Option<Item> {
    Item::below("environments", environment, "variables")
}

fn secrets(environment: &Value) -> Option<Item> {
    Item::below("environments", environment, "secrets")
}

fn branch_policies(environment: &Value) -> Option<Item> {
    Item::below("environments", environment, "deployment-branch-policies")
}
