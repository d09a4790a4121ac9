//! Whether anything moved in many repositories, at a fraction of a request each.
//!
//! The listing tells when something was last pushed. GraphQL tells of a hundred repositories at once how many branches,
//! tags and pull requests there are, and when a pull request last changed (a push to a fork does not show otherwise).

use std::{collections::HashMap, fmt::Write as _};

use futures::{StreamExt as _, stream};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Error, GitHub, Repository};
use crate::{digest::hex, identity::RepositoryId};

/// Repositories of one query: GraphQL takes a hundred ids.
const REPOSITORIES_AT_ONCE: usize = 100;
/// Queries at once.
const QUERIES_AT_ONCE: usize = 4;
/// How long after a push the listing may still change without showing it: its times are in whole seconds, and its
/// servers lag behind.
const SETTLED_SECONDS: i64 = 60;

const QUERY: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { id nameWithOwner pushedAt isEmpty \
    defaultBranchRef { name target { oid } } \
    branches: refs(refPrefix: \"refs/heads/\") { totalCount } tags: refs(refPrefix: \"refs/tags/\") { totalCount } \
    pullRequests(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) { totalCount nodes { updatedAt } } } } }";

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

/// What the listing alone says; none when it cannot be relied on.
fn listed(repository: &Repository) -> Option<String> {
    let pushed_at = repository.pushed_at?;
    let age = repository.listed_at.as_second().saturating_sub(pushed_at.as_second());
    if age < SETTLED_SECONDS {
        return None;
    }
    let branch = repository.default_branch.as_deref().unwrap_or_default();
    Some(format!("{pushed_at} {} {branch} {}", repository.full_name, repository.has_wiki))
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
            let Some(look) = listed(repository) else { continue };
            // Gists change by pushes alone.
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
        let answer = session.query(QUERY, json!({ "ids": ids })).await;
        let (data, _) = match answer {
            // A server without GraphQL (or a token without it) leaves the full look.
            Err(Error::Status { .. } | Error::Answer { .. }) => (Value::Null, Value::Null),
            answer => answer?,
        };
        let mut by_id: HashMap<&str, &Value> = HashMap::new();
        for node in data.get("nodes").and_then(Value::as_array).into_iter().flatten() {
            if let Some(id) = node.get("id").and_then(Value::as_str) {
                by_id.insert(id, node);
            }
        }
        Ok(batch
            .iter()
            .map(|repository| (*repository, by_id.get(repository.node_id.as_str()).map(|node| node.to_string())))
            .collect())
    }
}
