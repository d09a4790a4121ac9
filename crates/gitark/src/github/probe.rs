//! Whether anything moved in many repositories, at a fraction of a request each.
//!
//! The listing tells when something was last pushed. GraphQL tells of a hundred repositories at once how many branches,
//! tags, pull requests, issues, discussions, releases, labels and milestones there are, and when a pull request (a push to
//! a fork does not show otherwise), an issue, a discussion and the newest release last changed.

use std::{collections::HashMap, fmt::Write as _};

use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Error, GitHub, Repository, news};
use crate::{digest::hex, identity::RepositoryId};

/// Repositories of one query: GraphQL takes a hundred ids.
const REPOSITORIES_AT_ONCE: usize = 100;
/// Queries at once.
const QUERIES_AT_ONCE: usize = 4;
/// How long after a push the listing may still change without showing it: its times are in whole seconds, and its
/// servers lag behind.
const SETTLED_SECONDS: i64 = 60;

/// What tells of a push.
const PUSHES: &str = "id nameWithOwner pushedAt isEmpty defaultBranchRef { name target { oid } } \
    branches: refs(refPrefix: \"refs/heads/\", first: 1) { totalCount } \
    tags: refs(refPrefix: \"refs/tags/\", first: 1) { totalCount }";

/// What repositories looked like to a fast look: equal words mean that nothing that it sees has moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    looks: HashMap<RepositoryId, String>,
}

impl Probe {
    /// What `repository` looked like; none when its last push is too fresh to be sure of it, or it was not told.
    pub fn look(&self, repository: &RepositoryId) -> Option<&str> {
        self.looks.get(repository).map(String::as_str)
    }
}

impl Repository {
    /// What the listing alone says; none when it cannot be relied on.
    pub(crate) fn listed_look(&self) -> Option<String> {
        let pushed_at = self.pushed_at?;
        let age = self.listed_at.as_second().saturating_sub(pushed_at.as_second());
        if age < SETTLED_SECONDS {
            return None;
        }
        let branch = self.default_branch.as_deref().unwrap_or_default();
        let comments = self.gist.as_ref().map(|gist| format!(" {}", gist.comments)).unwrap_or_default();
        Some(format!("{pushed_at} {} {branch} {}{comments}", self.full_name, self.has_wiki))
    }
}

impl GitHub {
    /// Takes a fast look at `repositories`. Without a token the listing alone is looked at, which misses more.
    ///
    /// # Errors
    /// Any [`Error`].
    pub async fn probe(&self, repositories: &[&Repository]) -> Result<Probe, Error> {
        let mut looks: HashMap<RepositoryId, String> = HashMap::new();
        let mut batches: HashMap<usize, Vec<&Repository>> = HashMap::new();
        for repository in repositories {
            let Some(look) = repository.listed_look() else { continue };
            // Of gists the listing tells all.
            let session = self.session_number(repository);
            let is_asked = repository.gist.is_none() && !repository.node_id.is_empty();
            if is_asked && self.sessions().get(session).is_some_and(|session| !session.is_anonymous()) {
                batches.entry(session).or_default().push(repository);
            }
            looks.insert(repository.id.clone(), look);
        }
        let mut work = Vec::new();
        for (session, batch) in &batches {
            for batch in batch.chunks(REPOSITORIES_AT_ONCE) {
                work.push(self.ask(*session, batch));
            }
        }
        let mut answers = stream::iter(work).buffer_unordered(QUERIES_AT_ONCE);
        while let Some(answer) = answers.next().await {
            for (repository, answer) in answer? {
                match (looks.get_mut(&repository.id), answer) {
                    (Some(look), Some(answer)) => {
                        let _ = write!(look, " {answer}");
                    }
                    // It is looked at in full.
                    _ => drop(looks.remove(&repository.id)),
                }
            }
        }
        for look in looks.values_mut() {
            *look = hex(&Sha256::digest(look.as_bytes()))[..32].to_owned();
        }
        Ok(Probe { looks })
    }

