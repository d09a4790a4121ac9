//! The fields of a repository.

use std::path::PathBuf;

use super::Context;
use super::arguments::Arguments;
use super::connection::connection;
use super::query::{account, nullable, visible};
use super::release;
use super::tracker;
use super::value::{Failure, Outcome, Resolved};
use crate::entry::Entry;
use crate::references;
use crate::representation::{node_id, time};
use crate::settings::Holder;
use crate::state::Lookup;

/// A field, if there is one of that name.
pub(super) fn resolve(
    context: &Context<'_>,
    entry: &Entry,
    arguments: &Arguments<'_>,
) -> Result<Option<Resolved>, Failure> {
    if let Some(leaf) = leaf(context, entry, arguments.field) {
        arguments.only(&[])?;
        return Ok(Some(leaf));
    }
    let resolved = match arguments.field {
        "owner" => owner(context, entry),
        "parent" => parent(context, entry),
        "defaultBranchRef" => Ok(default_branch(&path(context, entry))),
        "primaryLanguage" => {
            let language = entry.attributes.language.clone();
            Ok(Resolved::optional(language.map(|name| Resolved::object("Language", [("name", name.into())]))))
        }
        "repositoryTopics" => topics(entry, arguments.only(&["first", "after"])?),
        "refs" => refs(context, entry, arguments.only(&["refPrefix", "first", "after", "orderBy", "query"])?),
        "releases" => release::releases(context, entry, arguments.only(&["first", "after", "orderBy"])?),
        "latestRelease" => Ok(release::latest(context, entry)),
        _ => return tracker::resolve(context, entry.id, arguments),
    };
    resolved.map(Some)
}

/// The fields which are known at once.
fn leaf(context: &Context<'_>, entry: &Entry, field: &str) -> Option<Resolved> {
    let attributes = &entry.attributes;
    Some(match field {
        "id" => node_id("Repository", entry.id).into(),
        "databaseId" => entry.id.into(),
        "name" => entry.name.clone().into(),
        "nameWithOwner" => entry.full_name().into(),
        "description" => nullable(attributes.description.clone()),
        "isPrivate" => entry.is_private().into(),
        "isFork" => attributes.fork.into(),
        "isArchived" => attributes.archived.into(),
        "isDisabled" => attributes.disabled.into(),
        "isTemplate" => attributes.template.into(),
        "isLocked" | "isMirror" => false.into(),
        "isEmpty" => references::read(&path(context, entry)).is_empty().into(),
        "hasDiscussionsEnabled" => discussions_enabled(context, entry).into(),
        "hasWikiEnabled" => attributes.has_wiki.into(),
        "createdAt" => time(attributes.created_at).into(),
        "updatedAt" => time(attributes.updated_at).into(),
        "pushedAt" => time(attributes.pushed_at).into(),
        "diskUsage" => entry.size(context.github.directory()).into(),
        "stargazerCount" => attributes.stars.into(),
        "visibility" => attributes.visibility.as_str().to_ascii_uppercase().into(),
        "url" => format!("{}/{}", context.base.origin, entry.full_name()).into(),
        _ => return None,
    })
}

fn discussions_enabled(context: &Context<'_>, entry: &Entry) -> bool {
    let fields = context.github.state().setting(Holder::Entry(entry.id), "", &context.base);
    fields.is_some_and(|fields| fields["has_discussions"] == true)
}

fn path(context: &Context<'_>, entry: &Entry) -> PathBuf {
    entry.path(context.github.directory(), false)
}

fn owner(context: &Context<'_>, entry: &Entry) -> Outcome {
    let state = context.github.state();
    Ok(Resolved::optional(state.account(&entry.owner).map(|owner| account(context, owner))))
}

fn parent(context: &Context<'_>, entry: &Entry) -> Outcome {
    let state = context.github.state();
    let found = match entry.attributes.parent.as_deref().map(|parent| state.lookup(parent)) {
        Some(Lookup::Found(parent)) => visible(context, &state, parent)?,
        _ => None,
    };
    Ok(Resolved::optional(found))
}

/// The default branch, unless it is unborn.
fn default_branch(path: &std::path::Path) -> Resolved {
    let branch = references::default_branch(path);
    let oid = references::resolve(path, &format!("refs/heads/{branch}"));
    Resolved::optional(oid.map(|oid| reference("refs/heads/", &branch, &oid)))
}

fn topics(entry: &Entry, arguments: &Arguments<'_>) -> Outcome {
    let topic = |name: &String| {
        let topic = Resolved::object("Topic", [("name", name.clone().into())]);
        Resolved::object("RepositoryTopic", [("topic", topic)])
    };
    let topics = entry.attributes.topics.iter().map(topic).collect();
    connection("RepositoryTopicConnection", "RepositoryTopicEdge", arguments, topics)
}

/// The refs below a prefix, with names without it.
fn refs(context: &Context<'_>, entry: &Entry, arguments: &Arguments<'_>) -> Outcome {
    let prefix = arguments.required("refPrefix")?;
    let query = arguments.text("query")?.unwrap_or_default();
    if !prefix.starts_with("refs/") || !prefix.ends_with('/') {
        return Err(Failure::field("INVALID_REF_PREFIX", format!("`{prefix}` is not a valid prefix of refs.")));
    }
    let descending = match arguments.order()? {
        None => false,
        // The date of a tag's commit is left to git; by name is as good here.
        Some(("ALPHABETICAL" | "TAG_COMMIT_DATE", descending)) => descending,
        Some((field, _)) => return Err(arguments.wrong("orderBy", &field.into())),
    };
    let mut found: Vec<Resolved> = references::read(&path(context, entry))
        .iter()
        .filter_map(|(name, oid)| Some((name.strip_prefix(prefix)?, oid)))
        .filter(|(name, _)| name.contains(query))
        .map(|(name, oid)| reference(prefix, name, oid))
        .collect();
    if descending {
        found.reverse();
    }
    connection("RefConnection", "RefEdge", arguments, found)
}

fn reference(prefix: &str, name: &str, oid: &str) -> Resolved {
    let target = Resolved::object("Commit", [("oid", oid.into())]);
    Resolved::object("Ref", [("name", name.into()), ("prefix", prefix.into()), ("target", target)])
}
