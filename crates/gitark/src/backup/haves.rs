//! Which objects the vault promises to have when it asks for more.

use std::collections::HashSet;

use gix_hash::ObjectId;

use crate::{
    git::{
        fetch::MAXIMUM_HAVES,
        ls_refs::Upstream,
        refs::{self, Head},
    },
    vault::state::State,
};

/// The objects that a reference of the vault names: nothing that they lead to need be asked for.
pub(super) fn known_tips(state: &State) -> HashSet<ObjectId> {
    let detached = match &state.head {
        Head::Detached(oid) => Some(*oid),
        Head::Symbolic(_) => None,
    };
    state.tips().map(|value| value.oid).chain(detached).collect()
}

/// The promises of one request, most telling first: `HEAD`, branches, tags, old values of changed references, then
/// the newest of the rest. Any subset is correct; fewer only make the pack larger.
pub(super) fn haves(state: &State, upstream: &Upstream) -> Vec<ObjectId> {
    let live = &state.live;
    let head = state.head.tip(&live.refs);
    let below = |prefix: &'static str| {
        live.refs.iter().filter(move |(name, _)| name.starts_with(prefix)).map(|(_, value)| value.oid)
    };
    let changed = live.refs.iter().filter(|(name, value)| upstream.refs.get(*name) != Some(value));
    // The numbers of pull requests grow, so the last names are about the newest; lost references likewise.
    let rest = live.refs.values().rev().chain(live.lost.values().rev()).map(|value| value.oid);
    let ordered = head
        .into_iter()
        .chain(below("refs/heads/"))
        .chain(below("refs/tags/"))
        .chain(changed.map(|(_, value)| value.oid))
        .chain(rest);
    distinct(ordered)
}

/// The promises of a second try, after a server failed with all of them: references that did not change, which the
/// server has too.
pub(super) fn unchanged_haves(state: &State, upstream: &Upstream) -> Vec<ObjectId> {
    let unchanged = state.live.refs.iter().filter(|(name, value)| upstream.refs.get(*name) == Some(value));
    distinct(unchanged.map(|(_, value)| value.oid))
}

fn distinct(ids: impl Iterator<Item = ObjectId>) -> Vec<ObjectId> {
    let mut seen = HashSet::new();
    ids.filter(|id| seen.insert(*id)).take(MAXIMUM_HAVES).collect()
}

/// Whether `name` is a pull request's head.
pub(super) fn is_pull(name: &str) -> bool {
    refs::upstream_name(name).starts_with("refs/pull/")
}