    /// What GraphQL says of each repository of a batch.
    async fn ask<'a>(
        &self,
        session: usize,
        batch: &[&'a Repository],
    ) -> Result<Vec<(&'a Repository, Option<String>)>, Error> {
        let ids: Vec<&str> = batch.iter().map(|repository| repository.node_id.as_str()).collect();
        let Some(session) = self.sessions().get(session) else { return Ok(Vec::new()) };
        let mut without = Vec::new();
        loop {
            let (query, variables) = (query(&without), json!({ "ids": ids }));
            let answer = match session.query(&query, variables).await {
                // A server without GraphQL (or a token without it) leaves the full look.
                Err(Error::Status { .. } | Error::Answer { .. }) => Value::Null,
                answer => answer?.0,
            };
            let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
            let refused = news::refused(errors, &without);
            if refused.is_empty() {
                return Ok(looks(batch, &answer["data"]));
            }
            without.extend(refused);
        }
    }
}

/// The query about many repositories, without some of what tells of news.
pub(super) fn query(without: &[&str]) -> String {
    let news = news::selection(without);
    format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Repository {{ {PUSHES}{news} }} }} }}")
}

/// The words for each repository of a batch; none where the answer does not clearly speak of it, and of it alone.
fn looks<'a>(batch: &[&'a Repository], data: &Value) -> Vec<(&'a Repository, Option<String>)> {
    let mut by_id: HashMap<&str, Option<&Value>> = HashMap::new();
    for node in data.get("nodes").and_then(Value::as_array).into_iter().flatten() {
        if let Some(id) = node.get("id").and_then(Value::as_str) {
            // What is told twice may be told in two ways.
            by_id.entry(id).and_modify(|known| *known = None).or_insert(Some(node));
        }
    }
    let look = |repository: &Repository| {
        let node = by_id.get(repository.node_id.as_str()).copied().flatten()?;
        is_of(node, repository).then(|| node.to_string())
    };
    batch.iter().map(|repository| (*repository, look(repository))).collect()
}

/// Whether a node speaks of `repository`, and of all that a push changes: what is null today may be null tomorrow.
fn is_of(node: &Value, repository: &Repository) -> bool {
    let name = node.get("nameWithOwner").and_then(Value::as_str).unwrap_or_default();
    let counts = ["branches", "tags"].map(|field| node.get(field).and_then(|field| field.get("totalCount")?.as_u64()));
    name.eq_ignore_ascii_case(&repository.full_name) && counts.iter().all(Option::is_some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(id: u64, node_id: &str) -> Repository {
        Repository { node_id: node_id.into(), ..Repository::new(id, format!("octocat/r{id}")) }
    }

    fn node(node_id: &str, id: u64) -> Value {
        json!({"id": node_id, "nameWithOwner": format!("Octocat/r{id}"), "pushedAt": null,
            "branches": {"totalCount": 1}, "tags": {"totalCount": 0}, "pullRequests": null})
    }

    /// Which of the repositories 1 and 2 an answer tells of.
    fn told(nodes: Value) -> Vec<u64> {
        let (one, two) = (repository(1, "A"), repository(2, "B"));
        let looks = looks(&[&one, &two], &json!({ "nodes": nodes }));
        let told = looks.iter().filter(|(_, look)| look.is_some());
        told.filter_map(|(repository, _)| repository.id.to_string().parse().ok()).collect()
    }

    #[test]
    fn the_look_of_one_repository_is_never_anothers() {
        assert_eq!(told(json!([node("A", 1), node("B", 2)])), [1, 2]);
        assert_eq!(told(json!([node("B", 2), node("A", 1)])), [1, 2]);
        // Ids swapped, told twice, of strangers, or not at all.
        assert_eq!(told(json!([node("A", 2), node("B", 1)])), [0; 0]);
        assert_eq!(told(json!([node("A", 1), node("A", 1), node("B", 2)])), [2]);
        assert_eq!(told(json!([node("A", 1), node("A", 2), node("B", 2)])), [2]);
        assert_eq!(told(json!([node("C", 1), node("B", 2), null])), [2]);
        assert_eq!(told(json!([null, null])), [0; 0]);
        for nodes in [json!(null), json!(5), json!({}), json!("x"), json!([[], {}, {"id": 5}, {"id": "A"}])] {
            assert_eq!(told(nodes.clone()), [0; 0], "{nodes}");
        }
    }

    #[test]
    fn a_node_with_nothing_in_it_is_no_look() {
        for field in ["nameWithOwner", "branches", "tags"] {
            for value in [json!(null), json!({}), json!([]), json!(-1), json!({"totalCount": null})] {
                let mut node = node("A", 1);
                node[field] = value;
                assert_eq!(told(json!([node.clone()])), [0; 0], "{node}");
            }
        }
    }
}
