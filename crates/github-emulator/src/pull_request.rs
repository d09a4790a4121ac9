//! Pull requests, which are what `refs/pull/<number>/head` makes them.

use std::path::Path;

use crate::entry::Entry;
use crate::references;
use crate::repository::Repository;

/// The last change of a pull request that we know of.
#[derive(Clone, Debug)]
pub(crate) struct PullRequestChange {
    /// The head it left, or nothing when the ref went.
    head: Option<String>,
    at: i64,
}

/// A pull request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PullRequest {
    pub(crate) number: u64,
    pub(crate) head: String,
    pub(crate) updated_at: i64,
}

/// The pull requests of a repository by their numbers.
pub(crate) fn pull_requests(entry: &Entry, directory: &Path) -> Vec<PullRequest> {
    let mut found: Vec<PullRequest> = references::read(&entry.path(directory, false))
        .into_iter()
        .filter_map(|(name, head)| {
            let number = number(&name)?;
            // A head we were not told of came with something else that was pushed.
            let updated_at = match entry.pull_requests.get(&number) {
                Some(change) if change.head.as_ref() == Some(&head) => change.at,
                _ => entry.attributes.pushed_at,
            };
            Some(PullRequest { number, head, updated_at })
        })
        .collect();
    found.sort_by_key(|pull_request| pull_request.number);
    found
}

/// The number of the pull request whose head a ref is.
pub(crate) fn number(name: &str) -> Option<u64> {
    name.strip_prefix("refs/pull/")?.strip_suffix("/head")?.parse().ok()
}

impl Repository {
    /// Notes a change of one ref. A head of a pull request comes with a push to a fork: it
    /// leaves the time of the repository's own last push alone.
    pub(crate) fn ref_changed(&self, name: &str, head: Option<String>) {
        match number(name) {
            Some(number) if !self.is_wiki() => self.change(|entry, now| {
                entry.forget_size();
                entry.pull_requests.insert(number, PullRequestChange { head, at: now });
            }),
            _ => self.pushed(),
        }
    }
}
