//! Packages: what is known of them, and not their content.

use serde_json::Value;

use crate::{
    github::resources::{
        Absent, Asked, Pace, Resource, Way,
        each::{Answer, Each, Item},
        lasting::OF_REPOSITORY,
    },
    metadata_path::file_name,
};

/// GitHub lists packages of each type by themselves.
const TYPES: &[&[(&str, &str)]] = &[
    &[("package_type", "container")],
    &[("package_type", "docker")],
    &[("package_type", "maven")],
    &[("package_type", "npm")],
    &[("package_type", "nuget")],
    &[("package_type", "rubygems")],
];

pub(super) const PACKAGES: Resource = Resource {
    name: "packages",
    what: "packages of an account, without their content",
    endpoint: "GET /orgs/{org}/packages/{package_type}/{package_name}, GET /users/{username}/packages/{package_type}/{package_name}",
    permission: "packages",
    pace: Pace::FullPass,
    asked: Asked::OneByOne,
    changes: "ETag",
    files: "packages/<type>/<name>.json",
    way: Way::Each(Each {
        path: "packages",
        queries: TYPES,
        wrapped: None,
        directory: "packages",
        item: package,
        answer: Answer::Object,
        volatile: OF_REPOSITORY,
        absent: Absent::Hidden,
    }),
};

pub(super) const VERSIONS: Resource = Resource {
    name: "package-versions",
    what: "versions of packages",
    endpoint: "GET /orgs/{org}/packages/{package_type}/{package_name}/versions, GET /users/{username}/packages/{package_type}/{package_name}/versions",
    permission: "packages",
    pace: Pace::FullPass,
    asked: Asked::OneByOne,
    changes: "ETag",
    files: "package-versions/<type>/<name>.json",
    way: Way::Each(Each {
        path: "packages",
        queries: TYPES,
        wrapped: None,
        directory: "package-versions",
        item: versions,
        answer: Answer::List,
        volatile: &[],
        absent: Absent::Hidden,
    }),
};

fn named(package: &Value) -> Option<(&str, &str, String)> {
    let (kind, name) = (package.get("package_type")?.as_str()?, package.get("name")?.as_str()?);
    Some((kind, name, format!("{}/{}", file_name(kind), file_name(name))))
}

fn package(package: &Value) -> Option<Item> {
    let (kind, name, file) = named(package)?;
    Some(Item::at(["packages", kind, name], file))
}

fn versions(package: &Value) -> Option<Item> {
    let (kind, name, file) = named(package)?;
    Some(Item::at(["packages", kind, name, "versions"], file))
}
