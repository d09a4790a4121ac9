//! Labels.

use super::{Place, list as lists};
use crate::graphql::Context;
use crate::graphql::arguments::Arguments;
use crate::graphql::page::KeyedList;
use crate::graphql::query::nullable;
use crate::graphql::value::{Failure, Fields, Outcome, Resolved};
use crate::representation::time;
use crate::tracker::Label;

#[derive(Debug)]
struct LabelNode {
    place: Place,
    label: Label,
}

/// The labels of a repository.
pub(super) fn list(place: &Place, arguments: &Arguments<'_>) -> Outcome {
    arguments.only(&["first", "after", "last", "before", "orderBy", "query"])?;
    let query = arguments.text("query")?.unwrap_or_default();
    let labels = place.tracker().labels.iter().filter(|label| label.name.contains(query));
    let labels: Vec<&Label> = labels.collect();
    page(place, arguments, &labels)
}

/// The labels of an issue or pull request.
pub(super) fn of_names(place: &Place, arguments: &Arguments<'_>, names: &[String]) -> Outcome {
    arguments.only(&["first", "after", "last", "before", "orderBy"])?;
    let labels = names.iter().filter_map(|name| place.tracker().labels.iter().find(|label| label.name == *name));
    let labels: Vec<&Label> = labels.collect();
    page(place, arguments, &labels)
}

fn page(place: &Place, arguments: &Arguments<'_>, labels: &[&Label]) -> Outcome {
    let list = KeyedList::of_places(labels.len());
    list.page(("LabelConnection", "LabelEdge"), arguments, |index| node(place, labels[index]))
}

fn node(place: &Place, label: &Label) -> Resolved {
    Resolved::lazy(LabelNode { place: place.clone(), label: label.clone() })
}

pub(super) fn named(place: &Place, name: &str) -> Option<Resolved> {
    place.tracker().labels.iter().find(|label| label.name == name).map(|label| node(place, label))
}

pub(super) fn of_serial(place: &Place, serial: u64) -> Option<Resolved> {
    place.tracker().labels.iter().find(|label| label.serial == serial).map(|label| node(place, label))
}

impl Fields for LabelNode {
    fn type_name(&self) -> &'static str {
        "Label"
    }

    fn resolve(&self, context: &Context<'_>, arguments: &Arguments<'_>) -> Result<Option<Resolved>, Failure> {
        let LabelNode { place, label } = self;
        let has = |issue: &crate::tracker::Issue| issue.labels.contains(&label.name);
        let path = || format!("/labels/{}", label.name.replace(' ', "%20"));
        let leaf = match arguments.field {
            "id" => place.node_id("LA", label.serial),
            "name" => label.name.clone().into(),
            "color" => label.color.clone().into(),
            "description" => nullable(label.description.clone()),
            "isDefault" => label.default.into(),
            "createdAt" | "updatedAt" => time(place.0.attributes.created_at).into(),
            "url" => place.url(context, &path()).into(),
            "resourcePath" => place.path(&path()).into(),
            "repository" => place.repository(),
            "issues" => return lists::issues(place, arguments, &has).map(Some),
            "pullRequests" => return lists::pull_requests(place, arguments, &has).map(Some),
            _ => return Ok(None),
        };
        arguments.only(&[])?;
        Ok(Some(leaf))
    }
}

/// A label as an event tells it.
pub(super) fn told(place: &Place, name: &str, color: &str) -> Resolved {
    named(place, name).unwrap_or_else(|| {
        Resolved::object("Label", [("id", Resolved::NULL), ("name", name.into()), ("color", color.into())])
    })
}
