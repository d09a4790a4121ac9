//! Releases.

use super::Context;
use super::arguments::Arguments;
use super::connection::connection;
use super::query::{account, nullable};
use super::value::{Outcome, Resolved};
use crate::entry::Entry;
use crate::release::Release;
use crate::representation::{node_id, time};
use crate::state::State;

/// The releases of a repository without drafts, the oldest first unless ordered.
pub(super) fn releases(context: &Context<'_>, entry: &Entry, arguments: &Arguments<'_>) -> Outcome {
    let state = context.github.state();
    let mut found = state.releases(entry, false);
    found.reverse();
    match arguments.order()? {
        None | Some(("CREATED_AT", false)) => {}
        Some(("CREATED_AT", true)) => found.reverse(),
        Some(("NAME", descending)) => {
            found.sort_by_key(|release| release.attributes.name.clone());
            if descending {
                found.reverse();
            }
        }
        Some((field, _)) => return Err(arguments.wrong("orderBy", &field.into())),
    }
    let found = found.into_iter().map(|found| release(context, &state, found)).collect();
    connection("ReleaseConnection", "ReleaseEdge", arguments, found)
}

/// The newest release which is ready for production.
pub(super) fn latest(context: &Context<'_>, entry: &Entry) -> Resolved {
    let state = context.github.state();
    let found = state.releases(entry, false).into_iter().find(|release| !release.attributes.prerelease);
    Resolved::optional(found.map(|found| release(context, &state, found)))
}

fn release(context: &Context<'_>, state: &State, release: &Release) -> Resolved {
    let attributes = &release.attributes;
    let author = state.account(&attributes.author).map(|author| account(context, author));
    let assets = Resolved::object("ReleaseAssetConnection", [("totalCount", release.assets.len().into())]);
    Resolved::object(
        "Release",
        [
            ("id", node_id("Release", release.id).into()),
            ("databaseId", release.id.into()),
            ("tagName", attributes.tag.clone().into()),
            ("name", nullable(attributes.name.clone())),
            ("description", nullable(attributes.body.clone())),
            ("isDraft", attributes.draft.into()),
            ("isPrerelease", attributes.prerelease.into()),
            ("createdAt", time(release.created_at).into()),
            ("updatedAt", time(release.updated_at).into()),
            ("publishedAt", nullable(release.published_at.map(time))),
            ("author", Resolved::optional(author)),
            ("releaseAssets", assets),
        ],
    )
}
